"""Recompute vectors on the compiled engine, at each SIMD level and with one or two threads."""
from ..._core.messages import plural
from ...backends import LEVELS
from ...compiled.engine import CompiledEngine
from ...compiled.functions import CompiledStream, elementary_values
from ...compiled.self_test import best_level
from ...network import Network
from ...reference.random_state import RandomState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Compiled:
    """The compiled engine at one level. With two threads even small products are divided and use the fast kernels."""

    name = "compiled"

    def __init__(self, level: int, threads: int) -> None:
        self.level = level
        self.threads = threads
        self.settings = f"{LEVELS[level]}, {plural(threads, 'thread')}"

    def function(self, name: str, points: "list[tuple[float, ...]]") -> "list[float]":
        """Return an elementary function's values at some points, each a tuple of arguments."""
        return elementary_values(name, points, self.level)

    def stream(self, seed: int) -> RandomState:
        """Return a random stream that draws with the C library."""
        return CompiledStream(seed)

    def network(self, *given: "Any", **named: "Any") -> Network:
        """Return a network on a compiled engine of this level."""
        net = Network(*given, backend="reference", **named)
        engine = CompiledEngine(net.plan, self.level, self.threads)
        if self.threads > 1:
            engine.divide_everything()
        engine.initialise(net.seed, [parameter.init for parameter in net.plan.parameters])
        net.engine = engine
        return net


def backends_to_verify() -> "list[Compiled]":
    """Return a backend for every SIMD level of this CPU, with one thread and with two."""
    return [Compiled(level, threads) for level in range(best_level() + 1) for threads in (1, 2)]
