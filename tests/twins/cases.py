"""The calls that test_expressions.py makes of the reference and of the C: shapes, numbers on both sides of branches."""
import functools
import itertools
import math
import re

from purenet import SGD, Adagrad, Adam, Network, RMSprop, Rprop
from purenet._core.state import Run, State
from purenet._core.window import Window
from purenet.layers import Activation, BatchNorm, Conv2D, Dense, Dropout, Flatten
from purenet.layers.activations import ACTIVATION_SETTINGS as KNOWN_ACTIVATIONS
from purenet.layers.pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from purenet.losses import LOSS_SETTINGS as KNOWN_LOSSES
from purenet.reference import elementary, matrix, normalisation
from purenet.reference.activations import ACTIVATIONS, USES_OUTPUT
from purenet.reference.convolution import conv2d_backward, conv2d_forward
from purenet.reference.dense import dense_backward, dense_forward
from purenet.reference.dropout import dropout_forward, dropout_key
from purenet.reference.elementary import INFINITY, NOT_A_NUMBER
from purenet.reference.engine import ReferenceEngine
from purenet.reference.losses import LOSSES
from purenet.reference.pooling import average_pool_backward, average_pool_forward, max_pool_backward, max_pool_forward
from purenet.reference.random_state import RandomState
from purenet.reference.training import batch_gradients, updated
from tests import ROOT
from tests.support.numbers import double
from tests.twins.optimizer_cases import KEPT, Rates, in_the_order_of_c, optimizer_cases
from tests.twins.recorded_calls import GRID, TABLES, Case
from tools.checks.driver_cases import STEPS, of_optimizer, real_numbers, whole_numbers

CSRC = ROOT / "csrc"
def transposed(table):
    return [list(row) for row in zip(*table)]


def around(*values):
    """The values and their neighbours."""
    return [y for x in values for y in (math.nextafter(x, -INFINITY), x, math.nextafter(x, INFINITY))]


LN2 = math.log(2.0)
EVERY = [0.0, -0.0, 0.1, -0.1, 1.0, -1.0, 3.7, -3.7, double(1), -double(1), INFINITY, -INFINITY, NOT_A_NUMBER]
TURNS = [n * LN2 for n in (-1081, -1080, -1079, -1075, -1023, -1022, -1021, -1, 1, 1000, 1019, 1020, 1021, 1023, 1024,
                           1025, 1026)]  # where 2**n leaves the doubles
POINTS = {
    "exp": EVERY + TURNS + around(709.78, -745.13),
    "expm1": EVERY + TURNS + around(-50.0, 700.0),
    "sigmoid": EVERY + TURNS,
    "tanh": EVERY + around(-20.0, 20.0) + [19.0, -19.0, 1e-9, 800.0],
    "log": EVERY + around(double(1 << 52), 181 / 256, 181 / 128, 0.5, 1.0, 2.0) + [double(12345), 1e300, 1e-300],
    "log1p": EVERY + around(-1.0, -0.25, 53 / 128, 1.0, 181 / 64 - 1.0, 181 / 512 - 1.0) + [-0.9, 1e17, -2.0, 1e300],
    "softplus": EVERY + [-800.0, -740.0, -40.0, 40.0, 740.0, 800.0, 1e-9, -1e-9],
    "cos": EVERY + around(1048576.0, -1048576.0) + [k * 0.7853 for k in range(-9, 10)] + [1e5, -1e5],
}
PAIRS = [(x, y) for x in (0.0, double(1), 0.5, 1.0, 3.0, 1e300, INFINITY, -2.0, NOT_A_NUMBER)
         for y in (0.0, -0.0, 1.0, -0.5, 2.5, 400.0, -400.0)]


def elementary_cases():
    for name, points in sorted(POINTS.items()):
        for x in points:
            case = Case(name, 1)
            case.gives(getattr(elementary, name)(case.number("x", x)))
            yield case
    for x, y in PAIRS:
        case = Case("powers", 1, 1)
        case.gives(elementary.power(case.number("x", x), case.number("y", y)))
        yield case


SHAPES = [(1, 1, 1), (1, 5, 1), (2, 3, 4), (4, 2, 3), (5, 8, 3), (3, 9, 11), (1, 17, 10), (7, 4, 12), (2, 16, 19)]


