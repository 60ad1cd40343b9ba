#!/usr/bin/env python3
"""Build the documentation as static HTML, with every warning an error.

    python3 tools/docs.py               build docs/ into .check/docs/html
    python3 tools/docs.py --run         run the code of README.md and docs/, and compare what it prints
    python3 tools/docs.py --pictures    the same, and renew docs/images with the pictures that the pages draw

Makes a virtual environment in .check/docs and installs docs/requirements.txt there. Needs the network the first
time. Exit status 0 if there was no warning and no difference.

How a page says what is run (tests/test_readme.py runs all of it too):

    ```python     runs; what it prints stands in comments, behind a print or on lines of their own. The blocks of a
                  page share their names and a folder.
    ```console    lines that begin with "$ " run in a shell, in the same folder; the other lines are what they print.
                  "..." stands for anything. A backslash at the end of a line continues the command.
    ```console compiled    the same, where the compiled engine is built; "console cc": where there is a C compiler.
    ```c scale.c  any language with the name of a file: is written to that file, for the commands that follow.
    ```sh         commands that need a network, a board or an hour. They are not run; their programs must exist and
                  know the options.
    ```pycon      code that CPython shows and does not run, such as a program for a board. It must compile.
"""
import argparse
import contextlib
import hashlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
IMAGES = DOCS / "images"
REQUIREMENTS = DOCS / "requirements.txt"
FOLDER = ROOT / ".check" / "docs"
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    code: str
    line: int


class Result(NamedTuple):
    """What a block was expected to print, and what it printed."""

    block: Block
    expected: str
    printed: str


# reading pages -------------------------------------------------------------------------------------

def pages():
    """README.md, CONTRIBUTING.md and every page of docs/."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def blocks(page):
    """Return the fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [Block(found.group(1).strip(), found.group(2), text[:found.start()].count("\n") + 2)
            for found in FENCE.finditer(text)]


def promised(code):
    """Return the output that comments promise, after a print or on their own lines."""
    lines = []
    for line in code.splitlines():
        behind = re.match(r"\s*print\(.*\)  +# (.*)$", line)
        alone = re.match(r"# (.*)$", line)
        if behind or alone:
            lines.append((behind or alone).group(1))
    return "\n".join(lines)


def commands(code):
    """Yield (command, expected output) of a console block."""
    command, expected = None, []
    lines = iter(code.splitlines())
    for line in lines:
        if line.startswith("$ "):
            if command is not None:
                yield command, "\n".join(expected)
            command, expected = line[2:], []
            while command.endswith("\\"):
                command = command[:-1] + next(lines).lstrip()
        else:
            expected.append(line)
    if command is not None:
        yield command, "\n".join(expected)


def matches(expected, printed):
    """Return whether printed is expected, in which "..." stands for anything. Space at line ends does not count."""
    def trimmed(text):
        return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())

    pattern = ".*".join(re.escape(part) for part in trimmed(expected).split("..."))
    return re.fullmatch(pattern, trimmed(printed), re.DOTALL) is not None


# running pages -------------------------------------------------------------------------------------

def run_python(block, page, names):
    """Run a block of Python in the page's names and return what it printed."""
    printed = io.StringIO()
    code = "\n" * (block.line - 1) + block.code  # so that a traceback names the line of the page
    with contextlib.redirect_stdout(printed):
        exec(compile(code, str(page.relative_to(ROOT)), "exec"), names)
    return printed.getvalue()


def run_command(command, folder):
    """Run a command of a page in a shell and return what it printed; with its errors, if it failed."""
    python = shlex.quote(sys.executable)
    environment = dict(os.environ, PYTHONPATH=str(ROOT), COLUMNS="80", PYTHONIOENCODING="utf-8")
    if " -S " in command:  # without site packages there is no cffi, so the compiled engine cannot be asked for
        environment.pop("PURENET_BACKEND", None)
    done = subprocess.run(["sh", "-c", re.sub(r"\bpython3(?= )", lambda found: python, command)], cwd=folder,
                          env=environment, capture_output=True, timeout=900)
    return (done.stdout + (done.stderr if done.returncode else b"")).decode("utf-8", "replace")


