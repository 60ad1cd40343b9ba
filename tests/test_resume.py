"""A training that is broken off anywhere, and goes on in another process on another engine, ends in the same bits."""
import copy
import pickle
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import purenet
from purenet import Checkpoint, Dense, EarlyStopping, ModelFileError, Network, backend, load
from purenet.reference.engine import ReferenceEngine
from purenet.unfinished import unfinished_from
from tests import runs
from tests.interrupts import interrupted_at_line
from tests.model_files import file_of, parts
from tests.pythons import PYTHONS
from tests.runs import BATCHES, EPOCHS, X, Y, everything, fit, network

ROOT = Path(__file__).resolve().parent.parent
BACKENDS = backend().available
UNIX = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is Unix's")


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "run.safetensors")


def undisturbed(**options):
    net = network("reference")
    return everything(net, fit(net, **options))


def go_on(path, name=None, python=sys.executable, patience=1, epochs=EPOCHS, slow=0.0):
    """The command that goes on from the file in a new process."""
    return [python, "-m", "tests.runs", path, name or "reference", str(patience), str(epochs), str(slow)]


def finished(command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def test_the_run_is_worth_stopping():
    """It has 21 batches, a learning rate that changes, and with a patience of 1 it is stopped early."""
    net = network("reference")
    history = fit(net, patience=9)
    assert net._engine.state().position == (EPOCHS, 0, EPOCHS * BATCHES) and net.optimizer.learning_rate < 0.5
    early = fit(network("reference"))
    assert early.stopped == "early_stopping" and early.loss == history.loss[:len(early.loss)] and len(early.loss) == 2


@pytest.mark.parametrize("options", [{"patience": 9}, {"patience": 1}, {"patience": 2, "epochs": 8}])
@pytest.mark.parametrize("first", BACKENDS)
@pytest.mark.parametrize("then", BACKENDS)
def test_stopped_after_any_batch_it_ends_as_if_it_had_not_been(first, then, options, path):
    """Stopped early or not; patience 2 has to remember how long it has waited."""
    whole = undisturbed(**options)
    batches = BATCHES * len(fit(network("reference"), **options).loss)
    assert batches == {9: 21, 1: 14, 2: 35}[options["patience"]]
    for batch in range(1, batches):
        net = network(first)
        history = fit(net, halt=batch, **options)
        assert len(history.loss) == batch // BATCHES
        net.save(path)
        other = load(path, backend=then)
        assert everything(other, fit(other, resume=True, **options)) == whole, batch
        assert everything(net, fit(net, resume=True, **options)) == whole, batch


def test_stopped_after_every_single_batch(path):
    """21 processes' worth of loading and going on, the engines taking turns."""
    whole = undisturbed(patience=9)
    net = network(BACKENDS[0])
    for batch in range(EPOCHS * BATCHES):
        history = fit(net, halt=1, patience=9, resume=True)
        if len(history.loss) == EPOCHS:
            break
        net.save(path)
        net = load(path, backend=BACKENDS[batch % len(BACKENDS)])
    assert batch == EPOCHS * BATCHES - 1 and everything(net, history) == whole


@pytest.mark.parametrize("batch", [1, 9, 14, 20])
def test_in_a_new_process_on_the_other_engine(batch, path):
    net = network(BACKENDS[0])
    fit(net, halt=batch, path=path, patience=9)
    assert finished(go_on(path, BACKENDS[-1], patience=9)) == undisturbed(path=path, patience=9)


def test_on_every_python(path, tmp_path):
    net = network(BACKENDS[-1])
    fit(net, halt=12, path=path, patience=9)
    whole = undisturbed(path=str(tmp_path / "other"), patience=9)
    saved = Path(path).read_bytes()
    for python in PYTHONS.values():
        Path(path).write_bytes(saved)
        assert finished(go_on(path, python=python, patience=9)) == whole, python


@UNIX
def test_killed_at_any_moment(path):
    """Killed fifty times on its way, the engines taking turns, it ends as if it had not been."""
    stream = random.Random(8)
    epochs, kills = 12, 0
    whole = undisturbed(path=path, patience=99, epochs=epochs)
    assert Path(path).exists()
    Path(path).unlink()
    begun = None
    while kills < 50:
        command = go_on(path, BACKENDS[kills % len(BACKENDS)], patience=99, epochs=epochs, slow=0.01)
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        begun = time.monotonic()
        if kills:  # give it the time of its imports, then of some batches
            limit = begun + stream.uniform(0.1, 0.5)
            while time.monotonic() < limit and process.poll() is None:
                time.sleep(0.002)
        else:
            while not Path(path).exists():
                time.sleep(0.002)
        if process.poll() is None:
            process.kill()
            kills += 1
        out, _ = process.communicate()
        if process.returncode == 0:  # it got to the end: once more from the beginning
            assert out.rstrip("\n") == whole
            Path(path).unlink()
    assert finished(go_on(path, BACKENDS[0], patience=99, epochs=epochs)) == whole


def test_a_checkpoint_of_a_finished_training_has_nothing_left_to_do(path):
    net = network(BACKENDS[-1])
    whole = everything(net, fit(net, path=path))
    other = load(path)
    assert everything(other, fit(other, path=path, resume=True)) == whole


@pytest.mark.parametrize("name", BACKENDS)
def test_ctrl_c_at_any_line_leaves_what_can_go_on(name):
    """An interrupt in the engine, or in the loop around it: the run goes on from the last finished batch."""
    x, y = X[:7], Y[:7]

    def trained(net, resume=False):
        return net.fit(x, y, 2, 3, callbacks=[Plain()], validation_data=(x, y), resume=resume)

    class Plain(purenet.Callback):
        def on_batch_end(self, net, epoch, batch, loss):
            """Be called, so that the engine returns after every batch."""

    undisturbed_net = network(name)
    whole = everything(undisturbed_net, trained(undisturbed_net))
    # the compiled engine's lock is safe from signals, which this is not
    for module in ("fitting.py", "reference/engine.py")[:2 if name == "reference" else 1]:
        line, seen = 0, set()
        while True:
            net = network(name)
            if not interrupted_at_line(line, lambda: trained(net), module):
                break
            unfinished = net._unfinished
            seen.add((len(unfinished.losses), unfinished.rows) if unfinished else None)
            if unfinished:
                unfinished_from(*unfinished.parts(), net.plan.held)  # a file could hold it
                assert everything(net, trained(net, resume=True)) == whole, (module, line)
            line += 1 if module == "fitting.py" else 3
        assert seen >= {(0, 0), (0, 3), (0, 6), (1, 0), (1, 3), (1, 6), (2, 0)}, seen


def test_plain_fits_go_on_too(monkeypatch):
    x, y = X, [[float(value)] for value in Y]

    def plain():
        return Network(3, [Dense(4, "tanh"), Dense(1)], seed=2, backend="reference")

    whole, net = plain(), plain()
    losses = whole.fit(x, y, 4, 4).loss
    calls = iter(range(100))

    def interrupted(engine, run, train=ReferenceEngine.train):
        run.budget = 1
        train(engine, run)
        if next(calls) == 16:
            raise KeyboardInterrupt

    monkeypatch.setattr(ReferenceEngine, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        net.fit(x, y, 4, 4)
    monkeypatch.undo()
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net)), net):
        assert repr(other._unfinished) == "<Unfinished: 2 of 4 epochs, 12 of 25 rows of the next>"
        assert other.fit(x, y, 4, 4, resume=True).loss == losses
        assert other.digest() == whole.digest() and other._engine.state().stream == whole._engine.state().stream


