"""Write the bundle for boards with MicroPython: the modules they need, without types, docstrings and comments.

A board compiles each file when it is imported, in the heap that it also needs for the network. The modules are found
by following imports. Each line keeps its number, so an error on a board names the line in the package.
"""
from __future__ import annotations

import ast
import io
import os
import pkgutil
import tokenize

from .._core.paths import check_path
from ..version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

    Cut = tuple[tuple[int, int], tuple[int, int], bytes]  # first line and byte, last, replacement

# Modules that are not in the bundle. Files in their place raise an ImportError that says what to do instead.
ON_A_PC = "do it on a PC with the same network: its numbers have the same bits there"
LEFT_OUT = (
    ("training/callbacks.py", "callbacks",
     "call fit for one epoch at a time and decide between the calls whether to continue"),
    ("verification/compare.py", "compare", "train on the board and on a PC and compare net.digest()"),
    ("data/__init__.py", "purenet.data", "read, scale and split on a PC, and give the board rows of numbers"),
    ("inspection/drawing.py", "drawing", ON_A_PC),
    ("training/trainer.py", "fit with validation, stratify, metrics, class_weight, callbacks, max_seconds or resume",
     "call fit for one epoch at a time, and evaluate between the calls"),
    ("verification/gradients.py", "check_gradients", ON_A_PC),
    ("metrics.py", "purenet.metrics", "compute them from the lists that predict and predict_classes give"),
    ("inspection/svg.py", "plotting", ON_A_PC),
    ("inspection/summary.py", "summary", ON_A_PC),
    ("table/__init__.py", "purenet.table and loading its models",
     "save the network alone on a PC, with model.network.save(path)"),
    ("training/progress.py", "progress=True", "give progress a function that prints what it gets"),
    ("inspection/trace.py", "trace", ON_A_PC),
    ("verification/verify.py", "verify", "train on the board and on a PC and compare net.digest()"),
)
# Other modules that are left out, besides imports that are allowed to fail: those in a try with ``except ImportError``.
LEFT_OUT_SILENTLY = (
    ("compiled/engine.py", "boards have no compiled engine"),
    ("model_files/writer.py", "boards cannot save"),
    ("model_files/training_format.py", "boards cannot save, and do not resume a training"),
)
MARK = "# purenet {}, MIT licence, without types and comments: python3 -m purenet bundle --micropython OUT"


def write_bundle(out: str) -> list[str]:
    """Write the bundle into the folder ``out`` and return the names of its files.

    The folder can be absent, empty, or an earlier bundle, which is replaced. Otherwise raise ValueError.
    """
    _clear_folder(out)
    files = [(name, stripped(source_of(name))) for name in modules()]
    files += [(name, notice(what, instead)) for name, what, instead in LEFT_OUT]
    for name, text in files:
        path = os.path.join(out, "purenet", *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text)
    return [name for name, _ in files]


def notice(what: str, instead: str) -> bytes:
    """Return the file that takes the place of a module left out."""
    text = f"{what}: not in this bundle for boards; {instead}"
    return f"{MARK.format(__version__)}\nraise ImportError({text!r})\n".encode()


def modules() -> list[str]:
    """Return the files of the bundle: what the package imports, at once or later, without the modules left out."""
    return reached_from(["__init__.py"], [name for name, _, _ in LEFT_OUT] + [name for name, _ in LEFT_OUT_SILENTLY])


def reached_from(entrances: list[str], left_out: list[str]) -> list[str]:
    """Return the files reached from ``entrances`` by imports and by the tables LAZY and KINDS, with their packages.

    Imports inside functions count. The files in ``left_out`` are not followed, nor is a package whose __init__ is one.
    """
    found: list[str] = []
    waiting = list(entrances)
    while waiting:
        name = waiting.pop()
        folders = name.split("/")[:-1]
        packages = ["/".join(folders[:k] + ["__init__.py"]) for k in range(len(folders) + 1)]
        if name not in found and not any([one in left_out for one in packages + [name]]):
            found.append(name)
            waiting += packages + imported_by(name)
    return sorted(found)


def imported_by(name: str) -> list[str]:
    """Return the files of the package that a module imports, at once or later."""
    folders = name.split("/")[:-1]
    files = []
    for node in _board_nodes(ast.parse(source_of(name))):
        if isinstance(node, ast.ImportFrom) and node.level:
            parts = folders[:len(folders) - node.level + 1] + (node.module.split(".") if node.module else [])
            inside = [_file_of(parts + [alias.name]) for alias in node.names]  # modules of a package
            files += [file for file in inside if file]
            if not all(inside):
                files.append(_file_of(parts) or "/".join(parts) + ".py")
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("LAZY", "KINDS"):
            for row in ast.literal_eval(node.value):  # (module, names) or (kind, module, class)
                parts = folders + row[-2].split(".")
                files.append(_file_of(parts) or "/".join(parts) + ".py")
    return files


def _file_of(parts: list[str]) -> str | None:
    """Return the file of a module or package from the parts of its name, or None if it does not exist."""
    for file in ("/".join(parts) + ".py", "/".join(parts + ["__init__.py"])):
        if _data(file) is not None:
            return file
    return None


