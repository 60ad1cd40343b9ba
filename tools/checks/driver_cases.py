"""Random trainings and functions for tests/csrc/driver.c: the words that it reads, and the reference's results.

tools/checks/sanitize.py runs them under sanitizers. tools/environments/verify_c.py writes the golden vectors' cases.
"""
import struct

from purenet import SGD, Adagrad, Adam, CosineDecay, Network, ReduceOnPlateau, RMSprop, Rprop, WarmUp
from purenet._core.state import Run
from purenet._core.window import Window
from purenet.layers import Activation, BatchNorm, Conv2D, Dense, Dropout, Flatten
from purenet.layers.activations import ACTIVATION_SETTINGS
from purenet.layers.pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from purenet.losses import LOSS_SETTINGS, REDUCTIONS
from purenet.reference import elementary
from purenet.reference.engine import ReferenceEngine
from purenet.reference.initialisers import INITIALISERS, first_values

# the codes of purenet.h's enums
STEPS = ["dense", "conv2d", "max_pool", "average_pool", "dropout", "batch_norm", "sigmoid", "tanh", "relu",
         "leaky_relu", "softplus", "softmax", "elu", "silu", "gelu"]
LOSS_NUMBERS = {
    "squared_error": 0, "half_squared_error": 1, "mean_squared_error": 0, "mean_absolute_error": 2, "huber": 3,
    "binary_cross_entropy": 4, "categorical_cross_entropy": 5,
}
OPTIMIZERS = ["sgd", "sgd_momentum", "sgd_nesterov", "rmsprop", "rmsprop_momentum", "adagrad", "adam", "rprop"]
DRAWINGS = {"uniform": 0, "normal": 1, "nothing": -1}
NON_FINITE = [None, "loss", "gradient", "new value", "optimizer number", "statistic"]
ANSWERS = ["parameters", "numbers", "running", "losses", "penalties", "non_finite", "position", "stream", "predictions",
           "loss", "gradients"]  # the lines that driver.c prints of a training
FUNCTIONS = ["exp", "expm1", "sigmoid", "tanh", "log", "log1p", "softplus", "cos", "power"]


def bits(values):
    """Return the doubles as driver.c reads and prints them."""
    return " ".join("nan" if value != value else struct.pack(">d", value).hex() for value in values)


def flat(arrays):
    return [value for array in arrays for value in array]


class Recorder:
    """A stream that records the calls of an initialiser and draws nothing."""

    def __init__(self):
        self.kind, self.low, self.high = "nothing", 0.0, 0.0

    def rand(self, *shape):
        self.uniform(0.0, 1.0, shape)

    def randn(self, *shape):
        self.normal(0.0, 1.0, shape)

    def uniform(self, low, high, shape):
        self.kind, self.low, self.high = "uniform", low, high

    def normal(self, low, high, shape):
        self.kind, self.low, self.high = "normal", low, high


def whole_numbers(plan, step):
    """Return the integers of a step's C record, without its kind, in the record's order."""
    arrays = plan.parameters + plan.statistics
    places = [([arrays[p].offset for p in numbers] + [-1, -1])[:2]
              for numbers in (step.parameter_ids, step.statistic_ids)]
    channels = arrays[step.parameter_ids[0]].shape[-1] if step.parameter_ids else 0
    window = step.window.integers() if step.window else [0] * len(Window.__slots__)
    before = 0
    for other in plan.steps[:plan.steps.index(step)]:
        before += other.outputs
    return [step.inputs, step.outputs, before, *places[0], *places[1], channels, step.layer, *window]


def real_numbers(step):
    """Return the floats of the C record."""
    return (list(step.settings) + [0.0] * 2)[:2]


def of_optimizer(plan):
    """Return the optimizer's part of a plan's C record: integers, floats, and (first, count) of the penalties."""
    step = plan.optimizer
    reals = [*(list(step.settings) + [0.0] * 4)[:4], plan.weight_decay, plan.clip_norm, plan.clip_value]
    integers = [OPTIMIZERS.index(step.kind), plan.slots, plan.running_products]
    return integers, reals, [p for p in plan.parameters if p.l1 or p.l2]


