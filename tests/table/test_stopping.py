"""Trainings of tables that stop early: by time, by Ctrl-C, in another process; and weights of classes."""
import os
from pathlib import Path

import pytest

from purenet._core.messages import ModelFileError
from purenet.saving import load, save
from purenet.table import fitting, train, training
from purenet.table.checkpoint import TableCheckpoint
from purenet.table.reproduce import reproduce
from purenet.training.callbacks import Callback
from tests.support.tables import flowers, write_csv

LONG = {"epochs": 12, "hidden": [4], "patience": 12}


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_csv(tmp_path / "flowers.csv", flowers())


class Stop(Callback):
    """Raise an exception in an epoch: at its end, or after a batch of it."""

    def __init__(self, epoch, batch=None, error=KeyboardInterrupt):
        self.at, self.error = (epoch, batch), error

    def on_batch_end(self, net, epoch, batch, loss):
        if (epoch, batch) == self.at:
            raise self.error

    def on_epoch_end(self, net, epoch, history):
        if self.at == (epoch, None):
            raise self.error


def with_callback(monkeypatch, callback):
    """Let every training of a table call one more callback."""
    fit = training.Network.fit

    def fit_and_call(self, *data, callbacks=(), **options):
        more = [callback] if callbacks else []  # not while the time of an epoch is measured
        return fit(self, *data, callbacks=[*callbacks, *more], **options)

    monkeypatch.setattr(training.Network, "fit", fit_and_call)


@pytest.mark.parametrize("rows", [90, 12])  # with rows set apart, and without
@pytest.mark.parametrize("batch", [None, 1])
@pytest.mark.parametrize("backend", ["reference", "auto"])
def test_ctrl_c_keeps_the_best_epoch_and_the_model_can_be_reproduced(data, monkeypatch, rows, batch, backend):
    write_csv(data, flowers(rows))
    options = dict(LONG, batch_size=5, backend=backend)
    shorter = train(data, "kind", **dict(options, epochs=4))
    with monkeypatch.context() as patch:
        with_callback(patch, Stop(5 if batch else 4, batch))
        notes = []
        stopped = train(data, "kind", on_interrupt="keep", say=notes.append, **options)
    assert stopped.network.digest() == shorter.network.digest()
    assert stopped.stopped == "interrupt" and shorter.stopped is None
    assert "warning: interrupted: 4 epochs finished, and the best one is kept" in notes
    assert stopped.provenance("epochs_done") == 4 and len(stopped.history.loss) == 4
    save(stopped, "m")
    assert reproduce(load("m"), data)[0]


def test_ctrl_c_in_the_first_epoch_or_without_being_asked_is_raised(data, monkeypatch):
    with_callback(monkeypatch, Stop(1, 1))
    with pytest.raises(KeyboardInterrupt):
        train(data, "kind", on_interrupt="keep", **LONG)
    with_callback(monkeypatch, Stop(3))
    with pytest.raises(KeyboardInterrupt):
        train(data, "kind", **LONG)
    with pytest.raises(ValueError, match="on_interrupt: 'keeep' is not known; choose one of raise, keep"):
        train(data, "kind", on_interrupt="keeep")


def test_max_seconds_keeps_the_best_epoch_so_far(data, monkeypatch):
    ticks = iter(range(1000))  # the clock is read at the start and after every batch
    with monkeypatch.context() as patch:
        patch.setattr("purenet.training.trainer.clock", lambda: next(ticks))
        notes = []
        stopped = train(data, "kind", max_seconds=11, say=notes.append, **LONG)
    done = stopped.provenance("epochs_done")
    assert stopped.stopped == "max_seconds" and 1 <= done < 12
    assert f"warning: stopped after 11 s: {done} epochs finished, and the best one is kept" in notes
    assert stopped.network.digest() == train(data, "kind", **dict(LONG, epochs=done)).network.digest()
    none = train(data, "kind", max_seconds=0, **LONG)
    assert none.provenance("best_epoch") == none.provenance("epochs_done") == 0
    save(none, "m")
    with pytest.raises(ValueError, match="stopped in its first epoch, so it cannot be reproduced"):
        reproduce(load("m"), data)
    assert train(data, "kind", max_seconds=1000, **LONG).stopped is None


@pytest.mark.parametrize("target, rows", [("kind", 90), ("size", 90), ("kind", 12)])
@pytest.mark.parametrize("at", [(3, None), (3, 2), (1, 1)])
def test_a_training_from_a_checkpoint_has_the_bits_of_one_that_was_not_stopped(data, monkeypatch, target, rows, at):
    write_csv(data, flowers(rows))
    monkeypatch.setattr("purenet.table.checkpoint.EVERY", 0.0)
    options = dict(LONG, batch_size=5)
    whole = train(data, target, **options)
    with monkeypatch.context() as patch:
        with_callback(patch, Stop(*at))
        with pytest.raises(KeyboardInterrupt):
            train(data, target, checkpoint="c", **options)
    notes = []
    resumed = train(data, target, checkpoint="c", say=notes.append, **options)
    assert any(note.startswith("the training went on from c, after ") for note in notes)
    assert resumed.network.digest() == whole.network.digest() and resumed.made == whole.made
    assert resumed.history.loss == whole.history.loss
    assert [name for name in os.listdir() if name != "flowers.csv"] == []  # the checkpoint is gone
    save(resumed, "m")
    save(whole, "w")
    assert Path("m").read_bytes() == Path("w").read_bytes()


