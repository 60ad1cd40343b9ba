"""Make networks with hostile data, and compare whole trainings with the textbook implementation in oracle.py."""
import math
import random

import pytest
from hypothesis import strategies as st

from purenet import SGD, Dense, Network, NonFiniteError
from purenet.layers.activations import ACTIVATION_SETTINGS
from purenet.losses import LOSS_SETTINGS, REDUCTIONS
from purenet.reference.initialisers import INITIALISERS
from tests.support import oracle
from tests.support.oracle import SIZES, assert_same_bits, hostile

SGD_FORMS = {
    "sgd": {"learning_rate": 0.0173},
    "sgd_momentum": {"learning_rate": 0.0173, "momentum": 0.87},
    "sgd_nesterov": {"learning_rate": 0.0173, "momentum": 0.87, "nesterov": True},
}


class Case:
    """A network and data for it, which the oracle can train too."""

    def __init__(self, sizes=(5, 7, 3), rows=11, hidden="tanh", output="linear", slope=0.01, bias=True,
                 loss="squared_error", delta=1.0, reduction=None, optimizer=SGD_FORMS["sgd"], init="glorot_uniform",
                 seed=3, weighted=False, decades=0):
        inputs, *units = sizes
        names = [hidden] * (len(units) - 1) + [output]
        self.layers = [(n, name, slope, bias) for n, name in zip(units, names)]
        self.inputs, self.slope, self.loss, self.delta, self.reduction = inputs, slope, loss, delta, reduction
        self.optimizer, self.init, self.seed = optimizer, init, seed
        stream = random.Random(f"{sizes} {rows} {seed}")
        self.x = hostile(stream, rows, inputs, decades)
        self.y = hostile(stream, rows, units[-1], decades)
        if LOSS_SETTINGS[loss][2]:
            self.y = [[stream.choice([0.0, 1.0, stream.random()]) for _ in range(units[-1])] for _ in range(rows)]
        if loss == "categorical_cross_entropy":
            self.y = [probabilities(row) for row in self.y]
        self.weights = [stream.choice([0.0, 1.0, stream.uniform(0.0, 9.0)]) for _ in range(rows)] if weighted else None
        if weighted and not any(self.weights):
            self.weights[-1] = 0.37

    def network(self, **changes):
        given = {
            "loss": (self.loss, self.delta) if self.loss == "huber" else self.loss, "reduction": self.reduction,
            "optimizer": SGD(**self.optimizer), "init": self.init, "seed": self.seed, "backend": "reference",
        }
        layers = [
            Dense(units, (name, slope) if ACTIVATION_SETTINGS[name] else name, bias)
            for units, name, slope, bias in self.layers
        ]
        return Network(self.inputs, layers, **{**given, **changes})

    def book(self):
        return oracle.Book(
            self.network(), self.x, self.y, self.weights, loss=self.loss, delta=self.delta, reduction=self.reduction,
            init=self.init, seed=self.seed, **self.optimizer)

    def __repr__(self):
        return (f"<Case: {self.inputs} inputs, layers {self.layers}, {len(self.x)} rows, {self.loss}, "
                f"delta {self.delta}, {self.reduction}, {self.optimizer}, {self.init}, seed {self.seed}, "
                f"weights {self.weights}>")


def probabilities(row):
    total = math.fsum(row) or 1.0
    row = [value / total for value in row]
    row[0] = 1.0 - math.fsum(row[1:])
    return row if row[0] >= 0.0 else [1.0] + [0.0] * (len(row) - 1)


def values(named):
    return [array for _, array in named]


def as_parameters(net, tables):
    """Return the oracle's tables in the shapes of ``net.parameters()``, where a bias is flat."""
    return [table[0] if len(p.shape) == 1 else table for p, table in zip(net.plan.parameters, tables)]


def everything(net):
    """Return everything that training changes."""
    state = net._engine.state()
    return [state.parameters, state.optimizer_numbers, state.stream[4], state.position, state.stream[:4]]


def assert_same_state(net, expected):
    got = everything(net)
    assert_same_bits(got[:3], expected[:3], "state")
    assert got[3:] == expected[3:]


