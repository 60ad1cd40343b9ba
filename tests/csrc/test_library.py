"""csrc/ as a library of its own: compilers, warnings, symbols, and the bits, without Python.

Compilers that are not on this machine are skipped; on Debian: apt install clang musl-tools gcc-12-multilib
gcc-aarch64-linux-gnu gcc-s390x-linux-gnu gcc-arm-linux-gnueabihf gcc-mingw-w64-x86-64 qemu-user-static
"""
import hashlib
import re
import shutil
import subprocess
import sys

import pytest

from purenet import SGD, Dense, Network
from purenet.reference.activations import ACTIVATIONS
from purenet.reference.optimizers import OPTIMIZERS
from purenet.reference.training import LAZY_KINDS, STEP_FUNCTIONS
from tests import ROOT
from tools.checks import driver_cases, sanitize

CSRC = ROOT / "csrc"
PROGRAMS = [ROOT / "tests" / "csrc" / "driver.c", ROOT / "tests" / "csrc" / "example.c"]
PLAIN = sorted(CSRC.glob("*.c"))
FAST = sorted(CSRC.glob("fast/*.c"))

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-pedantic", "-Werror"]
# Debian's gcc-12-multilib, which can be beside the cross compilers, has no asm/ of its own
M32 = ["-m32", "-msse2", "-mfpmath=sse", "-idirafter", "/usr/include/x86_64-linux-gnu"]

NATIVE = {
    "gcc": ["gcc"], "clang": ["clang"], "musl": ["musl-gcc", "-static"],
    "gcc-m32": ["gcc", *M32], "clang-m32": ["clang", *M32],
}
CROSS = {
    "aarch64": ["aarch64-linux-gnu-gcc", "-static"],
    "s390x": ["s390x-linux-gnu-gcc", "-static"],
    "arm": ["arm-linux-gnueabihf-gcc", "-static"],
    "mingw-w64": ["x86_64-w64-mingw32-gcc"],
}
EMULATORS = {"aarch64": "qemu-aarch64-static", "s390x": "qemu-s390x-static", "arm": "qemu-arm-static"}
COMPILERS = {**NATIVE, **CROSS}
RUN_HERE = [*NATIVE, *EMULATORS]

pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of Unix")]


def need(tool):
    if not shutil.which(tool):
        pytest.skip(f"no {tool} here")


def compiler(name):
    """The command of a compiler by its name, if it can make programs here."""
    command = COMPILERS[name]
    need(command[0])
    if "-m32" in command:
        made = run([*command, "-x", "c", "-", "-o", "/dev/null"], b"#include <stdio.h>\nint main(void) { return 0; }\n")
        if made.returncode:
            pytest.skip(f"{command[0]} has no 32-bit library here")
    return command


def run(command, given=b"", timeout=300):
    command = list(map(str, command))
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)


def complaints(command, source, output="/dev/null", flags=()):
    """What a compiler says about one source with the flags of build.py."""
    made = run([*command, *sanitize.compile_flags(), *flags, f"-I{CSRC}", "-c", source, "-o", output])
    assert made.returncode or not made.stdout, made.stdout.decode()
    return made.stdout.decode()


# what compilers say --------------------------------------------------------------------------------

@pytest.mark.full
@pytest.mark.parametrize("name", COMPILERS)
def test_every_source_compiles_without_a_warning_with(name):
    command = compiler(name)
    for source in PLAIN + FAST + PROGRAMS:
        for level in ("-O0", "-O2"):
            assert complaints(command, source, flags=[level, *WARNINGS]) == ""


def test_a_warning_would_be_seen(tmp_path):
    source = tmp_path / "careless.c"
    source.write_text('#include "common.h"\nint careless(double x);\nint careless(double x) { return x; }\n')
    for name in ("gcc", "clang"):
        if shutil.which(name):
            assert "conversion" in complaints([name], source, flags=WARNINGS)


def test_the_analyzer_of_gcc_finds_nothing():
    need("gcc")
    for source in PLAIN + FAST + PROGRAMS:
        assert complaints(["gcc"], source, flags=["-O2", "-fanalyzer", "-Werror"]) == ""


def test_the_analyzer_would_find_something(tmp_path):
    need("gcc")
    line = "memset(ws->zeros, 0, (size_t)plan->max_width * sizeof(double));"
    _, source = sanitize.planted(tmp_path, "engine.c", line, "if (!workspace) ws->zeros = NULL;\n    " + line)
    assert complaints(["gcc"], source, flags=["-O2", "-Wall", "-Werror"]) == ""
    assert "analyzer-null-argument" in complaints(["gcc"], source, flags=["-O2", "-fanalyzer", "-Werror"])


