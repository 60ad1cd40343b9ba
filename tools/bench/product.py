"""Time the product 512x512x512 against a bare register tile and OpenBLAS through NumPy."""
import ctypes
import os
import shlex
import subprocess
import tempfile
from array import array
from pathlib import Path

from purenet import RandomState
from purenet.backends import LEVELS, simd_level
from tools.bench.harness import Refused, repeats, same_numbers, seconds, shared_pipes

SIZE = 512
TERMS = 96  # both panels of the widest tile in 24 KB
SHAPES = {"avx512": (8, 24), "avx2": (4, 12), "baseline": (4, 4)}
PROBE_PASSES = 3


def aligned(count):
    """Return memory for ``count`` doubles at a multiple of 64 bytes."""
    room = (ctypes.c_double * (count + 8))()
    return (ctypes.c_double * count).from_buffer(room, -ctypes.addressof(room) % 64)


def built_tiles(table, folder):
    """tile_peak.c as a library, or None and a line that says why not."""
    source, library = Path(__file__).with_name("tile_peak.c"), Path(folder) / "tile_peak.so"
    compiler = shlex.split(os.environ.get("CC", "cc"))
    command = [*compiler, "-O3", "-ffp-contract=off", "-shared", "-fPIC", str(source), "-o", str(library)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as error:
        table.skip("rows of the bare tile", f"no C compiler ({error})")
        return None
    if done.returncode:
        table.skip("rows of the bare tile", "tile_peak.c does not compile here: " + done.stdout.strip().split("\n")[0])
        return None
    return ctypes.CDLL(str(library))


def tile(library, name, left, right, shape):
    """Return a function that runs a tile over its panels several times, and the place of its result."""
    function = getattr(library, name)
    double = ctypes.POINTER(ctypes.c_double)
    function.argtypes = [double, double, ctypes.c_ssize_t, ctypes.c_ssize_t, double]
    function.restype = None
    result = aligned(shape[0] * shape[1])
    return (lambda passes: function(left, right, TERMS, passes, result)), result


def purenet_product(left, right, rows, terms, columns, left_row, left_term):
    """Return a function that computes left right at the current level, and the place of its result."""
    from purenet.compiled._twin import ffi, lib

    result = array("d", bytes(8 * rows * columns))
    zeros = array("d", bytes(8 * columns))
    packing = array("d", bytes(8 * lib.PURENET_PACKING_SIZE))
    a, b, c, start, scratch = (ffi.from_buffer("double[]", values) for values in (left, right, result, zeros, packing))
    context = ffi.new("purenet_context *", {"level": simd_level(), "threads": 1, "packing": scratch})

    def multiply(kept=scratch):  # C's record alone does not keep what it points to
        lib.purenet_multiply(context, start, 0, a, left_row, left_term, b, columns, 1, rows, terms, columns, c)

    return multiply, result


def tile_work(level):
    """Thousand millions of operations of one pass of a tile."""
    rows, columns = SHAPES[level]
    return 2e-9 * rows * columns * TERMS


def checked_tiles(library, level):
    """(separate, fused or None): the tiles, each seen to do purenet's work on the same panels."""
    shape = SHAPES[level]
    stream = RandomState(5)
    left, right = aligned(TERMS * shape[0]), aligned(TERMS * shape[1])
    left[:] = stream.randn(len(left))
    right[:] = stream.randn(len(right))
    multiply, ours = purenet_product(array("d", left), array("d", right), shape[0], TERMS, shape[1], 1, shape[0])
    multiply()
    tiles = []
    for kind in ("separate", "fused"):
        if level == "baseline" and kind == "fused":
            tiles.append(None)
            continue
        run, result = tile(library, f"{level}_{kind}", left, right, shape)
        run(1)
        if kind == "separate" and array("d", result).tobytes() != ours.tobytes():
            raise Refused("product", "the no-FMA tile", "its bits are others")
        if not max(abs(a - b) for a, b in zip(ours, result)) < 1e-9:
            raise Refused("product", f"the {kind} tile", "its numbers are others")
        tiles.append(run)
    return tiles


def product(table):
    """The product's share of the no-FMA tile, that tile's share of the one with FMA, and OpenBLAS."""
    level = LEVELS[simd_level()] if table.twin() else "plain"
    if level == "plain":
        return
    stream = RandomState(4)
    left, right = array("d", stream.randn(SIZE * SIZE)), array("d", stream.randn(SIZE * SIZE))
    multiply, result = purenet_product(left, right, SIZE, SIZE, SIZE, SIZE, 1)
    multiply()
    name = f"product {SIZE}x{SIZE}x{SIZE}"
    with tempfile.TemporaryDirectory() as folder:
        library = built_tiles(table, folder)
        if library is not None:
            beside_tiles(table, name, multiply, *checked_tiles(library, level), level)
    np = table.peer("numpy")
    if np is not None:
        a, b, c = (np.frombuffer(values).reshape(SIZE, SIZE) for values in (left, right, array("d", left)))
        np.matmul(a, b, out=c)
        same_numbers(name, "NumPy", [("the product", np.frombuffer(result).reshape(SIZE, SIZE))], [c])
        ours, theirs = table.timed(multiply, lambda: np.matmul(a, b, out=c))
        table.row(name, "NumPy", ours, theirs)


def beside_tiles(table, name, multiply, separate, fused, level):
    rows, columns = SHAPES[level]
    shape = f"{rows}x{columns}"
    least = 0.0 if table.quick else 0.04
    times = repeats(multiply, least)
    passes = PROBE_PASSES * repeats(lambda: separate(PROBE_PASSES), least)
    sides = [lambda: seconds(multiply, times)]
    sides += [lambda run=run: seconds(lambda: run(passes)) for run in (separate, fused) if run]
    work = [2e-9 * SIZE ** 3] + 2 * [tile_work(level) * passes]
    speeds = [[count / taken for taken in side] for count, side in zip(work, table.turns(*sides))]
    table.row(name, f"no-FMA tile {shape}", speeds[0], speeds[1], bar=0.90, at_least=True, unit="GFLOP/s")
    if fused:
        # if multiplications and additions share the CPU's units, a tile without FMA reaches at most half the peak
        row = table.row(f"no-FMA tile {shape}", f"FMA tile {shape}", speeds[1], speeds[2],
                        bar=0.45 if shared_pipes() else 0.68, at_least=True, unit="GFLOP/s")
        if not table.quick:
            table.tile_share = row["ratio"]["median"]
    else:
        table.skip("the FMA tile", "the level in use has none")
