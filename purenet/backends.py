"""Which engines exist here, which one is chosen, and why."""
import sys

from ._core.checks import check_choice, check_int
from ._core.ieee754 import adds_exactly, rounds_once, subnormals_kept
from ._core.messages import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Tuple

    from ._core.plan import Plan

NAMES = ("auto", "reference", "compiled")
MOST_THREADS = 64
LEVELS = ("plain", "baseline", "avx2", "avx512")  # vector units that the compiled engine can use, by number

DOUBLE_ROUNDING = (
    "this interpreter rounds twice (an x87 build): results will differ from purenet's published bits in places"
)
SOFTWARE = (
    "this interpreter adds in software that now and then rounds wrongly (32-bit ARM without a floating-point unit): "
    "results will differ from purenet's published bits in places"
)
NOT_BUILT = "not built; pip install purenet with a C compiler and cffi at hand (PURENET_BUILD=require says what fails)"
NOT_BUILT_HERE = (
    "not built in this source tree, which Python takes before an installed purenet: pip install -e . builds it here "
    "(PURENET_BUILD=require says what fails), and from another folder the installed one is found"
)
IN_A_ZIP = "not here: an extension cannot be loaded from a zip file; pip install purenet, or unpack it"

_warned: "List[str]" = []
_probe_cache: "List[Tuple[int, str, bool]]" = []  # of the compiled engine: best level, problem, surprising


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
    """The engine that a name stands for; "auto" asks PURENET_BACKEND, then takes the best there is."""
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
        raise RuntimeError(f"{source} asks for the compiled engine, but it is {problem}")
    if surprising and problem not in _warned:
        _warned.append(problem)
        import warnings

        text = f"purenet computes on its reference: the compiled engine is {problem}"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
    return "reference"


def make_engine(name: str, plan: "Plan", threads: int) -> "Any":
    """A new engine of the chosen kind for a plan."""
    if name == "compiled":
        from .compiled.engine import CompiledEngine

        return CompiledEngine(plan, simd_level(), threads)
    from .reference.engine import ReferenceEngine

    return ReferenceEngine(plan)


def simd_level() -> int:
    """The vector units the compiled engine uses: the best of this machine, or what PURENET_SIMD asks for."""
    best = compiled_status()[0]
    wanted = environment("PURENET_SIMD")
    if not wanted:
        return best
    check_choice("PURENET_SIMD", wanted, LEVELS)
    level = LEVELS.index(wanted)
    if level > best:
        raise RuntimeError(f"PURENET_SIMD asks for {wanted}, but this CPU has no more than {LEVELS[best]}")
    return level


def threads_wanted(threads: "Optional[int]") -> int:
    """How many threads a network may use: the number given, or what PURENET_THREADS says, or 1."""
    wanted = environment("PURENET_THREADS") if threads is None else None
    if not wanted:
        return threads or 1
    if not wanted.isdecimal() or len(wanted) > 9:
        raise ValueError(f"PURENET_THREADS: expected a whole number from 1 to {MOST_THREADS}, got {wanted!r}")
    return check_int("PURENET_THREADS", int(wanted), 1, MOST_THREADS)


def compiled_status() -> "Tuple[int, str, bool]":
    """Best level, problem and whether it is a surprise; looked for, and tested, once a process."""
    if not _probe_cache:
        _probe_cache.append(_probe_compiled())
    return _probe_cache[0]


def _probe_compiled() -> "Tuple[int, str, bool]":
    kept = subnormals_kept()
    try:
        from .compiled.self_test import best_level, failure
    except ImportError as error:
        absent = getattr(error, "name", "") in ("purenet.compiled._twin", "purenet.compiled", None, "")
        if absent:
            return 0, IN_A_ZIP if _in_zip() else NOT_BUILT_HERE if _in_source_tree() else NOT_BUILT, False
        return 0, f"built but cannot be loaded ({error}); pip install purenet[fast]", True
    if kept and not subnormals_kept():
        return 0, "built so that loading it flushes subnormal numbers to zero; build it again", True
    problem: "Optional[str]" = failure()
    return best_level(), problem or "", bool(problem)


def _in_zip() -> bool:
    """Whether this package is run from a file, and not from a folder."""
    try:
        import os

        return not os.path.isdir(os.path.dirname(__file__))
    except (ImportError, AttributeError):
        return False


def _in_source_tree() -> bool:
    """Whether this package lies in a checkout, beside the C sources."""
    try:
        import os

        return os.path.exists(os.path.join(os.path.dirname(os.path.dirname(__file__)), "csrc", "purenet.h"))
    except (ImportError, AttributeError):
        return False


def warn_of_rounding() -> None:
    """One warning a process, at the first training, where the promise does not hold."""
    found = _rounding()
    if found and found not in _warned:
        _warned.append(found)
        print("purenet: warning: " + found, file=sys.stderr)


def _rounding() -> str:
    """What is wrong with the rounding of this interpreter, or ""."""
    return DOUBLE_ROUNDING if not rounds_once() else SOFTWARE if not adds_exactly() else ""


def environment(name: str) -> "Any":
    """An environment variable; boards have none."""
    try:
        import os

        return os.getenv(name)
    except (ImportError, AttributeError):
        return None
