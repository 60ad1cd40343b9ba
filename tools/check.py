#!/usr/bin/env python3
"""Run all the tests, in an environment of their own, and end in one line that says how it went.

    python3 tools/check.py                 this Python
    python3 tools/check.py --everywhere    and every other CPython from 3.9 and PyPy found on this machine

Makes virtual environments under .check/ and installs tests/requirements.txt there.  Needs the network the
first time.  Exit status 0 if every test passed.
"""
import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "tests" / "requirements.txt"
EXPECTED_SKIPS = ROOT / "tests" / "expected_skips.txt"
ONCE = [  # what no other Python would show: about C and the tools
    "test_bench.py", "test_broken_kernels.py", "test_broken_layers.py", "test_bundle.py", "test_compare_tool.py",
    "test_controls.py", "test_csrc.py", "test_environments.py", "test_fashion.py", "test_fast.py", "test_install.py",
    "test_interrupt.py", "test_make_vectors.py", "test_same_text.py", "test_twins.py", "test_vectors_exact.py"]
ONCE_OF_A_FILE = [  # ... about what has the same bits, or which go to every Python from one
    "test_demos.py::test_demos_end_in_the_same_digests_everywhere",
    "test_demos.py::test_a_convolutional_network_reads_digits_better_over_ten_seeds",
    "test_demos.py::test_the_convolutional_demo_trains_to_the_same_bits_on_both_engines",
    "test_demos.py::test_digits_are_read_well_over_ten_seeds",
    "test_exact.py::test_exact_arithmetic_gives_the_bits_of_the_whole_article",
    "test_moments.py::test_a_plateau_has_heard_of_every_epoch_that_has_ended_whenever_ctrl_c_comes",
    "test_packaging.py::test_no_file_grows_past_what_a_reader_can_hold",
    "test_packaging.py::test_trains_to_one_digest_on_every_python",
    "test_elementary.py::test_the_error_is_within_its_bound",
    "test_images.py::test_the_textbook_finds_what_is_broken",
    "test_processes.py::test_a_fault_is_seen",
    "test_saving.py::test_a_kill_at_any_system_call_leaves_the_old_file_or_the_new_one",
    "test_stops.py::test_killed_at_fifty_moments_it_ends_the_same_in_a_new_process_on_the_other_engine",
    "test_stops.py::test_it_ends_the_same_on_every_python",
    "test_verify.py::test_the_command_with_one_change_fails_and_names_a_vector",
    "test_verify.py::test_the_quick_command_says_so_on_every_python"]
SAY_NAME = "import sys; print(sys.implementation.name + '%d.%d' % sys.version_info[:2])"


def name_of(python):
    """cpython3.11, pypy3.9, ...; None if it does not run or is too old."""
    try:
        run = subprocess.run([python, "-c", SAY_NAME], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    except OSError:
        return None
    name = run.stdout.decode().strip()
    if run.returncode or not name.startswith(("cpython3.", "pypy3.")) or int(name.split(".")[1]) < 9:
        return None
    return name


def find_pythons():
    """The Pythons of this machine by name, this one first."""
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


def environment(name, python):
    """The python of a virtual environment with the requirements installed; made if it is missing or stale."""
    folder = ROOT / ".check" / name
    inside = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    stamp = folder / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if inside.exists() and stamp.exists() and stamp.read_text() == wanted:
        return inside
    shutil.rmtree(folder, ignore_errors=True)
    print(f"check: making an environment for {name}", flush=True)
    made = subprocess.run([python, "-m", "venv", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        raise SystemExit(
            made.stdout.decode(errors="replace")
            + f"check: {python} has no working venv module; on Debian and Ubuntu: apt install python3-venv "
            "(pypy3-venv for PyPy)"
        )
    pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(REQUIREMENTS)]
    if subprocess.run(pip).returncode:
        raise SystemExit("check: the test requirements could not be installed; is the package index reachable?")
    stamp.write_text(wanted)
    return inside


def build_twin(python):
    """Build the compiled engine in place; the Pythons of this machine share it."""
    print("check: building the compiled engine", flush=True)
    command = [str(python), "setup.py", "-q", "build_ext", "--inplace", "--build-temp", str(ROOT / ".check" / "build")]
    if subprocess.run(command, cwd=ROOT, env=dict(os.environ, PURENET_BUILD="require")).returncode:
        print("check: the compiled engine could not be built (no C compiler, or no headers of Python?); "
              "what needs it is skipped", flush=True)


def run_suite(name, python, pytest_options):
    """(passed, failed, skipped ids) of the suite under one Python; its output goes to .check/NAME.txt too."""
    report = ROOT / ".check" / f"{name}.xml"
    log = ROOT / ".check" / f"{name}.txt"
    report.unlink(missing_ok=True)
    command = [str(python), "-m", "pytest", "-q", f"--junit-xml={report}", "-p", "no:cacheprovider", *pytest_options]
    with open(log, "w") as output:
        status = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT).returncode
    lines = log.read_text(errors="replace").splitlines()
    print(f"--- {name}: {lines[-1] if lines else 'no output'}", flush=True)
    if status:
        print("\n".join(lines[-200:]), flush=True)
    passed, failed, skipped = 0, 0, []
    if report.exists():
        for case in xml.etree.ElementTree.parse(report).iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            elif case.find("skipped") is not None:
                skipped.append(f"{name} {case.get('classname') or ''}::{case.get('name')}")
            else:
                passed += 1
    if status and not failed:
        failed = 1  # the run itself broke
    return passed, failed, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--everywhere", action="store_true", help="also run under every other Python found")
    parser.add_argument("--no-twin", action="store_true", help="do not build the compiled engine first")
    parser.add_argument("--expect-skips", action="store_true",
                        help="fail unless the skipped tests are those of tests/expected_skips.txt")
    parser.add_argument("--sanitize", action="store_true",
                        help="instead run the C library under sanitizers and valgrind (tools/sanitize.py)")
    parser.add_argument("pytest_options", nargs="*", metavar="PYTEST_OPTION", help="passed on, after a --")
    options = parser.parse_args()
    if sys.version_info < (3, 9):
        raise SystemExit("check: Python 3.9 or newer is needed")
    pythons = find_pythons()
    if not options.everywhere:
        pythons = dict(list(pythons.items())[:1])
    (ROOT / ".check").mkdir(exist_ok=True)
    first = next(iter(pythons))
    if options.sanitize:
        return subprocess.run([str(environment(first, pythons[first])), str(ROOT / "tools" / "sanitize.py")]).returncode
    if not options.no_twin:
        build_twin(environment(first, pythons[first]))
    passed, failed, skipped = 0, 0, []
    with ThreadPoolExecutor(max_workers=2) as pool:
        jobs = []
        for name, python in pythons.items():
            more = [] if name == first else [
                *(f"--ignore=tests/{file}" for file in ONCE), *(f"--deselect=tests/{test}" for test in ONCE_OF_A_FILE)]
            jobs.append(pool.submit(lambda n, p, o: run_suite(n, environment(n, p), o), name, python,
                                    more + options.pytest_options))
        for job in jobs:
            suite = job.result()
            passed, failed, skipped = passed + suite[0], failed + suite[1], skipped + suite[2]
    if options.expect_skips:
        expected = {line for line in EXPECTED_SKIPS.read_text().splitlines() if line and not line.startswith("#")}
        for test in sorted(expected.symmetric_difference(skipped)):
            failed += 1
            print(f"check: {'not skipped, but expected' if test in expected else 'skipped unexpectedly'}: {test}")
    print(f"check: {passed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
