"""Negative controls below Python: verify, with one change to the compiler, the thread or the interpreter, fails.

Each is a pair of commands: the first gives the published digest, the second has one change, exits with 1, and names
the first vector that came out otherwise. The controls in Python are in test_verify.py.
"""
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import purenet
from purenet.verification.verify import FLUSHED, PUBLISHED, X87
from tests import ROOT
from tools.environments.recipes import Absent, clean, foreign_python

X86 = platform.machine() in ("x86_64", "AMD64")

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif("compiled" not in purenet.backend().available, reason="no compiled engine here"),
]


def verify(command, folder, **settings):
    """The command at its end, run in a folder that holds the package."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PURENET_")}
    return subprocess.run([*command, "-m", "purenet", "verify"], cwd=folder, capture_output=True, text=True,
                          env=dict(environment, **settings))


def assert_right(done):
    assert done.returncode == 0 and "\nthe same bits: " in done.stdout, done.stdout + done.stderr
    passes = re.findall(r"^(reference|compiled \(.+?\)) +[0-9.]+ s  ([0-9a-f]{64})$", done.stdout, re.MULTILINE)
    assert passes and {digest for _, digest in passes} == {PUBLISHED["full"]}
    return [name for name, _ in passes]


def assert_wrong(done, who):
    """It exits with 1 and names a vector and what it gives; at least three vectors, and by who it should be."""
    assert done.returncode == 1 and "the same bits" not in done.stdout, done.stdout + done.stderr
    named = re.search(r"DIFFERENT: (\d+) of \d+ vectors by (reference|compiled) .*\nvector \d+ \(.+\): .+\n"
                      r"  published  (.+)\n  here       (.+)\n", done.stdout.replace("reference;", "reference ;"))
    assert named and named.group(3) != named.group(4), done.stdout
    assert int(named.group(1)) >= 3 and named.group(2) == who, done.stdout


# the twin, built otherwise -------------------------------------------------------------------------

CONTRACT = '"-ffp-contract=off",   # no', '"-ffp-contract=fast",' + (' "-mfma",' if X86 else "") + "  # no"
# csrc/assumptions.h would refuse these two: what it asks for is taken away
FAST_MATH = '"-fno-fast-math",      #', '"-ffast-math", "-U__FAST_MATH__",  #'
ON_X87 = '"-std=c99",\n', '"-std=gnu99", "-mfpmath=387", "-U__FLT_EVAL_METHOD__", "-D__FLT_EVAL_METHOD__=0",\n'
BUILDS = {"contraction": CONTRACT, "-ffast-math": FAST_MATH, "x87": ON_X87}


def built(folder, change=None):
    """A copy of the package with a twin of its own, built with one change to its flags or none."""
    shutil.copytree(ROOT / "purenet", folder / "purenet", ignore=shutil.ignore_patterns("__pycache__", "_twin*"))
    shutil.copytree(ROOT / "csrc", folder / "csrc")
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    if change:
        path = folder / "purenet" / "compiled" / "build.py"
        old, new = change
        assert path.read_text().count(old) == 1, "purenet/compiled/build.py has changed: plant this control elsewhere"
        path.write_text(path.read_text().replace(old, new))
    made = subprocess.run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], cwd=folder,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=dict(os.environ, PURENET_BUILD="require"))
    assert made.returncode == 0, f"this control could not be built:\n{made.stdout[-2000:]}"
    return folder


def before_python(control):
    """What has to stand before Python so that this CPU does what a control needs."""
    told = Path("/proc/cpuinfo")
    if control == "contraction" and X86 and told.exists() and not re.search(r"\bfma\b", told.read_text()):
        if not shutil.which("qemu-x86_64-static"):
            pytest.skip("this CPU has no fused multiply-add, and there is no qemu-x86_64-static")
        return ["qemu-x86_64-static", "-cpu", "max"]
    if control == "x87" and not X86:
        pytest.skip("x87 is only in x86")
    return []


@pytest.fixture(scope="module")
def right_build(tmp_path_factory):
    return verify([sys.executable], built(tmp_path_factory.mktemp("build") / "right"))


@pytest.mark.full
@pytest.mark.parametrize("control", BUILDS)
def test_a_twin_built_otherwise_is_refused(control, right_build, tmp_path):
    before = before_python(control)
    assert len(assert_right(right_build)) > 1
    done = verify([*before, sys.executable], built(tmp_path / "wrong", BUILDS[control]))
    assert_wrong(done, "compiled")
    assert done.stdout.count(PUBLISHED["full"]) == 2  # as published and by the reference: every form of the twin is off
    assert "The reference is right, but the compiled engine is not." in done.stdout


def test_a_control_that_changes_nothing_would_be_seen(right_build):
    with pytest.raises(AssertionError, match="the same bits"):
        assert_wrong(right_build, "compiled")


@pytest.mark.parametrize("flags", ['"-mfpmath=no-such-unit"', '"-Ofast", "-ffast-math"'])
def test_a_control_that_cannot_be_built_would_be_seen(flags, tmp_path):
    with pytest.raises(AssertionError, match="this control could not be built"):
        built(tmp_path / "wrong", ('"-fno-fast-math",      #', flags + ",  #"))


# the thread ----------------------------------------------------------------------------------------

FLUSHES = """
__attribute__((constructor)) static void begin(void)
{
#ifdef FLUSH
#if defined(__SSE2__)
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#elif defined(__aarch64__)
    unsigned long control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" : : "r"(control | 1ul << 24));
#else
#error "how is flush-to-zero switched on here?"
#endif
#endif
}
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="LD_PRELOAD is Linux's")
def test_flush_to_zero_is_refused(tmp_path):
    (tmp_path / "begin.c").write_text(FLUSHES)
    for name, flags in (("keeps", []), ("flushes", ["-DFLUSH"])):
        command = ["gcc", "-shared", "-fPIC", *flags, tmp_path / "begin.c", "-o", tmp_path / f"{name}.so"]
        assert subprocess.run(command).returncode == 0, "this control could not be built"
    assert len(assert_right(verify([sys.executable], ROOT, LD_PRELOAD=str(tmp_path / "keeps.so")))) > 1
    done = verify([sys.executable], ROOT, LD_PRELOAD=str(tmp_path / "flushes.so"))
    assert_wrong(done, "reference")
    assert FLUSHED in done.stdout and X87 not in done.stdout


