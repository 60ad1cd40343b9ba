"""Golden vectors derived once more in whole numbers, rounded by IEEE-754's rules: without the floating-point unit.

Data, first parameters, every batch and the predictions are made of ``Exact`` numbers; the only floats that go in are
constants of the reference, and the only ones that come out are written down as bits.
"""
import hashlib
import json
import struct

import pytest

from purenet._core.state import Run
from purenet.layers import KINDS
from purenet.layers.activations import ACTIVATION_SETTINGS
from purenet.losses import LOSS_SETTINGS
from purenet.optimizers.schedules.base import Schedule
from purenet.reference import elementary, engine
from purenet.reference.initialisers import INITIALISERS
from purenet.reference.random_state import RandomState
from purenet.verification.vectors import files, recompute
from tests.support.numbers import Exact, double, exact

pytestmark = pytest.mark.once

VECTORS = [json.loads(line) for line in files.read("full")[1:]]
RUNS = [vector for vector in VECTORS if "layers" in vector]
MOST = 5000  # multiplications a run, so that all of them together take seconds


def work(run):
    """About how many products a run takes."""
    products = 0
    for step in recompute.network_of(run, recompute.Reference()).plan.steps:
        window = step.window
        cells = window.rows * window.columns if window else 1
        products += step.outputs * {"dense": step.inputs, "conv2d": window and cells * window.channels}.get(
            step.kind, cells)
    return run["rows"] * run["epochs"] * products


DERIVED = [run for run in RUNS if work(run) <= MOST]


class ExactStream(RandomState):
    """RandomState whose doubles are Exact."""

    def _next_double(self):
        high, low = self._next_word() >> 5, self._next_word() >> 6
        return exact(high * 67108864 + low) / exact(1 << 53)


def quotient(pair):
    return exact(pair[0]) / exact(pair[1])


def exact_real(real, run):
    """A real number of a layer, as the quotient that stands in the description."""
    pairs = [[1, 100], [1, 1], [99, 100], [1, 1000]]  # the usual ones
    for layer in run["layers"]:
        for value in layer:
            value = value[1] if isinstance(value, list) and isinstance(value[0], str) else value
            pairs += [value] if isinstance(value, list) and value[1] else []
    return next(quotient(pair) for pair in pairs if pair[0] / pair[1] == real)


def exact_table(stream, what, rows, columns):
    """Rows of Exact numbers; of classes the row that is 1 at the class."""
    if what == "classes":
        return [[exact(int(j == k)) for j in range(columns)] for k in stream.randint(0, columns, rows)]
    if what == "bits":
        return [[exact(bit) for bit in row] for row in stream.randint(0, 2, (rows, columns))]
    if what in ("randn", "rand"):
        return getattr(stream, what)(rows, columns)
    if isinstance(what, str):
        what = [double(int(what[k:k + 16], 16)) for k in range(0, len(what), 16)]
    return [[exact(number) for number in what[k:k + columns]] for k in range(0, len(what), columns)]


