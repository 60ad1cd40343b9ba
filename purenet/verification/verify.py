"""Recompute the golden vectors on every engine here and compare their digest with the published one."""
import json
import sys
import time

from .._core.ieee754 import adds_exactly, rounds_once, subnormals_kept
from .._core.messages import plural
from ..version import ARITHMETIC, __version__
from .vectors.files import called, head_of, line_of, read, sha256, text_of
from .vectors.recompute import Reference, doubles_of, place_of, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

# The SHA-256 of the vectors' text, also in docs/arithmetic.md. It changes only when vectors are added:
# existing vectors change only with ARITHMETIC.
PUBLISHED = {
    "quick": "d2ebf8122128ae4011924e8f5429f5d73b6940d88823455d6ffcbe58c14a6169",
    "full": "9bece3ef2dd8535e6f6a32c547f9f539a535f8f36be1488b68dfe942fe41c164",
}

X87 = """Cause: this interpreter is a 32-bit x87 build, which rounds products twice.
A 64-bit Python, or one that uses SSE2, gives the published bits."""
SOFTWARE = """Cause: this interpreter adds in software that sometimes rounds wrongly, as on 32-bit ARM without a
floating-point unit (armel). A Python that uses such a unit (armhf) gives the published bits."""
FLUSHED = """Cause: this thread flushes subnormal numbers to zero. A package built with -ffast-math has been loaded, or
the compiled engine was linked with it. Run verify in a process without that package, or build the engine again."""
COMPILED = """The reference is right, but the compiled engine is not. Known causes: multiplications and additions fused
into one rounding (contraction: -ffp-contract=off is missing), -ffast-math or -Ofast, a broken compiler.
Build it again without your own CFLAGS. PURENET_BACKEND=reference computes without it."""
UNKNOWN = """The probes find no x87 double rounding, no wrongly rounded sum and no flush-to-zero. Other known causes:
a changed file of the package, another rounding mode, an interpreter or compiler that fuses multiplication and
addition (contraction)."""


class Difference:
    """A vector whose results differ: its name, the place of the first difference, and the digits there.

    ``published``: the digits in the file. ``here``: the digits that were computed.
    """

    def __init__(self, vector: "Any", values: "Sequence[str]") -> None:
        self.vector = called(vector)
        self.place, self.published, self.here = "its results", str(vector["gives"]), str(values)
        for which, (expected, got) in enumerate(zip(vector["gives"], values)):
            if expected != got and len(expected) == len(got):
                width = 64 if which == 2 and "layers" in vector else 16
                k = [expected[k:k + width] != got[k:k + width] for k in range(0, len(got), width)].index(True)
                self.place = place_of(vector, which, k)
                self.published, self.here = [text[k * width:(k + 1) * width] for text in (expected, got)]
                break

    def __repr__(self) -> str:
        return (f"{self.vector}: {self.place}\n  published  {_with_value(self.published)}\n"
                f"  here       {_with_value(self.here)}")


class BackendResult:
    """All vectors recomputed by one engine: its name, settings, seconds, digest and differences."""

    def __init__(
        self, backend: "Any", lines: "Sequence[str]", progress: "Any" = None, before: int = 0, passes: int = 1,
    ) -> None:
        self.engine: str = backend.name
        self.settings: str = backend.settings
        self.differences: "list[Difference]" = []
        begun = _now()
        made = [lines[0]]
        for line in lines[1:]:
            if progress:
                done, number = before * (len(lines) - 1) + len(made) - 1, passes * (len(lines) - 1)
                progress(done, number, f"{self.name}: vector {len(made)} of {len(lines) - 1}")
            vector = json.loads(line)
            try:
                values = values_of(vector, backend)
            except (ValueError, RuntimeError, ArithmeticError) as error:  # flushed subnormals, or overflow
                values = [f"{type(error).__name__}: {error}"]
            if values != vector["gives"]:
                self.differences.append(Difference(vector, values))
                line = line_of(head_of(line), values)
            made.append(line)  # the same text if the values are the same: boards have little memory
        self.digest = sha256(text_of(made))
        self.seconds: float = _now() - begun

    @property
    def name(self) -> str:
        """Return the engine and its settings."""
        return self.engine + (f" ({self.settings})" if self.settings else "")

    def __repr__(self) -> str:
        return f"{self.name:31}{self.seconds:6.2f} s  {self.digest}"


