"""CsvFile: bytes become names and rows by what they hold. pandas and the module csv are the oracles."""
import bz2
import csv
import gzip
import io
import lzma
import os
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purenet.data.csv_file import CsvFile
from purenet.data.csv_rows import SPACES, RecordError, split_block


def read(path, **given_options):  # names, rows and notes
    with CsvFile(path, **given_options) as file:
        rows = [[cell.strip(" \t") for cell in row] for chunk in file.chunks() for row in zip(*chunk.columns)]
        return file.names, rows, file.notes


def zipped(data, *names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, data)
    return buffer.getvalue()


TEXT = "a;b\n1,5;x\n2,5;y z\n"
ROWS = [["1,5", "x"], ["2,5", "y z"]]
PACKED = {"plain": bytes, "gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress,
          "zip": lambda data: zipped(data, "folder/", "folder/x.csv", "__MACOSX/folder/._x.csv")}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]


@pytest.mark.parametrize("pack", PACKED)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_compression_and_encoding_are_found(written, pack, encoding):
    text = "name;größe\n" + "Zoë;1,5\n" * 300
    names, rows, notes = read(written(PACKED[pack](text.encode(encoding))))
    assert names == ["name", "größe"] and rows == [["Zoë", "1,5"]] * 300
    assert notes == (["the text is not UTF-8 and is read as cp1252: line 1 has 'größe'; --encoding (encoding=) names "
                      "another"] if encoding in ("cp1252", "latin-1") else [])


