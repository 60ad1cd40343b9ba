"""Test the compiled engine before it is used: a short training on every CPU level must give the reference's bits."""
from .._core.plan import Parameter, Plan, Step
from .._core.state import Run
from ..reference.engine import ReferenceEngine
from ..reference.random_state import RandomState
from ._twin import lib
from .engine import CompiledEngine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ACTIVATIONS = ("sigmoid", "softplus", "tanh", "softmax")


def make_test_plan() -> Plan:
    """Return a plan: 3 inputs, four dense layers of 9 units, a cross-entropy, and SGD with momentum."""
    steps = []
    parameters = []
    inputs = 3
    offset = 0
    for layer, activation in enumerate(ACTIVATIONS):
        steps.append(Step("dense", inputs, 9, (2 * layer, 2 * layer + 1), layer=layer))
        steps.append(Step(activation, 9, 9, layer=layer))
        parameters.append(Parameter(f"{layer}.weights", (inputs, 9), offset, inputs, 9, "randn"))
        parameters.append(Parameter(f"{layer}.bias", (9,), offset + 9 * inputs, inputs, 9, "randn"))
        offset += 9 * inputs + 9
        inputs = 9
    loss, optimizer = Step("categorical_cross_entropy", 9, 1), Step("sgd_momentum", 0, 0, settings=(0.9,))
    return Plan((3,), steps, loss, (7, 1), optimizer, (1, 0), parameters, [], 0, [(9,)] * 4)


def best_level() -> int:
    """Return the highest level of kernels that this CPU can run."""
    level: int = lib.purenet_best_level()
    return level


def failure() -> "str | None":
    """Return None if the compiled engine gives the reference's bits here, otherwise what went wrong.

    Every product of the training has full 53-bit operands, so a fused multiply-add shows. Some results are subnormal,
    so flushing them to zero shows.
    """
    x = RandomState(1).randn(5, 3)
    x[0][1] = x[0][1] / (1 << 1000) / (1 << 40)
    y = [[1.0 if j == 2 * i else 0.0 for j in range(9)] for i in range(5)]
    plan = make_test_plan()
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
