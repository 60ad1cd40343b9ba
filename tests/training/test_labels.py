"""What a network's last activation says of the labels of rows: in metrics, stratified splits and class weights."""
import pytest

from purenet import SGD, Dense, Network, RandomState, backend, metrics
from purenet.data import train_test_split
from purenet.training.class_weights import apply_class_weights
from purenet.training.labels import labels_of
from purenet.training.validation import split_rows

BACKENDS = backend().available
X = [[float(k % 7), float(k % 3)] for k in range(24)]
SEVERAL = [[float(k % 2), float(k % 3 == 0), 0.0 if k % 4 else 1.0] for k in range(24)]


def network(last, units, loss="mean_squared_error", name="reference", **options):
    return Network(2, [Dense(units, last)], loss=loss, optimizer=SGD(0.0), seed=5, backend=name, **options)


@pytest.mark.parametrize("last, units, rows, labels", [
    ("softmax", 3, [[0.2, 0.4, 0.4], [0.5, 0.1, 0.4]], [1, 0]),
    ("sigmoid", 1, [[0.5], [0.51]], [0, 1]),
    ("sigmoid", 3, [[0.2, 0.6, 0.9], [0.1, 0.5, 0.4]], [[0, 1, 1], [0, 0, 0]]),
])
def test_the_last_activation_says_what_a_row_is(last, units, rows, labels):
    assert labels_of(rows, network(last, units).plan) == labels


@pytest.mark.once
@pytest.mark.parametrize("name", BACKENDS)
def test_several_sigmoids_are_measured_as_scikit_learn_measures_labels(name):
    theirs = pytest.importorskip("sklearn.metrics")
    net = network("sigmoid", 3, name=name, init="randn")
    history = net.fit(X, SEVERAL, metrics=["accuracy", "precision", "recall", "r2"],
                      validation_data=(X[:9], SEVERAL[:9]))
    told = [[int(value > 0.5) for value in row] for row in net.predict(X)]
    assert len({tuple(row) for row in told}) > 1
    averaged = {"average": "macro", "zero_division": 0}
    for prefix, count in (("", 24), ("val_", 9)):
        y, p = SEVERAL[:count], told[:count]
        assert history[prefix + "accuracy"][0] == theirs.accuracy_score(y, p)
        assert history[prefix + "precision"][0] == pytest.approx(theirs.precision_score(y, p, **averaged), rel=1e-14)
        assert history[prefix + "recall"][0] == pytest.approx(theirs.recall_score(y, p, **averaged), rel=1e-14)


def test_a_function_of_the_user_gets_rows_and_purenets_own_get_labels():
    seen = []
    net = network("sigmoid", 3)
    net.fit(X, SEVERAL, metrics=[("mine", lambda y, p: seen.append((y, p)) or 1.0), ("same", metrics.accuracy)])
    assert seen == [(SEVERAL, net.predict(X))]


def test_a_softmax_trained_with_soft_targets_has_classes():
    net = network("softmax", 3, init="randn")
    soft = [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]] * 12
    history = net.fit(X, soft, metrics=["accuracy", ("first", lambda y, p: metrics.top_k_accuracy(y, p, 1))])
    expected = sum(a == b for a, b in zip([0, 2] * 12, net.predict_classes(X))) / 24
    assert history["accuracy"] == history["first"] == [expected]


@pytest.mark.parametrize("last, units, targets, labels", [
    ("sigmoid", 3, SEVERAL, SEVERAL),
    ("linear", 2, [[float(k % 2), 5.0] for k in range(24)], [[float(k % 2), 5.0] for k in range(24)]),
    ("softmax", 2, [[float(k % 3 == 0), float(k % 3 > 0)] for k in range(24)], [int(k % 3 > 0) for k in range(24)]),
    ("sigmoid", 1, [[float(k % 3 == 0)] for k in range(24)], [k % 3 == 0 for k in range(24)]),
    ("linear", 1, [[float(k % 3)] for k in range(24)], [k % 3 for k in range(24)]),
])
def test_a_split_is_stratified_by_what_y_is(last, units, targets, labels):
    kept, tested = split_rows(targets, 0.5, True, network(last, units).plan)
    rows = list(range(24))
    train, test, _, _ = train_test_split(rows, rows, 0.5, 5, stratify=labels)
    assert (kept, tested) == (sorted(train), sorted(test))


@pytest.mark.once
@pytest.mark.parametrize("last, units, targets, labels", [
    ("sigmoid", 3, SEVERAL, SEVERAL),
    ("softmax", 2, [[float(k % 3 == 0), float(k % 3 > 0)] for k in range(24)], [int(k % 3 > 0) for k in range(24)]),
    ("sigmoid", 1, [[float(k % 3 == 0)] for k in range(24)], [k % 3 == 0 for k in range(24)]),
])
def test_balanced_weights_are_scikit_learns(last, units, targets, labels):
    theirs = pytest.importorskip("sklearn.utils.class_weight")
    numpy = pytest.importorskip("numpy")
    found = apply_class_weights("balanced", targets, [1.0] * 24, network(last, units).plan)
    expected = theirs.compute_sample_weight("balanced", numpy.array(labels))
    assert found == pytest.approx(expected.tolist(), rel=1e-15)


@pytest.mark.parametrize("options", [{"metrics": ["accuracy"]}, {"class_weight": "balanced"},
                                     {"validation_split": 0.25, "stratify": True}])
@pytest.mark.parametrize("name", BACKENDS)
def test_class_numbers_for_one_sigmoid_are_refused(options, name):
    net = network("sigmoid", 1, name=name)
    with pytest.raises(ValueError, match=r"y\[2\]\[0\] is 2.0, but a sigmoid's label is 0 or 1; .* a softmax"):
        net.fit(X, [float(k % 3) for k in range(24)], **options)


def test_weights_of_class_numbers_are_refused_for_several_labels():
    net = network("sigmoid", 3)
    with pytest.raises(ValueError, match="labels of their own, which have no class numbers; use \"balanced\""):
        net.fit(X, SEVERAL, class_weight={0: 1.0, 1: 2.0})


def test_soft_labels_of_sigmoids_count_above_a_half():
    plan = network("sigmoid", 2, loss="binary_cross_entropy").plan
    stream = RandomState(1)
    soft = [[stream.random_sample(), stream.random_sample()] for _ in range(40)]
    hard = [[float(value > 0.5) for value in row] for row in soft]
    assert split_rows(soft, 0.5, True, plan) == split_rows(hard, 0.5, True, plan)
