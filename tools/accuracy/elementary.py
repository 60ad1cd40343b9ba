#!/usr/bin/env python3
"""Measure purenet's elementary functions against mpmath and print the largest errors in ulp.

    python3 -m tools.accuracy.elementary [--points 1000000] [--seed 0] [FUNCTION ...]

An ulp is the gap between doubles at the true value (2**-1074 if the result is subnormal). Half of the points are
spread evenly over the interesting part of the function's range. The other half have random exponents over the whole
range. The exit status is 1 if an error exceeds its bound.
"""
import argparse
import math
import multiprocessing
import random
import sys

from mpmath import mp, mpf

from purenet.reference import elementary


def true_cos(x):
    with mp.workprec(200):
        return mp.cos(x)


# name: (bound in ulp or None, true value, dense range, smallest and largest exponent of |x|, signs)
FUNCTIONS = {
    "exp": (1, mp.exp, (-746.0, 710.0), (-60, 9), (1, -1)),
    "expm1": (None, mp.expm1, (-40.0, 40.0), (-1074, 9), (1, -1)),
    "log": (1, mp.log, (0.5, 2.0), (-1074, 1023), (1,)),
    "log1p": (None, mp.log1p, (-0.999, 3.0), (-1074, 1023), (1,)),
    "sigmoid": (3, lambda x: 1 / (1 + mp.exp(-x)), (-40.0, 40.0), (-60, 9), (1, -1)),
    "tanh": (3, mp.tanh, (-3.0, 3.0), (-1074, 6), (1, -1)),
    "softplus": (2, lambda x: mp.log1p(mp.exp(x)), (-40.0, 40.0), (-60, 9), (1, -1)),
    "cos": (None, true_cos, (-7.0, 7.0), (-60, 19), (1, -1)),
}


def points(name, count, seed):
    _, _, (low, high), (least, most), signs = FUNCTIONS[name]
    stream = random.Random(f"{name} {seed}")
    for k in range(count):
        if k % 2:
            yield stream.uniform(low, high)
        else:
            m = stream.choice(signs) * stream.uniform(1.0, 2.0)
            yield math.ldexp(m, stream.randint(least, most))


def error_in_ulps(computed, true):
    if abs(true) >= mpf(2) ** 1024 * (1 - mpf(2) ** -54):
        return 0.0 if computed == (math.inf if true > 0 else -math.inf) else math.inf
    if not math.isfinite(computed):
        return math.inf
    ulp = math.ulp(float(true))
    return abs(float((mpf(computed) - true) / ulp))


def measure(job):
    """Return the worst error, its argument, and how many results are not the nearest double."""
    name, count, seed = job
    mp.prec = 120
    function, true_function = getattr(elementary, name), FUNCTIONS[name][1]
    worst, where, misrounded = 0.0, 0.0, 0
    for x in points(name, count, seed):
        error = error_in_ulps(function(x), true_function(mpf(x)))
        misrounded += error > 0.5
        if error > worst:
            worst, where = error, x
    return worst, where, misrounded


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("functions", nargs="*", choices=[[], *FUNCTIONS], metavar="FUNCTION")
    parser.add_argument("--points", type=int, default=1000000, help="points for each function (1000000)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    parts = 16
    good = True
    print(f"{'function':9} {'points':>8} {'worst ulp':>9} {'bound':>5}  {'not nearest':>11}  worst at")
    with multiprocessing.Pool() as pool:
        for name in options.functions or FUNCTIONS:
            each = -(-options.points // parts)
            results = pool.map(measure, [(name, each, f"{options.seed}/{part}") for part in range(parts)])
            worst, where, _ = max(results)
            misrounded = sum(result[2] for result in results)
            bound = FUNCTIONS[name][0]
            good = good and (bound is None or worst <= bound)
            print(f"{name:9} {each * parts:8} {worst:9.3f} {bound or '-':>5}  "
                  f"{100 * misrounded / (each * parts):10.2f}%  {where!r}", flush=True)
    print("accuracy: all within their bounds" if good else "accuracy: a bound is EXCEEDED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
