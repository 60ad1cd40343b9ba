"""What a board with MicroPython needs of purenet: some modules, without types, docstrings and comments.

A board compiles every file when it is imported, in the heap that the network has to share.  The modules are found
by following imports, and what is taken out of them computes nothing; every line keeps its number, so that
an error on a board names a line of the package.
"""
import ast
import io
import os
import pkgutil
import tokenize

from .._core.paths import check_path
from ..version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Optional, Tuple

    Cut = Tuple[Tuple[int, int], Tuple[int, int], bytes]  # from a line and byte, to another, what stands there instead

# What stays on the PC and is asked for all the same: in its place lies a file that says what to do instead.
ON_A_PC = "do it on a PC with the same network: its numbers have the same bits there"
LEFT_OUT = (
    ("training/callbacks.py", "callbacks", "call fit for one epoch at a time and decide between the calls whether to go on"),
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
# What else stays on the PC: what asks for it does without it on a board, or says so itself.
LEFT_OUT_SILENTLY = (
    ("compiled/engine.py", "only where the compiled engine is"),
    ("compiled/self_test.py", "backends asks whether it is there"),
    ("model_files/writer.py", "network_format says it before"),
    ("model_files/training_format.py", "network and network_format do without it"),
)
MARK = "# purenet {}, MIT licence, without types and comments: python3 -m purenet bundle --micropython OUT"


def write_bundle(out: str) -> "List[str]":
    """Write the package for a board into the folder ``out`` and give the names of its files.

    The folder may be absent, empty, or an earlier bundle, which is replaced; ValueError for any other.
    """
    _make_room(out)
    files = [(name, stripped(source_of(name))) for name in modules()]
    files += [(name, notice(what, instead)) for name, what, instead in LEFT_OUT]
    for name, text in files:
        path = os.path.join(out, "purenet", *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text)
    return [name for name, _ in files]


def notice(what: str, instead: str) -> bytes:
    """A file in the place of what is left out."""
    text = f"{what}: not in this bundle for boards; {instead}"
    return f"{MARK.format(__version__)}\nraise ImportError({text!r})\n".encode()


def modules() -> "List[str]":
    """The files of the bundle: what the package imports, at once or later, less what stays on the PC."""
    return reached_from(["__init__.py"], [name for name, _, _ in LEFT_OUT] + [name for name, _ in LEFT_OUT_SILENTLY])


def reached_from(entrances: "List[str]", left_out: "List[str]") -> "List[str]":
    """The files that are reached from ``entrances`` by imports, wherever they stand, and by tables LAZY, with their
    packages; nothing is reached through a file of ``left_out``.
    """
    found: "List[str]" = []
    waiting = list(entrances)
    while waiting:
        name = waiting.pop()
        if name not in found and name not in left_out:
            found.append(name)
            folders = name.split("/")[:-1]
            waiting += ["/".join(folders[:k] + ["__init__.py"]) for k in range(len(folders) + 1)] + imported_by(name)
    return sorted(found)


def imported_by(name: str) -> "List[str]":
    """The files of the package that a module imports, at once or later."""
    folders = name.split("/")[:-1]
    files = []
    for node in _running(ast.parse(source_of(name))):
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


def _file_of(parts: "List[str]") -> "Optional[str]":
    """The file of a module or package by the parts of its name; None if there is none, as for a name in a module."""
    for file in ("/".join(parts) + ".py", "/".join(parts + ["__init__.py"])):
        if _data(file) is not None:
            return file
    return None


def _running(node: "Any") -> "Iterator[Any]":
    """The nodes of a tree without those that are only there for type checkers."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and _is_for_checkers(child.test)):
            yield from _running(child)


def source_of(name: str) -> bytes:
    """The text of a module, from a folder or a zip."""
    source = _data(name)
    if source is None:
        raise FileNotFoundError(f"purenet/{name} is missing from this installation, or there is no text of it")
    return source


def _data(name: str) -> "Optional[bytes]":
    try:
        return pkgutil.get_data("purenet", name)
    except OSError:
        return None


# taking out what computes nothing -----------------------------------------------------------------

def stripped(source: bytes) -> bytes:
    """The text without docstrings, annotations, comments and what is only there for type checkers."""
    lines = source.replace(b"\r\n", b"\n").split(b"\n")
    cuts = [cut for node in ast.walk(ast.parse(source)) for cut in _cuts(node, lines)]
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start[0], len(token.line[:token.start[1]].encode())
            cuts.append(((row, column), (row, column + len(token.string.encode())), b""))
    for cut in sorted(cuts, reverse=True):
        if any([other[0] <= cut[0] and cut[1] <= other[1] and other != cut for other in cuts]):
            continue  # goes with what it lies in
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


def _cuts(node: "Any", lines: "List[bytes]") -> "Iterator[Cut]":
    """What to take out of the text for a node of its tree."""
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


def _is_docstring(node: "Any") -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_for_checkers(node: "Any") -> bool:
    return isinstance(node, ast.Name) and node.id == "TYPE_CHECKING"


def _start(node: "Any") -> "Tuple[int, int]":
    return node.lineno, node.col_offset


def _end(node: "Any") -> "Tuple[int, int]":
    return node.end_lineno, node.end_col_offset


# the folder ----------------------------------------------------------------------------------------

def _make_room(out: str) -> None:
    """Remove an earlier bundle; ValueError, before anything is removed, where anything else lies in the folder."""
    if not check_path(out, "--micropython"):
        raise ValueError("--micropython: the name of the folder is empty")
    if os.path.lexists(out) and not os.path.isdir(out):
        raise ValueError(f"--micropython: {out} is there and is not a folder")
    here = os.path.dirname(os.path.realpath(__file__))
    if os.path.realpath(os.path.join(out, "purenet")) == here:
        raise ValueError(f"--micropython: {out} holds the purenet that is running; name another folder")
    names = modules() + [name for name, _, _ in LEFT_OUT]
    known = [os.path.join("purenet", *name.split("/")) for name in names]
    rooms = [os.path.dirname(name) for name in known] + ["."]
    files, folders = [], []
    for folder, inside, own in os.walk(out, topdown=False):
        folders.append(folder)
        strange = [name for name in inside if os.path.islink(os.path.join(folder, name))]
        strange += [] if os.path.relpath(folder, out) in rooms or own else [""]
        for name in strange + own:
            path = os.path.normpath(os.path.join(folder, name))
            if name in strange or not _is_bundled(path, os.path.relpath(path, out) in known):
                raise ValueError(
                    f"--micropython: {out} holds {os.path.relpath(path, out)}, which is no part of a bundle; "
                    f"name an empty folder, or one that is not there yet")
        files += [os.path.join(folder, name) for name in own]
    for path in files:
        os.unlink(path)
    for folder in folders:
        if folder != out:
            os.rmdir(folder)


def _is_bundled(path: str, known: bool) -> bool:
    """Whether a bundle put the file there; one of a bundle's names may be empty, where writing it was broken off."""
    if os.path.islink(path) or not path.endswith(".py"):
        return False
    beginning = MARK[:MARK.index("{")].encode()
    with open(path, "rb") as file:
        begun = file.read(len(beginning))
    return begun == beginning or (known and not begun)