def test_more_epochs_may_follow_and_a_new_training_forgets():
    net, other = network(BACKENDS[0]), network(BACKENDS[0])
    fit(net, halt=9, patience=9)
    assert everything(net, fit(net, resume=True, epochs=5, patience=9)) == \
        everything(other, fit(other, epochs=5, patience=9))
    ways = lambda: net.fit(X, Y, 1), lambda: net.set_parameters(net.parameters()), lambda: net.partial_fit(X, Y)
    for forget in ways:
        fit(net, halt=9)
        assert net._unfinished
        forget()
        assert net._unfinished is None


def test_a_file_is_as_it_was_where_nothing_is_broken_off(path):
    net = network(BACKENDS[0])
    fit(net)
    net.save(path)
    header = parts(Path(path).read_bytes())[0]
    assert '"run"' not in header and load(path)._unfinished is None


@pytest.mark.parametrize("change, words", [
    ({"batch_size": 4}, "batch_size: got 4, and the training that was broken off had 3"),
    ({"shuffle": False}, "shuffle: got False"),
    ({"callbacks": []}, r"callbacks: got \[\], and the training that was broken off had \['early_stopping'\]"),
    ({"metrics": ["accuracy"]}, r"validation and metrics: got \['val_loss', 'accuracy', 'val_accuracy'\]"),
    ({"epochs": 1}, "epochs: got 1, and the training broken off had begun 2"),
    ({"x": X[:-1], "y": Y[:-1]}, "x: got 24 rows, and the training that was broken off had 25 rows"),
])
def test_another_training_does_not_go_on(change, words):
    given = {"x": X, "y": Y, "epochs": 3, "batch_size": 3, "validation_data": (X, Y), "callbacks": [EarlyStopping()]}
    net = network(BACKENDS[0])
    net.fit(**{**given, "callbacks": [EarlyStopping(), runs.Halt(12)]})
    before = net.digest()
    with pytest.raises(ValueError, match="resume: " + words):
        net.fit(**{**given, **change}, resume=True)
    assert net.digest() == before and net._unfinished
    assert len(net.fit(**given, resume=True).loss) == 3


