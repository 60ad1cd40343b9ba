"""Choose the engine that computes a network, plain Python (reference) or C (compiled), and say why."""

from ._core.checks import MAX_THREADS, check_choice, check_int
from ._core.ieee754 import adds_exactly, rounds_once, subnormals_kept
from ._core.messages import plural, warn_user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._core.plan import Plan

NAMES = ("auto", "reference", "compiled")
LEVELS = ("plain", "baseline", "avx2", "avx512")  # SIMD levels of the C engine, by number

DOUBLE_ROUNDING = (
    "this interpreter rounds twice (an x87 build): results will differ from purenet's published bits in places"
)
SOFTWARE = (
    "this interpreter adds in software that now and then rounds wrongly (32-bit ARM without a floating-point unit): "
    "results will differ from purenet's published bits in places"
)
NOT_BUILT = (
    "not built here; install purenet with a C compiler and cffi (PURENET_BUILD=require shows what fails), "
    "see Install in docs/quickstart.md"
)
NO_CFFI = "built, but cffi is missing; pip install cffi"

_warned: "list[str]" = []
_probe_cache: "list[tuple[int, str, bool]]" = []  # the result of compiled_status, once it is known


class Backends:
    """The report of ``purenet.backend()``: ``chosen``, ``available`` and ``reasons``, a list of (engine, why)."""

    def __init__(self, chosen: str, available: "list[str]", reasons: "list[tuple[str, str]]") -> None:
        self.chosen = chosen
        self.available = available
        self.reasons = reasons

    def __repr__(self) -> str:
        lines = [f"backend: {self.chosen}"]
        for name, why in self.reasons:
            lines.append(f"  {name}: {why}")
        return "\n".join(lines)


def backend() -> Backends:
    """Report which backends are available here, which one "auto" chooses, and why."""
    _, problem, _ = compiled_status()
    available = ["reference"] if problem else ["reference", "compiled"]
    threads = threads_wanted(None)
    compiled = problem or (
        f"vectors: {LEVELS[simd_level()]} (PURENET_SIMD sets another), "
        f"{plural(threads, 'thread')} (threads= or PURENET_THREADS)")
    reasons = [("reference", "plain Python, always available"), ("compiled", compiled)]
    if _rounding():
        reasons.append(("arithmetic", _rounding()))
    if not subnormals_kept():
        reasons.append(("arithmetic", "this thread flushes subnormal numbers to zero: training is refused"))
    return Backends(resolve_backend("auto"), available, reasons)


def resolve_backend(name: str) -> str:
    """Return "reference" or "compiled" for a backend's name. "auto" is PURENET_BACKEND, or else the fastest available.

    Raises RuntimeError if "compiled" is asked for and is not available.
    """
    source = "backend"
    if name == "auto":
        wanted = environment("PURENET_BACKEND")
        if wanted:
            source, name = "PURENET_BACKEND", wanted
    check_choice(source, name, NAMES)
    if name == "reference":
        return name
    _, problem, surprising = compiled_status()
    if not problem:
        return "compiled"
    if name == "compiled":
        raise RuntimeError(f"{source} asks for the compiled engine, which is {problem}")
    if surprising and problem not in _warned:
        _warned.append(problem)
        warn_user(f"purenet computes on its reference: the compiled engine is {problem}", RuntimeWarning)
    return "reference"


def make_engine(name: str, plan: "Plan", threads: int) -> "Any":
    """Return a new engine, of the backend ``name``, for a plan."""
    if name == "compiled":
        from .compiled.engine import CompiledEngine

        return CompiledEngine(plan, simd_level(), threads)
    from .reference.engine import ReferenceEngine

    plan.check_memory()
    return ReferenceEngine(plan)


def simd_level() -> int:
    """Return the C engine's SIMD level: the level that PURENET_SIMD names, or by default the best of this CPU."""
    best = compiled_status()[0]
    wanted = environment("PURENET_SIMD")
    if not wanted:
        return best
    check_choice("PURENET_SIMD", wanted, LEVELS)
    level = LEVELS.index(wanted)
    if level > best:
        raise RuntimeError(f"PURENET_SIMD asks for {wanted}, but this CPU has no more than {LEVELS[best]}")
    return level


def threads_wanted(threads: "int | None") -> int:
    """Return how many threads a network uses: ``threads``, or else PURENET_THREADS, or else 1."""
    wanted = environment("PURENET_THREADS") if threads is None else None
    if not wanted:
        return threads or 1
    if not wanted.isdigit() or len(wanted) > 9:
        raise ValueError(f"PURENET_THREADS: expected a whole number from 1 to {MAX_THREADS}, got {wanted!r}")
    return check_int("PURENET_THREADS", int(wanted), 1, MAX_THREADS)


def compiled_status() -> "tuple[int, str, bool]":
    """Return the C engine's best SIMD level, what is wrong with it ("" if nothing), and whether that is unexpected.

    The engine is loaded and tested once a process.
    """
    if not _probe_cache:
        _probe_cache.append(_probe_compiled())
    return _probe_cache[0]


def _probe_compiled() -> "tuple[int, str, bool]":
    kept = subnormals_kept()
    try:
        from .compiled.self_test import best_level, failure
    except ImportError as error:
        if "cffi" in str(error):
            return 0, NO_CFFI, False
        if getattr(error, "name", "") in ("purenet.compiled._twin", "purenet.compiled", None, ""):
            return 0, NOT_BUILT, False
        return 0, f"built but cannot be loaded ({error}); build it again", True
    if kept and not subnormals_kept():
        return 0, "built so that loading it flushes subnormal numbers to zero; build it again", True
    problem: "str | None" = failure()
    return best_level(), problem or "", bool(problem)


def warn_of_rounding() -> None:
    """Warn once a process, at the first training, if this interpreter rounds differently from others."""
    found = _rounding()
    if found and found not in _warned:
        _warned.append(found)
        warn_user(found, RuntimeWarning)


def _rounding() -> str:
    """Return what is wrong with the rounding of this interpreter, or ""."""
    return DOUBLE_ROUNDING if not rounds_once() else SOFTWARE if not adds_exactly() else ""


def environment(name: str) -> "Any":
    """Return an environment variable, or None if it is not set; boards have none."""
    try:
        import os

        return os.getenv(name)
    except (ImportError, AttributeError):
        return None
