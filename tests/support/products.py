"""Make matrix products of hostile numbers and run the C kernels on them, for tests/csrc/."""
import functools
import math
import os
import random
import shutil
import struct
import subprocess
from array import array

import pytest
from cffi import FFI

from purenet.compiled._twin import ffi, lib
from tests import ROOT
from tests.support.oracle import bits, hostile, multiply

SIZES = [*range(1, 18), 24, 25, 31, 32, 33, 48, 49]
TERMS = [*range(1, 18), 31, 32, 33]
USES = ("forward", "d_weights", "d_inputs", "scattered")
KINDS = ("hostile", "hostile", "zeros", "wide", "tiny", "huge", "not finite")

BAND = struct.pack("<Q", 0xFFF8DEADBEEF5A5A) * 24  # a NaN that no operation produces
TAIL = BAND * 128                                  # for a broken kernel that reads beyond its arrays


def numbers(stream, kind, count):
    """Return numbers that use all 53 bits, with some zeros of both signs and some subnormals."""
    decades = {"hostile": 3, "zeros": 3, "wide": 100, "tiny": 0, "huge": 3, "not finite": 3}[kind]
    values = hostile(stream, 1, count, decades)[0]
    if kind == "zeros":
        return [value if stream.random() < 0.6 else math.copysign(0.0, value) for value in values]
    scale = {"tiny": 2.0 ** -530, "huge": 2.0 ** 515}.get(kind, 1.0)
    if kind == "not finite":
        values[stream.randrange(count)] = stream.choice([math.inf, -math.inf, math.nan])
    return [value * scale for value in values]


THREADS = [2, 3, 7, 16]
KERNELS = ["cells", "tile", "narrow", "row", "column", "vector", "scalar", "nonzero"]


