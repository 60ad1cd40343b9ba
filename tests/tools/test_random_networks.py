"""tools/compare/random_networks.py: it says what it covered and replays a failure from its seed."""
import pytest

import purenet
from tests.verification.test_compare import Broken, break_engine, flipped
from tools.compare import random_networks as tool

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif("compiled" not in purenet.backend().available, reason="no compiled engine here"),
]


@pytest.fixture
def own_settings(monkeypatch):
    """The tool changes these for each case."""
    from purenet.compiled import engine

    for name, value in (("PURENET_SIMD", "plain"), ("PURENET_THREADS", "1")):
        monkeypatch.setenv(name, value)
    for name in ("SINGLE_THREAD_BELOW", "SCALAR_BELOW"):
        monkeypatch.setattr(engine, name, getattr(engine, name))


def test_the_tool_says_what_it_covered(capsys, own_settings):
    assert tool.main(["--cases", "5", "--seed", "70"]) == 0
    text = capsys.readouterr().out
    assert "level plain                                         5\n" in text and "5 cases from seed 70 in" in text


def test_the_tool_replays_a_failure_from_its_seed(monkeypatch, own_settings):
    def flip(engine, run):
        state = engine.state()
        state.parameters[0][0] = flipped(state.parameters[0][0])
        engine.set_state(state)

    assert tool.examine(77, "plain")[1] == ""
    break_engine(monkeypatch, "compiled", lambda engine: Broken(engine, after=flip))
    seed, wrong, _ = tool.examine(77, "plain")
    assert "first difference: epoch 1, batch 1: 1.weights[0][0]" in wrong
    assert tool.replay(seed, "plain") == (
        "replay: PURENET_SIMD=plain python3 -m tools.compare.random_networks --seed 77 --cases 1")
