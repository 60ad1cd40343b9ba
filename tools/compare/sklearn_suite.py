#!/usr/bin/env python3
"""Run scikit-learn's own tests with purenet's names in the place of scikit-learn's.

    python3 -m tools.compare.sklearn_suite                                  every module
    python3 -m tools.compare.sklearn_suite metrics/tests/test_regression    modules that begin with these words
    python3 -m tools.compare.sklearn_suite --failures preprocessing         every failure's error, also of listed ones

The tests come from the installed scikit-learn, purenet from the current folder. Needs pytest and scikit-learn 1.9.
sklearn_suite.txt, beside this file, lists tests that do not count under one of a few reasons, and failures that are
differences with a name. Tests that never enter purenet need no entry: they are another module's subject.

The exit status is 1 if a failure is not listed, if a listed test passes, if an entry is not needed (no test that it
matches fails), or if less than 98 % of the tests that count pass.
"""
import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools import ROOT

MANIFEST = Path(__file__).with_suffix(".txt")
VERSION = "1.9"
TESTS = ["compose/tests/test_column_transformer.py", "impute/tests/test_impute.py", "metrics/tests/test_*.py",
         "model_selection/tests/test_search.py", "model_selection/tests/test_split.py",
         "model_selection/tests/test_validation.py", "neural_network/tests/test_mlp.py",
         "preprocessing/tests/test_*.py", "tests/test_pipeline.py"]
REASONS = ["sparse input", "array API", "another module's subject", "a private name", "a dtype that is NumPy's alone",
           "pickle or joblib", "something that is not asked for"]
DIFFERENCE = "difference: "
LEAST = 0.98
ASKED = """
    accuracy_score balanced_accuracy_score precision_score recall_score f1_score confusion_matrix classification_report
    roc_curve roc_auc_score precision_recall_curve average_precision_score log_loss brier_score_loss matthews_corrcoef
    top_k_accuracy_score mean_squared_error mean_absolute_error r2_score StandardScaler MinMaxScaler OneHotEncoder
    OrdinalEncoder LabelEncoder LabelBinarizer SimpleImputer Pipeline ColumnTransformer train_test_split KFold
    StratifiedKFold TimeSeriesSplit cross_val_score cross_validate cross_val_predict GridSearchCV RandomizedSearchCV
    MLPClassifier MLPRegressor""".split()


def read_manifest(text):
    """Return (reason, pattern) of each entry: a line in square brackets is a reason, the lines below are its tests.

    A star in a pattern stands for anything. Lines that begin with # are comments.
    """
    entries, reason = [], None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line.startswith("["):
            reason = line[1:-1]
            if reason not in REASONS and not reason.startswith(DIFFERENCE):
                raise SystemExit(f"sklearn_suite.txt, line {number}: {reason!r} is not one of the reasons: "
                                 f"{', '.join(REASONS)}, or '{DIFFERENCE}' and what differs")
        elif line and not line.startswith("#"):
            entries.append((reason, line))
    return entries


def matches(pattern, name):
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), name)


def judge(tests, entries):
    """Return the counts of each group of tests, and what is wrong, as lines.

    tests: objects with id, outcome ("passed", "failed", "skipped"), entered and message. A failure counts even if the
    test did not enter purenet, for a call with an argument that purenet lacks ends before.
    """
    counts, wrong, needed = {"passed": 0, "failed": 0, "differences": 0}, [], set()

    def count(group):
        counts[group] = counts.get(group, 0) + 1

    for test in tests:
        found = [entry for entry in entries if matches(entry[1], test.id)]
        if test.outcome == "failed":
            needed.update(found)
        if len({reason for reason, _ in found}) > 1:
            wrong.append(f"{test.id} is listed under two reasons: {found[0][0]}, {found[1][0]}")
        if test.outcome == "skipped":
            count("scikit-learn's own skips")
        elif test.outcome == "failed":
            difference = not found or found[0][0].startswith(DIFFERENCE)
            count("failed" if difference else found[0][0])
            if not found:
                wrong.append(f"{test.id} fails: {test.message}")
            elif difference:
                count("differences")
        elif not test.entered:
            count("another module's subject")
        else:
            count("passed")
            wrong += [f"{test.id} passes, but {pattern} lists it under: {reason}" for reason, pattern in found]
    wrong += [f"the entry {pattern} is not needed: no test that it matches fails"
              for reason, pattern in entries if (reason, pattern) not in needed]
    return counts, wrong


