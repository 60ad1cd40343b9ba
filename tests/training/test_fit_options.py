"""What fit does beside training: validation, callbacks, early stopping, class weights, limits."""
import math
import time
from array import array

import pytest

import purenet
from purenet import SGD, Callback, Dense, EarlyStopping, Network, NonFiniteError, RandomState, StopTraining, backend
from purenet.data import train_test_split
from purenet.metrics import accuracy
from purenet.training.trainer import Trainer
from tests.support.oracle import assert_same_bits
from tests.support.runs import X, Y

BACKENDS = backend().available
SPIRAL = [[math.sin(k), math.cos(2 * k)] for k in range(30)]
HEIGHTS = [[a * b] for a, b in SPIRAL]


def classifier(name="reference", **changes):
    given = {"loss": "categorical_cross_entropy", "optimizer": SGD(0.1, 0.9), "seed": 6, "backend": name, **changes}
    return Network(3, [Dense(5, "tanh"), Dense(2, "softmax")], **given)


def curve(name="reference", **changes):
    given = {"loss": "mean_squared_error", "optimizer": SGD(0.1, 0.9), "seed": 6, "backend": name, **changes}
    return Network(2, [Dense(4, "tanh"), Dense(1)], **given)


class Noting(Callback):
    """Writes down what it hears."""

    def __init__(self):
        self.heard = []

    def on_train_begin(self, net, history):
        self.heard.append("begin")

    def on_batch_end(self, net, epoch, batch, loss):
        self.heard.append((epoch, batch, loss))

    def on_epoch_end(self, net, epoch, history):
        self.heard.append((epoch, list(history.loss), list(history.val_loss)))

    def on_train_end(self, net, history):
        self.heard.append("end")


# validation ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", BACKENDS)
def test_validation_changes_no_bit_of_the_training_and_is_evaluate_after_each_epoch(name):
    net, other = curve(name), curve(name)
    weights = [float(k % 3) for k in range(10)]
    history = net.fit(SPIRAL[10:], HEIGHTS[10:], 5, 4, validation_data=(SPIRAL[:10], HEIGHTS[:10], weights))
    losses, checked = [], []
    for _ in range(5):
        losses += other.fit(SPIRAL[10:], HEIGHTS[10:], 1, 4).loss
        checked.append(other.evaluate(SPIRAL[:10], HEIGHTS[:10], sample_weight=weights))
    assert_same_bits(history.loss, losses)
    assert_same_bits(history.val_loss, checked)
    assert net.digest() == other.digest() and net._engine.state().stream == other._engine.state().stream
    assert repr(history).startswith("<History: 5 epochs, loss ") and ", val_loss " in repr(history)


@pytest.mark.parametrize("form", ["lists", "buffers"])
@pytest.mark.parametrize("name", BACKENDS)
def test_the_split_is_that_of_the_seed_and_leaves_the_order(name, form):
    x, y = SPIRAL, HEIGHTS
    if form == "buffers":
        x, y = [array("d", [value for row in rows for value in row]) for rows in (x, y)]
    net, other = curve(name), curve(name)
    history = net.fit(x, y, 3, 4, False, validation_split=0.3)
    order = RandomState(6).permutation(30)
    kept, tested = sorted(order[:21]), sorted(order[21:])
    expected = other.fit([SPIRAL[i] for i in kept], [HEIGHTS[i] for i in kept], 3, 4, False, validation_data=(
        [SPIRAL[i] for i in tested], [HEIGHTS[i] for i in tested]))
    assert_same_bits(history.loss + history.val_loss, expected.loss + expected.val_loss)
    assert net.digest() == other.digest() and net._engine.state().stream == other._engine.state().stream


@pytest.mark.parametrize("stratify", [True, [-k for k in Y]])
def test_the_split_keeps_the_proportions_where_it_is_asked_to(stratify):
    net = classifier()
    seen = []

    def spy(y, predictions):
        seen.append([row.index(1.0) for row in y])
        return 0.0

    net.fit(X, Y, 1, validation_split=0.4, stratify=stratify, metrics=[spy])
    labels = Y if stratify is True else stratify
    _, _, kept, tested = train_test_split(list(range(25)), list(range(25)), 0.4, random_state=6, stratify=labels)
    assert seen == [[Y[i] for i in sorted(kept)], [Y[i] for i in sorted(tested)]]


