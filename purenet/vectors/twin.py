"""The compiled engine's ways of doing a vector: a level of vector instructions and a number of threads."""
from ..backends import LEVELS
from ..compiled import engine
from ..compiled._twin import ffi, lib
from ..network import Network
from ..reference.random_state import RandomState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple


class Compiled:
    """The compiled engine.  With two threads every product, however small, is divided and goes the large ones' way."""

    name = "compiled"

    def __init__(self, level: int, threads: int) -> None:
        self.level = level
        self.threads = threads
        self.settings = f"{LEVELS[level]}, {threads} thread{'s' if threads > 1 else ''}"

    def function(self, name: str, points: "List[Tuple[float, ...]]") -> "List[float]":
        """An elementary function, at all points in one call where the engine has such a form."""
        table: "Any" = getattr(lib, f"purenet_{name}_table", None)
        if table is None:
            single: "Any" = getattr(lib, "purenet_" + name)
            return [single(*point) for point in points]
        context = ffi.new("purenet_context *", {"level": self.level, "threads": 1})
        results = ffi.new("double[]", len(points))
        table(context, [x for x, in points], len(points), results)
        return list(results)

    def stream(self, seed: int) -> RandomState:
        """A stream whose every draw is the compiled engine's."""
        return CompiledStream(seed)

    def network(self, *given: "Any", **named: "Any") -> Network:
        """A network on a compiled engine of this level."""
        net = Network(*given, backend="reference", **named)
        usual = engine.SCALAR_BELOW, engine.SINGLE_THREAD_BELOW
        if self.threads > 1:
            engine.SCALAR_BELOW = engine.SINGLE_THREAD_BELOW = 0
        try:
            net._engine = engine.CompiledEngine(net.plan, self.level, self.threads)
        finally:
            engine.SCALAR_BELOW, engine.SINGLE_THREAD_BELOW = usual
        net._engine.initialise(net.seed, [parameter.init for parameter in net.plan.parameters])
        return net


class CompiledStream(RandomState):
    """RandomState with the compiled engine's draws."""

    def __init__(self, seed: int) -> None:
        RandomState.__init__(self, seed)
        self._c = ffi.new("purenet_stream *")
        lib.purenet_seed(self._c, seed)

    def _next_word(self) -> int:
        word: int = lib.purenet_next_word(self._c)
        return word

    def _next_double(self) -> float:
        number: float = lib.purenet_next_double(self._c)
        return number

    def _next_gaussian(self) -> float:
        number: float = lib.purenet_next_gaussian(self._c)
        return number

    def _next_below(self, count: int) -> int:
        number: int = lib.purenet_next_below(self._c, count)
        return number


def ways() -> "List[Compiled]":
    """Every level of this CPU, with one thread and with two."""
    return [Compiled(level, threads) for level in range(lib.purenet_best_level() + 1) for threads in (1, 2)]
