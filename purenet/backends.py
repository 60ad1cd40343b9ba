"""Which engines exist here, which one is chosen, and why."""
import sys

from .arithmetic import rounds_once, subnormals_kept
from .checks import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple

    from .plan import Plan

NAMES = ("auto", "reference", "compiled")
NOT_BUILT = "this version of purenet has no compiled engine yet"

_warned: "List[str]" = []


class Backends:
    """What ``purenet.backend()`` reports: ``chosen``, ``available`` and ``reasons``, a list of (engine, why)."""

    def __init__(self, chosen: str, available: "List[str]", reasons: "List[Tuple[str, str]]") -> None:
        self.chosen = chosen
        self.available = available
        self.reasons = reasons

    def __repr__(self) -> str:
        lines = [f"backend: {self.chosen}"]
        for name, why in self.reasons:
            lines.append(f"  {name}: {why}")
        return "\n".join(lines)


def backend() -> Backends:
    """What is available here, what "auto" chooses, and why not the other."""
    reasons = [("reference", "plain Python, always available"), ("compiled", NOT_BUILT)]
    if not rounds_once():
        reasons.append(("arithmetic", DOUBLE_ROUNDING))
    if not subnormals_kept():
        reasons.append(("arithmetic", "this thread flushes subnormal numbers to zero: training is refused"))
    return Backends(choose("auto"), ["reference"], reasons)


def choose(name: str) -> str:
    """The engine that a name stands for; "auto" asks PURENET_BACKEND, then takes the best there is."""
    source = "backend"
    if name == "auto":
        wanted = _environment("PURENET_BACKEND")
        if wanted:
            source, name = "PURENET_BACKEND", wanted
    named(source, name, NAMES)
    if name == "compiled":
        raise RuntimeError(f"{source} asks for the compiled engine, but {NOT_BUILT}; use \"auto\" or \"reference\"")
    return "reference"


def make_engine(name: str, plan: "Plan") -> "Any":
    """A new engine of the chosen kind for a plan."""
    choose(name)
    from .reference.engine import ReferenceEngine

    return ReferenceEngine(plan)


DOUBLE_ROUNDING = (
    "this interpreter rounds twice (an x87 build): results will differ from purenet's published bits in places"
)


def warn_of_double_rounding() -> None:
    """One warning a process, at the first training, where the promise does not hold."""
    if not rounds_once() and not _warned:
        _warned.append(DOUBLE_ROUNDING)
        print("purenet: warning: " + DOUBLE_ROUNDING, file=sys.stderr)


def _environment(name: str) -> "Any":
    """An environment variable; boards have none."""
    try:
        import os

        return os.getenv(name)
    except (ImportError, AttributeError):
        return None
