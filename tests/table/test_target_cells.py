"""The cells of a target: a path and its rows are read alike, odd cells are missing values, notes say how it is read."""
import csv

import pytest

from purenet import load
from purenet.data import read_csv
from purenet.table import reproduce, train
from tests.support.tables import QUICK, write_csv

KEYS = ("x", "y")


def models(tmp_path, cells, **options):
    """Return the models of a file with these targets and of its rows."""
    path = write_csv(tmp_path / "data.csv", [[k * 7 % 11, cell] for k, cell in enumerate(cells)], KEYS)
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return path, rows, train(path, "y", **QUICK, **options), train(rows, "y", **QUICK, **options)


def same(one, two):
    assert one.network.digest() == two.network.digest() and one.labels == two.labels and one.notes == two.notes
    assert one.provenance("data_sha256") == two.provenance("data_sha256")


ODD = "column 'y': 1 cell such as 'open', among numbers, is a missing value"


@pytest.mark.parametrize("cells, labels, rows, notes", [
    (["0", "1"] * 30 + ["open"], ["0", "1"], 60, [ODD]),
    (["open", "?"] + ["0", "1"] * 30, ["0", "1"], 60, ["column 'y': 1 cell of '?' is a missing value", ODD]),
    (["1.0", "2.0"] * 30 + ["open"], ["1.0", "2.0"], 60, [ODD]),
    (["0", "1"] * 9 + ["open"], ["0", "1", "open"], 19,  # one in 19 is more than one in 20
     ["column 'y': read as text: 1 of 19 filled cells, such as 'open', are no numbers; "
      "if that is a missing value, --na open (na_values=['open'])"]),
    (["007", "012"] * 30, ["007", "012"], 60, ["column 'y': read as text: as a number '007' would lose its zeros"]),
    (["a", "b"] * 30 + ["1"], ["1", "a", "b"], 61, []),
])
def test_an_odd_cell_among_classes_is_a_missing_value(tmp_path, cells, labels, rows, notes):
    path, its_rows, model, of_rows = models(tmp_path, cells)
    same(model, of_rows)
    assert [str(label) for label in model.labels] == labels and model.provenance("rows") == rows
    assert [note for note in model.notes if note.startswith("column 'y'")] == notes
    assert ("left out: 1 row without a target (column 'y')" in model.notes) == (rows == 60 and len(cells) == 61)
    model.save(tmp_path / "model")
    assert reproduce(load(tmp_path / "model"), path)[0] and reproduce(load(tmp_path / "model"), its_rows)[0]


def test_an_odd_cell_of_a_target_is_refused_if_asked(tmp_path):
    path = write_csv(tmp_path / "data.csv", [[k, cell] for k, cell in enumerate(["0", "1"] * 30 + ["open"])], KEYS)
    with pytest.raises(ValueError, match="data.csv, row 61, column 'y' is missing"):
        train(path, "y", missing="refuse", **QUICK)
    column = read_csv(path, undecided=["y"]).column("y")
    assert column.odd == 1 and column.first_odd == "open" and column.labels == ["0", "1"] and column[60] == ""


def test_how_numbers_of_a_target_are_read_is_said(tmp_path):
    cells = [f"${366 + k},{702 - k}" for k in range(60)]
    path, rows, model, of_rows = models(tmp_path, cells)
    same(model, of_rows)
    assert model.notes[0].startswith("column 'y': read as numbers: '$366,702' is 366702, since ',' separates thousands")
    assert len([note for note in model.notes if "'y'" in note]) == 1
    model = models(tmp_path, cells[:59] + ["open"])[2]
    assert len([note for note in model.notes if "'y'" in note]) == 3 and ODD in model.notes
    classes = models(tmp_path, ["$5", "$7"] * 30)[2]
    assert classes.labels == ["$5", "$7"] and not [note for note in classes.notes if "'y'" in note]
