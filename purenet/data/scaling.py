"""Scale columns of numbers to mean 0 and standard deviation 1, or to a range."""
import math

from .._core.checks import to_float
from .._core.messages import NonFiniteError
from .._core.rows import items_from, list_from, refuse_non_finite, row_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

EPSILON = math.ldexp(1.0, -52)  # the distance from 1.0 to the next double


def mean_and_scale(values: "Sequence[float]") -> "tuple[float, float, float]":
    """Return mean, variance and scale as the models of tables record them. ``moments`` rounds less.

    Two totals are added in the order of the values: the mean first, then the squared deviations from it. A column
    counts as constant if its variance is within the rounding error of the two totals (Chan, Golub and LeVeque,
    "Algorithms for computing the sample variance", 1983), as in scikit-learn.
    """
    count = len(values)
    total = 0.0
    for value in values:
        total += value
    mean = total / count
    squares = 0.0
    for value in values:
        deviation = value - mean
        squares += deviation * deviation
    variance = squares / count
    return mean, variance, _scale(count, mean, variance)


def moments(values: "Sequence[float]") -> "tuple[float, float, float]":
    """Return the mean, the variance (divided by the count) and the scale: its square root, or 1.0 if constant.

    Three totals are added in the order of the values: the mean first, then the deviations from it and their squares.
    The deviations correct the variance for the mean's rounding (Chan, Golub and LeVeque, "Algorithms for computing the
    sample variance", 1983), as in scikit-learn. If all values are equal, the mean is their value and the variance 0.0.
    Values that differ by their rounding only count as constant as in scikit-learn.
    """
    if min(values) == max(values):
        return values[0], 0.0, 1.0
    count = len(values)
    total = 0.0
    for value in values:
        total += value
    mean = total / count
    deviations = squares = 0.0
    for value in values:
        deviation = value - mean
        deviations += deviation
        squares += deviation * deviation
    shift = deviations / count
    variance = (squares - deviations * shift) / count  # NaN if the squares overflow
    if variance < 0.0:
        variance = 0.0
    return mean, variance, _scale(count, mean, variance)


def _scale(count: int, mean: float, variance: float) -> float:
    """Return the square root of the variance, or 1.0 if it is within the rounding error of its totals."""
    error = count * mean * EPSILON
    constant = variance <= count * EPSILON * variance + error * error
    return 1.0 if constant else math.sqrt(variance)


def table_of(x: "Any", width: int = 0) -> "list[list[float]]":
    """Return x as rows of finite floats, all of one length: ``width``, or that of the first row if it is 0."""
    items, flat = items_from(x, "x")
    if flat:
        raise ValueError(f"x: expected rows of numbers, got {len(items)} numbers; write [[value] for value in x]")
    if not width:
        items = [list_from(items[0], "x[0]", "a row of numbers")] + items[1:]
        width = len(items[0])
        if not width:
            raise ValueError("x[0] is empty, expected a row of numbers")
    rows = [row_from(row, i, "x", width, "as the first row or the fitted rows have") for i, row in enumerate(items)]
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if not -math.inf < value < math.inf:
                refuse_non_finite(rows, (i, j), "x")
    return rows


class _Scaler:
    """The base of both scalers."""

    n_features_in_ = 0

    def __repr__(self) -> str:
        state = f"{self.n_features_in_} columns" if self.n_features_in_ else "not fitted"
        return f"<{type(self).__name__}: {state}>"

    def fit(self, x: "Any") -> "Any":
        raise NotImplementedError

    def transform(self, x: "Any") -> "list[list[float]]":
        raise NotImplementedError

    def fit_transform(self, x: "Any") -> "list[list[float]]":
        """Fit to the rows of x and return them scaled."""
        x = table_of(x)  # a generator gives its rows only once
        self.fit(x)
        return self.transform(x)

    def _fitted(self, x: "Any") -> "list[list[float]]":
        if not self.n_features_in_:
            raise ValueError(f"this {type(self).__name__} is not fitted yet: call fit first")
        return table_of(x, self.n_features_in_)


