"""What training promises besides its bits: batches are whole or not at all, copies go on alike, errors say where."""
import copy
import math
import pickle
import random
import threading

import pytest

from purenet import SGD, Dense, Network, NonFiniteError
from purenet._core.state import Run
from purenet.losses import REDUCTIONS
from purenet.reference import engine, training
from tests.support.cases import SGD_FORMS, Case, assert_same_state, compare_with_oracle, everything, values
from tests.support.interrupts import interrupted_at_line
from tests.support.oracle import assert_same_bits

# the same bits, however one gets there -------------------------------------------------------------

@pytest.fixture
def case():
    return Case(optimizer=SGD_FORMS["sgd_nesterov"], loss="huber", reduction="mean", hidden="leaky_relu", slope=0.21,
                delta=0.77, weighted=True)


def test_two_fits_of_50_epochs_are_one_of_100(case):
    once, twice = case.network(), case.network()
    losses = once.fit(case.x, case.y, 100, 4).loss
    assert_same_bits(twice.fit(case.x, case.y, 50, 4).loss + twice.fit(case.x, case.y, 50, 4).loss, losses)
    assert twice.digest() == once.digest()
    assert_same_state(twice, everything(once))


@pytest.mark.parametrize("share", [1, 200, 10**9])
def test_how_much_is_done_in_one_call_of_the_engine_changes_no_bit(case, share, monkeypatch):
    net, other = case.network(), case.network()
    losses = net.fit(case.x, case.y, 7, 3).loss
    monkeypatch.setattr("purenet.training.loop.SHARE", share)
    assert_same_bits(other.fit(case.x, case.y, 7, 3).loss, losses)
    assert_same_state(other, everything(net))


@pytest.mark.parametrize("batch_size", [11, 12, 500])
def test_no_batch_size_means_one_batch_of_all_rows(case, batch_size):
    net, other = case.network(), case.network()
    losses = net.fit(case.x, case.y, 5, None).loss
    assert_same_bits(other.fit(case.x, case.y, 5, batch_size).loss, losses)
    assert_same_state(other, everything(net))


def test_weights_of_one_give_the_bits_of_none(case):
    net, other = case.network(), case.network()
    ones = [1.0] * len(case.x)
    assert_same_bits(other.fit(case.x, case.y, 5, 4, sample_weight=ones).loss, net.fit(case.x, case.y, 5, 4).loss)
    assert_same_state(other, everything(net))
    assert_same_bits(other.evaluate(case.x, case.y, sample_weight=ones), net.evaluate(case.x, case.y))
    assert_same_bits(values(other.gradients(case.x, case.y, sample_weight=ones)), values(net.gradients(case.x, case.y)))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_rows_of_weight_zero_are_as_good_as_absent(case, reduction):
    case.weights[2:5] = [0.0, 0.0, 0.0]
    kept = [i for i, weight in enumerate(case.weights) if weight]
    x, y, weights = [[table[i] for i in kept] for table in (case.x, case.y, case.weights)]
    net, other = case.network(reduction=reduction), case.network(reduction=reduction)
    losses = net.fit(case.x, case.y, 5, None, False, sample_weight=case.weights).loss
    assert_same_bits(other.fit(x, y, 5, None, False, sample_weight=weights).loss, losses)
    assert_same_bits(values(other.parameters()), values(net.parameters()))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_batch_of_nothing_but_weights_of_zero_moves_nothing(reduction):
    case = Case(rows=8, reduction=reduction)
    net, other = case.network(), case.network()
    net.fit(case.x, case.y, 1, 4, False, sample_weight=[0.0] * 4 + [1.3, 0.7, 0.0, 2.9])
    other.fit(case.x[4:], case.y[4:], 1, 4, False, sample_weight=[1.3, 0.7, 0.0, 2.9])
    assert net.digest() == other.digest() != case.network().digest()


def test_asking_changes_nothing(case):
    net = case.network()
    net.fit(case.x, case.y, 2, 4)
    before = everything(net)
    net.predict(case.x)
    net.evaluate(case.x, case.y)
    net.gradients(case.x, case.y)
    net.digest()
    for array in values(net.parameters()):
        array[0] = None
    assert_same_state(net, before)
    net.fit(case.x, case.y, 0)
    assert_same_state(net, before)


# copies --------------------------------------------------------------------------------------------

