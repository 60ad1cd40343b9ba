"""Optimizers, penalties, clipping and decay: beside textbook formulas, in exact numbers, on both backends, saved."""
import copy
import math
import random

import pytest

import purenet
from purenet import SGD, Adagrad, Adam, AdamW, Dense, Network, NonFiniteError, RandomState, RMSprop, Rprop
from purenet.model_files import network_format
from purenet.optimizers.schedules import CosineDecay, ReduceOnPlateau, WarmUp
from purenet.reference.optimizers import OPTIMIZERS, clipped, decayed, norm_factor, penalized, squares
from tests.support.numbers import Exact, exact
from tests.support.oracle import assert_same_bits

BACKENDS = purenet.backend().available
EVERY = {
    "sgd": SGD(0.05), "momentum": SGD(0.05, 0.9), "nesterov": SGD(0.05, 0.9, True), "rmsprop": RMSprop(0.002),
    "rmsprop with momentum": RMSprop(0.01, 0.8, 0.7, 1e-3), "adagrad": Adagrad(0.1),
    "adam": Adam(0.01, 0.8, 0.99, 1e-4), "adamw": AdamW(0.01, weight_decay=0.3), "rprop": Rprop(0.01),
    "decay": SGD(0.05, 0.9, weight_decay=0.2),
    "clipped by norm": Adam(0.01, clip_norm=0.1), "clipped by value": SGD(0.05, clip_value=0.02),
}
STREAM = RandomState(7)
X, Y = STREAM.randn(12, 3), STREAM.randn(12, 2)

pytestmark = pytest.mark.filterwarnings("ignore:.*inputs beyond 1,000")


def network(optimizer, backend="reference", penalties=(0.01, 0.02), **given):
    l1, l2 = penalties
    return Network(3, [Dense(5, "tanh", l1=l1), Dense(2, l2=l2)], loss="mean_squared_error", optimizer=optimizer,
                   init="randn", seed=4, backend=backend, **given)


def flat(values):
    return [number for part in values for number in flat(part)] if isinstance(values, (list, tuple)) else [values]


# beside textbook formulas --------------------------------------------------------------------------

class Textbook:
    """One number's path, as the papers have it: Adam with its bias-corrected moments, Adagrad from its first total."""

    def __init__(self, optimizer):
        self.o, self.t = optimizer, 0
        self.a = self.b = 0.0
        self.step = optimizer.learning_rate

    def moved(self, w, g):
        o, rate = self.o, self.o.learning_rate
        self.t += 1
        if isinstance(o, SGD):
            self.a = o.momentum * self.a + g
            change = rate * (g + o.momentum * self.a if o.nesterov else self.a)
        elif isinstance(o, RMSprop):
            self.a += (1 - o.rho) * (g ** 2 - self.a)
            self.b = o.momentum * self.b + rate * g * (self.a + o.epsilon) ** -0.5
            change = self.b
        elif isinstance(o, Adagrad):
            self.a = self.a + g ** 2 if self.t > 1 else o.initial_accumulator_value + g ** 2
            change = rate * g * (self.a + o.epsilon) ** -0.5
        elif isinstance(o, Adam):
            self.a += (1 - o.beta_1) * (g - self.a)
            self.b += (1 - o.beta_2) * (g ** 2 - self.b)
            mean, square, correction = self.a / (1 - o.beta_1 ** self.t), self.b, 1 - o.beta_2 ** self.t
            change = rate * mean / (math.sqrt(square / correction) + o.epsilon / math.sqrt(correction))
        else:
            sign = (g * self.a > 0) - (g * self.a < 0)
            self.step = min(max(self.step * {1: o.grow, -1: o.shrink, 0: 1.0}[sign], o.least), o.most)
            self.a = 0.0 if sign < 0 else g
            change = math.copysign(self.step, self.a) if self.a else 0.0
        return w * (1 - rate * o.weight_decay) - change


def textbook(net, steps):
    """The parameters after some steps; gradients are those of a network without penalties, with its parameters."""
    optimizer, paths, plain = net.optimizer, None, network(SGD(0.0), penalties=(0.0, 0.0))
    values = net.parameters()
    for _ in range(steps):
        plain.set_parameters(values)
        gradients = flat([own for _, own in plain.gradients(X, Y)])
        numbers, costs = flat([own for _, own in values]), []
        for (name, own), layer in zip(values, [net.layers[0], net.layers[0], net.layers[1], net.layers[1]]):
            weights = name.endswith("weights")
            costs += [(layer.l1 * weights, layer.l2 * weights)] * len(flat(own))
        paths = paths or [Textbook(optimizer) for _ in numbers]
        gradients = [g + l1 * math.copysign(1.0, w) + 2 * l2 * w for g, w, (l1, l2) in zip(gradients, numbers, costs)]
        norm = math.sqrt(math.fsum(g * g for g in gradients))
        if optimizer.clip_norm:
            gradients = [g * min(1.0, optimizer.clip_norm / norm) for g in gradients]
        if optimizer.clip_value:
            gradients = [max(-optimizer.clip_value, min(optimizer.clip_value, g)) for g in gradients]
        new = iter([path.moved(w, g) for path, w, g in zip(paths, numbers, gradients)])
        values = [(name, [[next(new) for _ in row] for row in own] if isinstance(own[0], list) else
                   [next(new) for _ in own]) for name, own in values]
    return flat([own for _, own in values])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", EVERY)