def test_a_killed_training_goes_on_from_its_last_epochs(data, monkeypatch):
    """Only what was saved at the end of an epoch is there."""
    whole = train(data, "kind", **LONG)
    monkeypatch.setattr(TableCheckpoint.__init__, "__defaults__", (0.0,))
    with monkeypatch.context() as patch:
        with_callback(patch, Stop(3, 1, SystemExit))
        with pytest.raises(SystemExit):
            train(data, "kind", checkpoint="c", **LONG)
    assert load("c").resume_point.paused.losses == whole.history.loss[:2]
    assert train(data, "kind", checkpoint="c", **LONG).network.digest() == whole.network.digest()


def test_time_and_ctrl_c_leave_a_checkpoint_to_go_on_from(data, monkeypatch):
    whole = train(data, "kind", **LONG)
    for _ in range(1000):
        model = train(data, "kind", checkpoint="c", max_seconds=0, **LONG)
        assert os.path.exists("c") == (model.stopped is not None)
        if not model.stopped:
            break
    assert model.network.digest() == whole.network.digest() and model.made == whole.made
    with monkeypatch.context() as patch:
        with_callback(patch, Stop(4))
        train(data, "kind", checkpoint="c", on_interrupt="keep", **LONG)
    assert train(data, "kind", checkpoint="c", **LONG).network.digest() == whole.network.digest()


def test_a_checkpoint_of_another_training_is_refused(data, monkeypatch):
    with monkeypatch.context() as patch:
        with_callback(patch, Stop(3))
        with pytest.raises(KeyboardInterrupt):
            train(data, "kind", checkpoint="c", **LONG)
    for changed, words in [({"epochs": 13}, "epochs is 12, here 13"), ({"seed": 1}, "seed is 0, here 1"),
                           ({"learning_rate": 0.5}, "learning_rate is '0.01', here '0.5'"),
                           ({"class_weight": "balanced"}, "class_weight is None, here 'balanced'")]:
        with pytest.raises(ModelFileError, match=f"c is of another training: {words}; delete it"):
            train(data, "kind", checkpoint="c", **dict(LONG, **changed))
    with pytest.raises(ModelFileError, match="target is 'kind', here 'size'"):
        train(data, "size", checkpoint="c", **LONG)
    write_csv(data, flowers(91))
    with pytest.raises(ModelFileError, match="data_sha256 is "):
        train(data, "kind", checkpoint="c", **LONG)
    save(train(data, "kind", epochs=1), "m")
    before = Path("m").read_bytes()
    with pytest.raises(ModelFileError, match="m is a model and no training to go on with"):
        train(data, "kind", checkpoint="m", **LONG)
    with pytest.raises(ModelFileError, match="flowers.csv is no checkpoint: "):
        train(data, "kind", checkpoint=data, **LONG)
    assert Path("m").read_bytes() == before and Path(data).read_bytes().startswith(b"a,b,colour")


@pytest.mark.once
def test_balanced_classes_have_scikit_learns_weights(tmp_path, monkeypatch):
    """Rows with a weight of 3 are as good as three copies, if all rows are one batch."""
    weights = pytest.importorskip("sklearn.utils.class_weight")
    numpy = pytest.importorskip("numpy")
    rows = [[repr(0.1 * k), "rare" if k % 4 == 0 else "common"] for k in range(16)]  # too few to set some apart
    path = write_csv(tmp_path / "rare.csv", rows, ("a", "kind"))
    classes = numpy.array(["common", "rare"])
    wanted = weights.compute_class_weight("balanced", classes=classes, y=[kind for _, kind in rows])
    given = []
    apply = fitting.Network.fit

    def watched(self, x, y, **options):
        from purenet.training.class_weights import apply_class_weights

        if "class_weight" in options:  # not while the time of an epoch is measured
            truth = [list(row) for row in y]
            found = apply_class_weights(options["class_weight"], truth, [1.0] * len(truth), self.plan)
            given.append(sorted(set(found)))
        return apply(self, x, y, **options)

    monkeypatch.setattr(fitting.Network, "fit", watched)
    model = train(path, "kind", class_weight="balanced", epochs=3)
    assert given[-1] == pytest.approx(sorted(wanted))
    monkeypatch.undo()
    assert model.network.digest() != train(path, "kind", epochs=3).network.digest()
    save(model, tmp_path / "m")
    assert load(tmp_path / "m").provenance("class_weight") == "balanced"
    assert reproduce(load(tmp_path / "m"), path)[0]
    with pytest.raises(ValueError, match="class_weight: column 'a' has numbers and no classes to weigh"):
        train(path, "a", task="regression", class_weight="balanced")
    with pytest.raises(ValueError, match="class_weight: 'even' is not known; choose one of balanced"):
        train(path, "kind", class_weight="even")
