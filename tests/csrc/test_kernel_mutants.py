"""The checkers checked: kernels broken on purpose must be caught by the cases of tests/csrc/test_kernels.py.

Every broken kernel is built from the real sources by a substitution that must match exactly once.
"""
import functools
import os
import platform
import re
import shutil
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import ROOT

pytestmark = pytest.mark.once

try:
    from cffi import FFI

    from purenet.compiled._twin import lib as intact
    from tests.csrc.test_kernels import LEVELS, tables
    from tests.support.oracle import bits
    from tests.support.products import SIZES, TERMS, USES, Context, Product, products
except ImportError as error:
    pytest.skip(f"needs cffi and the compiled twin ({error})", allow_module_level=True)

CSRC = ROOT / "csrc"
COMMON = ("matrix.c", "elementary.c", "fast/multiply.c", "fast/dispatch.c", "fast/threads.c")  # what no fault changes
FAST = ("fast/baseline.c", "fast/avx2.c", "fast/avx512.c")
FLAGS = ["-std=c99", "-fPIC", "-fno-fast-math", "-fno-trapping-math", "-fno-math-errno"]
COMPILER = shutil.which("gcc") or shutil.which("cc")

if os.name != "posix" or COMPILER is None or not CSRC.is_dir():
    pytest.skip("needs the C sources, a C compiler and a system that loads what it makes", allow_module_level=True)

START = "total[r][v] = *(const vector *)(start + r * start_step + v * TILE_WIDTH);"
LOOP = "for (ptrdiff_t k = 0; k < terms; k++) {"
ADD = "total[r][v] = total[r][v] + w[v] * x;"
STORE = "*(vector *)(result + r * result_step + v * TILE_WIDTH) = total[r][v];"
FUSED = "fused multiply-add"  # by the compiler's leave
TILE, COLUMN, MATRIX_H, ELEMENTARY_H = (
    f"fast/{name}.h" for name in ("tile", "column", "matrix_kernels", "elementary_kernels"))

# name: substitutions (file, what stands there once, what takes its place)
PRODUCTS = {
    "no leftover columns": [(MATRIX_H, "while (p->columns - j > 1)", "while (j < 0)"),
                            (MATRIX_H, "if (j < p->columns)", "if (j < 0)")],
    "last term dropped": [(TILE, LOOP, LOOP.replace("< terms", "< terms - 1"))],
    "reversed sum": [
        (TILE, LOOP, f"right += (terms - 1) * right_term;\n    {LOOP}"),
        (TILE, "[term_offsets[k]]", "[term_offsets[terms - 1 - k]]"),
        (TILE, "right += right_term;", "right -= right_term;"),
    ],
    "pairwise sum": [
        (TILE, "vector total[TILE_ROWS][TILE_VECTORS];",
         "vector total[TILE_ROWS][TILE_VECTORS], odd[TILE_ROWS][TILE_VECTORS] = {{{0.0}}};"),
        (TILE, ADD, "if (k & 1) odd[r][v] = odd[r][v] + w[v] * x; else " + ADD),
        (TILE, STORE, STORE.replace("total[r][v]", "total[r][v] + odd[r][v]")),
    ],
    "right for terms by four": [(TILE, LOOP, LOOP.replace("k < terms", "k < terms / 4 * 4"))],
    "right for terms by eight": [(TILE, LOOP, LOOP.replace("k < terms", "k < terms / 8 * 8"))],
    "right for rows by four or eight": [
        (MATRIX_H, "ROWS_OF(row_main, 1, ROW)", ""),
        (MATRIX_H, "rows == FEW ? few : one)(", "rows == FEW ? few : rows > 1 ? one : nothing)("),
        (MATRIX_H, "/* Compute a block of columns",
         "static void nothing(const double *a, ptrdiff_t b, const double *c, const ptrdiff_t *d, const ptrdiff_t *e,"
         " const double *f, ptrdiff_t g, ptrdiff_t h, double *i, ptrdiff_t j) {}\n/* Compute a block of columns"),
    ],
    "-0.0 lost": [(TILE, START, START.replace("*(const", "0.0 + *(const"))],
    "start added last": [
        (TILE, START, "total[r][v] = (vector){0.0};"),
        (TILE, STORE, STORE.replace("total[r][v]", START[14:-1] + " + total[r][v]")),
    ],
    "right transposed": [(MATRIX_H, "right[k * right_term + v * right_column]",
                          "right[k * right_column + v * right_term]")],
    "left transposed": [(MATRIX_H, "row_steps[i] = i * p->left_row;", "row_steps[i] = i * p->left_term;")],
    "one row for all of a tile": [(TILE, "left + row_offsets[r]", "left + row_offsets[0]")],
    "stale packed columns": [
        (MATRIX_H, packing, f"if ({when}) {packing}")
        for packing, when in (("pack(right, p->right_term, p->right_column", "j == 0"),
                              ("pack(right, right_term, p->right_column", "0"))],
    "packed a number too far": [
        (MATRIX_H, f"right_term = {width};", f"packing[PURENET_PACKING_SIZE] = 0.0; right_term = {width};")
        for width in ("BLOCK", "width")],
    FUSED: [],
}
COLUMNS = {
    "one column's last term dropped": [(COLUMN, LOOP, LOOP.replace("< terms", "< terms - 1"), 2)],
    "rows taken for adjacent": [(COLUMN, "offsets[count] == offsets[0] + count", "offsets[count] >= 0")],
    "the last vector begins at the first row": [(COLUMN, "v * WIDTH : last;", "v * WIDTH : 0;")],
}
TABLES = {
    "special numbers not told apart": [(ELEMENTARY_H, "if (!all_set(usual))", "if (0)")],
    "only the first number told apart": [(ELEMENTARY_H, "set &= mask[v];", "set &= mask[0];")],
    "rest of a table dropped": [(ELEMENTARY_H, "ptrdiff_t used = count - k < WIDTH ? count - k : WIDTH;",
                                 "ptrdiff_t used = WIDTH; if (count - k < WIDTH) break;")],
    "written beyond a table": [(ELEMENTARY_H, "for (ptrdiff_t v = 0; v < used; v++) \\\n                    y[k + v]",
                                "for (ptrdiff_t v = 0; v < WIDTH; v++) \\\n                    y[k + v]")],
    "low part of a logarithm lost": [(ELEMENTARY_H, "(n * LN2_LOW + c)", "c")],
}
BROKEN = {**PRODUCTS, **COLUMNS, **TABLES}
INTACT = "intact"