@pytest.mark.parametrize("kind", ["gzip", "bz2", "xz", "zip"])
@pytest.mark.parametrize("damage", [lambda data: data[:-12], lambda data: data[:30] + b"?" + data[31:],
                                    lambda data: data[:len(data) // 2]], ids=["end", "middle", "half"])
def test_damaged_compression_is_refused_with_place_and_cure(written, kind, damage):
    data = "".join([f"{k},{k * k % 977}\n" for k in range(3000)]).encode()
    packed = zipped(data, "x") if kind == "zip" else PACKED[kind](data)
    with pytest.raises(ValueError, match=r"data.csv(, after line \d+)?: the compressed data is damaged or incomplete"):
        read(written(damage(packed)))


@pytest.mark.parametrize("content, words", [
    (zipped(b"a\n", "x.csv", "y.csv"), "is a zip archive of 2 files: 'x.csv', 'y.csv'; unpack the one to read"),
    (zipped(b""), "is a zip archive of no file"),
    (zipped(b"", "[Content_Types].xml", "xl/workbook.xml"), "is a workbook of Excel"),
    (b"\xd0\xcf\x11\xe0" + bytes(600), "is an old Excel workbook, not a CSV file"),
    (b"PAR1" + bytes(600), "is a Parquet file"), (b"\n <!DOCTYPE html><html>", "is a web page"),
    (b'[{"a": 1}]', "is JSON"), (gzip.compress(b"x" * 257 + b"ustar"), "is a tar archive"),
    (b"a,b\n" + b"1,2\n" * 2000 + b"1,\0\n", "line 2002 has a zero byte"),
], ids=range(9))
def test_other_files_are_refused_in_words(written, content, words):
    with pytest.raises(ValueError) as error:
        read(written(content))
    assert words in str(error.value)


def test_standard_input_is_read_and_read_again(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(TEXT.encode()))))
    with CsvFile("-") as file:
        first = [chunk.columns for chunk in file.chunks()]
        file.rewind()
        assert [chunk.columns for chunk in file.chunks()] == first == [list(zip(*ROWS))]
        assert file.path == "standard input"
    monkeypatch.setattr(sys, "stdin", io.StringIO(TEXT))
    assert read("-")[1] == ROWS


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_read(tmp_path):
    import threading

    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    thread = threading.Thread(target=(tmp_path / "pipe").write_text, args=(TEXT,))
    thread.start()
    assert read(path)[1] == ROWS
    thread.join()


@pytest.mark.parametrize("many", [1, 2500])
def test_rewind_starts_from_the_first_row_and_repeats_no_note(written, many):
    path = written("# c\na,b,c\n" + "1,2\n3,4,5\n" * many + "Total\n")
    with CsvFile(path) as file:
        first = [(chunk.columns, list(chunk.lines), chunk.place_in(0)(0)) for chunk in file.chunks()]
        notes = list(file.notes)
        file.rewind()
        next(file.chunks())
        file.rewind()
        assert [(chunk.columns, list(chunk.lines), chunk.place_in(0)(0)) for chunk in file.chunks()] == first
        assert file.notes == notes and len(notes) == 2


def test_an_encoding_that_is_given_rules(written):
    path = written("a,b\nя,1\n".encode("cp1251"))
    assert read(path, encoding="cp1251")[1] == [["я", "1"]]
    with pytest.raises(ValueError, match="line 2: not text in utf-8; save it as UTF-8, or give its encoding"):
        read(path, encoding="utf-8")
    assert read(written(b"a,b\n\x81\xe9,1\n"))[2][0].startswith("the text is not UTF-8 and is read as latin-1: line 2")


def test_what_is_not_utf8_far_behind_is_found_before_the_first_row(written):
    content = b"a,b\n" + b"x,1\n" * 50000 + "Å,1\n".encode("latin-1")
    with CsvFile(written(content)) as file:
        assert "line 50002 has 'Å'" in file.notes[0] and file.encoding == "cp1252"


# delimiters ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("text, delimiter, names", [
    ("Length, mm;Width, mm\n1,5;2,5\n3,5;4,5\n", ";", ["Length, mm", "Width, mm"]),
    ("SKU (empty, if new);Name (at most, required);Price (EUR, with tax)\n1;n;2.5\n2;m;3.5\n", ";", None),
    ("name,path\n1,a;b\n2,c;d\n", ",", ["name", "path"]), ("id;text\n1;hello, world\n2;so, so\n", ";", ["id", "text"]),
    ("city\tpopulation\nParis, France\t2,148\nRome, Italy\t2,8\n", "\t", ["city", "population"]),
    ("full name,age\nJohn Smith,5\nAnn Lee,6\n", ",", ["full name", "age"]), ("a|b\n1,5|2\n3,5|4\n", "|", ["a", "b"]),
    ("a  b   c\n1 2\t 3\n 4   5 6\n", " ", ["a", "b", "c"]), ("x y\n1,5 2,5\n3,5 4,5\n", " ", ["x", "y"]),
    ("  id  years of school   x\n   1   12-15 years     5.1\n  11    < 12 years    15.1\n  13   12-15 years    -\n",
     "  ", ["id", "years of school", "x"]), ('a b  c\n"x  ""y"""  1\n"z z"   2\n', "  ", ["a b", "c"]),
    ("x;y\n1 234;5 678\n2 345;6 789\n", ";", ["x", "y"]), ("sep=\t\na\tb\n1\t2\n", "\t", ["a", "b"]),
    ('"sep=;"\na,b;c\n1,2;3\n', ";", ["a,b", "c"]), ("sep=\\t\na\tb\n1\t2\n", "\t", ["a", "b"]),
    ("first name\tlast name\nJohn A\tSmith\nAnn\tLee\n", "\t", ["first name", "last name"]),
    ("when,x\n2020-01-01 10:00,1\n2020-01-02 11:00,2\n", ",", ["when", "x"]), ("x\n1\n2\n", ",", ["x"]),
    ('a,b\n"1;2;3",4\n"5;6;7",8\n', ",", ["a", "b"]), ("39, State-gov, 77\n50, Private, 83\n", ",", ["1", "2", "3"]),
])
def test_the_rows_bear_out_the_delimiter(written, text, delimiter, names):
    with CsvFile(written(text)) as file:
        assert file.delimiter == delimiter and names in (file.names, None)
        assert {len(chunk.columns) for chunk in file.chunks()} == {len(file.names)}


# names ---------------------------------------------------------------------------------------------

