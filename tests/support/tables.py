"""CSV files to train on, and the command line to do it with."""
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
    """Rows that can be learned: two numbers and a colour tell the kind; the size is a sum."""
    stream = RandomState(seed)
    rows = []
    for k in range(count):
        a, b, colour = stream.randn(), stream.randn(), ("red", "blue", "white")[k % 3]
        kind = "tall" if a + (2.0 if colour == "red" else 0.0) > 0.5 else "low"
        rows.append([repr(a), repr(b), colour, kind, repr(3.0 * a - b + 100.0)])
    return rows


def iris():
    """scikit-learn's flowers: the names of the columns, and the rows."""
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
    """stdout and stderr of a command in a process of its own."""
    environment = dict(environment, PYTHONIOENCODING=encoding, PYTHONPATH=str(ROOT))
    line = [sys.executable, "-m", "purenet", *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, env=environment, **options)
    assert done.returncode == status, done.stderr.decode()
    return done.stdout.decode(encoding), done.stderr.decode(encoding)


def shown(parts):
    """What to_file_parts returns, in a form that can be compared."""
    words, tensors = parts
    return words, [(repr(tensor), list(map(repr, tensor.values))) for tensor in tensors]
