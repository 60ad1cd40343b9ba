"""``python3 -m purenet compare``."""
from .._core.checks import check_int
from . import demos

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any, Iterator, Tuple


def run(options: "argparse.Namespace") -> int:
    """Compare the engines on what the options name; the exit status."""
    from ..verification.compare import compare as compared

    count = differences = 0
    for name, again, (net, x, y, told) in _cases(options):
        if options.epochs is not None:
            told["epochs"] = options.epochs
        result = compared(net, x, y, **told)
        print(f"{name}: {result}", flush=True)
        if not result.identical:
            differences += 1
            print(f"  again: python3 -m purenet compare {again}")
        count += 1
    if count > 1:
        print(f"{count} compared, {differences or 'none'} different")
    return 1 if differences else 0


def _cases(options: "argparse.Namespace") -> "Iterator[Tuple[str, str, Any]]":
    """A name, the options that name it alone, and (network, x, y, what fit is told)."""
    from ..verification.compare_cases import csv_case, random_case

    seed = options.seed or 0
    epochs = "" if options.epochs is None else f" --epochs {options.epochs}"
    if options.csv is not None:
        yield options.csv, f"--csv {options.csv} --seed {seed}{epochs}", csv_case(options.csv, seed)
    elif options.random is not None:
        for k in range(seed, seed + check_int("--random", options.random, 1)):
            yield f"random {k}", f"--random 1 --seed {k}{epochs}", random_case(k)
    else:
        given = "" if options.seed is None else f" --seed {seed}"
        for name in [options.demo] if options.demo else demos.QUICK:
            yield name, f"--demo {name}{given}{epochs}", demos.make(name, options.seed, "reference")