def multiply_cases():
    for (rows, terms, columns), *turned in itertools.product(SHAPES, [0, 1], [0, 1]):
        for multiply, goes_on in itertools.product([matrix.multiply_cells, matrix.multiply_rows], [0, 1]):
            case = Case("multiply", rows, terms, columns, *turned, goes_on)
            starts = case.table("start", rows if goes_on else 1, columns)
            left = case.table("left", *((terms, rows) if turned[0] else (rows, terms)))
            right = case.table("right", *((columns, terms) if turned[1] else (terms, columns)))
            left = transposed(left) if turned[0] else left
            right = transposed(right) if turned[1] else right
            for start, row in zip(starts if goes_on else starts * rows, left):
                case.gives(multiply(start, [row], right))
            yield case


def dense_cases():
    for (rows, fan_in, units), biased in itertools.product(SHAPES, [0, 1]):
        case = Case("dense_forward", rows, fan_in, units, biased)
        x, weights = case.table("x", rows, fan_in), case.table("w", fan_in, units)
        case.gives(dense_forward(x, weights, *[case.table("b", biased, units)] * biased))
        yield case
        for first in [0, 1]:
            case = Case("dense_backward", rows, fan_in, units, biased, first)
            x, d_outputs = case.table("x", rows, fan_in), case.table("d", rows, units)
            weights = case.table("w", fan_in, units)
            case.gives(dense_backward(x, d_outputs, bool(first), weights, *[[[0.0] * units]] * biased))
            yield case


def activation_cases():
    for name, (forward, backward) in sorted(ACTIVATIONS.items()):
        for rows, columns in TABLES:
            case = Case(f"{name}_forward", rows, columns)
            z = case.table("z", rows, columns)
            case.gives(forward(z, *case.real("slope", 0.25, KNOWN_ACTIVATIONS[name])))
            yield case
            case = Case(f"{name}_backward", rows, columns)
            seen = case.table("a" if name in USES_OUTPUT else "z", rows, columns)
            d_a = case.table("d", rows, columns)
            case.gives(backward(seen, d_a, *case.real("slope", 0.25, KNOWN_ACTIVATIONS[name])))
            yield case


def loss_cases():
    for name, (forward, backward) in sorted(LOSSES.items()):
        if name == "mean_squared_error":
            continue  # squared_error's functions
        for rows, columns in TABLES:
            case = Case(f"{name}_forward", rows, columns)
            p, y = case.table("p", rows, columns), case.table("y", rows, columns)
            case.gives(forward(p, y, *case.real("delta", 1.0, backward.__name__[:5] == "huber")))
            yield case
            case = Case(backward.__name__, rows, columns)
            p, y = case.table("p", rows, columns), case.table("y", rows, columns)
            factors = case.row("factor", rows)
            case.gives(backward(p, y, factors, *case.real("delta", 1.0, backward.__name__[:5] == "huber")))
            yield case


# images --------------------------------------------------------------------------------------------

WINDOWS = [  # image, kernel, strides, same, filters
    ((3, 4, 2), (2, 2), (1, 1), False, 3), ((4, 3, 1), (3, 2), (1, 1), True, 2), ((5, 4, 2), (2, 3), (2, 1), True, 1),
    ((5, 5, 1), (3, 3), (2, 3), False, 2), ((2, 2, 3), (1, 1), (1, 1), False, 2), ((4, 4, 1), (2, 2), (3, 3), True, 1),
    ((3, 3, 2), (3, 3), (1, 1), False, 2),
]


