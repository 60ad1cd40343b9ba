"""Check the ``init`` argument of a layer or network. ``purenet.reference.initialisers`` draws the values."""
from .._core.checks import check_choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_initialiser(value: "Any") -> "Any":
    """Return the name of a known initialiser, or a user's function of (stream, shape, fan_in, fan_out)."""
    if not callable(value):
        from ..reference.initialisers import INITIALISERS

        check_choice("init", value, list(INITIALISERS))
    return value
