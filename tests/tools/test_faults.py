"""The faults found from outside that are mended stay mended; their runner counts what did not run as a failure."""
import subprocess
import sys

import pytest

from tests import ROOT
from tools import faults

STILL_THERE: "set[str]" = set()
LONG = {"attack-03", "attack-06"}  # gigabytes of memory, and a matter of seconds: by the tool alone
SCRIPTS = [script for script in sorted(faults.FOLDER.glob("*-*.py"))
           if not any(script.name.startswith(name) for name in STILL_THERE | LONG)]
pytestmark = [pytest.mark.once, pytest.mark.full]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_fault_that_was_mended_stays_mended(script):
    assert faults.outcome(script, 120.0)[0] == "right"


def test_every_script_is_run_named_as_there_or_left_to_the_tool():
    names = [script.name for script in faults.FOLDER.glob("*-*.py")]
    for known in STILL_THERE | LONG:
        assert len([name for name in names if name.startswith(known)]) == 1, known
    assert len(SCRIPTS) == len(names) - len(STILL_THERE | LONG) > 8


@pytest.mark.parametrize("code, state", [
    ("print('fine')", "right"), ("import sys; print('it is there'); sys.exit(1)", "fault"),
    ("import nowhere", "did not run"), ("import os; os._exit(3)", "did not run"),
    ("import time; time.sleep(60)", "did not run"),
    ("import purenet, sys; sys.exit(not purenet.__file__.startswith({root!r}))", "right"),
])
def test_the_runner_tells_a_fault_from_a_script_that_did_not_run(code, state, tmp_path, monkeypatch, capsys):
    script = tmp_path / "x-1.py"
    script.write_text(code.format(root=str(ROOT)))
    monkeypatch.setattr(faults, "FOLDER", tmp_path)
    assert faults.main(["--seconds", "5"]) == (state != "right")
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == {"right": "faults: 1 right, 0 still there, 0 did not run",
                    "fault": "faults: 0 right, 1 still there, 0 did not run",
                    "did not run": "faults: 0 right, 0 still there, 1 did not run"}[state]


def test_the_tool_runs_from_anywhere(tmp_path):
    run = subprocess.run([sys.executable, str(ROOT / "tools" / "faults.py"), "attack-10"], cwd=tmp_path,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    assert (run.returncode, run.stdout.decode().strip()) == (0, "faults: 1 right, 0 still there, 0 did not run")