@pytest.mark.parametrize("given, words", [
    ({"validation_split": 1.0}, "validation_split: expected a finite number of at least 0.0 and below 1.0"),
    ({"validation_split": 0.99}, "validation_split: 0.99 of 25 rows leaves no rows to train on"),
    ({"validation_split": 0.1, "validation_data": (X, Y)}, "together with validation_data; give only one"),
    ({"stratify": True}, "stratify: it needs a validation_split"),
    ({"stratify": [1, 2], "validation_split": 0.2}, "stratify has 2 labels, x has 25 rows"),
    ({"stratify": 3, "validation_split": 0.2}, "stratify: expected True"),
    ({"validation_data": X}, "validation_data: expected"),
    ({"validation_data": (X, Y[1:])}, "validation_data: x has 25"),
    ({"validation_data": ([[1, 2]], [0])}, r"validation_data: x\[0\] has 2 numbers"),
    ({"metrics": accuracy}, "metrics: expected a list"), ({"metrics": ["f1"]}, r"metrics\[0\]: 'f1' is not known"),
    ({"metrics": [accuracy, accuracy]}, r"metrics\[1\]: there is a curve 'accuracy' already"),
    ({"metrics": [("loss", accuracy)]}, "there is a curve 'loss' already"),
    ({"metrics": [3]}, r"metrics\[0\]: expected"),
    ({"metrics": [("m", lambda y, p: "x")]}, "the result of the metric m is 'x'"),
    ({"callbacks": 3}, "callbacks: expected a list"), ({"callbacks": [EarlyStopping]}, "; call the class"),
    ({"callbacks": [print]}, "derive its class from purenet.Callback"), ({"max_seconds": -1}, "max_seconds"),
    ({"callbacks": [EarlyStopping()]}, "this history has no curve 'val_loss'; it has loss"),
    ({"resume": 2}, "resume: expected True or False"), ({"class_weight": "equal"}, "class_weight: expected a dict"),
    ({"class_weight": {2: 1.0}}, "expected class numbers from 0 to 1 as keys, got 2"),
    ({"class_weight": {0: -1.0}}, r"class_weight\[0\]"), ({"class_weight": {0: 0.0, 1: 0}}, "all weights are 0"),
])
def test_what_does_not_fit_is_named_and_nothing_is_trained(given, words):
    net = classifier()
    before = net.digest()
    with pytest.raises((ValueError, TypeError), match=words):
        net.fit(X, Y, 1, **given)
    if "result of the metric" not in words:
        assert net.digest() == before
    assert len(net.fit(X, Y, 1).loss) == 1


def test_a_validation_loss_that_overflows_is_an_error():
    net = curve()
    with pytest.raises(NonFiniteError, match="val_loss is inf after epoch 1; a smaller learning rate"):
        net.fit(SPIRAL, HEIGHTS, 3, validation_data=([[1.0, 1.0]], [[1e200]]))
    assert net._engine.state().position == (1, 0, 1)


# metrics -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", BACKENDS)
def test_metrics_are_taken_after_each_epoch_over_both_parts(name):
    net, other = classifier(name), classifier(name)
    wrong = ("wrong", lambda y, predictions: 1.0 - accuracy(y, predictions))
    history = net.fit(X[:20], Y[:20], 4, 4, validation_data=(X[20:], Y[20:]), metrics=["accuracy", wrong])
    for epoch in range(4):
        other.fit(X[:20], Y[:20], 1, 4)
        for rows, labels, prefix in ((X[:20], Y[:20], ""), (X[20:], Y[20:], "val_")):
            right = sum(p == t for p, t in zip(other.predict_classes(rows), labels)) / len(rows)
            assert history[prefix + "accuracy"][epoch] == right and history[prefix + "wrong"][epoch] == 1.0 - right
    assert net.digest() == other.digest()
    with pytest.raises(ValueError, match="no curve 'f1'; it has loss, val_loss, accuracy, val_accuracy, wrong"):
        history["f1"]


