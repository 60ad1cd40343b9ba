"""Whole runs of the compiled engine against the reference, to the bit, at every level of this CPU."""
import contextlib
import math
import pickle
import signal
import sys
import threading
import time
from array import array

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from purenet import SGD, Dense, Network, NonFiniteError
from purenet.backends import LEVELS as NAMES
from purenet.layers.activations import ACTIVATION_SETTINGS
from purenet.losses import LOSS_SETTINGS, REDUCTIONS
from purenet.reference.initialisers import INITIALISERS
from tests.support.cases import SGD_FORMS, Case, assert_same_state, cases, everything, result_or_message, values
from tests.support.oracle import SIZES, assert_same_bits

try:
    from purenet.compiled import engine as engine_module
    from purenet.compiled import memory
    from purenet.compiled._twin import lib
except ImportError as error:
    pytest.skip(f"the compiled twin is not built ({error})", allow_module_level=True)

LEVELS = NAMES[:lib.purenet_best_level() + 1]
SLICE = memory.MAX_SLICE_ROWS
pytestmark = pytest.mark.filterwarnings("ignore:.*inputs beyond 1,000")


@contextlib.contextmanager
def settings_for(simd="", share=None, straight=False):
    """Vector units by PURENET_SIMD; share: the first call's multiply-adds; 0 makes every call one batch or slice.

    Products of any size take the fast forms and are divided among threads, unless straight: then as their size is.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PURENET_SIMD", simd)
        if not straight:
            patch.setattr(engine_module, "SCALAR_BELOW", 0)
            patch.setattr(engine_module, "SINGLE_THREAD_BELOW", 0)
        if share is not None:
            patch.setattr("purenet.training.loop.SHARE", share)
        if share == 0:
            patch.setattr(memory, "CALL_SECONDS", -1.0)  # every call takes too long
        yield


def compiled(case, level=NAMES[0], straight=False, **changes):
    with settings_for(level, straight=straight):
        net = case.network(backend="compiled", **changes)
    assert net.backend == "compiled" and net._engine._c.level == NAMES.index(level)
    return net


def seen(net, case, epochs=2, batch_size=4, shuffle=True, fit=True):
    """All that can be seen of a training: numbers, and words or the state's whole numbers."""
    x, y, weights = case.x, case.y, case.weights
    numbers, words = [values(net.parameters())], []
    try:
        numbers.append(net.fit(x, y, epochs, batch_size, shuffle, sample_weight=weights).loss if fit else [])
    except NonFiniteError as error:
        words.append(str(error))
    state = everything(net)
    words += [*state[3:], net.digest()]
    numbers += [*state[:3], result_or_message(words, net.predict, x),
                result_or_message(words, net.evaluate, x, y, sample_weight=weights),
                values(result_or_message(words, net.gradients, x, y, sample_weight=weights))]
    return numbers, words


def assert_same_runs(case, levels=LEVELS, threads=1, straight=False, **run):
    expected_numbers, expected_words = seen(case.network(), case, **run)
    for level in levels:
        numbers, words = seen(compiled(case, level, straight, threads=threads), case, **run)
        assert words == expected_words, f"{level}: {case}"
        assert_same_bits(numbers, expected_numbers, f"{level}: {case}: ")


# any network ---------------------------------------------------------------------------------------

