"""What users get wrong about a training, and what they may do though it looks odd: one clear answer on both engines."""
import array
import math

import pytest

from purenet import SGD, Callback, Checkpoint, Dense, EarlyStopping, Network, RandomState, StopTraining, backend, load
from purenet.optimizers.schedules import ReduceOnPlateau, WarmUp
from tests.support.oracle import assert_same_bits
from tests.support.runs import X, Y

BACKENDS = backend().available
SPLIT = {"validation_split": 0.2}
HELD = set(RandomState(6).permutation(25)[20:])  # what a split of 0.2 sets apart


def classifier(name, **changes):
    given = {"loss": "categorical_cross_entropy", "optimizer": SGD(0.1, 0.9), "seed": 6, "backend": name, **changes}
    return Network(3, [Dense(5, "tanh"), Dense(2, "softmax")], **given)


def with_nan(row, rows=X):
    return [[math.nan] * 3 if i == row else values for i, values in enumerate(rows)]


class Number:
    """A whole number of somebody else's type, equal to Python's."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


SLIPS = {
    "a nan to validate on": (
        {"validation_data": (with_nan(0), Y)}, ValueError, r"^validation_data: x\[0\]\[0\] is nan"),
    "labels of two kinds": (
        {**SPLIT, "stratify": ["c", "a", "b", 3, 4] * 5}, TypeError, "stratify: expected texts only or numbers only"),
    "rows of labels of two lengths": (
        {**SPLIT, "stratify": [[0, 1], [1]] * 12 + [[1, 0]]}, ValueError, r"stratify\[1\] has 1 label, expected 2"),
    "one row for two classes": (
        {"validation_split": 0.01, "stratify": True}, ValueError, "stratify: 1 row to test on cannot have each of 2"),
    "nothing left to learn from": (
        {**SPLIT, "sample_weight": [float(i in HELD) for i in range(25)]}, ValueError,
        "sample_weight of the rows to train on: all weights are 0"),
    "nothing left to validate on": (
        {**SPLIT, "sample_weight": [float(i not in HELD) for i in range(25)]}, ValueError,
        "sample_weight of the rows for validation: all weights are 0"),
    "a class that is none": (
        {"class_weight": {Number(2): 1.0}}, ValueError, "expected class numbers from 0 to 1 as keys"),
    "a class that is true": ({"class_weight": {True: 1.0}}, ValueError, "expected class numbers from 0 to 1 as keys"),
    "a class in words": (
        {"class_weight": {"0": 1.0}}, ValueError, "expected class numbers from 0 to 1 as keys, got '0'"),
    "a curve of validation": (
        {"metrics": [("val_accuracy", len), "accuracy"]}, ValueError, "there is a curve 'val_accuracy' already"),
    "and the other way": (
        {"metrics": ["accuracy", ("val_accuracy", len)]}, ValueError, "there is a curve 'val_accuracy' already"),
    "no folder for checkpoints": (
        {"callbacks": [Checkpoint("/there is no/such folder")]}, FileNotFoundError, "'/there is no/such folder'"),
    "a folder for checkpoints": ({"callbacks": [Checkpoint("/")]}, ValueError, "exists and is not a regular file"),
}


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("what", SLIPS)
def test_a_slip_is_named_before_anything_is_trained(what, name):
    options, error, words = SLIPS[what]
    net = classifier(name)
    before = net.digest()
    with pytest.raises(error, match=words):
        net.fit(X, Y, 2, 4, **options)
    assert net.digest() == before
    assert_same_bits(net.fit(X, Y, 2, 4).loss, classifier(name).fit(X, Y, 2, 4).loss)


@pytest.mark.parametrize("path", [None, 3, ["a"]])
def test_a_checkpoint_needs_a_name(path):
    with pytest.raises(TypeError, match="path: expected the name of a file"):
        Checkpoint(path)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("row", [min(HELD), max(set(range(25)) - HELD)])
def test_what_is_wrong_with_a_row_is_named_by_its_number_among_all(name, row):
    for options in ({}, SPLIT):
        with pytest.raises(ValueError, match=rf"^x\[{row}\]\[0\] is nan"):
            classifier(name).fit(with_nan(row), Y, **options)
        large = [[2000.0] * 3 if i == row else values for i, values in enumerate(X)]
        with pytest.warns(UserWarning, match=rf"^x\[{row}\]\[0\] is 2000.0") as told:
            classifier(name).fit(large, Y, **options)
        assert len(told) == 1 and told[0].filename == __file__


@pytest.mark.parametrize("name", BACKENDS)
def test_none_is_no_metric_and_no_callback(name):
    assert_same_bits(classifier(name).fit(X, Y, 2, metrics=None, callbacks=None, **SPLIT).loss,
                     classifier(name).fit(X, Y, 2, **SPLIT).loss)


@pytest.mark.parametrize("name", BACKENDS)
def test_classes_and_labels_may_be_of_other_types(name):
    expected = classifier(name).fit(X, Y, 2, class_weight={0: 1.0, 1: 3.0})
    own = {Number(1): 3, Number(0): 1}
    assert_same_bits(classifier(name).fit(X, Y, 2, class_weight=own).loss, expected.loss)
    expected = classifier(name).fit(X, Y, 2, stratify=Y, **SPLIT)
    assert_same_bits(classifier(name).fit(X, Y, 2, stratify=array.array("b", Y), **SPLIT).loss, expected.loss)


def test_numpys_labels_and_class_numbers_are_taken():
    numpy = pytest.importorskip("numpy")
    for stratify in (numpy.array(Y), numpy.array(["ab"[k] for k in Y])):
        expected = classifier("reference").fit(X, Y, 2, stratify=Y, class_weight={0: 1.0, 1: 3.0}, **SPLIT)
        own = {numpy.int64(k): numpy.float64(weight) for k, weight in enumerate((1, 3))}
        history = classifier("reference").fit(X, Y, 2, stratify=stratify, class_weight=own, **SPLIT)
        assert_same_bits(history.loss + history.val_loss, expected.loss + expected.val_loss)


# callbacks -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("raises", [False, True])
def test_a_callback_may_stop_a_training_before_it_begins_and_it_may_go_on(name, raises):
    class Waiting(Callback):
        def on_train_begin(self, net, history):
            if raises:
                raise StopTraining
            return True

    net, options = classifier(name), {**SPLIT, "callbacks": [EarlyStopping(patience=1), Waiting()]}
    history = net.fit(X, Y, 3, 4, **options)
    assert (history.stopped, history.loss, net.digest()) == ("Waiting", [], classifier(name).digest())
    options["callbacks"] = [EarlyStopping(patience=1)]
    other = classifier(name).fit(X, Y, 3, 4, **options)
    assert_same_bits(net.fit(X, Y, 3, 4, resume=True, **options).loss, other.loss)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_callback_that_stops_at_the_end_stops_nothing(name):
    class Late(Callback):
        def on_train_end(self, net, history):
            raise StopTraining

    assert len(classifier(name).fit(X, Y, 3, callbacks=[Late()]).loss) == 3


@pytest.mark.parametrize("name", BACKENDS)
def test_a_method_given_to_one_callback_is_called_too(name):
    heard, one = [], Callback()
    one.on_batch_end = lambda net, epoch, batch, loss: heard.append((epoch, batch))
    classifier(name).fit(X, Y, 2, 10, callbacks=[one])
    assert heard == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]


@pytest.mark.parametrize("name", BACKENDS)
def test_what_ends_a_training_is_named_where_another_callback_halts_it_at_the_same_batch(name):
    class Halt(Callback):
        def on_batch_end(self, net, epoch, batch, loss):
            return (epoch, batch) == (2, 3)

    net = classifier(name)
    history = net.fit(X, Y, 5, 10, callbacks=[Halt(), EarlyStopping("loss", patience=1, min_delta=9.0)])
    assert history.stopped == "early_stopping" and net.resume_point.paused is None


@pytest.mark.parametrize("words", [
    ["1", 0, []], [1, None, []], [1, -1, []], [1, 0, [2, -1, 1]], [1, 0, [True]], [1, 0, 3], [True, 0, []],
    [1.0, 0, []],
])
def test_what_early_stopping_cannot_have_kept_is_refused_at_once(words):
    stopping = EarlyStopping()
    with pytest.raises((ValueError, TypeError)):
        stopping.set_state(words, [0.5, 0.1, 0.2])
    stopping.set_state([3, 2, [2]], [0.5, 0.1, 0.2])
    assert (stopping.best, stopping.best_epoch, stopping.wait) == (0.5, 3, 2)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_warm_up_before_a_plateau_begins_with_a_part_of_its_rate(name):
    net = classifier(name, optimizer=SGD(WarmUp(ReduceOnPlateau(0.4, 0.5, 1, min_delta=9.0), 8)))
    net.fit(X, Y, 3, 5)  # 15 steps; lowered after the second epoch and the third
    rate = net.optimizer.learning_rate
    assert rate.learning_rate.state()[0] == 0.1
    assert [rate.rate(3, step) for step in (0, 3, 7, 8)] == [0.1 / 8, 0.05, 0.1, 0.1]


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("where", ["on_batch_end", "on_epoch_end"])
@pytest.mark.parametrize("saved", [False, True])
def test_ctrl_c_in_a_callback_beside_early_stopping_leaves_what_can_go_on(name, where, saved, tmp_path):
    """It has heard of the epoch, and has nothing to hear of a batch."""
    class Long(Callback):
        calls = 0

    def interrupted(net, *_):
        Long.calls += 1
        if Long.calls == at:
            if saved:
                net.save(tmp_path / "run")
            raise KeyboardInterrupt

    def trained(net, *more, resume=False):
        return net.fit(X, Y, 4, 10, callbacks=[EarlyStopping(patience=2), *more], resume=resume, **SPLIT)

    whole = classifier(name)
    expected = trained(whole)
    for at in range(1, 9 if where == "on_batch_end" else 5):
        Long.calls, one, net = 0, Long(), classifier(name)
        setattr(one, where, interrupted)
        with pytest.raises(KeyboardInterrupt):
            trained(net, one)
        if saved:
            net = load(tmp_path / "run", backend=BACKENDS[-1])
        assert net.resume_point.paused
        history = trained(net, resume=True)
        assert_same_bits(history.loss + history.val_loss, expected.loss + expected.val_loss)
        assert net.digest() == whole.digest() and history.stopped == expected.stopped


class Halving(Callback):
    """A callback of the user's that keeps something, and is interrupted in the middle of it."""

    kind = "halving"

    def __init__(self, at=0, sets=False):
        self.heard, self.at, self.sets = 0, at, sets

    def on_train_begin(self, net, history):
        self.heard = 0

    def on_epoch_end(self, net, epoch, history):
        self.heard += 1
        net.optimizer.learning_rate = net.optimizer.learning_rate * (0.5 if self.heard % 2 else 1.0)
        if self.sets:
            net.set_parameters(net.parameters())
        if epoch == self.at:
            raise KeyboardInterrupt

    def state(self):
        return [self.heard], []

    def set_state(self, words, numbers):
        self.heard = words[0]


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("first", [False, True])
def test_ctrl_c_in_a_callback_that_keeps_something_lets_all_hear_of_the_epoch_again(name, first):
    def trained(net, halving, resume=False):
        stopping = EarlyStopping(patience=2, min_delta=0.05)
        callbacks = [halving, stopping] if first else [stopping, halving]
        return net.fit(X, Y, 6, 10, callbacks=callbacks, resume=resume, **SPLIT)

    whole = classifier(name)
    expected = trained(whole, Halving())
    for at in range(1, len(expected.loss) + 1):
        net = classifier(name)
        with pytest.raises(KeyboardInterrupt):
            trained(net, Halving(at))
        assert net.resume_point.paused.epochs_reported == at - 1 and len(net.resume_point.paused.losses) == at
        history = trained(net, Halving(), resume=True)
        assert_same_bits(history.loss + history.val_loss, expected.loss + expected.val_loss)
        assert net.digest() == whole.digest() and history.stopped == expected.stopped
        assert net.optimizer.learning_rate == whole.optimizer.learning_rate < 0.1
        net = classifier(name)
        with pytest.raises(KeyboardInterrupt):
            trained(net, Halving(at, sets=True))
        with pytest.raises(ValueError, match="resume: the training cannot go on, .*; fit without resume starts a new"):
            trained(net, Halving(), resume=True)  # what it has set cannot be undone
    assert len(expected.loss) > 2
