#!/usr/bin/env python3
"""Run one subject of the extended tests and write the result into the table of docs/extended.md.

    python3 -m tools.extended fuzzing
    python3 -m tools.extended differential --minutes 600     further options go to the subject's command

Subjects: fuzzing, differential, sanitizers, environments, pytorch, keras, scikit-learn. They take minutes, need
packages that other tests do without, and run with the Python that runs this. The row names the last commit of purenet/
and csrc/, so commit changes first.
"""
import argparse
import datetime
import importlib.util
import subprocess
import sys
import time

from tools import ROOT

PAGE = ROOT / "docs" / "extended.md"
SUBJECTS = {  # what it imports, how to get that, commands
    "fuzzing": ("atheris", "atheris", ["tools.checks.fuzz"]),
    "differential": ("cffi", "cffi", ["tools.compare.random_networks --minutes 4 --processes 2"]),
    "sanitizers": ("cffi", "cffi", ["tools.checks.sanitize"]),
    "environments": ("cffi", "-r tests/requirements.txt", ["tools.environments --write"]),
    "pytorch": ("torch", "torch", ["tools.compare.layers", "tools.compare.optimizers"]),
    "keras": ("tensorflow", "keras tensorflow-cpu", ["tools.compare.keras"]),
    "scikit-learn": ("sklearn", "-r tests/requirements-once.txt", ["tools.compare.sklearn_suite"]),
}


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def run(command):
    """Run a tool, show its output, and return (exit status, its last line)."""
    last = ""
    with subprocess.Popen([sys.executable, "-m", *command.split()], cwd=ROOT, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            text = line.decode(errors="replace")
            print(text, end="", flush=True)
            last = text.strip() or last
    return process.returncode, last


def write_row(row, command):
    """Put a row into the table in the place of the last one of the same tool."""
    tool = f"`python3 -m {command.split()[0]}"
    lines = PAGE.read_text().splitlines()
    place = next((k for k, line in enumerate(lines) if line.startswith("|") and tool in line), len(lines))
    lines[place:place + 1] = [row]
    PAGE.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subject", choices=SUBJECTS)
    options, more = parser.parse_known_args()
    module, packages, commands = SUBJECTS[options.subject]
    if not importlib.util.find_spec(module):
        raise SystemExit(f"extended: {options.subject} needs a package: pip install {packages}")
    if git("status", "--porcelain", "purenet", "csrc", "tests", "tools"):
        raise SystemExit("extended: commit your changes first, because the result names the commit")
    commit, failed = git("log", "-1", "--format=%h", "--abbrev=10", "--", "purenet", "csrc"), False
    for command in commands:
        command = " ".join([command, *more])
        begun = time.monotonic()
        status, result = run(command)
        failed = failed or status != 0
        today = datetime.datetime.now(datetime.timezone.utc).date()
        cells = [options.subject, str(today), f"`{commit}`", f"`python3 -m {command}`",
                 f"{time.monotonic() - begun:.0f}", f"{'FAILED: ' if status else ''}{result}"]
        write_row(f"| {' | '.join(cells)} |", command)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
