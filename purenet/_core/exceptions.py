"""The exceptions and warnings of purenet.exceptions, which scikit-learn has under the same names."""
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BOARD = sys.implementation.name == "micropython"  # it has no kinds of warnings, and no class of two exceptions
WARNING: "Any" = Exception if BOARD else UserWarning
FAILURE: "Any" = Exception if BOARD else RuntimeWarning

if BOARD:
    class NotFittedError(ValueError):
        """An estimator is asked for what it learns in ``fit`` before ``fit`` was called."""
else:
    class NotFittedError(ValueError, AttributeError):  # type: ignore[no-redef]
        """An estimator is asked for what it learns in ``fit`` before ``fit`` was called."""


class ConvergenceWarning(WARNING):  # type: ignore[misc]
    """A training reached its largest number of epochs before the loss stopped getting smaller."""


class UndefinedMetricWarning(WARNING):  # type: ignore[misc]
    """A metric divides by 0 for these labels. The text says which value stands for the result."""


class FitFailedWarning(FAILURE):  # type: ignore[misc]
    """Some fits of a cross-validation or a search raised an error."""


def for_sklearn(kind: "Any") -> "Any":
    """Return an exception or a warning of this module. If scikit-learn is loaded, what is returned is also its own."""
    theirs = getattr(sys.modules.get("sklearn.exceptions"), kind.__name__, None)
    if theirs is None:
        return kind
    fields = {"__module__": kind.__module__, "__reduce__": lambda self: (kind, self.args)}  # pickles as purenet's
    return type(kind.__name__, (kind, theirs), fields)
