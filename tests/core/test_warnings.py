"""Warnings point to the line of the user's code, however deep in the package they are given."""
import ast
from pathlib import Path

import pytest

import purenet
from purenet import SGD, BatchNorm, Dense, EarlyStopping, Network, backends, load
from purenet.table import train
from tests.support.tables import QUICK, flowers, write_csv

X, Y = [[k / 10, -k / 7] for k in range(30)], [[k / 9] for k in range(30)]


def fit(layers, **options):
    Network(2, layers, loss="mean_squared_error").fit(X, Y, **options)


def stop_early():
    x = [[k / 10 - 1] for k in range(20)]
    net = Network(1, [Dense(1)], loss="mean_squared_error", optimizer=SGD(0.1), init="zeros")
    net.fit(x, x, epochs=8, validation_data=(x, [[-row[0]] for row in x]), callbacks=[EarlyStopping(patience=3)])


def fit_large():
    Network(2, [Dense(1)], loss="mean_squared_error").fit([[2000.0, 1.0]], [[1.0]])


CASES = {
    "the best .* is that of epoch 1": stop_early,
    "inputs beyond 1,000": fit_large,
    "BatchNorm turns a batch of one row": lambda: fit([Dense(2), BatchNorm(), Dense(1)], batch_size=1),
    "adds up over the": lambda: Network(2, [Dense(1)]).fit(X * 9, Y * 9, batch_size=None),
}


@pytest.mark.parametrize("words", CASES)
def test_a_warning_of_fit_points_to_its_caller(words):
    with pytest.warns(UserWarning, match=words) as given:
        CASES[words]()
    assert [one.filename for one in given] == [__file__]


@pytest.mark.parametrize("call", ["Network", "backend", "load", "train"])
def test_a_broken_engine_is_warned_of_where_the_user_called(call, tmp_path, monkeypatch):
    Network(2, [Dense(1)]).save(tmp_path / "m")
    path = write_csv(tmp_path / "flowers.csv", flowers())
    monkeypatch.delenv("PURENET_BACKEND", raising=False)
    monkeypatch.setattr(backends, "_probe_cache", [(0, "broken", True)])
    monkeypatch.setattr(backends, "_warned", [])
    calls = {"Network": lambda: Network(2, [Dense(1)]), "load": lambda: load(tmp_path / "m"),
             "backend": lambda: purenet.backend(), "train": lambda: train(path, "kind", **QUICK)}
    with pytest.warns(RuntimeWarning, match="the compiled engine is broken") as given:
        calls[call]()
    assert [one.filename for one in given] == [__file__]


def test_no_other_function_gives_warnings():
    """A fixed stacklevel is wrong as soon as a function is called in another way."""
    package = Path(purenet.__file__).parent
    for path in package.rglob("*.py"):
        calls = [node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                 if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "warn"
                 and path.parent.name != "cli"]  # predict has a function of that name
        assert len(calls) == (path == package / "_core" / "messages.py"), path
