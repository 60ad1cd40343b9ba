"""Image networks trained by the compiled engine, at every level and with any threads: the reference's bits."""
import itertools
import sys
import threading

import pytest

from purenet import SGD, BatchNorm, Conv2D, Dense, Dropout, MaxPool2D, Network
from purenet._core.arrays import flatten
from purenet.backends import LEVELS as NAMES
from tests.layers.test_images import KINDS, Case
from tests.support.cases import SGD_FORMS, everything
from tests.support.oracle import assert_same_bits

try:
    from purenet.compiled import engine as engine_module
    from purenet.compiled._twin import lib
    from tests.compiled.test_engines import SLICE, settings_for
except ImportError as error:
    pytest.skip(f"the compiled twin is not built ({error})", allow_module_level=True)

LEVELS = NAMES[:lib.purenet_best_level() + 1]
THREADS = (1, 2, 3, 7)


class Wide(Case):
    """Layers large enough for every register tile, behind and before others."""

    def __init__(self, seed, rows=6, filters=17, image=(6, 7, 5)):
        super().__init__("conv", seed)
        self.shape, self.rows, self.loss, self.weights = image, rows, "squared_error", None
        self.layers = [
            Conv2D(filters, 3, padding="same", activation="relu"), BatchNorm(), Conv2D(filters - 8, (2, 3), (2, 1)),
            MaxPool2D(2, 1), Dropout(0.3), Dense(filters, "gelu"), Dense(2)]
        self.optimizer = SGD_FORMS["sgd_momentum"] | {"learning_rate": 1e-4}
        self.x = [[self.stream.gauss(0.0, 1.0) for _ in range(image[0] * image[1] * image[2])] for _ in range(rows)]
        self.y = [[self.stream.gauss(0.0, 1.0) for _ in range(2)] for _ in range(rows)]

    def network(self, backend, **options):
        return Network(self.shape, self.layers, optimizer=SGD(**self.optimizer), seed=self.seed, backend=backend,
                       **options)


def seen(net, case, epochs=2, batch_size=4):
    """All that can be seen of a training."""
    x, y, weights = case.x, case.y, case.weights
    losses = net.fit(x, y, epochs, batch_size, sample_weight=weights).loss
    gradients = [flatten(array) for _, array in net.gradients(x, y, sample_weight=weights)]
    return [losses, everything(net)[:3], net._engine.state().statistics, net.predict(x),
            net.evaluate(x, y, sample_weight=weights), gradients]


EVERY_WAY = tuple(itertools.product(LEVELS, THREADS))


def assert_same_runs(case, ways=EVERY_WAY, share=None, straight=False, **run):
    expected = seen(case.network("reference"), case, **run)
    for level, threads in ways:
        with settings_for(level, share, straight):
            net = case.network("compiled", threads=threads)
            assert net._engine._c.level == NAMES.index(level) and net._engine._c.threads == threads
            assert_same_bits(seen(net, case, **run), expected, f"{level}, {threads} threads: ")


@pytest.mark.filterwarnings("ignore:.*last batch of each epoch has one row:UserWarning")
@pytest.mark.parametrize("seed", range(30, 36))
@pytest.mark.parametrize("kind", KINDS)
def test_a_random_network_has_the_references_bits_on_every_level_and_any_threads(kind, seed):
    assert_same_runs(Case(kind, seed), share=0 if seed % 2 else None, straight=seed % 3 == 0)


@pytest.mark.parametrize("straight", [False, True])
def test_wide_convolutions_have_the_references_bits_on_every_level_and_any_threads(straight):
    assert_same_runs(Wide(1), straight=straight)


@pytest.mark.parametrize("rows", [127, 128, 129, 257])
def test_batches_beyond_a_slice_have_the_references_bits(rows):
    """A batch of one normalisation is worked through at once; of others in slices, whose draws go on."""
    ways = [(LEVELS[0], 1), (LEVELS[-1], 3)]
    case = Wide(2, rows=rows, filters=9, image=(4, 5, 1))
    for layers in (case.layers, [layer for layer in case.layers if layer.kind != "batch_norm"]):
        case.layers = layers
        assert_same_runs(case, ways, epochs=1, batch_size=rows - 1)
        assert_same_runs(case, ways, epochs=1, batch_size=None)


def test_the_slices_of_the_two_engines_are_their_own():
    net = Wide(3).network("compiled")
    assert net._engine._c.slice_rows == SLICE == 128
    net.fit([[0.5] * 210] * 130, [[0.0, 1.0]] * 130, 1, None)
    assert net._engine._c.slice_rows == 130


# room for a batch ----------------------------------------------------------------------------------

def normalised():
    net = Network(2, [Dense(3, "tanh"), BatchNorm(), Dense(1)], loss="mean_squared_error", backend="compiled")
    x = [[k / 300, 1.0 - k / 300] for k in range(300)]
    return net, x, [[row[0]] for row in x]


def test_without_memory_for_a_batch_the_network_stays_as_it_was(monkeypatch):
    def full(*arguments):
        raise MemoryError

    net, x, y = normalised()
    digest, predicted = net.digest(), net.predict(x)
    with monkeypatch.context() as patch:
        patch.setattr(engine_module, "new_uninitialised", full)
        for call in (lambda: net.fit(x, y, 1, None), lambda: net.gradients(x, y)):
            with pytest.raises(MemoryError):
                call()
    assert net._engine._c.slice_rows == SLICE
    assert net.digest() == digest and net.predict(x) == predicted
    net.fit(x, y, 1, None)
    assert net._engine._c.slice_rows == 300 and net.digest() != digest


def test_after_an_interrupt_at_any_line_the_workspace_has_room_for_its_slices():
    interrupted = []

    def interrupt(frame, event, argument):
        if frame.f_code.co_name != "_allocate_workspace":
            return None
        if event == "line" and frame.f_lineno not in interrupted:
            interrupted.append(frame.f_lineno)
            raise KeyboardInterrupt
        return interrupt

    net, x, y = normalised()
    before = sys.gettrace()
    for _ in range(20):
        sys.settrace(interrupt)
        try:
            net.gradients(x, y)
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        engine = net._engine
        assert len(engine._workspace) >= lib.purenet_workspace_size(engine._c, engine._c.slice_rows)
    assert engine._c.slice_rows == 300 and len(interrupted) >= 5


def test_a_call_keeps_its_room_while_it_runs():
    net, x, y = normalised()
    training = threading.Thread(target=net.fit, args=(x, y, 1, None))
    with net._engine._calls.lock:  # as while another thread predicts
        training.start()
        training.join(0.2)
        assert training.is_alive() and net._engine._c.slice_rows == SLICE
    training.join()
