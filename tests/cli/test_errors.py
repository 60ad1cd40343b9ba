"""Slips with the commands for CSV files: each is refused, or told, in words that help."""
import gc
import os
import subprocess
import sys
import time
import weakref
from pathlib import Path

import pytest

from purenet._core import files
from purenet._core.files import check_writable
from purenet._core.messages import ModelFileError
from purenet.cli.main import main
from purenet.data import read_csv, train_test_split
from purenet.model_files import container, network_format
from purenet.model_files.strict_json import from_json
from purenet.saving import load
from purenet.table import train, training
from purenet.table.encoder import TableEncoder
from tests import ROOT

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
    ("", "--save: the name of the file is empty"), (os.devnull, "exists and is not a regular file"),
    ("n" * 256, "cannot be written"), ("loop", "cannot be written"),
    ("data.csv", "data.csv is the file with the data"), ("./data.csv", "is the file with the data"),
    (".", ". is a folder; name a file in it"), ("absent/model", "cannot be written: its folder does not exist"),
    ("-", "this is not written to standard output"),
])
def test_a_model_is_not_written_where_it_must_not_be(data, capsys, save, words, monkeypatch):
    monkeypatch.setattr("purenet.table.training.train", None)
    os.symlink("loop", "loop")
    status, _, error = said(capsys, "train", "data.csv", "--target", "agent", "--epochs", "1", "--save", save)
    assert status == 1 and words in error
    assert data.read_text() == ROWS


def test_model_and_data_in_the_wrong_order_are_told(data, capsys):
    assert "looks like text (a CSV file in the model's place?)" in said(capsys, "predict", "data.csv", "data.csv")[2]
    main(["train", "data.csv", "--target", "agent", "--epochs", "1", "--save", "m"])
    assert "m is not text: it has zero bytes" in said(capsys, "train", "m", "--target", "x")[2]


def test_another_way_of_writing_the_file_is_guessed_at(data, capsys):
    _, _, error = said(capsys, "train", "data.csv", "--target", "agent", "--delimiter", ";")
    assert "has no column 'agent'; it has 'x,y,agent', read with delimiter ';' and decimal sign '.'; --delimi" in error
    main(["train", "data.csv", "--target", "agent", "--epochs", "1", "--save", "m"])
    data.write_text("x;y\n1,5;2\n")
    assert "1 cell written in another form than in training" in said(capsys, "predict", "m", "data.csv")[2]
    assert said(capsys, "predict", "m", "data.csv", "--decimal", ",")[2] == ""


def test_codes_and_a_first_line_of_data_are_noted(data):
    data.write_text("5.1,x\n01067,a\n10115,b\n")
    table = read_csv(str(data), header=True)
    assert table.notes == [
        "the first line has '5.1' among its names; if it is data, use --no-header",
        "column '5.1': read as text: as a number '01067' would lose its zeros"]
    assert list(read_csv(str(data), header=True).column("5.1")) == ["01067", "10115"]


def test_one_row_is_too_few(data, capsys):
    data.write_text("x,y\n1,2\n")
    assert "has one row: nothing to learn from" in said(capsys, "train", "data.csv", "--target", "y")[2]


def test_what_matrix_gives_can_be_split(data):
    table = read_csv(str(data), text=["agent"])
    x, _, y, _ = train_test_split(table.matrix(["x", "y"]), list(table.column("agent")), 0.25)
    assert len(x) == len(y) == 30 and set(y) == {"007", "7"} and len(x[0]) == 2
    with pytest.raises(TypeError, match="stratify: expected a label for each row"):
        train_test_split(x, y, stratify=True)


@pytest.mark.skipif(os.name != "posix", reason="the shell is that of Unix")
@pytest.mark.parametrize("command", [
    "info >&-", "train data.csv --target agent --epochs 1 --save m >&-"])
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


# notes, memory, and what a hostile file costs -------------------------------------------------------

@pytest.mark.skipif(os.name != "posix", reason="the shell is that of Unix")
def test_a_closed_stderr_is_no_error_and_its_notes_are_not_on_stdout(data):
    data.write_text(ROWS.replace("x,y", "x,5"))  # a name that is noted
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    for command, status in (("train data.csv --target agent --epochs 1 --save m", 0), ("train data.csv --target z", 1)):
        words = f"'{sys.executable}' -m purenet {command} 2>&-"
        done = subprocess.run(words, shell=True, env=environment, stdout=subprocess.PIPE)
        assert done.returncode == status and b"purenet:" not in done.stdout
    assert os.path.exists("m")


def test_a_write_protected_model_is_refused_before_training(data, capsys, monkeypatch):
    Path("m").touch(0o400)
    monkeypatch.setattr(os, "access", lambda path, mode: os.path.basename(path) != "m")  # as it is for all but root
    monkeypatch.setattr("purenet.table.training.train", None)
    assert "is write-protected" in said(capsys, "train", "data.csv", "--target", "agent", "--save", "m")[2]


