"""How columns are read: missing words, forms of numbers, dates; what pandas reads otherwise has a note."""
import csv
import io
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purenet.data import read_csv
from purenet.data.csv_forms import MORE_MISSING, PANDAS_MISSING, number_parser
from purenet.data.csv_reader import read_csv_in_parts
from purenet.data.table import Column

DAY = 86400.0


def text_of(columns, delimiter=","):
    """A CSV file with columns of cells, all in quotes: an empty row would be no row."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values()))
    return stream.getvalue()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("forms") / "data.csv"

    def write(columns, delimiter=","):
        path.write_text(text_of(columns, delimiter), encoding="utf-8")
        return str(path)
    return write


def same(found, expected):
    return len(found) == len(expected) and all(
        one == other or one != one and other is None for one, other in zip(found, expected))


# missing values ------------------------------------------------------------------------------------

@pytest.mark.parametrize("word", sorted({*PANDAS_MISSING, *MORE_MISSING, "Missing", "NIL", "N.A."}))
@pytest.mark.parametrize("part", [0.1, 0.6])
def test_a_missing_word_beside_numbers_is_counted_and_said(written, word, part):
    cells = [word if k < 100 * part else str(k) for k in range(100)]
    table = read_csv(written({"age": cells}))
    assert table.columns[0].kind == "number" and table.columns[0].odd == 0
    assert same(list(table.columns[0]), [None if cell == word else float(cell) for cell in cells])
    assert table.notes == [f"column 'age': {int(100 * part)} cells of {word!r} are missing values"]


def test_words_are_joined_and_so_are_columns(written):
    columns = {name: ["1", "NA", "?", "4"] for name in "abcdef"}
    table = read_csv(written(columns))
    assert table.notes == ["columns 'a', 'b' and 4 more: 12 cells of 'NA' or '?' are missing values"]
    assert read_csv(written({"a": ["1", "NA"]})).notes == ["column 'a': 1 cell of 'NA' is a missing value"]


def test_in_texts_the_words_of_pandas_are_missing_and_no_others(written):
    cells = ["NA", "None", "null", "?", "-", "missing", "na", "nil", "x"]
    table = read_csv(written({"land": cells}))
    assert list(table.columns[0]) == ["", "", "", "?", "-", "missing", "na", "nil", "x"]
    assert table.columns[0].labels == ["?", "-", "missing", "na", "nil", "x"]
    assert table.notes == ["column 'land': 3 cells of 'NA' or 'None' or 'null' are missing values"]
    alone = read_csv(written({"all": ["none"] * 3, "some": ["unknown", "-", ""], "no": ["NA", "", "null"]}))
    assert [column.kind for column in alone.columns] == ["text", "text", "number"]


def test_na_values_adds_words(written):
    columns = {"n": ["1", "-999", "-999.0", "x"], "t": ["a", "x", "b", "NA"],
               "d": ["x", "2020-01-31", "2020-02-01", "x"]}
    table = read_csv(written(columns), na_values=["x", -999])
    assert same(list(table.column("n")), [1.0, None, None, None]) and list(table.column("t")) == ["a", "", "b", ""]
    assert table.column("d").kind == "date" and math.isnan(table.column("d")[0])
    assert len(table.notes) == 4
    assert list(read_csv(written({"n": ["1", "2", "2"]}), na_values="2").columns[0])[0] == 1.0


def test_missing_values_can_be_refused_or_dropped(written):
    path = written({"a": ["1", "NA", "3", "4"], "b": ["x", "y", "null", "z"]})
    with pytest.raises(ValueError, match=r"row 2 \(line 3\), column 'a' is 'NA', which stands for a missing value; .*"
                                         r"--missing drop"):
        read_csv(path, missing="refuse")
    with pytest.raises(ValueError, match=r"row 3 \(line 4\), column 'b' is 'null', which stands for a missing"):
        read_csv(path, missing="refuse", ignore=["a"])
    table = read_csv(path, missing="drop")
    assert (table.rows, table.dropped) == (2, 2)
    assert list(table.column("a")) == [1.0, 4.0] and table.column("b").labels == ["x", "z"]
    with pytest.raises(ValueError, match="no rows without empty cells"):
        read_csv(written({"a": ["1", ""], "b": ["", "1"]}), missing="drop")


def test_read_strictly_only_empty_cells_are_missing(written):
    path = written({"a": ["1", "2", "NA"]})
    with pytest.raises(ValueError, match=r"row 3 \(line 4\), column 'a' is 'NA', not a number like the others"):
        read_csv(path, strict=True)
    columns = {"d": ["2020-01-31", "NA"], "p": ["$5", ""], "k": ["1,5", "2,5"]}
    table = read_csv(written(columns, ";"), strict=True)
    assert [column.kind for column in table.columns] == ["text"] * 3 and table.notes == []
    assert list(table.columns[0]) == columns["d"]
    assert list(read_csv(written(columns, ";"), strict=True, decimal=",").column("k")) == [1.5, 2.5]


# numbers -------------------------------------------------------------------------------------------

NUMBERS = [
    (["1", "-2.5", "+3e2"], [1.0, -2.5, 300.0], ["", "", ""], ""),
    (["1,234,567", "12,345", "0.5"], [1234567.0, 12345.0, 0.5], [",", "", ""], "'1,234,567' is 1234567"),
    (["1.234,5", "0,25", "7"], [1234.5, 0.25, 7.0], [".", "", ""], "'1.234,5' is 1234.5"),
    (["1 234", "12 345 678", "5"], [1234.0, 12345678.0, 5.0], [" ", "", ""], "is 12345678"),
    (["1\u00a0234,5", "2\u202f345,0"], [1234.5, 2345.0], [" ", "", ""], "is 1234.5"),
    (["1'234.5", "2’345"], [1234.5, 2345.0], ["'", "", ""], "is 1234.5"),
    (["12,34,567", "1,00,000"], [1234567.0, 100000.0], [",", "", ""], "is 1234567"),
    (["$1,234.50", "$ 12", "-$3.10"], [1234.5, 12.0, -3.1], [",", "$", ""], "'$1,234.50' is 1234.5"),
    (["1.234,50 €", "3,00 €"], [1234.5, 3.0], [".", "", "€"], "is 1234.5"),
    (["USD 5", "USD 6.5"], [5.0, 6.5], ["", "USD", ""], "'USD 6.5' is 6.5"),
    (["12%", "3.5 %"], [12.0, 3.5], ["", "", "%"], "'3.5 %' is 3.5"),
    (["12 kg", "35kg"], [12.0, 35.0], ["", "", "kg"], "is 12"),
    (["(1,234)", "56"], [-1234.0, 56.0], [",", "(", ""], "'(1,234)' is -1234"),
    (["($5.25)", "$3.00"], [-5.25, 3.0], ["", "($", ""], "is -5.25"),
    (["\u22125", "3"], [-5.0, 3.0], ["", "", ""], "is -5"),
]


@pytest.mark.parametrize("cells, values, form, words", NUMBERS, ids=[cells[0] for cells, *_ in NUMBERS])
def test_numbers_as_people_write_them(written, cells, values, form, words):
    table = read_csv(written({"v": cells * 3}))
    assert list(table.columns[0]) == values * 3 and table.columns[0].form[2:] == form
    assert words in "".join(table.notes) and len(table.notes) == bool(words)


@pytest.mark.parametrize("cells", [
    ["1,23", "1,2,3"], ["12,3456", "x"], ["1,234", "1.234.5"], ["Q1", "Q2"], ["12a", "13b"], ["5 kg", "6 lb"],
    ["$5", "€5", "5"], ["5-10", "10-20"], ["192.168.0.1", "10.0.0.1"], ["1/2", "3/4"], ["2WD", "4WD"], ["0x10", "0x20"],
    ["1st", "2nd"], ["<5", "<6"], ["1_000", "2_000"], ["(5", "6)"], ["+-5", "--6"], ["True", "False"], ["yes", "no"],
])
def test_what_has_no_form_of_numbers_stays_text(written, cells):
    table = read_csv(written({"v": cells}))
    assert table.columns[0].kind == "text" and list(table.columns[0]) == cells


def test_a_comma_before_three_digits_is_read_by_the_file_and_said(written):
    alone = read_csv(written({"v": ["1,234", "2,500"]}))
    assert list(alone.columns[0]) == [1234.0, 2500.0]
    assert "since ',' separates thousands; decimal=',' (--decimal ,) reads it otherwise" in alone.notes[0]
    assert list(read_csv(written({"v": ["1,234", "2,500"]}), decimal=",").columns[0]) == [1.234, 2.5]
    beside = read_csv(written({"v": ["1,234", "2,500"], "w": ["0,5", "1,25"]}))
    assert list(beside.columns[0]) == [1.234, 2.5] and len(beside.notes) == 2
    german = read_csv(written({"v": ["1,234", "2,500"], "w": ["a", "b"]}, ";"))
    assert list(german.columns[0]) == [1.234, 2.5] and "since ',' is the decimal sign" in german.notes[0]
    points = read_csv(written({"v": ["1.234", "2.500"], "w": ["0,5", "1,25"]}, ";"))
    assert list(points.columns[0]) == [1234.0, 2500.0] and "since '.' separates thousands" in points.notes[0]
    assert list(read_csv(written({"v": ["1.234", "2.500"]}, ";")).columns[0]) == [1.234, 2.5]  # as pandas does
    assert list(read_csv(written({"v": ["0,123", "1,500"]})).columns[0]) == [0.123, 1.5]  # no thousand begins with 0


def test_codes_keep_their_zeros(written):
    table = read_csv(written({"zip": ["01067", "10115"], "n": ["010", "9"], "id": ["007", "NA"]}))
    assert list(table.column("zip")) == ["01067", "10115"] and list(table.column("n")) == [10.0, 9.0]
    assert table.notes[:2] == ["columns 'zip', 'id': read as text: as a number '01067' would lose its zeros",
                               "column 'n': read as numbers, '010' too; text=[...] (--text) keeps codes"]


def test_numbers_that_a_double_does_not_hold_are_said(written):
    table = read_csv(written({"v": ["1"] * 30 + ["1e999", "inf", "12345678901234567"]}))
    assert same(list(table.columns[0])[29:], [1.0, None, None, 12345678901234568.0])
    assert table.notes == ["column 'v': 1 cell of 'inf' is a missing value",
                           "column 'v': 1 cell such as '1e999', among numbers, is a missing value",
                           "column 'v': whole numbers such as 12345678901234567 are rounded to 53 bits"]


# dates ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("cells, pattern, days", [
    (["2020-01-31", "2020-02-01"], "%Y-%m-%d", 18292), (["31/01/2020", "01/02/2020"], "%d/%m/%Y", 18292),
    (["01/31/2020", "02/01/2020"], "%m/%d/%Y", 18292), (["31.01.2020", "1.2.2020"], "%d/%m/%Y", 18292),
    (["01.02.2020", "02.02.2020"], "%d/%m/%Y", 18293), (["31-Jan-2020", "1-Feb-2020"], "%d %b %Y", 18292),
    (["January 31, 2020", "Feb 1, 2020"], "%b %d %Y", 18292), (["2020-01", "2020-02"], "%Y-%m", 18262),
    (["1/31/20", "2/1/20"], "%m/%d/%y", 18292), (["31.01.20", "01.02.20"], "%d/%m/%y", 18292),
    (["99-12-31", "00-01-01"], "%y-%m-%d", 10956),
])
def test_dates_become_seconds(written, cells, pattern, days):
    table = read_csv(written({"when": cells}))
    assert (table.columns[0].kind, table.columns[0].form) == ("date", ["date", pattern])
    assert table.columns[0][0] == days * DAY
    assert (f"'{cells[0]}' is " in table.notes[0]) == (cells[0] != "2020-01-31")  # which says nothing


@pytest.mark.parametrize("cells", [
    ["01/02/2020", "03/04/2020"], ["3.8.10", "3.10.12"], ["13-05-11", "13-06-30"], ["31/01/2020", "01/31/2020"] * 30,
    ["31/01/2020"] * 30 + ["01/31/2020"],
])
def test_what_does_not_say_whether_the_day_comes_first_stays_text(written, cells):
    table = read_csv(written({"when": cells}))
    assert table.columns[0].kind == "text" and "nothing says whether day or month comes first" in table.notes[0]


def test_eight_digits_are_dates_if_the_name_says_so(written):
    table = read_csv(written({"order date": ["20200131", "20200201"], "n": ["20200131", "20200201"]}))
    assert [column.kind for column in table.columns] == ["date", "number"]


# what later rows say -------------------------------------------------------------------------------

def test_later_rows_revise_what_the_first_suggest(written):
    many = 1500
    columns = {
        "empty first": [""] * many + ["t", "f"] * 50, "empty, then numbers": ["", "NA", "-"] * 500 + ["1.5", "2"] * 50,
        "thousands": ["123"] * many + ["1,234"] + ["5"] * 99, "letters": ["12"] * many + ["a"] * 100,
        "few letters": ["12"] * many + ["a", "b"] + ["5"] * 98, "text first": ["x"] * 50 + ["7"] * (many + 50),
        "day late": ["01/02/2020"] * many + ["31/02/2020", "13/02/2020"] * 50, "both": ["31/01/2020"] * many
        + ["01/31/2020"] + ["01/01/2020"] * 99}
    columns["day late"][many] = "13/02/2020"
    columns["day late"] = [cell.replace("31/02", "13/02") for cell in columns["day late"]]
    table = read_csv(written(columns))
    assert [column.kind for column in table.columns] == [
        "text", "number", "number", "text", "number", "number", "date", "text"]
    assert list(table.column("empty first"))[-2:] == ["t", "f"]
    assert table.column("thousands")[many] == 1234.0 and table.column("letters")[many] == "a"
    assert table.column("few letters").odd == 2 and table.column("few letters").first_odd == "a"
    assert table.column("day late")[0] == 18293 * DAY
    notes = "\n".join(table.notes)
    assert "column 'empty, then numbers': 1000 cells of '-' or 'NA' are missing values" in notes
    assert "column 'few letters': 2 cells such as 'a', among numbers, are missing values" in notes
    assert "column 'text first': 50 cells such as 'x', among numbers, are missing values" in notes
    assert "column 'letters': read as text: 100 of 1600 filled cells, such as 'a', are no numbers" in notes


@pytest.mark.parametrize("odd, kind", [(5, "number"), (6, "text")])
@pytest.mark.parametrize("place", [0, 1400])
def test_at_most_one_cell_in_twenty_is_odd(written, odd, kind, place):
    cells = [str(k) for k in range(1500)]
    for k in range(odd * 15):
        cells[(place + k) % 1500] = "odd"
    column = read_csv(written({"v": cells})).columns[0]
    assert column.kind == kind and column.odd == (75 if kind == "number" else 0)


def test_targets_that_stay_texts_can_become_numbers(written):
    cells = ["$1,200", "$950", "?", "$1,000"] * 20
    column = read_csv(written({"y": cells}), undecided=["y"]).columns[0]
    assert column.kind == "text" and column.labels == ["$1,200", "$950", "$1,000"] and column.codes[2] == -1
    numbers = column.as_numbers()
    assert same(list(numbers)[:4], [1200.0, 950.0, None, 1000.0]) and numbers.form == ["number", ".", ",", "$", ""]
    assert Column("y", None, [0, 1], ["a", "b"]).as_numbers() is None and numbers.as_numbers() is numbers


# the same form again -------------------------------------------------------------------------------

def test_cells_of_another_form_are_counted_in_prediction(written):
    path = written({"n": ["1", "2,5", "NA", "x"], "d": ["2020-01-31", "31/01/2020", "", "x"],
                    "t": ["a", "NA", "", "b"]})
    forms = [("d", ["date", "%Y-%m-%d"]), ("n", ["number", ",", "", "", ""]), ("t", ["text"])]
    part, = read_csv_in_parts(path, forms, delimiter=",")
    assert [(column.name, column.odd, column.first_odd) for column in part.columns] == [
        ("d", 2, "31/01/2020"), ("n", 1, "x"), ("t", 0, "")]
    assert same(list(part.column("n")), [1.0, 2.5, None, None]) and list(part.column("t")) == ["a", "", "", "b"]
    with pytest.raises(ValueError, match=r"row 2 \(line 3\), column 'd' is '31/01/2020', not a date like the others"):
        list(read_csv_in_parts(path, forms, delimiter=",", missing="refuse"))


CELLS = st.one_of(*[st.lists(one, min_size=40, max_size=40) for one in (
    st.integers(-10 ** 6, 10 ** 6).map(str), st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["a", "b", "NA", "x y"]), st.sampled_from(["1", "2", "NA", "?", ""]),
    st.integers(0, 10 ** 9).map("{:,}".format), st.integers(0, 10 ** 5).map("${:,}.50".format),
    st.floats(-100, 100).map(lambda x: f"{x:.2f}".replace(".", ",")), st.integers(0, 99).map("{} %".format),
    st.dates().map(str), st.dates().map(lambda day: f"{day.day:02d}/{day.month:02d}/{day.year:04d}"),
    st.datetimes().map(lambda one: one.isoformat()), st.times().map(lambda one: one.isoformat("minutes")),
    st.text(alphabet="0123456789.,-+ $%/:eT", max_size=8), st.text(alphabet="01234567.,", min_size=1, max_size=5),
)])


@settings(deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=4), st.sampled_from(",;\t"))
def test_the_recorded_forms_give_the_same_cells(written, lists, delimiter):
    path = written({f"c{k}": cells for k, cells in enumerate(lists)} | {"last": ["x"] * 40}, delimiter)
    table = read_csv(path, delimiter=delimiter)
    forms = json.loads(json.dumps([[column.name, column.form] for column in table.columns]))
    parts = list(read_csv_in_parts(path, forms, delimiter=delimiter))
    for one in (parts[0], read_csv(path, delimiter=delimiter, forms=dict(forms))):
        for column, again in zip(table.columns, one.columns):
            assert list(map(repr, column)) == list(map(repr, again))
            assert (column.kind, column.odd, column.first_odd) == (again.kind, again.odd, again.first_odd)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([",", ".", " ", "'"]))
def test_a_number_written_with_separators_is_the_same_number(number, thousands):
    decimal = "," if thousands == "." else "."
    text = f"{number:,.6f}".translate({44: thousands, 46: decimal})
    assert number_parser(["number", decimal, thousands, "", ""])(text) == float(f"{number:.6f}")


# pandas --------------------------------------------------------------------------------------------

@pytest.mark.once
@settings(deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_what_pandas_reads_otherwise_has_a_note(written, lists):
    pandas = pytest.importorskip("pandas")
    path = written({f"c{k}": cells for k, cells in enumerate(lists)} | {"last": ["x"] * 40})
    table = read_csv(path, delimiter=",")
    frame = pandas.read_csv(path, skipinitialspace=True).convert_dtypes()
    for column in table.columns:
        theirs = frame[column.name]
        number = str(theirs.dtype).startswith(("Int", "Float", "UInt", "int", "float", "uint"))
        alike = (column.kind == "number") == number or theirs.isna().all()
        for ours, other in zip(column, theirs):
            empty = other is pandas.NA or other != other
            alike = alike and (ours in ("",) or ours != ours if empty else ours == other or str(other).strip() == ours)
        # read alone, for a sentence on many columns does not name them all
        assert alike or f"'{column.name}'" in " ".join(read_csv(path, delimiter=",", only=[column.name]).notes)
