"""Recipe 2: missing values, columns left out, dates, ordered targets, problems, what a file says about them."""
import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purenet import ModelFileError, load
from purenet.data.scaling import mean_and_scale
from purenet.data.table import Column
from purenet.model_files.table_format import NEW_KEYS, parse_table
from purenet.table import reproduce, train
from purenet.table.choosing import reason_to_leave_out
from purenet.table.dates import parts_of, varying_parts
from purenet.table.encoder import MOST_CATEGORIES, TableEncoder
from purenet.table.fitting import split_table
from purenet.table.target import guess_task, is_ordered
from tests.support.tables import QUICK, answers, shown, write_csv


def texts(name, cells):
    labels = sorted({cell for cell in cells if cell})
    return Column(name, None, array("i", [labels.index(cell) if cell else -1 for cell in cells]), labels)


def numbers(name, cells):
    return Column(name, array("d", [math.nan if cell is None else cell for cell in cells]))


def table(tmp_path, names, rows, name="data.csv"):
    return write_csv(tmp_path / name, rows, names)


# missing values ------------------------------------------------------------------------------------

@pytest.fixture
def gaps(tmp_path):
    """40 rows: "few" lacks a number, "many" 10, "kind" 4 texts, and "y" 3 targets."""
    rows = []
    for k in range(40):
        rows.append([f"{(k * 7) % 11}.5" if k != 3 else "NA", f"{(k * 5) % 13}.25" if k % 4 else "",
                     "abc"[k % 3] if k % 10 else "", ("no", "yes")[k * 7 % 11 > 5] if k not in (1, 8, 20) else ""])
    return table(tmp_path, ("few", "many", "kind", "y"), rows)


def test_missing_values_are_imputed_marked_and_noted(gaps):
    said = []
    model = train(gaps, "y", say=said.append, backend="reference", **QUICK)
    few, many, kind = model.inputs.inputs
    assert (few.marked, many.marked, kind.extras) == (False, True, ["missing"])
    assert model.inputs.names == ["few", "many", "many (missing)", "kind=a", "kind=b", "kind=c", "kind (missing)"]
    assert model.provenance("rows") == 37 and model.missing == "impute"
    for note in ("column 'few': 1 cell of 'NA' is a missing value",
                 "left out: 3 rows without a target (column 'y')",
                 "missing numbers are filled with the mean of the training rows: 1 of 'few', 8 of 'many'; inputs of "
                 "their own mark those of 'many'", "missing texts are a category of their own: 3 of 'kind'"):
        assert note in model.notes and note in said
    rows = [k for k in range(40) if k not in (1, 8, 20)]
    goal = texts("y", [("no", "yes")[k * 7 % 11 > 5] for k in rows])
    kept = [rows[i] for i in split_table(goal, 37, 0)[0]]
    filled = [(k * 7) % 11 + 0.5 for k in kept if k != 3]
    assert (few.mean, few.scale) == mean_and_scale(filled)[::2]