NO_HEADER = [
    "5.1,3.5,setosa\n4.9,3.0,setosa\n", "1,2\n3,4\n5,9\n", "1,2,3\n4,5,6\n", "p,x,s\ne,x,s\np,b,y\n", "1\n2\n",
    "?,3,a\n2,4,b\n3,5,a\n", "CN000,01,36\nCN001,02,47\n", "2020-01-01,a\n2020-01-02,b\n", "$5.00,x\n$6.00,y\n",
    "1,2\n", "2001,2002\n2003,2004\n2005,2007\n", "1,2,3,4\n2,3,4,5\n9,7,1,2\n",
]
HEADER = [
    "a,b\n1,2\n", "a,b\nx,y\n", "2000,2001,2002\n1,5,7\n2,3,9\n", "1990,1995,2000\n1,5,b\n", "0,1\n5,6\n", "a,b\n",
    "country,2000,2001\nFrance,1,2\nItaly,3,4\n", "Before,1 week,2 week\n4.3,5.1,6\n3,4,5\n",
    "age,sex\n?,m\nNA,f\n3,m\n",
    "when,x\n2020-01-01,a\n2020-01-02,b\n", "kind\nlow\ntall\nlow\n", ",b\n1,2\n2,3\n", "x1,x2\n1,2\n", "a,a\n1,2\n",
]


@pytest.mark.parametrize("text, header", [(text, False) for text in NO_HEADER] + [(text, True) for text in HEADER])
def test_a_header_is_told_from_a_row(written, text, header):
    path = written(text)
    lines = text.splitlines()
    with CsvFile(path) as file:
        assert file.header is header and sum([len(chunk.lines) for chunk in file.chunks()]) == len(lines) - header
        assert header == (not [note for note in file.notes if "looks like a row" in note])
    names, rows, notes = read(path, header=not header)
    assert len(rows) == len(lines) - (not header) and not [note for note in notes if "looks like a row" in note]
    assert header is False or names == [str(j + 1) for j in range(len(names))]


@pytest.mark.once
@given(st.lists(st.sampled_from(["a", "b", "a.1", "a.2"]), min_size=1, max_size=6))
@settings(deadline=None)
def test_names_that_occur_twice_are_called_as_by_pandas(tmp_path_factory, names):
    pandas = pytest.importorskip("pandas")
    path = tmp_path_factory.mktemp("names") / "names.csv"
    path.write_text(",".join(names) + "\n" + ",".join(["1"] * len(names)) + "\n")
    found, _, notes = read(str(path), header=True)
    assert found == list(pandas.read_csv(path).columns)
    assert len(notes) == (len(set(names)) < len(names))


@pytest.mark.parametrize("text, names, rows, note", [
    (",b\nr1,2\nr2,3\n", ["", "b"], [["r1", "2"], ["r2", "3"]], "the first column has no name and names or counts"),
    ("b c\n\"r 1\" 2 3\n\"r 2\" 3 4\n", ["", "b", "c"], [["r 1", "2", "3"], ["r 2", "3", "4"]], "names or counts"),
    ("a,,c\n1,2,3\n1,2,3\n", ["a", "", "c"], [["1", "2", "3"]] * 2, "column 2 has no name and is left out"),
    ("a,,\n1,2,3\n", ["a", "", ""], [["1", "2", "3"]],
     "2 columns have no name and are left out, the first is column 2"),
    ("a,b,\n1,2,\n3,4,\n", ["a", "b", ""], [["1", "2", ""], ["3", "4", ""]], "column 3 has no name"),
    ("a,b\n1,2,\n1,4,\n", ["a", "b", ""], [["1", "2", ""], ["1", "4", ""]], "column 3 has no name"),
    ("a,b,\n1,2\n3,4\n", ["a", "b"], [["1", "2"], ["3", "4"]], None),
    ("'a b','c'\n1,2\n", ["a b", "c"], [["1", "2"]], "the single quotes around the names are left out"),
    ("a,b,c\nkm,kg,text\n1,2,x\n3,4,y\n", ["a", "b", "c"], [["1", "2", "x"], ["3", "4", "y"]],
     "the line below the names ('km', 'kg', 'text', ...) has texts in columns of numbers and is left out"),
    ("a,b\np,x\nq,3\nr,4\n", ["a", "b"], [["p", "x"], ["q", "3"], ["r", "4"]], None),
    ("a,b\nx,2\n1,3\n2,4\n", ["a", "b"], [["x", "2"], ["1", "3"], ["2", "4"]], None),
    ("a\tb\tc\nc\tx y\tstring\n\tclass\n1\tx\tp\n2\ty\tq\n", ["a", "b", "c"], [["1", "x", "p"], ["2", "y", "q"]],
     "the second and third line have the columns' types (Orange) and are left out"),
    ("a\tb\nd\ts\nclass\tmeta type=image\n1\tx\n2\ty\n", ["a", "b"], [["1", "x"], ["2", "y"]], "(Orange)"),
    ("a\tb\td\nc\t\td\n\t\t\n1\tx\tp\n", ["a", "b", "d"], [["1", "x", "p"]], "(Orange) and are left out"),
    (",1.5,4\nr1,2,3\nr2,3,9\n", ["", "1.5", "4"], [["r1", "2", "3"], ["r2", "3", "9"]], "names or counts the rows"),
    ("% c\n@relation r\n@attribute 'x y' real\n@attribute k {a,b}\n@data\n3,a\n4,b\n", ["x y", "k"],
     [["3", "a"], ["4", "b"]], "the names of the columns are those of the lines @attribute (ARFF)"),
    ("# t=5\n# a b\n1 2\n4 5\n", ["a", "b"], [["1", "2"], ["4", "5"]], "are those of a comment line, without its #"),
])
def test_names_as_people_write_them(written, text, names, rows, note):
    found = read(written(text))
    assert found[:2] == (names, rows)
    assert note is None and not found[2] or [one for one in found[2] if note and note in one]


