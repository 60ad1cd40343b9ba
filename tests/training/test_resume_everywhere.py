"""A run that is stopped after any batch, or killed at any moment, ends elsewhere in the bits of the undisturbed one."""
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from purenet import WarmUp, backend, load
from tests import ROOT
from tests.support.pythons import PYTHONS
from tests.support.runs import BATCHES, EPOCHS, RATE, WARM, Halt, everything, fit, network

BACKENDS = backend().available
OTHER = {"reference": BACKENDS[-1], "compiled": "reference"}
ALL = EPOCHS * BATCHES
STOPPED_EARLY = {"patience": 2, "epochs": 5}  # by its patience of 2 after the third epoch
UNIX = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is Unix's")


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "run.safetensors")


def undisturbed(**options):
    net = network("reference")
    return everything(net, fit(net, **options))


def command(path, name, python=sys.executable, patience=0, epochs=EPOCHS, slow=0.0, halt=0):
    """The command that goes on from the file in a new process, or begins."""
    return [python, "-m", "tests.support.runs", path, name, str(patience), str(epochs), str(slow), str(halt)]


def finished(*arguments, **options):
    done = subprocess.run(command(*arguments, **options), capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def finished_all(jobs):
    """What new processes print, two at a time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda job: finished(*job[0], **job[1]), jobs))


def plateau(net):
    return net.optimizer.learning_rate.learning_rate


@pytest.mark.parametrize("name", BACKENDS)
def test_the_run_is_worth_stopping(name):
    """It has 21 batches; the warm-up ends inside an epoch, the plateau lowers the rate, early stopping has to count."""
    net, even = network(name), network(name, factor=1.0)
    history, other = fit(net), fit(even)
    assert net._engine.state().position == (EPOCHS, 0, ALL) and history.stopped is None
    assert BATCHES < WARM < 2 * BATCHES and WARM % BATCHES
    rates = [net.optimizer.learning_rate.rate(0, step) for step in range(WARM)]
    assert rates == sorted(set(rates)) and rates[0] < rates[-1] / 9
    assert plateau(net).state()[0] == RATE / 2 and plateau(even).state()[0] == RATE
    assert history.loss[:2] == other.loss[:2] and history.loss[2] != other.loss[2]  # lowered before the third epoch
    stopping = history.stopping
    assert (stopping.best_epoch, stopping.wait) == (2, 1)  # and the best epoch is not the last one
    early, net = network(name), network(name)
    history = fit(early, **STOPPED_EARLY)
    assert (history.stopped, history.stopping.wait, len(history.loss)) == ("early_stopping", 2, EPOCHS)
    assert early._engine.state().position[2] == ALL and len(fit(net, 0, patience=3, epochs=5).loss) == 4


@pytest.mark.full
@pytest.mark.parametrize("options", [{}, STOPPED_EARLY], ids=["3 epochs", "stopped early"])
@pytest.mark.parametrize("first", BACKENDS)
@pytest.mark.parametrize("then", BACKENDS)
def test_stopped_after_each_of_its_batches_it_ends_as_if_it_had_not_been(first, then, options, path):
    whole = undisturbed(**options)
    for batch in range(1, ALL):
        net = network(first)
        assert len(fit(net, halt=batch, **options).loss) == batch // BATCHES
        net.save(path)
        other = load(path, backend=then)
        assert everything(other, fit(other, resume=True, **options)) == whole, batch
        assert everything(net, fit(net, resume=True, **options)) == whole, batch


@pytest.mark.full
@pytest.mark.parametrize("options", [{}, STOPPED_EARLY], ids=["3 epochs", "stopped early"])
@pytest.mark.parametrize("first", BACKENDS)
def test_stopped_after_each_of_its_batches_it_ends_the_same_in_a_new_process_on_the_other_engine(
        first, options, tmp_path):
    jobs = []
    for batch in range(1, ALL + 1):
        path, net = str(tmp_path / f"after {batch}"), network(first)
        fit(net, batch, path, **options)
        assert load(path)._engine.state().position[2] == batch
        jobs.append(((path, OTHER[first]), options))
    for batch, said in enumerate(finished_all(jobs), 1):
        assert said == undisturbed(**options), batch


def test_stopped_after_every_single_batch(path):
    """One run that is stopped 20 times, the engines taking turns."""
    net = network(BACKENDS[0])
    for batch in range(1, ALL + 1):
        history = fit(net, halt=1, resume=True)
        if batch < ALL:
            net.save(path)
            net = load(path, backend=BACKENDS[batch % len(BACKENDS)])
    assert everything(net, history) == undisturbed()


@pytest.mark.full
@pytest.mark.once
@UNIX
def test_killed_at_fifty_moments_it_ends_the_same_in_a_new_process_on_the_other_engine(tmp_path):
    stream, whole, slow = random.Random(8), undisturbed(), 0.01
    jobs, places = [], []

    def begun(path, name):
        """A process that has saved its first batch, and when that was."""
        process = subprocess.Popen(command(path, name, slow=slow), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        while not Path(path).exists() and process.poll() is None:
            time.sleep(0.001)
        return process, time.monotonic()

    process, since = begun(str(tmp_path / "whole"), BACKENDS[0])
    assert process.communicate()[0].rstrip("\n") == whole
    longest = time.monotonic() - since
    while len(jobs) < 50:
        path, name = str(tmp_path / f"killed {len(jobs)}"), BACKENDS[len(jobs) % len(BACKENDS)]
        process, since = begun(path, name)
        time.sleep(max(0.0, since + stream.uniform(0.0, longest) - time.monotonic()))
        process.kill()
        process.communicate()
        if process.returncode == -signal.SIGKILL:
            jobs.append(((path, OTHER[name]), {}))
            places.append(load(path)._engine.state().position[2])
        else:  # it got to its end
            Path(path).unlink()
    assert len(set(places)) >= 7, places
    assert finished_all(jobs) == [whole] * 50


@pytest.mark.full
@pytest.mark.parametrize("batch", [4, 12, 17])
def test_begun_here_it_ends_the_same_on_pypy_and_the_other_way(batch, path, tmp_path):
    pypys = [python for name, python in PYTHONS.items() if name.startswith("pypy")]
    if not pypys:
        pytest.skip("no PyPy on this machine")
    there = str(tmp_path / "there")
    fit(network(BACKENDS[-1]), batch, path)
    finished(there, "reference", python=pypys[0], halt=batch)
    for file in (path, there):
        assert load(file)._engine.state().position[2] == batch
    assert finished(path, "reference", python=pypys[0]) == undisturbed() == finished(there, BACKENDS[-1])


@pytest.mark.once
def test_it_ends_the_same_on_every_python(path):
    fit(network(BACKENDS[-1]), 12, path)
    saved = Path(path).read_bytes()
    for python in PYTHONS.values():
        Path(path).write_bytes(saved)
        assert finished(path, "reference", python=python) == undisturbed(), python


def test_a_checkpoint_of_a_finished_training_has_nothing_left_to_do(path):
    net = network(BACKENDS[-1])
    whole = everything(net, fit(net, path=path))
    other = load(path)
    assert everything(other, fit(other, path=path, resume=True)) == whole


# what a file that forgets leads to -----------------------------------------------------------------

def with_state(change):
    def forget(net):
        state = net._engine.state()
        change(state)
        net._engine.set_state(state)
    return forget


def zeros(k):
    def change(state):
        for own in state.optimizer_numbers[:-1]:
            own[k] = [0.0] * len(own[k])
    return with_state(change)


def products(state):
    state.optimizer_numbers[-1] = [[1.0, 1.0]]


def another_order(state):
    name, key, *rest = state.stream
    state.stream = (name, [key[0] ^ 1 << 31, key[1] ^ 1, *key[2:]], *rest)


def steps(state):
    state.position = (*state.position[:2], 0)


class Anew(WarmUp):
    """A warm-up that begins again."""

    def rate(self, epoch, step):
        return WarmUp.rate(self, epoch, step - self.begun)


def warm_up(net):
    rate = Anew(plateau(net), WARM)
    rate.begun = net._engine.state().position[2]
    net.optimizer.learning_rate = rate


def of_plateau(*values):
    return lambda net: plateau(net).set_state([now if new is None else new
                                               for now, new in zip(plateau(net).state(), values)])


def of_stopping(k):
    def forget(net):
        kind, words, numbers = net.resume_point.paused.callbacks[0]
        assert words[k] != 0
        words[k] = 0
    return forget


def best_parameters(net):
    kind, words, numbers = net.resume_point.paused.callbacks[0]
    assert len(numbers) > 30
    numbers[1] += 1e-9


def total(net):
    net.resume_point.paused.totals = (net.resume_point.paused.totals[0], 0.0)


def curve(net):
    net.resume_point.paused.curves[0][1][0] += 1e-9


FORGOTTEN = {  # what, by what, after which batch
    "Adam's first moment": (zeros(0), 1), "Adam's second moment": (zeros(1), 1),
    "Adam's running products": (with_state(products), 1), "the order of the epoch": (with_state(another_order), 4),
    "the steps that dropout counts": (with_state(steps), 15), "the warm-up's count": (warm_up, 4),
    "the plateau's best": (of_plateau(None, 0.0, None, None), 12),
    "the plateau's rate": (of_plateau(RATE, None, None, None), 16),
    "the best epoch's parameters": (best_parameters, 17), "how long it has waited": (of_stopping(1), 14),
    "which epoch was the best": (of_stopping(0), 14), "the epoch's total": (total, 5), "a curve": (curve, 9),
}


@pytest.mark.full
@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("what", FORGOTTEN)
def test_what_is_forgotten_is_seen(what, name, path):
    forget, batch = FORGOTTEN[what]
    options = STOPPED_EARLY if "waited" in what else {}
    for last in (lambda net: None, forget):
        net = network(name)
        fit(net, batch, path, **options)
        other = load(path, backend=OTHER[name])
        last(other)
        same = everything(other, fit(other, resume=True, **options)) == undisturbed(**options)
        assert same == (last is not forget)


def test_a_run_that_is_not_stopped_would_be_seen(monkeypatch, tmp_path):
    """The tests above look at where the file is."""
    monkeypatch.setattr(Halt, "on_batch_end", lambda *_: None)
    with pytest.raises(AssertionError):
        test_stopped_after_each_of_its_batches_it_ends_the_same_in_a_new_process_on_the_other_engine(
            BACKENDS[0], {}, tmp_path)
