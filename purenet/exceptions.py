"""The exceptions and warnings that estimators, metrics and searches share with scikit-learn's, under its names."""
from ._core.exceptions import ConvergenceWarning, FitFailedWarning, NotFittedError, UndefinedMetricWarning

__all__ = ["ConvergenceWarning", "FitFailedWarning", "NotFittedError", "UndefinedMetricWarning"]
