"""Errors that are kept in a variable, then a garbage collection: no buffer may be lost or freed twice by it.

An error in a variable of the frame that caught it is a cycle, with all that its frames hold: tables, views, pointers.
CPython before 3.12.7 and 3.13 crashes where it takes apart a memoryview that is exported, so each form of a buffer has
a process of its own, this module with arguments, which says what it is about to do:

    python3 -m tests.core.test_buffers_gc FORM BACKEND
"""
import array
import ctypes
import gc
import importlib.util
import mmap
import subprocess
import sys

import pytest

import purenet
from purenet import SGD, BatchNorm, Dense, Network
from tests import ROOT

ROWS, COLUMNS = 3000, 2  # more numbers than lists are kept for: those are packed into memory of purenet's own
TIMES = 5  # which of the objects comes first in the collector's lists is a matter of chance
FINE, NAN, HUGE = 0.5, float("nan"), 1.7e308


# the forms of ROWS rows of doubles: each a function of their numbers and of how many a row has -----------------------

def lists(numbers, columns):
    return [list(numbers[k:k + columns]) for k in range(0, len(numbers), columns)]


def arrays(numbers, columns):
    return array.array("d", numbers)


def views(numbers, columns):
    return memoryview(arrays(numbers, columns))


def views_of_views(numbers, columns):
    return memoryview(memoryview(views(numbers, columns)))


def sliced_views(numbers, columns):
    return memoryview(array.array("d", [7.0] * 5 + list(numbers) + [7.0]))[5:-1]


def cast_views(numbers, columns):
    return memoryview(bytearray(arrays(numbers, columns).tobytes())).cast("d")


def views_of_bytes(numbers, columns):
    return memoryview(arrays(numbers, columns).tobytes()).cast("d")


def unaligned_views(numbers, columns):
    return memoryview(bytearray(b"?" + arrays(numbers, columns).tobytes()))[1:].cast("d")


def views_with_steps(numbers, columns):
    return memoryview(array.array("d", [number for number in numbers for _ in range(2)]))[::2]


