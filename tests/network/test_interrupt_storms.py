"""Ctrl-C again and again: training resumes, or resume=True says that it cannot; it never starts anew in silence."""
import copy
import signal
import sys

import pytest

import purenet
from purenet import SGD, Checkpoint, Dense, EarlyStopping, Network, ReduceOnPlateau, load
from purenet.model_files.describe import inspect
from tests.support.oracle import assert_same_bits

BACKENDS = purenet.backend().available
X = [[k / 10, -k / 7] for k in range(12)]
Y = [[k / 9] for k in range(12)]
EPOCHS = 3


class Counting(purenet.Callback):
    """A callback that keeps something, and hears of every batch."""

    def __init__(self):
        self.heard = 0

    def on_train_begin(self, net, history):
        self.heard = 0

    def on_epoch_end(self, net, epoch, history):
        self.heard += 1

    def state(self):
        return [self.heard], []

    def set_state(self, words, numbers):
        self.heard = words[0]


class CountingBatches(Counting):
    def on_batch_end(self, net, epoch, batch, loss):
        self.heard += 1


OPTIONS = {
    "plain": lambda: {},
    "plateau": lambda: {"validation_data": (X, Y)},
    "early stopping": lambda: {"validation_data": (X, Y), "callbacks": [Counting(), EarlyStopping(patience=1)]},
    "batches": lambda: {"callbacks": [CountingBatches()]},
}


def network(backend, options):
    rate = ReduceOnPlateau(0.1, 0.5, 1, min_delta=100.0) if options == "plateau" else 0.1
    return Network(2, [Dense(3, "tanh"), Dense(1)], loss="mean_squared_error", optimizer=SGD(rate, 0.9),
                   backend=backend)


def trained(net, options, resume=False, progress=None, epochs=EPOCHS):
    return net.fit(X, Y, epochs, 4, resume=resume, progress=progress, **OPTIONS[options]())


class Interruptions:
    """KeyboardInterrupt at the n-th line that the files run, and again so many lines after each, ``count`` in all."""

    def __init__(self, first, gap, count, files):
        self.left, self.gap, self.count, self.files = first, gap, count, files

    def trace(self, frame, event, _):
        return self.inside if frame.f_code.co_filename.endswith(self.files) else None

    def inside(self, frame, event, _):
        if event == "line":
            self.left -= 1
            if self.left < 0 and self.count:
                self.count -= 1
                self.left = self.gap
                raise KeyboardInterrupt  # which ends the tracing; profile begins it again
        return self.inside

    def profile(self, frame, event, _):
        if self.count and sys.gettrace() is None:
            sys.settrace(self.trace)
            while frame:
                frame.f_trace = self.trace(frame, event, None)
                frame = frame.f_back


def interrupted(work, first, gap, count, files):
    """Do the work with interrupts; whether the first of them came."""
    them, before = Interruptions(first, gap, count, files), sys.gettrace()
    sys.setprofile(them.profile)
    sys.settrace(them.trace)
    try:
        work()
    except KeyboardInterrupt:
        pass
    finally:
        sys.setprofile(None)
        sys.settrace(before)
    return them.count < count


FILES = ("/network.py", "/training/trainer.py", "/training/loop.py", "/training/callbacks.py", "/_core/paused.py",
         "/_core/locks.py", "/_core/state.py", "/schedules/plateau.py", "/schedules/warm_up.py",
         "/model_files/training_format.py")


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_after_two_interrupts_resume_goes_on_or_says_that_it_cannot(backend, options):
    whole = network(backend, options)
    losses = trained(whole, options).loss
    refused = resumed = 0
    for gap in (0, 2, 7, 19):
        step = 7 if backend == "reference" else 3
        first = gap % step
        while True:
            net = network(backend, options)
            if not interrupted(lambda: trained(net, options), first, gap, 2, FILES):  # noqa: B023
                break
            first += step
            net._forked()  # new locks: tracing interrupts where no signal does, on the way out of a with block
            if backend == "compiled":
                net._engine._forked()
            net._engine.fit_thread = None
            begun = net._engine.state().position[2] > 0
            if not net.resume_point.running and not net.resume_point.paused and net.digest() == whole.digest():
                continue  # where no signal comes either: between fit's last assignment and its return
            try:
                history = trained(net, options, resume=True)
            except ValueError as error:
                assert "resume: the training cannot go on" in str(error)
                refused += 1
                continue
            assert_same_bits(history.loss, losses)
            assert net.digest() == whole.digest()
            resumed += begun
    assert resumed > 5 and (refused > 0) == (options == "batches")


