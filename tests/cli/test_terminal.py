"""Progress, curve and table; and the demo's progress in a real terminal and a real pipe."""
import io
import os
import re
import subprocess
import sys
import time
import warnings

import pytest

from purenet import backends
from purenet.cli.charts import curve
from purenet.cli.main import main
from purenet.training.progress import Progress


class Stream(io.StringIO):
    def __init__(self, terminal, encoding="utf-8"):
        super().__init__()
        self.terminal = terminal
        self._encoding = encoding

    encoding = property(lambda self: self._encoding)

    def isatty(self):
        return self.terminal


def ticking(seconds):
    now = iter(seconds)
    return lambda: next(now)


def test_a_terminal_gets_one_line_redrawn_with_loss_and_time_left():
    stream = Stream(terminal=True)
    with Progress(stream, ticking([0.0, 0.05, 1.0, 2.0])) as progress:
        progress(0.5, 4, 0.25)  # too soon to show
        progress(1.0, 4, 0.25)
        progress(2.0, 4, 0.125)
    states = [state.strip() for state in stream.getvalue().split("\r")]
    assert states[1:] == ["█████" + "░" * 15 + "  epoch 1/4  loss 0.25  3 s left",
                          "█" * 10 + "░" * 10 + "  epoch 2/4  loss 0.125  2 s left", "", ""]


def test_a_pipe_gets_at_most_a_line_every_ten_seconds():
    stream = Stream(terminal=False)
    with Progress(stream, ticking([0.0] + [0.5 * k for k in range(1, 61)])) as progress:
        for k in range(1, 61):
            progress(k / 10, 6, 1.0)
    assert stream.getvalue().splitlines() == [
        "epoch 2/6  loss 1  20 s left", "epoch 4/6  loss 1  10 s left", "epoch 6/6  loss 1  0 s left"]


def test_drawing_falls_back_to_ascii():
    for draw in (lambda stream: "\n".join(curve([3.0, 2.0, 1.0, 0.5], stream)), shown_progress):
        assert not draw(Stream(True)).isascii()
        assert draw(Stream(True, "ascii")).isascii()
        assert draw(Stream(True, "no such encoding")).isascii()


def shown_progress(stream):
    Progress(stream, ticking([0.0, 1.0]))(1.0, 2, 0.5)
    return stream.getvalue()


def test_curve_shows_means_from_zero_to_the_largest():
    assert curve([4.0, 4.0, 2.0, 2.0, 0.0, 0.0], Stream(True), width=3, height=2) == [
        "       4 |█", "       0 |██"]
    assert curve([0.0], Stream(True))[-1] == "       0 |"
    assert len(curve([1.0] * 1000, Stream(True))[0]) == len("       1 |") + 60


def in_a_terminal(line):
    """Run a program with a terminal as its standard error and input. Return its exit status and what was shown."""
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    child = subprocess.Popen(line, stdin=follower, stdout=subprocess.DEVNULL, stderr=follower)
    os.close(follower)
    shown = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(leader)
    return child.wait(), shown.decode()


@pytest.mark.full
def test_demo_progress_in_a_real_terminal():
    begun = time.monotonic()
    status, shown = in_a_terminal([
        sys.executable, "-m", "purenet", "demo", "digits", "--epochs", "8", "--backend", "reference"])
    assert status == 0
    seconds = time.monotonic() - begun
    states = {state for state in shown.split("\r") if "loss" in state and "s left" in state}
    assert len(states) >= min(8, seconds * 1.6)


@pytest.mark.once
@pytest.mark.skipif("compiled" not in backends.backend().available, reason="compares the compiled engine")
@pytest.mark.parametrize("command, words", [
    ("verify --quick", r"(reference|compiled \(.*\)): vector \d+ of 19  \d+ s left"),
    ("compare --demo two-layer --epochs 20", r"epoch \d+/20  loss \S+  \d+ s left"),
])
def test_progress_of_verify_and_compare_in_a_real_terminal_and_in_a_pipe(command, words):
    """In a terminal a line is redrawn at every step and cleared in the end; in a pipe there is nothing so soon."""
    code = ("import sys; from purenet.training import progress; progress.REDRAW = 0.0; from purenet.cli.main import "
            "main; sys.argv[1:] = {!r}.split(); sys.exit(main())")
    line = [sys.executable, "-c", code.format(command)]
    status, shown = in_a_terminal(line)
    empty, *states, last, nothing = shown.split("\r")
    assert (status, empty, last.strip(), nothing) == (0, "", "", "") and len(states) >= 19
    bars = [state.count("\u2588") for state in states]
    assert bars == sorted(bars) and bars[0] <= 1 and 18 <= bars[-1] <= 20
    assert all(re.fullmatch(r"[\u2588\u2591]{20}  " + words, state.rstrip()) for state in states)
    done = subprocess.run(line, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"") and b"\r" not in done.stdout


def test_demo_in_a_pipe_keeps_stdout_for_results():
    run = subprocess.run([sys.executable, "-m", "purenet", "demo", "digits", "--epochs", "1"], capture_output=True,
                         env=dict(os.environ, PYTHONIOENCODING="ascii"))
    assert run.returncode == 0
    assert b"epoch " not in run.stdout and b"\r" not in run.stdout + run.stderr
    assert all(line.startswith(b"epoch ") for line in run.stderr.splitlines())


@pytest.mark.once
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the full device is that of Linux")
@pytest.mark.parametrize("command, status, words", [
    ("info", 1, "purenet: error: No space left on device\n"), ("info --json", 1, "purenet: error: No space"),
    ("--help", 1, ""), ("info --bad --json", 2, "purenet: error: unknown option --bad\n"),
    ("inspect absent --json", 1, "purenet: error: absent: No such file or directory\n"),
])
def test_full_and_closed_streams_end_a_command_in_a_line_at_most(command, status, words):
    def run(streams):
        environment = {name: os.environ[name] for name in os.environ if name != "PYTHONUNBUFFERED"}
        line = ["bash", "-c", f"'{sys.executable}' -m purenet {command} {streams}"]
        done = subprocess.run(line, env=environment, capture_output=True, text=True)
        return done.returncode, done.stderr

    found, error = run("> /dev/full")
    assert found == status and error.startswith(words) and error.count("\n") == bool(words)
    assert run("> >(true); sleep 0.1")[1] in ("", error)
    assert run("> /dev/null 2> /dev/full")[0] == (0 if command in ("info", "info --json", "--help") else status)


def test_a_warning_is_a_line_and_no_notice_of_python(monkeypatch, capsys):
    monkeypatch.delenv("PURENET_BACKEND", raising=False)
    monkeypatch.setattr(backends, "_probe_cache", [(0, "broken\x1b[2J", True)])
    monkeypatch.setattr(backends, "_warned", [])
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert main(["info"]) == 0
    error = capsys.readouterr().err
    assert error.startswith("purenet: warning: purenet computes on its reference") and "broken\\x1b[2J" in error
    assert error.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="signals are those of Unix")
def test_further_ctrl_cs_do_not_disturb_the_end_of_the_program():
    """The process sends itself a signal in the command, and more while the first one is reported."""
    code = """if True:
        import os, signal, sys
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from purenet.cli import main, output
        def again(text, write=output.write_error):
            os.kill(os.getpid(), signal.SIGINT)
            write(text)
            os.kill(os.getpid(), signal.SIGINT)
        output.write_error = again
        main.info = lambda *given: os.kill(os.getpid(), signal.SIGINT)
        sys.argv[1:] = ["info"]
        sys.exit(main.main())"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "\npurenet: interrupted\n")
