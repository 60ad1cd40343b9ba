"""Read CSV and IDX files, split rows, scale and encode columns, and load the bundled digits.

    table = read_csv("iris.csv")
    table.names, table.rows, table.column("species").labels
    x_train, x_test, y_train, y_test = train_test_split(x, y, stratify=y)
    scaler = StandardScaler().fit(x_train)

The classes have scikit-learn's names and give its results, with the same bits on every machine.
"""
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