def test_names_that_do_not_fit_are_refused_with_the_cure(written):
    with pytest.raises(ValueError, match="data.csv: the first line has 1 name, the rows have 2 cells; name every col"):
        read(written("x\n1,5\n2,5\n1,5\n"))
    with pytest.raises(ValueError, match="has 3 names, the rows have 2 cells; put names that hold spaces in quotes"):
        read(written("body mass age\n1 5\n2 5\n1 7\n"))


# rows ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("text, rows, note", [
    ("# c\n#d\na,b\n1,2\n#e\n#3,4\n", [["1", "2"]], "4 comment lines left out (first: line 1)"),
    ("a,b\n1,2\n# e\n3,4\n", [["1", "2"], ["3", "4"]], "1 comment line left out (first: line 3)"),
    ('# c\na,b\n"x\n# y",2\n', [["x\n# y", "2"]], "1 comment line left out (first: line 1)"),
    ("sep=;\n# c\na;b\n1;2\n", [["1", "2"]], "1 comment line left out (first: line 2)"),
    ("colour,n\n#f00,2\n#0f0,4\n", [["#f00", "2"], ["#0f0", "4"]], None),
    ("// c\na,b\n1,2\n", [["1", "2"]], "1 comment line left out (first: line 1)"),
    ("Report, 2020\n\nby us\na,b,c\n1,2,3\n4,5,6\n", [["1", "2", "3"], ["4", "5", "6"]],
     "2 lines before the table left out, the first is 'Report'"),
    ("a,b,c\n1,2\n3,4,5\n", [["1", "2", ""], ["3", "4", "5"]],
     "1 row with fewer cells than the table has columns: the rest is taken as empty (first: line 2)"),
    ("a,b\n1,2,,\n3,4\n", [["1", "2"], ["3", "4"]], "1 row with empty cells behind the last column"),
    ("a,b,c\n1,2,3\n\n4,5,6\n\nTotal,11\nSource: us\n", [["1", "2", "3"], ["4", "5", "6"]],
     "2 lines of another width at the end ('Total') left out (first: line 6)"),
    ("a,b,c\n1,2,3\n" + "x,5\n" * 11, [["1", "2", "3"]] + [["x", "5", ""]] * 11, "11 rows with fewer cells"),
    ("a,b,c\n1,2,3\n4,5\n", [["1", "2", "3"], ["4", "5", ""]], "1 row with fewer cells"),
    ('a,b\n"x"y,2\n"p" ,3\n', [["xy", "2"], ["p", "3"]],
     "1 row with text behind a closing quote, which is taken as part of the cell (first: line 2)"),
    ('a,b\n5" disk,2\n3"4",3\n', [['5" disk', "2"], ['3"4"', "3"]], None),
    ("a,b\n\n1,2\n  \n3,4\n\n", [["1", "2"], ["3", "4"]], None), ("a\n\n1\n \n2\n", [["1"], ["2"]], None),
    ("a,b\r1,2\r3,4\r", [["1", "2"], ["3", "4"]], None), ('a,b\n"1\r\n2",3\n', [["1\r\n2", "3"]], None),
])
def test_rows_as_people_write_them(written, text, rows, note):
    _, found, notes = read(written(text))
    assert found == rows
    assert note is None and not notes or [one for one in notes if note and note in one]


