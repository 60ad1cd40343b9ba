"""tools/compare/sklearn_suite.py: names are put in place, failures and stale entries of the manifest are seen."""
from types import SimpleNamespace

import pytest

from tools.compare import sklearn_suite

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def scikit_learn():
    if not pytest.importorskip("sklearn").__version__.startswith(sklearn_suite.VERSION + "."):
        pytest.skip("the manifest is of another scikit-learn")


def ran(name, outcome="passed", entered=True):
    return SimpleNamespace(id=name, outcome=outcome, entered=entered, message="an error")


# the manifest --------------------------------------------------------------------------------------------

def test_a_manifest_has_reasons_patterns_and_comments():
    text = "# words\n[sparse input]\na.py::x[*]\n\n[difference: order]\nb.py::y\n"
    assert sklearn_suite.read_manifest(text) == [("sparse input", "a.py::x[*]"), ("difference: order", "b.py::y")]
    with pytest.raises(SystemExit, match="line 1: 'too slow' is not one of the reasons"):
        sklearn_suite.read_manifest("[too slow]\na\n")


def test_only_a_star_is_special_in_a_pattern():
    assert sklearn_suite.matches("a.py::x[*-csr]", "a.py::x[1-csr]")
    assert not sklearn_suite.matches("a.py::x[1]", "a.py::x1")


def test_each_test_is_counted_in_one_group():
    tests = [ran("a"), ran("b", "failed"), ran("c", "failed"), ran("d", "failed"), ran("e", "skipped"),
             ran("f", entered=False)]
    counts, wrong = sklearn_suite.judge(tests, [("sparse input", "b"), ("difference: order", "c")])
    assert counts == {"passed": 1, "failed": 2, "differences": 1, "sparse input": 1, "scikit-learn's own skips": 1,
                      "another module's subject": 1}
    assert wrong == ["d fails: an error"]


@pytest.mark.parametrize("entries, message", [
    ([("sparse input", "a*"), ("sparse input", "c")], "the entry c is not needed: no test that it matches fails"),
    ([("sparse input", "*")], "b passes, but * lists it under: sparse input"),
    ([("sparse input", "a"), ("array API", "a")], "a is listed under two reasons: sparse input, array API"),
])
def test_a_stale_entry_is_seen(entries, message):
    assert sklearn_suite.judge([ran("a", "failed"), ran("b")], entries)[1] == [message]


# whole runs ----------------------------------------------------------------------------------------------

def suite_of(folder, code, capsys, *options):
    """Run the tests of accuracy_score with a purenet that consists of one function."""
    (folder / "purenet").mkdir()
    (folder / "purenet/__init__.py").write_text("")
    (folder / "purenet/metrics.py").write_text(f"def accuracy_score(y_true, y_pred, **options):\n    return {code}\n")
    (folder / "manifest").write_text("")
    status = sklearn_suite.main(["metrics/tests/test_classification", "-k", "multilabel_accuracy_score", "--purenet",
                                 str(folder), "--manifest", str(folder / "manifest"), *options])
    return status, capsys.readouterr().out


def test_a_wrong_accuracy_score_fails_scikit_learns_tests(tmp_path, capsys):
    status, out = suite_of(tmp_path, "0.5 if len(y_true) else 0.0", capsys)
    assert status == 1 and "names of purenet in these modules: accuracy_score" in out
    assert "test_multilabel_accuracy_score_subset_accuracy fails: AssertionError" in out


def test_a_right_accuracy_score_passes_them(tmp_path, capsys):
    status, out = suite_of(tmp_path, "(y_true == y_pred).all(axis=1).mean()", capsys)
    assert status == 0 and " 1 passed, 0 failed" in out