def image_cases():
    for (image, kernel, strides, same, filters), rows, biased in itertools.product(WINDOWS, [1, 2], [0, 1]):
        window = Window(image, kernel, strides, same, filters)
        terms, width = kernel[0] * kernel[1] * image[2], image[0] * image[1] * image[2]
        outputs = window.out_height * window.out_width
        case = Case("conv2d_forward", *window.integers(), rows, biased)
        x, weights = case.table("x", rows, width), case.table("w", terms, filters)
        case.gives(conv2d_forward(x, window, weights, *[case.table("b", biased, filters)] * biased))
        yield case
        for first in [0, 1]:
            case = Case("conv2d_backward", *window.integers(), rows, biased, first)
            x, d_outputs = case.table("x", rows, width), case.table("d", rows, outputs * filters)
            weights = case.table("w", terms, filters)
            case.gives(conv2d_backward(x, d_outputs, bool(first), window, weights, *[[[0.0] * filters]] * biased))
            yield case
        if biased:
            continue
        window = Window(image, kernel, strides, same, image[2])
        for name, (forward, backward) in [("max_pool", (max_pool_forward, max_pool_backward)),
                                          ("average_pool", (average_pool_forward, average_pool_backward))]:
            case = Case(f"{name}_forward", *window.integers(), rows)
            case.gives(forward(case.table("x", rows, width), window))
            yield case
            case = Case(f"{name}_backward", *window.integers(), rows)
            x = case.table("x", rows, width) if name == "max_pool" else [[0.0] * width] * rows
            case.gives(backward(x, case.table("d", rows, outputs * image[2]), window))
            yield case


def normalisation_cases():
    for rows, positions, channels in [(1, 1, 1), (3, 1, 2), (2, 4, 3), (5, 2, 1)]:
        count = rows * positions
        narrow, epsilon = GRID[5:12], 0.25

        def samples(case, name):
            numbers = case.row(name, count * channels, narrow)
            size = positions * channels
            return [numbers[k:k + size] for k in range(0, len(numbers), size)]

        case = Case("batch_norm_forward", count, channels)
        x, gamma, beta = samples(case, "x"), case.table("gamma", 1, channels), case.table("beta", 1, channels)
        case.gives(normalisation.batch_norm_forward(x, gamma, beta, case.number("epsilon", epsilon), 0.5))
        yield case
        case = Case("batch_norm_predict", count, channels)
        x, gamma, beta = samples(case, "x"), case.table("gamma", 1, channels), case.table("beta", 1, channels)
        mean, variance = case.table("mean", 1, channels, narrow), case.table("variance", 1, channels, [0.25, 1.5])
        recorded = case.number("epsilon", epsilon)
        case.gives(normalisation.batch_norm_predict(x, gamma, beta, mean, variance, recorded, 0.5))
        yield case
        case = Case("batch_norm_statistics", count, channels)
        x, mean, variance = samples(case, "x"), case.table("mean", 1, channels), case.table("variance", 1, channels)
        case.gives(normalisation.batch_norm_statistics(x, mean, variance, epsilon, case.number("momentum", 0.75)))
        yield case
        for first in [0, 1]:
            case = Case("batch_norm_backward", count, channels, first)
            x, d, gamma = samples(case, "x"), samples(case, "d"), case.table("gamma", 1, channels)
            recorded = case.number("epsilon", epsilon)
            case.gives(normalisation.batch_norm_backward(x, d, bool(first), gamma, [], recorded, 0.5))
            yield case


def dropout_cases():
    for seed, layer, step, (rows, columns) in [(0, 0, 0, (1, 1)), (5, 3, 7, (4, 9)), ((1 << 32) - 1, 1, 1, (2, 30))]:
        case = Case("dropout_forward", seed, layer, step, rows * columns)
        x = case.table("x", rows, columns)
        case.gives(dropout_forward(x, dropout_key(seed, layer, step), case.number("rate", 0.5)))
        yield case


# plans ---------------------------------------------------------------------------------------------

ENUMS = re.findall(r"enum \{(.*?)\}", (CSRC / "purenet.h").read_text(), re.S)
NUMBERS = {name: k for body in ENUMS for k, name in enumerate(re.findall(r"PURENET_(\w+)", body))}
HIDDEN = ["linear", "sigmoid", "tanh", "relu", ("leaky_relu", 0.25), "softplus", ("elu", 0.5), "silu", "gelu"]
FORMS = [
    SGD(0.25), SGD(0.25, 0.75), SGD(0.25, 0.75, True, clip_norm=0.25), RMSprop(0.25, 0.75, clip_value=0.25),
    RMSprop(0.25, 0.75, 0.5, weight_decay=0.25), Adagrad(0.25), Adam(0.25, 0.75, 0.5, 0.25, 0.25, clip_norm=0.75),
    Rprop(0.25, 0.25, 1.5, 0.125, 1.25),
]
COSTS = [{}, {"l1": 0.25}, {}, {"l1": 0.5, "l2": 0.25}, {"l2": 0.125}]