# class weights -------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("class_weight, of_class", [
    ({1: 3.0}, [1.0, 3.0]), ({0: 0, 1: 2}, [0.0, 2.0]), ("balanced", None)])
def test_class_weights_multiply_the_sample_weights(name, class_weight, of_class):
    if of_class is None:
        of_class = [25 / (2 * Y.count(k)) for k in (0, 1)]
    own = [0.5 + k / 8 for k in range(25)]
    sigmoid = Network(3, [Dense(1, "sigmoid")], loss="binary_cross_entropy", backend=name)
    for net in (classifier(name), sigmoid):
        other = Network.__new__(Network)
        other.__setstate__(net.__getstate__())
        history = net.fit(X, Y, 3, 4, sample_weight=own, class_weight=class_weight)
        expected = other.fit(X, Y, 3, 4, sample_weight=[w * of_class[k] for w, k in zip(own, Y)])
        assert_same_bits(history.loss, expected.loss)
        assert net.digest() == other.digest()


def test_class_weights_need_classes():
    with pytest.raises(ValueError, match="class_weight: it needs a network for classes"):
        curve().fit(SPIRAL, HEIGHTS, class_weight="balanced")


def test_balanced_goes_by_the_rows_that_are_trained_on():
    net = classifier()
    data = [list(row) for row in X], [[1.0 - k, float(k)] for k in Y], [1.0] * 25
    fitting = Trainer(net, "balanced", None, 0.4, True, (), (), None, False)
    rows, targets, weights = fitting.split_data(data)
    ones = sum(row[1] for row in targets)
    assert len(rows) == 15 and weights == [15 / (2 * (ones if row[1] else 15 - ones)) for row in targets]


# callbacks -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("share", [1, 300000])
def test_callbacks_hear_of_every_batch_and_epoch(name, share, monkeypatch):
    monkeypatch.setattr("purenet.training.loop.SHARE", share)
    rows, targets = SPIRAL * 15, HEIGHTS * 15  # batches longer than a slice of the compiled engine
    for size, batches in ((200, 3), (450, 1), (None, 1)):
        noting, net, plain = Noting(), curve(name), curve(name)
        history = net.fit(rows, targets, 2, size, callbacks=[noting], validation_data=(SPIRAL, HEIGHTS))
        assert_same_bits(history.loss, plain.fit(rows, targets, 2, size).loss)
        assert net.digest() == plain.digest()
        heard = [one[:2] if isinstance(one, tuple) and isinstance(one[1], int) else one for one in noting.heard]
        expected = ["begin"]
        for epoch in (1, 2):
            expected += [(epoch, batch) for batch in range(1, batches + 1)]
            expected.append((epoch, history.loss[:epoch], history.val_loss[:epoch]))
        assert heard == expected + ["end"]
        assert noting.heard[batches][2] == history.loss[0]


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("raises", [False, True])
@pytest.mark.parametrize("where", ["batch", "epoch"])
def test_a_callback_stops_training(name, raises, where):
    class Stop(Callback):
        def stop(self, enough):
            if enough and raises:
                raise StopTraining
            return enough

        if where == "batch":
            def on_batch_end(self, net, epoch, batch, loss):
                return self.stop(epoch == 2 and batch == 3)
        else:
            def on_epoch_end(self, net, epoch, history):
                return self.stop(epoch == 2)

    net, noting = curve(name), Noting()
    history = net.fit(SPIRAL, HEIGHTS, 9, 4, callbacks=[Stop(), noting])
    assert history.stopped == "Stop" and history.epochs == 9 and noting.heard[-1] == "end"
    assert net._engine.state().position == ((1, 3, 11) if where == "batch" else (2, 0, 16))
    assert len(history.loss) == (1 if where == "batch" else 2)
    assert (net.resume_point.paused is not None) == (where == "batch")


