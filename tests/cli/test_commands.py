"""What the commands promise: JSON, usage, exit statuses, formulas, files that are not overwritten."""
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from purenet.backends import backend
from purenet.cli.csv_output import as_text
from purenet.cli.main import main
from tests import ROOT
from tests.support.tables import flowers, write_csv
from tests.table.test_stopping import Stop, with_callback

BACKENDS = backend().available
TRAIN = ("train", "flowers.csv", "--target", "kind", "--epochs", "3", "--hidden", "4")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv("flowers.csv", flowers())
    return tmp_path


@pytest.mark.parametrize("command, status, field", [
    (["info"], 0, "backend"), (["verify", "--quick"], 0, "same"),
    (["demo", "two-layer", "--epochs", "2"], 0, "digests"),
    (["compare", "--random", "2"], *((0, "cases") if "compiled" in BACKENDS else (1, "error"))),
    (["bundle", "--micropython", "b"], 0, "folder"),
    ([*TRAIN, "--save", "m"], 0, "scores"), (["inspect", "flowers.csv"], 1, "error"), (["train", "x"], 2, "error"),
    (["train", "x", "--target", "y"], 1, "error"), (["infoo"], 2, "error"),
])
def test_json_is_one_object_with_notes(command, status, field, capsys):
    try:
        found = main([*command, "--json"])
    except SystemExit as stop:
        found = stop.code
    out, err = capsys.readouterr()
    assert found == status and out.count("\n") == 1 and out.isascii() and err == ""
    result = json.loads(out)
    assert field in result and isinstance(result["notes"], list)


def test_json_of_predictions_is_a_line_for_each_row_then_the_notes(capsys):
    main([*TRAIN, "--save", "m"])
    capsys.readouterr()
    assert main(["predict", "m", "flowers.csv", "--json", "--proba", "--keep", "a"]) == 0
    *rows, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert last == {"rows": 90, "notes": []} and len(rows) == 90
    assert rows[0]["kept"] == {"a": flowers()[0][0]}
    assert max(rows[0]["probabilities"], key=rows[0]["probabilities"].get) == rows[0]["prediction"]


@pytest.mark.parametrize("command, words", [
    (["train", "x", "--traget", "y"], "usage: purenet train DATA.csv --target COLUMN"),
    (["train", "x", "--traget", "y"], "purenet train: error: unknown option --traget; did you mean --target?"),
    (["predict", "m", "x", "--prob"], "purenet predict: error: unknown option --prob; did you mean --proba?"),
    (["verifyy"], "there is no command 'verifyy'; did you mean verify?"),
    (["info", "a\x1b[2Jb"], "1 argument too many: 'a\\x1b[2Jb'"),
    ([*TRAIN, "--hidden", "a\x1b"], "expected sizes such as 64,32, got 'a\\x1b'"),
])
def test_wrong_usage_shows_the_commands_usage_and_what_was_meant(command, words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(command)
    out, error = capsys.readouterr()
    assert stop.value.code == 2 and out == "" and words in error and "\x1b" not in error


def test_commands_to_type_are_written_as_the_program_was_started(monkeypatch, capsys):
    for started, words in [("/usr/bin/purenet", "; purenet predict"), ("x/__main__.py", "; python3 -m purenet pre")]:
        monkeypatch.setattr(sys, "argv", [started])
        main([*TRAIN, "--save", "m"])
        assert words in capsys.readouterr().out


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-x", "@a", "\tx", "\rx", "-1+2", "\uff1dx", "--1"])
def test_formulas_are_written_as_text(cell):
    assert as_text(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "-1.5", "+3", "-1e-9", "-.5", "-1,5", "a=b", "1-2", "'"])
def test_numbers_and_other_texts_stay(cell):
    assert as_text(cell) == cell


def test_predictions_hold_no_formula_unless_raw(capsys):
    rows = [["=A1" if one[3] == "tall" else "low", *one] for one in flowers()]
    write_csv("flowers.csv", rows, ("goal", "a", "@b", "colour", "kind", "size"))
    main(["train", "flowers.csv", "--target", "goal", "--save", "m"])
    for raw, mark in [([], "'"), (["--raw"], "")]:
        assert main(["predict", "m", "flowers.csv", "--keep", "@b", "-o", "out.csv", *raw]) == 0
        lines = Path("out.csv").read_text().splitlines()
        assert lines[0] == f"{mark}@b,goal" and len(lines) == 91
        goals = {line.split(",")[1] for line in lines[1:]}
        assert goals == {mark + "=A1", "low"}


