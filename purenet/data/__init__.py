"""Read CSV and IDX files, split rows, scale and encode columns, and load the bundled digits.

    table = read_csv("iris.csv")
    table.names, table.rows, table.column("species").labels
    x_train, x_test, y_train, y_test = train_test_split(x, y, stratify=y)
    scaler = StandardScaler().fit(x_train)

The classes have scikit-learn's names and give its results, with the same bits on every machine.
"""
from .._core.lazy import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .csv_reader import read_csv
    from .digits import load_digits
    from .encoding import LabelEncoder, OneHotEncoder
    from .idx import read_idx
    from .scaling import MinMaxScaler, StandardScaler
    from .splitting import train_test_split
    from .table import Column, Table

__all__ = [
    "Column", "LabelEncoder", "MinMaxScaler", "OneHotEncoder", "StandardScaler", "Table", "load_digits", "read_csv",
    "read_idx", "train_test_split",
]

LAZY = (  # imported when one of these names is first asked for: splitting rows needs no reader of CSV files
    ("csv_reader", "read_csv"), ("digits", "load_digits"), ("encoding", "LabelEncoder OneHotEncoder"),
    ("idx", "read_idx"), ("scaling", "MinMaxScaler StandardScaler"), ("splitting", "train_test_split"),
    ("table", "Column Table"),
)


def __getattr__(name: str) -> "Any":
    """Load a name of LAZY when it is first asked for."""
    for module, names in LAZY:
        if name in names.split():
            return load("purenet.data." + module, name)
    raise AttributeError(f"module 'purenet.data' has no attribute {name!r}")
