"""Four of the ways to install that tools/install_matrix.py knows; the whole matrix is one command."""
import pytest
from install_matrix import CASES, install


@pytest.mark.parametrize("case", ["CC=false", "CFLAGS=-ffast-math", "LDFLAGS=-Ofast", "cffi lost"])
def test_an_install_ends_with_the_expected_engine_and_the_same_digest(case, tmp_path):
    good, shown = install(case, tmp_path)
    assert good, shown


def test_a_wrong_expectation_is_seen(tmp_path, monkeypatch):
    monkeypatch.setitem(CASES, "PURENET_BUILD=never", ("compiled", *CASES["PURENET_BUILD=never"][1:]))
    assert not install("PURENET_BUILD=never", tmp_path)[0]