def test_no_warning_is_silenced_in_the_sources():
    for path in [*CSRC.glob("*.[ch]"), *CSRC.glob("fast/*.[ch]")]:
        text = path.read_text()
        assert not re.search(r"\(void\)\s*\w|diagnostic|__attribute__\(\(unused", text), path
        assert set(re.findall(r"pragma\s+(.*?)\s*\d*$", text, re.MULTILINE)) <= {"GCC unroll", "GCC ivdep"}, path


# what must be refused ------------------------------------------------------------------------------

@pytest.mark.parametrize("flag, words", [
    ("-ffast-math", "-ffast-math changes results"),
    ("-Ofast", "-ffast-math changes results"),
    ("-mfpmath=387", "doubles are computed in a wider format"),
    ("-mfpmath=both", "doubles are computed in a wider format"),
])
def test_a_compiler_that_would_change_bits_is_refused(flag, words):
    need("gcc")
    if flag.startswith("-mfpmath") and b"__x86_64__" not in run(["gcc", "-dM", "-E", "-"]).stdout:
        pytest.skip("x87 is only in x86")
    for source in PLAIN + FAST:
        refused = run(["gcc", "-std=c99", flag, f"-I{CSRC}", "-fsyntax-only", source])
        assert refused.returncode and words in refused.stdout.decode(), source


def test_387_is_refused_in_32_bits():
    compiler("gcc-m32")
    refused = complaints(["gcc", "-m32", "-mfpmath=387", *M32[3:]], PLAIN[0])
    assert "doubles are computed in a wider format" in refused


@pytest.mark.parametrize("flag", ["-ffast-math", "-Ofast"])
def test_the_flags_of_the_build_undo_inherited_fast_math(flag):
    need("gcc")
    for source in PLAIN + FAST:
        assert complaints(["gcc", flag], source, flags=["-fsyntax-only"]) == ""


# what the objects need -----------------------------------------------------------------------------

@pytest.mark.full
@pytest.mark.parametrize("level", ["-O0", "-O2", "-O3"])
@pytest.mark.parametrize("name", ["gcc", "clang"])
def test_the_objects_need_only_sqrt_memcpy_and_memset(name, level, tmp_path):
    command = compiler(name)
    need("nm")
    defined, needed, written = set(), set(), []
    for number, source in enumerate(PLAIN + FAST):
        output = tmp_path / f"{number}.o"
        assert complaints(command, source, output, [level]) == ""
        for line in run(["nm", output]).stdout.decode().splitlines():
            kind, symbol = line.split()[-2:]
            (needed if kind == "U" else defined).add(symbol)
            written += [symbol] if kind in "DdBbCGgSs" else []
    needed -= {"_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail"}  # the compiler's own
    needed -= {"__cpu_model", "__cpu_indicator_init"}  # CPU detection
    threads = {symbol for symbol in needed if re.match("pthread_|sched_yield$|sig(fill|del)set$", symbol)}
    assert needed - defined - threads <= {"sqrt", "memcpy", "memset"}
    assert written == []  # no mutable static
    assert all(symbol.startswith("purenet_") for symbol in needed & defined)


# the bits ------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def judge():
    return sanitize.Judge(seed=7, count=30)


def test_the_trainings_drawn_have_every_kind_of_step_and_every_optimizer(judge):
    drawn = [name for training in judge.trainings for name in driver_cases.traits(training)]
    assert set(drawn) >= {*STEP_FUNCTIONS, *LAZY_KINDS, *OPTIMIZERS} == {*driver_cases.STEPS, *driver_cases.OPTIMIZERS}
    assert {"dense", *ACTIVATIONS, *LAZY_KINDS} == set(driver_cases.STEPS)
    assert set(drawn) >= set(driver_cases.EVERY)
    assert len(sanitize.Judge(seed=8, count=1).trainings) > 10  # of few too


def start(name):
    """What stands before a program of a compiler's to run it here."""
    if name in NATIVE:
        return []
    need(EMULATORS[name])
    return [EMULATORS[name]]


@pytest.mark.full
@pytest.mark.parametrize("name, level", [("gcc", "-O0"), ("clang", "-O0"), *((name, "-O3") for name in RUN_HERE)])
def test_trainings_have_the_references_bits_with(name, level, judge, tmp_path):
    command, before = compiler(name), start(name)
    command = [*command, level]
    driver = sanitize.build(command, PROGRAMS[0], sanitize.library(command, tmp_path), tmp_path / "driver")
    count, complaint = judge.difference([*before, driver])
    assert not complaint
    assert count >= 2 * 30  # at the plain level and at least one more


