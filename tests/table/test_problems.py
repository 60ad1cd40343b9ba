"""All that stands in the way of a training is said at once: a line for each problem, with its cure."""
import json
import pickle

import pytest

from purenet.cli.main import main
from purenet.data import csv_reader, read_csv
from purenet.table import train
from tests.support.tables import QUICK, flowers, write_csv


def rows_with_faults(count=1500):
    """Return rows of which a, "b c" and big have faults in rows 1200, 7 and 5; y has numbers, and kind two classes."""
    rows = [[k % 7 + 0.5, k % 5, float(k % 11), k % 3 * 0.5, ("low", "tall")[k % 2]] for k in range(count)]
    rows[1199][0], rows[6][1], rows[4][2] = "", "five", 1e300
    return rows


NAMES = ("a", "b c", "big", "y", "kind")
EMPTY = ("data.csv, row 1200 (line 1201), column 'a' is empty; fill it in, or choose --missing impute or --missing "
         "drop (in read_csv missing=\"keep\" or \"drop\")")
FIVE = ("data.csv, row 7 (line 8), column 'b c' is 'five', not a number like the others of its column; correct the "
        "cell, or train with the column as text (--text 'b c', in read_csv text=['b c'])")
LARGE = ("column 'big' has numbers too large for a deviation in doubles, such as 1e+300 in row 5; correct the cell, "
         "write the column in larger units, or leave it out (--ignore big)")
WEIGHT = "class_weight: column 'y' has numbers and no classes to weigh; leave --class-weight out"
LAGS = "lags: column 'kind' has classes; lags need a target of numbers; leave --lags out"


def absent(*names):
    return f"data.csv has no column {', '.join(map(repr, names))}; it has 'a', 'b c', 'big', 'y', 'kind'"


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "data.csv", rows_with_faults(), NAMES)
    return "data.csv"


def problems_of(data, target, **options):
    with pytest.raises(ValueError) as error:
        train(data, target, **dict(QUICK, **options))
    return str(error.value).split("\n")


REFUSE = {"missing": "refuse"}


@pytest.mark.parametrize("target, options, words", [
    ("y", dict(REFUSE, class_weight="balanced"), [EMPTY, FIVE, WEIGHT, LARGE]),
    ("y", dict(REFUSE, class_weight="balanced", keep=["id", "a"], text=["zip"]),
     [absent("id", "zip"), EMPTY, FIVE, WEIGHT, LARGE]),
    ("kind", {"lags": 2, "keep": ["id"], "ignore": ["a", "zip"]}, [absent("id", "zip"), LAGS, LARGE]),
    ("a", dict(REFUSE, task="regression", class_weight="balanced"), [EMPTY, FIVE, WEIGHT.replace("'y'", "'a'"), LARGE]),
    ("yy", dict(REFUSE), [absent("yy"), EMPTY, FIVE, LARGE]),
    ("yy", dict(REFUSE, task="regression"), [absent("yy"), EMPTY, FIVE, LARGE]),
    ("kind", {"task": "regression", "ignore": ["big"], "class_weight": "balanced"},
     ["column 'kind' has text such as 'low', 'tall': regression needs numbers; --task classification takes them as "
      "classes", WEIGHT.replace("'y'", "'kind'")]),
    ("kind", dict(REFUSE, inputs=["a"]), [EMPTY]),  # not that there is no column to train on
    ("kind", dict(REFUSE, ignore=["b c", "big", "y"]), [EMPTY]),
    ("kind", dict(REFUSE, ignore=["a", "big"]), [FIVE]),
    ("y", {"class_weight": "balanced", "ignore": ["big"]}, [WEIGHT]),
    ("big", {}, [LARGE]),
])
def test_every_problem_of_a_file_has_its_line(data, target, options, words):
    assert problems_of(data, target, **options) == words


def test_what_the_lines_say_to_type_is_a_cure(data):
    options = {"missing": "impute", "text": ["b c"], "ignore": ["big"]}
    assert train(data, "y", **QUICK, **options).inputs.kinds == [("a", "number"), ("b c", "text"), ("kind", "text")]


def test_too_many_classes_do_not_hide_a_number_too_large(data):
    write_csv(data, [[k, 1e300 * (k == 3), f"name {k}"] for k in range(30)], ("n", "big", "kind"))
    assert problems_of(data, "kind") == [
        "column 'kind' has 30 different values in 30 rows, too many for classes; is the target the right column?",
        LARGE.replace("row 5", "row 4")]