def test_standard_input_and_output(monkeypatch, capsys):
    main([*TRAIN, "--save", "m"])
    capsys.readouterr()
    main(["predict", "m", "flowers.csv", "--keep-all"])
    wanted = capsys.readouterr().out
    assert wanted.startswith("a,b,colour,kind,size,predicted kind\n")
    stdin = io.TextIOWrapper(io.BytesIO(Path("flowers.csv").read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["predict", "m", "-", "--keep-all", "-o", "-"]) == 0
    assert capsys.readouterr().out == wanted


def test_no_two_columns_of_the_predictions_have_one_name(capsys):
    write_csv("flowers.csv", [[*row, "x"] for row in flowers()], ("a", "b", "colour", "kind", "size", "predicted kind"))
    main([*TRAIN, "--save", "m"])
    for keep, names in [(["--keep", "kind"], "kind,predicted kind"), (["--keep", "a"], "a,kind"),
                        (["--keep", "predicted kind"], "predicted kind,kind"),
                        (["--keep-all"], "a,b,colour,kind,size,predicted kind,predicted predicted kind")]:
        capsys.readouterr()
        main(["predict", "m", "flowers.csv", *keep])
        assert capsys.readouterr().out.splitlines()[0] == names


def test_nothing_but_a_model_is_overwritten(capsys):
    Path("notes.txt").write_text("important")
    Path("empty").touch()
    for save, status in [("notes.txt", 1), ("empty", 0), ("m", 0), ("m", 0)]:
        assert main([*TRAIN, "--save", save]) == status
    assert "notes.txt exists and is no model of purenet; choose another name, or --force" in capsys.readouterr().err
    assert Path("notes.txt").read_text() == "important"
    before = Path("m").read_bytes(), Path("flowers.csv").read_bytes()
    for file in ("m", "flowers.csv"):
        assert main(["predict", "m", "flowers.csv", "-o", file]) == 1
    assert main(["predict", "m", "absent.csv", "-o", "notes.txt"]) == 1
    assert (Path("m").read_bytes(), Path("flowers.csv").read_bytes()) == before
    assert Path("notes.txt").read_text() == "important" and not list(Path().glob("*.unfinished"))
    assert main([*TRAIN, "--save", "notes.txt", "--force"]) == 0


def test_ctrl_c_saves_the_best_epoch_and_ends_with_130(monkeypatch, capsys):
    with_callback(monkeypatch, Stop(3))
    assert main([*TRAIN, "--save", "m", "--plot", "loss.svg", "--checkpoint", "c"]) == 130
    out, error = capsys.readouterr()
    assert "warning: interrupted: 3 epochs finished" in error and "saved m; " in out
    assert "the same command goes on from c" in out and Path("loss.svg").read_text().startswith("<svg")
    with_callback(monkeypatch, Stop(1, 1))
    assert main([*TRAIN, "--save", "n"]) == 130 and not Path("n").exists()
    assert "no epoch finished, so n is not written" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="signals are those of Unix")
def heed_ctrl_c():
    """Undo what a shell does to commands in the background: they ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_signal_keeps_the_model():
    line = [sys.executable, "-m", "purenet", *TRAIN, "--save", "m", "--epochs", "10000000", "--patience", "10000000"]
    with subprocess.Popen(line, env=dict(os.environ, PYTHONPATH=str(ROOT)), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, preexec_fn=heed_ctrl_c) as child:
        time.sleep(3)
        child.send_signal(signal.SIGINT)
        try:
            out, error = child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode == 130 and b"interrupted" in error and b"saved m" in out and Path("m").exists()


def test_header_says_that_the_first_line_has_names():
    Path("numbers.csv").write_text("".join([f"{17 * k % 29}.5,{7 * k % 31}.5\n" for k in range(1, 40)]))
    assert main(["train", "numbers.csv", "--target", "2", *TRAIN[4:]]) == 0
    assert main(["train", "numbers.csv", "--target", "7.5", *TRAIN[4:]]) == 1
    assert main(["train", "numbers.csv", "--target", "7.5", "--header", *TRAIN[4:]]) == 0
