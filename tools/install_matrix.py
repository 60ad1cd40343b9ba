#!/usr/bin/env python3
"""Install purenet in a fresh environment per case and print what computes there, and why.

    python3 tools/install_matrix.py [--only CASE]

Each case is one way in which people's machines differ.  After the install a short training must end in
the same digest, 5e-324 * 3 must still be 1.5e-323 in the process, and the backend must be the expected one.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIGEST = "19e998d15d0752c56d511cdc85868fac124e89a24c4222128950059f2a33ae08"
CHECK = """
import purenet
from purenet import Network, Dense, SGD
net = Network(3, [Dense(4, 'sigmoid', bias=False), Dense(1, 'sigmoid', bias=False)], optimizer=SGD(1.0), init='rand',
              seed=1)
net.fit([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], [[0], [1], [1], [0]], epochs=50, batch_size=None, shuffle=False)
tiny = [5e-324, 3.0, 1.5e-323]
print(net.backend, net.digest(), tiny[0] * tiny[1] == tiny[2] != 0.0)
print(purenet.backend())
"""
HARDENED = "-g -O2 -fstack-protector-strong -Wformat -Werror=format-security -D_FORTIFY_SOURCE=2 -flto=auto"

# case: (expected backend, environment of the build, packages installed before, options of pip, packages removed after)
CASES = {
    "plain": ("compiled", {}, ["cffi"], [], []),
    "no cffi at run time": ("reference", {}, [], [], []),
    "PURENET_BUILD=never": ("reference", {"PURENET_BUILD": "never"}, ["cffi"], [], []),
    "CC=false": ("reference", {"CC": "false"}, ["cffi"], [], []),
    "CFLAGS=-ffast-math": ("compiled", {"CFLAGS": "-ffast-math"}, ["cffi"], [], []),
    "LDFLAGS=-Ofast": ("compiled", {"LDFLAGS": "-Ofast"}, ["cffi"], [], []),
    "hardened, LTO": ("compiled", {"CFLAGS": HARDENED, "LDFLAGS": "-flto=auto -Wl,-z,relro"}, ["cffi"], [], []),
    "conda's flags": ("compiled", {"CFLAGS": "-march=nocona -ftree-vectorize -O2"}, ["cffi"], [], []),
    "no build isolation": ("compiled", {}, ["cffi", "setuptools>=77", "wheel"], ["--no-build-isolation"], []),
    "no build isolation, no cffi": ("reference", {}, ["setuptools>=77", "wheel"], ["--no-build-isolation"], []),
    "cffi lost": ("reference", {}, ["cffi"], [], ["cffi"]),
    "editable": ("compiled", {}, ["cffi"], ["--editable"], []),
}


def run(command, **options):
    return subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)


def install(case, folder):
    """(whether all is as expected, what to show) of one case."""
    expected, changes, before, pip_options, after = CASES[case]
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".git", ".check", "*.so", "*.egg-info", "__pycache__"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PURENET_")}
    run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "-q", "--disable-pip-version-check"]
    if before:
        run([*pip, "install", *before], check=True)
    built = run([*pip, "install", *pip_options, source], env=dict(environment, **changes))
    if built.returncode:
        return False, built.stdout[-1500:]
    if after:
        run([*pip, "uninstall", "-y", *after], check=True)
    checked = run([python, "-c", CHECK], cwd=folder, env=environment)
    lines = checked.stdout.splitlines()
    good = f"{expected} {DIGEST} True" in lines
    return good, next((line.strip() for line in lines if line.strip().startswith("compiled:")), checked.stdout[-1500:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=CASES, metavar="CASE", action="append", help=", ".join(CASES))
    options = parser.parse_args()
    failed = 0
    for case in options.only or CASES:
        with tempfile.TemporaryDirectory() as folder:
            good, shown = install(case, Path(folder))
        failed += not good
        print(f"{case:28} {'as expected' if good else 'NOT AS EXPECTED'}: {CASES[case][0]}; {shown}", flush=True)
    print(f"install matrix: {len(options.only or CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
