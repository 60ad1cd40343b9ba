"""Test tools/environments: the output of verify becomes rows, and rows that prove nothing are refused."""
import re
import subprocess
import sys

import pytest

from purenet.verification.vectors.files import read
from purenet.verification.verify import PUBLISHED
from tests import ROOT
from tools.checks import sanitize
from tools.environments import __main__ as environments
from tools.environments import recipes as environment_recipes
from tools.environments import verify_c as verify_driver
from tools.environments.recipes import Absent, Command, Recipe

pytestmark = pytest.mark.once

PAGE = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")
FULL = PUBLISHED["full"]
SAID = f"""purenet      0.1.0, arithmetic 1
interpreter  cpython 3.11.2
platform     Linux s390x (s390x-linux-gnu), 64bit, big-endian
C library    glibc 2.36
vectors      full, 191
published                                 {FULL}
reference                       11.10 s  {FULL}
compiled (plain, 1 thread)       0.25 s  {FULL}
compiled (plain, 2 threads)      0.38 s  {FULL}
compiled: left out
the same bits: 191 vectors, 3 passes
"""


def saying(text, status=0, **changes):
    """A recipe whose command prints a text."""
    words = [sys.executable, "-c", f"import sys; print({text!r}, end=''); sys.exit({status})"]
    return Recipe("said", "native", lambda work, short: [Command(words, ROOT)], **changes)


def test_evidence_comes_out_of_what_the_process_printed(tmp_path):
    row = environments.verify_in(saying(SAID), tmp_path)
    assert row.outcome == "same"
    assert row.output.evidence == (
        "cpython 3.11.2", "Linux s390x (s390x-linux-gnu), 64bit, big-endian", "glibc 2.36", "")
    assert environments.cells(row) == [
        "cpython 3.11.2", "s390x-linux-gnu, 64-bit, big-endian", "glibc 2.36", "native",
        "reference; compiled (plain, 1/2 threads)", f"`{FULL[:8]}`"]
    assert environments.family(row.output.evidence) == "s390x"


@pytest.mark.parametrize("old, new", [
    (f"0.38 s  {FULL}", f"0.38 s  {FULL[:-1]}{'0' if FULL[-1] != '0' else '1'}"),
    ("reference                       11.10 s  " + FULL, "reference                       11.10 s  " + "0" * 64),
])
def test_a_row_whose_digest_is_edited_is_refused(tmp_path, old, new):
    assert old in SAID
    assert environments.verify_in(saying(SAID.replace(old, new)), tmp_path).outcome == "different"


def test_a_row_that_exits_with_1_is_refused_whatever_it_prints(tmp_path):
    assert environments.verify_in(saying(SAID, 1), tmp_path).outcome == "different"


@pytest.mark.parametrize("line", ["interpreter", "platform", "C library", "the same bits", "vectors"])
def test_a_row_without_evidence_or_verdict_fails_and_shows_the_last_line(tmp_path, line):
    text = "".join(part + "\n" for part in SAID.splitlines() if not part.startswith(line)) + "Killed by something\n"
    row = environments.verify_in(saying(text), tmp_path)
    assert (row.outcome, row.reason) == ("fails", "ValueError: Killed by something")


def test_equal_evidence_is_refused_whatever_the_names(tmp_path, capsys):
    rows = [environments.verify_in(saying(SAID)._replace(name=name), tmp_path) for name in ("one", "other")]
    outcomes = [row.outcome for row in environments.refuse_duplicates(rows)]
    assert outcomes == ["same", "fails"]
    assert "other: is the same environment as one" in capsys.readouterr().out
    rows[1] = environments.verify_in(saying(SAID.replace("glibc 2.36", "glibc 2.41")), tmp_path)
    assert [row.outcome for row in environments.refuse_duplicates(rows)] == ["same", "same"]


def test_runs_of_one_row_have_to_be_in_one_environment(tmp_path):
    words = saying(SAID).commands(None, False) + saying(SAID.replace("3.11.2", "3.11.3")).commands(None, False)
    row = environments.verify_in(Recipe("two", "native", lambda work, short: words), tmp_path)
    assert row.outcome == "fails" and "3.11.3" in row.reason and "its runs were in different environments" in row.reason


def test_what_cannot_be_had_is_a_row_with_the_reason_and_does_not_count(tmp_path):
    def commands(work, short):
        raise Absent("no such machine")

    row = environments.verify_in(Recipe("dreamt", "native", commands), tmp_path)
    assert (row.outcome, row.reason) == ("not here", "no such machine")
    text = environments.table([environments.verify_in(saying(SAID), tmp_path), row])
    assert text.startswith("1 environments") and "| dreamt |" in text and "not here: no such machine" in text


def differing(cause):
    return SAID.replace("the same bits: 191 vectors, 3 passes",
                        "DIFFERENT: 9 of 191 vectors by reference; 1 of 1 pass differ. The first vector:\n"
                        "vector 1 (run): a loss\n  published  1\n  here       2\n" + cause)


@pytest.mark.parametrize("text, status, outcome", [
    (SAID, 0, "different"), (differing("Cause: an x87 build."), 1, "refused"),
    (differing("Cause: an x87 build."), 0, "different"), (differing("Cause: who knows."), 1, "different")])
def test_what_has_to_be_refused_is_refused_by_its_name(tmp_path, text, status, outcome):
    row = environments.verify_in(saying(text, status, refused="x87"), tmp_path)
    assert row.outcome == outcome
    assert outcome != "refused" or row.reason == "x87: 9 of 191 vectors differ"


