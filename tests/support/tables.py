"""Make CSV files to train on, and run commands of ``python3 -m purenet``."""
import csv
import os
import subprocess
import sys

import pytest

from purenet import RandomState
from tests import ROOT

QUICK = {"epochs": 3, "hidden": [4]}
NAMES = ("a", "b", "colour", "kind", "size")


def flowers(count=90, seed=1):
    """Return rows that can be learned. Two numbers and a colour determine the kind, and the size is a sum."""
    stream = RandomState(seed)
    rows = []
    for k in range(count):
        a, b, colour = stream.randn(), stream.randn(), ("red", "blue", "white")[k % 3]
        kind = "tall" if a + (2.0 if colour == "red" else 0.0) > 0.5 else "low"
        rows.append([repr(a), repr(b), colour, kind, repr(3.0 * a - b + 100.0)])
    return rows


def iris():
    """Return the column names and rows of scikit-learn's iris data."""
    data = pytest.importorskip("sklearn.datasets").load_iris()
    rows = [[*map(repr, row), str(data.target_names[k])] for row, k in zip(data.data.tolist(), data.target)]
    return [*data.feature_names, "species"], rows


def write_csv(path, rows, names=NAMES, **form):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, **form).writerows([names, *rows])
    return str(path)


def answers(model, path, **options):
    return [answer for part, _ in model.predict_csv(path, **options) for answer in part]


def command(*arguments, encoding="utf-8", status=0, environment=os.environ, **options):
    """Run a command in its own process, and return stdout and stderr."""
    environment = dict(environment, PYTHONIOENCODING=encoding, PYTHONPATH=str(ROOT))
    line = [sys.executable, "-m", "purenet", *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, env=environment, **options)
    assert done.returncode == status, done.stderr.decode()
    return done.stdout.decode(encoding), done.stderr.decode(encoding)


def shown(parts):
    """Return the result of to_file_parts in a form that can be compared."""
    words, tensors = parts
    return words, [(repr(tensor), list(map(repr, tensor.values))) for tensor in tensors]
