"""The reference and the plain C give the same expression for every output: equal bits for all inputs at a shape.

The C files are compiled as C++ with a recorder for ``double`` (recorder.hpp), asked through recorder_driver.cpp,
and their expressions are rebuilt among those of ``tests.support.numbers``, where equal expressions have equal places.
Branches, and the constants 2**n, are taken by the value of the inputs: cases.py has some for every side.
"""
import itertools
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from purenet.reference.elementary import NOT_A_NUMBER
from tests import ROOT
from tests.support.numbers import Recorder, bits, double, first_difference, place, place_of
from tests.twins.cases import CSRC, GROUPS, listed

TESTS = ROOT / "tests" / "csrc"
COMPILER = shutil.which("g++")
FLAGS = ["-std=c++17", "-w", "-fno-exceptions", "-I", str(CSRC), "-I", str(CSRC / "fast"), "-I", str(TESTS)]
SOURCES = ["recorder_driver.cpp", "recorder.cpp", "elementary.c", "random_state.c", "matrix.c",
           "activations.c", "losses.c", "optimizers.c", "dense.c", "convolution.c", "pooling.c", "normalisation.c",
           "dropout.c", "training.c", "engine.c", "fast/multiply.c", "fast/dispatch.c", "fast/division.c"]
pytestmark = [pytest.mark.once, pytest.mark.skipif(not COMPILER, reason="no g++ here: the texts are not compared")]


def compiled(folder, changes=(), objects=()):
    """The driver, built in a folder from the sources, of which some may be given anew; objects: all others."""
    changes = dict(changes)

    def compile_one(name):
        source = folder / Path(name).name
        text = changes.get(name) or ((CSRC if name.endswith(".c") else TESTS) / name).read_text()
        source.write_text(text)
        own = ["-include", str(TESTS / "recorder.hpp")] if name.endswith(".c") else []
        own += ["-DRECORD_INT32"] if name == "elementary.c" else []
        made = source.with_suffix(".o")
        call([COMPILER, *FLAGS, *own, "-x", "c++", "-c", str(source), "-o", str(made)])
        return made

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(compile_one, changes if objects else SOURCES))
    made += [path for path in objects if path.name not in {own.name for own in made}]
    call([COMPILER, *map(str, made), "-o", str(folder / "driver")])
    return folder / "driver", made


