"""How much one call of the compiled engine does and how much memory it takes: no bit depends on it."""
import random
import subprocess
import sys

import pytest

from purenet import SGD, AveragePool2D, BatchNorm, Conv2D, Dense, Dropout, GlobalAveragePool2D, MaxPool2D, Network
from tests.support.cases import assert_same_state, everything
from tests.support.oracle import assert_same_bits, hostile

try:
    from purenet.compiled import engine as engine_module
    from purenet.compiled import memory
    from purenet.compiled._twin import lib
except ImportError as error:
    pytest.skip(f"the compiled twin is not built ({error})", allow_module_level=True)

CONVOLUTIONS = [Conv2D(32, 3, activation="relu"), Conv2D(32, 3, activation="relu"), GlobalAveragePool2D(), Dense(10)]
NETWORKS = {
    "dense": (7, [Dense(9, "tanh"), Dropout(0.4), Dense(3)]),
    "convolution": ((5, 6, 2), [Conv2D(3, 2, padding="same", activation="gelu"), MaxPool2D(2), Dropout(0.4), Dense(3)]),
    "pools": ((6, 4, 2), [AveragePool2D(2), MaxPool2D(2, 1, "same"), Dense(3, "sigmoid")]),
    "normalised": ((4, 4, 3), [Conv2D(4, 2), BatchNorm(), Dense(3)]),
}


def network(name, backend):
    inputs, layers = NETWORKS[name]
    return Network(inputs, layers, loss="mean_squared_error", optimizer=SGD(1e-3, 0.9), seed=4, backend=backend)


@pytest.mark.full
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("rows, call", [(1, -1.0), (2, 0.01), (5, -1.0), (128, -1.0), (128, 10.0)])
def test_slices_and_calls_change_no_bit_of_training_predicting_and_evaluating(name, rows, call, monkeypatch):
    monkeypatch.setattr(memory, "MAX_SLICE_ROWS", rows)
    monkeypatch.setattr(memory, "CALL_SECONDS", call)  # below 0: each call halves the next
    monkeypatch.setattr(engine_module, "FIRST_CALL", 1)
    calls = []
    true = engine_module.next_row_budget
    monkeypatch.setattr(engine_module, "next_row_budget", lambda rows, *time: calls.append(rows) or true(rows, *time))
    reference, compiled = network(name, "reference"), network(name, "compiled")
    assert compiled._engine._c.slice_rows == rows
    stream = random.Random(name)
    x, y = hostile(stream, 150, reference.plan.inputs, 0), hostile(stream, 150, 3, 0)
    weights = [stream.uniform(0.0, 3.0) for _ in range(150)]
    for batch_size in (40, None):
        losses = [net.fit(x, y, 2, batch_size, sample_weight=weights).loss for net in (reference, compiled)]
        assert_same_bits(*losses)
        assert_same_state(compiled, everything(reference))
        assert_same_bits(compiled._engine.state().statistics, reference._engine.state().statistics)
        calls.clear()
        assert_same_bits(compiled.predict(x), reference.predict(x))
        out = bytearray(8 * 450)
        compiled.predict(x, memoryview(out).cast("d", (150, 3)))
        assert_same_bits(list(memoryview(out).cast("d")), [value for row in reference.predict(x) for value in row])
        assert len(calls) >= 4 if rows < 128 or call < 0 else len(calls) == 4
        assert_same_bits([compiled.evaluate(x, y, sample_weight=weights)],
                         [reference.evaluate(x, y, sample_weight=weights)])


@pytest.mark.parametrize("name", NETWORKS)
def test_the_numbers_of_a_row_are_those_of_the_workspace(name):
    net = network(name, "compiled")
    sizes = [lib.purenet_workspace_size(net._engine._c, rows) for rows in (8, 16)]
    assert sizes[1] - sizes[0] == 8 * memory.numbers_of_row(net.plan)