@pytest.mark.parametrize("old, new, words", [
    ('[\\"rows\\",6]', '[\\"rows\\",7]', "rows: 7"), ('[\\"told\\",1]', '[\\"told\\",3]', "told"),
    ('[\\"losses\\",1]', '[\\"losses\\",2]', "told|curves|how many numbers"),
    ('[\\"shuffle\\",true]', '[\\"shuffle\\",1]', "shuffle"),
    ('[\\"epochs\\",3]', '[\\"epochs\\",0]', "losses"), ('\\"early_stopping\\"', '7', "callbacks"),
    ('[\\"val_loss\\",1]', '[\\"val_loss\\",true]', "curves"), ('\\"stopped\\",null', '\\"stopped\\",3', "stopped"),
    ('[[\\"epochs\\"', '[[\\"epoch\\"', "its keys"), ('"run":{"dtype"', '"ran":{"dtype"', "the tensor run"),
])
def test_a_file_whose_training_cannot_be_so_is_refused(old, new, words, path):
    net = network(BACKENDS[0])
    fit(net, halt=9)
    net.save(path)
    header, data = parts(Path(path).read_bytes())
    assert header.count(old) == 1, header
    Path(path).write_bytes(file_of(header.replace(old, new), data))
    with pytest.raises(ModelFileError, match=words):
        load(path)


def test_what_a_callback_kept_is_checked(path):
    net = network(BACKENDS[0])
    fit(net, halt=9)
    kind, words, numbers = net._unfinished.callbacks[0]
    for other in ([1, 0], [1, 0, [5]]):
        net._unfinished.callbacks[0] = kind, other, numbers
        with pytest.raises(ValueError, match="resume: early_stopping cannot go on from what is kept of it"):
            fit(net, resume=True)


def test_inspect_tells_of_it(path):
    from purenet.inspection import inspect

    net = network(BACKENDS[0])
    fit(net, halt=9)
    net.save(path)
    assert "unfinished a training that fit(resume=True) goes on with" in inspect(path)