def test_rows_of_another_width_far_behind_are_counted(written):
    text = "a,b,c\n" + "1,2,3\n" * 3000 + "1,2\n" * 25 + "1,2,3\n" + "4,5\n"
    _, rows, notes = read(written(text))
    assert len(rows) == 3027 and rows[3000] == ["1", "2", ""]
    assert notes == [
        "26 rows with fewer cells than the table has columns: the rest is taken as empty (first: line 3002)"]
    with pytest.raises(ValueError, match=r"row 3001 \(line 3002\) has 4 cells, the table has 3 columns with the deli"):
        read(written("a,b,c\n" + "1,2,3\n" * 3000 + "1,2,3,4\n"))


@pytest.mark.parametrize("text, words", [
    ('a,b\n1,"x\n2,y\n' + "3,z\n" * 3000, "line 2: a quote opens a cell and is not closed; close it"),
    ("a,b\n" + "1,2\n" * 3000 + '3,"x\n', "line 3002: a quote opens"),
    ("a,b\n1,2\n1,2,3\n3,4\n", "(line 3) has 3 cells"),
])
def test_rows_that_cannot_be_read_are_refused_with_their_place(written, text, words):
    with pytest.raises(ValueError) as error:
        read(written(text))
    assert words in str(error.value)


def test_nothing_from_a_file_is_told_unescaped(written):
    odd = "\x1b[31mred\x1b[0m\u202e"
    contents = [f"{odd},{odd}\n1,2\n", f"{odd}\na,b,c\n1,2,3\n", f"a,b,c\n1,2,3\n{odd}\n", f"1,{odd}\n2,{odd}\n",
                f"{odd},b,c\n{odd},km,kg\n,1,2\n,3,4\n", odd.encode("utf-8")[:12] + b"\xe9,b\n1,2\n"]
    for content in contents:
        notes = read(written(content))[2]
        assert notes and all([note.isprintable() for note in notes])
    with pytest.raises(ValueError) as error:
        read(written(zipped(b"", odd, "b")))
    assert str(error.value).isprintable()


# the limits ----------------------------------------------------------------------------------------

def test_long_cells_are_read_and_the_limit_of_csv_is_left_alone(written):
    long, limit = "x" * 300000, csv.field_size_limit()
    for cell in (long, f'"{long}\n""{long}"""'):
        _, rows, notes = read(written(f"a,b\n1,{cell}\n2,y\n"))
        assert rows == [["1", cell if cell == long else f'{long}\n"{long}"'], ["2", "y"]] and not notes
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize("content, words", [
    ("a,b\n1," + "x" * 5_000_000, "line 2: a row has more than 4,000,000 characters, the most that is read"),
    ("x" * 5_000_000, "line 1: a row has more than 4,000,000 characters"),
    ('a,b\n1,"' + "xxxxxxxxx\n" * 600_000, "line 2: a row has more than 4,000,000 characters"),
    (",".join(["x"] * 100_001), "a row has more than 100,000 cells, the most that are read"),
])
@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode())], ids=["plain", "gzip"])
def test_rows_beyond_the_limit_are_refused(written, content, words, pack):
    with pytest.raises(ValueError) as error:
        read(written(pack(content)))
    assert words in str(error.value)


# oracles -------------------------------------------------------------------------------------------

CELLS = st.text(st.sampled_from("ab1.-,;|\t \"'#é€\n"), max_size=6).map(lambda cell: cell.strip(" \t"))
TABLES = st.integers(2, 5).flatmap(lambda width: st.lists(
    st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8))


