"""verify: the golden vectors come out as published, and whatever changes a bit is named."""
import gzip
import json
import math
import re
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import purenet
from purenet._core import ieee754
from purenet.cli.main import main
from purenet.layers import KINDS
from purenet.layers.activations import ACTIVATION_SETTINGS
from purenet.losses import LOSS_SETTINGS, REDUCTIONS
from purenet.reference import elementary
from purenet.reference.initialisers import INITIALISERS
from purenet.verification import verify
from purenet.verification.vectors import files, recompute
from tests import ROOT
from tests.support.pythons import PYTHONS
from tools.vectors import make as make_vectors

FULL = [json.loads(line) for line in files.read("full")[1:]]
RUNS = [vector for vector in FULL if "layers" in vector]
built = pytest.mark.skipif("compiled" not in purenet.backend().available, reason="no compiled engine here")


# the vectors ---------------------------------------------------------------------------------------

def test_there_are_vectors_of_everything():
    assert len(RUNS) >= 120
    assert {run["loss"][0] for run in RUNS} == set(LOSS_SETTINGS)
    assert {run["init"] for run in RUNS} == set(INITIALISERS)
    assert {run["reduction"] for run in RUNS} == {None, *REDUCTIONS}
    assert {(run["momentum"][0] > 0, run["nesterov"]) for run in RUNS} == {(False, 0), (True, 0), (True, 1)}
    hidden = [(run["loss"][0], layer) for run in RUNS for layer in run["layers"][:-1]]
    assert {layer[0] for _, layer in hidden if isinstance(layer[0], str)} == {kind for kind, _, _ in KINDS} - {"dense"}
    assert {(loss, layer[1]) for loss, layer in hidden if isinstance(layer[0], int)} == {
        (loss, name) for loss in LOSS_SETTINGS for name in set(ACTIVATION_SETTINGS) - {"softmax"}}
    assert {run["layers"][-1][1] for run in RUNS} == set(ACTIVATION_SETTINGS)
    for field, kinds in [("shuffle", {0, 1}), ("batch", {None, 1, 3, 4, 8}), ("weights", {None, "rand", "bits"})]:
        assert {run[field] if field != "weights" or isinstance(run[field], str) else None for run in RUNS} >= kinds
    assert {layer[2] for run in RUNS for layer in run["layers"] if isinstance(layer[0], int)} == {0, 1}
    assert {bool(run["rows"] % run["batch"]) for run in RUNS if run["batch"]} == {False, True}
    assert {len(run["loss"]) for run in RUNS} == {1, 2} and any(len(layer) == 5 for r in RUNS for layer in r["layers"])
    points = {vector["function"] for vector in FULL if "function" in vector}
    assert points == {name for name in dir(elementary) if callable(getattr(elementary, name))} - {
        "square_root", "split", "power_of_two"}
    calls = {call[0] for vector in FULL if "calls" in vector for call in vector["calls"]}
    assert calls == {"rand", "randn", "uniform", "normal", "randint", "permutation", "choice"}


def test_a_vector_is_described_by_names_whole_numbers_and_hexadecimal_digits():
    def plain(value):
        return value is None or type(value) in (str, int) or type(value) is list and all(map(plain, value))

    for vector in FULL:
        assert all(plain(value) for value in vector.values()), vector["name"]
        assert all(re.fullmatch("([0-9a-f]{16})+", text) for text in vector["gives"]), vector["name"]


def test_the_quick_vectors_are_some_of_the_full_ones_and_small():
    there = {vector["name"]: make_vectors.described(vector) for vector in FULL}
    gives = {vector["name"]: vector["gives"] for vector in FULL}
    assert len(there) == len(FULL)
    quick = [json.loads(line) for line in files.read("quick")[1:]]
    for vector in quick:
        assert make_vectors.described(vector) == there[vector["name"]] and vector["gives"] == gives[vector["name"]]
    assert len(quick) >= 15
    folder = ROOT / "purenet" / "verification" / "vectors"
    assert (folder / "quick.json").stat().st_size <= 8192 and (folder / "full.json.gz").stat().st_size <= 60000
    assert all(isinstance(json.loads(text), list) for text in (
        (folder / "quick.json").read_text(), gzip.decompress((folder / "full.json.gz").read_bytes())))


