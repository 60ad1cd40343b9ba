#!/usr/bin/env python3
"""Recompute the golden vectors with the C library alone: tests/csrc/driver.c, with any compiler and emulator.

    python3 -m tools.environments.verify_c
    python3 -m tools.environments.verify_c --optimise O0 O2 --threads 1 2 3 -- clang
    python3 -m tools.environments.verify_c --before qemu-s390x-static -- s390x-linux-gnu-gcc -static

Prints what "python3 -m purenet verify" prints, with a pass for each -O, level of vector instructions and number of
threads. The exit status is 1 if a bit differs. The driver prints what it runs on.
"""
import argparse
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from purenet import Network, RandomState
from purenet._core.state import State
from purenet.backends import LEVELS
from purenet.verification import verify
from purenet.verification.vectors.files import read
from tools.checks import driver_cases, sanitize

SLICE = 128  # rows, and multiply-adds below which a product is scalar: the largest that purenet/compiled uses
BUDGET = 1 << 40
ABOUT = ["compiler", "interpreter", "platform", "C library"]  # the lines of tests/csrc/evidence.h


class Driver:
    """A running driver. It answers each question until its input ends."""

    def __init__(self, command):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, bufsize=1 << 16)

    def ask(self, words, lines=1):
        """Send a question and return the lines of the answer, each as a list of words."""
        try:
            self.process.stdin.write(words + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        answers = [self.process.stdout.readline() for _ in range(lines)]
        if not answers[-1]:
            raise SystemExit(f"verify_c: the driver ended early: {''.join(answers).strip()} "
                             f"(exit {self.process.wait()})")
        return [line.split() for line in answers]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if any(error):
            self.process.kill()
        self.process.communicate()


def doubles(words):
    return [struct.unpack(">d", bytes.fromhex(word))[0] for word in words]


class Stream(RandomState):
    """A RandomState that takes its draws from the driver."""

    def __init__(self, seed, driver):
        super().__init__(seed)
        self.driver = driver
        self.driver.process.stdin.write(f"seed {seed}\n")

    def _next_double(self):
        return doubles(self.driver.ask("double")[0][1:])[0]

    def _next_gaussian(self):
        return doubles(self.driver.ask("gaussian")[0][1:])[0]

    def _next_below(self, count):
        return int(self.driver.ask(f"below {count}")[0][1])


class Engine:
    """An engine that trains with the driver, for one call of fit and the calls after it."""

    takes_buffers = False
    rows_in_place = None

    def __init__(self, net, way):
        self.net, self.plan, self.way = net, net.plan, way

    def convert_rows(self, rows, columns):
        return rows

    def first_non_finite(self, rows):
        return None  # the vectors have only finite numbers

    def first_beyond(self, rows, limit):
        return None

    def train(self, run):
        """Train for all epochs. If the rates depend on the losses, start again for each epoch, with one epoch more."""
        batches = -(-len(run.x) // run.batch_size)
        rates = []
        for epoch in range(run.epochs):
            if run.schedule:
                rates += [run.rate(epoch, epoch * batches + k) for k in range(batches)]
            if epoch + 1 == run.epochs or run.schedule and run.schedule.uses_losses:
                answers = self.answers(run, epoch + 1, rates)
            if run.schedule and run.schedule.uses_losses:
                run.schedule.epoch_ended(doubles(answers["losses"])[-1])
        self.x, self.predictions = run.x, doubles(answers["predictions"])
        self.parameters = doubles(answers["parameters"])
        run.losses = doubles(answers["losses"])
        if answers["non_finite"][0] != "0":
            run.non_finite = driver_cases.NON_FINITE[int(answers["non_finite"][0])], 0, 0

    def answers(self, run, epochs, rates):
        """Return the driver's results of a training, by name."""
        scalar_below = 0 if self.way.threads > 1 else SLICE  # so that small products are divided among threads
        slice_rows = max(SLICE, min(run.batch_size, len(run.x))) if self.plan.statistics else SLICE
        training = driver_cases.Training(self.net, run.x, run.y, run.weights, run.batch_size, epochs, run.shuffle,
                                     slice_rows, BUDGET, self.way.threads, scalar_below, rates)
        answers = self.way.driver.ask(training.words(self.way.level), len(driver_cases.ANSWERS))
        return {name: values for name, *values in answers}

    def progress(self, run):
        return list(run.losses), 0, 0.0, 0.0  # asked for after an error, which then ends the verification

    def predict_plain(self, x, out=None):
        return None  # predict checks the rows

    def predict(self, rows):
        assert rows == self.x[:len(rows)]  # the driver predicts what it trained on
        width = self.plan.outputs
        return [self.predictions[k * width:(k + 1) * width] for k in range(len(rows))]

    def state(self):
        kept, trained = self.plan.parameters + self.plan.statistics, len(self.plan.parameters)
        arrays = [self.parameters[array.offset:array.offset + array.size] for array in kept]
        return State(arrays[:trained], arrays[trained:], [], None, (0, 0, 0))

    def use_state(self, use):
        return use(self.state())


class Way:
    """A build of the driver with a SIMD level and a number of threads."""

    name = "C alone"

    def __init__(self, driver, built, level, threads):
        self.driver, self.level, self.threads = driver, level, threads
        self.settings = f"{built}, {LEVELS[level]}, {threads} thread{'s' if threads > 1 else ''}"

    def function(self, name, points):
        words = driver_cases.bits(driver_cases.flat(points))
        return doubles(self.driver.ask(f"elementary {driver_cases.FUNCTIONS.index(name)} {len(points)} {words}")[0][1:])

    def stream(self, seed):
        return Stream(seed, self.driver)

    def network(self, *given, **named):
        net = Network(*given, backend="reference", **named)
        net._engine = Engine(net, self)
        return net


def built(compiler, optimisation, folder, csrc=sanitize.CSRC):
    """Build the driver with a compiler, its flags and a level of optimisation. Return its path."""
    command = [*compiler, *("-" + word for word in optimisation.split("+"))]
    objects = [sanitize.compiled(command, source, folder, csrc) for source in sanitize.sources(csrc)]
    return sanitize.build(command, sanitize.DRIVER, objects, Path(folder) / "driver")


def verification_of(program, before, name, threads, lines):
    """Return (the driver's description of its machine, the passes) of one build."""
    with Driver([*before, program]) as driver:
        told = [(name, line.split(None, name.count(" ") + 1)[-1])
                for name, line in zip(ABOUT, (" ".join(words) for words in driver.ask("about", len(ABOUT))))]
        levels = int(driver.ask("best")[0][1]) + 1
        passes = [verify.BackendResult(Way(driver, name, level, number), lines)
                  for level in range(levels) for number in threads]
    return told, passes


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--optimise", nargs="+", default=["O3"], metavar="FLAGS",
                        help="flags of each build, such as O0 or O3+march=native (O3)")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="numbers of threads (1 2)")
    parser.add_argument("--before", nargs="+", default=[], metavar="WORD",
                        help="the command that runs the program, such as qemu")
    parser.add_argument("compiler", nargs="*", default=["gcc"], metavar="WORD",
                        help="the compiler and its flags, after -- (gcc)")
    options = parser.parse_args()
    lines = read("full")
    made, found = [], []
    for optimisation in options.optimise:
        with tempfile.TemporaryDirectory() as folder:
            name = options.compiler[0].split("-")[-1] + ", -" + optimisation.replace("+", " -")
            program = built(options.compiler, optimisation, folder)
            told, passes = verification_of(program, options.before, name, options.threads, lines)
        made += passes
        found.append(told)
    if found.count(found[0]) != len(found):
        raise SystemExit(f"verify_c: the builds describe one machine differently: {found}")
    result = verify.Verification("full", len(lines) - 1, made, "")
    result.evidence = result.evidence[:1] + found[0]
    print(result)
    return 0 if result.same else 1


if __name__ == "__main__":
    sys.exit(main())
