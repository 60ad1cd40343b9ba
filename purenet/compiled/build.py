"""The cffi build script of purenet.compiled._twin: every source, every flag and its reason."""
import os
from pathlib import Path

from cffi import FFI

ROOT = Path(os.path.abspath("setup.py")).parent  # setuptools runs this file as text, from the root
CSRC = ROOT / "csrc"

# paths relative to the root of the checkout, as setuptools wants them
SOURCES = sorted(path.relative_to(ROOT).as_posix() for path in [*CSRC.glob("*.c"), *CSRC.glob("fast/*.c")])
HEADERS = sorted(path.relative_to(ROOT).as_posix() for path in [*CSRC.glob("*.h"), *CSRC.glob("fast/*.h")])

COMPILE = [
    "-std=c99",
    "-O3",                 # vectorise and unroll; reorders nothing inside a reduction
    "-fno-fast-math",      # undo an inherited -ffast-math or -Ofast
    "-ffp-contract=off",   # no fused multiply-add: it rounds once, and the laws of the bits round twice
    "-fno-trapping-math",  # the exception flags are not read; needed to vectorise comparisons
    "-fno-math-errno",     # sqrt as one instruction
    "-fvisibility=hidden",
    "-pthread",            # for csrc/fast/threads.c
]
LINK = [
    "-O2",                 # undo an inherited -Ofast, which would link code that flushes subnormals
    "-fno-fast-math",
    "-ffp-contract=off",   # for link-time optimisation, which compiles again
    "-pthread",
]

ffibuilder = FFI()
ffibuilder.cdef((CSRC / "purenet.h").read_text())
ffibuilder.set_source(
    "purenet.compiled._twin", '#include "common.h"', sources=SOURCES, include_dirs=["csrc"],
    extra_compile_args=COMPILE, extra_link_args=LINK, depends=HEADERS,
    optional=os.environ.get("PURENET_BUILD") != "require",  # by default a failed build leaves the pure package
)
