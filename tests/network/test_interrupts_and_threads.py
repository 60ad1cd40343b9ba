"""Ctrl-C and other threads at the worst moments: what they come between is whole, or has not been."""
import signal
import sys
import threading
import time
from array import array

import pytest

import purenet
from purenet import SGD, BatchNorm, Dense, Network, ReduceOnPlateau, WarmUp
from purenet._core.state import State
from tests.support.interrupts import interrupted_at_line
from tests.support.oracle import assert_same_bits

BACKENDS = purenet.backend().available
pytestmark = pytest.mark.filterwarnings("ignore:layers.*the last batch of each epoch has one row")
X = [[0.3, -0.7], [1.1, 0.2], [-0.4, 0.9], [0.8, 0.8], [-1.2, 0.1]]
Y = [[0.5], [-0.3], [0.2], [0.9], [-0.8]]


def network(name, optimizer=None, units=3, seed=5):
    layers = [Dense(units, "tanh"), BatchNorm(), Dense(1)]
    return Network(2, layers, loss="mean_squared_error", optimizer=optimizer or purenet.Adam(0.1), seed=seed,
                   backend=name)


# states and parameters -----------------------------------------------------------------------------

def everything(net):
    state = net._engine.state()
    return [state.parameters, state.statistics, state.optimizer_numbers], state.stream[:4], state.position


def assert_as(net, expected):
    got = everything(net)
    assert_same_bits(got[0], expected[0])
    assert got[1:] == expected[1:]


class Interrupting:
    """An array, or a number, that is interrupted when it is read."""

    def __init__(self, values=()):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        raise KeyboardInterrupt

    def __getitem__(self, place):
        raise KeyboardInterrupt

    def __int__(self):
        raise KeyboardInterrupt


def interruptions(state):
    """The state, interrupted while one of its arrays is read, for each of them."""
    parts = [list(state.parameters), list(state.statistics), [list(own) for own in state.optimizer_numbers]]
    for arrays in [*parts[:2], *parts[2]]:
        for k, values in enumerate(arrays):
            arrays[k] = Interrupting(values)
            yield State(parts[0], parts[1], parts[2], state.stream, state.position)
            arrays[k] = values
    stream = (state.stream[0], state.stream[1][:-1] + [Interrupting()]) + state.stream[2:]
    yield State(state.parameters, state.statistics, state.optimizer_numbers, stream, state.position)
    yield State(state.parameters, state.statistics, state.optimizer_numbers, state.stream, Interrupting((0, 0, 0)))


@pytest.mark.parametrize("name", BACKENDS)
def test_an_interrupt_while_a_state_is_set_leaves_the_one_before(name):
    net, other = network(name), network(name, seed=6)
    net.fit(X, Y, 2, 2)
    other.fit(X, Y, 5, 3)
    before, tried = everything(net), 0
    for state in interruptions(other._engine.state()):
        with pytest.raises(KeyboardInterrupt):
            net._engine.set_state(state)
        assert_as(net, before)
        tried += 1
    assert tried == 6 + 2 + 13 + 2
    net._engine.set_state(other._engine.state())
    assert_as(net, everything(other))
    assert_same_bits(net.fit(X, Y, 2, 2).loss, other.fit(X, Y, 2, 2).loss)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals at will need Unix")
@pytest.mark.parametrize("name", BACKENDS)
def test_parameters_are_set_whole_or_not_at_all_whenever_ctrl_c_comes(name):
    if name == "compiled" and sys.version_info < (3, 10):
        pytest.skip("3.9 runs handlers between a with block and its lock's release")
    net = network(name, units=200)
    sets = [[(key, [[value] * len(row) for row in array] if isinstance(array[0], list) else [value] * len(array))
             for key, array in net.parameters()] for value in (1.0, 2.0)]

    def interrupt(_, frame):
        if not frame.f_code.co_filename.endswith("weakref.py"):  # there Python ignores it, and it comes again
            raise KeyboardInterrupt

    begun = time.perf_counter()
    net.set_parameters(sets[0])
    longest = 3.0 * (time.perf_counter() - begun)
    interrupted, seen = 0, set()
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for n in range(600):
            try:
                # again after a while: on PyPy one was lost, and the loop went on for ever
                signal.setitimer(signal.ITIMER_REAL, 1e-5 + n % 100 / 100 * longest, 0.5)
                while True:
                    net.set_parameters(sets[1])
                    net.set_parameters(sets[0])
            except KeyboardInterrupt:
                signal.setitimer(signal.ITIMER_REAL, 0)
                interrupted += 1
            values = {value for array in net._engine.state().parameters for value in array}
            seen |= values
            assert len(values) == 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted == 600 and seen >= {1.0, 2.0}