def test_what_is_tried_before_training_leaves_nothing(data, monkeypatch):
    check_writable("m")
    assert os.listdir() == ["data.csv"]
    monkeypatch.setattr(files, "replacement_paths", lambda path: (path, "absent/temporary", None))
    with pytest.raises(FileNotFoundError):
        check_writable("m")


def test_rows_without_a_target_are_left_out(data):
    data.write_text("x,y\n" + "".join(f"{k * k},{k % 3}\n" for k in range(40)) + "1,nan\n2,nan\n")
    for task in (None, "classification", "regression"):
        model = train("data.csv", "y", task=task, epochs=1)
        assert model.provenance("rows") == 40 and "left out: 2 rows without a target (column 'y')" in model.notes
    model = train("data.csv", "y", text=["y"], epochs=1)
    assert model.labels == [0, 1, 2] and model.provenance("why") == "its target is read as text"


def test_too_many_numbers_are_no_classes(data):
    data.write_text("x,y\n" + "".join(f"1,{k}\n" for k in range(2000)))
    with pytest.raises(ValueError, match="has 2000 different values in 2000 rows, too many for classes"):
        train("data.csv", "y", task="classification")


@pytest.mark.parametrize("inputs", [["x", "x"], ["x", "agent"]])
def test_inputs_are_named_once_and_without_the_target(data, inputs):
    with pytest.raises(ValueError, match="inputs: expected columns once each, and not the target 'agent'"):
        train("data.csv", "agent", inputs=inputs)


def test_a_number_that_cannot_be_scaled_is_named_with_its_row(data, capsys):
    data.write_text("x,agent\n" + "".join(f"{k % 7}e-100,{k % 2}\n" for k in range(40)))
    main(["train", "data.csv", "--target", "agent", "--epochs", "1", "--save", "m"])
    data.write_text("x\n" + "1e-100\n" * 1115 + "-1e300\n")
    assert "data.csv, row 1116, column 'x' is -1e+300, too far" in said(capsys, "predict", "m", "data.csv")[2]


def test_unseen_texts_are_named_with_their_columns(data, capsys):
    main(["train", "data.csv", "--target", "x", "--text", "agent", "--text", "y", "--epochs", "1", "--save", "m"])
    data.write_text("agent,y\n7,1\n8,1\n9,1\n")
    error = said(capsys, "predict", "m", "data.csv")[2]
    assert "2 cells with texts" in error and error.endswith("the first in column 'agent': '8' (row 2)\n")


def test_the_table_is_freed_before_training(data, monkeypatch):
    alive = []
    matrix = TableEncoder.encode

    def watched(self, columns, rows, free=False, **options):
        kept = [weakref.ref(column) for column in columns]
        found = matrix(self, columns, rows, free, **options)
        gc.collect()
        alive.append([ref() is not None for ref in kept])
        return found

    monkeypatch.setattr(TableEncoder, "encode", watched)
    train("data.csv", "agent", epochs=1, backend="reference")
    assert alive[-1] == [False, False] and all(alive[-2])


def test_a_lack_of_memory_is_told(data, capsys, monkeypatch):
    monkeypatch.setattr(training, "LARGE", 40 * 8 * 8 - 1)
    main(["train", "data.csv", "--target", "agent", "--text", "x", "--epochs", "1"])
    assert "column 'x' makes 7 of the inputs: --ignore x (ignore=['x']) leaves it out" in capsys.readouterr().err

    def full(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr(training, "train", full)
    status, _, error = said(capsys, "train", "data.csv", "--target", "agent")
    assert status == 1 and error.startswith("purenet: error: there is not enough memory") and error.count("\n") == 1


@pytest.mark.parametrize("escape", ["\\\\", "\\\"", "\\n", "\\u001f"])
def test_a_header_of_escapes_is_read_in_a_second(escape):
    text = '"' + escape * ((1 << 20) // len(escape)) + '"'
    begun = time.process_time()
    assert len(from_json(text.encode())) == (1 << 20) // len(escape)
    assert time.process_time() - begun < (1.5 if sys.implementation.name == "cpython" else 5)


def test_tensors_and_layers_are_counted(data, monkeypatch):
    model = train("data.csv", "agent", epochs=1)
    model.save("m")
    monkeypatch.setattr(network_format, "MAX_LAYERS", 1)
    with pytest.raises(ModelFileError, match="layers: 2, and a model file holds 1 at most"):
        load("m")
    monkeypatch.setattr(network_format, "MAX_LAYERS", 2)
    monkeypatch.setattr(container, "MAX_TENSORS", 3)
    with pytest.raises(ModelFileError, match="it has .* tensors; a model file has 3 at most"):
        load("m")
    with pytest.raises(ModelFileError, match="it has .* tensors; a model file has 3 at most"):
        model.save("m")