def scikit_learn():
    """Return the folder and the version of the installed scikit-learn."""
    if not importlib.util.find_spec("sklearn"):
        raise SystemExit("sklearn_suite needs scikit-learn: pip install scikit-learn")
    import sklearn
    if not sklearn.__version__.startswith(VERSION + "."):
        raise SystemExit(f"sklearn_suite needs scikit-learn {VERSION}, here is {sklearn.__version__}")
    return Path(sklearn.__file__).parent, sklearn.__version__


def run_module(path, purenet, seconds, chosen=""):
    """Run one test module in a process of its own; return the tests and the names of purenet that it has.

    chosen: an expression for pytest's -k.
    """
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results")
        results.touch()
        environment = dict(os.environ, SUITE_PURENET=str(purenet), SUITE_RESULTS=str(results),
                           SUITE_SECONDS=str(seconds), PYTHONPATH=str(purenet))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tools.compare.sklearn_names", "-c", os.devnull,
                   "-p", "no:cacheprovider", "--basetemp", str(Path(folder, "files")), "-k", chosen, str(path)]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    if done.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(f"{done.stdout.decode(errors='replace')}\npytest stops on {path}")
    tests = [SimpleNamespace(**line) for line in lines if "id" in line]
    return tests, {name for line in lines for name in line.get("names", [])}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", default=[""], help="begin of module names; default: all")
    parser.add_argument("-k", default="", help="only tests whose names match, as pytest's -k takes them")
    parser.add_argument("--processes", type=int, default=2, help="modules at a time (default 2)")
    parser.add_argument("--seconds", type=int, default=120, help="most that a test may take (default 120)")
    parser.add_argument("--failures", action="store_true", help="print every failure, listed or not")
    parser.add_argument("--manifest", type=Path, default=MANIFEST)
    parser.add_argument("--purenet", type=Path, default=Path.cwd(), help="folder with purenet (default: this one)")
    options = parser.parse_args(arguments)
    folder, version = scikit_learn()
    paths = sorted({path for pattern in TESTS for path in folder.glob(pattern)
                    if str(path.relative_to(folder)).startswith(tuple(options.modules))})
    entries = [entry for entry in read_manifest(options.manifest.read_text(encoding="utf-8"))
               if entry[1].startswith(tuple(options.modules))]
    if not paths:
        raise SystemExit(f"no test module of scikit-learn begins with {options.modules}")
    tests, names = [], set()
    with ThreadPoolExecutor(options.processes) as pool:
        ran = pool.map(lambda path: run_module(path, options.purenet.resolve(), options.seconds, options.k),
                       paths)
        for path, (found, used) in zip(paths, ran):
            counts, _ = judge(found, entries)
            groups = [f"{number} {group}" for group, number in counts.items() if number]
            print(f"{path.relative_to(folder)}: {', '.join(groups) or 'none of the names'}", flush=True)
            tests += found
            names |= used
    if options.k:
        entries = [entry for entry in entries if any(matches(entry[1], test.id) for test in tests)]
    counts, wrong = judge(tests, entries)
    if options.failures:
        print("\n".join(f"{test.id} fails: {test.message}" for test in tests if test.outcome == "failed"))
    print(*wrong, sep="\n")
    print("names of purenet in these modules:", *sorted(names))
    if options.modules == [""]:
        print("asked for, but in no module:", *(sorted(set(ASKED) - names) or ["none"]))
    passed, failed = counts.pop("passed"), counts.pop("failed")
    share = passed / max(1, passed + failed)
    differences = counts.pop("differences")
    print("skipped:", ", ".join(f"{group} {number}" for group, number in counts.items()))
    print(f"scikit-learn {version}: {passed} passed, {failed} failed ({differences} named differences), "
          f"{sum(counts.values())} skipped; {100 * share:.1f} % of those that count pass, {len(wrong)} complaints")
    return 1 if wrong or share < LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
