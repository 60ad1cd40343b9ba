#!/usr/bin/env python3
"""Run the scripts in tests/faults and list the faults that are not fixed.

    python3 tools/faults.py             all of them
    python3 tools/faults.py attack api  those whose names start with these words

A script exits with 1 while its fault exists, and with 0 once it is fixed. Anything else (a failed import, a crash, a
timeout) counts as "did not run". The scripts run with the Python that runs this
tool and import purenet from this checkout; some need NumPy, pandas or the compiled engine.
The exit status is 0 if every script ran and every fault is fixed.
"""
import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "faults"
RIGHT, THERE = 0, 1
CRASHED = "Traceback (most recent call last):"


def outcome(script, seconds):
    """(state, last line) of a script: "right", "fault" or "did not run"."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    try:
        run = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             timeout=seconds, env=dict(os.environ, PYTHONPATH=path))
    except subprocess.TimeoutExpired:
        return "did not run", f"no end within {seconds} s"
    lines = run.stdout.decode(errors="replace").strip().splitlines()
    last = lines[-1] if lines else f"exit status {run.returncode}"
    if CRASHED in lines or run.returncode not in (RIGHT, THERE):  # Python ends a traceback with 1 too
        return "did not run", last
    return ("right" if run.returncode == RIGHT else "fault"), last


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only scripts whose names begin with one of these")
    parser.add_argument("--seconds", type=float, default=120.0, help="time limit of each script (120)")
    options = parser.parse_args(arguments)
    scripts = [script for script in sorted(FOLDER.glob("*-*.py"))
               if not options.names or script.name.startswith(tuple(options.names))]
    if not scripts:
        parser.error(f"no script in {FOLDER} begins with {' or '.join(options.names)}")
    counts = {"right": 0, "fault": 0, "did not run": 0}
    for script in scripts:
        state, last = outcome(script, options.seconds)
        counts[state] += 1
        if state != "right":
            print(f"{script.name}: {state}: {last}", flush=True)
    print(f"faults: {counts['right']} right, {counts['fault']} still there, {counts['did not run']} did not run")
    return 0 if counts["right"] == len(scripts) else 1


if __name__ == "__main__":
    sys.exit(main())
