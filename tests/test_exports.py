"""The public names: literal, complete, and each of them loads, whether at once or when it is first asked for."""
import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import purenet

ROOT = Path(purenet.__file__).resolve().parent.parent
PROMISED = [(module, name) for module, names in purenet.LAZY for name in names.split()]
TREE = ast.parse(Path(purenet.__file__).read_text(encoding="utf-8"))


def run(code):
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def value_of(name):
    """The value of a name that is assigned in __init__.py, which has to be a literal."""
    (assigned,) = [node for node in TREE.body if isinstance(node, ast.Assign) and node.targets[0].id == name]
    return ast.literal_eval(assigned.value)


def imported(body):
    """(module, name) of the relative imports among statements."""
    return [(node.module, alias.asname or alias.name) for node in body
            if isinstance(node, ast.ImportFrom) and node.level for alias in node.names]


def test_the_table_and_all_agree():
    at_once = [name for module, name in imported(TREE.body) if module != "_core.lazy"]
    (for_checkers,) = [node for node in TREE.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name)]
    assert value_of("LAZY") == purenet.LAZY and value_of("__all__") == purenet.__all__
    assert sorted(at_once + [name for _, name in PROMISED]) == sorted(purenet.__all__)
    assert len(set(purenet.__all__)) == len(purenet.__all__)
    assert sorted(imported(for_checkers.body)) == sorted(PROMISED)


@pytest.mark.parametrize("name", purenet.__all__)
def test_every_name_loads(name):
    assert getattr(purenet, name) is not None
    assert name in dir(purenet)


@pytest.mark.parametrize("module, name", PROMISED, ids=[name for _, name in PROMISED])
def test_a_lazy_name_is_what_its_module_defines(module, name):
    assert getattr(purenet, name) is getattr(sys.modules["purenet." + module], name)


def test_a_module_of_the_table_stays_closed_until_it_is_asked_for_and_its_name_is_kept():
    printed = run("import purenet\n"
                  "print('purenet.optimizers.adam' in sys.modules, 'Adam' in vars(purenet))\n"
                  "adam = purenet.Adam\n"
                  "print('purenet.optimizers.adam' in sys.modules, vars(purenet)['Adam'] is adam)")
    assert printed == ["False", "False", "True", "True"]


def test_import_leaves_the_modules_of_the_table_closed():
    loaded = set(run("import purenet; print(*sys.modules)"))
    closed = {"purenet.optimizers.adam", "purenet.training.callbacks", "purenet.verification.compare",
              "purenet.layers.convolution", "purenet.layers.dropout", "purenet.optimizers.schedules",
              "purenet.optimizers.schedules.decay", "purenet.saving", "purenet.model_files.network_format",
              "purenet.verification.verify", "purenet.reference.random_state", "purenet.training.history"}
    assert not loaded & closed and "purenet.network" in loaded
    assert all(importlib.util.find_spec(name) for name in closed)


@pytest.mark.parametrize("package, of_kind", [
    ("layers", "layer_class"), ("optimizers", "optimizer_class"), ("optimizers.schedules", "schedule_class")])
def test_a_package_has_its_classes_by_name_and_by_kind(package, of_kind):
    room = importlib.import_module("purenet." + package)
    for kind, module, name in room.KINDS:
        named = getattr(room, name)
        assert named is getattr(room, of_kind)(kind) is getattr(purenet, name)
        assert (named.kind, named.__module__, named.__name__) == (kind, f"{room.__name__}.{module}", name)
    base, = {"Layer", "Optimizer", "Schedule"}.intersection(room.__all__)
    assert sorted([base] + [name for _, _, name in room.KINDS]) == sorted(room.__all__)
    kinds = {kind for path in Path(room.__file__).parent.glob("*.py")
             for kind in re.findall(r'^    kind = "(\w+)"$', path.read_text(encoding="utf-8"), re.M)}
    assert kinds == {kind for kind, _, _ in room.KINDS}
    with pytest.raises(AttributeError, match=f"module '{room.__name__}' has no attribute 'Nothing'"):
        room.Nothing  # noqa: B018
    with pytest.raises(ValueError, match=f"kind: 'nothing' is not known; choose one of {room.KINDS[0][0]}, "):
        getattr(room, of_kind)("nothing")


def test_a_package_loads_the_module_of_a_class_when_it_is_asked_for():
    printed = run("from purenet.layers import Conv2D; print(*[m for m in sys.modules if m[:15] == 'purenet.layers.'])")
    assert printed == ["purenet.layers.base", "purenet.layers.activations", "purenet.layers.initialisers",
                       "purenet.layers.dense", "purenet.layers.convolution"]


def test_import_loads_few_modules():
    assert len([name for name in run("import purenet; print(*sys.modules)") if name[:7] == "purenet"]) <= 32


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'purenet' has no attribute 'Adamm'"):
        purenet.Adamm  # noqa: B018
