"""An interrupted training resumes where it stopped: after Ctrl-C, by callbacks, with other settings.

test_resume_everywhere.py stops and kills one run after every batch.
"""
import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import purenet
from purenet import SGD, Callback, Checkpoint, Dense, Dropout, EarlyStopping, ModelFileError, Network, backend, load
from purenet.model_files.training_format import paused_training_from, to_file_parts
from purenet.reference.engine import ReferenceEngine
from tests import ROOT
from tests.support import runs
from tests.support.interrupts import interrupted_at_line
from tests.support.model_files import file_of, parts
from tests.support.runs import X, Y, everything, fit, network

BACKENDS = backend().available


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "run.safetensors")


@pytest.mark.full
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
    for module in ("training/trainer.py", "reference/engine.py")[:2 if name == "reference" else 1]:
        line, seen = 0, set()
        while True:
            net = network(name)
            if not interrupted_at_line(line, lambda: trained(net), module):
                break
            unfinished = net.resume_point.paused
            seen.add((len(unfinished.losses), unfinished.rows) if unfinished else None)
            if unfinished:
                paused_training_from(*to_file_parts(unfinished), net.plan.total_size)  # a file could hold it
                assert everything(net, trained(net, resume=True)) == whole, (module, line)
            line += 1 if module == "training/trainer.py" else 3
        assert seen >= {(0, 0), (0, 3), (0, 6), (1, 0), (1, 3), (1, 6), (2, 0)}, seen


def test_plain_fits_go_on_too(monkeypatch):
    x, y = X, [[float(value)] for value in Y]

    def plain():
        return Network(3, [Dense(4, "tanh"), Dense(1)], seed=2, backend="reference")

    whole, net = plain(), plain()
    losses = whole.fit(x, y, 4, 4).loss
    calls = iter(range(100))

    def interrupted(engine, run, train=ReferenceEngine.train):
        run.row_budget = 1
        train(engine, run)
        if next(calls) == 16:
            raise KeyboardInterrupt

    monkeypatch.setattr(ReferenceEngine, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        net.fit(x, y, 4, 4)
    monkeypatch.undo()
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net)), net):
        assert repr(other.resume_point.paused) == "<PausedTraining: 2 of 4 epochs, 12 of 25 rows of the next>"
        assert other.fit(x, y, 4, 4, resume=True).loss == losses
        assert other.digest() == whole.digest() and other._engine.state().stream == whole._engine.state().stream


def test_more_epochs_may_follow_and_a_new_training_forgets():
    net, other = network(BACKENDS[0]), network(BACKENDS[0])
    fit(net, halt=9)
    assert everything(net, fit(net, resume=True, epochs=5)) == everything(other, fit(other, epochs=5))
    ways = lambda: net.fit(X, Y, 1), lambda: net.set_parameters(net.parameters()), lambda: net.partial_fit(X, Y)
    for forget in ways:
        fit(net, halt=9)
        assert net.resume_point.paused
        forget()
        assert net.resume_point.paused is None


def test_a_file_is_as_it_was_where_nothing_is_broken_off(path):
    net = network(BACKENDS[0])
    fit(net)
    net.save(path)
    header = parts(Path(path).read_bytes())[0]
    assert '"run"' not in header and load(path).resume_point.paused is None


@pytest.mark.parametrize("change, words", [
    ({"batch_size": 4}, "batch_size: got 4, but the interrupted training had 3"),
    ({"shuffle": False}, "shuffle: got False"),
    ({"callbacks": []}, r"callbacks: got \[\], but the interrupted training had \['early_stopping'\]"),
    ({"metrics": ["accuracy"]}, r"validation and metrics: got \['val_loss', 'accuracy', 'val_accuracy'\]"),
    ({"epochs": 1}, "epochs: got 1, but the interrupted training had begun 2"),
    ({"x": X[:-1], "y": Y[:-1]}, "x: got 24 rows, but the interrupted training had 25 rows"),
])
def test_another_training_does_not_go_on(change, words):
    given = {"x": X, "y": Y, "epochs": 3, "batch_size": 3, "validation_data": (X, Y), "callbacks": [EarlyStopping()]}
    net = network(BACKENDS[0])
    net.fit(**{**given, "callbacks": [EarlyStopping(), runs.Halt(12)]})
    before = net.digest()
    with pytest.raises(ValueError, match="resume: " + words):
        net.fit(**{**given, **change}, resume=True)
    assert net.digest() == before and net.resume_point.paused
    assert len(net.fit(**given, resume=True).loss) == 3