class Context:
    """A purenet_context: a level and threads, for products of any size; small ones below scalar_below."""

    def __init__(self, ffi, level, threads=1, scalar_below=0):
        size = lib.PURENET_PACKING_SIZE * threads
        self.packing = ffi.new("double[]", size + len(BAND) // 8)
        ffi.memmove(self.packing + size, BAND, len(BAND))
        self.behind = lambda: ffi.buffer(self.packing)[8 * size:]
        self.c = ffi.new("purenet_context *", (level, threads, scalar_below, 0, self.packing))


class CountingLibrary:
    """csrc/ built with -DPURENET_COUNT_KERNELS: ``lib``, ``ffi``, and a count of the cells that each kernel writes."""

    def __init__(self, folder):
        csrc = ROOT / "csrc"
        compiler = shutil.which("gcc") or shutil.which("cc")
        if os.name != "posix" or compiler is None or not csrc.is_dir():
            pytest.skip("needs the C sources, a C compiler and a system that loads what it makes")
        library = folder / "counting.so"
        sources = [str(path) for path in sorted([*csrc.glob("*.c"), *csrc.glob("fast/*.c")])]
        flags = ["-std=c99", "-O1", "-fno-fast-math", "-ffp-contract=off", "-fPIC", "-shared", "-pthread"]
        subprocess.run([compiler, *flags, "-DPURENET_COUNT_KERNELS", "-o", str(library), *sources, "-lm"], check=True)
        self.ffi = FFI()
        self.ffi.cdef((csrc / "purenet.h").read_text() + f"""
            extern int64_t purenet_kernel_counts[{lib.PURENET_MAX_THREADS}][{len(KERNELS)}];""")
        self.lib = self.ffi.dlopen(str(library))

    def counts(self, threads=1):
        """Return the cells written by each thread since the last call: a dict per thread, without zeros."""
        all_counts = self.lib.purenet_kernel_counts
        found = [{name: n for name, n in zip(KERNELS, all_counts[thread]) if n} for thread in range(threads)]
        self.ffi.memmove(all_counts, bytes(self.ffi.sizeof(all_counts)), self.ffi.sizeof(all_counts))
        return found


class Product:
    """One call of purenet_multiply on hostile numbers, in one of the three uses a dense layer has for it.

    "scattered" is for purenet_multiply_scattered, with the rows and terms of left in any order. All arrays lie in one
    arena, each between guard bands.
    """

    def __init__(self, use, rows, terms, columns, kind, seed):
        self.use, self.rows, self.terms, self.columns, self.kind = use, rows, terms, columns, kind
        stream = random.Random(f"{use} {rows} {terms} {columns} {kind} {seed}")
        left, right = numbers(stream, kind, rows * terms), numbers(stream, kind, terms * columns)
        self.left_steps = (1, rows) if use == "d_weights" else (terms, 1)
        self.row_offsets = [i * self.left_steps[0] for i in range(rows)]
        self.term_offsets = [k * self.left_steps[1] for k in range(terms)]
        if use == "scattered":
            if stream.random() < 0.5:  # adjacent rows, but for one place
                cut = stream.randrange(rows)
                self.row_offsets = [*range(cut, rows), *range(cut)]
                self.term_offsets = [k * rows for k in range(terms)]
            else:
                stream.shuffle(self.row_offsets)
            stream.shuffle(self.term_offsets)
        self.right_steps = (1, terms) if use == "d_inputs" else (columns, 1)
        self.start_step = {"forward": stream.choice([0, 0, columns]), "d_weights": columns, "d_inputs": 0,
                           "scattered": stream.choice([0, columns])}[use]
        start = numbers(stream, kind, rows * columns if self.start_step else columns)
        if use == "d_inputs":
            start = [0.0] * columns
        elif stream.random() < 0.5:  # one cell in which every product and the start are -0.0
            i, j = stream.randrange(rows), stream.randrange(columns)
            start[i * self.start_step + j] = -0.0
            for k in range(terms):
                other = right[self.right_at(k, j)]
                if not math.isfinite(other):
                    other = right[self.right_at(k, j)] = 1.7
                left[self.left_at(i, k)] = -math.copysign(0.0, other)
        self.left, self.right, self.start = left, right, start
        count = rows * columns
        result = start if use == "d_weights" else [0.0] * count
        self.template, self.at = b"", {}
        arrays = [("left", left), ("right", right)] + [("start", start)] * (use != "d_weights")
        for name, values in [*arrays, ("result", result)]:
            self.template += BAND
            self.at[name] = len(self.template) // 8
            part = array("d", values).tobytes()
            if name == "result" and use != "d_weights":
                part = (BAND * (count // 24 + 1))[:8 * count]
            self.template += part
        self.template += TAIL
        self.at.setdefault("start", self.at["result"])
        self.expected = self.run(lib, ffi, 0)

    def left_at(self, i, k):
        return self.row_offsets[i] + self.term_offsets[k]

    def right_at(self, k, j):
        return k * self.right_steps[0] + j * self.right_steps[1]

    def run(self, lib, ffi, level, threads=1, scalar_below=0):
        """Return the arena after the call, with equal bits for every NaN, and the bytes behind the packing memory."""
        arena = ffi.new("double[]", len(self.template) // 8)
        ffi.memmove(arena, self.template, len(self.template))
        at = self.at
        context = Context(ffi, level, threads, scalar_below)
        multiply, left = lib.purenet_multiply, self.left_steps
        if self.use == "scattered":
            multiply, left = lib.purenet_multiply_scattered, (self.row_offsets, self.term_offsets)
        multiply(
            context.c, arena + at["start"], self.start_step, arena + at["left"], *left,
            arena + at["right"], *self.right_steps, self.rows, self.terms, self.columns, arena + at["result"])
        memory = ffi.buffer(arena)
        count = self.rows * self.columns
        result = memory[8 * at["result"]:8 * (at["result"] + count)]
        values = struct.unpack(f"{count}d", result)
        if not all(map(math.isfinite, values)):
            result = b"".join(map(bits, values))
        return memory[:8 * at["result"]], result, memory[8 * (at["result"] + count):], context.behind()

    def difference(self, lib, ffi, level, threads=1):
        """Return how a level differs from the plain form of the intact library, or ""."""
        got = self.run(lib, ffi, level, threads)
        if got == self.expected:
            return ""
        if got[1] == self.expected[1]:
            return f"{self!r} at level {level}: written where nothing is to be written"
        cell = next(k for k in range(len(got[1]) // 8) if got[1][8 * k:8 * k + 8] != self.expected[1][8 * k:8 * k + 8])
        one, other = (struct.unpack_from("d", result, 8 * cell)[0] for result in (got[1], self.expected[1]))
        i, j = divmod(cell, self.columns)
        return f"{self!r} at level {level}: cell [{i}][{j}] is {one!r}, plain {other!r}"

    def book(self):
        """Return the textbook's result as a flat list."""
        right = [[self.right[self.right_at(k, j)] for j in range(self.columns)] for k in range(self.terms)]
        cells = []
        for i in range(self.rows):
            start = self.start[i * self.start_step:i * self.start_step + self.columns]
            cells += multiply(start, [[self.left[self.left_at(i, k)] for k in range(self.terms)]], right)[0]
        return cells

    def __repr__(self):
        return f"<{self.use}: {self.rows} rows, {self.terms} terms, {self.columns} columns, {self.kind}>"


@functools.cache
def products(use, every=1, seed=1):
    """Return every pair of rows and columns, with the numbers of terms in turn."""
    pairs = [(rows, columns) for rows in SIZES for columns in SIZES]
    random.Random(f"{use} {seed}").shuffle(pairs)
    return [Product(use, rows, TERMS[n % len(TERMS)], columns, KINDS[n % len(KINDS)], seed)
            for n, (rows, columns) in enumerate(pairs) if n % every == 0]
