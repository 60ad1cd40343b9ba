"""Time training steps of the compiled engine against its peers, with two threads, and by batch size."""
from tools.bench import images
from tools.bench.harness import Refused, same_numbers, seconds
from tools.bench.peers import BATCHES, ByHand, Purenet, ScikitLearn, Torch, Training, made_of, network

BARS = ("numpy", "torch", "sklearn")


def bars(*values):
    return dict(zip(BARS, values))


# name, sizes, hidden activation, batch, steps timed at a time, bars
TRAININGS = [
    Training("3-4-1, batch 4", (3, 4, 1), "sigmoid", 4, 4000, bars(0.02, 0.01, 0.02)),
    Training("3-4-5-1, batch 4", (3, 4, 5, 1), "sigmoid", 4, 4000, bars(0.02, 0.01, 0.02)),
    Training("64-32-10, batch 32", (64, 32, 10), "tanh", 32, 400, bars(0.35, 0.10, 0.20)),
    Training("784-128-10, batch 64", (784, 128, 10), "tanh", 64, 40, bars(0.95, 0.80, 0.75)),
    Training("784-512-512-10, batch 128", (784, 512, 512, 10), "tanh", 128, 4, bars(1.10, 0.95, 0.85)),
]
LARGE = TRAININGS[3:]  # their bars are higher if products without FMA reach less than 0.68 of the peak
LARGEST = TRAININGS[4]
BY_BATCH = TRAININGS[3]
SHARE = 0.68


def work(table, training):
    """Epochs that are timed at a time."""
    steps = min(training.steps, 2 * BATCHES) if table.quick else training.steps
    return max(1, steps // BATCHES)


def pair(table, name, training, x, y, other, bar=None, reference=None, note="", per=1.0, unit="s"):
    """A row: purenet and one other side, same start, same batches, same steps; both ends are compared twice."""
    ours = Purenet(network(training), x, y, training.batch)
    epochs = work(table, training)
    for side in (ours, other):
        side.run(epochs)
    same_numbers(name, other.name, ours.ends(), other.ends())
    steps = epochs * BATCHES
    times = table.turns(*[lambda side=side: seconds(lambda: side.run(epochs)) / steps / per for side in (ours, other)])
    same_numbers(name, other.name, ours.ends(), other.ends())
    table.row(name, other.name + getattr(other, "how", ""), *times, bar=bar, reference=reference, note=note, unit=unit)


def reference_step(table, training, x, y):
    """Seconds a step of the reference engine, the bits of both engines compared first; few repetitions."""
    if table.quick and training in LARGE:
        return None
    x, y = x[:training.batch], y[:training.batch]
    reference, compiled = [Purenet(network(training, engine), x, y, training.batch)
                           for engine in ("reference", "compiled")]
    taken = [seconds(lambda: reference.run(1))]
    compiled.run(1)
    if reference.net.digest() != compiled.net.digest():
        raise Refused(training.name, "the reference", "its digest is another")
    epochs = 1 if table.quick else max(1, min(200, int(0.1 / taken[0])))
    taken += [seconds(lambda: reference.run(epochs)) / epochs for _ in range(3 if taken[0] < 1.0 else 0)]
    return min(taken)


def quickest_torch(table, training, start, x, classes):
    """The PyTorch side whose way to update takes the least time here."""
    sides = [Torch(training, start, x, classes, update) for update in Torch.UPDATES]
    epochs = 1 if table.quick else max(2, work(table, training) // 10)
    for side in sides:
        side.run(epochs)
    best = min(sides, key=lambda side: min(seconds(lambda: side.run(epochs)) for _ in range(3)))
    fresh = Torch(training, start, x, classes, best.update)
    fresh.how = f" ({best.update})"
    return fresh


def steps(table):
    """A row a network and peer."""
    if not table.twin() or table.peer("numpy") is None:
        return
    for training in TRAININGS:
        x, y, classes = made_of(training)
        start = network(training, "compiled").parameters()
        makers = {
            "numpy": lambda: ByHand(training, start, x, y),
            "torch": lambda: quickest_torch(table, training, start, x, classes),
            "sklearn": lambda: ScikitLearn(training, start, x, classes),
        }
        reference = reference_step(table, training, x, y)
        for module, make in makers.items():
            if table.peer(module) is None:
                continue
            bar, note = training.bars[module], ""
            if training in LARGE and table.tile_share and table.tile_share < SHARE:
                grown = bar * SHARE / table.tile_share
                note = f"grown with the tiles' quotient ({table.tile_share:.2f} for {SHARE}) the bar is {grown:.2f}"
            pair(table, training.name, training, x, y, make(), bar, reference, note)


def threads(table):
    """Steps with two threads beside the same with one: the largest, a convolutional one, one too small to divide."""
    if not table.twin() or table.peer("numpy") is None:
        return
    for training in (BY_BATCH if table.quick else LARGEST, TRAININGS[2]):
        x, y, _ = made_of(training)
        two_threads(table, training.name, [network(training, threads=count) for count in (2, 1)], x, y, training.batch,
                    work(table, training) * BATCHES, 0.55 if training in LARGE else None)
    x, y, _ = images.data()
    two_threads(table, images.NAME, [images.network("compiled", threads=count) for count in (2, 1)], x, y, images.BATCH,
                1 if table.quick else 10, 0.55)


def two_threads(table, name, networks, x, y, batch, steps, bar):
    sides = [Purenet(net, x, y, batch) for net in networks]
    epochs = max(1, steps * batch // len(x))
    for side in sides:
        side.run(epochs)
    if networks[0].digest() != networks[1].digest():
        raise Refused(name, "one thread", "its digest is another")
    times = table.turns(*[lambda side=side: seconds(lambda: side.run(epochs)) * batch / epochs / len(x)
                          for side in sides])
    table.row(f"{name}, 2 threads", "1 thread", *times, bar=bar)


def batches(table):
    """Nanoseconds a row and weight of a step, for batches of 1 to 1,024."""
    if not table.twin() or table.peer("numpy") is None:
        return
    weights = sum(a * b for a, b in zip(BY_BATCH.sizes, BY_BATCH.sizes[1:]))
    batch = 1
    while batch <= (8 if table.quick else 1024):
        training = BY_BATCH._replace(name=f"784-128-10, batch {batch}", batch=batch, steps=max(4, 2048 // batch))
        x, y, _ = made_of(training)
        other = ByHand(training, network(training, "compiled").parameters(), x, y)
        pair(table, training.name, training, x, y, other, per=batch * weights / 1e9, unit="ns/(row weight)")
        batch *= 2