@pytest.mark.parametrize("target", ["y", "big"])
def test_the_row_of_a_number_too_large_is_that_of_the_file(data, target):
    rows = rows_with_faults()
    for k in (0, 2, 9):
        rows[k][3] = rows[k][2] = ""  # without a target
    write_csv(data, rows, NAMES)
    assert problems_of(data, target) == [LARGE]


def test_rows_of_python_have_the_same_problems():
    rows = [{"a": 1.5 * k, "b": None if k == 4 else k, "c": None if k == 9 else 2.0 * k, "kind": "xy"[k % 2]}
            for k in range(30)]
    assert problems_of(rows, "kind", missing="refuse", keep=["id"], lags=1) == [
        "there is no column 'id'; there are 'a', 'b', 'c', 'kind'", LAGS,
        "the data, row 5, column 'b' is missing; fill it in, or choose --missing impute or --missing drop",
        "the data, row 10, column 'c' is missing; fill it in, or choose --missing impute or --missing drop"]
    assert problems_of(rows, "k") == ["there is no column 'k'; there are 'a', 'b', 'c', 'kind'"]


@pytest.mark.parametrize("options", [{}, {"task": "regression"}, {"text": ["yy"]}, {"inputs": ["a"]}])
def test_without_its_target_a_file_is_not_read(data, options, monkeypatch):
    monkeypatch.setattr(csv_reader.Reading, "read", None)
    assert problems_of(data, "yy", keep=["id"], **options) == [absent("yy", "id")]


def test_a_broken_row_ends_the_list(data):
    with open(data, "a") as file:
        file.write("1,2,3,4,low,6\n")
    assert problems_of(data, "y", missing="refuse", keep=["id"]) == [
        absent("id"), EMPTY, FIVE,
        "data.csv, row 1501 (line 1502) has 6 cells, the table has 5 columns with the delimiter ,; put a cell that "
        "holds it in quotes, or name another --delimiter (delimiter=)"]


def test_the_commands_print_a_line_for_each(data, capsys):
    line = ["train", data, "--target", "y", "--missing", "refuse", "--class-weight", "balanced", "--keep", "id"]
    words = [absent("id"), EMPTY, FIVE, WEIGHT, LARGE]
    assert main(line) == 1
    out, error = capsys.readouterr()
    assert out == "" and error.splitlines() == [f"purenet: error: {one}" for one in words]
    assert main([*line, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "\n".join(words)
    write_csv(data, [[*row[:3], row[2], row[4]] for row in rows_with_faults()], NAMES)  # two columns are too large
    assert main(["train", data, "--target", "kind", "--lags", "2"]) == 1
    error = capsys.readouterr().err.splitlines()[1:]  # after the note on five
    assert error == [f"purenet: error: {one}" for one in (LAGS, LARGE, LARGE.replace("big", "y"))]


def test_a_line_break_in_a_name_makes_no_line_of_its_own(data, capsys):
    name = "d\npurenet: error: \x1b[1m.csv"
    write_csv(name, rows_with_faults(), NAMES)
    assert main(["train", name, "--target", "y", "--missing", "refuse"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["purenet: error: " + one.replace("data.csv", "d\\npurenet: error: \\x1b[1m.csv")
                     for one in (EMPTY, FIVE, LARGE)]
    assert main(["train", name, "--target", "z"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_read_csv_says_all_cells_or_leaves_their_columns_out(data):
    with pytest.raises(ValueError) as error:
        read_csv(data, missing="refuse")
    assert str(error.value) == f"{EMPTY}\n{FIVE}"
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)
    found = []
    table = read_csv(data, missing="refuse", ignore=["zip"], problems=found)
    assert found == [absent("zip"), EMPTY, FIVE] and table.refused == ["b c", "a"]
    assert table.names == ["big", "y", "kind"] and table.rows == 1500
    assert list(table.column("y")) == [k % 3 * 0.5 for k in range(1500)]
    with pytest.raises(ValueError, match="^data.csv has no column 'zip'; it has 'a', 'b c', 'big', 'y', 'kind'$"):
        read_csv(data, missing="refuse", ignore=["zip"])


def test_a_table_without_problems_leaves_the_list_empty(data):
    found = []
    write_csv(data, flowers())
    assert read_csv(data, missing="refuse", required=["a"], problems=found).refused == found == []