@pytest.mark.parametrize("name", BACKENDS)
def test_the_learning_rate_may_be_changed_meanwhile(name):
    class Halve(Callback):
        def on_batch_end(self, net, epoch, batch, loss):
            net.optimizer.learning_rate = net.optimizer.learning_rate / 2

    net, other = curve(name), curve(name)
    history = net.fit(SPIRAL, HEIGHTS, 2, None, False, callbacks=[Halve()])
    losses = [other.partial_fit(SPIRAL, HEIGHTS)]
    other.optimizer.learning_rate = 0.05
    losses.append(other.partial_fit(SPIRAL, HEIGHTS))
    assert_same_bits(history.loss, losses)
    assert net.digest() == other.digest() and net.optimizer.learning_rate == 0.025


def test_an_error_in_a_callback_passes_and_the_network_can_be_used():
    class Wrong(Callback):
        def on_epoch_end(self, net, epoch, history):
            raise LookupError

    net = curve()
    with pytest.raises(LookupError):
        net.fit(SPIRAL, HEIGHTS, 3, callbacks=[Wrong()])
    assert len(net.fit(SPIRAL, HEIGHTS, 2, resume=False).loss) == 2


# early stopping ------------------------------------------------------------------------------------

def stopped_at(values, mode="min", **options):
    """After which epoch training ends whose metric takes these values, and which epoch was the best."""
    shown = iter(values)
    stopping = EarlyStopping("measured", mode=mode, **options)
    history = curve().fit(SPIRAL, HEIGHTS, len(values), callbacks=[stopping],
                          metrics=[("measured", lambda y, predictions: next(shown))])
    return len(history.loss), stopping.best_epoch, history.stopped


@pytest.mark.parametrize("values, options, expected", [
    ([3, 2, 1, 1, 1, 1], {"patience": 2}, (5, 3, "early_stopping")),
    ([3, 2, 2.5, 1, 2, 2], {"patience": 2}, (6, 4, None)),
    ([3, 2, 2.5, 1, 2, 2, 0], {"patience": 2}, (6, 4, "early_stopping")),
    ([3, 2.9, 2.8, 2.7, 2.6], {"patience": 3, "min_delta": 0.35}, (4, 1, "early_stopping")),
    ([3, 2.9, 2.8, 2.6, 2.5], {"patience": 3, "min_delta": 0.35}, (5, 4, None)),
    ([1, 2, 3, 3, 2, 1], {"patience": 2, "mode": "max"}, (5, 3, "early_stopping")),
    ([1, 2, 2.25, 1, 1], {"patience": 2, "mode": "max", "min_delta": 0.25}, (4, 2, "early_stopping")),
    ([1, 1, 1], {"patience": 0}, (2, 1, "early_stopping")),
])
def test_early_stopping_ends_after_its_patience(values, options, expected):
    assert stopped_at(values, **options) == expected


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("restore", [True, False])
def test_the_best_weights_come_back_and_the_rest_goes_on(name, restore):
    layers = [Dense(4, "tanh"), purenet.BatchNorm(), Dense(1)]
    settings = {"loss": "mean_squared_error", "optimizer": SGD(0.2, 0.5), "seed": 1, "backend": name}
    net, other = Network(2, layers, **settings), Network(2, layers, **settings)
    x, y, check = SPIRAL[:20], HEIGHTS[:20], (SPIRAL[20:], HEIGHTS[20:])
    stopping = EarlyStopping(patience=4, restore_best=restore)
    history = net.fit(x, y, 60, 4, validation_data=check, callbacks=[stopping])
    done = len(history.loss)
    best = history.val_loss.index(min(history.val_loss)) + 1
    assert stopping.best_epoch == best == done - 4 and stopping.best == min(history.val_loss)
    other.fit(x, y, best, 4)
    digest, loss = other.digest(), other.evaluate(*check)
    other.fit(x, y, 4, 4)
    assert net.digest() == (digest if restore else other.digest())
    assert (net.evaluate(*check) == loss) == restore
    mine, its = net._engine.state(), other._engine.state()
    assert (mine.position, mine.stream, mine.optimizer_numbers) == (its.position, its.stream, its.optimizer_numbers)
    assert (mine.statistics == its.statistics) == (not restore)


