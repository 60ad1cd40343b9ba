"""What is asked for wrongly gets an answer that says what to do, before time is spent."""
import copy
import pickle
import re

import pytest

from purenet import SGD, Adam, Callback, Checkpoint, EarlyStopping, Network, NonFiniteError, backend, load, metrics
from purenet.inspection.svg import curve_chart
from purenet.layers import BatchNorm, Conv2D, Dense
from purenet.optimizers.schedules import Constant, ReduceOnPlateau, StepDecay, WarmUp
from tests.support.oracle import assert_same_bits
from tests.support.runs import X, Y
from tests.training.test_fit_errors import SPLIT, classifier

BACKENDS = backend().available


def told(error, words, call):
    """The call is refused in such words."""
    with pytest.raises(error, match=re.escape(words)):
        call()


# going on ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("through_a_file", [False, True])
@pytest.mark.parametrize("had, got, words", [
    (SPLIT, {}, "validation_split: got 0.0, but the interrupted training had 0.2"),
    ({}, SPLIT, "validation_split: got 0.2, but the interrupted training had 0.0"),
    (SPLIT, {"validation_split": 0.17}, "validation_split: got 0.17, but the interrupted training had 0.2"),
    (SPLIT, {**SPLIT, "stratify": True}, "stratify: got y, but the interrupted training had None"),
    ({**SPLIT, "stratify": Y}, {**SPLIT, "stratify": True}, "stratify: got y, but the interrupted training had "
                                                            "labels"),
    ({"class_weight": "balanced"}, {}, "class_weight: got None, but the interrupted training had balanced"),
    ({}, {"class_weight": {0: 2.0}}, "class_weight: got a dict, but the interrupted training had None"),
])
def test_what_was_forgotten_when_a_training_goes_on_is_named(had, got, words, through_a_file, tmp_path):
    net, whole = classifier(BACKENDS[0]), classifier(BACKENDS[0])
    net.fit(X, Y, 3, 4, max_seconds=0, **had)
    assert net.resume_point.paused.rows
    if through_a_file:
        net.save(tmp_path / "net")
        net = load(tmp_path / "net", backend=BACKENDS[-1])
    told(ValueError, "resume: " + words, lambda: net.fit(X, Y, 3, 4, resume=True, **got))
    assert_same_bits(net.fit(X, Y, 3, 4, resume=True, **had).loss, whole.fit(X, Y, 3, 4, **had).loss)


def test_class_weights_in_an_array_are_refused_as_a_list_is():
    numpy = pytest.importorskip("numpy")
    for weights in ([1.0, 1.0], numpy.ones(2), numpy.ones(1)):
        told(TypeError, "class_weight: expected a dict such as {0: 1.0, 1: 3.0}",
             lambda weights=weights: classifier("reference").fit(X, Y, class_weight=weights))


# metrics -------------------------------------------------------------------------------------------

def ending_in(activation, units=1, loss="squared_error", name="reference"):
    return Network(3, [Dense(4, "tanh"), Dense(units, activation)], loss=loss, seed=3, backend=name)


@pytest.mark.parametrize("metric", ["accuracy", "top_k_accuracy", "precision", "recall", ("mine", metrics.accuracy)])
@pytest.mark.parametrize("units", [1, 2])
def test_metrics_of_classes_are_refused_where_there_are_none(metric, units):
    net = ending_in("linear", units)
    words = f"needs softmax or sigmoid outputs, but this network ends in Dense({units}, 'linear'); use \"mean_absol"
    told(ValueError, words, lambda: net.fit(X, [[float(value)] * units for value in Y], metrics=[metric]))
    assert net._engine.state().position[2] == 0
    for activation in ("softmax", "sigmoid")[units == 1:]:
        net, taken = ending_in(activation, units), metric
        targets = [[float(value)] if units == 1 else [float(value), 1.0 - value] for value in Y]
        if metric == "top_k_accuracy" and activation == "sigmoid":
            got = "this network has one" if units == 1 else "several sigmoids are labels of their own"
            told(ValueError, f"metrics[0]: top_k_accuracy needs an output for each class, but {got}; "
                             "use \"accuracy\"", lambda net=net: net.fit(X, targets, metrics=[metric]))
            assert net._engine.state().position[2] == 0
            taken = "accuracy"
        assert 0.0 <= net.fit(X, targets, metrics=[taken]).curves[0][1][0] <= 1.0