COPIES = {"pickle": lambda net: pickle.loads(pickle.dumps(net)), "copy": copy.copy, "deepcopy": copy.deepcopy}


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_made_between_two_fits_goes_on_with_the_same_bits_and_alone(case, how):
    net, undisturbed = case.network(), case.network()
    undisturbed.fit(case.x, case.y, 9, 4, sample_weight=case.weights)
    net.fit(case.x, case.y, 4, 4, sample_weight=case.weights)
    before = everything(net)
    other = COPIES[how](net)
    assert repr(other) == repr(net)
    other.fit(case.x, case.y, 5, 4, sample_weight=case.weights)
    assert_same_state(net, before)
    net.fit(case.x, case.y, 5, 4, sample_weight=case.weights)
    assert_same_state(other, everything(undisturbed))
    assert_same_state(net, everything(undisturbed))
    assert_same_bits(other.evaluate(case.x, case.y), net.evaluate(case.x, case.y))


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_made_inside_an_epoch_goes_on_with_the_same_bits(case, how, monkeypatch):
    net = case.network()
    interrupt_in_batch(5, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        net.fit(case.x, case.y, 3, 3)
    monkeypatch.undo()
    assert net._engine.state().position == (1, 1, 5)
    other = COPIES[how](net)
    assert_same_state(other, everything(net))
    assert_same_bits(other.fit(case.x, case.y, 2, 3).loss, net.fit(case.x, case.y, 2, 3).loss)
    assert_same_state(other, everything(net))


@pytest.mark.parametrize("how", COPIES)
def test_a_network_made_by_a_function_can_be_copied(case, how):
    net = case.network(init=lambda stream, shape, fan_in, fan_out: stream.uniform(-0.3, 0.3, shape))
    other = COPIES[how](net)
    assert_same_state(other, everything(net))
    assert_same_bits(other.fit(case.x, case.y, 2).loss, net.fit(case.x, case.y, 2).loss)


# interrupts ----------------------------------------------------------------------------------------

def states_after_each_batch(case, epochs, batch_size):
    """The state at the start and after every batch, the engine stopping after each."""
    net = case.network()
    run = Run(case.x, case.y, [1.0] * len(case.x), batch_size, epochs, True, case.optimizer["learning_rate"],
              row_budget=1)
    states = [everything(net)]
    while len(run.losses) < epochs:
        net._engine.train(run)
        states.append(everything(net))
    return states


def interrupt_in_batch(number, monkeypatch):
    """Ctrl-C when the engine is about to take over what batch ``number`` (from 0) has computed."""
    batches = iter(range(number + 1))
    updated = training.updated

    def updated_until_interrupted(*arguments):
        if next(batches) == number:
            raise KeyboardInterrupt
        return updated(*arguments)

    monkeypatch.setattr(engine, "updated", updated_until_interrupted)


@pytest.mark.parametrize("batch", range(12))
def test_an_interrupt_leaves_the_state_of_the_last_finished_batch(case, batch, monkeypatch):
    states = states_after_each_batch(case, 3, 3)
    assert len(states) == 13
    net = case.network()
    interrupt_in_batch(batch, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        net.fit(case.x, case.y, 3, 3)
    assert_same_state(net, states[batch])


def test_an_interrupt_at_any_line_of_the_engine_leaves_the_state_of_a_finished_batch():
    case = Case(sizes=(2, 3, 1), rows=5, optimizer=SGD_FORMS["sgd_momentum"])
    states = states_after_each_batch(case, 2, 2)
    stream = random.Random(1)
    seen = set()
    line = 0
    while True:
        net = case.network()
        if not interrupted_at_line(line, lambda: net.fit(case.x, case.y, 2, 2), "reference"):
            break
        steps = net._engine.state().position[2]
        assert_same_state(net, states[steps])
        seen.add(steps)
        line += stream.randint(1, 60)
    assert seen >= set(range(6))


def test_an_interrupt_in_the_callers_progress_leaves_a_finished_batch(case):
    def stop(done, epochs, loss):
        raise KeyboardInterrupt

    net = case.network()
    with pytest.raises(KeyboardInterrupt):
        net.fit(case.x, case.y, 3, 3, progress=stop)
    states = states_after_each_batch(case, 3, 3)
    assert_same_state(net, states[net._engine.state().position[2]])


# numbers that are not finite -----------------------------------------------------------------------

def tiny_network(weights, loss="squared_error", **sgd):
    net = Network(2, [Dense(1, bias=False)], loss=loss, optimizer=SGD(**sgd), backend="reference")
    net.set_parameters([("0.weights", weights)])
    return net


TROUBLES = {
    # what overflows: (the network, x, y, the words)
    "the loss": (
        tiny_network([[1e160], [0.3]]), [[1.7, 0.1], [0.2, 0.3]], [[0.4], [0.5]],
        "the loss is not finite in epoch 1, batch 1"),
    "the loss of a later batch": (
        tiny_network([[1e150], [0.3]], learning_rate=1.3e-152), [[1.7, 0.1], [0.2, 0.3], [1.9e10, 0.7]],
        [[0.4], [0.5], [0.6]], "the loss is not finite in epoch 1, batch 2"),
    "a gradient": (
        tiny_network([[1.3], [1e-300]], "half_squared_error"), [[1.7, 1.1e308], [0.2, 1.3e308]], [[-1.4], [-1.5]],
        r"the gradient of 0.weights\[1\]\[0\] is not finite in epoch 1, batch 1"),
    "a new value": (
        tiny_network([[1.3], [1e-300]], "half_squared_error", learning_rate=1.1e9), [[1.7, 1.1e300], [0.2, 0.3]],
        [[-1.4], [-1.5]], r"the new value of 0.weights\[1\]\[0\] is not finite in epoch 1, batch 1"),
}


@pytest.mark.filterwarnings("ignore:.*inputs beyond 1,000")
@pytest.mark.parametrize("what", TROUBLES)
def test_training_that_overflows_names_the_place_and_keeps_the_state_before_the_batch(what):
    net, x, y, words = TROUBLES[what]
    healthy = copy.copy(net)
    if "later" in what:
        first = net.digest()
        healthy._engine.train(Run(x, y, [1.0] * len(x), 2, 1, False, net.optimizer.learning_rate, row_budget=1))
        assert healthy.digest() != first
    before = everything(healthy)
    with pytest.raises(NonFiniteError, match=words):
        net.fit(x, y, 2, 2, False)
    assert_same_state(net, before)


@pytest.mark.parametrize("optimizer", SGD_FORMS)
def test_training_that_diverges_stops_at_the_state_of_the_last_finite_batch(optimizer):
    case = Case(optimizer={**SGD_FORMS[optimizer], "learning_rate": 31.7}, hidden="relu")
    compare_with_oracle(case, epochs=500, batch_size=3, shuffle=True)
    net = case.network()
    with pytest.raises(NonFiniteError, match=r"in epoch \d+, batch \d;"):
        net.fit(case.x, case.y, 500, 3)
    parameters, _, _, (epoch, batch, steps), _ = everything(net)
    assert steps == epoch * 4 + batch > 0
    assert all(math.isfinite(value) for array in parameters for value in array)


def test_the_place_counts_the_batches_of_the_epoch_that_failed_not_of_one_broken_off_before(monkeypatch):
    case = Case()
    net = case.network()
    interrupt_in_batch(2, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        net.fit(case.x, case.y, 1, 3)
    monkeypatch.undo()
    with pytest.raises(NonFiniteError, match="the loss is not finite in epoch 1, batch 1;"):
        net.fit([[0.1] * 5], [[1e300] * 3])


def test_two_batches_whose_losses_add_up_to_infinity_are_no_trouble():
    net = tiny_network([[1e154], [0.3]], learning_rate=0.0)
    history = net.fit([[1.2, 0.1]] * 2, [[0.0]] * 2, 1, 1)
    assert history.loss == [math.inf]


# one call of fit at a time -------------------------------------------------------------------------

def test_a_fit_inside_a_fit_is_refused_and_leaves_the_outer_one_alone(case):
    net, other = case.network(), case.network()
    texts = []

    def again(done, epochs, loss):
        with pytest.raises(RuntimeError) as caught:
            net.fit(case.x, case.y)
        texts.append(str(caught.value))

    net.fit(case.x, case.y, 3, 3, progress=again)
    other.fit(case.x, case.y, 3, 3)
    assert_same_state(net, everything(other))
    words = "fit was called by a callback or progress function of this network's own fit; use a copy there"
    assert set(texts) == {words}
    net.fit(case.x, case.y, 1)


def test_of_two_threads_that_train_one_network_one_is_refused(case):
    net, other = case.network(), case.network()
    go, refused = threading.Barrier(2), []

    def train():
        go.wait()
        try:
            net.fit(case.x, case.y, 300, 3)
        except RuntimeError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=train) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.fit(case.x, case.y, 300 * (2 - len(refused)), 3)
    assert_same_state(net, everything(other))