def compiled_engine():
    """Return whether this checkout's compiled engine can be used."""
    from purenet import Dense, Network

    try:
        return Network(1, [Dense(1)], backend="compiled").backend == "compiled"
    except Exception:
        return False


def run_page(page, folder):
    """Yield a Result for each block that runs; folder is where the page's files go, docs/flowers.csv is there."""
    names = {"__name__": "page"}
    before = os.getcwd()
    (Path(folder) / "docs").mkdir()
    shutil.copy(DOCS / "flowers.csv", Path(folder) / "docs")
    os.chdir(folder)
    try:
        for block in blocks(page):
            words = block.language.split()
            if words[1:] and "." in words[1]:
                Path(words[1]).write_text(block.code, encoding="utf-8")
            elif block.language == "python":
                yield Result(block, promised(block.code), run_python(block, page, names))
            elif words[:1] == ["console"] and (
                    words[1:] == [] or words[1:] == ["compiled"] and compiled_engine()
                    or words[1:] == ["cc"] and shutil.which("cc")):
                for command, expected in commands(block.code):
                    yield Result(block._replace(code=command), expected, run_command(command, folder))
    finally:
        os.chdir(before)


def run_all(renew_pictures=False):
    """Run every page; print differences and return how many there are."""
    differences = 0
    for page in pages():
        with tempfile.TemporaryDirectory() as folder:
            for result in run_page(page, folder):
                if not matches(result.expected, result.printed):
                    differences += 1
                    print(f"{page.relative_to(ROOT)}:{result.block.line}: expected\n{result.expected}\n"
                          f"printed\n{result.printed}", flush=True)
            for drawn in sorted(Path(folder).glob("*.svg")) if renew_pictures else []:
                if f"images/{drawn.name}" in page.read_text(encoding="utf-8"):
                    shutil.copyfile(drawn, IMAGES / drawn.name)
                    print(f"docs/images/{drawn.name}: from {page.relative_to(ROOT)}")
        print(f"{page.relative_to(ROOT)}: run", flush=True)
    return differences


# building ------------------------------------------------------------------------------------------

def environment():
    """Return the python of a virtual environment with docs/requirements.txt. Make it if it is missing or stale."""
    inside = FOLDER / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    stamp = FOLDER / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if inside.exists() and stamp.exists() and stamp.read_text() == wanted:
        return inside
    shutil.rmtree(FOLDER, ignore_errors=True)
    print("docs: making an environment", flush=True)
    if subprocess.run([sys.executable, "-m", "venv", str(FOLDER / "venv")]).returncode:
        raise SystemExit(f"docs: {sys.executable} has no working venv module; on Debian: apt install python3-venv")
    pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(REQUIREMENTS)]
    if subprocess.run(pip).returncode:
        raise SystemExit("docs: docs/requirements.txt could not be installed; is the package index reachable?")
    stamp.write_text(wanted)
    return inside


def build(output):
    """Build the site; return the exit status of Sphinx."""
    python = environment()
    shutil.rmtree(output, ignore_errors=True)
    command = [str(python), "-m", "sphinx", "-b", "html", "-E", "-W", "--keep-going", "-q", "-j", "2",
               "-d", str(FOLDER / "doctrees"), str(DOCS), str(output)]
    return subprocess.run(command, cwd=ROOT).returncode


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", action="store_true", help="run the pages' code instead of building")
    parser.add_argument("--pictures", action="store_true", help="run it and renew docs/images")
    parser.add_argument("--output", type=Path, default=FOLDER / "html", metavar="FOLDER", help="where the HTML goes")
    options = parser.parse_args(words)
    if options.run or options.pictures:
        sys.path.insert(0, str(ROOT))
        differences = run_all(options.pictures)
        print(f"docs: {differences} differences")
        return 1 if differences else 0
    status = build(options.output.resolve())
    print(f"docs: {options.output / 'index.html'}" if not status else "docs: there were warnings")
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
