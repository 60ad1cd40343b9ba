"""The settings of the loss functions, and checks of their names. The formulas are in ``reference/losses.py``."""
from ._core.checks import check_choice, check_name_and_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOSS_SETTINGS = {  # by name: (default reduction, default numbers, the activation that the last layer must have)
    "squared_error": ("sum", (), None),
    "half_squared_error": ("sum", (), None),
    "mean_squared_error": ("cell_mean", (), None),
    "mean_absolute_error": ("cell_mean", (), None),
    "huber": ("cell_mean", (1.0,), None),
    "binary_cross_entropy": ("mean", (), "sigmoid"),
    "categorical_cross_entropy": ("mean", (), "softmax"),
}  # type: dict[str, tuple[str, tuple[float, ...], str | None]]

REDUCTIONS = ("sum", "mean", "cell_mean")


def check_loss(value: "Any") -> "tuple[str, tuple[float, ...]]":
    """Return the name of a loss and its numbers."""
    return check_name_and_settings("loss", value, {name: LOSS_SETTINGS[name][1] for name in LOSS_SETTINGS})


def require_learning(loss: "tuple[str, tuple[float, ...]]") -> None:
    """Raise ValueError for a loss that is 0 everywhere. Files that have one are still loaded."""
    if loss == ("huber", (0.0,)):
        raise ValueError("loss huber: expected a delta above 0, got 0.0, with which every loss is 0")


def check_reduction(value: "Any") -> "str | None":
    """Return the name of a reduction, or None for the default of the loss."""
    if value is not None:
        check_choice("reduction", value, REDUCTIONS)
    return value  # type: ignore[no-any-return]
