#!/usr/bin/env python3
"""Train random networks on hostile data on both engines, and compare every bit.

    python3 -m tools.compare.random_networks --minutes 10 --seed 0 [--processes 2]
    python3 -m tools.compare.random_networks --seed 4711 --cases 1        replay of one case

Each case is drawn from a seed of its own (--seed, --seed + 1, ...) and runs at one of this CPU's vector levels in
turn, or at PURENET_SIMD. Prints what was covered; for each difference, error or crash the command that replays it.
Exit status 1 if there was one.
"""
import argparse
import os
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

import purenet
from purenet.backends import LEVELS, simd_level
from purenet.verification.compare_cases import random_case

ENOUGH = 10  # failures after which it stops


def level_of(seed, levels):
    """Return the SIMD level that a case runs at."""
    return levels[seed % len(levels)]


def levels_here():
    """Return the level of PURENET_SIMD, or every level of this CPU."""
    wanted = os.environ.get("PURENET_SIMD")
    return [wanted] if wanted else list(LEVELS[:simd_level() + 1])


def examine(seed, level):
    """Compare one case: (seed, what is wrong or "", what it covered)."""
    from purenet.compiled import engine

    threads = (1, 2, 3, 7)[seed // 4 % 4]
    os.environ["PURENET_SIMD"], os.environ["PURENET_THREADS"] = level, str(threads)
    engine.SINGLE_THREAD_BELOW = 0  # products of any size are divided, and in every second case none is scalar
    engine.SCALAR_BELOW = 128 * (seed // 16 % 2)
    try:
        net, x, y, told = random_case(seed)
        result = purenet.compare(net, x, y, timed=False, **told)
    except Exception:
        return seed, traceback.format_exc(), Counter(["case"])
    if not result.identical:
        return seed, repr(result), Counter(["case"])
    covered = Counter([
        "case", "level " + level, f"threads {threads}", "loss " + net.plan.loss.kind,
        "optimizer " + net.plan.optimizer.kind,
        "reduction " + ("sum", "mean", "cell_mean")[min(2, net.plan.mean_divisor)],
        "shuffled" if told["shuffle"] else "in order", "weighted" if told["sample_weight"] else "unweighted",
        "ended by a number that is not finite" if result.non_finite else "trained to the end",
        f"layers {len(net.layers)}",
    ])
    covered.update({"activation " + layer.activation for layer in net.layers})
    covered.update({"layer " + layer.kind for layer in net.layers})
    covered.update({f"init {p.init}" for p in net.plan.parameters if isinstance(p.init, str)})
    covered["batch"] = result.batches
    covered["row"] = len(x) * result.epochs
    numbers = net.plan.parameter_size * (1 + net.plan.slots)
    covered["number compared after a batch"] = result.batches * numbers
    return seed, "", covered


def replay(seed, level):
    return f"replay: PURENET_SIMD={level} python3 -m tools.compare.random_networks --seed {seed} --cases 1"


def run(first, cases, minutes, processes):
    """Compare until cases or time are used up; (what was covered, how many failures)."""
    levels = levels_here()
    covered, failures = Counter(), 0
    end = time.monotonic() + 60.0 * minutes
    seed, last = first, (1 << 32) - 1 if cases is None else first + cases - 1
    pending = {}
    with ProcessPoolExecutor(processes) as pool:
        while True:
            while (seed <= last and len(pending) < 2 * processes and failures < ENOUGH
                   and (cases is not None or time.monotonic() < end)):
                pending[pool.submit(examine, seed, level_of(seed, levels))] = seed
                seed += 1
            if not pending:
                return covered, failures
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                try:
                    number, wrong, more = future.result()
                except BrokenProcessPool:
                    print("a process died; one of these cases killed it:")
                    for number in sorted(pending.values()):
                        print("  " + replay(number, level_of(number, levels)))
                    return covered, failures + 1
                del pending[future]
                covered.update(more)
                if wrong:
                    failures += 1
                    print(f"case {number}: {wrong}\n{replay(number, level_of(number, levels))}\n", flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (1)")
    parser.add_argument("--cases", type=int, help="number of cases, instead of minutes")
    parser.add_argument("--seed", type=int, default=0, help="the first case (0)")
    parser.add_argument("--processes", type=int, default=1, help="how many at once (1)")
    options = parser.parse_args(arguments)
    if "compiled" not in purenet.backend().available:
        print("both engines are needed:", purenet.backend(), file=sys.stderr)
        return 1
    begun = time.monotonic()
    covered, failures = run(options.seed, options.cases, options.minutes, options.processes)
    for name in sorted(covered):
        print(f"{name:40} {covered[name]:12}")
    seconds = time.monotonic() - begun
    print(f"{covered['case']} cases from seed {options.seed} in {seconds:.0f} s: {failures or 'none'} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
