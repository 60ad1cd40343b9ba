#!/usr/bin/env python3
"""Run the C library under sanitizers and valgrind, without Python, and compare every bit with the reference.

    python3 tools/sanitize.py             40 random trainings at every level, and the elementary functions
    python3 tools/sanitize.py --cases 400

Builds tests/driver.c with csrc/.  Each tool must first report a fault planted in a copy of the sources.  Prints a
line each; exit status 0 if every tool that is here found its planted fault and nothing else.
"""
import argparse
import ast
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from purenet import SGD, Adagrad, Adam, Dense, Network, RMSprop, Rprop  # noqa: E402
from purenet.plan import ACTIVATIONS, LOSSES, REDUCTIONS, Window  # noqa: E402
from purenet.reference import elementary  # noqa: E402
from purenet.reference.engine import ReferenceEngine  # noqa: E402
from purenet.reference.initialisers import INITIALISERS, first_values  # noqa: E402
from purenet.state import Run  # noqa: E402

CSRC = ROOT / "csrc"
DRIVER = ROOT / "tests" / "driver.c"

# the numbers that purenet.h gives to names
STEPS = ["dense", "conv2d", "max_pool", "average_pool", "dropout", "batch_norm", "sigmoid", "tanh", "relu",
         "leaky_relu", "softplus", "softmax", "elu", "silu", "gelu"]
LOSS_NUMBERS = {
    "squared_error": 0, "half_squared_error": 1, "mean_squared_error": 0, "mean_absolute_error": 2, "huber": 3,
    "binary_cross_entropy": 4, "categorical_cross_entropy": 5,
}
OPTIMIZERS = ["sgd", "sgd_momentum", "sgd_nesterov", "rmsprop", "rmsprop_momentum", "adagrad", "adam", "rprop"]
DRAWINGS = {"uniform": 0, "normal": 1, "nothing": -1}
TROUBLES = [None, "loss", "gradient", "new value", "optimizer number", "statistic"]
FUNCTIONS = ["exp", "expm1", "sigmoid", "tanh", "log", "log1p", "softplus", "cos", "power"]


# building ------------------------------------------------------------------------------------------

