"""The check of an initialiser: a name, or a function of the user's."""
from .._core.checks import check_choice
from ..reference.initialisers import INITIALISERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_initialiser(value: "Any") -> "Any":
    """The name of an initialiser, or a function of (stream, shape, fan_in, fan_out)."""
    if not callable(value):
        check_choice("init", value, list(INITIALISERS))
    return value
