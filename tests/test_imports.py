"""Which module can import which: floors, circles, private names, the name Network, annotations, what is loaded at once.

Imports go down a floor, or sideways without a circle. Imports inside functions and for type checkers count.
"""
import ast
import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest

import purenet
from purenet.export.micropython import modules

PACKAGE = Path(purenet.__file__).parent
FLOORS = (
    "_core version", "reference losses metrics export exceptions",
    "layers optimizers data preprocessing parallel compiled inspection",
    "_model backends pipeline model_selection", "training model_files", "network",
    "table verification estimators convert quantized", "saving", "__init__", "cli", "__main__",
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms.split()}
MOST_ROOT_MODULES, MOST_EAGER_MODULES = 9, 32
CORE = modules() + ["metrics.py", "data/splitting.py"]  # what runs on boards or in the tests of MicroPython
CORE_FOLDERS = ("training/", "verification/vectors/")
CPYTHON_FOLDERS = ("cli/", "export/", "table/")  # what no board ever loads
OF_PYTHON = ("_replace", "_fields", "_asdict", "_is_owned")  # of named tuples and of RLock
SOURCES = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}


@functools.cache
def nodes_of(text):
    return list(ast.walk(ast.parse(text)))


def name_of(file):
    """The module in a file: layers.dense of layers/dense.py, layers of layers/__init__.py."""
    return file[:-3].replace("/", ".").replace(".__init__", "")


def room_of(module):
    return module.split(".")[0]


def imports(sources):
    """(file, line, module that is imported, name that is taken from it), also of the tables LAZY and KINDS."""
    known = {name_of(file) for file in sources}
    for file, text in sources.items():
        folders = file.split("/")[:-1]
        for node in nodes_of(text):
            found = []
            if isinstance(node, ast.ImportFrom):
                parts = node.module.split(".") if node.module else []
                if node.level:
                    parts = ["purenet"] + folders[:len(folders) - node.level + 1] + parts
                found = [(parts, alias.name) for alias in node.names]
            elif isinstance(node, ast.Import):
                found = [(alias.name.split("."), "") for alias in node.names]
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("LAZY", "KINDS"):
                words = [str(leaf.value) for leaf in ast.walk(node.value) if isinstance(leaf, ast.Constant)]
                found = [(["purenet"] + folders + word.split("."), "") for word in words
                         if ".".join(folders + [word]) in known]
            for parts, name in found:
                if parts[0] == "purenet":
                    inside = ".".join(parts[1:] + [name])
                    module = inside if inside in known else ".".join(parts[1:]) or "__init__"
                    yield file, node.lineno, module, "" if module == inside else name


def arrows(sources, of=name_of):
    """(importer, imported, place) between modules, or between rooms with ``of=room_of``."""
    found = [(name_of(file), module, f"{file}:{line} imports {module}") for file, line, module, _ in imports(sources)]
    if of is not name_of:
        found = [(of(a), of(b), place) for a, b, place in found]
    return [arrow for arrow in found if arrow[0] != arrow[1]]


def upward(sources):
    return [place for a, b, place in arrows(sources, room_of) if FLOOR.get(a, -1) < FLOOR.get(b, len(FLOORS))]


def circles(sources, of=name_of):
    """The arrows from whose end a way leads back to their beginning."""
    found = arrows(sources, of)
    reached = {a: {b for start, b, _ in found if start == a} for a, _, _ in found}
    for middle in reached:  # Warshall: ways through one more module at a time
        for ends in reached.values():
            ends |= reached[middle] if middle in ends else set()
    return [place for a, b, place in found if a in reached.get(b, ())]


def circles_of_rooms(sources):
    return circles(sources, room_of)


def out_of_reference(sources):
    return [place for a, b, place in arrows(sources, room_of) if a == "reference" and b != "_core"]


def private_names(sources):
    """Names and attributes that begin with one underscore and belong to another module."""
    def private(name):
        return name[:1] == "_" and name[:2] != "__"

    for file, line, module, name in imports(sources):
        folder, last = name_of(file).rpartition(".")[0], module.rpartition(".")
        if private(name) or private(last[2]) and last[0] and last[0] not in (folder, name_of(file)):
            yield f"{file}:{line} imports {module} {name}"
    for file, text in sources.items():
        nodes = nodes_of(text)
        own = {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        own |= {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
                and getattr(node.value, "id", "") in ("self", "cls")}
        own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        own |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}  # slots
        own |= set(OF_PYTHON)
        for node in nodes:
            inherited = isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self"
            if isinstance(node, ast.Attribute) and not inherited and private(node.attr) and node.attr not in own:
                yield f"{file}:{node.lineno} uses {ast.unparse(node)}"