def test_a_hundred_steps_are_the_textbooks(name, backend):
    net = network(EVERY[name], backend)
    expected = textbook(network(EVERY[name]), 100)
    before = flat([own for _, own in net.parameters()])
    net.fit(X, Y, 100, batch_size=None, shuffle=False)
    found = flat([own for _, own in net.parameters()])
    assert max(abs(a - b) for a, b in zip(found, expected)) < 1e-12
    assert max(abs(a - b) for a, b in zip(found, before)) > 0.05


# in exact numbers ----------------------------------------------------------------------------------

SETTINGS = {"sgd": [], "sgd_momentum": [0.87], "sgd_nesterov": [0.87], "rmsprop": [0.83, 1e-7],
            "rmsprop_momentum": [0.83, 1e-7, 0.71], "adagrad": [0.1, 1e-7], "adam": [0.9, 0.97, 1e-8, 0.6, 0.8],
            "rprop": [0.5, 1.2, 1e-6, 50.0]}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_has_the_bits_of_exact_arithmetic(name):
    stream = random.Random(name)
    rows = [[stream.gauss(0.0, 1.0) * 10.0 ** stream.randint(-9, 3) for _ in range(60)] for _ in range(4)]
    w, g, first, second = [[row] for row in rows]
    if name in ("rmsprop", "rmsprop_momentum", "adagrad"):
        first = [[abs(v) for v in first[0]]]
    if name in ("adam", "rprop"):
        second = [[abs(v) if k % 7 else 0.0 for k, v in enumerate(second[0])]]
    reals = [0.0173, *SETTINGS[name]]
    floats = OPTIMIZERS[name](w, [first, second], g, *reals)
    converted = [[[exact(v) for v in table[0]]] for table in (w, first, second, g)]
    exacts = OPTIMIZERS[name](converted[0], converted[1:3], converted[3], *[exact(real) for real in reals])
    assert all(type(v) is Exact for v in exacts[0][0])
    assert_same_bits([float(v) for v in flat(exacts)], flat(floats))


def test_penalties_clipping_and_decay_have_the_bits_of_exact_arithmetic():
    stream = random.Random(1)
    w, g = [[[stream.gauss(0.0, 1.0) for _ in range(50)]] for _ in range(2)]
    w[0][:2] = [0.0, -0.0]
    for function, given in [(penalized, (w, g, 0.013, 0.17)), (clipped, (g, 0.3)), (decayed, (w, 0.013, g))]:
        exacts = [exact(v) if isinstance(v, float) else [[exact(cell) for cell in v[0]]] for v in given]
        assert_same_bits([float(v) for v in flat(function(*exacts))], flat(function(*given)))
    total = squares([[exact(v) for v in g[0]]], exact(0))
    assert float(norm_factor(total, exact(0.3))) == norm_factor(squares(g, 0.0), 0.3) < 1.0
    assert penalized([[2.0, -2.0, 0.0, -0.0]], [[1.0] * 4], 0.5, 0.25) == [[2.5, -0.5, 1.0, 1.0]]
    assert clipped([[2.0, -2.0, 0.25, -0.0]], 0.5) == [[0.5, -0.5, 0.25, -0.0]]


# both backends, saved ------------------------------------------------------------------------------

SCHEDULED = {
    **EVERY, "warm-up and cosine": Adam(WarmUp(CosineDecay(0.02, 9), 4), clip_norm=0.4),
    "plateau": RMSprop(WarmUp(ReduceOnPlateau(0.3, 0.5, 1, min_rate=0.01), 2), weight_decay=0.1),
}


@pytest.mark.parametrize("name", SCHEDULED)
def test_both_backends_give_the_same_bits(name):
    for size, shuffle in [(5, True), (12, False), (1, True)] if len(BACKENDS) > 1 else []:
        assert purenet.compare(network(SCHEDULED[name]), X, Y, 4, size, shuffle, timed=False).identical


