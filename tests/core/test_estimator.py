"""The base of estimators: parameters, copies, exceptions, and answers of the kind that was asked with."""
import pickle
import subprocess
import sys
import warnings

import pytest

from purenet._core.estimator import Estimator, check_fitted, clone, parameter_names, same_kind
from purenet._core.exceptions import for_sklearn
from purenet._core.tables import check_lengths, check_weights, column_names, number_rows, value_rows
from purenet.exceptions import ConvergenceWarning, NotFittedError, UndefinedMetricWarning


class Inner(Estimator):
    KIND = "transformer"

    def __init__(self, a=1, *, b=(1, 2)):
        self.a = a
        self.b = b


class Outer(Estimator):
    KIND = "classifier"
    TAGS = (("classifier_tags.multi_label", True), ("non_deterministic", True))

    def __init__(self, inner=None, rate=0.1):
        self.inner = inner
        self.rate = rate


class Changes(Estimator):
    def __init__(self, a=1):
        self.a = [a]


def test_parameters_by_name():
    outer = Outer(Inner(b=[3]))
    assert parameter_names(Outer) == ["inner", "rate"]
    assert outer.get_params(deep=False) == {"inner": outer.inner, "rate": 0.1}
    assert outer.get_params() == {"inner": outer.inner, "inner__a": 1, "inner__b": [3], "rate": 0.1}
    assert outer.set_params(inner__a=5, rate=2) is outer and outer.inner.a == 5 and outer.rate == 2
    outer.set_params(inner=Inner(), inner__a=7)  # the new inner one gets it
    assert outer.inner.a == 7
    with pytest.raises(ValueError, match="inner__c|c: Inner has no such parameter; it has 'a', 'b'"):
        outer.set_params(inner__c=1)
    with pytest.raises(ValueError, match="speed: Outer has no such parameter; it has 'inner', 'rate'"):
        outer.set_params(speed=1)


def test_repr_shows_what_is_not_the_default():
    assert repr(Outer()) == "Outer()"
    assert repr(Outer(Inner(2, b=(1, 2)), 0.1)) == "Outer(inner=Inner(a=2))"
    assert repr(Inner(True)) == "Inner(a=True)"  # equal to 1, and not the default


def test_a_clone_has_copies_and_nothing_learnt():
    outer = Outer(Inner(b=[3]))
    outer.coefs_ = [1.0]
    copy = clone(outer)
    assert copy.inner is not outer.inner and copy.inner.b == [3] and copy.inner.b is not outer.inner.b
    assert not hasattr(copy, "coefs_")
    assert [type(one) for one in clone([outer, Inner()])] == [Outer, Inner]
    with pytest.raises(RuntimeError, match="Changes: its constructor changes the parameter 'a'"):
        clone(Changes())
    with pytest.raises(TypeError, match="expected an object with get_params"):
        clone(Inner)


def test_an_estimator_that_is_not_fitted():
    with pytest.raises(NotFittedError, match="this Inner is not fitted yet: call fit first") as error:
        check_fitted(Inner(), "a_")
    assert isinstance(error.value, ValueError) and isinstance(error.value, AttributeError)
    assert repr(pickle.loads(pickle.dumps(error.value))) == repr(error.value)


def test_rows_of_tables():
    assert number_rows([[1, 2], (3, 4.5)]) == [[1.0, 2.0], [3.0, 4.5]]
    assert number_rows([[float("nan")]], missing=True)[0][0] != 0.0
    for bad, words in (([[float("nan")]], r"X\[0\]\[0\] is nan"), ([1, 2], r"write \[\[value\] for value in X\]"),
                       ([[1], [1, 2]], r"X\[1\] has 2 numbers, expected 1"), ([], "X is empty"), ([[]], "empty"),
                       ([[float("inf")]], "is inf")):
        with pytest.raises(ValueError, match=words):
            number_rows(bad, missing="inf" in words)
    assert value_rows([["a", None], ["b", 1]]) == [["a", None], ["b", 1]]
    with pytest.raises(ValueError, match="x has 2 rows, y has 1"):
        check_lengths([("x", [1, 2]), ("y", [1])])
    assert check_weights(None, 2) == [1.0, 1.0] and check_weights([1, 2], 2) == [1.0, 2.0]
    for bad in ([1], [1, -1], [1, float("nan")], [[1], [2]]):
        with pytest.raises(ValueError, match="sample_weight"):
            check_weights(bad, 2)


@pytest.mark.once
def test_what_scikit_learn_sees():
    import numpy
    import pandas
    import sklearn.base
    import sklearn.exceptions
    import sklearn.utils

    outer = Outer(Inner())
    assert sklearn.base.is_classifier(outer) and repr(sklearn.base.clone(outer)) == repr(outer)
    tags = sklearn.utils.get_tags(outer)
    assert tags.target_tags.required and tags.non_deterministic and tags.classifier_tags.multi_label
    assert sklearn.utils.get_tags(Inner()).transformer_tags is not None
    with pytest.raises(sklearn.exceptions.NotFittedError) as error:
        check_fitted(Inner(), "a_")
    assert isinstance(error.value, NotFittedError)
    assert repr(pickle.loads(pickle.dumps(error.value))) == repr(error.value)
    with pytest.warns(sklearn.exceptions.ConvergenceWarning):
        warnings.warn("so", for_sklearn(ConvergenceWarning), stacklevel=1)
    assert issubclass(for_sklearn(UndefinedMetricWarning), UndefinedMetricWarning)
    assert type(same_kind(numpy.zeros(2), [1, 2])) is numpy.ndarray and same_kind([0], [1, 2]) == [1, 2]
    frame = pandas.DataFrame({"a": [1.0], "b": [2.0]})
    assert type(same_kind(frame, [[1]])) is numpy.ndarray
    assert column_names(frame) == ["a", "b"] and column_names(numpy.zeros((1, 2))) == []
    assert number_rows(frame) == [[1.0, 2.0]] and column_names(pandas.DataFrame([[1]])) == []


def test_nothing_foreign_is_imported():
    code = ("import sys, purenet.exceptions, purenet._core.estimator, purenet._core.tables as t; "
            "t.number_rows([[1]]); print([m for m in ('numpy', 'sklearn', 'inspect', 'typing') if m in sys.modules])")
    assert subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True,
                          cwd=str(__import__("pathlib").Path(__file__).parents[2])).stdout == "[]\n"
