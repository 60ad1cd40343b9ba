"""Train copies of a network on both engines and report the first bit that differs, and the speed."""
import math
import struct
import time
from itertools import zip_longest

from .._core.arrays import flatten, format_index, index_of
from .._core.checks import MAX_COUNT, check_bool, check_int
from .._core.ieee754 import check_arithmetic
from .._core.state import Run
from .._model.inputs import check_training_data, convert_data
from ..backends import make_engine, resolve_backend
from ..training.loop import rows_per_share

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    from .._core.state import State
    from ..network import Network

    Array = tuple[str, tuple[int, ...], Sequence[Any]]  # a name, the shape (empty: a flat list), the numbers

ENGINES = ("reference", "compiled")
TIMED = 0.2  # seconds; a shorter training is repeated up to five times, and the fastest counts


class Difference:
    """The first number in which two trainings differ.

    ``epoch`` and ``batch`` count from 1, None outside training. ``when`` says the same in words. ``name`` and
    ``index`` identify the number. ``values``: (reference, compiled), None if missing. ``ulps``: their distance.
    """

    def __init__(
        self, when: str, epoch: "int | None", batch: "int | None", name: str, index: "tuple[int, ...]",
        values: "tuple[Any, Any]",
    ) -> None:
        self.when = when
        self.epoch = epoch
        self.batch = batch
        self.name = name
        self.index = index
        self.values = values
        self.ulps = ulps(*values) if isinstance(values[0], float) and isinstance(values[1], float) else None

    def __repr__(self) -> str:
        lines = [f"first difference: {self.when}: {self.name}{format_index(self.index)}"]
        for engine, value in zip(ENGINES, self.values):
            text = f"{value.hex():26} {value!r}" if isinstance(value, float) else str(value)
            lines.append(f"  {engine:10} {hex(value) if isinstance(value, int) else text}")
        if self.ulps is not None:
            lines.append(f"  {self.ulps} ulp apart" + (" (the sign of zero)" if self.ulps == 0 else ""))
        return "\n".join(lines)


class Comparison:
    """The result of ``compare``.

    ``identical``: True if no bit differs. ``difference``: a Difference or None. ``epochs`` and ``batches``: how many
    were compared. ``net``: the network as text. ``non_finite``: (kind, parameter, index) of the number that stopped
    both engines because it is not finite, or None. ``seconds``: (reference, compiled) for the whole training, or None.
    """

    def __init__(self, net: str) -> None:
        self.net = net
        self.difference: "Difference | None" = None
        self.non_finite: "tuple[str, int, int] | None" = None
        self.epochs = 0
        self.batches = 0
        self.seconds: "tuple[float, float] | None" = None

    @property
    def identical(self) -> bool:
        return self.difference is None

    @property
    def ratio(self) -> float:
        """Return the reference's time divided by the compiled engine's."""
        return self.seconds[0] / (self.seconds[1] or math.nan) if self.seconds else math.nan

    def __repr__(self) -> str:
        lines = [self.net]
        if self.difference:
            lines.append(repr(self.difference))
        else:
            lines.append(f"identical in every bit: {self.batches} batches, {self.epochs} whole epochs")
        if self.non_finite:
            lines.append(f"both stopped there: the {self.non_finite[0]} is not finite")
        if self.seconds:
            reference, compiled = self.seconds
            lines.append(f"reference {reference:.4g} s, compiled {compiled:.4g} s: {self.ratio:.1f} times as fast")
        return "\n".join(lines)


def compare(
    net: "Network", x: "Any", y: "Any", epochs: int = 1, batch_size: "int | None" = 32, shuffle: bool = True, *,
    sample_weight: "Any" = None, timed: bool = True, progress: "Any" = None,
) -> Comparison:
    """Train copies of ``net`` on both engines from its current state, and find the first bit that differs.

    The arguments are those of ``fit``. It compares the first parameters, drawn from the network's seed, and the state
    and losses after every batch. At the end it compares the predictions, loss and gradients over all rows, and the
    result of a training in large calls. ``timed=False`` skips the timing, which halves the work. ``progress``: a
    function as for ``fit``. ``net`` does not change.
    Raises RuntimeError if there is no compiled engine.
    """
    try:
        resolve_backend("compiled")
    except RuntimeError as error:
        raise RuntimeError(f"compare needs both engines: {error}") from None
    check_arithmetic()
    epochs = check_int("epochs", epochs, 0)
    data = check_training_data(x, y, sample_weight, net.plan)
    size = len(data[0]) if batch_size is None else check_int("batch_size", batch_size, 1, MAX_COUNT)
    settings = size, epochs, check_bool("shuffle", shuffle), net.optimizer.copy()
    sides = [Side(name, net, data, settings) for name in ENGINES]
    result, start = Comparison(repr(net)), net.engine.state()
    result.difference = _drawn(sides, net) or _stepped(sides, start, result, progress)
    stepped = sides[0].arrays(all_losses=True)
    seconds = sides[1].train(start)
    if not result.difference:
        result.difference = _first_difference("a training in large calls", [stepped, sides[1].arrays(all_losses=True)])
    if timed:
        result.seconds = sides[0].train(start), seconds
    return result


