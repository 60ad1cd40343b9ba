"""Any process: forked, spawned, of many threads, run from a zip; the same bits, and nothing hangs."""
import os
import subprocess
import sys
import zipfile

import pytest

import purenet
from purenet.backends import NOT_BUILT
from purenet.verification.verify import PUBLISHED
from tests import ROOT
from tests.cli.test_demos import DIGESTS

ENGINES = [("reference", 1)]
if "compiled" in purenet.backend().available:
    ENGINES += [("compiled", 1), ("compiled", 2)]
SCENARIOS = ["fork_after", "fork_during", "fork_of_the_network_in_training", "spawn", "forkserver", "eight_threads",
             "two_threads"]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def environment(**settings):
    """That of this process, without what would choose an engine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PURENET_")}
    return dict(kept, **settings)


def scenario(name, backend, threads, **settings):
    """What a scenario of processes.py said before it ended badly; nothing if all was as it should be."""
    done = subprocess.run([sys.executable, "-m", "tests.support.processes", name, backend, str(threads)],
                          capture_output=True, text=True, cwd=ROOT, timeout=120, env=environment(**settings))
    return done.returncode and done.stdout + done.stderr


@pytest.mark.full
@pytest.mark.parametrize("backend, threads", ENGINES)
@pytest.mark.parametrize("name", SCENARIOS)
def test_digests_are_those_of_one_thread_in_one_process(name, backend, threads):
    assert not scenario(name, backend, threads)


@pytest.mark.skipif(len(ENGINES) < 2, reason="no compiled engine here")
def test_a_copy_that_fork_took_in_the_middle_of_a_change_is_completed_or_as_before():
    assert not scenario("fork_in_the_middle_of_a_change", "compiled", 2)


# planted faults ------------------------------------------------------------------------------------

NO_HOOK = "import os; os.register_at_fork = lambda **hooks: None\n"
OTHER_LOCK = """
from purenet._core import locks
true_init = locks.ResumePoint.__init__
def init(self, paused=None):
    true_init(self, paused)
    self.lock = lock()
locks.ResumePoint.__init__ = init
"""
ONE_LOCK = NO_HOOK + OTHER_LOCK + "from _thread import allocate_lock\nonly = allocate_lock()\nlock = lambda: only\n"
HANGS = """
from _thread import allocate_lock
from purenet import network
lock, true_fit = allocate_lock(), network.Network.fit
def fit(self, *data, **options):
    with lock:
        return true_fit(self, *data, **options)
network.Network.fit = fit
"""
ONE_MORE = """
import os, threading
from purenet import network
true_fit = network.Network.fit
def fit(self, x, y, epochs, *more, **options):
    return true_fit(self, x, y, epochs + wrong(), *more, **options)
network.Network.fit = fit
"""
IN_A_CHILD = ONE_MORE + "first = os.getpid(); wrong = lambda: os.getpid() != first\n"
IN_A_THREAD = ONE_MORE + "wrong = lambda: threading.current_thread() is not threading.main_thread()\n"
FORGETS = """
from purenet import network
true_state = network.Network.__setstate__
def set_state(self, saved):
    for numbers in saved[1].optimizer_numbers:
        numbers[0][0] += 1e-9
    true_state(self, saved)
network.Network.__setstate__ = set_state
"""
TORN = """
from purenet.compiled import engine
engine.CompiledEngine._forked = engine.CompiledEngine._new_locks
"""
IN_PLACE = """
from purenet.compiled import engine
true_set_state = engine.CompiledEngine.set_state
def set_state(self, state):
    (self._parameters() + 7)[0:1] = [5.0]
    true_set_state(self, state)