@settings(derandomize=True, database=None, deadline=None, max_examples=200,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(case=cases(beyond_a_slice=True), epochs=st.integers(1, 3), shuffle=st.booleans(), straight=st.booleans(),
       batch_size=st.sampled_from([*SIZES, 100, 128, 129, 200, None]), share=st.sampled_from([None, 0]),
       threads=st.sampled_from([1, 1, 2, 3, 7, 16]))
def test_any_run_is_the_references_to_the_bit(case, share, threads, straight, **run):
    with settings_for(share=share):
        assert_same_runs(case, threads=threads, straight=straight, **run)


@pytest.mark.parametrize("activation", ACTIVATION_SETTINGS)
def test_every_activation_as_output(activation):
    assert_same_runs(Case(output=activation, slope=0.23, weighted=True))


@pytest.mark.parametrize("activation", sorted(set(ACTIVATION_SETTINGS) - {"softmax"}))
def test_every_activation_but_softmax_in_a_hidden_layer(activation):
    assert_same_runs(Case(sizes=(5, 12, 11, 3), hidden=activation, slope=0.23, decades=1))


@pytest.mark.parametrize("reduction", [None, *REDUCTIONS])
@pytest.mark.parametrize("loss", LOSS_SETTINGS)
def test_every_loss_with_every_reduction(loss, reduction):
    output = LOSS_SETTINGS[loss][2] or "linear"
    assert_same_runs(Case(output=output, loss=loss, reduction=reduction, delta=0.31, weighted=True))


@pytest.mark.parametrize("optimizer", SGD_FORMS)
def test_every_optimizer(optimizer):
    assert_same_runs(Case(optimizer=SGD_FORMS[optimizer]), epochs=6)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("init", INITIALISERS)
def test_every_initialiser(init, bias):
    assert_same_runs(Case(init=init, bias=bias), levels=LEVELS[-1:])


def test_an_initialiser_of_the_callers_own_goes_on_in_the_stream():
    def init(stream, shape, fan_in, fan_out):
        return stream.randn(*shape)

    case = Case(init="he_normal")
    layers = [Dense(7, "tanh", init=init), Dense(3, bias=False, init=init), Dense(3)]
    nets = [Network(5, layers, init=case.init, seed=8, backend=name) for name in ("reference", "compiled")]
    assert_same_bits(*[seen(net, case)[0] for net in nets])
    assert_same_state(nets[1], everything(nets[0]))


def test_untrained_and_no_epochs():
    assert_same_runs(Case(), fit=False)
    assert_same_runs(Case(), epochs=0)


# batches, slices and calls -------------------------------------------------------------------------

@pytest.mark.parametrize("share", [None, 0])
@pytest.mark.parametrize("batch_size", [1, 7, 64, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE + 1, 299, 300, None, 2**62])
def test_batches_and_budgets_around_a_slice(batch_size, share):
    case = Case(sizes=(3, 5, 2), rows=300, weighted=True, reduction="mean", optimizer=SGD_FORMS["sgd_nesterov"])
    with settings_for(share=share):
        for shuffle in (False, True):
            assert_same_runs(case, levels=LEVELS[-1:], batch_size=batch_size, shuffle=shuffle)


def test_a_call_ends_after_each_slice_and_the_caller_may_use_the_network_there():
    case = Case(sizes=(3, 5, 2), rows=300, weighted=True, reduction="mean")
    net, other = compiled(case, LEVELS[-1]), case.network()
    losses = other.fit(case.x, case.y, 2, 200, sample_weight=case.weights).loss
    told = []

    def use(done, epochs, loss):
        told.append(done)
        net.predict(case.x[:9])
        net.evaluate(case.x, case.y)
        net.gradients(case.x, case.y)
        net.digest()

    with settings_for(share=0):
        assert_same_bits(net.fit(case.x, case.y, 2, 200, sample_weight=case.weights, progress=use).loss, losses)
    assert [round(done * 300) for done in told] == [128, 200, 300, 428, 500, 600]
    assert_same_state(net, everything(other))


def test_what_progress_is_told_is_the_references():
    case = Case(rows=33, weighted=True, reduction="mean")
    told = []
    for net in (case.network(), compiled(case, LEVELS[-1])):
        told.append([])
        with settings_for(share=0):
            net.fit(case.x, case.y, 3, 8, sample_weight=case.weights,
                    progress=lambda done, epochs, loss: told[-1].append([done, float(epochs), loss]))
    assert len(told[0]) == 15
    assert_same_bits(told[1], told[0])


def test_calls_of_python_functions_do_not_grow_with_the_batches_of_one_c_call():
    case, counts = Case(sizes=(3, 4, 1), rows=64), []
    for epochs, batch_size in [(1, 32), (1, 2), (50, 2), (50, 5)]:
        net = compiled(case, LEVELS[-1])
        events = []
        with settings_for(share=10**12):
            before = sys.getprofile()
            sys.setprofile(lambda frame, event, argument: events.append(event))
            try:
                net.fit(case.x, case.y, epochs, batch_size)
            finally:
                sys.setprofile(before)
        counts.append((events.count("call"), events.count("c_call")))
        assert net._engine.state().position[2] == epochs * math.ceil(64 / batch_size)
    assert counts == counts[:1] * 4


# interrupts, moves and threads ---------------------------------------------------------------------

def states_after_each_batch(case, epochs, batch_size):
    """The reference's states by the number of steps."""
    net = case.network()
    states = {0: everything(net)}

    def keep(done, epochs, loss):
        states[net._engine.state().position[2]] = everything(net)

    with settings_for(share=0):
        net.fit(case.x, case.y, epochs, batch_size, sample_weight=case.weights, progress=keep)
    return states


@pytest.mark.filterwarnings("ignore:loss. squared_error adds up over the:UserWarning")
@pytest.mark.parametrize("batch_size", [100, 129, 300])
def test_an_interrupt_between_calls_leaves_the_state_of_a_finished_batch(batch_size):
    case = Case(sizes=(3, 5, 2), rows=300, weighted=True, optimizer=SGD_FORMS["sgd_momentum"])
    states = states_after_each_batch(case, 2, batch_size)
    passed = set()
    for calls in range(1, 7):
        left = [calls]

        def stop(done, epochs, loss, left=left):
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt

        net, other = compiled(case, LEVELS[-1]), case.network()
        with settings_for(share=0), contextlib.suppress(KeyboardInterrupt):
            net.fit(case.x, case.y, 2, batch_size, sample_weight=case.weights, progress=stop)
        state = net._engine.state()
        assert_same_state(net, states[state.position[2]])
        passed.add(state.position[2])
        other._engine.set_state(state)
        huge = [[1e300] * 2 for _ in case.y]
        for network in (net, other):  # a batch that fails, in an epoch of its own, changes nothing
            with pytest.raises(NonFiniteError, match="in epoch 1, batch 1;"):
                network.fit(case.x, huge, 1, 50)
            assert_same_state(network, states[state.position[2]])
        assert_same_bits(seen(net, case, batch_size=64)[0], seen(other, case, batch_size=64)[0])
        assert_same_state(net, everything(other))
    assert len(passed) > 2


@pytest.mark.parametrize("optimizer", SGD_FORMS)
@pytest.mark.parametrize("batch_size", [3, 4, 5, 11, 12, None])
def test_training_that_diverges_ends_in_the_same_words(optimizer, batch_size):
    for rate in (0.9, 31.7, 3.1e40):
        case = Case(optimizer={**SGD_FORMS[optimizer], "learning_rate": rate}, hidden="relu", loss="half_squared_error")
        assert_same_runs(case, levels=LEVELS[-1:], epochs=60, batch_size=batch_size)
        with settings_for(share=0):
            assert_same_runs(case, levels=LEVELS[:1], epochs=60, batch_size=batch_size)


BROKEN = {
    "gradient": ([[1.3], [1e-300]], [[1.7, 1.1e308], [0.2, 1.3e308]], SGD(), "the gradient of 0.weights[1][0]"),
    "new value": ([[1.3], [1e-300]], [[1.7, 1.1e300], [0.2, 0.3]], SGD(1.1e9), "the new value of 0.weights[1][0]"),
    "velocity": ([[1.3], [1e-300]], [[1.7, 1.1e300], [0.2, 0.3]], SGD(1.1e9, 0.5), "the new value of 0.weights[1][0]"),
    "loss": ([[1e160], [0.3]], [[1.7, 0.1], [0.2, 0.3]], SGD(), "the loss"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_not_finite_is_named_alike(what):
    weights, x, optimizer, place = BROKEN[what]
    said = []
    for name in ("reference", "compiled"):
        net = Network(2, [Dense(1, bias=False)], loss="half_squared_error", optimizer=optimizer, backend=name)
        net.set_parameters([("0.weights", weights)])
        before = everything(net)
        with pytest.raises(NonFiniteError) as caught:
            net.fit(x, [[-1.4], [-1.5]], 2, 2, False)
        said.append(str(caught.value))
        assert_same_state(net, before)
    assert said[0] == said[1] and said[0].startswith(place + " is not finite in epoch 1, batch 1;")


@pytest.mark.parametrize("init", ["randn", "he_uniform"])
@pytest.mark.parametrize("level", LEVELS)
def test_a_state_goes_on_alike_in_the_other_engine(level, init):
    case = Case(sizes=(5, 7, 3, 1), init=init, bias=False, optimizer=SGD_FORMS["sgd_nesterov"], rows=33)
    assert case.network()._engine.state().stream[3] == (init == "randn")  # 59 gaussians: the 60th waits
    one, other, all_along = case.network(), compiled(case, level), case.network()
    for _ in range(3):
        one.fit(case.x, case.y, 2, 8)
        other._engine.set_state(one._engine.state())
        other.fit(case.x, case.y, 2, 8)
        one._engine.set_state(other._engine.state())
        all_along.fit(case.x, case.y, 4, 8)
        assert_same_state(one, everything(all_along))
        assert_same_state(other, everything(all_along))


@pytest.mark.parametrize("first,second", [("compiled", "reference"), ("reference", "compiled")])
def test_a_pickle_of_one_engine_is_loaded_into_the_other(first, second, monkeypatch):
    case = Case(optimizer=SGD_FORMS["sgd_momentum"], init="randn")
    monkeypatch.setenv("PURENET_BACKEND", first)
    net = case.network(backend="auto")
    net.fit(case.x, case.y, 2, 4)
    saved = pickle.dumps(net)
    monkeypatch.setenv("PURENET_BACKEND", second)
    other = pickle.loads(saved)
    assert (net.backend, other.backend) == (first, second)
    assert_same_state(other, everything(net))
    assert_same_bits(seen(other, case)[0], seen(net, case)[0])
    assert_same_state(other, everything(net))


def test_a_second_thread_on_a_network_in_a_call_is_refused_and_disturbs_nothing():
    case = Case(sizes=(3, 4, 1), rows=64, reduction="mean", optimizer={"learning_rate": 1e-4})
    net, other = compiled(case), compiled(case)
    state = other._engine.state()

    def train():
        net.fit(case.x, case.y)

    uses = [lambda: net.predict(case.x), lambda: net.gradients(case.x, case.y), lambda: net.evaluate(case.x, case.y),
            net.digest, net.parameters, lambda: pickle.dumps(net), train,
            lambda: net._engine.set_state(state)]
    losses, said = [], []
    with settings_for(share=10**12):
        thread = threading.Thread(target=lambda: losses.append(net.fit(case.x, case.y, 30000, 64).loss))
        thread.start()
        while thread.is_alive() and not net._engine._calls.lock.locked():
            time.sleep(0.001)
        for use in uses:
            with pytest.raises(RuntimeError) as caught:
                use()
            said.append(str(caught.value))
        assert thread.is_alive(), "the call was too short for this test"
        thread.join()
        expected = other.fit(case.x, case.y, 30000, 64).loss
    words = "this network is in use by another thread; give each thread its own copy"
    assert said == [words if use is not train else words.replace("use by another thread", "another call of fit")
                    for use in uses]
    assert_same_bits(losses[0], expected)
    assert_same_state(net, everything(other))


# doubles where they lie ----------------------------------------------------------------------------

def table(rows):
    flat = array("d", [value for row in rows for value in row])
    return memoryview(flat).cast("B").cast("d", (len(rows), len(rows[0])))


def test_buffers_give_the_bits_of_lists():
    case = Case(rows=150, weighted=True)
    x, y, weights = table(case.x), table(case.y), array("d", case.weights)
    net, other = compiled(case, LEVELS[-1]), case.network()
    losses = other.fit(case.x, case.y, 2, 7, sample_weight=case.weights).loss
    assert_same_bits(net.fit(x, y, 2, 7, sample_weight=weights).loss, losses)
    assert_same_state(net, everything(other))
    out = array("d", [math.nan]) * (150 * 3 + 1)
    net.predict(x, out=memoryview(out)[:-1])
    assert_same_bits(list(out), [value for row in other.predict(case.x) for value in row] + [math.nan])
    assert x.tolist() == case.x and y.tolist() == case.y and weights.tolist() == case.weights


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals at will need Unix")
@pytest.mark.skipif(sys.version_info < (3, 10), reason="3.9 runs handlers between a with block and its lock's release")
def test_no_interruption_makes_a_network_unusable():
    case = Case()
    net, interrupted = compiled(case), 0

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for n in range(3000):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-6 + n % 100 * 2e-6)
                for _ in range(50):
                    net.predict(case.x)
                    net.fit(case.x, case.y)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 1000
    net.fit(case.x, case.y)
    assert len(net.predict(case.x)) == len(case.x)


def test_doubles_that_do_not_lie_on_whole_places_and_an_out_that_is_x_are_no_trouble():
    case = Case(sizes=(2, 4), rows=400)
    net = compiled(case)
    flat = array("d", [value for row in case.x for value in row])
    expected = net.predict(case.x)
    shifted = memoryview(bytearray(1) + flat.tobytes())[1:].cast("d")
    assert_same_bits(net.predict(shifted), expected)
    room = memoryview(bytearray(8 * 1600 + 1))[1:].cast("d")
    net.predict(shifted, out=room)
    assert_same_bits(room.tolist(), [value for row in expected for value in row])
    both = array("d", flat.tolist() + [0.0] * 800)
    net.predict(memoryview(both)[:800], out=both)
    assert_same_bits(both.tolist(), [value for row in expected for value in row])