def derived(run, monkeypatch):
    """What a run gives, in Exact numbers."""
    monkeypatch.setattr(engine, "RandomState", ExactStream)
    plan = recompute.network_of(run, recompute.Reference()).plan
    for step in plan.steps:
        step.settings = tuple(exact_real(real, run) for real in step.settings)
    plan.loss.settings = tuple(quotient(pair) for pair in run["loss"][1:])
    # a setting is a quotient, rounded once: as exact as the double that it is
    plan.optimizer.settings = tuple(exact(real) for real in plan.optimizer.settings)
    plan.weight_decay, plan.clip_norm, plan.clip_value = [
        exact(real) for real in (plan.weight_decay, plan.clip_norm, plan.clip_value)]
    for parameter in plan.parameters:
        parameter.fan_in, parameter.fan_out = exact(parameter.fan_in), exact(parameter.fan_out)
        parameter.l1, parameter.l2 = exact(parameter.l1), exact(parameter.l2)
    stream = ExactStream(run["data"])
    x = exact_table(stream, run["x"], run["rows"], plan.inputs)
    y = exact_table(stream, run["y"], run["rows"], plan.outputs)
    weights = [[exact(1)]] * run["rows"]
    if run["weights"]:
        weights = exact_table(stream, run["weights"], run["rows"], 1)

    trained = engine.ReferenceEngine(plan)
    trained.initialise(run["seed"], [parameter.init for parameter in plan.parameters])
    way = Run(x, y, [weight for [weight] in weights], run["batch"] or run["rows"], run["epochs"], bool(run["shuffle"]),
              Rates(recompute.optimizer_of(run).learning_rate), 1 << 30)
    trained.train(way)
    assert len(way.losses) == run["epochs"]
    state = trained.state()
    parameters = [value for values in state.parameters + state.statistics for value in values]
    predictions = [value for row in trained.predict(x[:run["predict"]]) for value in row]
    assert all(type(value) is Exact for value in parameters)
    floats = [value for value in predictions + way.losses if type(value) is not Exact]
    assert set(floats) <= {-1.0, 0.0, 1.0}, floats  # constants: of relu, and of functions where they are flat
    digest = hashlib.sha256(struct.pack(f"<{len(parameters)}d", *map(float, parameters))).hexdigest()
    return [hexadecimal(way.losses[-recompute.SHOWN:]), hexadecimal(predictions), digest]


class Rates(Schedule):
    """The rates of a number or a schedule, which are doubles, as Exact numbers."""

    def __init__(self, learning_rate):
        self.of = learning_rate

    def rate(self, epoch, step):
        return exact(self.of.rate(epoch, step) if isinstance(self.of, Schedule) else self.of)

    def epoch_ended(self, loss):
        if isinstance(self.of, Schedule):
            self.of.epoch_ended(float(loss))


def hexadecimal(values):
    return struct.pack(f">{len(values)}d", *map(float, values)).hex()


def test_enough_runs_of_every_kind_are_derived():
    assert len(DERIVED) >= 20
    assert {run["loss"][0] for run in DERIVED} == set(LOSS_SETTINGS)
    assert {run["init"] for run in DERIVED} == set(INITIALISERS)
    layers = [layer for run in DERIVED for layer in run["layers"]]
    assert {layer[1] for layer in layers if isinstance(layer[0], int)} == set(ACTIVATION_SETTINGS)
    assert {layer[0] for layer in layers if isinstance(layer[0], str)} == {kind for kind, _, _ in KINDS} - {"dense"}
    assert {(run["momentum"][0] > 0, run["nesterov"]) for run in DERIVED} == {(False, 0), (True, 0), (True, 1)}
    assert {bool(run["rows"] % run["batch"]) for run in DERIVED if run["batch"]} == {False, True}


@pytest.mark.full
@pytest.mark.parametrize("run", DERIVED, ids=[run["name"] for run in DERIVED])
def test_a_run_has_the_bits_of_exact_arithmetic(run, monkeypatch):
    assert derived(run, monkeypatch) == run["gives"]


@pytest.mark.parametrize("name", sorted({vector["function"] for vector in VECTORS if "function" in vector}))
def test_the_points_of_a_function_have_the_bits_of_exact_arithmetic(name):
    function, width = getattr(elementary, name), 32 if name == "power" else 16
    for vector in VECTORS:
        if vector.get("function") == name:
            points = [vector["points"][k:k + width] for k in range(0, len(vector["points"]), width)]
            arguments = [[exact(double(int(p[k:k + 16], 16))) for k in range(0, width, 16)] for p in points]
            assert hexadecimal([function(*numbers) for numbers in arguments]) == vector["gives"][0]


def test_a_wrong_rounding_is_found(monkeypatch):
    """Truncation in place of rounding: no run survives it."""
    monkeypatch.setattr("tests.support.numbers.rounded", truncated)
    assert all(derived(run, monkeypatch) != run["gives"] for run in sorted(DERIVED, key=work)[2:5])


def truncated(sign, mantissa, exponent):
    excess = max(mantissa.bit_length() - 53, -1074 - exponent) if mantissa else -1074 - exponent
    return Exact(sign, mantissa >> excess if excess > 0 else mantissa << -excess, exponent + excess)
