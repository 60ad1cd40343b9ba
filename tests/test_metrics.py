"""The metrics, beside their definitions worked out in fractions and, where it is there, scikit-learn."""
import math
import random
import warnings
from fractions import Fraction

import pytest

from purenet import metrics
from purenet.metrics import ConfusionMatrix, accuracy, mean_absolute_error, precision, r2, recall, top_k_accuracy

DRAWN = random.Random(5)
CLASSES = [DRAWN.randrange(4) for _ in range(200)]
TOLD = [c if DRAWN.random() < 0.6 else DRAWN.randrange(4) for c in CLASSES]
OUTPUTS = [[round(DRAWN.random(), 1) for _ in range(4)] for _ in CLASSES]  # with equal ones among them
VALUES = [DRAWN.gauss(3, 2) for _ in range(50)]
GUESSES = [value + DRAWN.gauss(0, 1) for value in VALUES]


def close(a, b):
    return abs(a - float(b)) <= 1e-14 * max(1.0, abs(float(b)))


def one_hot(numbers):
    return [[1.0 if j == number else 0.0 for j in range(4)] for number in numbers]


def part(kept, chosen):
    return Fraction(sum(kept), sum(chosen)) if sum(chosen) else Fraction(0)


def test_accuracy_is_the_part_of_equal_classes():
    assert accuracy(CLASSES, TOLD) == sum(a == b for a, b in zip(CLASSES, TOLD)) / 200
    assert accuracy(one_hot(CLASSES), TOLD) == accuracy(CLASSES, one_hot(TOLD)) == accuracy(CLASSES, TOLD)
    assert accuracy([[1.0], [0.0], [1.0]], [[0.51], [0.5], [0.4]]) == 2 / 3
    assert accuracy(["a", "b"], ["a", "c"]) == 0.5
    assert accuracy([0], [[0.3, 0.3]]) == 1.0 and accuracy([1], [[0.3, 0.3]]) == 0.0


@pytest.mark.parametrize("k", [1, 2, 3, 4, 9])
def test_top_k_takes_the_first_of_equal_outputs(k):
    right = 0
    for truth, row in zip(CLASSES, OUTPUTS):
        order = sorted(range(4), key=lambda j: (-row[j], j))
        right += truth in order[:k]
    assert top_k_accuracy(CLASSES, OUTPUTS, k) == right / 200
    assert top_k_accuracy(one_hot(CLASSES), OUTPUTS, k) == right / 200
    if k == 1:
        assert right / 200 == accuracy(CLASSES, OUTPUTS)


def test_precision_recall_and_f1_are_their_fractions():
    matrix = ConfusionMatrix(CLASSES, TOLD)
    for c in range(4):
        hits = [a == b == c for a, b in zip(CLASSES, TOLD)]
        told, true = [b == c for b in TOLD], [a == c for a in CLASSES]
        exact = part(hits, told), part(hits, true)
        assert (matrix.precision[c], matrix.recall[c]) == (float(exact[0]), float(exact[1]))
        assert close(matrix.f1[c], 2 * exact[0] * exact[1] / (exact[0] + exact[1]))
    assert close(precision(CLASSES, TOLD), sum(map(Fraction, matrix.precision)) / 4)
    assert close(recall(CLASSES, TOLD), sum(map(Fraction, matrix.recall)) / 4)
    assert matrix.accuracy == accuracy(CLASSES, TOLD)


def test_a_class_that_is_never_told_has_no_precision():
    matrix = ConfusionMatrix([0, 1, 2, 2], [0, 1, 1, 0])
    assert matrix.precision == [0.5, 0.5, 0.0] and matrix.recall == [1.0, 1.0, 0.0] and matrix.f1[2] == 0.0


def test_errors_of_numbers_are_their_fractions():
    exact = [Fraction(a) for a in VALUES], [Fraction(a) for a in GUESSES]
    assert close(mean_absolute_error(VALUES, GUESSES), sum(abs(a - b) for a, b in zip(*exact)) / 50)
    mean = sum(exact[0]) / 50
    errors, distances = sum((a - b) ** 2 for a, b in zip(*exact)), sum((a - mean) ** 2 for a in exact[0])
    assert close(r2(VALUES, GUESSES), 1 - errors / distances)
    assert r2([[v] for v in VALUES], GUESSES) == r2(VALUES, GUESSES)
    two = r2([[v, g] for v, g in zip(VALUES, GUESSES)], [[g, v] for v, g in zip(VALUES, GUESSES)])
    assert close(two, (Fraction(r2(VALUES, GUESSES)) + Fraction(r2(GUESSES, VALUES))) / 2)
    assert r2([2.0, 2.0], [2.0, 2.0]) == 1.0 and r2([2.0, 2.0], [2.0, 2.1]) == 0.0