def _board_nodes(node: Any) -> Iterator[Any]:
    """Yield the nodes of a tree that run on a board: none for type checkers, no imports that are allowed to fail."""
    yield node
    for child in ast.iter_child_nodes(node):
        optional = isinstance(node, ast.Try) and child in node.body and isinstance(child, ast.ImportFrom)
        if optional and any([getattr(handler.type, "id", "") == "ImportError" for handler in node.handlers]):
            continue
        if not (isinstance(child, ast.If) and _is_for_checkers(child.test)):
            yield from _board_nodes(child)


def source_of(name: str) -> bytes:
    """Return the text of a module, from a folder or a zip."""
    source = _data(name)
    if source is None:
        raise FileNotFoundError(f"purenet/{name} is missing from this installation, or its source is")
    return source


def _data(name: str) -> bytes | None:
    try:
        return pkgutil.get_data("purenet", name)
    except OSError:
        return None


# the stripped text ---------------------------------------------------------------------------------

def stripped(source: bytes) -> bytes:
    """Return the text without docstrings, annotations, comments and code for type checkers."""
    lines = source.replace(b"\r\n", b"\n").split(b"\n")
    cuts = [cut for node in ast.walk(ast.parse(source)) for cut in _cuts(node, lines)]
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start[0], len(token.line[:token.start[1]].encode())
            cuts.append(((row, column), (row, column + len(token.string.encode())), b""))
    for cut in sorted(cuts, reverse=True):
        if any([other[0] <= cut[0] and cut[1] <= other[1] and other != cut for other in cuts]):
            continue  # inside another cut
        (row, column), (last, end), text = cut
        rest = lines[last - 1][end:]
        for between in range(row, last):
            lines[between] = b""
        lines[row - 1] = lines[row - 1][:column] + text + (rest if last == row else b"")
        if last > row:
            lines[last - 1] = rest
    lines = [line.rstrip() for line in lines]
    if not lines[0]:
        lines[0] = MARK.format(__version__).encode()
    return b"\n".join(lines).rstrip() + b"\n"


def _cuts(node: Any, lines: list[bytes]) -> Iterator[Cut]:
    """Yield what to remove from the text for a node of its tree."""
    body = getattr(node, "body", None)
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and body and _is_docstring(body[0]):
        yield _start(body[0]), _end(body[0]), b"pass" if len(body) == 1 and not isinstance(node, ast.Module) else b""
    elif isinstance(node, ast.If) and _is_for_checkers(node.test):
        yield _start(node), _end(node), b""
    elif isinstance(node, ast.Assign) and _is_for_checkers(node.targets[0]):
        yield _start(node), _end(node), b""
    elif isinstance(node, ast.AnnAssign) and node.value is None:
        yield _start(node), _end(node), b"pass"
    elif isinstance(node, ast.AnnAssign):
        yield _end(node.target), _end(node.annotation), b""
    elif isinstance(node, ast.arg) and node.annotation:
        yield (node.lineno, node.col_offset + len(node.arg.encode())), _end(node.annotation), b""
    if isinstance(node, ast.FunctionDef) and node.returns:
        row, column = _start(node.returns)
        yield (row, lines[row - 1].rindex(b"->", 0, column)), _end(node.returns), b""


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_for_checkers(node: Any) -> bool:
    return isinstance(node, ast.Name) and node.id == "TYPE_CHECKING"


def _start(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: Any) -> tuple[int, int]:
    return node.end_lineno, node.end_col_offset


# the folder ----------------------------------------------------------------------------------------

def _clear_folder(out: str) -> None:
    """Remove an earlier bundle. If the folder has anything else in it, raise ValueError and remove nothing."""
    if not check_path(out, "--micropython"):
        raise ValueError("--micropython: the name of the folder is empty; give the folder to write")
    if os.path.lexists(out) and not os.path.isdir(out):
        raise ValueError(f"--micropython: {out} exists and is not a folder")
    here = os.path.dirname(os.path.realpath(__file__))
    if os.path.realpath(os.path.join(out, "purenet")) == here:
        raise ValueError(f"--micropython: {out} holds the purenet that is running; name another folder")
    names = modules() + [name for name, _, _ in LEFT_OUT]
    known = [os.path.join("purenet", *name.split("/")) for name in names]
    packages = [os.path.dirname(name) for name in known] + ["."]
    files, folders = [], []
    for folder, inside, own in os.walk(out, topdown=False):
        folders.append(folder)
        strange = [name for name in inside if os.path.islink(os.path.join(folder, name))]
        strange += [] if os.path.relpath(folder, out) in packages or own else [""]
        for name in strange + own:
            path = os.path.normpath(os.path.join(folder, name))
            if name in strange or not _is_bundled(path, os.path.relpath(path, out) in known):
                raise ValueError(
                    f"--micropython: {out} holds {os.path.relpath(path, out)}, which is not part of a bundle; "
                    f"name an empty folder, or one that does not exist yet")
        files += [os.path.join(folder, name) for name in own]
    for path in files:
        os.unlink(path)
    for folder in folders:
        if folder != out:
            os.rmdir(folder)


def _is_bundled(path: str, known: bool) -> bool:
    """Return whether the file is part of a bundle. A file with a ``known`` name can be empty after an interrupt."""
    if os.path.islink(path) or not path.endswith(".py"):
        return False
    beginning = MARK[:MARK.index("{")].encode()
    with open(path, "rb") as file:
        begun = file.read(len(beginning))
    return begun == beginning or (known and not begun)
