"""The self-test's plan is written as records; they are those of the network that it describes."""
import pytest

from purenet import SGD, Dense, backend
from purenet._model.planner import make_plan

if "compiled" not in backend().available:
    pytest.skip("the compiled twin is not built", allow_module_level=True)

from purenet.compiled.self_test import make_test_plan


def records(plan):
    parts = [*plan.steps, plan.loss, plan.optimizer, *plan.parameters]
    return [[(name, getattr(part, name)) for name in part.__slots__] for part in parts]


def test_the_plan_of_the_self_test_is_that_of_its_layers():
    layers = [Dense(9, "sigmoid"), Dense(9, "softplus"), Dense(9, "tanh"), Dense(9, "softmax")]
    made = make_plan((3,), layers, ("categorical_cross_entropy", ()), None, SGD(0.3, 0.9), "randn")
    plan = make_test_plan()
    assert records(plan) == records(made)
    plain = [{name: value for name, value in vars(one).items() if name not in ("steps", "loss", "optimizer", "parameters")}
             for one in (plan, made)]
    assert plain[0] == plain[1]