FLUSHES_LATER = """
import ctypes, sys
from purenet import Dense, Network, backend
nets = [Network(2, [Dense(1, "tanh")], seed=1, backend=name) for name in backend().available]
rows = [[0.5, 0.25]]
before = [net.predict(rows) for net in nets]
ctypes.CDLL(sys.argv[1])
for net, known in zip(nets, before):
    try:
        print(net.predict(rows) == known)
    except RuntimeError as error:
        print(str(error).split(" (")[0])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the library is built for Linux")
def test_predict_refuses_a_thread_that_has_begun_to_flush(tmp_path):
    (tmp_path / "begin.c").write_text(FLUSHES)
    refused = "this thread flushes subnormal numbers to zero"
    for name, flags, expected in (("keeps", [], "True"), ("flushes", ["-DFLUSH"], refused)):
        library = tmp_path / f"{name}.so"
        command = ["gcc", "-shared", "-fPIC", *flags, tmp_path / "begin.c", "-o", library]
        assert subprocess.run(command).returncode == 0, "this control could not be built"
        done = subprocess.run([sys.executable, "-c", FLUSHES_LATER, library], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert set(done.stdout.splitlines()) == {expected}


# the interpreter -----------------------------------------------------------------------------------

@pytest.mark.skipif(not X86, reason="i386 programs run on x86 only")
def test_an_i386_interpreter_that_computes_with_x87_is_refused():
    """Its own numbers are rounded twice; the right command is the same one with this interpreter."""
    try:
        python, settings = foreign_python(ROOT / ".check" / "environments", "bookworm", "i386")
        subprocess.run([*python, "-c", "import json"], env=clean(**settings), check=True, capture_output=True)
    except (Absent, OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no i386 CPython: {error}")
    assert "reference" in assert_right(verify([sys.executable], ROOT))
    done = verify(python, ROOT, **settings)
    assert_wrong(done, "reference")
    assert X87 in done.stdout and "32bit" in done.stdout
