"""The losses: their settings and the checks of their names."""
from ._core.checks import check_choice, check_name_and_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional, Tuple

LOSS_SETTINGS = {  # by name: (reduction over the batch, the numbers it takes, the output activation it belongs to)
    "squared_error": ("sum", (), None),
    "half_squared_error": ("sum", (), None),
    "mean_squared_error": ("cell_mean", (), None),
    "mean_absolute_error": ("cell_mean", (), None),
    "huber": ("cell_mean", (1.0,), None),
    "binary_cross_entropy": ("mean", (), "sigmoid"),
    "categorical_cross_entropy": ("mean", (), "softmax"),
}  # type: dict[str, Tuple[str, Tuple[float, ...], Optional[str]]]

REDUCTIONS = ("sum", "mean", "cell_mean")


def check_loss(value: "Any") -> "Tuple[str, Tuple[float, ...]]":
    """The name of a loss and the numbers it takes."""
    return check_name_and_settings("loss", value, {name: LOSS_SETTINGS[name][1] for name in LOSS_SETTINGS})


def check_reduction(value: "Any") -> "Optional[str]":
    """The name of a reduction, or None for the loss's own."""
    if value is not None:
        check_choice("reduction", value, REDUCTIONS)
    return value  # type: ignore[no-any-return]
