"""CSV files as people have them: what is read, and what is refused with row, column and cure."""
import gzip
import math
import struct
import time

import pytest

from purenet import Network
from purenet.data import read_csv, read_idx
from purenet.data.csv_forms import plain_number
from purenet.data.csv_reader import read_csv_in_parts
from purenet.layers.dense import Dense


def packed(data):
    """The same bytes at any time: some are part of a test's name, and two workers must find the same names."""
    return gzip.compress(data, mtime=0)


def cells(table):
    return [list(column) for column in [[column[i] for i in range(table.rows)] for column in table.columns]]


PLAIN = "a,b,c\n1,x,2.5\n-3e2,y,.5\n"
SAME = [
    PLAIN, PLAIN.replace("\n", "\r\n"), PLAIN.replace("\n", "\r"), PLAIN.rstrip("\n"), "\ufeff" + PLAIN,
    PLAIN.replace(",", ";"), PLAIN.replace(",", "\t"), PLAIN.replace(",", "|"), PLAIN.replace(",", " , "),
    PLAIN.replace(",", ", "), '"a","b","c"\n"1","x","2.5"\n"-3e2","y",".5"\n', "sep=;\n" + PLAIN.replace(",", ";"),
    "\n\n" + PLAIN.replace("\n", "\n\n"), PLAIN.encode("utf-16"), packed(PLAIN.encode()),
    PLAIN.replace("1,", "+1,").replace("-3e2", "-0300.0"), PLAIN.replace("\n", ",\n"),
]


@pytest.mark.parametrize("content", SAME, ids=range(len(SAME)))
def test_one_table_in_many_forms(written, content):
    table = read_csv(written(content))
    assert table.names == ["a", "b", "c"] and table.rows == 2
    assert cells(table) == [[1.0, -300.0], ["x", "y"], [2.5, 0.5]]
    assert [column.kind for column in table.columns] == ["number", "text", "number"]


def test_quoted_cells_keep_line_breaks_delimiters_and_quotes(written):
    table = read_csv(written('name,"two\nlines"\n"a\nb, ""c""",1\n"a\r\nd",2\n'))
    assert table.names == ["name", "two\nlines"]
    assert cells(table) == [['a\nb, "c"', "a\r\nd"], [1.0, 2.0]]
    with pytest.raises(ValueError, match=r"row 3 \(line 9\), column 'v' is 'x'"):
        read_csv(written('k,v\n"\n\n",1\n"\n\n\n",2\nz,x\n'), strict=True)


def test_labels_keep_their_text(written):
    path = written("id,y\n007,01\n7,1\n1e0,1.0\n")
    assert cells(read_csv(path, text=["id"], undecided=["y"])) == [["007", "7", "1e0"], ["01", "1", "1.0"]]
    assert cells(read_csv(path)) == [[7.0, 7.0, 1.0], [1.0, 1.0, 1.0]]


def test_an_undecided_column_becomes_numbers_when_it_has_too_many_labels(written):
    many = "y\n" + "\n".join(f"{k}.5" for k in range(5000))
    column = read_csv(written(many), undecided=["y"]).column("y")
    assert column.kind == "number" and column.values.tolist() == [k + 0.5 for k in range(5000)]
    with pytest.raises(ValueError, match=r"row 5001 \(line 5002\), column 'y' is 'x'"):
        read_csv(written(many + "\nx"), undecided=["y"], strict=True)
    assert read_csv(written("y\nx\n" + many[2:]), undecided=["y"]).column("y").kind == "number"
    assert read_csv(written("y\nx\n" + many[2:]), undecided=["y"], strict=True).column("y").kind == "text"


def test_files_without_names_and_with_decimal_commas(written):
    table = read_csv(written("1,5;a\n2,5;b\n"), header=False, decimal=",")
    assert table.names == ["1", "2"] and cells(table) == [[1.5, 2.5], ["a", "b"]]
    assert read_csv(written("0,1\n5,6\n")).names == ["0", "1"]  # numbered columns


def test_columns_can_be_left_out(written):
    table = read_csv(written(",a,b\n0,1,nan\n1,2,\n"), ignore=["b"])
    assert table.names == ["a"] and table.notes == [
        "the first column has no name and names or counts the rows: it is left out"]
    assert read_csv(written("b,a\nnan,1\n"), only=["a"]).names == ["a"]


