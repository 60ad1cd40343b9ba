#!/usr/bin/env python3
"""Run the C library under sanitizers and valgrind, without Python, and compare every bit with the reference.

    python3 -m tools.checks.sanitize             40 random trainings at every level, and elementary functions: 1 minute
    python3 -m tools.checks.sanitize --cases 400 --seed 2

The trainings include every kind of step and optimizer, and every special case of images in driver_cases.py.

It builds tests/csrc/driver.c with csrc/. Each tool must first report a fault planted in a copy of the sources. The exit
status is 0 if every available tool found its planted fault and nothing else.
"""
import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import ROOT
from tools.checks.driver_cases import random_functions, random_trainings

CSRC = ROOT / "csrc"
DRIVER = ROOT / "tests" / "csrc" / "driver.c"

# building ------------------------------------------------------------------------------------------

def compile_flags():
    """Return the flags of purenet/compiled/build.py without the level of optimisation."""
    for node in ast.parse((ROOT / "purenet" / "compiled" / "build.py").read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "COMPILE":
            return [flag for flag in ast.literal_eval(node.value) if not flag.startswith("-O")]
    raise LookupError("COMPILE in build.py")


def sources(csrc=CSRC):
    return sorted([*csrc.glob("*.c"), *csrc.glob("fast/*.c")])


def run_compiler(command):
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        raise RuntimeError(" ".join(command) + "\n" + made.stdout.decode(errors="replace"))


def compiled(compiler, source, folder, csrc=CSRC):
    """Compile one source and return its object file."""
    output = str(Path(folder) / (Path(source).stem + ".o"))
    run_compiler([*compiler, *compile_flags(), f"-I{csrc}", "-c", str(source), "-o", output])
    return output


def library(compiler, folder, csrc=CSRC):
    """Compile the whole library and return its object files. ``compiler``: a command with its flags."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda source: compiled(compiler, source, folder, csrc), sources(csrc)))


def build(compiler, program, objects, output):
    """Link a C program with the library into ``output``, and return ``output``."""
    command = [*compiler, *compile_flags(), f"-I{CSRC}", program, *objects, "-lm", "-o", output]
    run_compiler([str(word) for word in command])
    return output


def planted(folder, name, old, new, csrc=CSRC):
    """Copy csrc with one place changed. Return (the copy, the changed source in it)."""
    copy = Path(folder) / "csrc"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(csrc, copy)
    text = (copy / name).read_text()
    if text.count(old) != 1:
        raise LookupError(f"{name}: {old!r} should stand there once, so that a fault can be planted")
    (copy / name).write_text(text.replace(old, new))
    return copy, copy / name


# A workspace is one block of memory, so an access beyond one of its buffers hits the next one and goes unnoticed. Under
# AddressSanitizer, forbidden memory lies between the buffers.
GAP = """
#include <sanitizer/asan_interface.h>
static double *fenced(double **workspace, int64_t count)
{
    double *place = *workspace;
    *workspace += (count + 7) / 8 * 8 + 8;
    ASAN_POISON_MEMORY_REGION(place + count, (size_t)(*workspace - place - count) * sizeof(double));
    return place;
}
"""
FENCES = [
    ('#include "training.h"\n', '#include "training.h"\n' + GAP),
    ("size += ((count) + 7) / 8 * 8;", "size += ((count) + 7) / 8 * 8 + 8;"),
    ("ws->name = workspace; \\\n    workspace += ((count) + 7) / 8 * 8;", "ws->name = fenced(&workspace, count);"),
]


def fenced(folder):
    """Copy csrc with forbidden memory between the buffers of a workspace."""
    copy = CSRC
    for number, (old, new) in enumerate(FENCES):
        copy, _ = planted(Path(folder) / f"fenced-{number}", "engine.c", old, new, copy)
    return copy


# the judge -----------------------------------------------------------------------------------------

class Judge:
    """Some cases, and the reference's word on them, for any build of the driver on any machine."""

    def __init__(self, seed, count):
        stream = random.Random(seed)
        self.functions = random_functions(stream)
        self.trainings = random_trainings(stream, count)
        self.answers = [training.expected() for training in self.trainings]

    def difference(self, command, timeout=600):
        """Runs the driver by a command at every level it has. (how many trainings, what is wrong, or "")."""
        best, complaint = self._run(command, "best\n", timeout)
        if complaint:
            return 0, complaint
        levels = int(best.split()[1]) + 1
        words, expected = self.functions
        for level in range(levels):
            words += "".join(training.words(level) for training in self.trainings)
            expected += "".join(self.answers)
        printed, complaint = self._run(command, words, timeout)
        if complaint:
            return 0, complaint
        got, wanted = [line.rstrip() for line in printed.splitlines()], expected.splitlines()
        for number, (one, other) in enumerate(zip(got, wanted)):
            if one != other:
                return 0, f"line {number + 1} is\n{one[:300]}\nwhere the reference has\n{other[:300]}"
        return levels * len(self.trainings), "" if len(got) == len(wanted) else "driver.c printed too few lines"

    @staticmethod
    def _run(command, words, timeout):
        run = subprocess.run(list(map(str, command)), input=words.encode(), capture_output=True, timeout=timeout)
        complaint = run.stderr.decode(errors="replace") + f"exit {run.returncode}" if run.returncode else ""
        return run.stdout.decode(), complaint


# the tools -----------------------------------------------------------------------------------------

OVERFLOW = ("random_state.c", "for (int64_t i = 0; i < count; i++)", "for (int64_t i = 0; i <= count; i++)")
UNDEFINED = ("random_state.c", "shift <= 32;", "shift <= 64;")
TOO_SHORT = (
    "engine.c", "BUFFER(d_other, rows * plan->max_width)",
    "BUFFER(d_other, rows * plan->max_width - 1)")
UNSET = ("engine.c", "memset(ws->zeros, 0, (size_t)plan->max_width * sizeof(double));", "")
SANITIZE = ["-g", "-O1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined,float-cast-overflow",
            "-fno-sanitize-recover=all"]
RACE = (  # a data race that does not depend on which thread takes which part
    "fast/threads.c",
    "__atomic_store_n(&team->parts_left[t], team->first_part[t + 1] - team->first_part[t], __ATOMIC_RELEASE);",
    "team->parts_left[t] = team->first_part[t + 1] - team->first_part[t];")
VALGRIND = ["valgrind", "-q", "--error-exitcode=9", "--exit-on-first-error=yes", "--leak-check=full"]

TOOLS = [  # name, compiler with flags, command before the program, (a planted fault, the word that reports it)...
    ("gcc AddressSanitizer + UBSan", ["gcc", *SANITIZE], [],
     [(OVERFLOW, "heap-buffer-overflow"), (TOO_SHORT, "use-after-poison"),
      (UNDEFINED, "shift exponent 64 is too large")]),
    ("clang AddressSanitizer + UBSan", ["clang", *SANITIZE], [],
     [(OVERFLOW, "heap-buffer-overflow"), (TOO_SHORT, "use-after-poison"),
      (UNDEFINED, "shift exponent 64 is too large")]),
    ("gcc ThreadSanitizer", ["gcc", "-g", "-O1", "-fsanitize=thread"], [], [(RACE, "data race")]),
    ("valgrind", ["gcc", "-g", "-O1"], VALGRIND, [(OVERFLOW, "Invalid write"), (UNSET, "uninitialised value")]),
]


def check(judge, compiler, before, faults, folder):
    """Run one tool and return its report. Raises RuntimeError if it finds a fault, or misses the planted one."""
    program = Path(folder) / "driver"
    csrc = fenced(folder) if SANITIZE[-2] in compiler else CSRC
    objects = library(compiler, folder, csrc)
    for fault, word in faults:
        copy, source = planted(folder, *fault, csrc)
        faulty = compiled(compiler, source, copy, copy)
        others = [path for path in objects if Path(path).stem != source.stem]
        build(compiler, DRIVER, [faulty, *others], program)
        _, complaint = judge.difference([*before, program])
        if word not in complaint:
            raise RuntimeError(f"overlooked a fault planted in {fault[0]}:\n{complaint or 'no complaint'}")
    build(compiler, DRIVER, objects, program)
    count, complaint = judge.difference([*before, program])
    if complaint:
        raise RuntimeError(complaint)
    planted_faults = "1 planted fault" if len(faults) == 1 else f"{len(faults)} planted faults"
    return f"{count} trainings give the reference's bits, nothing found; {planted_faults} reported"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=40, help="trainings at each level (40)")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other trainings")
    options = parser.parse_args()
    os.environ.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    judge = Judge(options.seed, options.cases)
    failed, missing = 0, []
    for name, compiler, before, faults in TOOLS:
        absent = [tool for tool in (compiler + before)[:1] + before[:1] if not shutil.which(tool)]
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            try:
                said = f"not here: {absent[0]}" if absent else check(judge, compiler, before, faults, folder)
            except RuntimeError as error:
                failed, said = failed + 1, f"FAILED\n{error}"
        missing += absent
        print(f"sanitize: {name}: {said} ({time.perf_counter() - begun:.0f} s)", flush=True)
    print(f"sanitize: {len(TOOLS) - failed - len(missing)} of {len(TOOLS)} tools found nothing, {failed} failed, "
          f"not here: {', '.join(missing) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