def compile_flags():
    """The flags of the extension, as purenet/compiled/build.py has them, without the level of optimisation."""
    for node in ast.parse((ROOT / "purenet" / "compiled" / "build.py").read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "COMPILE":
            return [flag for flag in ast.literal_eval(node.value) if not flag.startswith("-O")]
    raise LookupError("COMPILE in build.py")


def sources(csrc=CSRC):
    return sorted([*csrc.glob("*.c"), *csrc.glob("fast/*.c")])


def run_compiler(command):
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        raise RuntimeError(" ".join(command) + "\n" + made.stdout.decode(errors="replace"))


def compiled(compiler, source, folder, csrc=CSRC):
    """The object file of one source."""
    output = str(Path(folder) / (Path(source).stem + ".o"))
    run_compiler([*compiler, *compile_flags(), f"-I{csrc}", "-c", str(source), "-o", output])
    return output


def library(compiler, folder):
    """The object files of the whole library; compiler is a command with its own flags."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda source: compiled(compiler, source, folder), sources()))


def build(compiler, program, objects, output):
    """A C program linked with the library.  Returns output."""
    command = [*compiler, *compile_flags(), f"-I{CSRC}", program, *objects, "-lm", "-o", output]
    run_compiler([str(word) for word in command])
    return output


def planted(folder, name, old, new):
    """A copy of csrc in which one place reads otherwise: (the copy, the place's source in it)."""
    copy = Path(folder) / "csrc"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(CSRC, copy)
    text = (copy / name).read_text()
    if text.count(old) != 1:
        raise LookupError(f"{name}: {old!r} should stand there once, so that a fault can be planted")
    (copy / name).write_text(text.replace(old, new))
    return copy, copy / name


# cases ---------------------------------------------------------------------------------------------

def bits(values):
    """The doubles as driver.c reads and prints them."""
    return " ".join("nan" if value != value else struct.pack(">d", value).hex() for value in values)


def flat(arrays):
    return [value for array in arrays for value in array]


class Recorder:
    """A stream for an initialiser that draws nothing: it notes what is asked for."""

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
    """What the C record of a step has besides its kind and its real numbers, in the record's order."""
    arrays = plan.parameters + plan.statistics
    places = [([arrays[p].offset for p in numbers] + [-1, -1])[:2] for numbers in (step.integers, step.kept)]
    channels = arrays[step.integers[0]].shape[-1] if step.integers else 0
    window = step.window.integers() if step.window else [0] * len(Window.__slots__)
    before = 0
    for other in plan.steps[:plan.steps.index(step)]:
        before += other.outputs
    return [step.inputs, step.outputs, before, *places[0], *places[1], channels, step.layer, *window]


def real_numbers(step):
    """The real numbers of the C record."""
    return (list(step.reals) + [0.0] * 2)[:2]


def of_optimizer(plan):
    """What the C record of a plan has of its optimizer: whole numbers, reals, and of the penalties (first, count)."""
    step = plan.optimizer
    reals = [*(list(step.reals) + [0.0] * 4)[:4], plan.weight_decay, plan.clip_norm, plan.clip_value]
    return [OPTIMIZERS.index(step.kind), *step.integers], reals, [p for p in plan.parameters if p.l1 or p.l2]


class Training:
    """A training of a network: as words for driver.c, and as the reference does it."""

    def __init__(self, net, x, y, weights, batch_size, epochs, shuffle, slice_rows, budget, threads, small, rates=()):
        self.net, self.plan, self.slice_rows, self.threads, self.small = net, net.plan, slice_rows, threads, small
        self.rates = rates  # of every step, where there is a schedule
        self.run = Run(x, y, weights, batch_size, epochs, shuffle, net.optimizer.learning_rate, budget)

    def words(self, level):
        plan, run, loss = self.plan, self.run, self.plan.loss
        lines = [f"train {len(plan.steps)}"]
        for step in plan.steps:
            lines.append(" ".join(map(str, [STEPS.index(step.kind), *whole_numbers(plan, step)])) + " "
                         + bits(real_numbers(step)))
        reads, divisor = loss.integers
        integers, reals, penalties = of_optimizer(plan)
        lines.append(f"{LOSS_NUMBERS[loss.kind]} {reads} {divisor} {bits(loss.reals or [0.0])}")
        lines.append(" ".join(map(str, integers)) + f" {bits(reals)} {len(penalties)}")
        lines += [f"{p.offset} {p.size} {bits([p.l1, p.l2])}" for p in penalties]
        lines.append(f"{plan.size} {plan.held} {self.slice_rows} {level} {self.threads} {self.small} 0")
        lines.append(f"{self.net.seed} {len(plan.parameters + plan.statistics)}")
        for parameter in plan.parameters + plan.statistics:
            drawn = Recorder()
            if isinstance(parameter.init, float):
                drawn.low = parameter.init
            first_values(parameter.init, drawn, parameter.shape, parameter.fan_in, parameter.fan_out)
            lines.append(f"{DRAWINGS[drawn.kind]} {bits([drawn.low, drawn.high])} {parameter.size}")
        rate = 0.0 if run.schedule else run.learning_rate
        lines.append(f"{len(run.x)} {run.batch_size} {run.epochs} {int(run.shuffle)} {bits([rate])} {run.budget}")
        lines.append(f"{len(self.rates)} {bits(self.rates)}")
        lines += [bits(flat(run.x)), bits(flat(run.y)), bits(run.weights)]
        return "\n".join(lines) + "\n"

    def expected(self):
        """What driver.c should print."""
        plan, run = self.plan, self.run
        engine = ReferenceEngine(plan)
        engine.initialise(self.net.seed, [parameter.init for parameter in plan.parameters])
        while len(run.losses) < run.epochs and not run.trouble:
            engine.train(run)
        state = engine.state()
        what, p, k = run.trouble or (None, 0, 0)
        place = (plan.parameters + plan.statistics)[p].offset + k if what not in (None, "loss") else 0
        kept = range(plan.optimizer.integers[0])
        numbers = [own[k] for k in kept for own in state.optimizer_numbers[:len(plan.parameters)]]
        running = [own[0] for own in state.optimizer_numbers[len(plan.parameters):]]
        key, position = state.stream[1], state.stream[2]
        lines = [
            ("parameters", bits(flat(state.parameters + state.statistics))), ("numbers", bits(flat(numbers))),
            ("running", bits(flat(running))),
            ("losses", bits(run.losses)), ("trouble", f"{TROUBLES.index(what)} {place}"),
            ("position", " ".join(map(str, state.position))), ("stream", f"{position} {key[0]:08x} {key[623]:08x}"),
            ("predictions", bits(flat(engine.predict(run.x)))),
            ("loss", bits([engine.evaluate(run.x, run.y, run.weights)])),
            ("gradients", bits(flat(engine.gradients(run.x, run.y, run.weights)[1]))),
        ]
        return "\n".join(f"{name} {values}".rstrip() for name, values in lines) + "\n"


def random_optimizer(stream):
    rate = stream.choice([1.3e-5, 0.0173, 0.0173, 1.0, 3.1e8])
    regular = {"weight_decay": stream.choice([0.0, 0.0, 0.31])}
    regular.update(stream.choice([{}, {}, {"clip_norm": 0.7}, {"clip_value": 0.11}]))
    return stream.choice([
        SGD(rate, 0.0, **regular), SGD(rate, 0.87, **regular), SGD(rate, 0.87, True, **regular),
        RMSprop(rate, 0.83, **regular), RMSprop(rate, 0.83, 0.71, **regular), Adagrad(rate, **regular),
        Adam(rate, 0.87, 0.97, **regular), Rprop(rate, **regular)])


def random_training(stream):
    """A small training with every choice drawn."""
    sizes = [stream.choice([1, 2, 3, 5, 7, 8, 9, 13, 24, 25, 31]) for _ in range(stream.randint(2, 4))]
    rows = stream.choice([1, 2, 4, 7, 11, 33])
    loss = stream.choice(sorted(LOSSES))
    hidden = sorted(set(ACTIVATIONS) - {"softmax"})
    names = [stream.choice(hidden) for _ in sizes[2:]] + [LOSSES[loss][2] or stream.choice(sorted(ACTIVATIONS))]
    if names[-1] == "softmax" and sizes[-1] == 1:
        sizes[-1] = 2  # a softmax of one is refused
    layers = [
        Dense(units, (name, stream.choice([0.01, 0.23])) if ACTIVATIONS[name] else name, stream.random() < 0.7,
              None, stream.choice([0.0, 0.0, 0.013]), stream.choice([0.0, 0.0, 0.17]))
        for units, name in zip(sizes[1:], names)
    ]
    net = Network(
        sizes[0], layers, loss=("huber", 0.31) if loss == "huber" else loss, seed=stream.randrange(1 << 32),
        reduction=stream.choice([None, *REDUCTIONS]), init=stream.choice(sorted(INITIALISERS)), backend="reference",
        optimizer=random_optimizer(stream),
    )
    spread = stream.choice([1.0, 1.0, 40.0, 1e-160, 1e160])
    x = [[stream.gauss(0.0, 1.0) * spread for _ in range(sizes[0])] for _ in range(rows)]
    y = [[stream.random() for _ in range(sizes[-1])] for _ in range(rows)]
    weights = [stream.choice([0.0, 1.0, 2.7]) for _ in range(rows)] if stream.random() < 0.3 else [1.0] * rows
    return Training(net, x, y, weights, stream.choice([1, 3, 8, rows, 100]), stream.randint(1, 3),
                    stream.random() < 0.5, stream.choice([1, 2, 5, 16, 128]), stream.choice([1, 6, 1000]),
                    stream.choice([1, 1, 2, 3, 7]), stream.choice([0, 128]))


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


class Judge:
    """Some cases, and the reference's word on them, for any build of the driver on any machine."""

    def __init__(self, seed, count):
        stream = random.Random(seed)
        self.functions = random_functions(stream)
        self.trainings = [random_training(stream) for _ in range(count)]
        self.answers = [training.expected() for training in self.trainings]

    def difference(self, command, timeout=600):
        """Runs the driver by a command at every level it has.  (how many trainings, what is wrong, or "")."""
        best, complaint = self._run(command, "best\n", timeout)
        if complaint:
            return 0, complaint
        levels = int(best.split()[1]) + 1
        words, expected = self.functions
        for level in range(levels):
            words += "".join(training.words(level) for training in self.trainings)
            expected += "".join(self.answers)
        printed, complaint = self._run(command, words, timeout)
        if complaint:
            return 0, complaint
        got, wanted = [line.rstrip() for line in printed.splitlines()], expected.splitlines()
        for number, (one, other) in enumerate(zip(got, wanted)):
            if one != other:
                return 0, f"line {number + 1} is\n{one[:300]}\nwhere the reference has\n{other[:300]}"
        return levels * len(self.trainings), "" if len(got) == len(wanted) else "driver.c printed too few lines"

    @staticmethod
    def _run(command, words, timeout):
        run = subprocess.run(list(map(str, command)), input=words.encode(), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=timeout)
        complaint = run.stderr.decode(errors="replace") + f"exit {run.returncode}" if run.returncode else ""
        return run.stdout.decode(), complaint


# the tools -----------------------------------------------------------------------------------------

OVERFLOW = ("random_state.c", "for (int64_t i = 0; i < count; i++)", "for (int64_t i = 0; i <= count; i++)")
UNDEFINED = ("random_state.c", "shift <= 32;", "shift <= 64;")
UNSET = ("engine.c", "memset(at->zeros, 0, (size_t)plan->widest * sizeof(double));", "")
SANITIZE = ["-g", "-O1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined,float-cast-overflow",
            "-fno-sanitize-recover=all"]
RACE = (  # which is there whoever takes the parts
    "fast/threads.c", "__atomic_store_n(&team->left, team->parts, __ATOMIC_RELEASE);", "team->left = team->parts;")
VALGRIND = ["valgrind", "-q", "--error-exitcode=9", "--exit-on-first-error=yes", "--leak-check=full"]

TOOLS = [  # name, compiler with flags, command before the program, (a planted fault, the word that reports it)...
    ("gcc AddressSanitizer + UBSan", ["gcc", *SANITIZE], [],
     [(OVERFLOW, "heap-buffer-overflow"), (UNDEFINED, "shift exponent 64 is too large")]),
    ("clang AddressSanitizer + UBSan", ["clang", *SANITIZE], [],
     [(OVERFLOW, "heap-buffer-overflow"), (UNDEFINED, "shift exponent 64 is too large")]),
    ("gcc ThreadSanitizer", ["gcc", "-g", "-O1", "-fsanitize=thread"], [], [(RACE, "data race")]),
    ("valgrind", ["gcc", "-g", "-O1"], VALGRIND,
     [(OVERFLOW, "Invalid write"), (UNSET, "uninitialised value")]),
]


def check(judge, compiler, before, faults, folder):
    """What one tool says; RuntimeError if it finds something, or overlooks a planted fault."""
    program = Path(folder) / "driver"
    objects = library(compiler, folder)
    for fault, word in faults:
        copy, source = planted(folder, *fault)
        faulty = compiled(compiler, source, copy, copy)
        others = [path for path in objects if Path(path).stem != source.stem]
        build(compiler, DRIVER, [faulty, *others], program)
        _, complaint = judge.difference([*before, program])
        if word not in complaint:
            raise RuntimeError(f"overlooked a fault planted in {fault[0]}:\n{complaint or 'no complaint'}")
    build(compiler, DRIVER, objects, program)
    count, complaint = judge.difference([*before, program])
    if complaint:
        raise RuntimeError(complaint)
    planted_faults = "1 planted fault" if len(faults) == 1 else f"{len(faults)} planted faults"
    return f"{count} trainings give the reference's bits, nothing found; {planted_faults} reported"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=40, help="trainings at each level (40)")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other trainings")
    options = parser.parse_args()
    os.environ.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    judge = Judge(options.seed, options.cases)
    failed = 0
    for name, compiler, before, faults in TOOLS:
        absent = [tool for tool in (compiler + before)[:1] + before[:1] if not shutil.which(tool)]
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            try:
                said = f"not here: {absent[0]}" if absent else check(judge, compiler, before, faults, folder)
            except RuntimeError as error:
                failed, said = 1, f"FAILED\n{error}"
        print(f"sanitize: {name}: {said} ({time.perf_counter() - begun:.0f} s)", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