engine.CompiledEngine.set_state = set_state
"""
NO_LOCK = OTHER_LOCK + "lock = locks.NoLock\n"
FAULTS = {
    "no hook": ("fork_of_the_network_in_training", NO_HOOK, "RuntimeError: this network is in"),
    "an epoch more in a child": ("fork_after", IN_A_CHILD, "AssertionError: got "),
    "one lock for all": ("fork_during", ONE_LOCK, "RuntimeError: this network is in another call of fit"),
    "a lock that is waited for": ("fork_during", HANGS, "AssertionError: got hangs, expected "),
    "a pickle that loses a bit, spawn": ("spawn", FORGETS, "AssertionError: got "),
    "a pickle that loses a bit, forkserver": ("forkserver", FORGETS, "AssertionError: got "),
    "an epoch more in a thread": ("eight_threads", IN_A_THREAD, "AssertionError: got "),
    "no lock": ("two_threads", NO_LOCK, "AssertionError: got [], expected ['this network is in another call of fit"),
}


@pytest.mark.full
@pytest.mark.once
@pytest.mark.parametrize("backend, threads", ENGINES[::2])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen(fault, backend, threads):
    name, plant, words = FAULTS[fault]
    patience = {"PATIENCE": "2"} if "hangs" in words else {}
    assert words in scenario(name, backend, threads, PLANT=plant, **patience)


@pytest.mark.skipif(len(ENGINES) < 2, reason="no compiled engine here")
@pytest.mark.parametrize("plant", [TORN, IN_PLACE], ids=["not completed", "in place"])
def test_a_torn_copy_that_is_used_is_seen(plant):
    assert "AssertionError" in scenario("fork_in_the_middle_of_a_change", "compiled", 1, PLANT=plant)


# from a zip ----------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def zipped(tmp_path_factory):
    """A zip of the package as it lies in a checkout, without the extension."""
    path = tmp_path_factory.mktemp("zipped") / "purenet.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((ROOT / "purenet").rglob("*.*")):
            if file.is_file() and file.suffix not in (".pyc", ".so", ".c", ".o"):
                archive.write(file, file.relative_to(ROOT))
    return path


def command(zipped, folder, *words):
    """What a command says that is run from a zip in an empty folder."""
    done = subprocess.run([sys.executable, "-W", "error", *words], capture_output=True, text=True, cwd=folder,
                          env=environment(PYTHONPATH=str(zipped)))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_zip_verifies_and_says_why_the_compiled_engine_is_absent(zipped, tmp_path):
    said = command(zipped, tmp_path, "-m", "purenet", "verify")
    why = f"compiled: {NOT_BUILT}"
    assert "\nthe same bits: " in said and said.count(PUBLISHED["full"]) == 2 and f"\n{why}\n" in said
    said = command(zipped, tmp_path, "-m", "purenet", "info")
    assert "backend: reference\n" in said and why in said


@pytest.mark.full
def test_a_zip_trains_loads_data_predicts_and_shows_the_demos(zipped, tmp_path):
    writes = ("import csv, purenet.data; x, y = purenet.data.load_digits(); print(purenet.__file__)\n"
              "with open('digits.csv', 'w', newline='') as file:\n"
              "    csv.writer(file).writerows([[*range(64), 'digit'], *([*r, k] for r, k in zip(x[:60], y[:60]))])")
    assert command(zipped, tmp_path, "-c", writes).startswith(str(zipped))
    train = ["-m", "purenet", "train", "digits.csv", "--target", "digit", "--epochs", "3", "--save", "model"]
    there = subprocess.run([sys.executable, *train], capture_output=True, text=True, cwd=tmp_path,
                           env=environment(PYTHONPATH=str(ROOT))).stdout
    weights = [line for line in there.splitlines() if line.startswith("SHA-256 of the weights: ")]
    assert weights and weights[0] in command(zipped, tmp_path, *train).splitlines()
    assert command(zipped, tmp_path, "-m", "purenet", "predict", "model", "digits.csv").count("\n") == 61
    assert "digits for training" in command(zipped, tmp_path, "-m", "purenet", "demo", "digits", "--epochs", "1")
    for name in ("two-layer", "three-layer"):
        assert DIGESTS[name] in command(zipped, tmp_path, "-m", "purenet", "demo", name)
