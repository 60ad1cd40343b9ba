#!/usr/bin/env python3
"""Make the golden vectors of purenet/verification/vectors with the reference engine.

    python3 -m tools.vectors.make            add the vectors that are described here and missing in the files
    python3 -m tools.vectors.make --check    write nothing; exit status 1 if there is something to add

Vectors are only added. Existing vectors are recomputed first. If one has other bits or another description now,
nothing is written, unless purenet.ARITHMETIC is higher than that of the files. Then all vectors are made anew.
Afterwards, put the printed digests into purenet/verification/verify.py and docs/arithmetic.md, and renew the table of
docs/environments.md with python3 -m tools.environments --write.
"""
import argparse
import json
import math
import sys
import zlib

from purenet import ARITHMETIC, NonFiniteError, RandomState
from purenet.losses import LOSS_SETTINGS, REDUCTIONS
from purenet.reference import elementary
from purenet.reference.initialisers import INITIALISERS
from purenet.verification.vectors.files import FILES, head_of, header, line_of, lines_of, sha256, text_of
from purenet.verification.vectors.recompute import Reference, doubles_of, hex_of, values_of
from tools import ROOT
from tools.vectors import images as image_vectors
from tools.vectors.optimizers import optimizer_runs

FOLDER = ROOT / "purenet" / "verification" / "vectors"
RUNS = 126  # random runs, besides those in written_runs
OUTPUTS = ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "softplus", "softmax"]  # cycled through by random runs
HIDDEN = OUTPUTS[:-1]
WIDTHS = [2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 31, 33]
QUICK = ["two-layer article", "hostile 1", "run 5", "run 26", "run 45", "run 53", "run 63", "run 125", "power, part 0",
         "stream 1, short", "stream 4294967295, short"]  # and the vector of four points of every function


# training runs -------------------------------------------------------------------------------------

def run(name, inputs, layers, **changes):
    """Return the description of a run.

    A dense layer is [units, activation, bias, (init, (slope))]. Other layers begin with their kind.
    """
    return {
        "name": name, "inputs": inputs, "layers": layers, "loss": ["squared_error"], "reduction": None,
        "rate": [173, 10000], "momentum": [0, 1], "nesterov": 0, "init": "glorot_uniform", "seed": 1, "data": 1,
        "rows": 5, "x": "randn", "y": "randn", "weights": None, "epochs": 3, "batch": None, "shuffle": 0, "predict": 3,
        **changes}


