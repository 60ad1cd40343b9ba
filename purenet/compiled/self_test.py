"""The test the compiled engine passes before it is used: a short training at every level, with the reference's bits."""
from .._core.state import Run
from .._model.planner import make_plan
from ..layers.dense import Dense
from ..optimizers.sgd import SGD
from ..reference.engine import ReferenceEngine
from ..reference.random_state import RandomState
from ._twin import lib
from .engine import CompiledEngine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


def best_level() -> int:
    """The highest level of this CPU."""
    level: int = lib.purenet_best_level()
    return level


def failure() -> "Optional[str]":
    """None if the compiled engine gives the reference's bits here; otherwise what went wrong.

    Every product of the training has full 53-bit operands, so a fused multiply-add shows; some results
    are subnormal, so flushing shows.
    """
    x = RandomState(1).randn(5, 3)
    x[0][1] = x[0][1] / (1 << 1000) / (1 << 40)
    y = [[1.0 if j == 2 * i else 0.0 for j in range(9)] for i in range(5)]
    layers = [Dense(9, "sigmoid"), Dense(9, "softplus"), Dense(9, "tanh"), Dense(9, "softmax")]
    plan = make_plan((3,), layers, ("categorical_cross_entropy", ()), None, SGD(0.3, 0.9), "randn")
    expected = _trained(ReferenceEngine(plan), x, y)
    for level in range(best_level() + 1):
        engine = CompiledEngine(plan, level, 2)
        engine.divide_everything()
        if _trained(engine, x, y) != expected:
            return f"built, but gives other bits than the reference (level {level}): its self-test failed"
    return None


def _trained(engine: "Any", x: "Any", y: "Any") -> "Any":
    engine.initialise(1, ["randn"] * 8)
    weights = engine.convert_rows([1.0] * 5, 1)
    engine.train(Run(engine.convert_rows(x, 3), engine.convert_rows(y, 9), weights, 2, 2, True, 0.3, 10))
    state = engine.state()
    return state.parameters, state.optimizer_numbers, state.stream[2], engine.predict(engine.convert_rows(x, 3))