def plans():
    """Layers, loss, reduction, optimizer, penalty_reduction: every activation inside and last, every loss and so on."""
    form, cost, mean = itertools.cycle(FORMS), itertools.cycle(COSTS), itertools.cycle(["sum", "mean", "mean"])
    bias = itertools.cycle([True, False, True])
    for hidden, last in itertools.product(HIDDEN, HIDDEN + ["softmax"]):
        layers = [Dense(3, hidden, next(bias), **next(cost)), Dense(2, last, next(bias), **next(cost))]
        yield layers, "half_squared_error", None, next(form), next(mean)
    for loss, (_, _, output) in sorted(KNOWN_LOSSES.items()):
        for reduction, units in itertools.product(["sum", "mean", "cell_mean"], [1 + (output == "softmax"), 3]):
            layers = [Dense(4, "tanh", next(bias), **next(cost)), Dense(2, "relu"),
                      Dense(units, output or "linear", next(bias))]
            yield layers, loss, reduction, next(form), next(mean)
    layers = [Conv2D(2, 2, activation="relu", l2=0.25), BatchNorm(), Dense(2, "tanh")]
    yield layers, "half_squared_error", None, next(form), next(mean)
    layers = [Conv2D(2, (1, 2), bias=False), Dropout(0.5), MaxPool2D(2, 1, "same"), Dense(2)]
    yield layers, "huber", None, next(form), next(mean)
    yield [BatchNorm(0.75, 0.25), AveragePool2D(2, 1), Flatten(), Dense(3), BatchNorm(0.5, 0.25), Activation("tanh"),
           Dropout(0.25), Dense(2, "softmax")], "categorical_cross_entropy", None, next(form), next(mean)
    layers = [Conv2D(2, 2, 1, "same", "tanh"), Conv2D(3, (2, 1), 2), GlobalAveragePool2D()]
    yield layers, "squared_error", None, FORMS[0], "sum"


def planned(function, inputs, layers, loss, reduction, form, mean):
    """A case that begins with a plan, and the plan, its real numbers inputs of the case."""
    case = Case(function)
    if any(layer.kind in ("conv2d", "average_pool") for layer in layers):
        inputs = (3, 3, 1)
    plan = Network(inputs, layers, loss=loss, reduction=reduction, optimizer=form, backend="reference",
                   penalty_reduction=mean).plan
    case.stream.seed(f"{plan} {reduction} {form}")
    case.integers.append(len(plan.steps))
    for step in plan.steps:
        case.integers += [STEPS.index(step.kind), *whole_numbers(plan, step)]
        reals = [case.number(f"real{k}", value) for k, value in enumerate(real_numbers(step))]
        step.settings = tuple(reals[:len(step.settings)])
    widest = max(max(step.inputs, step.outputs) for step in plan.steps)
    case.integers += [NUMBERS[plan.loss.kind.upper().replace("MEAN_SQUARED", "SQUARED")], plan.loss_input,
                      plan.mean_divisor]
    integers, reals, penalties = of_optimizer(plan)
    assert integers[0] == NUMBERS[plan.optimizer.kind.upper()]
    case.integers += [*integers, len(penalties)] + [n for p in penalties for n in (p.offset, p.size)]
    case.integers += [int(plan.penalty_mean), plan.parameter_size, plan.total_size, widest]
    delta = case.number("delta", *(plan.loss.settings or [0.0]))
    plan.loss.settings = (delta,) if plan.loss.settings else ()
    reals = [case.number(f"setting{k}", value) for k, value in enumerate(reals)]
    plan.optimizer.settings = tuple(reals[:len(plan.optimizer.settings)])
    plan.weight_decay, plan.clip_norm, plan.clip_value = reals[4:]
    for p in penalties:
        p.l1, p.l2 = case.number("l1 " + p.name, p.l1), case.number("l2 " + p.name, p.l2)
    return case, plan