class StandardScaler(_Scaler):
    """Scale every column to mean 0 and standard deviation 1. A constant column is only centred.

    ``fit`` sets ``mean_``, ``var_`` and ``scale_``, lists with a number per column, and ``n_features_in_`` and
    ``n_samples_seen_``. The results are those of scikit-learn's StandardScaler to the rounding of sums. A constant
    column becomes 0.0 exactly, and numbers too large for a variance (beyond about 1e154) raise ValueError.
    """

    mean_: "list[float]"
    var_: "list[float]"
    scale_: "list[float]"

    def fit(self, x: "Any") -> "StandardScaler":
        """Compute mean and scale of each column of x, a list of rows."""
        rows = table_of(x)
        found = [moments([row[j] for row in rows]) for j in range(len(rows[0]))]
        for j, (mean, variance, _) in enumerate(found):
            if not (mean - mean == 0.0 and variance - variance == 0.0):
                raise ValueError(f"x: the numbers of column {j} are too large for a deviation; scale them down")
        self.mean_ = [mean for mean, _, _ in found]
        self.var_ = [variance for _, variance, _ in found]
        self.scale_ = [scale for _, _, scale in found]
        self.n_features_in_ = len(found)
        self.n_samples_seen_ = len(rows)
        return self

    def transform(self, x: "Any") -> "list[list[float]]":
        """Return the rows of x with each number less its column's mean, divided by its scale."""
        return _finite([
            [(value - mean) / scale for value, mean, scale in zip(row, self.mean_, self.scale_)]
            for row in self._fitted(x)
        ])

    def inverse_transform(self, x: "Any") -> "list[list[float]]":
        """Undo ``transform``: return each number times its column's scale, plus the mean."""
        return _finite([
            [value * scale + mean for value, mean, scale in zip(row, self.mean_, self.scale_)]
            for row in self._fitted(x)
        ])


class MinMaxScaler(_Scaler):
    """Scale every column to ``feature_range``, from its smallest number to its largest.

    ``fit`` sets ``data_min_``, ``data_max_``, ``data_range_``, ``scale_`` and ``min_``, lists with a number per column.
    A scaled number is ``x * scale_ + min_``. The results are those of scikit-learn's MinMaxScaler.
    """

    data_min_: "list[float]"
    data_max_: "list[float]"
    data_range_: "list[float]"
    scale_: "list[float]"
    min_: "list[float]"

    def __init__(self, feature_range: "tuple[float, float]" = (0.0, 1.0)) -> None:
        pair = list_from(feature_range, "feature_range", "(low, high)")
        low, high = [to_float(value, "feature_range") for value in pair] if len(pair) == 2 else (0.0, 0.0)
        if not -math.inf < low < high < math.inf or high - low == math.inf:
            raise ValueError(f"feature_range: expected (low, high), finite and low below high, got {feature_range}")
        self.feature_range = (low, high)

    def fit(self, x: "Any") -> "MinMaxScaler":
        """Find the smallest and the largest number of each column of x, a list of rows."""
        rows = table_of(x)
        columns = [[row[j] for row in rows] for j in range(len(rows[0]))]
        low, high = self.feature_range
        self.data_min_ = [min(column) for column in columns]
        self.data_max_ = [max(column) for column in columns]
        self.data_range_ = [most - least for least, most in zip(self.data_min_, self.data_max_)]
        for j, span in enumerate(self.data_range_):
            if span == math.inf:
                raise ValueError(f"x: the range of column {j} is too large for a double; scale it down")
        self.scale_ = [(high - low) / (1.0 if span < 10.0 * EPSILON else span) for span in self.data_range_]
        self.min_ = [low - least * scale for least, scale in zip(self.data_min_, self.scale_)]
        for j, least in enumerate(self.min_):
            if least - least:
                raise ValueError(f"x: the numbers of column {j} are too large for feature_range; scale them down")
        self.n_features_in_ = len(columns)
        self.n_samples_seen_ = len(rows)
        return self

    def transform(self, x: "Any") -> "list[list[float]]":
        """Return the rows of x with each number times its column's scale, plus its ``min_``."""
        return _finite([
            [value * scale + least for value, scale, least in zip(row, self.scale_, self.min_)]
            for row in self._fitted(x)
        ])

    def inverse_transform(self, x: "Any") -> "list[list[float]]":
        """Undo ``transform``."""
        return _finite([
            [(value - least) / scale for value, scale, least in zip(row, self.scale_, self.min_)]
            for row in self._fitted(x)
        ])


def _finite(rows: "list[list[float]]") -> "list[list[float]]":
    """Return scaled rows. Raise NonFiniteError if one of their numbers has overflowed."""
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value - value:
                raise NonFiniteError(f"x[{i}][{j}] becomes {value}: it is too far from the fitted rows for a double")
    return rows
