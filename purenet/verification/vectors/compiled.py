"""Recompute vectors on the compiled engine, at each level of vector instructions and with one or two threads."""
from ..._core.messages import plural
from ...backends import LEVELS
from ...compiled import engine
from ...compiled._twin import ffi, lib
from ...network import Network
from ...reference.random_state import RandomState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple


class Compiled:
    """The compiled engine at one level. With two threads even small products are divided and use the fast kernels."""

    name = "compiled"

    def __init__(self, level: int, threads: int) -> None:
        self.level = level
        self.threads = threads
        self.settings = f"{LEVELS[level]}, {plural(threads, 'thread')}"

    def function(self, name: str, points: "List[Tuple[float, ...]]") -> "List[float]":
        """Return an elementary function's values, from one call if the engine has a vectorised form."""
        table: "Any" = getattr(lib, f"purenet_{name}_table", None)
        if table is None:
            single: "Any" = getattr(lib, "purenet_" + name)
            return [single(*point) for point in points]
        context = ffi.new("purenet_context *", {"level": self.level, "threads": 1})
        results = ffi.new("double[]", len(points))
        table(context, [x for x, in points], len(points), results)
        return list(results)

    def stream(self, seed: int) -> RandomState:
        """Return a stream that draws with the compiled engine."""
        return CompiledStream(seed)

    def network(self, *given: "Any", **named: "Any") -> Network:
        """Return a network on a compiled engine of this level."""
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
    """A RandomState that draws with the compiled engine."""

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


def backends_to_verify() -> "List[Compiled]":
    """Return an engine for every level of this CPU, with one thread and with two."""
    return [Compiled(level, threads) for level in range(lib.purenet_best_level() + 1) for threads in (1, 2)]