@pytest.mark.once  # CPython 3.9 and PyPy run handlers between a with block and its lock's release, which stays locked
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals at will need Unix")
@pytest.mark.parametrize("options", ["plain", "plateau", "early stopping"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_training_survives_a_storm_of_interrupts(backend, options):
    whole = network(backend, options)
    epochs = 50 if backend == "reference" else 400 if options != "plain" else 5000
    losses = trained(whole, options, epochs=epochs).loss
    trained(network(backend, options), options, resume=True)  # imports: Python warns if one is interrupted
    net, storms = network(backend, options), 0

    def interrupt(_, frame):
        nonlocal storms
        if "purenet" not in frame.f_code.co_filename:
            return  # a callback of the garbage collector, such as hypothesis has
        while frame and frame.f_code.co_name != "fit":  # not the test itself
            frame = frame.f_back
        if frame:
            storms += 1
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    history = None
    try:
        while history is None:
            try:
                if storms < 300:
                    signal.setitimer(signal.ITIMER_REAL, 2e-4 + storms % 10 * 1e-4, 5e-5 + storms % 7 * 1e-5)
                else:
                    signal.setitimer(signal.ITIMER_REAL, 0)  # a busy machine ends no epoch between two interrupts
                history = trained(net, options, resume=True, epochs=epochs)
            except KeyboardInterrupt:
                pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert storms >= 1
    assert_same_bits(history.loss, losses)
    assert net.digest() == whole.digest()


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_second_interrupt_left_is_saved_copied_and_forgotten_like_any_other(backend, tmp_path, monkeypatch):
    whole = network(backend, "plain")
    losses = trained(whole, "plain").loss
    monkeypatch.setattr("purenet.training.loop.SHARE", 0)  # so that progress hears of every batch

    def twice_interrupted():
        net = network(backend, "plain")

        def progress(done, epochs, loss):
            if done > 1.0:
                def again(*_):
                    raise KeyboardInterrupt

                net._engine.progress = again
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            trained(net, "plain", progress=progress)
        del net._engine.progress
        return net

    net = twice_interrupted()
    net.save(tmp_path / "model")
    assert trained(load(tmp_path / "model"), "plain", resume=True).loss == losses
    assert trained(net, "plain", resume=True).loss == losses and net.digest() == whole.digest()
    net = twice_interrupted()
    net.set_parameters(net.parameters())
    assert len(trained(net, "plain", resume=True).loss) == EPOCHS  # a new training, of parameters that are others


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_copy_of_what_a_second_interrupt_left_has_a_schedule_that_has_heard_of_every_loss(backend, monkeypatch):
    whole = network(backend, "plateau")
    losses = whole.fit(X, Y, EPOCHS, 4).loss
    net = network(backend, "plateau")

    schedule = type(net.optimizer.learning_rate)
    own = schedule.epoch_ended
    progress_of = net._engine.progress
    monkeypatch.setattr(schedule, "epoch_ended", lambda self, loss: interrupt())

    def interrupt():
        net._engine.progress = lambda run: interrupt()  # the second one comes while fit puts away the first
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, EPOCHS, 4)
    monkeypatch.setattr(schedule, "epoch_ended", own)
    net._engine.progress = progress_of
    assert net.resume_point.running
    other = copy.deepcopy(net)
    for one in (other, net):
        assert one.fit(X, Y, EPOCHS, 4, resume=True).loss == losses and one.digest() == whole.digest()


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_file_says_too_that_a_training_cannot_go_on(backend, tmp_path):
    class Interrupted(CountingBatches):
        def on_batch_end(self, net, epoch, batch, loss):
            raise KeyboardInterrupt

    net = network(backend, "plain")
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, EPOCHS, 4, callbacks=[Interrupted()])
    net.save(tmp_path / "model")
    net = load(tmp_path / "model", backend=backend)
    with pytest.raises(ValueError, match="resume: the training cannot go on, for it was interrupted when"):
        net.fit(X, Y, EPOCHS, 4, callbacks=[CountingBatches()], resume=True)
    net.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "model").read_bytes()
    assert "cannot go on, for it was interrupted" in inspect(tmp_path / "model")
    net.fit(X, Y, EPOCHS, 4)  # a new one forgets
    net.save(tmp_path / "model")
    assert load(tmp_path / "model").resume_point.paused is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_callback_saves_between_others_goes_on_or_says_that_it_cannot(backend, tmp_path):
    class Saving(Counting):
        def on_epoch_end(self, net, epoch, history):
            net.save(tmp_path / "model")
            return super().on_epoch_end(net, epoch, history)

    network(backend, "plain").fit(X, Y, 2, 4, callbacks=[Saving()])
    with pytest.raises(ValueError, match="resume: the training cannot go on, for it was saved when"):
        load(tmp_path / "model").fit(X, Y, EPOCHS, 4, callbacks=[Saving()], resume=True)


def test_ctrl_c_while_a_checkpoint_looks_whether_it_can_write_leaves_no_file(tmp_path, monkeypatch):
    def interrupted_open(*arguments):
        open(*arguments).close()
        raise KeyboardInterrupt

    monkeypatch.setattr("purenet._core.files.open", interrupted_open, raising=False)
    with pytest.raises(KeyboardInterrupt):
        network(BACKENDS[0], "plain").fit(X, Y, 1, callbacks=[Checkpoint(tmp_path / "model")])
    assert list(tmp_path.iterdir()) == []