@pytest.mark.parametrize("name", BACKENDS)
def test_what_is_said_of_other_parameters_is_forgotten_before_they_are_set(name):
    """How they were made, and a training that was broken off: going on with it would be wrong."""
    line, seen = 0, set()
    while True:
        net = network(name)
        net.fit(X, Y, 9, 2, max_seconds=0.0)
        net.metadata = [("by", "hand")]
        old, new = net.digest(), [(key, array) for key, array in network(name, seed=6).parameters()]
        if not interrupted_at_line(line, lambda: net.set_parameters(new), "purenet/network.py"):  # noqa: B023
            break
        changed, kept = net.digest() != old, (net.metadata != [], net.resume_point.paused is not None)
        assert kept in ((True, True), (False, False)) and not (changed and any(kept))
        seen.add((changed, any(kept)))
        line += 1
    assert seen == {(False, True), (False, False), (True, False)} or seen == {(False, True), (False, False)}
    assert net.metadata == [] and net.resume_point.paused is None


# the end of an epoch -------------------------------------------------------------------------------

MODULES = {"reference": ["reference/engine.py"], "compiled": ["compiled/engine.py"]}


@pytest.mark.once
@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("make", [lambda own: own, lambda own: WarmUp(own, 3)], ids=["alone", "warm up"])
def test_a_plateau_has_heard_of_every_epoch_that_has_ended_whenever_ctrl_c_comes(name, make, watched):
    options = {"validation_data": (X, Y)} if watched else {}

    def made():
        return network(name, SGD(make(ReduceOnPlateau(0.1, 0.5, 1, min_delta=100.0))))

    def plateau(net):
        rate = net.optimizer.learning_rate
        return (rate.learning_rate if isinstance(rate, WarmUp) else rate).state()

    net, after = made(), []
    for _ in range(4):
        after.append(plateau(net))
        net.fit(X, Y, 1, **options)
    assert after[0][0] == after[1][0] > after[2][0] > after[3][0]
    whole = made()
    losses = whole.fit(X, Y, 3, **options).loss
    for module in [*MODULES[name], "purenet/_core/state.py", "purenet/optimizers/schedules/plateau.py",
                   "purenet/training/trainer.py"]:
        line, seen = 0, set()
        while True:
            net = made()
            if not interrupted_at_line(line, lambda: net.fit(X, Y, 3, **options), module):  # noqa: B023
                break
            if name == "compiled":
                net._engine._new_locks()  # tracing interrupts on the way out of a with block, signals do not
            ended = net._engine.state().position[0]
            assert plateau(net) == after[ended], (module, line)
            seen.add(ended)
            if line % 5 == 0 and net.resume_point.paused:
                assert net.fit(X, Y, 3, resume=True, **options).loss == losses
                assert net.digest() == whole.digest() and plateau(net) == plateau(whole)
            line += 1
        assert seen >= ({0, 1, 2} if module != "purenet/training/trainer.py" or watched else set()), module


# other threads -------------------------------------------------------------------------------------

def in_a_thread(work):
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("name", BACKENDS)
def test_another_threads_predictions_do_not_break_a_training(name, watched):
    """They are refused, or the training waits for them; not one bit of it changes."""
    x, y = X * 20, Y * 20
    options = {"validation_data": (X, Y), "metrics": ["r2"], "callbacks": [purenet.EarlyStopping(patience=999)]}
    net, alone = network(name), network(name)
    done, asked, refused, losses = threading.Event(), [], [], []
    rows = array("d", [0.3, -0.7] * (20000 if name == "compiled" else 50))
    room = array("d", bytes(4 * len(rows)))

    def ask():
        while not done.is_set():
            try:
                asked.append(len(net.predict(rows, out=room)))
            except RuntimeError as error:
                refused.append(str(error))

    thread = in_a_thread(ask)
    try:
        while len(asked) < 50:
            losses += net.fit(x, y, 2, 30, **options if watched else {}).loss
    finally:
        done.set()
        thread.join()
    expected = [alone.fit(x, y, 2, 30, **options if watched else {}).loss for _ in losses[::2]]
    assert_same_bits(losses, [loss for pair in expected for loss in pair])
    assert net.digest() == alone.digest()
    assert set(refused) <= {"this network is in use by another thread; give each thread its own copy"}


@pytest.mark.skipif("compiled" not in BACKENDS, reason="no compiled engine here")
def test_a_training_waits_for_a_call_and_a_signal_handler_does_not_wait_for_itself():
    net = network("compiled")
    engine = net._engine
    begun, may_end, losses = threading.Event(), threading.Event(), []

    def holding():
        with engine._calls.enter(engine.fit_thread), engine._calls.lock:
            begun.set()
            may_end.wait()

    thread = in_a_thread(holding)
    begun.wait()
    try:
        for refused in (lambda: net.predict(X), net.parameters, lambda: net.evaluate(X, Y)):
            with pytest.raises(RuntimeError, match="this network is in use by another thread"):
                refused()
        training = in_a_thread(lambda: losses.extend(net.fit(X, Y, 2).loss))
        training.join(0.05)
        assert training.is_alive() and not losses
    finally:
        may_end.set()
    thread.join()
    training.join()
    assert len(losses) == 2

    def asked_by_a_handler(*_):
        with engine._calls.enter(engine.fit_thread), engine._calls.lock, pytest.raises(RuntimeError, match="is in use"):
            net.predict(X)

    net.fit(X, Y, 1, progress=asked_by_a_handler)
    assert len(net.predict(X)) == len(X) and engine.fit_thread is None
