"""The twins read as one text: same functions in the same order, with the same words above them."""
import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["elementary", "matrix", "activations", "losses", "optimizers", "dense", "training"]

# what stands on one side only, and why
PYTHON_ONLY = {
    "square_root": "a hook: hooks.h", "power_of_two": "a hook: hooks.h", "split": "a hook: hooks.h",
    "multiply_rows": "Python's fast form; C's are in csrc/fast/",
    "transpose": "C reads right and left by strides instead",
}
C_ONLY = {"value_after": "finds a step's place in the workspace"}
# whose words differ, and why
OTHER_WORDS = {
    "power": "C leaves out what is the caller's business", "multiply": "form and level", "forward": "where it goes",
    "backward": "adds to the gradients", "batch_gradients": "adds to the gradients", "dense_backward": "slices of rows",
    "all_finite": "tables are flat", "first_non_finite": "tables are flat",
}


def words(text):
    return " ".join(text.replace("``", "").split())


def of_python(room):
    """name: docstring of the functions, in their order."""
    tree = ast.parse((ROOT / "purenet" / "reference" / f"{room}.py").read_text(encoding="utf-8"))
    return {node.name: words(ast.get_docstring(node) or "") for node in tree.body if isinstance(node, ast.FunctionDef)}


def of_c(text):
    """name: comment above of the functions, in their order."""
    pattern = r"/\*((?:(?!\*/).)*)\*/\n(?:static )?(?:inline )?[\w ]+?\**(\w+)\([^;{]*\)\n\{"
    bare = re.findall(r"^(?:static )?(?:inline )?[a-z]\w*[\w \*]*?(\w+)\([^;{]*\)\n\{", text, re.MULTILINE)
    comments = {name: words(comment) for comment, name in re.findall(pattern, text, re.DOTALL)}
    return {name.replace("purenet_", "", 1): comments.get(name, "") for name in bare}


def read_c(room):
    return (ROOT / "csrc" / f"{room}.c").read_text(encoding="utf-8")


def differences(room, text):
    """What tells the twins apart, but for the lists above."""
    python, c = of_python(room), of_c(text)
    found = []
    mine = [name for name in python if name not in PYTHON_ONLY]
    theirs = [name for name in c if name not in C_ONLY]
    if mine != theirs:
        found.append(f"functions: {mine} and {theirs}")
    for name in mine:
        if name in c and name not in OTHER_WORDS and python[name] != c[name]:
            found.append(f"{name}: {python[name]!r} and {c[name]!r}")
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_twins_have_the_same_functions_and_words(room):
    assert differences(room, read_c(room)) == []


def test_the_exceptions_exist():
    python = {name for room in ROOMS for name in of_python(room)}
    c = {name for room in ROOMS for name in of_c(read_c(room))}
    assert set(PYTHON_ONLY) <= python - c and set(C_ONLY) <= c - python and set(OTHER_WORDS) <= python & c


def test_a_function_that_is_missing_renamed_moved_or_described_otherwise_is_seen():
    text = read_c("optimizers")
    assert differences("optimizers", text.replace("void purenet_sgd_momentum(", "void purenet_momentum("))
    assert differences("optimizers", text.replace("w = w - learning_rate g", "w = w - g"))
    start, end = text.index("/* v = momentum v"), text.index("/* v = momentum v - learning_rate g; w = w + (m")
    assert differences("optimizers", text[:start] + text[end:])
    assert differences("optimizers", text[:start] + text[end:] + "\n" + text[start:end])