@pytest.mark.parametrize("kind", files.FILES)
def test_the_published_digest_stands_in_the_code_and_in_the_documentation(kind):
    digest = files.sha256(files.text_of(files.read(kind)))
    assert verify.PUBLISHED[kind] == digest
    assert f"| {kind} | {len(files.read(kind)) - 1} | `{digest}` |" in (ROOT / "docs" / "arithmetic.md").read_text()


# the same bits -------------------------------------------------------------------------------------

@pytest.mark.full
def test_all_vectors_come_out_as_published():
    result = purenet.verify()
    assert result.same, result
    text = repr(result)
    assert text.isascii() and text.count(result.published) == 1 + len(result.passes)
    assert f"the same bits: {len(FULL)} vectors" in text and result.count == len(FULL)
    assert dict(result.evidence)["interpreter"].startswith(sys.implementation.name)
    assert sys.byteorder in dict(result.evidence)["platform"]


@built
def test_the_compiled_engine_does_them_at_every_level_with_one_thread_and_two():
    from purenet.compiled._twin import lib

    passes = [(done.engine, done.settings) for done in purenet.verify(quick=True).passes]
    assert len(set(passes)) == 1 + 2 * (lib.purenet_best_level() + 1)
    assert ("compiled", "plain, 1 thread") in passes and ("compiled", "plain, 2 threads") in passes


