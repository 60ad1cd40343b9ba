#!/usr/bin/env python3
"""Measure the distance of purenet's gaussians from NumPy's in ulp and print a histogram.

    python3 -m tools.accuracy.gaussians [--draws 10000000] [--seed 0] [--processes 2]

Both draw the same uniform numbers. The logarithm is purenet's on one side and the C library's on the other. The exit
status is 1 if fewer than 95 % are equal or a difference exceeds 4 ulp. It needs NumPy.
"""
import argparse
import multiprocessing
import sys
from collections import Counter

import numpy

from purenet import RandomState

EQUAL = 0.95
MOST = 4
CHUNK = 100000


def distances(job):
    """Count a seed's gaussians by their distance, in doubles, from NumPy's."""
    seed, count = job
    ours = numpy.array(RandomState(seed).randn(count))
    theirs = numpy.random.RandomState(seed).randn(count)
    # the distance of two doubles of one sign is that of their bits as whole numbers
    apart = numpy.abs(ours.view("int64") - theirs.view("int64"))
    apart[numpy.signbit(ours) != numpy.signbit(theirs)] = 1 << 62
    return Counter(apart.tolist())


def good(counts):
    """Return whether enough are equal and none is too far off."""
    return counts[0] >= EQUAL * sum(counts.values()) and max(counts) <= MOST


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=10000000, help="gaussians to compare (10000000)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; each 100,000 draws have their own (0)")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    options = parser.parse_args()
    sizes = [min(CHUNK, options.draws - first) for first in range(0, options.draws, CHUNK)]
    counts = Counter()
    with multiprocessing.Pool(options.processes) as pool:
        for part in pool.imap_unordered(distances, [(options.seed + n, size) for n, size in enumerate(sizes)]):
            counts.update(part)
    total = sum(counts.values())
    print(f"{total} gaussians, NumPy {numpy.__version__}")
    for ulps in sorted(set(counts) | set(range(MOST + 1))):
        print(f"{ulps} ulp {counts[ulps]:12} {100 * counts[ulps] / total:11.5f} %")
    print("randn: within its bounds" if good(counts) else "randn: a bound is EXCEEDED")
    return 0 if good(counts) else 1


if __name__ == "__main__":
    sys.exit(main())