class Side:
    """One engine, the data in its form, and a training run."""

    def __init__(self, name: str, net: "Network", data: "Any", settings: "tuple[int, int, bool, Any]") -> None:
        self.plan = net.plan
        self.engine = make_engine(name, net.plan, net.threads)
        self.data = convert_data(data, net.plan, self.engine)
        self.settings = settings

    def begin(self, state: "State") -> None:
        """Start a new run from a state."""
        self.engine.set_state(state)
        size, epochs, shuffle, optimizer = self.settings
        rate = optimizer.copy().learning_rate  # training can change a schedule
        self.run = Run(self.data[0], self.data[1], self.data[2], size, epochs, shuffle, rate, 1)

    def step(self) -> None:
        """Train on one batch. The compiled engine can return after a part of it."""
        steps = self.engine.state().position[2]
        for _ in range(len(self.data[0])):  # a bound: every call should do at least one row
            self.run.row_budget = 1  # the engine changes it
            self.engine.train(self.run)
            if self.run.non_finite or self.engine.state().position[2] != steps:
                return

    def train(self, state: "State") -> float:
        """Train the whole run in calls as large as those of fit. Return the seconds."""
        fastest, spent, times = math.inf, 0.0, 0
        while not times or (spent < TIMED and times < 5):
            self.begin(state)
            self.run.row_budget = rows_per_share(self.plan)
            begun = time.perf_counter()
            for _ in range(self.run.epochs * len(self.data[0])):
                self.engine.train(self.run)
                if len(self.run.losses) == self.run.epochs or self.run.non_finite:
                    break
            seconds = time.perf_counter() - begun
            fastest, spent, times = min(fastest, seconds), spent + seconds, times + 1
        return fastest

    def arrays(self, all_losses: bool = False) -> "list[Array]":
        """Return the state and the last loss, or all losses, in the order of comparison."""
        state = self.engine.state()
        _, key, position, has_cached, cached = state.stream
        arrays: "list[Array]" = [("place of what is not finite", (), list(self.run.non_finite or ()))]
        every = self.plan.parameters + self.plan.statistics
        arrays += [(p.name, p.shape, values) for p, values in zip(every, state.parameters + state.statistics)]
        for parameter, own in zip(self.plan.parameters, state.optimizer_numbers):
            arrays += [(f"optimizer number {k} of {parameter.name}", parameter.shape, own[k]) for k in range(len(own))]
        arrays += [("running products", (), own[0]) for own in state.optimizer_numbers[len(self.plan.parameters):]]
        run = self.run
        return arrays + [
            ("loss", (), run.losses if all_losses else run.losses[-1:]),
            ("loss so far", (), [run.epoch_loss] if run.rows and not run.non_finite else []),
            ("random stream", (), [*key, position, has_cached]), ("cached gaussian", (), [cached]),
            ("position", (), list(state.position)),
        ]


def _drawn(sides: "list[Side]", net: "Network") -> "Difference | None":
    """Compare the first parameters drawn from the seed, except those of user functions."""
    for side in sides:
        side.engine.initialise(net.seed, [p.init if isinstance(p.init, str) else "zeros" for p in side.plan.parameters])
        side.begin(side.engine.state())
    return _first_difference("the first parameters", [side.arrays() for side in sides])


def _stepped(sides: "list[Side]", start: "State", result: Comparison, progress: "Any") -> "Difference | None":
    """Train both batch by batch and compare after each. At the end compare the outputs."""
    for side in sides:
        side.begin(start)
    run = sides[0].run
    difference = _first_difference("the start", [side.arrays() for side in sides])
    while not difference and len(run.losses) < run.epochs and not run.non_finite:
        epoch, batch = len(run.losses) + 1, run.rows // run.batch_size + 1
        for side in sides:
            side.step()
        both = [side.arrays() for side in sides]
        difference = _first_difference(f"epoch {epoch}, batch {batch}", both, epoch, batch)
        result.batches += 1
        if progress:
            progress(run.done(), run.epochs, run.loss())
    result.epochs, result.non_finite = len(run.losses), None if difference else run.non_finite
    if difference or run.non_finite:
        return difference
    return _first_difference("after training", [_outputs(side) for side in sides])


def _outputs(side: Side) -> "list[Array]":
    """Return predictions, losses and gradients over all rows."""
    loss, gradients = side.engine.gradients(*side.data)
    return [
        ("prediction", (len(side.data[0]), side.plan.outputs), flatten(side.engine.predict(side.data[0]))),
        ("loss over all rows", (), [side.engine.evaluate(*side.data)]),
        ("loss of the next step", (), [loss]),
        *[("gradient of " + p.name, p.shape, values) for p, values in zip(side.plan.parameters, gradients)],
    ]


def _first_difference(
    when: str, both: "list[list[Array]]", epoch: "int | None" = None, batch: "int | None" = None
) -> "Difference | None":
    """Return the first number whose bits differ, array by array."""
    for (name, shape, values), (_, _, others) in zip(*both):
        same = _bits(values) == _bits(others)
        for k, pair in enumerate(() if same else zip_longest(values, others)):
            if _bits(pair[:1]) != _bits(pair[1:]):
                return Difference(when, epoch, batch, name, index_of(k, shape) if shape else (k,), pair)
    return None


def _bits(values: "Sequence[Any]") -> "Any":
    """Return the bits of doubles, other values unchanged. All NaNs count as equal: their bits are not portable."""
    if not all(isinstance(value, float) for value in values):
        return list(values)
    return struct.pack(f"{len(values)}d", *[value if value == value else math.nan for value in values])


def ulps(a: float, b: float) -> "int | None":
    """Return the distance of two numbers in doubles, or None if one is NaN."""
    if a != a or b != b:
        return None
    bits = [int.from_bytes(struct.pack("<d", value), "little") for value in (a, b)]
    places = [k if k < 1 << 63 else (1 << 63) - k for k in bits]
    return abs(places[0] - places[1])