def test_a_missing_value_is_encoded_alike_at_prediction(gaps, tmp_path):
    model = train(gaps, "y", **QUICK)
    path = table(tmp_path, ("kind", "few", "many"), [["", "NA", "?"], ["a", "1.5", "2.25"]], "new.csv")
    rows = []
    encode = model.inputs.encode
    model.inputs.encode = lambda *given, **more: rows.append(encode(*given, **more)) or rows[-1]
    answers(model, path)
    assert rows[0][0].tolist()[:7] == [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    assert rows[0][0].tolist()[9:] == [0.0, 1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("missing, rows, width", [("impute", 37, 7), ("mean", 37, 5), ("drop", 26, 5)])
def test_each_way_with_missing_values(gaps, missing, rows, width):
    model = train(gaps, "y", missing=missing, **QUICK)
    assert (model.provenance("rows"), model.inputs.width) == (rows, width)
    assert reproduce(model, gaps) == (True, f"identical: SHA-256 of the weights {model.network.digest()}")
    with pytest.raises(ValueError, match="row 4 .line 5., column 'few' is 'NA', which stands for a"):
        train(gaps, "y", missing="refuse", **QUICK)


def test_more_words_can_stand_for_missing_values(tmp_path):
    rows = [[k % 7 if k % 5 else 999, "ab"[k % 2]] for k in range(40)]
    path = table(tmp_path, "xy", rows)
    model = train(path, "y", na_values=["999"], **QUICK)
    assert model.inputs.inputs[0].marked and model.inputs.inputs[0].mean < 7.0
    model.save(tmp_path / "model")
    assert reproduce(load(tmp_path / "model"), path)[0]


def test_the_rarest_of_too_many_categories_share_an_input():
    cells = [f"{k % (MOST_CATEGORIES + 5):04}" for k in range(3 * MOST_CATEGORIES)]
    encoder = TableEncoder.fitted([texts("t", cells)], range(len(cells)), "impute")
    one = encoder.inputs[0]
    assert one.extras == ["other"] and one.width == MOST_CATEGORIES + 1 == len(one.categories) + 1
    assert one.categories[-1] == f"{MOST_CATEGORIES - 1:04}"  # the last five occur twice only
    flat, unseen = encoder.encode([texts("t", ["0000", "new", ""])], range(3))
    assert unseen == 0 and flat[0] == 1.0 and flat[2 * one.width - 1] == 1.0 and not any(flat[2 * one.width:])


# columns that are left out -------------------------------------------------------------------------

BY_NAME = "by its name it numbers the rows, and no two of its cells are equal"


@pytest.mark.parametrize("column, reason", [
    (numbers("n", range(30)), "it counts the rows, from 0 to 29"),
    (numbers("n", range(1991, 2021)), "it counts the rows, from 1991 to 2020"),
    (numbers("year", range(1991, 2021)), ""), (numbers("t", range(30)), ""),
    (numbers("n", range(19)), ""), (numbers("n", [k / 2 for k in range(30)]), ""),
    (numbers("n", [*range(29), 7]), ""), (numbers("n", range(30, 0, -1)), ""), (numbers("n", [None, *range(29)]), ""),
    (numbers("customer_id", [k * 7 % 31 for k in range(30)]), BY_NAME),
    (numbers("PassengerId", [k * 7 % 31 for k in range(30)]), BY_NAME),
    (numbers("acid", [k * 7 % 31 for k in range(30)]), ""), (numbers("id", [k // 2 for k in range(30)]), ""),
    (numbers("x", [2.5] * 5), "all its cells are 2.5"), (numbers("x", [2.0] * 5), "all its cells are 2"),
    (numbers("x", [2.5] * 5 + [None]), ""), (numbers("x", [None] * 5), "all its cells are empty"),
    (texts("x", [""] * 5), "all its cells are empty"), (texts("x", ["a"] * 5), "all its cells are 'a'"),
    (texts("x", ["a"] * 5 + [""]), ""),
    (texts("x", "abcdefghij"), "its 10 different texts in 10 cells, such as 'a', name rows"),
    (texts("x", "abcdefghi"), ""), (texts("x", "abcdefghii"), ""),
    (texts("x", [f"{k % 25:02}" for k in range(49)]), "its 25 different texts in 49 cells, such as '00', name rows"),
    (texts("x", [f"{k % 25:02}" for k in range(50)]), ""),
], ids=lambda value: getattr(value, "name", None))
def test_columns_that_name_or_count_rows(column, reason):
    assert reason_to_leave_out(column, range(len(column))) == reason


def test_columns_are_left_out_with_a_note_and_kept_on_demand(tmp_path):
    rows = [[k, f"name {k}", "", 5, k * 7 % 11, "ab"[k * 7 % 11 > 5]] for k in range(40)]
    path = table(tmp_path, ("n", "a name", "none", "five", "x", "y"), rows)
    said = []
    model = train(path, "y", say=said.append, **QUICK)
    said = [note for note in said if not note.startswith("the reference engine")]
    assert [one.name for one in model.inputs.inputs] == ["x"] and said == model.notes
    assert [name for name, _ in model.left_out] == ["n", "a name", "none", "five"]
    assert "left out: column 'n', since it counts the rows, from 0 to 39; --keep n (keep=['n']) keeps it" in said
    assert [note for note in said if note.endswith("name rows; --keep 'a name' (keep=['a name']) keeps it")]
    assert [one.name for one in train(path, "y", keep=["n"], **QUICK).inputs.inputs] == ["n", "x"]
    assert [one.name for one in train(path, "y", inputs=["n"], **QUICK).inputs.inputs] == ["n"]
    with pytest.raises(ValueError, match="data.csv has no column 'z', 'zz'; it has 'n', '"):
        train(path, "y", keep=["z", "zz"], **QUICK)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert (again.left_out, again.notes) == (model.left_out, model.notes)
    assert answers(again, table(tmp_path, "x", [[3], [4]], "new.csv")) == answers(model, str(tmp_path / "new.csv"))


def test_a_counter_counts_rows_without_a_target_too(tmp_path):
    rows = [[k, k * 7 % 11, "ab"[k % 2] if k != 9 else ""] for k in range(40)]
    model = train(table(tmp_path, ("n", "x", "y"), rows), "y", **QUICK)
    assert model.left_out == [["n", "it counts the rows, from 0 to 39"]]


def test_the_only_column_is_kept(tmp_path):
    rows = [[k, k * k / 2] for k in range(40)]
    model = train(table(tmp_path, "xy", rows), "y", **QUICK)
    assert [one.name for one in model.inputs.inputs] == ["x"] and model.left_out == []
    assert model.notes[0] == "no column is left but 'x', so it is kept"


# dates ---------------------------------------------------------------------------------------------

@given(st.datetimes())
def test_parts_of_dates_are_those_of_datetime(time):
    from datetime import datetime

    seconds = (time.replace(microsecond=0) - datetime(1970, 1, 1)).total_seconds()
    assert parts_of(seconds) == (time.hour, time.weekday(), time.month)


def test_parts_are_used_where_they_differ():
    day = 86400.0
    assert varying_parts([k * day for k in range(40)]) == ["weekday", "month"]
    assert varying_parts([k * day / 24 for k in range(40)]) == ["hour"]  # two days of the month: no weekdays
    assert varying_parts([0.0, 31 * day, 59 * day]) == ["month"]  # the first of three months
    assert varying_parts([5.0, 6.0]) == varying_parts([]) == []


def test_a_column_of_dates_is_predicted_with_and_made_again(tmp_path):
    from datetime import date, timedelta

    days = [date(2021, 1, 1) + timedelta(days=k) for k in range(120)]
    rows = [[day.isoformat() if k != 50 else "", 10 * (day.weekday() > 4) + day.month + k / 100]
            for k, day in enumerate(days)]
    path = table(tmp_path, ("day", "sales"), rows)
    model = train(path, "sales", epochs=60)
    (one,) = model.inputs.inputs
    assert one.kind == "date" and one.parts == ["weekday", "month"] and not one.marked and one.width == 20
    assert model.scores[0] > 0.8
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert shown(again.to_file_parts()) == shown(model.to_file_parts()) and answers(again, path) == answers(model, path)
    assert reproduce(again, path)[0]
    flat, _ = model.inputs.encode([Column("day", array("d", [86400.0 * 18628, math.nan]), form=one.form)], [0, 1])
    assert [k for k, value in enumerate(flat) if value == 1.0] == [1 + 4, 1 + 7]  # a Friday, January
    assert not any(flat[20:])


# the target ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("counts, ordered", [
    ({3: 10, 4: 53, 5: 681, 6: 638, 7: 199, 8: 18}, True),  # the quality of red wines
    ({1: 99, 2: 348, 3: 993, 4: 2242, 5: 2684}, True),  # ratings
    ({0: 500, 1: 200, 2: 90, 3: 31, 4: 12, 5: 14, 6: 2, 8: 1}, True),  # counts with a long tail
    ({k: 180 for k in range(10)}, False),  # digits
    ({1: 70, 2: 76, 3: 17, 5: 13, 6: 9, 7: 29}, False),  # kinds of glass
    ({1: 112, 2: 61, 3: 72, 4: 49, 5: 52, 6: 20}, False),  # diseases of the skin
    ({1: 41, 2: 20, 3: 5, 4: 13, 5: 4, 6: 8, 7: 10}, False),  # kinds of animals
    ({1: 166, 2: 368, 3: 6666}, False), ({3: 4, 4: 199, 5: 3, 6: 83, 8: 103}, False),  # cylinders
    ({k: 5 + k for k in range(12)}, True), ({10: 50, 20: 5, 30: 9, 40: 3, 50: 2}, False),
])
def test_counts_and_ratings_are_told_from_classes(counts, ordered):
    assert is_ordered(list(counts), list(counts.values())) is ordered
    cells = [str(number) for number in counts for _ in range(counts[number])]
    task, why = guess_task(texts("y", cells))
    assert task == ("regression" if ordered else "classification")
    assert f"--task {'classification' if ordered else 'regression'} takes them as" in why


def test_words_for_missing_values_are_no_classes(tmp_path):
    for word in ("NA", "?", "null", "-"):
        rows = [[k % 7, k % 2 if k % 9 else word] for k in range(60)]
        model = train(table(tmp_path, "xy", rows), "y", **QUICK)
        assert model.labels == [0, 1] and model.provenance("rows") == 53, word


def test_a_score_worse_than_guessing_is_said(tmp_path):
    rows = [[k * 7919 % 101, k * 104729 % 97 / 7] for k in range(60)]
    model = train(table(tmp_path, "xy", rows), "y", epochs=1)
    assert model.scores[0] < model.scores[2] and [note for note in model.notes if "below that of always" in note]


# what cannot be trained on --------------------------------------------------------------------------

def test_all_columns_with_numbers_too_large_are_named_at_once(tmp_path):
    rows = [[k * k if k != 7 else "1e300", k % 5 if k != 9 else "-1e200", "ab"[k % 2]] for k in range(40)]
    path = table(tmp_path, ("wide one", "x", "y"), rows)
    with pytest.raises(ValueError) as error:
        train(path, "y", **QUICK)
    for words in ("column 'wide one' has numbers too large", "1e+300 in row 8", "--ignore 'wide one'",
                  "column 'x' has numbers too large", "-1e+200 in row 10", "--ignore x"):
        assert words in str(error.value)


# the words of a file --------------------------------------------------------------------------------

WORDS = [["recipe", 2], ["form", ["number", ".", "", "", ""]], ["labels_as", "text"], ["left_out", [["id", "why"]]],
         ["notes", ["a note"]], ["target", "y"], ["labels", []], ["missing", "impute"],
         ["inputs", [["a", "number", ["number", ".", ",", "$", ""], True],
                     ["b", "text", ["text"], ["u", "v"], ["missing", "other"]],
                     ["c", "date", ["date", "%Y-%m-%d"], ["hour", "month"], False]]], ["made", []]]


def changed(name, value):
    return [[key, value if key == name else own] for key, own in WORDS]


def test_words_as_they_should_be_are_taken():
    assert parse_table(WORDS) == dict(map(tuple, WORDS)) and [name for name, _ in WORDS] == list(NEW_KEYS)


@pytest.mark.parametrize("name, value", [
    ("recipe", 3), ("recipe", 1), ("recipe", True), ("recipe", "2"), ("form", ["text"]), ("form", ["number", "."]),
    ("labels_as", "words"), ("labels_as", None), ("labels_as", ["text"]), ("left_out", [["id"]]),
    ("left_out", [["id", "a"], ["id", "b"]]), ("left_out", [["id", 1]]), ("notes", [1]), ("notes", None),
    ("missing", "guess"), ("missing", None), ("inputs", []),
    *[("inputs", [column]) for column in (
        ["a", "number"], ["a", "number", ["number", ".", "", "", ""]], ["a", "number", ["text"], True],
        ["a", "number", ["number", ",", ",", "", ""], True], ["a", "number", ["number", ".", "", "", ""], 1],
        ["a", "number", ["number", ".", "x", "", ""], True], ["a", "number", ["lag", "1", "2"], False],
        ["a", "number", ["lag", "2"], False], ["a", "number", ["lag", 1], False],
        ["b", "text", ["text"], ["u", "u"], []], ["b", "text", ["text"], ["u"], ["other", "missing"]],
        ["b", "text", ["text"], ["u"], ["others"]], ["b", "text", ["text"], [], []], ["b", "text", ["text"], ["u"]],
        ["b", "text", ["number", ".", "", "", ""], ["u"], []], ["c", "date", ["date", "%Y"], [], False],
        ["c", "date", ["date", "%Y-%m-%d"], ["month", "hour"], False], ["c", ["date"], ["date", "%Y-%m-%d"], [], False],
        ["c", "date", ["date", "%Y-%m-%d"], ["year"], False], ["c", "date", ["date", "%Y-%m-%d"], [], None],
        ["y", "number", ["number", ".", "", "", ""], True], [1, "number", ["number", ".", "", "", ""], True])],
])
def test_words_as_they_should_not_be_are_refused(name, value):
    with pytest.raises(ValueError, match="cannot be"):
        parse_table(changed(name, value))


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.sampled_from(
    ["", "number", "text", "date", "lag", "1", ".", ",", "missing", "other", "hour", "%Y-%m-%d", "a", "y"]),
    lambda inner: st.lists(inner, max_size=5), max_leaves=12)


@settings(max_examples=300)
@given(st.sampled_from(NEW_KEYS), JSON, st.integers(0, 2), st.integers(0, 4))
def test_hostile_words_are_refused_with_a_value_error(name, value, column, place):
    columns = [list(own) for own in WORDS[8][1]]
    columns[column][place % len(columns[column])] = value
    for words in (value, changed(name, value), changed("inputs", columns)):
        try:
            parse_table(words)
        except ValueError:
            pass


def test_a_file_of_a_recipe_to_come_is_refused(tmp_path):
    model = train(table(tmp_path, "xy", [[k % 7, k % 2] for k in range(40)]), "y", **QUICK)
    model.recipe = 3
    with pytest.raises((ModelFileError, ValueError), match="recipe cannot be 3"):
        model.save(tmp_path / "model")
        load(tmp_path / "model")