@pytest.mark.parametrize("old, new, words", [
    ('[\\"rows\\",6]', '[\\"rows\\",7]', "rows cannot be 7"), ('[\\"told\\",1]', '[\\"told\\",3]', "told"),
    ('[\\"losses\\",1]', '[\\"losses\\",2]', "told|curves|the shape for 85 numbers cannot be"),
    ('[\\"shuffle\\",true]', '[\\"shuffle\\",1]', "shuffle"),
    ('[\\"epochs\\",3]', '[\\"epochs\\",0]', "losses"), ('\\"early_stopping\\"', '7', "callbacks"),
    ('[\\"val_loss\\",1]', '[\\"val_loss\\",true]', "curves"), ('\\"stopped\\",null', '\\"stopped\\",3', "stopped"),
    ('[[\\"epochs\\"', '[[\\"epoch\\"', "its words cannot be ...epoch', 3"),
    ('"run":{"dtype"', '"ran":{"dtype"', "the tensor run"),
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
    kind, words, numbers = net.resume_point.paused.callbacks[0]
    for other in ([1, 0], [1, 0, [5]]):
        net.resume_point.paused.callbacks[0] = kind, other, numbers
        with pytest.raises(ValueError, match="resume: early_stopping cannot continue from its saved state"):
            fit(net, resume=True)


class SlowDown(Callback):
    """Halves the learning rate after an epoch that was no better: a callback of the user's, with a state of its own."""

    def __init__(self):
        self.least = None

    def on_train_begin(self, net, history):
        self.least = None

    def on_epoch_end(self, net, epoch, history):
        if self.least is not None and history.loss[-1] >= self.least:
            net.optimizer.learning_rate = net.optimizer.learning_rate / 2
        self.least = history.loss[-1] if self.least is None else min(self.least, history.loss[-1])

    def state(self):
        return [self.least is not None], [] if self.least is None else [self.least]

    def set_state(self, words, numbers):
        self.least = numbers[0] if words[0] else None


@pytest.mark.parametrize("forgets", [False, True])
@pytest.mark.parametrize("name", BACKENDS)
def test_a_callback_of_the_users_keeps_its_state(name, forgets, path, monkeypatch):
    def trained(net, halt, **options):
        return net.fit(X, Y, 4, 3, callbacks=[SlowDown(), runs.Halt(halt)], **options).loss

    def made():
        layers = [Dense(6, "tanh"), Dropout(0.3), Dense(2, "softmax")]
        return Network(3, layers, loss="categorical_cross_entropy", optimizer=SGD(0.5, 0.9), seed=8, backend=name)

    whole = made()
    losses = trained(whole, 0)
    assert whole.optimizer.learning_rate < 0.5
    if forgets:
        monkeypatch.setattr(SlowDown, "set_state", lambda self, words, numbers: None)
    same = []
    for batch in range(1, 4 * 9):
        net = made()
        trained(net, batch)
        net.save(path)
        other = load(path, backend=BACKENDS[-1])
        same.append(trained(other, 0, resume=True) == losses and other.digest() == whole.digest())
    assert all(same) != forgets


def test_inspect_tells_of_it(path):
    from purenet.model_files.describe import inspect

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
    monkeypatch.setattr("purenet.training.loop.SHARE", 1)
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
            assert net.resume_point.paused.rows in (0, 300, 600)
        assert net.fit(x, y, 2, 300, resume=True, **given).loss == losses
        assert net.digest() == whole.digest()
    assert calls > 3


@pytest.mark.parametrize("halt", [16, 99])
def test_an_interrupt_when_the_best_has_been_restored_lets_the_training_go_on_from_where_it_was(halt):
    class Interrupting(purenet.Callback):
        def on_train_end(self, net, history):
            raise KeyboardInterrupt

    def trained(net, *more, **given):
        return net.fit(X, Y, 3, 3, validation_data=(X, Y), callbacks=[EarlyStopping(), *more], **given)

    net, whole = network("reference"), network("reference")
    expected = everything(whole, trained(whole))
    with pytest.raises(KeyboardInterrupt):
        trained(net, runs.Halt(halt), Interrupting())
    assert everything(net, trained(net, resume=True)) == expected


WATCHED = """
import sys
sys.path.insert(0, {root!r})
from purenet import Adam, Callback, Dense, EarlyStopping, Network, ReduceOnPlateau, WarmUp
from purenet.metrics import ConfusionMatrix, r2

class Stop(Callback):
    def on_batch_end(self, net, epoch, batch, loss):
        return epoch == 2 and batch == 3

x, y = {x}, {y}
net = Network(3, [Dense(5, "tanh"), Dense(2, "softmax")], loss="categorical_cross_entropy",
              optimizer=Adam(WarmUp(ReduceOnPlateau(0.3, 0.5, 1, 0.1), 9)))
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
    words, tensor = to_file_parts(net.resume_point.paused)
    refused = 0
    for other in changed_words(words):
        try:
            again, numbers = to_file_parts(paused_training_from(other, tensor, net.plan.total_size))
            assert again == other and list(numbers.values) == list(tensor.values)
        except ModelFileError:
            refused += 1
    assert refused > 200