def annotations(text):
    for node in nodes_of(text):
        for field in ("annotation", "returns"):
            if getattr(node, field, None) is not None:
                yield getattr(node, field)


def names_of_network(sources):
    """Where a module below ``network`` names the class, in code or in an annotation."""
    for file, text in sources.items():
        if FLOOR[room_of(name_of(file))] < FLOOR["network"]:
            lines = [node.lineno for node in nodes_of(text) if getattr(node, "id", "") == "Network"
                     or isinstance(node, ast.ImportFrom) and "Network" in [alias.name for alias in node.names]]
            lines += [node.lineno for node in annotations(text) if re.search(r"\bNetwork\b", ast.unparse(node))]
            yield from [f"{file}:{line} names Network" for line in sorted(set(lines))]


def wrong_annotations(sources):
    """What boards and old Pythons cannot read in a core file: ``__future__``, and annotations out of quotes.

    In the folders that no board loads it is the other way round.
    """
    for file, text in sources.items():
        if file.startswith(CPYTHON_FOLDERS):
            found = list(annotations(text))
            if found and "from __future__ import annotations" not in text:
                yield f"{file} has annotations and does not import them from __future__"
            yield from [f"{file}:{node.lineno} has the annotation {ast.unparse(node)} in quotes" for node in found
                        if "'" in ast.unparse(node) and "Literal" not in ast.unparse(node)]
        if file in CORE or file.startswith(CORE_FOLDERS):
            if "from __future__" in text:
                yield f"{file} imports __future__"
            for node in annotations(text):
                if not isinstance(node, (ast.Constant, ast.Name)):
                    yield f"{file}:{node.lineno} has the annotation {ast.unparse(node)} out of quotes"


def root_modules(sources):
    files = [file for file in sources if "/" not in file and file not in ("__init__.py", "__main__.py")]
    return files[MOST_ROOT_MODULES:]


def levels(sources):
    """The rooms on the longest way down from ``__main__``, if there are more than there are floors."""
    below = {}
    for a, b, _ in arrows(sources, room_of):
        below.setdefault(a, set()).add(b)

    def way(room):
        return max([way(other) for other in below.get(room, ())], key=len, default=[]) + [room]

    return way("__main__")[len(FLOORS):]


CHECKS = (upward, circles, circles_of_rooms, out_of_reference, private_names, names_of_network, wrong_annotations,
          root_modules, levels)


@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
def test_the_package_keeps_the_rule(check):
    assert list(check(SOURCES)) == []


@pytest.mark.parametrize("check, file, line", [
    (upward, "losses.py", "def f():\n    from .layers.dense import Dense"),
    (upward, "new_module.py", "from .version import __version__"),
    (circles, "_core/checks.py", "if TYPE_CHECKING:\n    from .rows import row_from"),
    (circles, "layers/dense.py", "from . import LAZY"),
    (circles_of_rooms, "_core/checks.py", "import purenet.losses"),
    (out_of_reference, "reference/dense.py", "from ..losses import check_loss"),
    (private_names, "saving.py", "from .network import _anything"),
    (private_names, "saving.py", "from .compiled import _twin"),
    (private_names, "saving.py", "network._anything = 1"),
    (names_of_network, "training/loop.py", "def f(net: \"Network\"): pass"),
    (names_of_network, "training/loop.py", "print(Network)"),
    (wrong_annotations, "network.py", "def f(x: list[int]): pass"),
    (wrong_annotations, "training/loop.py", "from __future__ import annotations"),
    (wrong_annotations, "table/model.py", "def f(x: \"list[int]\"): pass"),
    (wrong_annotations, "table/__init__.py", "def f(x: int): pass"),
], ids=lambda value: getattr(value, "__name__", None))
def test_a_planted_breach_is_found(check, file, line):
    before = set(check(SOURCES))
    after = set(check({**SOURCES, file: SOURCES.get(file, "") + "\n" + line + "\n"}))
    assert [found for found in after - before if found.startswith(file)], after


def test_too_many_root_modules_or_levels_are_found():
    assert root_modules({**SOURCES, **{f"new_{k}.py": "" for k in range(MOST_ROOT_MODULES)}})
    files = ["__main__.py"] + [f"{room}/new.py" for rooms in reversed(FLOORS[:-1]) for room in rooms.split()]
    texts = [f"import purenet.{file[:-3].replace('/', '.')}" for file in files[1:]] + [""]
    assert levels(dict(zip(files, texts)))


def test_import_loads_few_modules():
    code = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); import purenet; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True).stdout
    eager = [module for module in loaded.split() if module.split(".")[0] == "purenet"]
    assert len(eager) <= MOST_EAGER_MODULES, " ".join(eager)
