"""Five of the ways to install that tools/checks/install_matrix.py knows; the whole matrix is one command."""
import socket
import sys

import pytest

from tools.checks.install_matrix import CASES, cut_off, install, run

pytestmark = pytest.mark.once


@pytest.mark.full
@pytest.mark.parametrize("case", ["CC=false", "CFLAGS=-ffast-math", "LDFLAGS=-Ofast", "cffi lost", "cffi later"])
def test_an_install_ends_with_the_expected_engine_and_the_same_digest(case, tmp_path):
    good, shown = install(case, tmp_path)
    assert good, shown


@pytest.mark.full
def test_a_wrong_expectation_is_seen(tmp_path, monkeypatch):
    monkeypatch.setitem(CASES, "PURENET_BUILD=never", CASES["PURENET_BUILD=never"]._replace(expected="compiled"))
    assert install("PURENET_BUILD=never", tmp_path)[0] is False


def test_a_case_whose_python_is_missing_is_said_to_be_not_here(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.checks.install_matrix.find_pythons", dict)
    assert install("PyPy", tmp_path) == (None, "no pypy from 3.9 up")


def test_a_command_that_is_cut_off_reaches_nothing():
    if not cut_off():
        pytest.skip("this system cannot cut a command off the network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        reach = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), timeout=60)"
        assert run([sys.executable, "-c", reach]).returncode == 0
        assert run([*cut_off(), sys.executable, "-c", reach]).returncode != 0
