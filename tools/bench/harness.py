"""Time two sides in turn, check that they did the same work, and collect the results in a table."""
import importlib
import json
import platform
import statistics
import time

from purenet import __version__, backend
from purenet.backends import LEVELS, simd_level

PAIRS = 7
TRIES = 3  # of each side in a pair, in turn; the fastest counts, because other processes only add time
WITHIN = 1e-9
PEERS = {"numpy": "NumPy", "torch": "PyTorch", "sklearn": "scikit-learn"}
SCALES = [("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)]


class Refused(SystemExit):
    """A side that did other work than purenet: there is no ratio to print."""

    def __init__(self, name, peer, why):
        super().__init__(f"bench: {name}: {peer} did other work than purenet: {why}; no ratio is printed")


def seconds(function, repeat=1):
    begun = time.perf_counter()
    for _ in range(repeat):
        function()
    return (time.perf_counter() - begun) / repeat


def repeats(function, least):
    """Return how often to call a function so that it takes about ``least`` seconds."""
    return max(1, int(least / max(1e-9, min(seconds(function), seconds(function)))))


def same_numbers(name, peer, ours, theirs):
    """Refuse if two lists of (name, array) differ by more than WITHIN anywhere; NaN differs from everything."""
    import numpy as np

    if len(ours) != len(theirs):
        raise Refused(name, peer, f"it has {len(theirs)} arrays of numbers, not {len(ours)}")
    for (what, a), b in zip(ours, theirs):
        a, b = np.asarray(a), np.asarray(b)
        if a.shape != b.shape:
            raise Refused(name, peer, f"{what} has the shape {b.shape}, not {a.shape}")
        worst = float(abs(a - b).max())
        if not worst <= WITHIN:
            raise Refused(name, peer, f"{what} is off by {worst:.1e}, more than {WITHIN}")


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def in_words(values, unit):
    """"1.52 ms (1.49..1.71)": seconds in a unit that suits them, anything else in its own."""
    scale = 1.0
    if unit == "s":
        unit, scale = next((pair for pair in SCALES if values["median"] >= pair[1]), SCALES[-1])
    numbers = [f"{values[key] / scale:.3g}" if values[key] / scale < 1000 else f"{values[key] / scale:.0f}"
               for key in ("median", "min", "max")]
    return "{} {} ({}..{})".format(numbers[0], unit, *numbers[1:])


class Table:
    """The rows as they come, printed at once; what could not be measured is said in one line each."""

    def __init__(self, quick=False, peers=tuple(PEERS), images=None):
        self.quick = quick
        self.pairs = 1 if quick else PAIRS
        self.wanted = peers
        self.images = images  # the folder of Fashion-MNIST's files
        self.rows, self.skipped = [], []
        self.part = ""
        self.tile_share = None  # the no-FMA tile's share of the FMA tile, once measured

    def skip(self, what, why):
        line = f"skipped: {what}: {why}"
        if line not in self.skipped:
            self.skipped.append(line)
            print(line, flush=True)

    def peer(self, module):
        """Return the peer's module, or print that it is missing and return None."""
        if module not in self.wanted:
            return None
        try:
            return importlib.import_module(module)
        except ImportError:
            self.skip(f"rows beside {PEERS[module]}", "it is not installed")
            return None

    def twin(self):
        """Return whether there is a compiled engine to measure."""
        if "compiled" in backend().available:
            return True
        self.skip("rows of the compiled engine", "it is not there (python3 -m purenet info says why)")
        return False

    def turns(self, *sides, pairs=PAIRS, tries=TRIES):
        """Each side's seconds, one number a pair: the least of tries; every other pair goes through them backwards."""
        results = [[] for _ in sides]
        for k in range(min(pairs, self.pairs)):
            tried = [[] for _ in sides]
            for _ in range(1 if self.quick else tries):
                for side in range(len(sides))[::-1 if k % 2 else 1]:
                    tried[side].append(sides[side]())
            for result, own in zip(results, tried):
                result.append(min(own))
        return results

    def timed(self, ours, theirs, least=0.04):
        """Seconds a call of two functions that take turns, each called as often as fills ``least`` seconds."""
        least = 0.0 if self.quick else least
        n, m = repeats(ours, least), repeats(theirs, least)
        return self.turns(lambda: seconds(ours, n), lambda: seconds(theirs, m))

    def row(self, name, peer, ours, theirs, bar=None, at_least=False, reference=None, note="", unit="s"):
        """One row: ours and theirs are one number a pair; the ratio's median is that of the pairs' ratios.

        ``reference``: the least of a few runs of the reference engine; its ratio is to the least of theirs.
        """
        if reference is not None:
            reference /= min(theirs)
        row = {
            "part": self.part, "name": name, "peer": peer, "unit": unit, "purenet": spread(ours),
            "other": spread(theirs), "ratio": spread([a / b for a, b in zip(ours, theirs)]),
            "bar": bar, "bar_is": "at least" if at_least else "at most", "reference": reference, "note": note,
        }
        if bar is not None:
            row["reached"] = row["ratio"]["median"] >= bar if at_least else row["ratio"]["median"] <= bar
        self.rows.append(row)
        print(f"{name:30} {peer:22} {in_words(row['purenet'], unit):28} {in_words(row['other'], unit):28} "
              f"{in_words(row['ratio'], ''):24} {bar_in_words(row):20} {reference_in_words(row):10} {note}".rstrip(),
              flush=True)
        return row

    def heading(self):
        for line in about():
            print(line)
        if self.quick:
            print("quick: every side's work is checked; the times mean nothing")
        print(f"{'':30} {'beside':22} {'purenet':28} {'the other':28} {'ratio':24} {'bar':20} reference")

    def write_json(self, file):
        json.dump({"machine": machine(), "rows": self.rows, "skipped": self.skipped}, file, indent=1)
        file.write("\n")

    def write_markdown(self, file):
        file.write(" ".join(about()) + "\n\n")
        file.write("| | beside | purenet | the other | ratio | bar | reference |\n|---|---|---|---|---|---|---|\n")
        for row in self.rows:
            cells = [row["name"], row["peer"], in_words(row["purenet"], row["unit"]),
                     in_words(row["other"], row["unit"]), in_words(row["ratio"], ""), bar_in_words(row),
                     reference_in_words(row)]
            file.write("| " + " | ".join(cells) + " |\n")


def bar_in_words(row):
    if row["bar"] is None:
        return ""
    return f"{row['bar_is']} {row['bar']:.3g}: " + ("yes" if row["reached"] else "NO")


def reference_in_words(row):
    return "" if row["reference"] is None else f"{row['reference']:.3g}"


def cpu_name():
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def shared_pipes():
    """Return whether the CPU's multiplications and additions share units. On AMD's Zen they do not."""
    try:
        with open("/proc/cpuinfo") as file:
            return "AuthenticAMD" not in file.read()
    except OSError:
        return True


def machine():
    """Return a description of this machine and its software."""
    from importlib import metadata

    versions = {}
    for package in ("numpy", "torch", "scikit-learn"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            pass
    level = LEVELS[simd_level()] if "compiled" in backend().available else None
    return {
        "cpu": cpu_name(), "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}", "purenet": __version__,
        "compiled": level, "peers": versions, "date": time.strftime("%Y-%m-%d"),
    }


def about():
    m = machine()
    peers = ", ".join(f"{package} {version}" for package, version in m["peers"].items()) or "no peers"
    where = f"purenet {m['purenet']} ({m['compiled'] or 'reference only'}), {m['python']}, {m['system']}, {m['cpu']}"
    how = f"Median (least..most) of {PAIRS} alternating pairs, the best of {TRIES} tries each"
    ratio = "a ratio is purenet's number, or the reference's, through the other's"
    return [f"{where}; {peers}; {m['date']}.", f"{how}; float64, one thread unless said; {ratio}."]