def matrices(numbers, columns):
    return views(numbers, columns).cast("B").cast("d", [len(numbers) // columns, columns])


def single_precision(numbers, columns):
    return array.array("f", numbers)


def ctypes_arrays(numbers, columns):
    return (ctypes.c_double * len(numbers))(*numbers)


def ctypes_matrices(numbers, columns):
    return (ctypes.c_double * columns * (len(numbers) // columns)).from_buffer(arrays(numbers, columns))


def maps(numbers, columns):
    room = mmap.mmap(-1, 8 * len(numbers))
    room.write(arrays(numbers, columns).tobytes())
    return memoryview(room).cast("d")


def numpy_arrays(numbers, columns):
    import numpy

    return numpy.array(numbers).reshape(-1, columns)


def numpy_arrays_of_views(numbers, columns):
    import numpy

    return numpy.frombuffer(views(numbers, columns)).reshape(-1, columns)[:]


FORMS = [lists, arrays, views, views_of_views, sliced_views, cast_views, views_of_bytes, unaligned_views,
         views_with_steps, matrices, single_precision, ctypes_arrays, ctypes_matrices, maps]
if importlib.util.find_spec("numpy"):
    FORMS += [numpy_arrays, numpy_arrays_of_views]


# what is done with them: each raises an error ------------------------------------------------------------------------

class Given:
    """Data in a form, new each time, so that nothing else keeps their memory."""

    def __init__(self, form, backend):
        self.form = form
        self.backend = backend

    def x(self, last=FINE):
        return self.form([FINE, -0.25] * (ROWS - 1) + [FINE, last], COLUMNS)

    def y(self, last=FINE):
        return self.form([FINE] * (ROWS - 1) + [last], 1)

    def weights(self, last=FINE):
        numbers = [FINE] * (ROWS - 1) + [last]
        if self.form is lists:
            return numbers
        weights = self.form(numbers, 1)
        return weights if memoryview(weights).ndim == 1 else arrays(numbers, 1)

    def net(self, rate=0.01, value=None):
        net = Network(COLUMNS, [Dense(1)], backend=self.backend, optimizer=SGD(rate), seed=1)
        if value is not None:
            net.set_parameters([("0.weights", [[value], [value]]), ("0.bias", [value])])
        return net

    def busy(self):
        """A network of the compiled engine that refuses every call, as if another thread were in one."""
        net = self.net()
        net.resume_point.lock.acquire()
        net._engine._calls.lock.acquire()
        return net


def fail(*_):
    raise RuntimeError("on purpose")


def predict_into_what_it_reads(given):
    x = given.x()
    given.busy().predict(x, out=memoryview(x).cast("B")[:8 * ROWS].cast("d"))


def predict_in_callback(given):
    """What reads a network while it is trained, and an error in the midst of it."""
    net = given.net()
    room = array.array("d", [0.0] * ROWS)

    def progress(*_):
        net.predict(given.x(), out=room)
        fail()

    net.fit(given.x(), given.y(), 2, progress=progress)


CASES = {
    "predict, x not finite": lambda given: given.net().predict(given.x(NAN)),
    "predict, outputs not finite": lambda given: given.net(value=HUGE).predict(given.x()),
    "predict, in use": lambda given: given.busy().predict(given.x()),
    "predict, outputs not finite, out": lambda given: given.net(value=HUGE).predict(
        given.x(), out=given.form([FINE] * ROWS, 1)),
    "predict, in use, out": lambda given: given.busy().predict(given.x(), out=given.form([FINE] * ROWS, 1)),
    "predict, out too small": lambda given: given.net().predict(given.x(), out=given.form([FINE] * 2, 1)),
    "predict, in use, into what it reads": predict_into_what_it_reads,
    "evaluate, y not finite": lambda given: given.net().evaluate(given.x(), given.y(NAN)),
    "evaluate, y too short": lambda given: given.net().evaluate(given.x(), given.form([FINE] * 2, 1)),
    "evaluate, a negative weight": lambda given: given.net().evaluate(
        given.x(), given.y(), sample_weight=given.weights(-1.0)),
    "evaluate, in use": lambda given: given.busy().evaluate(given.x(), given.y(), sample_weight=given.weights()),
    "evaluate, loss not finite": lambda given: given.net(value=1e300).evaluate(given.x(), given.y()),
    "gradients, in use": lambda given: given.busy().gradients(given.x(), given.y(), sample_weight=given.weights()),
    "gradients, not finite": lambda given: given.net(value=HUGE).gradients(given.x(), given.y()),
    "fit, x not finite": lambda given: given.net().fit(given.x(NAN), given.y()),
    "fit, y not finite": lambda given: given.net().fit(given.x(), given.y(NAN)),
    "fit, a loss that overflows": lambda given: given.net(1e6).fit(
        given.x(), given.y(), 1000, sample_weight=given.weights()),
    "fit, progress fails": lambda given: given.net().fit(given.x(), given.y(), progress=fail),
    "fit, progress predicts and fails": predict_in_callback,
    "fit, in use": lambda given: given.busy().fit(given.x(), given.y()),
    "fit, validation data": lambda given: given.net().fit(
        given.x(), given.y(), 3, validation_data=(given.x(), given.y()), progress=fail),
    "fit, validation data not finite": lambda given: given.net().fit(
        given.x(), given.y(), validation_data=(given.x(NAN), given.y())),
    "fit, validation data, a loss that overflows": lambda given: given.net(1e6).fit(
        given.x(), given.y(), 1000, validation_data=(given.x(), given.y())),
    "fit, validation split": lambda given: given.net(1e6).fit(given.x(), given.y(), 1000, validation_split=0.25),
    "partial_fit": lambda given: given.net(value=1e300).partial_fit(
        given.x(), given.y(), sample_weight=given.weights()),
    "set_parameters": lambda given: given.net().set_parameters(
        [("0.weights", given.form([FINE, NAN], 1)), ("0.bias", given.form([FINE], 1))]),
    "set_statistics": lambda given: Network(COLUMNS, [BatchNorm(), Dense(1)], backend=given.backend).set_statistics(
        [("0.moving_mean", arrays([FINE, FINE], 1)), ("0.moving_variance", given.form([FINE, -1.0], 2))]),
    "init": lambda given: Network(COLUMNS, [Dense(1)], backend=given.backend,
                                  init=lambda *_: given.form([FINE, NAN], 1)),
}


def keep_the_error(case, given):
    try:
        CASES[case](given)
    except Exception as error:
        kept = [error]
        kept.append(kept)
        return
    raise AssertionError(f"{case}: no error")


def run_every_case(form, backend):
    given = Given(form, backend)
    for case in CASES:
        if backend == "reference" and "in use" in case:
            continue
        print(case, flush=True)
        for _ in range(TIMES):
            keep_the_error(case, given)
        gc.collect()


@pytest.mark.parametrize("form", [form.__name__ for form in FORMS])
def test_errors_that_are_kept_do_no_harm_when_they_are_collected(form):
    backend = "compiled" if "compiled" in purenet.backend().available else "reference"
    command = [sys.executable, "-m", "tests.core.test_buffers_gc", form, backend]
    run = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=300)
    last = run.stdout.decode().split("\n")[-2:-1]
    assert run.returncode == 0, f"status {run.returncode} at {last}\n{run.stderr.decode()[-2000:]}"
    assert last == ["end"]


@pytest.mark.parametrize("backend", purenet.backend().available)
def test_every_writable_view_is_filled(backend):
    """PyPy's cffi copies some of them, such as a slice of a cast view of a bytearray."""
    net = Given(lists, backend).net()
    x = lists([0.5, -1.0, 2.0, 3.0, 0.25, -0.75], COLUMNS)
    expected = [value for row in net.predict(x) for value in row]
    numbers = [7.0] * 3
    for view in (
        views(numbers, 1), views_of_views(numbers, 1), sliced_views(numbers, 1), cast_views(numbers, 1),
        memoryview(bytearray(40)).cast("d")[1:-1], memoryview(bytearray(40))[8:-8].cast("d"), matrices(numbers, 1),
        memoryview(bytearray(25))[1:].cast("d"), memoryview(ctypes_arrays(numbers, 1)).cast("B").cast("d"),
        maps(numbers, 1),
    ):
        net.predict(x, out=view)
        assert view.cast("B").tobytes() == array.array("d", expected).tobytes()


# who lends a buffer has it back, and not before ----------------------------------------------------------------------

@pytest.mark.filterwarnings("ignore:loss. squared_error adds up over the:UserWarning")
@pytest.mark.parametrize("backend", purenet.backend().available)
def test_an_array_can_grow_after_every_call(backend):
    given = Given(arrays, backend)
    net = given.net()
    x, y, weights, out = given.x(), given.y(), given.weights(), given.y()
    for call in (
        lambda: net.predict(x), lambda: net.predict(x, out=out), lambda: net.evaluate(x, y, sample_weight=weights),
        lambda: net.gradients(x, y, sample_weight=weights), lambda: net.fit(x, y, sample_weight=weights),
        lambda: net.fit(x, y, validation_data=(x, y)), lambda: net.partial_fit(x, y),
    ):
        call()
        for numbers in (x, y, weights, out):
            numbers.append(numbers.pop())


@pytest.mark.parametrize("backend", purenet.backend().available)
def test_an_array_can_grow_when_an_error_is_gone(backend):
    given = Given(arrays, backend)
    x, out = given.x(), given.y()
    with pytest.raises(ValueError):
        given.net(value=HUGE).predict(x, out=out)
    gc.collect()
    x.append(1.0)
    out.append(1.0)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("backend", purenet.backend().available)
def test_memory_that_nobody_else_keeps_is_kept_while_it_is_read(form, backend):
    """What is freed meanwhile is collected and written over, by blocks of its size."""
    def overwrite(*_):
        gc.collect()
        return [array.array("d", [NAN] * count) for count in (ROWS, ROWS * COLUMNS, ROWS * COLUMNS + 6)] and None

    def trained(given, progress):
        net = given.net()
        net.fit(given.x(), given.y(), 4, 50, sample_weight=given.weights(), validation_data=(given.x(), given.y()),
                progress=progress)
        return net.digest()

    assert trained(Given(form, backend), overwrite) == trained(Given(lists, backend), None)


@pytest.mark.parametrize("backend", purenet.backend().available)
def test_a_view_that_is_released_meanwhile_is_still_read(backend):
    given = Given(views, backend)
    x, y = given.x(), given.y()
    owner = x.obj

    def release(*_):
        x.release()
        if backend == "compiled" and sys.implementation.name == "cpython":  # elsewhere nothing is lent, or locked
            with pytest.raises(BufferError):
                owner.append(1.0)

    net, other = given.net(), given.net()
    net.fit(x, y, 2, progress=release)
    other.fit(given.x(), y, 2)
    assert net.digest() == other.digest()


if __name__ == "__main__":
    run_every_case(globals()[sys.argv[1]], sys.argv[2])
    print("end")
