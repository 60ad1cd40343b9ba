"""The public names: literal, complete, and each of them loads, whether at once or when it is first asked for."""
import ast
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
    loaded = run("import purenet; print(*sys.modules)")
    closed = {"purenet." + module for module, _ in PROMISED} - set(loaded)
    assert {"purenet.optimizers.adam", "purenet.training.callbacks", "purenet.verification.compare",
            "purenet.layers.convolution", "purenet.optimizers.schedules.decay", "purenet.saving",
            "purenet.verification.verify"} <= closed
    assert "purenet.model_files.network_format" not in loaded


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'purenet' has no attribute 'Adamm'"):
        purenet.Adamm  # noqa: B018