class Verification:
    """The result of ``verify``: ``same``, the ``passes``, ``published``, ``count`` of vectors, ``evidence``."""

    def __init__(self, kind: str, count: int, passes: "list[BackendResult]", absent: str) -> None:
        self.kind = kind
        self.count = count
        self.passes = passes
        self.absent = absent  # why the compiled engine was not verified, or ""
        self.published = PUBLISHED[kind]
        self.evidence = evidence()

    @property
    def same(self) -> bool:
        """Return whether every pass gave the published digest."""
        return all(done.digest == self.published for done in self.passes)

    def causes(self) -> "list[str]":
        """Return the likely causes of the differences, as far as the probes can tell."""
        found = [] if rounds_once() else [X87]
        if not adds_exactly():
            found.append(SOFTWARE)
        if not subnormals_kept():
            found.append(FLUSHED)
        if found or self.same:
            return found
        return [UNKNOWN if self.passes[0].differences else COMPILED]

    def __repr__(self) -> str:
        lines = [f"{name:12} {text}" for name, text in self.evidence]
        lines.append(f"{'vectors':12} {self.kind}, {self.count}")
        lines.append(f"{'published':41} {self.published}")
        lines += [repr(done) for done in self.passes]
        if self.absent:
            lines.append(f"compiled: {self.absent}")
        if self.same:
            lines.append(f"the same bits: {self.count} vectors, {plural(len(self.passes), 'pass', 'passes')}")
            return "\n".join(lines)
        wrong = [done for done in self.passes if done.differences]
        for done in wrong[:1]:
            lines.append(f"DIFFERENT: {len(done.differences)} of {self.count} vectors by {done.name}; "
                         f"{len(wrong)} of {plural(len(self.passes), 'pass', 'passes')} differ. The first vector:")
            lines.append(repr(done.differences[0]))
        return "\n".join(lines + self.causes())


def verify(quick: bool = False, progress: "Any" = None) -> Verification:
    """Recompute the golden vectors of the package on every available engine.

    The compiled engine computes them at every level of this CPU, with one and with two threads. ``quick=True`` uses a
    part of the vectors. ``same`` of the result is the verdict; print the result for details. ``progress``: a
    function that is called with (done, number, text) for every vector, counted over all engines. Raises ValueError if
    the file of vectors is not the published one.
    """
    kind = "quick" if quick else "full"
    lines = read(kind)
    found = sha256(text_of(lines))
    if found != PUBLISHED[kind]:
        raise ValueError(
            f"the {kind} vectors are complete, but not the published ones: their digest is {found}, "
            f"published is {PUBLISHED[kind]}; install purenet again"
        )
    engines, absent = _backends_to_verify()
    passes = [BackendResult(engine, lines, progress, k, len(engines)) for k, engine in enumerate(engines)]
    return Verification(kind, len(lines) - 1, passes, absent)


def _backends_to_verify() -> "tuple[list[Any], str]":
    """Return the engines to verify, and why the compiled one is missing, or "". Its self-test is not run."""
    from .. import backends

    wanted = backends.environment("PURENET_BACKEND")
    if wanted == "reference":
        return [Reference()], "left out, because PURENET_BACKEND is reference"
    try:
        from .vectors.compiled import backends_to_verify
    except ImportError:
        if wanted == "compiled":
            backends.resolve_backend("auto")  # raises with the reason
        return [Reference()], backends.compiled_status()[1] or "not there"
    found: "list[Any]" = [Reference()]
    return found + backends_to_verify(), ""


def evidence() -> "list[tuple[str, str]]":
    """Return (name, text) on the interpreter and the platform, as the process itself reports them."""
    version = ".".join([str(part) for part in sys.implementation.version[:3]])
    language = ".".join([str(part) for part in sys.version_info[:3]])
    named = "" if version == language else f" (Python {language})"
    machine: "Any" = getattr(sys.implementation, "_machine", "")
    library = ""
    try:
        import os
        import platform

        built_for = getattr(sys.implementation, "_multiarch", "")  # distinguishes ARM's two ABIs, and musl
        if machine:
            machine += ", " + platform.platform()  # MicroPython's other half
        machine = machine or (platform.system() + " " + platform.machine() + (built_for and " (" + built_for + ")")
                              + ", " + platform.architecture()[0])
        library = _c_library(os, platform, built_for)
    except (ImportError, AttributeError):
        pass
    return [
        ("purenet", f"{__version__}, arithmetic {ARITHMETIC}"),
        ("interpreter", f"{sys.implementation.name} {version}{named}"),
        ("platform", f"{machine}, {sys.byteorder}-endian"),
        ("C library", library or "unknown"),
    ]


def _c_library(os: "Any", platform: "Any", built_for: str) -> str:
    """Return the name and version of the C library, if known."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        pass
    browser: "Any" = getattr(sys, "_emscripten_info", None)
    if browser:
        return "Emscripten " + ".".join([str(part) for part in browser.emscripten_version])
    if sys.implementation.name == "micropython":
        told = " ".join(platform.libc_ver()).strip()
        return told and told + " (when it was built)"
    return "musl" if "musl" in built_for else ""


def _with_value(digits: str) -> str:
    """Return sixteen digits followed by the number they encode; other texts unchanged."""
    try:
        return f"{digits}  {doubles_of(digits)[0]!r}" if len(digits) == 16 else digits
    except ValueError:
        return digits


def _now() -> float:
    clock: "Any" = getattr(time, "perf_counter", time.time)  # boards have no perf_counter
    seconds: float = clock()
    return seconds