def state_and_data(case, plan, rows, weighed):
    """Parameters and optimizer numbers (flat), x, y and weights, in this order."""
    flat = [case.row(p.name, p.size, GRID[5:12]) for p in plan.parameters]
    flat += [case.row(p.name, p.size, GRID[9:12]) for p in plan.statistics]
    numbers = [[] for _ in plan.parameters]
    for k, choice in enumerate(KEPT[plan.optimizer.kind]):  # C has all first ones, then all second ones
        for p, own in zip(plan.parameters, numbers):
            own.append(case.row(f"v{k} {p.name}", p.size, GRID[5:12] if choice is GRID else choice))
    if plan.running_products:
        numbers.append([[case.number(f"running{k}", 0.5) for k in range(plan.running_products)]])
    x = case.table("x", rows, plan.inputs, GRID[2:15])
    y = case.table("y", rows, plan.outputs, [0.0, 0.25, 0.75, 1.0])
    return flat, numbers, x, y, case.row("weight", rows, weighed)


def nested(plan, flat):
    """A flat list for each parameter as rows."""
    widths = [p.shape[-1] for p in plan.parameters + plan.statistics]
    return [[values[k:k + n] for k in range(0, len(values), n)] for n, values in zip(widths, flat)]


WEIGHTS = [[1.0], [0.0, 0.5, 1.0, 2.0], [0.0]]


def total_of(weights):
    total = 0.0
    for weight in weights:
        total += weight
    return total


def step_cases():
    for (k, description), rows in itertools.product(enumerate(plans()), [1, 4]):
        case, plan = planned("training_step", 3, *description)
        case.integers += [rows, rows]  # the slice, the rows
        flat, numbers, x, y, weights = state_and_data(case, plan, rows, WEIGHTS[k % 3])
        parameters = nested(plan, flat)
        widths = [p.shape[-1] for p in plan.parameters] + [2]
        numbers = [[[values[k:k + n] for k in range(0, len(values), n)] for values in own]
                   for n, own in zip(widths, numbers)]
        losses, gradients, statistics = batch_gradients(plan, parameters, x, y, weights)
        case.gives(losses, gradients)
        new_parameters, new_numbers = updated(
            plan, parameters, numbers, gradients, total_of(weights), case.number("rate", 0.25))
        case.gives(new_parameters, statistics, in_the_order_of_c(plan, new_numbers))
        yield case


def training_cases():
    for k, description in enumerate(plans()):
        case, plan = planned("train", 2, *description)
        samples, batch_size, epochs, shuffle = 5, [2, 4, 5][k % 3], 1 + (k % 5 == 0), k % 2
        budget = [1, 4, 1000][k // 2 % 3]  # rows in a call of C; no bit depends on it
        slices = samples if plan.statistics else 3  # rows
        case.integers += [slices, samples, batch_size, epochs, shuffle, budget]
        flat, numbers, x, y, weights = state_and_data(case, plan, samples, WEIGHTS[k % 3])
        count = k % 5 % 2 * epochs * -(-samples // batch_size)  # 0: one rate for all
        rates = case.row("rate", count or 1, [0.0625, 0.125, 0.25])
        case.integers.append(count or 1)
        engine = ReferenceEngine(plan)
        trained = len(plan.parameters)
        engine.set_state(State(flat[:trained], flat[trained:], numbers, RandomState(1).get_state(), (0, 0, 0)))
        run = Run(x, y, weights, batch_size, epochs, bool(shuffle), Rates(rates) if count > 1 else rates[0], 1000)
        engine.train(run)
        assert run.non_finite is None and len(run.losses) == epochs
        state = engine.state()
        case.gives(run.losses, run.penalties, state.parameters, state.statistics)
        case.gives(in_the_order_of_c(plan, state.optimizer_numbers))
        case.gives(engine.predict(x), engine.evaluate(x, y, weights), engine.gradients(x, y, weights))
        yield case


GROUPS = {
    "elementary": elementary_cases, "multiply": multiply_cases, "dense": dense_cases, "activations": activation_cases,
    "images": image_cases, "normalisation": normalisation_cases, "dropout": dropout_cases, "losses": loss_cases,
    "optimizers": optimizer_cases, "step": step_cases, "train": training_cases,
}


@functools.cache
def listed(group):
    """A group's cases, made once."""
    return list(GROUPS[group]())