class Training:
    """A training of a network: as words for driver.c, and as the reference does it."""

    def __init__(self, net, x, y, weights, batch_size, epochs, shuffle, slice_rows, budget, threads, scalar_below,
                 rates=()):
        self.net, self.plan, self.slice_rows = net, net.plan, slice_rows
        self.threads, self.scalar_below = threads, scalar_below
        self.rates = rates  # of every step, if there is a schedule
        self.run = Run(x, y, weights, batch_size, epochs, shuffle, net.optimizer.learning_rate, budget)

    def words(self, level):
        plan, run, loss = self.plan, self.run, self.plan.loss
        lines = [f"train {len(plan.steps)}"]
        for step in plan.steps:
            lines.append(" ".join(map(str, [STEPS.index(step.kind), *whole_numbers(plan, step)])) + " "
                         + bits(real_numbers(step)))
        integers, reals, penalties = of_optimizer(plan)
        lines.append(f"{LOSS_NUMBERS[loss.kind]} {plan.loss_input} {plan.mean_divisor} {bits(loss.settings or [0.0])}")
        lines.append(" ".join(map(str, integers)) + f" {bits(reals)} {int(plan.penalty_mean)} {len(penalties)}")
        lines += [f"{p.offset} {p.size} {bits([p.l1, p.l2])}" for p in penalties]
        lines.append(f"{plan.parameter_size} {plan.total_size} {self.slice_rows} {level} {self.threads} "
                     f"{self.scalar_below} 0")
        lines.append(f"{self.net.seed} {len(plan.parameters + plan.statistics)}")
        for parameter in plan.parameters + plan.statistics:
            drawn = Recorder()
            if isinstance(parameter.init, float):
                drawn.low = parameter.init
            first_values(parameter.init, drawn, parameter.shape, parameter.fan_in, parameter.fan_out)
            lines.append(f"{DRAWINGS[drawn.kind]} {bits([drawn.low, drawn.high])} {parameter.size}")
        rate = 0.0 if run.schedule else run.learning_rate
        lines.append(f"{len(run.x)} {run.batch_size} {run.epochs} {int(run.shuffle)} {bits([rate])} {run.row_budget}")
        lines.append(f"{len(self.rates)} {bits(self.rates)}")
        lines += [bits(flat(run.x)), bits(flat(run.y)), bits(run.weights)]
        return "\n".join(lines) + "\n"

    def expected(self):
        """Return what driver.c should print."""
        plan, run = self.plan, self.run
        engine = ReferenceEngine(plan)
        engine.initialise(self.net.seed, [parameter.init for parameter in plan.parameters])
        if run.schedule:  # its rates can depend on the losses: record those that the engine uses
            asked, self.rates = run.rate, []
            run.rate = lambda epoch, step: self.rates.append(asked(epoch, step)) or self.rates[-1]
        while len(run.losses) < run.epochs and not run.non_finite:
            engine.train(run)
        state = engine.state()
        what, p, k = run.non_finite or (None, 0, 0)
        place = (plan.parameters + plan.statistics)[p].offset + k if what not in (None, "loss") else 0
        kept = range(plan.slots)
        numbers = [own[k] for k in kept for own in state.optimizer_numbers[:len(plan.parameters)]]
        running = [own[0] for own in state.optimizer_numbers[len(plan.parameters):]]
        key, position = state.stream[1], state.stream[2]
        values = [
            bits(flat(state.parameters + state.statistics)), bits(flat(numbers)), bits(flat(running)),
            bits(run.losses), bits(run.penalties), f"{NON_FINITE.index(what)} {place}",
            " ".join(map(str, state.position)), f"{position} {key[0]:08x} {key[623]:08x}",
            bits(flat(engine.predict(run.x))), bits([engine.evaluate(run.x, run.y, run.weights)]),
            bits(flat(engine.gradients(run.x, run.y, run.weights)[1])),
        ]
        return "".join(f"{name} {value}".rstrip() + "\n" for name, value in zip(ANSWERS, values))


# drawing them --------------------------------------------------------------------------------------

HIDDEN = sorted(set(ACTIVATION_SETTINGS) - {"softmax"})
SIZES = [1, 2, 3, 5, 7, 8, 9, 13, 24, 25, 31]


def random_optimizer(stream):
    rate = stream.choice([1.3e-5, 0.0173, 0.0173, 1.0, 3.1e160])
    regular = {"weight_decay": stream.choice([0.0, 0.0, 0.31])}
    regular.update(stream.choice([{}, {}, {"clip_norm": 0.7}, {"clip_value": 0.11}]))
    if stream.random() < 0.2:
        return Rprop(rate, **regular)
    rate = stream.choice([rate, rate, rate, CosineDecay(rate, 5), WarmUp(ReduceOnPlateau(rate, patience=1), 2)])
    return stream.choice([
        SGD(rate, 0.0, **regular), SGD(rate, 0.87, **regular), SGD(rate, 0.87, True, **regular),
        RMSprop(rate, 0.83, **regular), RMSprop(rate, 0.83, 0.71, **regular), Adagrad(rate, **regular),
        Adam(rate, 0.87, 0.97, **regular)])