def test_the_mode_is_told_by_the_name():
    modes = {"loss": "min", "val_loss": "min", "val_mean_absolute_error": "min", "accuracy": "max", "val_recall": "max",
             "val_r2": "max", "top_k_accuracy": "max"}
    assert {name: EarlyStopping(name).mode for name in modes} == modes
    for given, words in ((("x",), "mode: give \"min\" or \"max\""), ((3,), "monitor"), (("loss", -1), "patience"),
                         (("loss", 1, -1.0), "min_delta"), (("loss", 1, 0.0, True, "up"), "mode: 'up' is not known")):
        with pytest.raises((ValueError, TypeError), match=words):
            EarlyStopping(*given)


def test_a_callback_that_is_used_again_begins_anew():
    stopping = EarlyStopping("loss", patience=1)
    lengths = [len(curve(optimizer=SGD(2.5)).fit(SPIRAL, HEIGHTS, 30, callbacks=stopping).loss) for _ in range(2)]
    assert lengths[0] == lengths[1] < 30 and stopping.best_epoch == lengths[0] - 1


# time ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", BACKENDS)
def test_max_seconds_stops_at_the_end_of_a_batch_and_may_go_on(name):
    rows, targets = SPIRAL * 40, HEIGHTS * 40
    net, whole = curve(name), curve(name)
    losses = whole.fit(rows, targets, 3, 700).loss
    stops = 0
    while True:
        history = net.fit(rows, targets, 3, 700, max_seconds=0.0, resume=True)
        stops += 1
        if history.stopped is None:
            break
        assert history.stopped == "max_seconds" and net._engine.state().position[2] == stops < 7
        assert len(history.loss) == stops // 2
    assert_same_bits(history.loss, losses)
    assert stops == 6 and net.digest() == whole.digest()


def test_max_seconds_is_about_as_long():
    net = curve("reference")
    begun = time.monotonic()
    history = net.fit(SPIRAL * 40, HEIGHTS * 40, 100000, max_seconds=0.3)
    assert history.stopped == "max_seconds" and 0.3 <= time.monotonic() - begun < 3.0


def test_what_early_stopping_restores_when_time_is_up_does_not_hinder_going_on():
    net, whole = curve(optimizer=SGD(0.9, 0.9)), curve(optimizer=SGD(0.9, 0.9))
    check = {"validation_data": (SPIRAL[:9], HEIGHTS[:9])}

    def halting(net, halt, resume=False):
        class Halt(Callback):
            def on_batch_end(self, net, epoch, batch, loss):
                return (epoch, batch) == halt
        stopping = EarlyStopping(patience=30)
        history = net.fit(SPIRAL, HEIGHTS, 12, 4, callbacks=[stopping, Halt()], resume=resume, **check)
        return history, stopping

    expected, _ = halting(whole, None)
    halted, stopping = halting(net, (9, 3))
    assert stopping.best_epoch < 8 and net.evaluate(*check["validation_data"]) == min(halted.val_loss)
    history, _ = halting(net, None, resume=True)
    assert_same_bits(history.loss + history.val_loss, expected.loss + expected.val_loss)
    assert net.digest() == whole.digest()


# partial_fit ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", BACKENDS)
def test_partial_fit_is_one_step_on_one_batch(name):
    net, other = curve(name), curve(name)
    losses = []
    for k in range(0, 30, 10):
        expected = net.evaluate(SPIRAL[k:k + 10], HEIGHTS[k:k + 10])
        losses.append(net.partial_fit(SPIRAL[k:k + 10], HEIGHTS[k:k + 10]))
        assert_same_bits(losses[-1], expected)
    other.fit(SPIRAL, HEIGHTS, 1, 10, False)
    assert net.digest() == other.digest() and net._engine.state().position == (3, 0, 3)
    weights = [float(k % 2) for k in range(30)]
    net.partial_fit(SPIRAL, HEIGHTS, sample_weight=weights)
    other.fit(SPIRAL, HEIGHTS, 1, None, sample_weight=weights, shuffle=False)
    assert net.digest() == other.digest()
