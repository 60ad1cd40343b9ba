"""Slips with the commands for CSV files: each is refused, or told, in words that help."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from purenet import backends
from purenet.cli import main
from purenet.data import read_csv, train_test_split

ROOT = Path(__file__).resolve().parent.parent
ROWS = "x,y,agent\n" + "".join(f"{k % 7},{k % 5},{'007' if k % 2 else '7'}\n" for k in range(40))


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data.csv"
    path.write_text(ROWS)
    return path


def said(capsys, *arguments):
    """Exit status and what is printed."""
    status = main(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("save, words", [
    ("data.csv", "data.csv is the file with the data"), ("./data.csv", "is the file with the data"),
    (".", ". is a folder; name a file in it"), ("absent/model", "cannot be written; does its folder exist?"),
])
def test_a_model_is_not_written_where_it_must_not_be(data, capsys, save, words):
    status, _, error = said(capsys, "train", "data.csv", "--target", "agent", "--epochs", "1", "--save", save)
    assert status == 1 and words in error
    assert data.read_text() == ROWS


def test_model_and_data_in_the_wrong_order_are_told(data, capsys):
    assert "looks like text (a CSV file in the model's place?)" in said(capsys, "predict", "data.csv", "data.csv")[2]
    main(["train", "data.csv", "--target", "agent", "--epochs", "1", "--save", "m"])
    assert "m is not text: it has zero bytes" in said(capsys, "train", "m", "--target", "x")[2]


def test_another_way_of_writing_the_file_is_guessed_at(data, capsys):
    _, _, error = said(capsys, "train", "data.csv", "--target", "agent", "--delimiter", ";")
    assert "has no column 'agent'; it has 'x,y,agent', read with ';' between cells" in error
    main(["train", "data.csv", "--target", "agent", "--epochs", "1", "--save", "m"])
    data.write_text("x;y\n1,5;2\n")
    assert "say --decimal ," in said(capsys, "predict", "m", "data.csv")[2]


def test_codes_and_a_first_line_of_data_are_noted(data):
    data.write_text("5.1,x\n01067,a\n10115,b\n")
    table = read_csv(str(data))
    assert table.notes == [
        "the first line has 5.1 among its names; if it is data, say --no-header",
        "column '5.1' is read as numbers, 01067 too; --text keeps codes"]
    assert list(read_csv(str(data), text=["5.1"]).column("5.1")) == ["01067", "10115"]


def test_one_row_is_too_few(data, capsys):
    data.write_text("x,y\n1,2\n")
    assert "has one row: nothing to learn from" in said(capsys, "train", "data.csv", "--target", "y")[2]


def test_what_matrix_gives_can_be_split(data):
    table = read_csv(str(data), text=["agent"])
    x, _, y, _ = train_test_split(table.matrix(["x", "y"]), list(table.column("agent")), 0.25)
    assert len(x) == len(y) == 30 and set(y) == {"007", "7"} and len(x[0]) == 2
    with pytest.raises(TypeError, match="stratify: expected a label for each row"):
        train_test_split(x, y, stratify=True)


def test_a_twin_that_is_not_built_in_a_checkout_is_told_so(monkeypatch):
    assert backends._in_source_tree()
    assert "pip install -e . builds it here" in backends.NOT_BUILT_HERE
    monkeypatch.setattr(backends, "__file__", "/nowhere/purenet/backends.py")
    assert not backends._in_source_tree()


@pytest.mark.skipif(os.name != "posix", reason="the shell is that of Unix")
@pytest.mark.parametrize("command", ["info >&-", "train data.csv --target agent --epochs 1 --save m >&-"])
def test_a_closed_stdout_is_no_error(data, command):
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    words = f"'{sys.executable}' -m purenet {command}"
    done = subprocess.run(words, shell=True, env=environment, stderr=subprocess.PIPE)
    assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr.decode()


def test_ascii_streams_get_all_there_is(data):
    data.write_text(ROWS.replace("007", "Süd"), encoding="utf-8")
    environment = dict(os.environ, PYTHONPATH=str(ROOT), PYTHONIOENCODING="ascii")

    def run(*arguments):
        return subprocess.run([sys.executable, "-m", "purenet", *arguments], env=environment, capture_output=True)

    assert run("train", "data.csv", "--target", "agent", "--epochs", "1", "--save", "m").returncode == 0
    inspected, predicted = run("inspect", "m"), run("predict", "m", "data.csv")
    assert inspected.returncode == predicted.returncode == 0
    assert b"S\\xfcd" in inspected.stdout
    assert b"with backslashes" in predicted.stderr or b"S\\xfcd" not in predicted.stdout
