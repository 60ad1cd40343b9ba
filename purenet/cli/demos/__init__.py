"""The demos: the articles' networks, and two classifiers of handwritten digits.

Each is a short script with ``run(seed, epochs, backend, plot)``; ``python3 -m purenet demo NAME`` runs it.
``make(seed, backend)`` gives its network, x, y, and what fit is told.
"""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

QUICK = ("two-layer", "three-layer", "digits")  # on every engine
NAMES = QUICK + ("digits-conv",)  # long on the reference: run when it is named


def make(name: str, seed: "int | None", backend: str) -> "tuple[Any, Any, Any, dict[str, Any]]":
    """The network of a demo, its x and y, and what fit is told; None takes the demo's own seed."""
    if name == "two-layer":
        from .two_layer import make as made
    elif name == "three-layer":
        from .three_layer import make as made
    elif name == "digits-conv":
        from .digits_conv import make as made
    else:
        from .digits import make as made
    return made(seed, backend)


def run(name: str, seed: "int | None", epochs: "int | None", backend: str, plot: "str | None") -> None:
    """Run one demo; None takes its own seed and number of epochs."""
    if name == "two-layer":
        from .two_layer import run as demo
    elif name == "three-layer":
        from .three_layer import run as demo
    elif name == "digits-conv":
        from .digits_conv import run as demo
    else:
        from .digits import run as demo
    demo(seed, epochs, backend, plot)


def run_all(seed: "int | None", backend: str) -> None:
    """Run every quick demo, each under its name, and say what to try next."""
    for name in QUICK:
        print(f"=== {name} " + "=" * (70 - len(name)))
        run(name, seed, None, backend, None)
        print()
    print("Next:")
    print("  python3 -m purenet demo digits --seed 3 --plot loss.svg   another split and start, and pictures")
    print("  python3 -m purenet demo digits-conv                       a convolutional network, on the compiled engine")
    print("  python3 -m purenet demo three-layer --epochs 20000        what longer training brings")
    print("  python3 -m purenet info                                   what computes here")
    print("  README.md                                                 your own network in twelve lines")
