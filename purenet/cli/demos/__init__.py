"""Example networks: the articles' networks and two classifiers of handwritten digits.

Each is a short script. ``python3 -m purenet demo NAME`` calls its ``run(seed, epochs, backend, plot)``.
``make(seed, backend)`` returns the network, x, y and the options of ``fit``.
"""
from __future__ import annotations

import os

from ..._core.lazy import load
from ..output import program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

QUICK = ("two-layer", "three-layer", "digits")
WITH_IMAGES = ("digits", "digits-conv")  # write two pictures
NAMES = QUICK + ("digits-conv",)  # takes long on the reference engine, so it runs only by name


def make(name: str, seed: int | None, backend: str) -> tuple[Any, Any, Any, dict[str, Any]]:
    """Return a demo's network, x, y and options of fit. ``seed`` None takes the demo's own seed."""
    case: tuple[Any, Any, Any, dict[str, Any]] = _load(name, "make")(seed, backend)
    return case


def beside(plot: str) -> str:
    """Return the name of the picture with the images, beside that of the curve."""
    root, ending = os.path.splitext(plot)
    return f"{root}-digits{ending}"


def run(name: str, seed: int | None, epochs: int | None, backend: str, plot: str | None) -> None:
    """Run one demo. None takes the demo's own seed or number of epochs."""
    _load(name, "run")(seed, epochs, backend, plot)


def _load(name: str, function: str) -> Any:
    return load("purenet.cli.demos." + name.replace("-", "_"), function)


def run_all(seed: int | None, backend: str) -> None:
    """Run every quick demo under its name, then print what to try next."""
    for name in QUICK:
        print(f"=== {name} " + "=" * (70 - len(name)))
        run(name, seed, None, backend, None)
        print()
    print("Next:")
    for command, what in (
        ("demo digits --seed 3 --plot loss.svg", "another split and start, and pictures"),
        ("demo digits-conv", "a convolutional network, on the compiled engine"),
        ("demo three-layer --epochs 20000", "what longer training brings"),
        ("train FILE.csv --target COLUMN", "a model of your own table"),
        ("info", "what computes here"),
    ):
        print(f"  {program()} {command:38} {what}")
    print(f"demo: {len(QUICK)} networks trained")