def test_a_checkpoint_every_so_many(tmp_path):
    saved = []

    class Spying(Checkpoint):
        def on_epoch_end(self, net, epoch, history):
            super().on_epoch_end(net, epoch, history)
            if Path(self.path).exists():
                saved.append(("epoch", epoch))
                Path(self.path).unlink()

        def on_batch_end(self, net, epoch, batch, loss):
            super().on_batch_end(net, epoch, batch, loss)
            if Path(self.path).exists():
                saved.append((epoch, batch))
                Path(self.path).unlink()

    network(BACKENDS[0]).fit(X, Y, 5, 4, callbacks=[Spying(tmp_path / "a", every=2)])
    assert saved == [("epoch", 2), ("epoch", 4), ("epoch", 5)]
    saved.clear()
    network(BACKENDS[0]).fit(X, Y, 2, 4, callbacks=[Spying(tmp_path / "a", every=3, of="batches")])
    assert saved == [(1, 3), (1, 6), ("epoch", 1), (2, 3), (2, 6), ("epoch", 2)]


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("watched", [False, True])
def test_broken_off_inside_a_batch_it_goes_on_from_the_last_whole_one(name, watched, monkeypatch):
    """Batches longer than a slice, of which the compiled engine may have done some when Ctrl-C comes."""
    monkeypatch.setattr(purenet.network, "SHARE", 1)
    x, y = X * 27, [[float(value)] for value in Y] * 27
    given = {"validation_data": (X, [[float(value)] for value in Y])} if watched else {}

    def made():
        return Network(3, [Dense(4, "tanh"), Dense(1)], loss="mean_squared_error", seed=2, backend=name)

    whole = made()
    losses = whole.fit(x, y, 2, 300, **given).loss
    for calls in range(1, 100):
        left = iter(range(calls - 1))

        def interrupt(*told):
            if next(left, None) is None:
                raise KeyboardInterrupt

        net = made()
        try:
            net.fit(x, y, 2, 300, progress=interrupt, **given)
            break
        except KeyboardInterrupt:
            assert net._unfinished.rows in (0, 300, 600)
        assert net.fit(x, y, 2, 300, resume=True, **given).loss == losses
        assert net.digest() == whole.digest()
    assert calls > 3


def test_an_interrupt_while_the_best_is_restored_leaves_nothing_that_would_go_on_wrongly():
    class Interrupting(purenet.Callback):
        def on_train_end(self, net, history):
            raise KeyboardInterrupt

    net = network("reference")
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, 3, 3, validation_data=(X, Y), callbacks=[EarlyStopping(), runs.Halt(16), Interrupting()])
    assert net._unfinished is None


WATCHED = """
import sys
sys.path.insert(0, {root!r})
from purenet import SGD, Callback, Dense, EarlyStopping, Network
from purenet.metrics import ConfusionMatrix, r2

class Stop(Callback):
    def on_batch_end(self, net, epoch, batch, loss):
        return epoch == 2 and batch == 3

x, y = {x}, {y}
net = Network(3, [Dense(5, "tanh"), Dense(2, "softmax")], loss="categorical_cross_entropy", optimizer=SGD(0.3, 0.9))
for callbacks in ([EarlyStopping(patience=2), Stop()], [EarlyStopping(patience=2)]):
    history = net.fit(x, y, 8, 4, validation_split=0.2, stratify=True, metrics=["accuracy"], class_weight="balanced",
                      callbacks=callbacks, max_seconds=1000, resume=True)
print(history.loss, history.val_loss, history["accuracy"], history.stopped, net.partial_fit(x, y), net.digest())
print(repr(ConfusionMatrix(y, net.predict(x))), r2([1.0, 2.0], [1.0, 1.5]))
"""


def test_micropython_watches_a_training_too(tmp_path):
    micropython = Path(sys.executable).parent / "micropython"
    if not micropython.exists():
        pytest.skip("no micropython beside this Python")
    script = tmp_path / "watched.py"
    script.write_text(WATCHED.format(root=str(ROOT), x=X, y=Y))
    told = [subprocess.run(command + [str(script)], capture_output=True, text=True)
            for command in ([sys.executable], [str(micropython), "-X", "heapsize=8M"])]
    assert told[0].stdout == told[1].stdout != "", told[0].stderr + told[1].stdout


def changed_words(words):
    """The words with one of them changed, for each of them and some strange values."""
    for k, word in enumerate(words):
        for strange in (None, True, -1, 0, 1, 1 << 62, "x", [], [[]]):
            yield words[:k] + [strange] + words[k + 1:]
        if isinstance(word, list):
            for other in changed_words(word):
                yield words[:k] + [other] + words[k + 1:]


def test_whatever_the_words_of_a_training_are_they_are_refused_or_kept():
    net = network("reference")
    fit(net, halt=9)
    words, tensor = net._unfinished.parts()
    refused = 0
    for other in changed_words(words):
        try:
            again, numbers = unfinished_from(other, tensor, net.plan.held).parts()
            assert again == other and list(numbers.values) == list(tensor.values)
        except ModelFileError:
            refused += 1
    assert refused > 200