@pytest.mark.full
@pytest.mark.parametrize("name, old, new", [
    ("matrix.c", "k < terms; k++", "k < terms - 1; k++"),
    ("fast/tile.h", "total[r][v] = total[r][v] + w[v] * x;", "total[r][v] = w[v] * x + total[r][v] + 1e-15;"),
    ("fast/matrix_kernels.h", "k ? p->result + i * p->result_row : p->start", "p->start"),
    ("fast/matrix_kernels.h", "p->right + k * p->right_term,", "p->right,"),
    ("elementary.c", "return y / (y + 2.0);", "return 1.0 - 2.0 / (y + 2.0);"),
    ("random_state.c", "y ^ (y >> 18)", "y ^ (y >> 17)"),
    ("pooling.c", "first = v > largest ? index : first;", "first = v < largest ? index : first;"),
    ("dropout.c", "draw >= rate", "draw > 1.0 - rate"),
    ("normalisation.c", "new_mean[c] = momentum * mean[c] +", "new_mean[c] = mean[c] +"),
])
def test_other_bits_would_be_seen(name, old, new, judge, tmp_path):
    need("gcc")
    copy, _ = sanitize.planted(tmp_path, name, old, new)
    driver = sanitize.build(["gcc", "-O1"], PROGRAMS[0], sanitize.sources(copy), tmp_path / "driver")
    assert "where the reference has" in judge.difference([driver])[1]


@pytest.mark.full
@pytest.mark.parametrize("name, old, new", [
    ("one thread of two fails", "if (pthread_create(", "if (number > 1 || pthread_create("),
    ("every thread fails", "if (pthread_create(", "if (number > 0 || pthread_create("),
    ("no mutex", "if (pthread_mutex_init(&team->mutex, NULL))", "if (1)"),
    ("no threads here", "&& !defined(PURENET_NO_THREADS)", "&& 0"),
], ids=lambda text: text if "_" not in text else "")
def test_where_threads_cannot_be_made_the_caller_does_their_share(name, old, new, judge, tmp_path):
    need("gcc")
    copy, _ = sanitize.planted(tmp_path, "fast/threads.c", old, new)
    driver = sanitize.build(["gcc", "-O1"], PROGRAMS[0], sanitize.sources(copy), tmp_path / "driver")
    assert judge.difference([driver])[1] == ""
    assert any(training.threads > 2 for training in judge.trainings)


@pytest.mark.full
@pytest.mark.parametrize("name", RUN_HERE)
def test_the_example_prints_the_digest_that_python_prints(name, tmp_path):
    command, before = compiler(name), start(name)
    example = sanitize.build(command, PROGRAMS[1], sanitize.sources(), tmp_path / "example")
    printed = run([*before, example])
    assert printed.returncode == 0
    net = Network(3, [Dense(4, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)], loss="squared_error",
                  optimizer=SGD(1.0), init="rand", seed=1, backend="reference")
    net.fit([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], [[0], [1], [1], [0]], 1500, None, False)
    assert hashlib.sha256(bytes.fromhex(printed.stdout.decode())).hexdigest() == net.digest()


def test_the_programs_are_short():
    for path, most in zip(PROGRAMS, (260, 80)):
        assert len(path.read_text().splitlines()) <= most


def test_driver_refuses_nonsense(tmp_path):
    need("gcc")
    driver = sanitize.build(["gcc"], PROGRAMS[0], sanitize.sources(), tmp_path / "driver")
    for words in (b"dance\n", b"train\n", b"train x\n", b"elementary 0 2 0000000000000000 -\n"):
        refused = run([driver], words)
        assert refused.returncode == 2 and refused.stdout.startswith(b"driver: expected")


# the sanitizers ------------------------------------------------------------------------------------

@pytest.mark.full
def test_sanitize_runs():
    need("gcc")
    tool = ["-m", "tools.checks.sanitize"]
    assert run([sys.executable, *tool, "--help"]).returncode == 0
    done = run([sys.executable, *tool, "--cases", "3"], timeout=600)
    *lines, last = done.stdout.decode().splitlines()
    assert done.returncode == 0 and len(lines) == 4 and "tools found nothing, 0 failed" in last, "\n".join(lines)
    assert all(re.search("nothing found; [123] planted faults? reported|not here", line) for line in lines)