def test_a_metric_without_brackets_is_told_to_have_them():
    told(TypeError, "such as [accuracy], got 'accuracy' (str); write ['accuracy']",
         lambda: classifier("reference").fit(X, Y, metrics="accuracy"))


# callbacks -----------------------------------------------------------------------------------------

MISSING = "EarlyStopping: this history has no curve 'val_loss'; it has loss; give validation_data or validation_split, "


@pytest.mark.parametrize("options, error, words", [
    ({"callbacks": EarlyStopping()}, ValueError, MISSING + "or monitor \"loss\""),
    ({"callbacks": EarlyStopping("val_accuracy"), "metrics": ["accuracy"]}, ValueError,
     "no curve 'val_accuracy'; it has loss, accuracy; give validation_data or validation_split, or monitor \"loss\""),
    ({"callbacks": EarlyStopping("val_accuracy"), **SPLIT}, ValueError,
     "no curve 'val_accuracy'; it has loss, val_loss; name it in metrics"),
    ({"callbacks": EarlyStopping("accuracy")}, ValueError, "no curve 'accuracy'; it has loss; name it in metrics"),
    ({"callbacks": Checkpoint("/there is no/such folder")}, FileNotFoundError, "'/there is no/such folder'"),
])
@pytest.mark.parametrize("goes_on", [False, True])
def test_callbacks_that_cannot_do_their_work_say_so_before_a_training_begins_or_goes_on(options, error, words, goes_on):
    net, settings = classifier(BACKENDS[-1]), {name: options[name] for name in options if name != "callbacks"}
    stopping = isinstance(options["callbacks"], EarlyStopping)
    if goes_on:
        net.fit(X, Y, 3, 4, max_seconds=0, callbacks=EarlyStopping("loss") if stopping else None, **settings)
    steps, unfinished = net._engine.state().position[2], net.resume_point.paused
    told(error, words, lambda: net.fit(X, Y, 3, 4, resume=goes_on, **options))
    assert net._engine.state().position[2] == steps and bool(unfinished) == goes_on
    assert net.resume_point.paused is unfinished


def test_a_monitor_that_says_nothing_is_told_of_whole_names():
    told(ValueError, "because 'val_acc' does not show which of them is better; curves have the metric's whole "
                     "name, such as \"val_accuracy\"",
         lambda: EarlyStopping("val_acc"))


def test_after_ctrl_c_the_same_fit_with_no_time_left_gives_the_best():
    class Break(Callback):
        def on_epoch_end(self, net, epoch, history):
            if epoch == 3:
                raise KeyboardInterrupt

    def stopping():
        return EarlyStopping("loss", min_delta=9.0)  # the first epoch is the best

    net, best = classifier(BACKENDS[-1]), classifier(BACKENDS[-1])
    best.fit(X, Y, 1, 4)
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, 9, 4, callbacks=[stopping(), Break()])
    assert net.digest() != best.digest()
    position = net._engine.state().position
    net.fit(X, Y, 9, 4, callbacks=[stopping()], resume=True, max_seconds=0)
    assert net.digest() == best.digest() and net._engine.state().position[2] == position[2] + 1


# what came of it -----------------------------------------------------------------------------------

def test_a_history_is_copied_and_pickled_whole():
    history = classifier("reference").fit(X, Y, 2, metrics=["accuracy"], **SPLIT)
    for again in (copy.deepcopy(history), pickle.loads(pickle.dumps(history))):
        assert again.curves == history.curves and repr(again) == repr(history) and "stopped" not in repr(again)


def test_a_history_says_what_stopped_it():
    history = classifier("reference").fit(X, Y, 9, callbacks=EarlyStopping("loss", patience=2, min_delta=9.0))
    assert re.fullmatch(r"<History: 3 epochs, loss .* to .*, stopped by early_stopping>", repr(history))