def test_empty_cells_can_be_kept_or_dropped(written):
    path = written("a,b\n1,x\n ,y\n3,\n4,z\n")
    kept = read_csv(path, missing="keep")
    assert math.isnan(kept.column("a").values[1]) and list(kept.column("b").codes) == [0, 1, -1, 2]
    dropped = read_csv(path, missing="drop")
    assert cells(dropped) == [[1.0, 4.0], ["x", "z"]] and dropped.dropped == 2
    assert read_csv(path, missing="drop", ignore=["b"]).rows == 3


ODD = ["1_000", "nan", "NaN", "-inf", "Infinity", "1e999", "-1e400", "9" * 400, "١٢", "1\n", "1\x1c", "0x10", "1,5",
       "--1", "1e", "abc", "NA", "1 2", "1\0"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("row", [0, 3, 2500])
def test_what_is_no_number_is_refused_with_its_place(tmp_path, odd, row):
    path = tmp_path / "data.csv"
    rows = [["1.5", "x"] for _ in range(3000)]
    rows[row][0] = odd
    quoted = ['"' + one.replace('"', '""') + f'",{other}\n' for one, other in rows]  # csv of 3.10 writes no NUL
    path.write_bytes(("age,b\n" + "".join(quoted)).encode())
    with pytest.raises(ValueError) as error:
        read_csv(str(path), strict=True)
    line = row + 2 + odd.count("\n")
    assert f"data.csv, row {row + 1} (line {line}), column 'age' is " in str(error.value) or odd == "1\0"
    cures = ("--text age", "--missing", "correct the cell", "NUL", "--decimal")
    assert [cure for cure in cures if cure in str(error.value)]
    assert plain_number(odd) is None and len(str(error.value)) < 400


@pytest.mark.parametrize("text", ["1", "-0.0", "+5", ".5", "5.", "1e5", "1E-5", " 7\t", "1e-400", "0" * 400])
def test_what_people_write_is_a_number(text):
    assert plain_number(text) == float(text)


BAD = [
    ("", "is empty"), ("\n\n", "is empty"), ("a,b\n", "has no rows"),
    ("a,b\n1,2\n1,2,3\n4,5\n", "row 2 (line 3) has 3 cells, the table has 2 columns"),
    ("a,b\n1,\n", "row 1 (line 2), column 'b' is empty; fill it in, or choose --missing impute or --missing drop"),
    ("a,b\n1, \t\n", "column 'b' is empty"), ('a,b\n1,"x\n', "line 2: a quote opens a cell and is not closed"),
    ("a,b\n1,x\0y\n", "row 1 (line 2), column 'b'"), (packed(PLAIN.encode())[:-9], "end-of-stream"),
    ("a,b\n1," + "x" * 5_000_000, "line 2: a row has more than 4,000,000 char"),
]


@pytest.mark.parametrize("content, words", BAD, ids=range(len(BAD)))
def test_what_is_no_table_is_refused_in_words(written, content, words):
    with pytest.raises(ValueError) as error:
        read_csv(written(content), missing="refuse", strict=True)
    assert words in str(error.value) or "NUL" in str(error.value) and "\0" in content


@pytest.mark.parametrize("options, words", [
    ({"delimiter": "x"}, "delimiter"), ({"decimal": ";"}, "decimal"), ({"encoding": "klingon"}, "not known"),
    ({"missing": "?"}, "missing"), ({"text": ["z"]}, "has no column 'z'; it has 'a', 'b', 'c'"),
])
def test_wrong_options_are_refused(written, options, words):
    with pytest.raises(ValueError) as error:
        read_csv(written(PLAIN), **options)
    assert words in str(error.value)


def test_numbers_lie_as_fit_takes_them(written):
    table = read_csv(written("a,b,y\n" + "".join(f"{k},{k * k},{k % 3}\n" for k in range(3000))))
    matrix = table.matrix(["b", "a"])
    assert matrix.shape == (3000, 2) and matrix[7, 0] == 49.0 and matrix[7, 1] == 7.0
    assert table.columns[0].values.itemsize == 8
    Network(2, [Dense(1)]).fit([[value / 1e7 for value in row] for row in matrix.tolist()], table.column("y").values)
    with pytest.raises(ValueError, match="no column 'z'"):
        table.column("z")


def test_a_file_can_be_read_in_parts(written):
    path = written("t,n\n" + "".join(f"t{k},{k}\n" for k in range(3000)))
    parts = list(read_csv_in_parts(path, [("n", ["number", ".", "", "", ""]), ("t", ["text"])]))
    assert len(parts) > 3 and max(len(part.column("t").labels) for part in parts) <= 1000
    assert [value for part in parts for value in part.column("n").values] == [float(k) for k in range(3000)]
    with pytest.raises(ValueError, match="has no column 'x', 'y'; it has 't', 'n'"):
        next(read_csv_in_parts(path, [("x", ["text"]), ("n", ["text"]), ("y", ["text"])]))


# IDX -----------------------------------------------------------------------------------------------

IMAGES = struct.pack(">HBBIII", 0, 8, 3, 2, 2, 3) + bytes(range(12))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_idx_files_are_read(written, pack):
    shape, values = read_idx(written(pack(IMAGES)))
    assert shape == (2, 2, 3) and values.typecode == "B" and list(values) == list(range(12))
    for kind, letter, numbers in ((0x0B, "h", [-2, 300]), (0x0C, "i", [-2, 70000]), (0x0E, "d", [0.1, -0.0])):
        shape, values = read_idx(written(pack(struct.pack(f">HBBI2{letter}", 0, kind, 1, 2, *numbers))))
        assert shape == (2,) and list(values) == numbers


@pytest.mark.parametrize("content, words", [
    (b"", "nothing"), (b"\0\0\x07\x01" + bytes(8), "is not an IDX file"),
    (b"\0\1\x08\x01" + bytes(8), "is not an IDX file"), (b"\0\0\x08\0", "is not an IDX file"),
    (IMAGES[:9], "inside its header"), (IMAGES[:-1], "ends after 11 of 12 bytes"),
    (IMAGES + b"\0", "continues"), (struct.pack(">HBBII", 0, 14, 2, 0xFFFFFFFF, 0xFFFFFFFF), "ends after 0 of"),
    (packed(IMAGES)[:-5], "damaged gzip"), (packed(IMAGES)[:-8] + bytes(8), "damaged gzip"),
    (b"\x1f\x8b\x08" + bytes(30), "damaged gzip"),
])
def test_idx_files_that_are_none_are_refused(written, content, words):
    with pytest.raises(ValueError) as error:
        read_idx(written(content))
    assert words in str(error.value)


def test_a_lone_quote_among_the_names_swallows_no_rows(written):
    table = read_csv(written('name "x,kind\n' + "1,a\n" * 3000))
    assert table.names == ['name "x', "kind"] and table.rows == 3000
    table = read_csv(written('a; "b,kind\n' + "1,x\n" * 3000))  # a quote that would not end, were it ;
    assert table.names == ['a; "b', "kind"] and table.rows == 3000
    with pytest.raises(ValueError, match="line 1: a quote opens a cell and is not closed"):
        read_csv(written('"a,b\n' + "1,2\n" * 3000))


@pytest.mark.parametrize("header", [True, False])
def test_rows_and_lines_are_counted_behind_a_first_record_of_many_lines(written, header):
    path = written('\n\nsep=,\n\n"a\n\nb",k\n1,2\n\n3,4,5\n1,2\n')
    with pytest.raises(ValueError, match=rf"row {2 if header else 3} \(line 10\) has 3 cells"):
        read_csv(path, header=header)


def test_twenty_thousand_columns_are_read(written):
    names = [f"column {k}" for k in range(20000)]
    path = written("\n".join([",".join(names), ",".join(["1.5"] * 20000), ",".join(["2"] * 20000)]))
    begun = time.process_time()
    table = read_csv(path, only=names)
    assert table.names == names and len(table.matrix(names)[1:]) == 1
    assert time.process_time() - begun < 5  # looking up every name among all of them would take minutes


@pytest.mark.parametrize("encoding", ["utf-8", "utf_8", "U8", "cp1252", "latin-1"])
def test_a_byte_order_mark_says_the_encoding(written, encoding):
    table = read_csv(written("\ufeffä,b\n1,ü\n"), encoding=encoding)
    assert table.names == ["ä", "b"] and table.column("b")[0] == "ü"


@pytest.mark.parametrize("decimal, cell", [(",", "192.168.0.1"), (".", "1.2.2024.5"), (".", "1,2,3"), (",", "1.2.3")])
def test_other_texts_with_points_and_commas_stay_texts(written, decimal, cell):
    assert read_csv(written(f"a;b\n{cell};x\n{cell};y\n"), decimal=decimal).column("a").labels == [cell]


def test_one_row_is_no_rows(written):
    assert repr(read_csv(written("a\n1\n"))) == "<Table: 1 row of 'a'>"
