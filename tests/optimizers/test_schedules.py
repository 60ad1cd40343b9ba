"""Learning-rate schedules: their rates, that every step gets its own on both backends, and what is saved of them."""
import math

import pytest

import purenet
from purenet import Constant, CosineDecay, ExponentialDecay, InverseScaling, Network, ReduceOnPlateau, StepDecay, WarmUp
from purenet.layers import Dense
from purenet.optimizers import SGD
from purenet.optimizers.schedules import KINDS
from purenet.optimizers.schedules.base import Schedule
from purenet.optimizers.schedules.decay import PI
from tests.support.oracle import assert_same_bits

BACKENDS = purenet.backend().available
FORMULAS = {  # by name: the schedule, and its rate after n steps
    "constant": (Constant(0.3), lambda n: 0.3),
    "step": (StepDecay(0.4, 10, 0.5), lambda n: 0.4 * 0.5 ** (n // 10)),
    "exponential": (ExponentialDecay(0.4, 10, 0.9), lambda n: 0.4 * 0.9 ** (n / 10)),
    "inverse scaling": (InverseScaling(0.4, 0.6), lambda n: 0.4 / (n + 1) ** 0.6),
    "cosine": (CosineDecay(0.4, 50, 0.1),
               lambda n: 0.4 * (0.9 * 0.5 * (1 + math.cos(math.pi * min(n, 50) / 50)) + 0.1)),
    "warm-up": (WarmUp(0.4, 8), lambda n: 0.4 * min(1.0, (n + 1) / 8)),
    "warm-up and cosine": (WarmUp(CosineDecay(0.4, 20), 8), lambda n: 0.4 * (n + 1) / 8 if n < 8 else
                           0.2 * (1 + math.cos(math.pi * min(n - 8, 20) / 20))),
}

pytestmark = pytest.mark.filterwarnings("ignore:.*inputs beyond 1,000")


@pytest.mark.parametrize("name", FORMULAS)
def test_the_rates_are_the_formulas(name):
    schedule, formula = FORMULAS[name]
    for n in range(200):
        assert schedule.rate(999, n) == pytest.approx(formula(n), rel=1e-14, abs=1e-17)
    if schedule.unit:
        by_epoch = type(schedule)(*[getattr(schedule, field) for field, _, _ in schedule.FIELDS[:-1]], "epochs") \
            if schedule.kind != "warm_up" or not isinstance(schedule.learning_rate, Schedule) else None
        assert by_epoch is None or by_epoch.rate(7, 999) == schedule.rate(999, 7)


def test_pi_is_the_double_next_to_it_and_halving_is_exact():
    assert PI == math.pi
    assert [StepDecay(1.0, 3, 0.5).at(3 * k) for k in range(40)] == [math.ldexp(1.0, -k) for k in range(40)]


def climber(schedule, backend):
    """A network whose one weight grows by the learning rate in every step."""
    net = Network(1, [Dense(1, bias=False)], loss="mean_absolute_error", optimizer=SGD(schedule), backend=backend)
    net.set_parameters([("0.weights", [[0.0]])])
    return net


def climbed(rates):
    w, path = 0.0, []
    for rate in rates:
        w = w - rate * -1.0
        path.append(w)
    return path


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", FORMULAS)
def test_every_step_has_its_own_rate_whoever_asks_and_however_often(name, backend):
    schedule = FORMULAS[name][0]
    path = climbed([schedule.rate(0, n) for n in range(66)])
    net, done = climber(schedule, backend), 0
    for epochs in (1, 3, 7):  # of six batches, the last one smaller
        net.fit([[1.0]] * 11, [[1e9]] * 11, epochs, 2, shuffle=False)
        done += 6 * epochs
        assert net.parameters()[0][1][0][0] == path[done - 1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_epochs_are_counted_by_whole_ones(backend):
    schedule = WarmUp(StepDecay(0.5, 2, 0.5, "epochs"), 2, "epochs")
    net = climber(schedule, backend)
    rates = [0.25, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125]
    net.fit([[1.0]] * 5, [[1e9]] * 5, 7, 2, shuffle=False)
    assert net.parameters()[0][1][0][0] == climbed([rate for rate in rates for _ in range(3)])[-1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_plateau_reduces_the_rate_and_is_kept_when_saved(backend, tmp_path):
    net = climber(ReduceOnPlateau(0.5, 0.5, 2, min_rate=0.2), backend)
    x, y = [[1.0]] * 2, [[-1e9]] * 2  # the weight falls, and so does the loss
    net.fit(x, y, 4, 1)
    assert net.optimizer.learning_rate.state()[::3] == [0.5, 0.0]
    worse = [[0.0]] * 2, [[2e9]] * 2  # a loss that does not change
    net.fit(*worse, 1, 1)
    assert net.optimizer.learning_rate.state()[::3] == [0.5, 1.0]
    net.save(tmp_path / "a")
    for one in (net, purenet.load(tmp_path / "a", backend=BACKENDS[-1]), purenet.load(tmp_path / "a")):
        one.fit(*worse, 1, 1)
        assert one.optimizer.learning_rate.state()[::3] == [0.25, 0.0]
        one.fit(*worse, 7, 1)
        assert one.optimizer.learning_rate.state()[::3] == [0.2, 1.0]
    assert repr(net.optimizer) == "SGD(learning_rate=ReduceOnPlateau(0.5, factor=0.5, patience=2, min_rate=0.2))"


def test_the_schedule_given_is_copied_and_stays_as_it_is():
    schedule = ReduceOnPlateau(0.5, patience=1)
    net = climber(schedule, "reference")
    net.fit([[0.0]], [[1.0]], 3)
    assert schedule.state() == [0.5, 0.0, 0.0, 0.0] != net.optimizer.learning_rate.state()
    purenet_state = net.optimizer.learning_rate.state()
    if len(BACKENDS) > 1:
        assert purenet.compare(net, [[0.0]], [[1.0]], 5, timed=False).identical
    assert net.optimizer.learning_rate.state() == purenet_state


@pytest.mark.parametrize("schedule", [
    Constant(0.3), StepDecay(0.4, 10, 0.5, "epochs"), ExponentialDecay(0.4, 3), InverseScaling(0.4),
    CosineDecay(0.4, 9),
    ReduceOnPlateau(0.3), WarmUp(0.2, 3), WarmUp(ReduceOnPlateau(0.3), 5), WarmUp(StepDecay(0.4, 10), 7)])
def test_every_schedule_is_saved_whole(schedule, tmp_path):
    net = climber(schedule, "reference")
    net.fit([[1.0]] * 3, [[1.0]] * 3, 2, 2)
    net.save(tmp_path / "a")
    again = purenet.load(tmp_path / "a")
    assert repr(again.optimizer) == repr(net.optimizer)
    assert again.optimizer.float_settings() == net.optimizer.float_settings()
    assert again.optimizer.config() == net.optimizer.config()
    for one in (net, again):
        one.fit([[1.0]] * 3, [[1.0]] * 3, 2, 2)
    assert_same_bits(net.parameters()[0][1], again.parameters()[0][1])


def test_every_schedule_is_tried_here():
    tried = {type(schedule).kind for schedule, _ in FORMULAS.values()} | {ReduceOnPlateau.kind}
    assert tried == {kind for kind, _, _ in KINDS}


@pytest.mark.parametrize("state", [[0.6, 1.0, 2.0, 0.0], [0.5, 0.5, 2.0, 0.0], [0.5, 1.0, 2.0, 3.0],
                                   [0.5, 1.0, 2.0, 0.5], [-0.1, 1.0, 2.0, 0.0]])
def test_a_state_that_cannot_be_is_refused(state):
    with pytest.raises(ValueError, match="training cannot produce this state"):
        ReduceOnPlateau(0.5, patience=3).set_state(state)
    ReduceOnPlateau(0.5, patience=3).set_state([0.05, 1.0, -2.0, 2.0])


@pytest.mark.parametrize("make, words", [
    (lambda: StepDecay(0.1, 0), "length: expected a whole number from 1"),
    (lambda: StepDecay(0.1, 5, 1.5), "factor: expected a number above 0 and up to 1, got 1.5"),
    (lambda: CosineDecay(0.1, 5, unit="batches"), "unit: 'batches' is not known; choose one of steps, epochs"),
    (lambda: WarmUp(WarmUp(0.1, 5), 5), "a warm-up cannot be followed by another warm-up"),
    (lambda: WarmUp(CosineDecay(0.1, 5), 5, "epochs"),
     "the warm-up counts epochs, the schedule after it steps; give both"),
    (lambda: WarmUp(-0.1, 5), "learning_rate: expected a finite number of at least 0.0"),
])
def test_what_cannot_be_is_refused_with_a_cure(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_rate_of_the_failing_step_is_named(backend):
    net = Network(1, [Dense(1)], optimizer=SGD(StepDecay(1e300, 1, 0.5)), backend=backend)
    net.fit([[0.0]], [[0.0]], 3)
    with pytest.raises(purenet.NonFiniteError, match="a smaller learning rate .now 1.25e.299"):
        net.fit([[1e100]], [[1.0]])


def test_a_schedule_can_be_set_between_fits():
    net = climber(0.5, "reference")
    net.optimizer.learning_rate = StepDecay(0.5, 1, 0.5)
    net.fit([[1.0]], [[1e9]], 3)
    assert net.parameters()[0][1][0][0] == 0.875
    net.optimizer.learning_rate = "fast"
    with pytest.raises(TypeError, match="learning_rate"):
        net.fit([[1.0]], [[1e9]], 3)