@pytest.mark.once
def test_scikit_learn_says_the_same():
    theirs = pytest.importorskip("sklearn.metrics")
    assert accuracy(CLASSES, TOLD) == theirs.accuracy_score(CLASSES, TOLD)
    matrix = ConfusionMatrix(CLASSES, TOLD)
    assert matrix.counts == theirs.confusion_matrix(CLASSES, TOLD).tolist()
    for mine, its in zip((matrix.precision, matrix.recall, matrix.f1),
                         theirs.precision_recall_fscore_support(CLASSES, TOLD)):
        assert all(map(close, mine, its))
    assert close(r2(VALUES, GUESSES), theirs.r2_score(VALUES, GUESSES))
    assert close(mean_absolute_error(VALUES, GUESSES), theirs.mean_absolute_error(VALUES, GUESSES))
    different = [[DRAWN.random() for _ in range(4)] for _ in CLASSES]
    assert top_k_accuracy(CLASSES, different, 2) == theirs.top_k_accuracy_score(CLASSES, different, k=2)


def test_a_matrix_is_shown_as_text_and_as_html():
    matrix = ConfusionMatrix(["a<b", "c", "c"], ["a<b", "a<b", "c"])
    assert repr(matrix).split("\n") == [
        "true \\ predicted    a<b      c  recall",
        "             a<b      1      .   1.000",
        "               c      1      1   0.500",
        "       precision  0.500  1.000   0.667",
    ]
    html = matrix._repr_html_()
    assert html.startswith("<table><tr><th>") and "<th>a&lt;b</th>" in html and "<b" not in html.replace("<br", "")
    assert html.count("<tr>") == html.count("</tr>") == 4


def test_labels_may_be_given():
    assert ConfusionMatrix([1, 0], [1, 1], labels=[2, 1, 0]).counts == [[0, 0, 0], [0, 1, 0], [0, 1, 0]]
    for labels, words in (([0], "y has 1, which is none of them"), ([0, 1, 1], "every class once")):
        with pytest.raises(ValueError, match=words):
            ConfusionMatrix([1, 0], [1, 1], labels=labels)


@pytest.mark.parametrize("call, words", [
    (lambda: accuracy([1, 2], [1]), "y has 2 rows, predictions have 1"),
    (lambda: accuracy([], []), "y is empty"),
    (lambda: accuracy("ab", [1, 2]), "y: expected rows or a flat list"),
    (lambda: r2([[1.0, 2.0]], [[1.0]]), r"y\[0\] has 2 numbers, predictions\[0\] 1"),
    (lambda: top_k_accuracy([4], [[0, 1.0]]), r"y\[0\] is 4, expected a class number from 0 to 1"),
    (lambda: top_k_accuracy([0], [[0.1, 0.9]], 0), "k: expected a whole number from 1"),
])
def test_unfit_arguments_are_named(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()


def test_the_names_are_functions():
    for name in metrics.NAMES:
        told = [[0.2, 0.8]] * 3 if name == "top_k_accuracy" else [1, 1, 1]
        assert math.isfinite(getattr(metrics, name)([1, 0, 1], told))


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e15 + 0.3, -7.7e-200, 1e200])
def test_where_all_values_are_equal_a_mean_that_is_rounded_changes_nothing(value):
    for rows in (3, 10, 49):
        assert r2([value] * rows, [value] * rows) == 1.0
        assert r2([value] * rows, [value * 1.5] + [value] * (rows - 1)) == 0.0
        assert r2([[value, k] for k in range(rows)], [[0.0, k] for k in range(rows)]) == 0.5


@pytest.mark.parametrize("measure", [accuracy, precision, recall, ConfusionMatrix])
def test_outputs_in_a_flat_list_are_not_taken_for_classes(measure):
    """They would all be wrong, silently."""
    with pytest.raises(ValueError, match=r"predictions\[1\] is 0.7, expected a class; .* rows, \[\[0.7\], ...\]"):
        measure([0, 1], [0.0, 0.7])
    with pytest.raises(ValueError, match=r"y\[0\] is nan, expected a class"):
        measure([math.nan, 1.0], [0, 1])
    measure([0.0, 1.0], [0, 1])


