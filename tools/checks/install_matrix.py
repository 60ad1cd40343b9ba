#!/usr/bin/env python3
"""Install purenet in a fresh environment per case and print which engine computes there, and why.

    python3 -m tools.checks.install_matrix [--only CASE]

Each case is a kind of machine that users have. After the installation a short training must give the same digest,
5e-324 * 3 must be 1.5e-323 in the process, and the backend must be the expected one.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tools import ROOT
from tools.check import find_pythons

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

NOT_COPIED = [".git", ".check", "build", "dist", "*.so", "*.egg-info", "__pycache__"]
SETUPTOOLS = ["setuptools>=77", "wheel"]
NO_ISOLATION = ["--no-build-isolation"]
NOWHERE = dict.fromkeys(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"], "http://127.0.0.1:9")


class Case(NamedTuple):
    """A way to install, and the backend to be expected after it."""

    expected: str
    environment: dict = {}      # of the build
    before: list = []           # packages that are there before
    options: list = []          # of pip
    after: list = []            # packages that are removed afterwards
    later: list = []            # packages that are installed afterwards
    python: str = "cpython"     # or pypy
    headers: bool = True        # False: hide Python's headers from the compiler
    sdist: bool = False         # install from a source distribution instead of the checkout
    network: bool = True


CASES = {
    "plain": Case("compiled", before=["cffi"]),
    "no cffi at run time": Case("reference"),
    "PURENET_BUILD=never": Case("reference", {"PURENET_BUILD": "never"}, ["cffi"]),
    "no compiler": Case("reference", {"CC": "no-such-compiler"}, ["cffi"]),
    "CC=false": Case("reference", {"CC": "false"}, ["cffi"]),
    "no headers": Case("reference", before=["cffi"], headers=False),
    "CFLAGS=-ffast-math": Case("compiled", {"CFLAGS": "-ffast-math"}, ["cffi"]),
    "LDFLAGS=-Ofast": Case("compiled", {"LDFLAGS": "-Ofast"}, ["cffi"]),
    "hardened, LTO": Case("compiled", {"CFLAGS": HARDENED, "LDFLAGS": "-flto=auto -Wl,-z,relro"}, ["cffi"]),
    "conda's flags": Case("compiled", {"CFLAGS": "-march=nocona -ftree-vectorize -O2"}, ["cffi"]),
    "no build isolation": Case("compiled", before=["cffi", *SETUPTOOLS], options=NO_ISOLATION),
    "no build isolation, no cffi": Case("reference", before=SETUPTOOLS, options=NO_ISOLATION),
    "no network": Case("compiled", before=["cffi", *SETUPTOOLS], options=[*NO_ISOLATION, "--no-index"], network=False),
    "cffi lost": Case("reference", before=["cffi"], after=["cffi"]),
    "cffi later": Case("compiled", later=["cffi"]),
    "editable": Case("compiled", before=["cffi"], options=["--editable"]),
    "sdist": Case("compiled", before=["cffi", "build"], sdist=True),
    "PyPy": Case("compiled", python="pypy"),
    "PyPy, no headers": Case("reference", python="pypy", headers=False),
    "PyPy, sdist": Case("compiled", before=["build"], python="pypy", sdist=True),
}


def run(command, **options):
    return subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)


def interpreter(case):
    """Return the Python of a case, or None and the reason if it is missing."""
    python = next((path for name, path in find_pythons().items() if name.startswith(case.python)), None)
    if not python:
        return None, f"no {case.python} from 3.9 up"
    include = run([python, "-c", "import sysconfig; print(sysconfig.get_path('include'))"]).stdout.strip()
    look = [os.environ.get("CC", "cc"), "-E", "-I", include, "-x", "c", "-"]
    if case.expected == "compiled" and run(look, input="#include <Python.h>").returncode:
        return None, f"no headers of {case.python}; on Debian: apt install python3-dev, pypy3-dev"
    return python, ""


def cut_off():
    """Return words that keep a command off the network, or [] if this system has no such command."""
    for command in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if shutil.which(command[0]) and not run([*command, "true"]).returncode:
            return command
    return []


def install(name, folder):
    """(whether all is as expected, or None if the case cannot be tried here; what to show) of one case."""
    case = CASES[name]
    python, missing = interpreter(case)
    if missing:
        return None, missing
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*NOT_COPIED))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PURENET_")}
    run([python, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "-q", "--disable-pip-version-check"]
    if case.before:
        run([*pip, "install", *case.before], check=True)
    if case.sdist:
        made = run([python, "-m", "build", "--sdist", "--outdir", folder, source],
                   env=dict(environment, PURENET_BUILD="never"))  # it must be complete without a build
        if made.returncode:
            return False, made.stdout[-1500:]
        shutil.rmtree(source)
        (source,) = folder.glob("*.tar.gz")
    settings = dict(environment, **case.environment)
    if not case.headers:
        (folder / "hidden").mkdir()
        (folder / "hidden" / "Python.h").write_text('#error "no headers"\n')
        settings["CFLAGS"] = f"-I{folder / 'hidden'}"
    if not case.network:
        settings = {key: value for key, value in settings.items() if not key.startswith("PIP_")}
        settings.update(NOWHERE, PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
        pip = cut_off() + pip
    built = run([*pip, "install", *case.options, source], env=settings, cwd=folder)
    if built.returncode:
        return False, built.stdout[-1500:]
    if case.after:
        run([*pip, "uninstall", "-y", *case.after], check=True)
    if case.later:
        run([*pip, "install", *case.later], check=True)
    checked = run([python, "-W", "error", "-c", CHECK], cwd=folder, env=environment)
    lines = checked.stdout.splitlines()
    good = f"{case.expected} {DIGEST} True" in lines
    return good, next((line.strip() for line in lines if line.strip().startswith("compiled:")), checked.stdout[-1500:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=CASES, metavar="CASE", action="append", help=", ".join(CASES))
    options = parser.parse_args()
    outcomes = []
    for case in options.only or CASES:
        with tempfile.TemporaryDirectory() as folder:
            good, shown = install(case, Path(folder))
        outcomes.append(good)
        said = {True: "as expected", False: "NOT AS EXPECTED", None: "not here"}[good]
        print(f"{case:28} {said}: {CASES[case].expected}; {shown}", flush=True)
    passed, failed, absent = (outcomes.count(outcome) for outcome in (True, False, None))
    print(f"install matrix: {passed} passed, {failed} failed, {absent} not here")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
