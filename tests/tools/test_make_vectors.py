"""tools/vectors/make.py only adds, and what it made can be made without purenet."""
import gzip
import json
import sys

import pytest

from purenet.reference import elementary
from purenet.verification.vectors import files
from tests.page import from_the_page
from tools.vectors import make as make_vectors

pytestmark = pytest.mark.once

VECTORS = [json.loads(line) for line in files.read("full")[1:]]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a few vectors, made there."""
    parts = [*make_vectors.functions(), *make_vectors.written_runs()]
    few = [part for part in parts if part["name"] in ("exp, four points", "exp, part 1", "one row")]
    monkeypatch.setattr(make_vectors, "FOLDER", tmp_path)
    monkeypatch.setattr(make_vectors, "descriptions", lambda: iter(few))
    monkeypatch.setattr(make_vectors, "few", few, raising=False)
    assert make() == 0
    return tmp_path


def make(*options):
    sys.argv = ["tools.vectors.make", *options]
    return make_vectors.main()


@pytest.fixture(autouse=True)
def arguments_as_before(monkeypatch):
    monkeypatch.setattr(sys, "argv", sys.argv)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def names(folder):
    return [json.loads(line)["name"] for line in files.lines_of((folder / "full.json.gz").read_bytes(), "x.gz")[1:]]


def test_nothing_is_left_to_add_to_the_vectors_of_the_package():
    assert make("--check") == 0


def test_new_ones_go_to_the_end_and_the_old_ones_stay(folder, monkeypatch):
    before = gzip.decompress((folder / "full.json.gz").read_bytes()).decode().splitlines()
    quick = (folder / "quick.json").read_bytes()
    more = make_vectors.run("another", 2, [[2, "tanh", 1]])
    monkeypatch.setattr(make_vectors, "descriptions", lambda: iter([more, *make_vectors.few]))
    unchanged = contents(folder)
    assert make("--check") == 1 and contents(folder) == unchanged
    assert make() == 0
    after = gzip.decompress((folder / "full.json.gz").read_bytes()).decode().splitlines()
    assert [line.rstrip(",") for line in after[2:-2]] == [line.rstrip(",") for line in before[2:-1]]
    assert names(folder) == ["exp, four points", "exp, part 1", "one row", "another"]
    assert (folder / "quick.json").read_bytes() == quick


def test_one_that_is_no_longer_described_stays(folder, monkeypatch):
    monkeypatch.setattr(make_vectors, "descriptions", lambda: iter(make_vectors.few[:1]))
    unchanged = contents(folder)
    assert make() == 0 and contents(folder) == unchanged


def test_one_that_comes_out_otherwise_is_refused(folder, monkeypatch):
    usual = elementary.exp
    monkeypatch.setattr(elementary, "exp", lambda x: usual(x) * (1 + 2.0 ** -52))
    unchanged = contents(folder)
    with pytest.raises(SystemExit, match="'exp, four points' gives other bits now: vectors are only added"):
        make()
    assert contents(folder) == unchanged


def test_one_that_is_described_otherwise_is_refused(folder, monkeypatch):
    changed = [dict(make_vectors.few[0], points="3ff0000000000000"), *make_vectors.few[1:]]
    monkeypatch.setattr(make_vectors, "descriptions", lambda: iter(changed))
    unchanged = contents(folder)
    with pytest.raises(SystemExit, match="'exp, four points' is described differently here"):
        make()
    assert contents(folder) == unchanged


def test_all_are_made_anew_once_the_arithmetic_is_raised(folder, monkeypatch):
    usual = elementary.exp
    monkeypatch.setattr(elementary, "exp", lambda x: usual(x) * (1 + 2.0 ** -52))
    monkeypatch.setattr(make_vectors, "ARITHMETIC", 2)
    unchanged = contents(folder)
    assert make() == 0
    changed = contents(folder)
    assert all(changed[name] != unchanged[name] for name in unchanged)
    assert json.loads(files.lines_of(changed["quick.json"], "quick.json")[0])["arithmetic"] == 2
    monkeypatch.setattr(make_vectors, "ARITHMETIC", 1)
    with pytest.raises(SystemExit, match="was made under ARITHMETIC 2, this is 1"):
        make()


def test_a_damaged_file_is_not_built_upon(folder):
    path = folder / "quick.json"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match="quick.json is cut short"):
        make()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_an_implementation_written_from_the_page_gives_the_vector(vector):
    assert from_the_page.values_of(vector) == vector["gives"]