def random_activation(stream, names=HIDDEN):
    name = stream.choice(names)
    return (name, stream.choice([0.01, 0.23])) if ACTIVATION_SETTINGS[name] else name


def random_penalties(stream):
    return {"l1": stream.choice([0.0, 0.0, 0.013]), "l2": stream.choice([0.0, 0.0, 0.17])}


def random_image_layers(stream):
    """Draw the shape of small images, and layers for them whose windows fit."""
    images = shape = stream.choice([1, 2, 4, 5, 7]), stream.choice([2, 3, 5, 6]), stream.choice([1, 1, 2, 5])
    layers = []
    for _ in range(stream.randint(1, 4)):
        window = stream.choice([1, 2, 3, 4]), stream.choice([1, 2, 3, 5])
        strides = stream.choice([1, 1, 2, 3]), stream.choice([1, 1, 2, 3])
        fits = window[0] <= shape[0] and window[1] <= shape[1]
        padding = stream.choice(["valid", "same"]) if fits else "same"
        convolution = Conv2D(stream.choice([1, 2, 3, 8, 9, 17]), window, strides, padding, random_activation(stream),
                             stream.random() < 0.6, **random_penalties(stream))
        layers.append(stream.choice([
            convolution, convolution, convolution, MaxPool2D(window, strides, padding),
            AveragePool2D(window, strides, padding), GlobalAveragePool2D(), Flatten(), random_between(stream)]))
        shape = layers[-1].plan(shape).shape
        if len(shape) == 1:
            break
    return images, layers


def random_between(stream):
    """Draw a layer that fits anywhere."""
    return stream.choice([Dropout(stream.choice([0.0, 0.25, 0.83])), Activation(random_activation(stream)),
                          BatchNorm(stream.choice([0.0, 0.9]), stream.choice([0.001, 1e-9]))])


def random_training(stream):
    """Draw a small training."""
    inputs, layers = stream.choice(SIZES), []
    if stream.random() < 0.6:
        inputs, layers = random_image_layers(stream)
    for _ in range(stream.randint(0, 2)):
        dense = Dense(stream.choice(SIZES), random_activation(stream), stream.random() < 0.7,
                      **random_penalties(stream))
        layers.append(stream.choice([dense, dense, random_between(stream)]))
    loss = stream.choice(sorted(LOSS_SETTINGS))
    required = LOSS_SETTINGS[loss][2]
    last = random_activation(stream, [required] if required else sorted(ACTIVATION_SETTINGS))
    outputs = stream.choice(SIZES[1:] if last == "softmax" else SIZES)  # a softmax of one is refused
    net = Network(
        inputs, [*layers, Dense(outputs, last, stream.random() < 0.7, **random_penalties(stream))],
        loss=("huber", 0.31) if loss == "huber" else loss, seed=stream.randrange(1 << 32),
        reduction=stream.choice([None, *REDUCTIONS]), init=stream.choice(sorted(INITIALISERS)), backend="reference",
        optimizer=random_optimizer(stream), penalty_reduction=stream.choice(REDUCTIONS[:2]),
    )
    rows = stream.choice([1, 2, 4, 7, 11, 33])
    spread = stream.choice([1.0, 1.0, 40.0, 1e-160, 1e160])
    digits = stream.choice([20, 20, 0])  # 0: whole numbers, of which some are equal, some zeros of either sign
    x = [[round(stream.gauss(0.0, 1.0), digits) * spread for _ in range(net.plan.inputs)] for _ in range(rows)]
    y = [[stream.random() for _ in range(outputs)] for _ in range(rows)]
    weights = [stream.choice([0.0, 1.0, 2.7]) for _ in range(rows)] if stream.random() < 0.3 else [1.0] * rows
    slice_rows = stream.choice([1, 2, 5, 16, 128])
    if net.plan.statistics:
        slice_rows = max(slice_rows, rows)  # batch normalisation needs the whole batch in one slice
    return Training(net, x, y, weights, stream.choice([1, 3, 7, 8, rows, 100]), stream.randint(1, 3),
                    stream.random() < 0.5, slice_rows, stream.choice([1, 6, 1000]), stream.choice([1, 1, 2, 3, 7]),
                    stream.choice([0, 128]))