def call(command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def rebuilt(case, lines):
    """The driver's answer as numbers with expressions of tests.support.numbers."""
    word, nodes, outputs = next(lines).split()
    assert word == "answer"
    places = []
    for _ in range(int(nodes)):
        operation, *operands = next(lines).split()
        if operation == "input":
            places.append(place("input", case.names[int(operands[0])]))
        elif operation == "constant":
            value = double(int(operands[0], 16))
            places.append(place_of(value if value == value else NOT_A_NUMBER))
        else:
            places.append(place(operation, *[places[int(k)] for k in operands]))
    for _ in range(int(outputs)):
        where, pattern = next(lines).split()
        yield Recorder(double(int(pattern, 16)), places[int(where)])


def differences(driver, cases):
    """What differs, in words."""
    lines = iter(call([str(driver)], "\n".join(case.line() for case in cases)).splitlines())
    for case in cases:
        outputs = list(rebuilt(case, lines))
        if len(outputs) != len(case.expected):
            yield f"{case}: {len(outputs)} outputs, the reference has {len(case.expected)}"
            continue
        for k, (x, y) in enumerate(zip(outputs, case.expected)):
            found = first_difference(x, y)
            if found:
                yield f"{case}, output {k}: C has {found[0]}, the reference {found[1]}"
            elif bits(x) != bits(y) and x == x:
                yield f"{case}, output {k}: {x!r} in C, {y!r} in the reference"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The driver and its objects."""
    return compiled(tmp_path_factory.mktemp("same_text"))


@pytest.mark.parametrize("group", GROUPS)
def test_expressions_are_the_same(built, group):
    assert list(itertools.islice(differences(built[0], listed(group)), 5)) == []


def test_there_are_hundreds_of_shapes():
    assert sum(len({case.line() for case in listed(group)}) for group in GROUPS) > 700


# broken twins --------------------------------------------------------------------------------------

BROKEN = [  # a file, the cases that see it, what stands there, what is put there, how the difference is named
    ("matrix.c", "multiply", "left[i * left_row + k * left_term] * right[k * right_term + j * right_column]",
     "right[k * right_term + j * right_column] * left[i * left_row + k * left_term]",
     "multiply(1, 1, 1, 0, 0, 0), output 0: C has right[0][0]*left[0][0], the reference left[0][0]*right[0][0]"),
    ("matrix.c", "multiply", "total = start[i * start_step + j]", "total = 0.0 + start[i * start_step + j]",
     "C has (0.0+start[0][0])+(left[0][0]*right[0][0]), the reference start[0][0]+(left[0][0]*right[0][0])"),
    ("matrix.c", "multiply", "ptrdiff_t k = 0; k < terms; k++", "ptrdiff_t k = terms - 1; k >= 0; k--",
     "multiply(1, 5, 1, 0, 0, 0), output 0: C has left[0][4]*right[4][0], the reference left[0][0]*right[0][0]"),
    ("matrix.c", "dense", "total += table[i * columns + j]", "total += table[(rows - 1 - i) * columns + j]",
     "C has 0.0+d[1][0], the reference 0.0+d[0][0]"),
    ("activations.c", "activations", "d_a[k] * (a[k] * (1.0 - a[k]))", "d_a[k] * a[k] * (1.0 - a[k])",
     "C has (d[0][0]*a[0][0])*(1.0-a[0][0]), the reference d[0][0]*(a[0][0]*(1.0-a[0][0]))"),
    ("activations.c", "activations", "z[k] <= 0.0 ?", "z[k] < 0.0 ?", "the reference 0.0"),
    ("losses.c", "losses", "2.0 * (p - y) * factors[i]", "2.0 * ((p - y) * factors[i])",
     "C has 2.0*((p[0][0]-y[0][0])*factor[0][0]), the reference (2.0*(p[0][0]-y[0][0]))*factor[0][0]"),
    ("losses.c", "losses", "e <= delta", "e < delta", "huber_forward"),
    ("optimizers.c", "optimizers", "parameter[k] + v;", "v + parameter[k];", "the reference w[0][0]+("),
    ("elementary.c", "elementary", "((h - r) - low)", "(h - (r + low))", "cos(1)"),
    ("elementary.c", "elementary", "z * (1.0 / 24088000.0)", "z * (1.0 / 24088001.0)", "*4.1514"),
    ("elementary.c", "elementary", "n < -1080.0 ? 0.0", "n <= -1080.0 ? 0.0", "exp(1), output 0: C has 0.0"),
    ("elementary.c", "elementary", "n * LN2_LOW + c", "c + n * LN2_LOW", "log1p(1)"),
    ("training.c", "step", "weights[i] / total", "weights[i] * (1.0 / total)", "training_step("),
    ("training.c", "step", "1.0 / batch_weight", "1.0 / (batch_weight + 0.0)", "training_step("),
    ("engine.c", "train", "weights[i] * ws.losses[i]", "ws.losses[i] * weights[i]", "train("),
]


def broken(built, folder, name, right, wrong):
    """The driver with a line of a C file changed."""
    text = (CSRC / name).read_text()
    assert right in text, "this test breaks a line that is no longer there"
    return compiled(folder, {name: text.replace(right, wrong)}, built[1])[0]


@pytest.mark.parametrize("name, group, right, wrong, message", BROKEN, ids=[f"{b[0]}: {b[3]}" for b in BROKEN])
def test_a_broken_twin_is_named(built, tmp_path, name, group, right, wrong, message):
    found = next(differences(broken(built, tmp_path, name, right, wrong), listed(group)), "nothing is seen")
    assert message in found and ": C has " in found


@pytest.mark.parametrize("name, group, right, wrong, message", [
    ("matrix.c", "multiply", "total = start[i * start_step + j]", "total = result[i * columns + j]",
     "a number is read that was never written"),
    ("losses.c", "losses", "i * columns + j] = (p - y) *", "i * columns + j + 1] = (p - y) *",
     "a number is written behind the last one"),
    ("fast/dispatch.c", "activations", "if (ctx->level > 0)", "if (ctx->level == 0)",
     "a fast form is called at level 0"),
])
def test_a_twin_that_goes_astray_is_stopped(built, tmp_path, name, group, right, wrong, message):
    with pytest.raises(AssertionError, match=message):
        next(differences(broken(built, tmp_path, name, right, wrong), listed(group)))