@given(table=TABLES, delimiter=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n", "\r"]),
       encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"]),
       pack=st.sampled_from(sorted(PACKED)), quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
@settings(deadline=None, max_examples=100)
def test_what_csv_writes_comes_back_cell_for_cell(
        tmp_path_factory, table, delimiter, end, encoding, pack, quoting):
    names = [f"n{j}" for j in range(len(table[0]))]
    table = [["r", *row] for row in table]
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if end == "\r" else quoting  # csv leaves other line ends bare
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([["k", *names], *table])
    path = tmp_path_factory.mktemp("table") / "table"
    path.write_bytes(PACKED[pack](out.getvalue().encode(encoding)))
    given_encoding = encoding if encoding == "cp1252" else None
    found, rows, notes = read(str(path), delimiter=delimiter, header=True, encoding=given_encoding)
    assert (found, rows, notes) == (["k", *names], table, [])


@given(st.lists(st.lists(st.integers(-999, 999), min_size=3, max_size=3), min_size=2, max_size=20),
       st.sampled_from([",", ";", "\t", "|", " ", "   ", " \t"]), st.booleans())
@settings(deadline=None)
def test_tables_of_numbers_need_no_options(tmp_path_factory, table, delimiter, header):
    path = tmp_path_factory.mktemp("table") / "table"
    lines = ["a", "b", "c"], *table
    path.write_text("".join([delimiter.join(map(str, line)) + "\n" for line in lines]))
    names, rows, _ = read(str(path))
    assert names == ["a", "b", "c"] and rows == [list(map(str, row)) for row in table]


@given(text=st.text(st.sampled_from('a1,"" \n\t;'), max_size=30), delimiter=st.sampled_from([",", ";", "\t"]))
@settings(deadline=None, max_examples=300)
def test_every_text_is_split_as_by_csv(text, delimiter):
    """csv, not strict, decides; only a quote that is not closed and text behind a quote are told apart."""
    lines = io.StringIO(text, newline="")
    want = [row or [""] for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True)]
    try:
        block = split_block(text, None, delimiter)
    except RecordError:
        with pytest.raises(csv.Error):
            list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True))
        return
    blank = " \t" if delimiter != "\t" else " "
    assert [[cell.strip(blank) for cell in row or [""]] for row in block.rows] == [
        [cell.strip(blank) for cell in row] for row in want]


@pytest.mark.once
@given(st.lists(st.lists(st.sampled_from(["1", "x", '"a b"', '""', '"1"', '5"']), min_size=2, max_size=2), min_size=1),
       st.sampled_from([" ", "\t", "  ", " \t "]))
@settings(deadline=None)
def test_spaces_and_quotes_are_split_as_by_pandas(table, gap):
    pandas = pytest.importorskip("pandas")
    text = "".join([f"{gap.join(row)} \n" for row in table])
    want = pandas.read_csv(io.StringIO(text), sep=r"\s+", header=None, dtype=str, keep_default_na=False)
    assert split_block(text, None, SPACES).rows == want.values.tolist()


PANDAS = [
    ("a,b\n1,x\n2,y\n", {}), ("a;b\n1,5;x\n2,5;y\n", {"sep": ";"}), ("a\tb\n1\tx y\n2\t\n", {"sep": "\t"}),
    ('"a","b c"\n"1,2","x ""y"""\n"3\n4",z\n', {}), ("a b\n1 2\n3 4\n", {"sep": r"\s+"}), ("a,b\n\n1,2\n\n", {}),
    ("1,2.5\n3,4.5\n9,8.5\n", {"header": None}), ("# c\na,b\n1,2\n", {"comment": "#"}), ("a,b,c\n1,2\n3,4,5\n", {}),
    ("Report\n\na,b\n1,2\n3,4\n", {"skiprows": 2}), ('a,b\n"x"y,2\nz"w",3\n', {}), ("a,a,b\n1,2,3\n", {}),
    ("x y\nr1 1 2\nr2 3 4\n", {"sep": r"\s+"}), ("a,b\rx,2\ry,3\r", {}), ("é,b\n1,ü\n", {"encoding": "cp1252"}),
]


@pytest.mark.once
@pytest.mark.parametrize("text, options", PANDAS, ids=range(len(PANDAS)))
def test_pandas_reads_the_same_if_it_is_told_what_was_found(written, text, options):
    pandas = pytest.importorskip("pandas")
    path = written(text.encode(options.get("encoding", "utf-8")))
    want = pandas.read_csv(path, dtype=str, keep_default_na=False, **options).fillna("")
    names, rows, _ = read(path)
    want = want if isinstance(want.index, pandas.RangeIndex) else want.reset_index(names="")
    assert names == ([str(j + 1) for j in range(len(names))] if "header" in options else list(want.columns))
    assert rows == want.values.tolist()
