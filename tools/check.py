#!/usr/bin/env python3
"""Run lint and tests in a virtual environment and end with one line of results.

    python3 tools/check.py                        the short tier: lint and quick tests; at most five minutes
    python3 tools/check.py --full                 every test, on this Python
    python3 tools/check.py --full --everywhere    also on every other CPython from 3.9 and PyPy found on this machine

Two markers of pytest select the tests (pyproject.toml): `full` is not in the short tier, `once` runs on one Python
only. The virtual environments under .check/ get tests/requirements.txt, that Python's also requirements-once.txt; this
needs the network the first time.
pytest's output is in .check/NAME.txt. The exit status is 0 if everything passed. Ctrl-C stops the run and prints the
results so far.
"""
import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "tests" / "requirements.txt"
ONCE_REQUIREMENTS = ROOT / "tests" / "requirements-once.txt"  # names REQUIREMENTS
EXPECTED_SKIPS = ROOT / "tests" / "expected_skips.txt"
SHORT, FULL, ELSEWHERE = "not full", "", "not once"  # the tiers as pytest's -m reads them; ELSEWHERE: other Pythons
SAY_NAME = "import sys; print(sys.implementation.name + '%d.%d' % sys.version_info[:2])"


def name_of(python):
    """Return a Python's name, such as cpython3.11, or None if it does not run or is too old."""
    try:
        run = subprocess.run([python, "-c", SAY_NAME], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    except OSError:
        return None
    name = run.stdout.decode().strip()
    if run.returncode or not name.startswith(("cpython3.", "pypy3.")) or int(name.split(".")[1]) < 9:
        return None
    return name


def find_pythons():
    """Return the Pythons of this machine by name, this one first."""
    candidates = [sys.executable]
    candidates += [shutil.which(f"python3.{minor}") or "" for minor in range(9, 20)]
    candidates += [shutil.which("pypy3") or ""]
    candidates += sorted(str(path) for path in Path.home().glob(".pyenv/versions/*/bin/python"))
    found = {}
    for python in filter(None, candidates):
        name = name_of(python)
        if name:
            found.setdefault(name, python)
    return found


# processes -----------------------------------------------------------------------------------------

class Processes:
    """The running commands. Each has its own session, so that Ctrl-C reaches it only through stop()."""

    def __init__(self):
        self.running = []
        self.stopped = False

    def run(self, command, each=None, **options):
        """Run a command and return (exit status, output). ``each`` is called with every piece of output."""
        if self.stopped:
            raise SystemExit("check: stopped")
        process = subprocess.Popen([str(part) for part in command], cwd=ROOT, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, **options)
        self.running.append(process)
        pieces = []
        with process.stdout:
            for piece in iter(lambda: os.read(process.stdout.fileno(), 1 << 16), b""):
                pieces.append(piece)
                if each:
                    each(piece)
        status = process.wait()
        self.running.remove(process)
        return status, b"".join(pieces).decode(errors="replace")

    def stop(self):
        """Interrupt every command. After ten seconds kill it with its children."""
        self.stopped = True
        running = list(self.running)
        for process in running:
            process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and any(process.poll() is None for process in running):
            time.sleep(0.1)
        for process in running:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except OSError:
                pass  # it has ended


class Screen:
    """Output lines, with a line of progress below them in a terminal; in a pipe it is printed every 30 seconds."""

    def __init__(self, stream):
        self.stream = stream
        self.redraws = stream.isatty()
        self.pause = 0.5 if self.redraws else 30

    def say(self, text):
        self.stream.write(("\r\033[K" if self.redraws else "") + text + "\n")
        self.stream.flush()

    def progress(self, text):
        if not self.redraws:
            self.say(text)
            return
        self.stream.write("\r\033[K" + text[:shutil.get_terminal_size().columns - 1])
        self.stream.flush()


class Suite:
    """The tests under one Python, and their progress, read from pytest's lines of dots."""

    def __init__(self, name, python, requirements, options):
        self.name, self.python, self.requirements, self.options = name, python, requirements, options
        self.passed = self.failed = self.total = 0
        self.skipped = []  # ids, known at the end
        self.line, self.lines = b"", {"passed": 0, "failed": 0, "skipped": 0}

    def hear(self, piece):
        """Count the results in a piece of pytest's output."""
        *whole, self.line = (self.line + piece).split(b"\n")
        for line in whole:
            dots = re.fullmatch(rb"([.FEsxX]+) *(\[ *\d+/(\d+)\])?\r?", line)
            if dots:
                self.add(dots.group(1), self.lines)
                self.total = int(dots.group(3) or self.total)

    @staticmethod
    def add(dots, counts):
        for name, letters in (("passed", b".X"), ("failed", b"FE"), ("skipped", b"sx")):
            counts[name] += sum(dots.count(letter) for letter in letters)

    def counts(self):
        """Return {"passed": ..., "failed": ..., "skipped": ...} so far."""
        counts = dict(self.lines)
        if re.fullmatch(rb"[.FEsxX]+", self.line):
            self.add(self.line, counts)
        return counts

    def __str__(self):
        counts = self.counts()
        failed = f" ({counts['failed']} failed)" if counts["failed"] else ""
        return f"{self.name} {sum(counts.values())}/{self.total or '?'}{failed}"


# steps ---------------------------------------------------------------------------------------------

class Check:
    """One run of this command."""

    def __init__(self, screen):
        self.screen, self.processes = screen, Processes()
        self.began = time.monotonic()
        self.suites, self.counts_so_far = [], []
        self.passed = self.failed = 0  # steps other than tests

    def environment(self, name, python, requirements):
        """Return the python of a virtual environment with these requirements. Make it if missing or outdated."""
        folder = ROOT / ".check" / name
        inside = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
        stamp = folder / "requirements.sha256"
        wanted = hashlib.sha256(requirements.read_bytes() + REQUIREMENTS.read_bytes()).hexdigest()
        if inside.exists() and stamp.exists() and stamp.read_text() == wanted:
            return inside
        shutil.rmtree(folder, ignore_errors=True)
        self.screen.say(f"check: making an environment for {name}")
        status, output = self.processes.run([python, "-m", "venv", folder])
        if status:
            raise SystemExit(
                f"{output}check: {python} has no working venv module; on Debian and Ubuntu: apt install python3-venv "
                "(pypy3-venv for PyPy)"
            )
        status, output = self.processes.run(
            [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements])
        if status:
            raise SystemExit(f"{output}check: the test requirements could not be installed; is the package index "
                             "reachable?")
        stamp.write_text(wanted)
        return inside

    def build_twin(self, python):
        """Build the compiled engine in place. All Pythons of this machine share it."""
        self.screen.say("check: building the compiled engine")
        status, output = self.processes.run(
            [python, "setup.py", "-q", "build_ext", "--inplace", "--build-temp", ROOT / ".check" / "build"],
            env=dict(os.environ, PURENET_BUILD="require"))
        if status:
            self.screen.say(f"{output}check: the compiled engine could not be built (no C compiler, or no headers of "
                            "Python?); its tests are skipped")

    def lint(self, python):
        """Check spelling, lint, import order and C formatting. A test checks the types."""
        sources = sorted((ROOT / "csrc").rglob("*.[ch]"))
        for tool, options in (("ruff", ["check", "--quiet"]), ("codespell", []),
                              ("clang-format", ["--dry-run", "--Werror", *sources])):
            command = python.parent / tool
            if not command.exists():
                self.screen.say(f"check: no {tool} for this Python; skipped")
                continue
            status, output = self.processes.run([command, *options])
            self.passed, self.failed = self.passed + (not status), self.failed + bool(status)
            if status:
                self.screen.say(f"{output}--- {tool}: failed")

    def run_suite(self, suite):
        """Run the tests of one Python. Also write the output to .check/NAME.txt."""
        python = self.environment(suite.name, suite.python, suite.requirements)
        report = ROOT / ".check" / f"{suite.name}.xml"
        report.unlink(missing_ok=True)
        with open(ROOT / ".check" / f"{suite.name}.txt", "wb") as log:
            def each(piece):
                log.write(piece)
                log.flush()
                suite.hear(piece)

            status, output = self.processes.run(
                [python, "-m", "pytest", "-q", "-o", "console_output_style=count", f"--junit-xml={report}",
                 "-p", "no:cacheprovider", *suite.options], each)
        if self.processes.stopped:
            return
        lines = output.splitlines()
        self.screen.say(f"--- {suite.name}: {lines[-1] if lines else 'no output'}")
        if status:
            self.screen.say("\n".join(lines[-200:]))
        if report.exists():
            for case in xml.etree.ElementTree.parse(report).iter("testcase"):
                if case.find("failure") is not None or case.find("error") is not None:
                    suite.failed += 1
                elif case.find("skipped") is not None:
                    suite.skipped.append(f"{suite.name} {case.get('classname') or ''}::{case.get('name')}")
                else:
                    suite.passed += 1
        if status and not suite.failed:
            suite.failed = 1  # the run itself broke

    def run(self, options):
        """Prepare the environments, run everything and return the exit status."""
        pythons = find_pythons()
        if not options.everywhere:
            pythons = dict(list(pythons.items())[:1])
        (ROOT / ".check").mkdir(exist_ok=True)
        first = next(iter(pythons))
        python = self.environment(first, pythons[first], ONCE_REQUIREMENTS)
        if options.sanitize:
            return subprocess.run([str(python), "-m", "tools.checks.sanitize"], cwd=ROOT).returncode
        if not options.no_twin:
            self.build_twin(python)
        self.lint(python)
        # two Pythons side by side, or one with two workers
        workers = [] if len(pythons) > 1 else ["-n", "2"]
        for name in pythons:
            tiers = [FULL if options.full else SHORT, "" if name == first else ELSEWHERE]
            chosen = " and ".join(filter(None, tiers))
            requirements = ONCE_REQUIREMENTS if name == first else REQUIREMENTS
            self.suites.append(
                Suite(name, pythons[name], requirements, ["-m", chosen, *workers, *options.pytest_options]))
        with ThreadPoolExecutor(max_workers=2) as pool:
            try:
                jobs = [pool.submit(self.run_suite, suite) for suite in self.suites]
                while wait(jobs, timeout=self.screen.pause).not_done:
                    told = [str(suite) for suite, job in zip(self.suites, jobs) if job.running()]
                    self.screen.progress(f"check: {self.elapsed()}  {', '.join(told)}")
                for job in jobs:
                    job.result()
            except BaseException:
                for job in jobs:
                    job.cancel()
                self.stop()
                raise
        if options.expect_skips:
            self.compare_skips()
        passed, failed, skipped = self.totals()
        self.screen.say(f"check: {passed} passed, {failed} failed, {skipped} skipped in {self.elapsed()}")
        return 1 if failed or not passed else 0

    def compare_skips(self):
        expected = {line for line in EXPECTED_SKIPS.read_text().splitlines() if line and not line.startswith("#")}
        for test in sorted(expected.symmetric_difference(test for suite in self.suites for test in suite.skipped)):
            self.failed += 1
            self.screen.say(f"check: {'not skipped, but expected' if test in expected else 'skipped unexpectedly'}: "
                            f"{test}")

    def totals(self):
        suites = self.suites
        return (self.passed + sum(suite.passed for suite in suites),
                self.failed + sum(suite.failed for suite in suites),
                sum(len(suite.skipped) for suite in suites))

    def stop(self):
        """Stop everything and keep the counts so far."""
        self.counts_so_far = self.counts_so_far or [suite.counts() for suite in self.suites]
        self.processes.stop()

    def interrupted(self):
        """Stop everything and print the counts so far."""
        self.stop()
        passed, failed, skipped = [sum(c[name] for c in self.counts_so_far) for name in ("passed", "failed", "skipped")]
        self.screen.say(f"check: stopped after {self.elapsed()}; so far {self.passed + passed} passed, "
                        f"{self.failed + failed} failed, {skipped} skipped")
        return 130

    def elapsed(self):
        seconds = int(time.monotonic() - self.began)
        return f"{seconds // 60}:{seconds % 60:02d}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help="run all tests, not only the short tier")
    parser.add_argument("--everywhere", action="store_true", help="also run under every other Python found")
    parser.add_argument("--no-twin", action="store_true", help="do not build the compiled engine first")
    parser.add_argument("--expect-skips", action="store_true",
                        help="fail unless the skipped tests are those of tests/expected_skips.txt (with --full)")
    parser.add_argument("--sanitize", action="store_true",
                        help="instead run the C library under sanitizers and valgrind (tools/checks/sanitize.py)")
    parser.add_argument("pytest_options", nargs="*", metavar="PYTEST_OPTION", help="passed on, after a --")
    options = parser.parse_args()
    if options.expect_skips and not options.full:
        parser.error("--expect-skips needs --full: the short tier leaves tests out")
    if sys.version_info < (3, 9):
        raise SystemExit("check: Python 3.9 or newer is needed")
    check = Check(Screen(sys.stdout))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return check.run(options)
    except KeyboardInterrupt:
        return check.interrupted()


if __name__ == "__main__":
    sys.exit(main())