@pytest.mark.parametrize("call, words", [
    (lambda: mean_absolute_error(["a"], [1.0]), r"y\[0\] is 'a' \(str\), expected a number"),
    (lambda: r2([[1.0]], [[[2.0]]]), r"predictions\[0\] is a list of 1, expected a number"),
    (lambda: ConfusionMatrix(["a", None], ["a", "a"]), r"y\[1\] is None, expected a label as y\[0\], 'a'"),
    (lambda: top_k_accuracy(["a"], [[1.0, 2.0]]), r"y\[0\] is 'a' \(str\), expected a class number from 0 to 1"),
    (lambda: top_k_accuracy([math.nan], [[1.0, 2.0]]), r"y\[0\] is nan, expected a class"),
    (lambda: top_k_accuracy([0], [[1.0, 2.0]], 2.0), "k: expected a whole number, got 2.0"),
])
def test_what_cannot_be_measured_is_named(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()


# several labels, columns and mixed kinds, beside scikit-learn -------------------------------------------

def drawn_pair(stream, kind):
    rows, width = stream.randrange(1, 12), stream.randrange(2, 5)
    if kind == "several labels":
        return [[[stream.randrange(2) for _ in range(width)] for _ in range(rows)] for _ in "yp"]
    if kind == "probabilities of text":
        return [stream.choice("ab") for _ in range(rows)], [stream.randrange(2) for _ in range(rows)]
    if kind == "outputs in a flat list":
        return [stream.randrange(2) for _ in range(rows)], [stream.random() for _ in range(rows)]
    labels = "abc" if kind == "text" else range(4)
    y, told = [[stream.choice(labels) for _ in range(rows)] for _ in "yp"]
    if kind == "not a number":
        told[stream.randrange(rows)] = math.nan
    return [[label] for label in y] if kind == "a column" else y, told


@pytest.mark.once
@pytest.mark.parametrize("kind", ["class numbers", "text", "a column", "several labels", "probabilities of text",
                                  "outputs in a flat list", "not a number"])
def test_labels_are_read_as_scikit_learn_reads_them(kind):
    theirs = pytest.importorskip("sklearn.metrics")
    stream = random.Random(7)
    averaged = {"average": "macro", "zero_division": 0}
    for _ in range(100):
        y, told = drawn_pair(stream, kind)
        for mine, its, options in ((accuracy, theirs.accuracy_score, {}), (precision, theirs.precision_score, averaged),
                                   (recall, theirs.recall_score, averaged)):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    wanted = its(y, told, **options)
            except (ValueError, TypeError):
                with pytest.raises((ValueError, TypeError)):
                    mine(y, told)
            else:
                assert close(mine(y, told), wanted), (y, told)


@pytest.mark.parametrize("y, told, right", [
    ([[1, 0, 0], [0, 1, 0]], [[0.4, 0.3, 0.3], [0.4, 0.35, 0.25]], 0.5),  # a softmax: the largest counts
    ([[1, 0, 0], [0, 1, 0]], [[0.4, 0.3, 0.2], [0.4, 0.9, 0.2]], 0.5),  # sigmoids: no label in the first row
    ([[1, 0, 0], [0, 1, 1]], [[0.4, 0.3, 0.3], [0.1, 0.6, 0.3]], 0.0),  # two labels in a row of y: labels in all
    ([[0.5, 0.5], [0.0, 1.0]], [[0.8, 0.2], [0.3, 0.7]], 1.0),
    ([0, 1], [[3.0, -2.0], [0.0, 7.0]], 1.0),  # scores
    ([[0], [1], [2]], [[2, 1, 0], [1, 2, 0], [2, 1, 0]], 2 / 3),
    ([[1], [0]], [[0.7], [0.5]], 1.0),
    ([[0.9], [0.2]], [1, 0], 1.0),
])
def test_what_a_row_says_of_its_class_follows_from_y(y, told, right):
    assert accuracy(y, told) == right


@pytest.mark.parametrize("call, words", [
    (lambda: accuracy([[0], [2]], [[0.5], [2.0]]), r"predictions\[1\] is 2.0, expected an output from 0 to 1"),
    (lambda: accuracy([[1, 0], [0, 1]], [[1.2, 0.3], [0.1, 0.2]]), "each row has one class, give y as class"),
    (lambda: accuracy([[1, 0], [1, 1]], [0, 1]), "expected one class for each row, but"),
    (lambda: accuracy([1, 2], [[0.2, 0.8], [0.2, 0.8]]), r"y\[1\] is 2, expected a class number from 0 to 1"),
    (lambda: accuracy(["a", "b"], [[0.2, 0.8], [0.2, 0.8]]), r"y\[0\] is 'a' \(str\), expected a class number"),
    (lambda: accuracy([[1, 0], [0, 1]], [[0.2, 0.8, 0.0]] * 2), "has 2 numbers, predictions.0. 3"),
    (lambda: accuracy([0, 1], [[0.2, 0.8], [0.2]]), r"predictions\[1\] has 1 number, expected as many"),
    (lambda: accuracy([0, 1], [[0.2, math.nan], [0.2, 0.8]]), r"predictions\[0\]\[1\] is nan, expected a finite"),
    (lambda: ConfusionMatrix([[1, 1], [0, 0]], [[0.2, 0.8], [0.2, 0.8]]), "compare the columns of several labels"),
    (lambda: top_k_accuracy([[1, 1], [0, 0]], [[0.2, 0.8], [0.2, 0.8]]), "compare the columns of several labels"),
    (lambda: top_k_accuracy([1, 0], [[0.2], [0.8]]), "a row with an output for each class"),
    (lambda: r2([1.0, math.nan], [1.0, 2.0]), r"y\[1\]\[0\] is nan, expected a finite number"),
    (lambda: mean_absolute_error([1.0], [math.inf]), r"predictions\[0\]\[0\] is inf, expected a finite number"),
    (lambda: r2([1e200, 0.0], [0.0, 1.0]), "r2: its total is beyond what a double holds"),
    (lambda: mean_absolute_error([1e308] * 9, [0.0] * 9), "mean_absolute_error: its total is beyond"),
])
def test_what_could_be_read_in_two_ways_or_has_no_number_is_refused(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()