@pytest.mark.once
@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS.keys())
def test_the_quick_command_says_so_on_every_python(python):
    done = subprocess.run([python, "-m", "purenet", "verify", "--quick"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and verify.PUBLISHED["quick"] in done.stdout, done.stdout + done.stderr


def test_micropython_verifies_the_quick_vectors(tmp_path):
    micropython = Path(sys.executable).parent / "micropython"
    if not micropython.exists():
        pytest.skip("no micropython beside this Python")
    script = tmp_path / "quick.py"
    lines = ["import gc, sys", "gc.threshold(4096)  # as docs/micropython.md says: the heap stays in one piece",
             f"sys.path.insert(0, {str(ROOT)!r})", "import purenet", "print(purenet.verify(True))"]
    script.write_text("\n".join(lines))
    done = subprocess.run([str(micropython), "-X", "heapsize=576K", str(script)], capture_output=True, text=True)
    assert "the same bits: " in done.stdout and "interpreter  micropython" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count(verify.PUBLISHED["quick"]) == 2


def test_purenet_backend_leaves_out_the_compiled_engine_or_insists_on_it(monkeypatch):
    monkeypatch.setenv("PURENET_BACKEND", "reference")
    result = purenet.verify(quick=True)
    assert [done.engine for done in result.passes] == ["reference"]
    assert "compiled: left out, because PURENET_BACKEND is reference" in repr(result)
    monkeypatch.setenv("PURENET_BACKEND", "compiled")
    monkeypatch.setitem(sys.modules, "purenet.verification.vectors.compiled", None)
    monkeypatch.setattr("purenet.backends._probe_cache", [(0, "not built", False)])
    with pytest.raises(RuntimeError, match="PURENET_BACKEND asks for the compiled engine, which is not built"):
        purenet.verify(quick=True)


# other bits ----------------------------------------------------------------------------------------

def other_bits(monkeypatch, way):
    """Let one way of computing give an exponential that is one bit off."""
    compute = way.function

    def off(self, name, points):
        values = compute(self, name, points)
        return [values[0]] + [value * (1 + 2.0 ** -52) for value in values[1:]] if name == "exp" else values

    monkeypatch.setattr(way, "function", off)


def test_a_difference_is_named_with_both_bit_patterns(monkeypatch, capsys):
    other_bits(monkeypatch, recompute.Reference)
    assert main(["verify", "--quick"]) == 1
    text = capsys.readouterr().out
    vector = next(json.loads(line) for line in files.read("quick")[1:] if '"exp, four points"' in line)
    point, published = vector["points"][16:32], vector["gives"][0][16:32]
    here = f"{int(published, 16) + 1:016x}"
    assert re.search(rf"DIFFERENT: 1 of \d+ vectors by reference; 1 of .*\n"
                     rf"vector {vector['number']} \(exp, four points\): exp\({point}\)\n"
                     rf"  published  {published}  0\.\d+\n  here       {here}  0\.\d+\n", text), text
    assert "The probes find no x87" in text and "the same bits" not in text


@built
def test_a_difference_of_the_compiled_engine_alone_says_how_it_was_built(monkeypatch):
    from purenet.verification.vectors.compiled import Compiled

    other_bits(monkeypatch, Compiled)
    result = purenet.verify(quick=True)
    assert not result.same and not result.passes[0].differences and result.causes() == [verify.COMPILED]
    assert "contraction" in repr(result) and "vectors by compiled (plain, 1 thread)" in repr(result)


@pytest.mark.parametrize("probe, cause", [
    ("rounds_once", "x87"), ("adds_exactly", "adds in software"), ("subnormals_kept", "flushes subnormal numbers")])
def test_what_the_probes_find_is_named_as_the_cause(monkeypatch, probe, cause):
    other_bits(monkeypatch, recompute.Reference)
    monkeypatch.setattr(verify, probe, lambda: False)
    assert cause in repr(purenet.verify(quick=True))


def test_the_probes_expect_the_nearest_doubles():
    for (a, b, nearest), exact in [(ieee754._X87, lambda a, b: a * b), (ieee754._SUM, lambda a, b: a + b)]:
        error = abs(exact(Fraction(a), Fraction(b)) - Fraction(nearest))
        assert 0 < error * 2 < Fraction(math.ldexp(1.0, math.frexp(nearest)[1] - 53)), nearest
    assert ieee754.rounds_once() and ieee754.adds_exactly()


def test_a_training_that_is_refused_is_a_difference_too(monkeypatch):
    monkeypatch.setattr("purenet._core.ieee754.subnormals_kept", lambda: False)
    result = purenet.verify(quick=True)
    assert not result.same and "RuntimeError: this thread flushes" in repr(result.passes[0].differences[0])


# negative controls: the positive command with one change -------------------------------------------

CONTROLS = {
    "the exponential of math": (
        "reference/elementary.py", "def exp(x: float) -> float:\n",
        "def exp(x: float) -> float:\n    if x < 709.0:\n        return math.exp(x)\n"),
    "a reversed reduction": (
        "reference/matrix.py", "terms = range(len(right))", "terms = range(len(right) - 1, -1, -1)"),
    "a changed constant": ("reference/elementary.py", "1 / 24088000", "1 / 24089000"),
    "another seed": ("reference/engine.py", "stream = RandomState(seed)\n", "stream = RandomState(seed + 1)\n"),
    "built-in sum": (
        "reference/matrix.py",
        "            total = start[j]\n            for k in terms:\n                total += row[k] * right[k][j]\n",
        "            total = sum([start[j]] + [row[k] * right[k][j] for k in terms])\n"),
}


def command_on_a_copy(folder, python, change=None):
    """verify on a copy of the package without the compiled engine, with one change or none."""
    shutil.copytree(ROOT / "purenet", folder / "purenet", ignore=shutil.ignore_patterns("__pycache__", "_twin*"))
    if change:
        name, old, new = change
        path = folder / "purenet" / name
        assert old in path.read_text(), f"purenet/{name} has changed: plant this control elsewhere"
        path.write_text(path.read_text().replace(old, new))
    return subprocess.run([python, "-m", "purenet", "verify"], cwd=folder, capture_output=True, text=True)


@pytest.mark.full
@pytest.mark.once
@pytest.mark.parametrize("control", CONTROLS)
def test_the_command_with_one_change_fails_and_names_a_vector(tmp_path, control):
    python = sys.executable
    if control == "built-in sum":  # it adds left to right before 3.12
        python = next((path for name, path in PYTHONS.items() if re.fullmatch(r"cpython3\.(1[2-9])", name)), None)
        if not python:
            pytest.skip("no Python 3.12 or newer here")
    right = command_on_a_copy(tmp_path / "right", python)
    assert right.returncode == 0 and right.stdout.count(verify.PUBLISHED["full"]) == 2, right.stdout
    wrong = command_on_a_copy(tmp_path / "wrong", python, CONTROLS[control])
    assert wrong.returncode == 1 and wrong.stdout.count(verify.PUBLISHED["full"]) == 1, wrong.stdout
    named = re.search(r"DIFFERENT: (\d+) of \d+ vectors .*\nvector \d+ \(.+\): .+\n"
                      r"  published  ([0-9a-f]{16,64})\b.*\n  here       ([0-9a-f]{16,64})\b", wrong.stdout)
    assert named and named.group(2) != named.group(3), wrong.stdout
    assert int(named.group(1)) >= 3


# damaged files -------------------------------------------------------------------------------------

def edited(lines):
    digit = lines[3].index('"gives":["') + 12
    other = "1032547698badcfe"[int(lines[3][digit], 16)]
    return lines[:3] + [lines[3][:digit] + other + lines[3][digit + 1:]] + lines[4:]


DAMAGES = {
    "a vector is deleted": (lambda lines: lines[:7] + lines[8:], "vector 7 is missing"),
    "the last vector is deleted": (lambda lines: lines[:-1], r"vector 19 is missing"),
    "a digit is edited": (edited, r"vector 3 \(expm1, four points\) has been edited"),
    "two vectors are swapped": (lambda lines: lines[:5] + [lines[6], lines[5]] + lines[7:],
                                "vector 6 is in the place of vector 5"),
    "a vector stands there twice": (lambda lines: lines + lines[-1:], "some are repeated"),
    "a line is something else": (lambda lines: lines[:4] + ['{"number":4}'] + lines[5:], "a line that is not a vector"),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["quick.json", "quick.json.gz"])
def test_a_damaged_file_is_refused_in_words_of_its_own(damage, name):
    change, words = DAMAGES[damage]
    whole = files.read("quick")
    assert files.lines_of(packed(whole, name), name) == whole
    with pytest.raises(ValueError, match=words) as error:
        files.lines_of(packed(change(whole), name), name)
    assert [other for _, other in DAMAGES.values() if re.search(other, str(error.value))] == [words]


def packed(lines, name):
    text = files.text_of(lines).encode()
    return gzip.compress(text) if name.endswith(".gz") else text


def test_a_truncated_file_is_refused_wherever_it_ends():
    text = files.text_of(files.read("quick")).encode()
    for name, whole in (("quick.json", text), ("quick.json.gz", gzip.compress(text))):
        for end in [*range(0, len(whole), 97), len(whole) - 1]:
            with pytest.raises(ValueError, match="is cut short"):
                files.lines_of(whole[:end], name)


def test_a_gz_file_with_a_wrong_byte_is_refused():
    data = bytearray((ROOT / "purenet" / "verification" / "vectors" / "full.json.gz").read_bytes())
    data[20000] ^= 1
    with pytest.raises(ValueError, match="full.json.gz cannot be unpacked|is cut short"):
        files.lines_of(bytes(data), "full.json.gz")


def test_an_edit_that_mends_its_check_is_not_the_published_file(monkeypatch, capsys):
    lines = edited(files.read("quick"))
    vector = json.loads(lines[3])
    lines[3] = files.line_of(files.head_of(lines[3]), vector["gives"])
    monkeypatch.setattr(files, "_bytes", lambda kind: files.text_of(lines).encode())
    assert main(["verify", "--quick"]) == 1
    error = capsys.readouterr().err
    assert "the quick vectors are complete, but not the published ones" in error
    assert files.sha256(files.text_of(lines)) in error and verify.PUBLISHED["quick"] in error