@pytest.mark.parametrize("epochs, wanted", [
    (1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (5, [1, 2, 3, 4, 5]), (7, [1, 2, 3, 4, 5, 6, 7]), (8, [2, 4, 6, 8]),
    (12, [2, 4, 6, 8, 10, 12]), (13, [5, 10]), (20, [5, 10, 15, 20]), (100, [20, 40, 60, 80, 100]),
    (99999, [20000, 40000, 60000, 80000]),
])
def test_the_ticks_of_a_plot_stand_at_whole_epochs_of_the_line(epochs, wanted):
    svg = curve_chart([("loss", [2.0] * epochs)], "t")
    ticks = [(int(epoch.replace(",", "")), float(x))
             for x, epoch in re.findall(r'<text x="([^"]*)" y="371" [^>]*>([\d,]+)</text>', svg)]
    assert [epoch for epoch, _ in ticks] == wanted
    line = [float(point.split(",")[0]) for point in re.search('points="([^"]*)"', svg).group(1).split()]
    if epochs <= 1000:
        assert [x for _, x in ticks] == [line[epoch - 1] for epoch in wanted]


def test_a_trace_writes_a_bias_only_where_there_is_one():
    for bias in (True, False):
        net = Network((4, 4, 1), [Conv2D(2, 3, bias=bias), Dense(1, bias=bias)], backend="reference")
        for step in net.trace([[0.5] * 16], [[1.0]]).steps:
            assert (" = bias[" in step.formula) == bias and "sum over" in step.formula


# learning rates and slips of other kinds -----------------------------------------------------------

@pytest.mark.parametrize("name", BACKENDS)
def test_the_learning_rate_of_the_next_step_can_be_seen(name):
    class Seen(Callback):
        rates = []

        def on_batch_end(self, net, epoch, batch, loss):
            self.rates.append(net.learning_rate)

    net = classifier(name, optimizer=SGD(WarmUp(StepDecay(0.5, 2, 0.5), 4)))
    assert net.learning_rate == 0.125
    net.fit(X, Y, 2, 7, callbacks=Seen())
    assert Seen.rates == [0.25, 0.375, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125] and net.learning_rate == 0.125
    net = classifier(name)
    net.optimizer.learning_rate = 0.7
    assert net.learning_rate == 0.7


@pytest.mark.parametrize("name", ["lr", "rate", "momentum", "kind"])
def test_an_optimizer_has_nothing_but_the_learning_rate_to_change(name):
    for optimizer in (SGD(0.1, 0.9), Adam(0.1), classifier("reference").optimizer):
        told(AttributeError, f"{name}: only learning_rate can be changed", lambda one=optimizer: setattr(one, name, 3))


def test_a_metric_of_ones_own_that_is_not_finite_is_not_the_learning_rates_fault():
    told(NonFiniteError, "mine is nan after epoch 1: metrics must return finite numbers",
         lambda: classifier("reference").fit(X, Y, metrics=[("mine", lambda y, p: float("nan"))]))


def test_a_callback_that_calls_fit_is_named():
    class Again(Callback):
        def on_epoch_end(self, net, epoch, history):
            net.fit(X, Y)

    told(RuntimeError, "fit was called by a callback or progress function of this network's own fit",
         lambda: classifier("reference").fit(X, Y, callbacks=Again()))


def test_the_bytes_of_a_file_are_no_path(tmp_path):
    classifier("reference").save(tmp_path / "net")
    told(TypeError, "path: expected the name of a file, got ", lambda: load((tmp_path / "net").read_bytes()))
    assert load(bytes(tmp_path / "net")).digest() == classifier("reference").digest()


def test_schedules_the_wrong_way_round_are_told_the_other():
    for make in (ReduceOnPlateau, Constant, lambda rate: StepDecay(rate, 5)):
        told(TypeError, "learning_rate: expected a number, got a WarmUp; give this schedule to WarmUp instead",
             lambda make=make: make(WarmUp(0.1, 5)))
        told(TypeError, "got a StepDecay; only WarmUp takes another schedule",
             lambda make=make: make(StepDecay(0.1, 5)))


@pytest.mark.parametrize("rows, batch_size", [(25, 1), (1, 32), (1, None)])
def test_batch_norm_of_single_rows_is_warned_of_once_a_network(rows, batch_size):
    net = Network(3, [Dense(4), BatchNorm(), Dense(1)], loss="mean_squared_error", backend=BACKENDS[-1])
    targets = [[float(value)] for value in Y]
    net.fit(X, targets, batch_size=23)  # warnings are errors here
    with pytest.warns(UserWarning, match=r"layers\[1\]: BatchNorm turns a batch of one row into equal") as given:
        net.fit(X[:rows], targets[:rows], batch_size=batch_size)
    assert len(given) == 1 and given[0].filename == __file__
    net.fit(X[:rows], targets[:rows], batch_size=batch_size)
    Network((2, 2, 1), [BatchNorm(), Dense(1)]).fit([[0.1, 0.2, 0.3, 0.4]], [[1.0]])