def drawn_run(k):
    """Return run k. Losses, activations and so on cycle with different periods, and the rest is drawn from seed k."""
    stream = RandomState(k)
    loss = list(LOSS_SETTINGS)[k % 7]
    hidden = HIDDEN[k % 6]
    rows = [5, 8, 11, 12, 16][k % 5]
    layers = []
    for _ in range(stream.randint(3) if k % 4 else 2):
        slope = [[[1, 5]], []][stream.randint(2)] if hidden == "leaky_relu" else []
        layers.append([stream.choice(WIDTHS), hidden, stream.randint(4) and 1, None] + slope)
    output = LOSS_SETTINGS[loss][2] or OUTPUTS[stream.randint(7)]
    layers.append([2 + stream.randint(3) if output == "softmax" else 1 + stream.randint(4), output, 1 - k // 7 % 2])
    if k % 11 == 5:
        layers[0] = layers[0][:3] + ["randn"] + layers[0][4:]
    targets = {"binary_cross_entropy": "bits", "categorical_cross_entropy": "classes"}.get(loss, "randn")
    form = k // 2 % 3
    description = run(
        f"run {k}", stream.choice(WIDTHS), layers, loss=[loss, [[1, 10], [1, 1], [37, 10]][k % 3]]
        if loss == "huber" else [loss], reduction=(None, None, *REDUCTIONS)[stream.randint(5)],
        momentum=[87, 100] if form else [0, 1], nesterov=int(form == 2),
        init=list(INITIALISERS)[(k + k // 24) % 8], seed=stream.randint(1 << 32), data=1000 + k, rows=rows, y=targets,
        weights=(None, "rand", None, "bits")[stream.randint(4)], epochs=1 + stream.randint(6),
        batch=(None, 4, 3, 8, 1)[stream.randint(5)], shuffle=k % 2)
    return with_stable_rate(description)


def with_stable_rate(description):
    """Return the run with the largest of some learning rates for which the losses stay bounded."""
    for rate in ([173, 1000], [173, 10000], [173, 100000], [173, 10000000]):
        description["rate"] = rate
        try:
            if max(doubles_of(values_of(description, Reference())[0])) < 1000000.0:
                return description
        except NonFiniteError:
            pass
    raise SystemExit(f"make: {description['name']} grows without bound at every learning rate")


def hostile(k):
    """Return a run whose columns have very different sizes, with subnormals and zeros of both signs."""
    stream = RandomState(77 + k)
    rows, inputs = 6, 5
    sizes = [[-1074, -1030, -600, 0, 3], [-1022, -520, -300, -40, 1]][k % 2]
    x = [math.ldexp(stream.randn(), sizes[j]) for _ in range(rows) for j in range(inputs)]
    x[3], x[8] = -0.0, 0.0
    y = [math.ldexp(stream.randn(), -k) for _ in range(rows * 2)]
    names = ["linear", "tanh", "leaky_relu", "softplus", "relu", "sigmoid"]
    return run(
        f"hostile {k}", inputs, [[3 + k, names[k % 6], 1], [2, names[k // 2 % 3], k % 2]], seed=k, rows=rows,
        x=hex_of(x), y=hex_of(y), init="randn", batch=[4, None, 2][k % 3], rate=[1, 10], predict=2,
        loss=[list(LOSS_SETTINGS)[k % 4]], epochs=2, momentum=[k % 2, 2])


def written_runs():
    """Yield runs that each test something special."""
    xor = {"x": [0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1], "y": [0, 1, 1, 0], "rows": 4}
    yield run("two-layer article", 3, [[4, "sigmoid", 0], [1, "sigmoid", 0]], **xor, rate=[1, 1], init="rand",
              epochs=50)
    xor["x"] = [0, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1]
    yield run("three-layer article", 3, [[4, "sigmoid", 0], [5, "sigmoid", 0], [1, "sigmoid", 0]], **xor, rate=[1, 10],
              loss=["half_squared_error"], init="randn", epochs=200)
    for k in range(1, 9):
        yield hostile(k)
    softmax = {"loss": ["categorical_cross_entropy"], "y": "classes", "rate": [1, 10]}
    yield run("beyond the slices", 3, [[2, "tanh", 1], [2, "softmax", 1]], rows=300, batch=290, shuffle=1, **softmax)
    yield run("64-32-10", 64, [[32, "tanh", 1], [10, "softmax", 1]], rows=40, batch=32, shuffle=1, momentum=[9, 10],
              epochs=2, predict=1, **softmax)
    yield run("32-33-31", 32, [[33, "relu", 1], [31, "sigmoid", 1], [3, "linear", 1]], rows=17, batch=16,
              init="he_normal", loss=["mean_squared_error"])
    yield run("one row", 1, [[1, "linear", 1]], rows=1, predict=1)
    yield run("a rate of zero", 4, [[3, "tanh", 1], [2, "linear", 1]], rate=[0, 1])
    yield run("weights of which whole batches are zero", 3, [[3, "tanh", 1], [1, "sigmoid", 1]], rows=6, batch=2,
              loss=["binary_cross_entropy"], y="bits", weights=[0, 0, 1, 0, 3, 2])


# elementary functions and the stream ---------------------------------------------------------------

BORDERS = {  # where the functions branch
    "exp": [709.782712893384, -708.3964185322641, -745.1332191019412, 709.0, -744.0, 1.0, -1.0],
    "expm1": [-50.0, 700.0, 709.782712893384, 1.0, -1.0], "sigmoid": [-708.5, 709.0, -745.0, 1.0, -1.0],
    "tanh": [20.0, -20.0, 0.17328679513998632, 0.5], "log": [0.70703125, 1.4140625, 1.0, 2.0],
    "log1p": [-0.25, 0.4140625, -0.5, 1.0], "softplus": [-745.0, 1.0, -1.0, 709.0],
    "cos": [0.7853981633974483, 1.5707963267948966, 3.141592653589793, 1048576.0],
}
SPANS = {  # where a function is defined and not flat
    "exp": (-745.0, 709.0), "expm1": (-40.0, 700.0), "sigmoid": (-745.0, 40.0), "tanh": (-20.0, 20.0),
    "log": (0.0, 10.0), "log1p": (-1.0, 10.0), "softplus": (-745.0, 700.0), "cos": (-1000.0, 1000.0)}


def points_of(name, part, count):
    """Return the borders and their neighbours, then random numbers in the span, near 0, and of every size."""
    stream = RandomState(100 * sorted(SPANS).index(name) + part)
    low, high = SPANS[name]
    points = [0.0, -0.0, math.ldexp(1.0, -1074), math.ldexp(1.0, 1023)] if part == 1 else []
    for border in BORDERS[name] if part == 1 else []:
        points += [math.nextafter(border, -math.inf), border, math.nextafter(border, math.inf)]
    while len(points) < count:
        points += [stream.uniform(low, high), stream.randn(), math.ldexp(stream.randn(), -stream.randint(60)),
                   abs(math.ldexp(stream.randn(), stream.randint(-1000, 1000)))]
    compute = getattr(elementary, name)
    return [x for x in points[:count] if compute(x) == compute(x)]


def functions():
    for name in sorted(SPANS):
        yield {"name": f"{name}, four points", "function": name, "points": hex_of(points_of(name, 0, 4))}
        for part in range(1, 5):
            yield {"name": f"{name}, part {part}", "function": name, "points": hex_of(points_of(name, part, 28))}
    for part, count in enumerate((3, 16, 16)):
        stream = RandomState(900 + part)
        numbers = []
        for k in range(count):
            x = math.ldexp(1.0 + stream.rand(), stream.randint(-200, 200))
            numbers += [x, stream.uniform(-700.0, 700.0) / elementary.log(x) if k % 2 else stream.randn()]
        yield {"name": f"power, part {part}", "function": "power", "points": hex_of(numbers)}


def streams():
    for seed in (0, 1, 42, 4294967295):
        yield {"name": f"stream {seed}, short", "seed": seed, "calls": [
            ["rand", 3], ["randn", 3], ["randint", 0, 1000, 3], ["permutation", 5], ["uniform", -1, 2, 2]]}
    for seed in (7, 123456789):
        yield {"name": f"stream {seed}, long", "seed": seed, "calls": [
            ["randn", 5], ["permutation", 700], ["rand", 6], ["normal", 3, 2, 5], ["randint", -9, 1 << 40, 5],
            ["uniform", -3, 5, 6], ["choice", 9, 8], ["choice", 9, 5, 0], ["randint", 0, 1 << 62, 3]]}


def descriptions():
    """Yield every vector's description, in the order of a new file."""
    yield from functions()
    yield from streams()
    yield from written_runs()
    for k in range(1, RUNS + 1):
        yield drawn_run(k)
    yield from image_vectors.descriptions(run)
    yield from optimizer_runs(run)


# the files -----------------------------------------------------------------------------------------

def described(vector):
    """Return a vector's description: the vector without its number, results and check."""
    return {name: value for name, value in vector.items() if name not in ("number", "gives", "check")}


def line_for(vectors, number, description):
    """Return the line of a new vector."""
    head = json.dumps({"number": number, **description}, separators=(",", ":"))[:-1]
    return line_of(head, values_of(description, vectors))


def extended(old, wanted):
    """Return the old lines, then lines for the wanted vectors that are missing. Raises SystemExit if one changed."""
    way = Reference()
    lines = list(old)
    there = {}
    for line in old:
        vector = json.loads(line)
        there[vector["name"]] = described(vector)
        if line_of(head_of(line), values_of(vector, way)) != line:
            raise SystemExit(refusal(vector["name"], "gives other bits now"))
    for description in wanted:
        if description["name"] not in there:
            lines.append(line_for(way, len(lines) + 1, description))
        elif there[description["name"]] != description:
            raise SystemExit(refusal(description["name"], "is described differently here"))
    return lines


def refusal(name, what):
    return (f"make: the vector {name!r} {what}: vectors are only added, never changed. "
            f"Raise ARITHMETIC in purenet/version.py (now {ARITHMETIC}) if the laws of the bits have changed")


def existing(kind):
    """Return the lines of the existing vectors of this ARITHMETIC. Raises ValueError if a file is damaged."""
    path = FOLDER / FILES[kind]
    if not path.exists():
        return []
    first, *lines = lines_of(path.read_bytes(), path.name)
    arithmetic = json.loads(first)["arithmetic"]
    if arithmetic > ARITHMETIC:
        raise SystemExit(f"make: {path.name} was made under ARITHMETIC {arithmetic}, this is {ARITHMETIC}")
    return lines if arithmetic == ARITHMETIC else []


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, only say what would be added")
    options = parser.parse_args()
    wanted = list(descriptions())
    quick = [d for d in wanted if d["name"] in QUICK or d["name"].endswith(", four points")]
    missing = 0
    for kind, chosen in (("full", wanted), ("quick", quick)):
        old = existing(kind)
        lines = extended(old, chosen)
        missing += len(lines) - len(old)
        text = text_of([header(kind, ARITHMETIC, len(lines))] + lines)
        packed = text.encode()
        if kind == "full":
            gzip = zlib.compressobj(9, wbits=31, strategy=zlib.Z_FILTERED)  # smallest for digits of random numbers
            packed = gzip.compress(packed) + gzip.flush()
        if not options.check and len(lines) > len(old):
            (FOLDER / FILES[kind]).write_bytes(packed)
        print(f"{kind}: {len(old)} vectors stay, {len(lines) - len(old)} are added; {len(packed)} bytes, "
              f"digest {sha256(text)}")
    return 1 if options.check and missing else 0


if __name__ == "__main__":
    sys.exit(main())