@pytest.mark.parametrize("first, second", [BACKENDS[::-1], BACKENDS] if len(BACKENDS) > 1 else [BACKENDS * 2])
@pytest.mark.parametrize("name", SCHEDULED)
def test_a_saved_run_goes_on_with_the_same_bits_on_the_other_backend(name, first, second, tmp_path):
    whole, halved = network(SCHEDULED[name], first), network(SCHEDULED[name], first)
    history = whole.fit(X, Y, 7, 5).loss
    losses = halved.fit(X, Y, 3, 5).loss
    halved.save(tmp_path / "half")
    again = purenet.load(tmp_path / "half", backend=second)
    assert repr(again.optimizer) == repr(halved.optimizer)
    copied = copy.deepcopy(halved)
    assert_same_bits(losses + again.fit(X, Y, 4, 5).loss, history)
    copied.fit(X, Y, 4, 5)
    states = [net._engine.state() for net in (whole, again, copied)]
    for state in states[1:]:
        for what in ("parameters", "optimizer_numbers"):
            assert_same_bits(flat([list(map(list, own)) if what[0] == "o" else list(own) for own in
                                   getattr(state, what)]),
                             flat([list(map(list, own)) if what[0] == "o" else list(own) for own in
                                   getattr(states[0], what)]))
        assert state.position == states[0].position and state.stream[1:3] == states[0].stream[1:3]
    assert whole.optimizer.float_settings() == again.optimizer.float_settings() == copied.optimizer.float_settings()


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_running_products_are_kept_with_the_optimizer_numbers(backend):
    net = network(Adam(0.01, 0.5, 0.75), backend)
    assert net._engine.state().optimizer_numbers[-1] == [[1.0, 1.0]]
    net.fit(X, Y, 3, None)
    assert net._engine.state().optimizer_numbers[-1] == [[0.125, 0.421875]]
    assert len(net._engine.state().optimizer_numbers) == len(net.plan.parameters) + 1


# numbers that are not finite -----------------------------------------------------------------------

@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("optimizer, words", [
    (Adam(0.01), "optimizer number"), (RMSprop(0.01), "optimizer number"), (Adagrad(0.01), "optimizer number"),
    (SGD(1e200, 0.9), "new value"), (SGD(0.01, clip_norm=1.0), "new value"),
])
def test_a_batch_that_overflows_changes_nothing_and_is_named(optimizer, words, backend):
    net = Network(1, [Dense(1, bias=False)], loss="mean_absolute_error", optimizer=optimizer, backend=backend)
    net.set_parameters([("0.weights", [[2.0]])])
    net.fit([[0.0]], [[0.0]], 2)
    before = net._engine.state()
    with pytest.raises(NonFiniteError, match=f"the {words} of 0.weights.0..0. is not finite in epoch 1, batch 1;"):
        net.fit([[1e180]], [[0.0]])
    after = net._engine.state()
    assert repr(before.optimizer_numbers) == repr(after.optimizer_numbers) and before.position == after.position
    assert before.digest() == after.digest()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("optimizer", [SGD(0.01, clip_norm=1.0), SGD(0.01, clip_value=1.0), Rprop(0.01), Adam(0.01)])
def test_an_infinite_gradient_is_named_even_where_it_is_clipped_or_only_its_sign_counts(optimizer, backend):
    net = Network(1, [Dense(1), Dense(1)], loss="mean_absolute_error", optimizer=optimizer, backend=backend)
    net.set_parameters([("0.weights", [[1e-200]]), ("0.bias", [1e-3]), ("1.weights", [[1e300]]), ("1.bias", [0.0])])
    with pytest.raises(NonFiniteError, match=r"the gradient of 0.weights\[0\]\[0\] is not finite"):
        net.fit([[1e10]], [[0.0]])
    assert net.parameters()[0] == ("0.weights", [[1e-200]])


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_infinite_gradient_is_named_where_it_has_changed_its_sign(backend):
    net = Network(1, [Dense(1), Dense(1)], loss="mean_absolute_error", optimizer=Rprop(0.01), backend=backend)
    net.set_parameters([("0.weights", [[1.0]]), ("0.bias", [0.0]), ("1.weights", [[1.0]]), ("1.bias", [0.0])])
    net.fit([[1.0]], [[9.0]])  # a gradient below 0, and then one above
    net.set_parameters([("0.weights", [[1e-200]]), ("0.bias", [1e-3]), ("1.weights", [[1e300]]), ("1.bias", [0.0])])
    with pytest.raises(NonFiniteError, match=r"the gradient of 0.weights\[0\]\[0\] is not finite"):
        net.fit([[1e10]], [[0.0]])


