"""Ctrl-C in a training on a large NumPy array: the last finished batch stays, and little memory is needed.

tools/checks/interrupt.py does the same with 60,000 rows and prints how long Ctrl-C takes.
"""
import sys

import pytest

from tools.checks.interrupt import interrupt

pytestmark = pytest.mark.once

pytest.importorskip("numpy")
try:
    import purenet.compiled._twin  # noqa: F401
except ImportError as error:
    pytest.skip(f"the compiled twin is not built ({error})", allow_module_level=True)
if not sys.platform.startswith("linux"):
    pytest.skip("the peak of memory is read as on Linux", allow_module_level=True)

SAMPLES = 20000
LIMIT = 40e6
LATENCY = 0.25  # seconds


@pytest.mark.parametrize("batch_size, shuffle, threads", [(None, False, 1), (64, True, 2)])
def test_ctrl_c_leaves_the_last_finished_batch_and_training_needs_little_memory(batch_size, shuffle, threads):
    latency, added, steps, whole = interrupt(SAMPLES, batch_size, shuffle, threads)
    print(f"Ctrl-C after {steps} steps: {1e3 * latency:.0f} ms, {added / 1e6:.1f} MB")
    assert whole
    assert added <= LIMIT
    assert batch_size is None or steps > 0


@pytest.mark.parametrize("call, batch_size", [("fit", None), ("fit", 16), ("predict", None), ("evaluate", None)])
def test_ctrl_c_is_heard_while_images_are_worked_through(call, batch_size):
    """A batch, or a call that predicts them all, takes seconds; an image 20 ms. A busy machine gets a second try."""
    tries = [interrupt(300, batch_size, True, kind="images", call=call)]
    if tries[0][0] > LATENCY:
        tries.append(interrupt(300, batch_size, True, kind="images", call=call))
    print([f"Ctrl-C: {1e3 * latency:.0f} ms, {added / 1e6:.1f} MB" for latency, added, _, _ in tries])
    assert min(latency for latency, _, _, _ in tries) <= LATENCY
    assert all(whole for _, _, _, whole in tries)


LOSES_A_STEP = """
from purenet.compiled.engine import CompiledEngine
true_state = CompiledEngine.state
def state(self):
    said = true_state(self)
    if said.position[2]:
        said.position = said.position[0], said.position[1] - 1, said.position[2] - 1
    return said
CompiledEngine.state = state
"""
CHANGES_HALF_A_BATCH = """
from purenet import Network
true_fit = Network.fit
def fit(self, *data, progress=None, **options):
    try:
        true_fit(self, *data, progress=progress, **options)
    except KeyboardInterrupt:
        self._engine._parameters()[7] += 1e-9
        raise
Network.fit = fit
"""
COPIES_THE_DATA = """
from purenet import Network
true_fit = Network.fit
def fit(self, x, *others, **options):
    self.kept = bytearray(x)
    return true_fit(self, x, *others, **options)
Network.fit = fit
"""
SLICES_OF_MANY_IMAGES = """
from purenet.compiled import engine
engine.slice_for = lambda plan: 128
"""
ONE_CALL_FOR_ALL = """
from purenet.compiled.engine import CompiledEngine
CompiledEngine._call_sizes = lambda self, rows: [(0, rows)]
"""


@pytest.mark.full
@pytest.mark.parametrize("first, call", [(SLICES_OF_MANY_IMAGES, "fit"), (ONE_CALL_FOR_ALL, "evaluate")],
                         ids=["slices", "calls"])
def test_waiting_for_many_images_is_seen(first, call):
    """More and more images, because a fast machine works through a few before the limit."""
    for images in (300, 1200, 4800):
        if interrupt(images, None, True, delay=0.1, first=first, kind="images", call=call)[0] > LATENCY:
            return
    pytest.fail("Ctrl-C is heard too soon to be seen late")


@pytest.mark.parametrize("first", [LOSES_A_STEP, CHANGES_HALF_A_BATCH], ids=["a lost step", "half a batch"])
def test_another_state_is_seen(first):
    assert not interrupt(2000, 64, True, first=first)[3]


def test_a_copy_of_the_data_is_seen():
    assert interrupt(SAMPLES, None, False, first=COPIES_THE_DATA)[1] > LIMIT