def test_a_driver_that_gives_other_bits_is_named(tmp_path):
    gcc = environment_recipes.shutil.which("gcc")
    if not gcc:
        pytest.skip("no gcc here")
    copy, _ = sanitize.planted(tmp_path, "random_state.c", "y ^ (y >> 18)", "y ^ (y >> 17)")
    lines = read("quick")
    passes = []
    for csrc in (sanitize.CSRC, copy):
        program = verify_driver.built(["gcc"], "O1", tmp_path, csrc)
        told, made = verify_driver.verification_of(program, [], "gcc", [2], lines)
        assert [name for name, _ in told] == verify_driver.ABOUT and dict(told)["interpreter"] == "none, C99"
        passes.append(made)
    assert {done.digest for done in passes[0]} == {PUBLISHED["quick"]}
    named = {done.differences[0].vector for done in passes[1]}
    assert len(named) == 1 and all(len(done.differences) >= 3 for done in passes[1])


def test_an_old_copy_of_the_package_is_never_verified(tmp_path):
    old = tmp_path / "source" / "purenet" / "_core/ieee754.py"
    old.parent.mkdir(parents=True)
    old.write_text("old\n")
    assert environment_recipes.shared_source(tmp_path) == tmp_path / "source"
    assert old.read_text() == (ROOT / "purenet" / "_core/ieee754.py").read_text()
    old.write_text("the same process does not write while another row reads\n")
    environment_recipes.shared_source(tmp_path)
    assert old.read_text() != (ROOT / "purenet" / "_core/ieee754.py").read_text()


# the page's table ----------------------------------------------------------------------------------

def rows_of_the_page():
    text = PAGE.split(environments.BEGIN)[1].split(environments.END)[0]
    return text, [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()
                  if line.startswith("| ")][1:]


def test_the_page_shows_at_least_24_environments_with_the_published_digest():
    text, rows = rows_of_the_page()
    assert f"`{FULL}`" in text, "the vectors have changed: python3 -m tools.environments --write"
    same = [row for row in rows if row[5] == f"`{FULL[:8]}`" and "quick" not in row[4]]
    assert len(same) >= 24 and text.startswith(f"{len(same)} environments, ")
    assert len({tuple(row[:3]) for row in rows if row[2]}) == len([row for row in rows if row[2]])
    families = {environments.family(("", row[1])) for row in same} - {""}
    assert len(families) >= 5 and any("big-endian" in row[1] for row in same)
    assert {"cpython", "pypy", "micropython", "none"} <= {row[0].split(" ")[0].rstrip(",") for row in same}
    native = [row for row in same if row[3] == "native" and "compiled (" in row[4]]
    assert {f"cpython 3.{minor}" for minor in range(9, 14)} <= {row[0].rsplit(".", 1)[0] for row in native}
    assert any(row[0].startswith("pypy") for row in native) and any("FMA hidden" in row[4] for row in native)
    (alone,) = [row for row in same if row[0].startswith("none") and row[1].startswith("x86_64") and "gcc" in row[4]
                and "glibc" in row[2] and "64-bit" in row[1]]
    assert all(word in alone[4] for word in ("gcc", "clang", "-O0", "march=native", "16 threads"))
    assert {"glibc", "musl", "V8"} <= {row[2].split(" ")[0] for row in same}
    (refused,) = [row for row in rows if row[1].startswith("i386-linux-gnu") and row[5] != f"`{FULL[:8]}`"]
    assert re.match(r"refused: x87: \d+ of \d+ vectors differ", refused[5])
    assert {"native", "qemu-s390x", "WebAssembly"} <= {row[3] for row in same}


def test_what_is_not_whole_does_not_reach_the_page():
    for words in (["--write", "--short"], ["--write", "--only", "musl"], ["--only", "no such thing", "--no-install"]):
        with pytest.raises(SystemExit) as left:
            environments.main(words)
        assert left.value.code == 2


def test_one_row_that_breaks_keeps_the_others(tmp_path):
    def commands(work, short):
        raise KeyError("anything")

    row = environments.verify_in(Recipe("broken", "native", commands), tmp_path)
    assert (row.outcome, row.reason) == ("fails", "KeyError: 'anything'")
    assert "broken" in environments.table([row])


def test_writing_replaces_the_table_and_nothing_else(tmp_path, monkeypatch):
    copy = tmp_path / "environments.md"
    copy.write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(environments, "PAGE", copy)
    rows = [environments.verify_in(saying(SAID), tmp_path)]
    environments.write(rows)
    written = copy.read_text(encoding="utf-8")
    assert written.split(environments.BEGIN)[1].split(environments.END)[0] == environments.table(rows)
    assert written.split(environments.BEGIN)[0] == PAGE.split(environments.BEGIN)[0]
    assert written.split(environments.END)[1] == PAGE.split(environments.END)[1]


# the short matrix ----------------------------------------------------------------------------------

@pytest.mark.full
def test_the_short_matrix_has_one_digest():
    """Every CPython here, PyPy, MicroPython and s390x, which is big-endian."""
    done = subprocess.run([sys.executable, "-m", "tools.environments", "--short"], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    missing = [line for line in done.stdout.splitlines() if ": not here: " in line]
    assert done.returncode == 0, done.stdout
    for name in environment_recipes.find_pythons():
        assert re.search(rf"^{name}: same", done.stdout, re.MULTILINE), done.stdout
    if missing:
        pytest.skip("; ".join(missing))
    assert "big-endian" in done.stdout and "    micropython " in done.stdout
