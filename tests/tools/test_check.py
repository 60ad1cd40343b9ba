"""The command that runs the tests: how it counts, what it shows, and how it stops."""
import io
import sys
import threading
import time

import pytest

from tools import check

pytestmark = pytest.mark.once
OUTPUT = (b"bringing up nodes...\n..F.s [  5/12]\n.xE.. [ 10/12]\n..  [ 12/12]\n"
          b"==== FAILURES ====\n> assert 1\nEE no dots\n")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_dots_are_counted_however_they_come(size):
    suite = check.Suite("cpython3.11", "python", None, [])
    for k in range(0, len(OUTPUT), size):
        suite.hear(OUTPUT[k:k + size])
    assert suite.counts() == {"passed": 8, "failed": 2, "skipped": 2} and suite.total == 12
    assert str(suite) == "cpython3.11 12/12 (2 failed)"


def test_an_unfinished_line_counts_at_once():
    suite = check.Suite("cpython3.11", "python", None, [])
    suite.hear(b".....")
    assert suite.counts()["passed"] == 5 and str(suite) == "cpython3.11 5/?"


def test_a_terminal_has_one_line_redrawn_and_a_pipe_has_lines():
    for stream, shown in ((Terminal(), "\r\033[Kone\r\033[Ktwo\r\033[Kthree\n"), (io.StringIO(), "one\ntwo\nthree\n")):
        screen = check.Screen(stream)
        screen.progress("one")
        screen.progress("two")
        screen.say("three")
        assert stream.getvalue() == shown
        assert screen.pause <= (1 if stream.isatty() else 60)


def test_an_interrupt_stops_what_runs_and_says_what_passed_so_far():
    checking = check.Check(check.Screen(io.StringIO()))
    suite = check.Suite("cpython3.11", "python", None, [])
    checking.suites.append(suite)
    code = "import time; print('.' * 7, flush=True); time.sleep(600)"
    job = threading.Thread(target=checking.processes.run, args=([sys.executable, "-c", code], suite.hear))
    job.start()
    deadline = time.monotonic() + 60
    while not suite.counts()["passed"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert checking.interrupted() == 130
    job.join(60)
    assert not job.is_alive() and checking.processes.running == []
    assert "so far 7 passed, 0 failed, 0 skipped" in checking.screen.stream.getvalue()
    with pytest.raises(SystemExit):
        checking.processes.run([sys.executable, "-c", ""])


def test_skips_are_not_compared_in_the_short_tier(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["check.py", "--expect-skips"])
    with pytest.raises(SystemExit):
        check.main()
    assert "--expect-skips needs --full" in capsys.readouterr().err