@pytest.mark.full
@pytest.mark.parametrize("inputs, layers, most, least", [
    (784, [Dense(512), Dense(512), Dense(10)], 128, 128),
    (4096, [Dense(4096), Dense(10)], 40, 32),  # fewer rows would spend their time reading weights
    ((28, 28, 1), [Conv2D(8, 3), MaxPool2D(2), Dense(10)], 128, 16),
    ((64, 64, 3), CONVOLUTIONS, 3, 1),
    ((4096, 4096, 1), [MaxPool2D(4), Dense(1)], 1, 1),
], ids=["small", "wide", "small images", "convolutions", "one image fills the room"])
def test_a_slice_is_as_large_as_work_and_memory_allow(inputs, layers, most, least):
    plan = Network(inputs, layers, init="zeros", backend="reference").plan
    rows = memory.slice_for(plan)
    assert least <= rows <= most
    assert rows * memory.numbers_of_row(plan) <= memory.MAX_DENSE_NUMBERS or rows == 1
    assert rows == 128 or (rows + 1) * plan.multiply_adds > memory.MAX_SLICE_WORK or (
        (rows + 1) * memory.numbers_of_row(plan) > memory.MAX_SLICE_NUMBERS)


def test_progress_is_told_of_images_many_times_an_epoch(monkeypatch):
    true = engine_module.next_row_budget  # 0.7 ms a row, whatever else this machine does
    monkeypatch.setattr(engine_module, "next_row_budget", lambda rows, seconds: true(rows, 0.0007 * rows))
    net = Network((128, 128, 1), [Conv2D(1, 3), GlobalAveragePool2D(), Dense(1)], optimizer=SGD(1e-6),
                  backend="compiled")
    told = []
    net.fit([[0.5] * 16384] * 64, [[1.0]] * 64, 10, 64, progress=lambda done, *others: told.append(done))
    assert len(told) >= 20


# memory --------------------------------------------------------------------------------------------

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int({megabytes} * 1e6),) * 2)
from purenet import *
try:
    {work}
except (MemoryError, ModelFileError) as error:  # load names the file
    print(error)
"""
VGG = """layers = []
    for filters in (64, 128, 256, 512, 512):
        layers += [Conv2D(filters, 3, padding="same", activation="relu")] * 2 + [MaxPool2D(2)]
    net = Network((224, 224, 3), layers + [Dense(10, "softmax")], loss="categorical_cross_entropy", init="zeros",
                  backend="compiled")
    print("made", net._engine._c.slice_rows)"""
BATCH = """net = Network((64, 64, 3), [Conv2D(64, 3), BatchNorm(), Dense(1)], init="zeros", backend="compiled")
    net.fit(memoryview(bytes(8 * 300 * 64 * 64 * 3)).cast("d"), [[0.0]] * 300, 1, None)"""


def limited(megabytes, work):
    """What a process prints that may have so much memory."""
    code = LIMITED.format(megabytes=megabytes, work=work)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.fixture
def large_images(tmp_path):
    path = str(tmp_path / "large.safetensors")
    Network((4096, 4096, 1), [MaxPool2D(64, 64), Dense(1)], backend="reference").save(path)
    return f'print("made", load({path!r}, backend="compiled")._engine._c.slice_rows)'


needs_limits = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory as Linux does")


@needs_limits
def test_a_slice_of_large_images_fits_in_memory(large_images):
    assert limited(1500, large_images) == "made 1"
    assert limited(6000, VGG) == "made 1"


@needs_limits
def test_without_memory_the_error_says_how_much_is_needed_and_what_to_do(large_images):
    text = limited(400, large_images)
    needed = 8 * (4 * 4096 * 4096 + 2 * 4097 + 3 * 4096) // 10**6  # x, two gradients, zeros, parameters and the rest
    assert f"this network needs {needed} MB" in text and "make its images or layers smaller" in text, text
    text = limited(1500, BATCH)
    assert "BatchNorm takes a batch at once, and 300 rows need" in text and "batch_size smaller" in text, text