def compare_with_oracle(case, epochs=2, batch_size=4, shuffle=False):
    """Raise AssertionError if any visible result of the engine differs from the textbook in a bit."""
    net, book = case.network(), case.book()
    assert_same_bits(values(net.parameters()), as_parameters(net, book.parameters), "first parameters")
    x, y, weights = case.x, case.y, case.weights
    try:
        losses, trouble = book.fit(epochs, batch_size, shuffle), None
    except oracle.NotFinite as found:
        losses, trouble = None, in_words(net, *found.args)
    if trouble:
        with pytest.raises(NonFiniteError) as caught:
            net.fit(x, y, epochs, batch_size, shuffle, sample_weight=weights)
        assert str(caught.value).startswith(trouble)
    else:
        history = net.fit(x, y, epochs, batch_size, shuffle, sample_weight=weights)
        assert_same_bits(history.loss, losses, "losses")
        assert net._engine.state().stream[1:4] == book.stream_state()
    assert_same_bits(values(net.parameters()), as_parameters(net, book.parameters), "parameters")
    for p, numbers in enumerate(net._engine.state().optimizer_numbers):
        expected = [[v for row in book.velocities[p] for v in row]] if "momentum" in case.optimizer else []
        assert_same_bits(numbers, expected, f"velocities of parameter {p}")
    assert_result(lambda: net.predict(x), book.predicted(x), "predictions")
    assert_result(lambda: net.evaluate(x, y, sample_weight=weights), book.evaluate(), "evaluate")
    gradients = as_parameters(net, book.gradients(range(len(x)))[1])
    assert_result(lambda: values(net.gradients(x, y, sample_weight=weights)), gradients, "gradients")


def assert_result(call, expected, what):
    """Raise AssertionError unless a call returns the textbook's bits, or refuses results that are not finite."""
    if is_finite(expected):
        assert_same_bits(call(), expected, what)
    else:
        with pytest.raises(NonFiniteError):
            call()


def result_or_message(words, call, *arguments, **settings):
    """Return the result of a call. If it raises NonFiniteError, add its message to ``words`` and return []."""
    try:
        return call(*arguments, **settings)
    except NonFiniteError as error:
        words.append(str(error))
        return []


def is_finite(values):
    return all(map(is_finite, values)) if isinstance(values, list) else math.isfinite(values)


def in_words(net, what, p, k, epoch, batch):
    place = "the loss"
    if what != "loss":
        parameter = net.plan.parameters[p]
        index = f"[{k}]" if len(parameter.shape) == 1 else "[{}][{}]".format(*divmod(k, parameter.shape[1]))
        place = f"the {what} of {parameter.name}{index}"
    return f"{place} is not finite in epoch {epoch + 1}, batch {batch + 1};"


# any network ---------------------------------------------------------------------------------------

@st.composite
def cases(draw, beyond_a_slice=False):
    """Draw any case. ``beyond_a_slice``: some cases are narrow and have more rows than a slice of the C engine."""
    loss = draw(st.sampled_from(sorted(LOSS_SETTINGS)))
    output = LOSS_SETTINGS[loss][2] or draw(st.sampled_from(sorted(ACTIVATION_SETTINGS)))
    large = beyond_a_slice and draw(st.integers(0, 9)) == 0
    sizes = draw(st.lists(st.sampled_from(SIZES[:6] if large else SIZES), min_size=2, max_size=4))
    if output == "softmax" and sizes[-1] == 1:
        sizes[-1] = 2  # a softmax of one output is refused
    return Case(
        sizes=sizes,
        rows=draw(st.sampled_from([127, 128, 129, 256, 257, 300] if large else SIZES)),
        hidden=draw(st.sampled_from(sorted(set(ACTIVATION_SETTINGS) - {"softmax"}))),
        output=output,
        slope=draw(st.sampled_from([0.01, 0.2137, 0.0])),
        bias=draw(st.booleans()),
        loss=loss,
        delta=draw(st.sampled_from([1.0, 0.0317, 41.3])),
        reduction=draw(st.sampled_from([None, *REDUCTIONS])),
        optimizer={**draw(st.sampled_from(list(SGD_FORMS.values()))),
                   "learning_rate": draw(st.sampled_from([0.0, 1.3e-5, 0.0173, 1.0, 7.9, 3.1e8]))},
        init=draw(st.sampled_from(sorted(INITIALISERS))),
        seed=draw(st.integers(0, 2**32 - 1)),
        weighted=draw(st.booleans()),
        decades=draw(st.sampled_from([0, 0, 1, 3, 30, 80, 200, 307])),
    )