def large_trainings(stream):
    """Two whose products go by ranges of rows and of terms, which csrc/fast/fast.h has at 192 and 512."""
    rate = SGD(0.0173, 0.87)
    dense = Network(530, [Dense(5, "tanh"), Dense(2)], loss="mean_squared_error", optimizer=rate, backend="reference")
    convolutions = [Conv2D(3, (3, 2), padding="same", activation="relu"), Conv2D(2, (2, 3), (1, 2), "same")]
    images = Network((27, 40, 1), [*convolutions, GlobalAveragePool2D(), Dense(2)], loss="mean_squared_error",
                     optimizer=rate, backend="reference")
    trainings = []
    for net, rows in ((dense, 200), (images, 2)):
        x = [[stream.gauss(0.0, 1.0) for _ in range(net.plan.inputs)] for _ in range(rows)]
        y = [[stream.random(), stream.random()] for _ in range(rows)]
        trainings.append(Training(net, x, y, [1.0] * rows, rows, 1, False, rows, 1000, 3, 0))
    return trainings


IMAGES = ["conv2d", "max_pool", "average_pool"]
EVERY = [  # the traits() that a set of trainings must have together
    *STEPS, *OPTIMIZERS, "rates", "weight decay", "clip_norm", "clip_value", "penalties", "penalty means", "slices",
    "batches of 1", "batches of 7", "threads", *(f"{kind}, {what}" for kind in IMAGES for what in [
        "strides 1", "strides 2", "strides 3", "padding", "no padding", "even window", "oblong window", "oblong image",
        "1 channel", "channels", "first", "behind weights"]),
    "conv2d, bias", "conv2d, no bias", "conv2d, threads", "conv2d, slices", "dropout, slices", "batch_norm, threads",
]


def traits(training):
    """Return what a training covers, of EVERY and more."""
    plan, run = training.plan, training.run
    batch = min(run.batch_size, len(run.x))
    slices, threads = training.slice_rows < batch, training.threads > 1 and training.scalar_below == 0
    found = [plan.optimizer.kind, f"batches of {batch}"]
    found += [name for name, there in [
        ("rates", run.schedule), ("weight decay", plan.weight_decay), ("clip_norm", plan.clip_norm),
        ("clip_value", plan.clip_value), ("penalties", of_optimizer(plan)[2]), ("slices", slices),
        ("penalty means", of_optimizer(plan)[2] and plan.penalty_mean),
        ("threads", threads)] if there]
    for number, step in enumerate(plan.steps):
        there = ["first"] * (number == 0) + ["slices"] * slices + ["threads"] * threads
        window = step.window
        if window:
            there += [f"strides {window.down}", f"strides {window.right}",
                      "padding" if window.top or window.left else "no padding",
                      "1 channel" if window.channels == 1 else "channels",
                      "bias" if len(step.parameter_ids) == 2 else "no bias"]
            weights = [plan.parameters[other.parameter_ids[0]] for other in plan.steps[:number] if other.parameter_ids]
            there += ["behind weights"] * (window.rows > 1 and any(one.init != "zeros" for one in weights))
            there += ["even window"] * (window.rows % 2 == 0 or window.columns % 2 == 0)
            there += ["oblong window"] * (window.rows != window.columns)
            there += ["oblong image"] * (window.height != window.width)
        found += [step.kind, *(f"{step.kind}, {what}" for what in there)]
    return found


def random_trainings(stream, count):
    """So many trainings, or more: first the large ones, and some in which everything occurs that EVERY names."""
    missing, trainings, drawn = set(EVERY), large_trainings(stream), 0
    while missing or len(trainings) < count:
        training, drawn = random_training(stream), drawn + 1
        if missing and drawn > 2000:
            raise LookupError(f"no training drawn has {', '.join(sorted(missing))}: random_training() does not draw it")
        brings = missing.intersection(traits(training))
        if brings or not missing:
            trainings.append(training)
            missing -= brings
    return trainings


def random_functions(stream):
    """Words and expected lines for the elementary functions, on hostile numbers."""
    words, expected = [], []
    for number, name in enumerate(FUNCTIONS):
        xs = [0.0, -0.0, 1.0, -1.0, 5e-324, 2.2e-308, 1.7e308, float("inf"), float("-inf"), float("nan"), 709.7, -745.1]
        xs += [stream.uniform(-1.0, 1.0) * 2.0 ** stream.randint(-60, 12) for _ in range(200)]
        if name == "power":
            pairs = [(abs(x), stream.uniform(-9.0, 9.0)) for x in xs]
            values, xs = [elementary.power(x, y) for x, y in pairs], flat(pairs)
        else:
            values = [getattr(elementary, name)(x) for x in xs]
        given = bits(xs).replace("nan", "7ff8000000000000")
        words.append(f"elementary {number} {len(values)} {given}\n")
        expected.append(f"elementary {bits(values)}\n")
    return "".join(words), "".join(expected)