@pytest.mark.parametrize("backend", BACKENDS)
def test_of_a_second_optimizer_number_the_right_parameter_is_named(backend):
    net = Network(1, [Dense(2), Dense(1)], loss="mean_absolute_error", optimizer=Adam(0.01), backend=backend)
    net.set_parameters([("0.weights", [[0.0, 1e180]]), ("0.bias", [0.0, 0.0]), ("1.weights", [[0.0], [0.0]]),
                        ("1.bias", [0.0])])
    with pytest.raises(NonFiniteError, match=r"the optimizer number of 1.weights\[1\]\[0\] is not finite"):
        net.fit([[1.0]], [[1.0]])


@pytest.mark.parametrize("optimizer, tensor", [
    (Adam(), "0.weights.optimizer.1"), (RMSprop(), "0.weights.optimizer.0"), (Adagrad(), "0.bias.optimizer.0"),
    (Rprop(), "0.bias.optimizer.1"), (Adam(), "optimizer.0")])
def test_a_file_with_numbers_below_0_where_squares_stand_is_refused(optimizer, tensor, tmp_path, monkeypatch):
    net = network(optimizer)
    net.fit(X, Y, 2)
    net.save(tmp_path / "sound")
    purenet.load(tmp_path / "sound")
    parts = network_format.encode(*net.__getstate__(), net.plan)
    for one in parts[1]:
        if one.name == tensor:
            one.values = [-0.5] * len(one.values)
    monkeypatch.setattr(network_format, "encode", lambda *network: parts)
    net.save(tmp_path / "unsound")
    with pytest.raises(purenet.ModelFileError, match="cannot be rebuilt: a.* is (below 0|not between 0 and 1)"):
        purenet.load(tmp_path / "unsound")


# what they are -------------------------------------------------------------------------------------

def test_penalties_are_for_weights_and_in_the_gradients_but_not_in_the_loss():
    plain, costly = network(SGD(0.05), penalties=(0.0, 0.0)), network(SGD(0.05), penalties=(0.5, 0.5))
    assert [(p.name, p.l1, p.l2) for p in costly.plan.parameters] == [
        ("0.weights", 0.5, 0.0), ("0.bias", 0.0, 0.0), ("1.weights", 0.0, 0.5), ("1.bias", 0.0, 0.0)]
    same = [one == other for one, other in zip(plain.gradients(X, Y), costly.gradients(X, Y))]
    assert same == [False, True, False, True] and plain.evaluate(X, Y) == costly.evaluate(X, Y)
    assert plain.fit(X, Y, 1, None).loss == costly.fit(X, Y, 1, None).loss
    after = zip(plain.parameters(), costly.parameters())
    assert [one == other for one, other in after] == [False, True, False, True]


def test_gradients_within_the_limits_are_left_as_they_are():
    bits = {network(SGD(0.05, **limit)).fit(X, Y, 3).loss[-1] for limit in ({}, {"clip_norm": 99.0},
                                                                          {"clip_value": 99.0})}
    assert len(bits) == 1


def test_usual_settings_are_not_written_so_files_stay_as_they_were():
    assert SGD(0.1).config() == [["kind", "sgd"], ["nesterov", False]] and SGD(0.1, 0.5).float_settings() == [0.1, 0.5]
    assert Dense(2).config() == [["kind", "dense"], ["units", 2], ["activation", "linear"], ["bias", True],
                                ["init", None]]
    assert SGD(0.1, clip_norm=0.5).config()[2:] == [["clip_norm", "given"]]
    assert Adam(WarmUp(0.1, 5)).config() == [["kind", "adam"], ["learning_rate", [
        ["kind", "warm_up"], ["length", 5], ["unit", "steps"]]]]
    assert repr(AdamW(0.1, clip_norm=1)) == "AdamW(learning_rate=0.1, clip_norm=1.0)"
    assert repr(Dense(2, l2=0.5)) == "Dense(2, 'linear', l2=0.5)"


@pytest.mark.parametrize("make, words", [
    (lambda: Adam(epsilon=0.0), "epsilon: expected a number above 0, got 0.0"),
    (lambda: Adam(beta_1=1.0), "beta_1: expected a finite number of at least 0.0 and below 1.0"),
    (lambda: SGD(clip_norm=0), "clip_norm: expected a number above 0"),
    (lambda: SGD(clip_norm=1, clip_value=1), "clipped in one way; give only one of them"),
    (lambda: Rprop(CosineDecay(0.1, 5)), "Rprop needs a number, its first step size"),
    (lambda: Rprop(most=0.0), "most: expected a finite number of at least 1e-06"),
    (lambda: Dense(2, l1=-1.0), "l1: expected a finite number of at least 0.0"),
])
def test_what_cannot_be_is_refused_with_a_cure(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_settings_cannot_be_changed():
    for optimizer in EVERY.values():
        for name, _, _ in optimizer.FIELDS:
            if name != "learning_rate":
                with pytest.raises(AttributeError):
                    setattr(optimizer, name, 0.5)
