#!/usr/bin/env python3
"""Derive the constants of purenet/reference/elementary.py and print their accuracy.

Needs mpmath. Two series end in fitted terms; everything before them is the exact Taylor series:

* exp:  r / tanh(r/2) = 2 + z (1/6 - z (1/360 - z (1/15120 - z (1/A - z / B)))),  z = r*r, |r| <= 0.35
* log:  log((1+s)/(1-s)) = 2 s + s z (2/3 + z (2/5 + ... + z (2/13 + z (P + z Q)))),  z = s*s

A straight line is fitted to the rest of each series by Remez' exchange, in the weight with which its
error reaches the result, and then rounded to short whole numbers, because the library writes every
constant as a quotient of whole numbers. Of the pairs (A, B) that are about as good as the best, it takes
one for which exp(1.0) is the double nearest to e.
"""
import argparse

from mpmath import mp, mpf

mp.prec = 200
GRID = 2000


def fit_line(rest, weight, end):
    """(a, b, error): the line a + b*z for which max |weight(z) * (rest(z) - a - b*z)| over (0, end] is least."""
    points = [end * (k + 1) / GRID for k in range(GRID)]
    table = [(z, rest(z), weight(z)) for z in points]
    chosen = [table[GRID // 2], table[GRID * 3 // 4], table[-1]]
    for _ in range(50):
        # rest - a - b*z = +h/w, -h/w, +h/w at the three chosen points
        rows = [[1, z, (-1) ** k / w] for k, (z, _, w) in enumerate(chosen)]
        a, b, h = mp.lu_solve(mp.matrix(rows), mp.matrix([g for _, g, _ in chosen]))
        errors = [w * (g - a - b * z) for z, g, w in table]
        # the largest error of each run of one sign; the last three runs are the next points
        runs = []
        for k, error in enumerate(errors):
            if runs and (errors[runs[-1]] > 0) == (error > 0):
                if abs(error) > abs(errors[runs[-1]]):
                    runs[-1] = k
            else:
                runs.append(k)
        worst = max(abs(errors[k]) for k in runs)
        if worst <= abs(h) * mpf("1.000001"):
            break
        chosen = [table[k] for k in runs[-3:]]
    return a, b, worst


def exp_series(check_e):
    def rest(z):
        r = mp.sqrt(z)
        w = r / mp.tanh(r / 2) - 2
        return (w / z - mpf(1) / 6 + z / 360 - z * z / 15120) / -z**3

    def weight(z):
        r = mp.sqrt(z)
        c = r / mp.tanh(r / 2)
        return z**4 * 2 * r / (c - r) ** 2 / mp.exp(r)  # relative change of e**r when r/tanh(r/2) changes

    end = mpf("0.35") ** 2
    a, b, best = fit_line(rest, weight, end)
    print(f"exp: best line 1/{mp.nstr(1 / a, 12)} - z/{mp.nstr(-1 / b, 12)}, "
          f"error {mp.nstr(best * 2**53, 4)} of 2**-53")
    table = [(z, rest(z), weight(z)) for z in (end * (k + 1) / 60 for k in range(60))]
    chosen = None
    for big_a in range(round(1 / a) - 6, round(1 / a) + 7):
        for big_b in range(round(-1 / b / 1000) - 30, round(-1 / b / 1000) + 31):
            if not check_e(big_a, big_b * 1000):
                continue
            error = max(w * abs(g - mpf(1) / big_a + z / (big_b * 1000)) for z, g, w in table)
            if chosen is None or error < chosen[0]:
                chosen = (error, big_a, big_b * 1000)
    error, big_a, big_b = chosen
    print(f"     A = {big_a}, B = {big_b}: error {mp.nstr(error * 2**53, 4)} of 2**-53, exp(1.0) is e rounded")
    return big_a, big_b


def log_series():
    def rest(z):
        return mp.nsum(lambda k: mpf(2) / (2 * k + 15) * z**k, [0, mp.inf]) if z else mpf(2) / 15

    # f is at most 53/128 (log1p) or sqrt(2) - 1 and a little; s = f/(2+f)
    f = mpf(53) / 128 * mpf("1.0001")
    end = (f / (2 + f)) ** 2
    a, b, best = fit_line(rest, lambda z: z**7 / 2, end)
    p, q = round(a * 10**6), round(b * 10**6)
    error = max(z**7 / 2 * abs(rest(z) - mpf(p) / 10**6 - mpf(q) / 10**6 * z)
                for z in (end * (k + 1) / 400 for k in range(400)))
    print(f"log: best line {mp.nstr(a, 12)} + {mp.nstr(b, 12)} z, error {mp.nstr(best * 2**53, 4)} of 2**-53")
    print(f"     P = {p}/10**6, Q = {q}/10**6: error {mp.nstr(error * 2**53, 4)} of 2**-53")
    return p, q


def split(name, value, bits, parts):
    """Print value as a sum of whole numbers over powers of two, each part but the last with trailing zeros to spare."""
    rest = value
    for part, (size, shift) in enumerate(zip(bits, parts)):
        numerator = int(mp.floor(rest * mpf(2) ** shift))
        rest -= mpf(numerator) / mpf(2) ** shift
        print(f"{name} part {part + 1}: {numerator} / 2**{shift}  ({numerator.bit_length()} of {size} bits)")
    print(f"{name}: rest {mp.nstr(rest, 4)}")


def exp_of_one(big_a, big_b):
    """exp(1.0) with the candidate's coefficients, in doubles, as elementary.exp computes it."""
    from purenet.reference import elementary
    n = 1.0
    h = 1.0 - n * elementary.LN2_HIGH
    low = n * elementary.LN2_LOW
    r = h - low
    z = r * r
    w = z * (1 / 6 - z * (1 / 360 - z * (1 / 15120 - z * (1 / big_a - z * (1 / big_b)))))
    d = r - w
    return 2.0 * (1.0 + (h - (low - r * d / (2.0 - d))))


def main():
    argparse.ArgumentParser(description=__doc__.split("\n")[0]).parse_args()
    split("ln 2", mp.log(2), (40, 53), (40, 70 + 20))
    split("pi/2", mp.pi / 2, (33, 33, 53), (32, 66, 120))
    e = float(mp.e)
    exp_series(lambda a, b: exp_of_one(a, b) == e)
    log_series()


if __name__ == "__main__":
    main()