TABLES_OF = ("exp", "sigmoid", "tanh", "log", "softplus")
ffi = FFI()
ffi.cdef((CSRC / "purenet.h").read_text())


def fusing():
    """What makes the compiler fuse here; nothing where it cannot."""
    if platform.machine() in ("aarch64", "arm64"):
        return ["-O2", "-ffp-contract=fast"]
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    return ["-O2", "-ffp-contract=fast", "-mfma"] if re.search(r"^flags.*\bfma\b", flags, re.MULTILINE) else []


def compiled(arguments, what):
    done = subprocess.run([COMPILER, *FLAGS, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{what}: {done.stderr}"


def build(folder, faults, arguments):
    """Return the file of a library made from a copy of the sources with faults: (file, text, what takes its place)."""
    shutil.copytree(CSRC, folder)
    for path in folder.rglob("*.[ch]"):  # how far away the backslashes of long macros stand is no matter
        path.write_text(re.sub(r" +\\\n", r" \\\n", path.read_text()))
    for file, whole, broken, *times in faults:
        text, expected = (folder / file).read_text(), times[0] if times else 1
        assert text.count(whole) == expected, f"{whole!r} stands {text.count(whole)} times in {file}, not {expected}"
        (folder / file).write_text(text.replace(whole, broken))
    compiled(["-shared", "-pthread", "-o", folder / "broken.so", *arguments, "-lm"], faults)
    return folder / "broken.so"


def built(ffi, folder, broken, sources, objects, flags):
    """Return the libraries of ``broken`` by name, the intact one too: ``sources`` of each copy, ``objects`` of all."""
    made = [folder / f"{Path(source).stem}.o" for source in objects]
    for source, output in zip(objects, made):
        compiled(["-O0", "-ffp-contract=off", "-c", "-o", output, CSRC / source], source)

    def library(job):
        number, (name, faults) = job
        copy = folder / str(number)
        return build(copy, faults, [*flags(name), *[copy / source for source in sources], *made])

    named = {INTACT: [], **broken}
    with ThreadPoolExecutor(2) as pool:
        return {name: ffi.dlopen(str(file)) for name, file in zip(named, pool.map(library, enumerate(named.items())))}


@pytest.fixture(scope="module")
def libraries(tmp_path_factory):
    """Every fault's library, by name; the intact one too."""
    broken = {name: faults for name, faults in BROKEN.items() if name != FUSED or fusing()}
    return built(ffi, tmp_path_factory.mktemp("broken"), broken, FAST, COMMON,
                 lambda name: fusing() if name == FUSED else ["-O0", "-ffp-contract=off"])


def products_caught(library, level):
    """How many products show a difference, of how many."""
    cases = [case for use in USES for case in products(use)[::3]]
    return sum(case.difference(library, ffi, level) != "" for case in cases), len(cases)


@functools.cache
def column_cases():
    return [Product(use, rows, terms, columns, "hostile", 2)
            for use in USES for rows in SIZES for terms in TERMS[::3] for columns in (1, 9)]


def columns_caught(library, level):
    cases = column_cases()
    return sum(case.difference(library, ffi, level) != "" for case in cases), len(cases)


TOUCHED = struct.unpack("<d", b"\x5a" * 8)[0]


@functools.cache
def table_cases():
    """Tables, and what the scalar functions make of them, with an untouched number behind."""
    cases = []
    for name in TABLES_OF:
        scalar = getattr(intact, f"purenet_{name}")
        for table in tables()[::3]:
            cases.append((name, table, [bits(scalar(x)) for x in table] + [bits(TOUCHED)]))
    return cases


def tables_caught(library, level):
    caught = 0
    for name, table, expected in table_cases():
        results = ffi.new("double[]", [TOUCHED] * (len(table) + 8))
        of_table = getattr(library, f"purenet_{name}_table")
        of_table(Context(ffi, level).c, ffi.new("double[]", table), len(table), results)
        caught += list(map(bits, results[0:len(table) + 1])) != expected
    return caught, len(table_cases())


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_is_caught_in_an_intact_copy(libraries, level):
    assert products_caught(libraries[INTACT], level)[0] == 0
    assert columns_caught(libraries[INTACT], level)[0] == 0
    assert tables_caught(libraries[INTACT], level)[0] == 0


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_kernel_is_caught(libraries, name, capsys):
    if name not in libraries:
        pytest.skip("this CPU has no fused multiply-add")
    count = products_caught if name in PRODUCTS else columns_caught if name in COLUMNS else tables_caught
    found = {level.id: count(libraries[name], *level.values) for level in LEVELS}
    with capsys.disabled():
        print(f"\n{name}: caught at", *[f"{level} {caught}" for level, (caught, _) in found.items()],
              f"of {found['baseline'][1]} cases", end="")
    for level, (caught, cases) in found.items():
        assert caught >= 20 and caught >= 0.1 * cases, f"{name}, {level}: only {caught} of {cases}"
