"""What commands write: it is saved before it is shown, whole or not at all, and never over what is something else."""
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from purenet import load
from purenet.cli.main import main
from purenet.training.history import History
from tests import ROOT
from tests.support.tables import flowers, write_csv

TRAIN = ("train", "flowers.csv", "--target", "kind", "--epochs", "3", "--hidden", "4")
PREDICT = ("predict", "m", "flowers.csv")
OURS = b'<svg xmlns="http://www.w3.org/2000/svg" class="purenet" role="img" '


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv("flowers.csv", flowers())
    return tmp_path


@pytest.fixture
def model():
    assert main([*TRAIN, "--save", "m"]) == 0
    return Path("m").read_bytes()


@pytest.mark.once
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the full device is that of Linux")
@pytest.mark.parametrize("stdout", ["/dev/full", "a pipe that nobody reads"])
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_model_is_saved_before_its_summary_is_printed(stdout, more):
    if stdout == "/dev/full":
        to = os.open(stdout, os.O_WRONLY)
    else:
        end, to = os.pipe()
        os.close(end)
    line = [sys.executable, "-m", "purenet", *TRAIN, "--save", "m", "--plot", "p.svg", *more]
    done = subprocess.run(line, env=dict(os.environ, PYTHONPATH=str(ROOT)), stdout=to, stderr=subprocess.PIPE)
    os.close(to)
    assert done.returncode == 1 and b"Traceback" not in done.stderr
    assert load("m").provenance("epochs_done") == 3 and Path("p.svg").read_bytes().startswith(OURS)


@pytest.mark.skipif(os.name != "posix", reason="signals are those of Unix")
@pytest.mark.parametrize("second", ["training.scores", "files.os.fsync", "files.os.replace", "train.summary"])
def test_a_second_ctrl_c_ends_the_program_with_whole_files(second, model):
    """The process sends itself a signal after the third epoch, and another in the report or while it saves."""
    code = f"""if True:
        import os, signal, sys
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from purenet.cli import main, train
        from purenet._core import files
        from purenet.table import fitting, training
        def kill(*given, **options):
            os.kill(os.getpid(), signal.SIGINT)
        def first(self, net, epoch, history, before=fitting.Curves.on_epoch_end):
            before(self, net, epoch, history)
            if epoch == 3:
                {second} = kill
                kill()
        fitting.Curves.on_epoch_end = first
        sys.argv[1:] = {[*TRAIN, '--save', 'm', '--epochs', '99']}
        sys.exit(main.main())"""
    done = subprocess.run([sys.executable, "-c", code], env=dict(os.environ, PYTHONPATH=str(ROOT)),
                          capture_output=True, text=True)
    assert done.returncode == 130 and "Traceback" not in done.stderr and "no epoch finished" not in done.stderr
    assert "interrupted: 3 epochs finished" in done.stderr or second == "training.scores"
    assert done.stderr.endswith("\npurenet: interrupted\n")
    assert sorted(os.listdir()) == ["flowers.csv", "m"]
    saved = second == "train.summary"
    assert (Path("m").read_bytes() == model) != saved and load("m").provenance("epochs_done") == 3


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_picture_is_replaced_whole_or_not_at_all(call, monkeypatch):
    History([2.0, 1.0]).plot("p.svg")
    before = Path("p.svg").read_bytes()

    def fails(*given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(OSError, match="No space left on device: 'p.svg'"):
        History([3.0]).plot("p.svg")
    assert Path("p.svg").read_bytes() == before and before.startswith(OURS)
    assert sorted(os.listdir()) == ["flowers.csv", "p.svg"]


@pytest.mark.parametrize("command, other", [
    ([*TRAIN, "--plot", "p.svg"], "p.svg"), (["demo", "two-layer", "--epochs", "1", "--plot", "p.svg"], "p.svg"),
    (["demo", "digits", "--epochs", "1", "--plot", "p.svg"], "p-digits.svg"),
])
def test_a_picture_of_something_else_is_not_overwritten(command, other, capsys):
    Path(other).write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    assert main(command) == 1 and os.listdir().count("p.svg") == (other == "p.svg")
    assert capsys.readouterr().err == (
        f"purenet: error: --plot: {other} exists and was not drawn by purenet; choose another name, or --force "
        f"overwrites it\n")
    assert Path(other).stat().st_size == 41
    for more in (["--force"], []):
        assert main([*command, *more]) == 0 and Path(other).read_bytes().startswith(OURS)


@pytest.mark.parametrize("option", ["--save", "--plot", "--checkpoint", "-o"])
@pytest.mark.parametrize("path, words", [
    ("", "the name of the file is empty"), ("folder.svg", "folder.svg is a folder; name a file in it"),
    ("no/x.svg", "no/x.svg cannot be written: its folder does not exist"),
    ("flowers.csv", "flowers.csv is the file with the data; choose another name"),
    ("pipe.svg", "pipe.svg exists and is not a regular file, so it cannot be replaced"),
    ("n" * 260 + ".svg", "nnn.svg cannot be written: File name too long"),
    ("-", "this is not written to standard output; ./- is a file of this name"),
    ("nul\0.svg", "nul\\x00.svg has a zero character, which no name of a file has; choose another name"),
])
def test_a_file_that_cannot_be_written_is_named_with_its_option_before_anything_is_computed(
        option, path, words, model, capsys, monkeypatch):
    if (option, path) == ("-o", "-"):
        return
    capsys.readouterr()
    os.mkdir("folder.svg")
    os.mkfifo("pipe.svg")
    before = sorted(os.listdir())
    monkeypatch.setattr("purenet.table.training.train", None)
    monkeypatch.setattr("purenet.table.model.TableModel.predict_csv", None)
    assert main([*(PREDICT if option == "-o" else TRAIN), option, path]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"purenet: error: {option}: ") and error.split("; -o - ")[0].strip().endswith(words)
    assert sorted(os.listdir()) == before and ".unfinished" not in error


@pytest.mark.parametrize("option", ["--save", "--plot", "-o"])
def test_an_old_file_that_cannot_be_read_is_named_with_its_option(option, model, capsys, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    capsys.readouterr()
    Path("old.svg").write_text("old")
    if option == "--plot":
        monkeypatch.setattr("purenet.inspection.svg.is_drawn_here", refuse)
    else:
        monkeypatch.setattr("purenet.model_files.describe.inspect", refuse)
    assert main([*(PREDICT if option == "-o" else TRAIN), option, "old.svg"]) == 1
    assert capsys.readouterr().err == (
        f"purenet: error: {option}: old.svg exists and cannot be read: Permission denied; choose another name\n")
    assert Path("old.svg").read_text() == "old"


def test_files_of_one_command_are_different_files(capsys):
    for more, words in (
            (["--save", "x.svg", "--plot", "./x.svg"], "--plot: ./x.svg is the file of --save"),
            (["--save", "x", "--checkpoint", "./x"], "--checkpoint: ./x is the file of --save"),
            (["--checkpoint", "x.svg", "--plot", "x.svg"], "--plot: x.svg is the file of --checkpoint")):
        assert main([*TRAIN, *more]) == 1 and words in capsys.readouterr().err


def test_predictions_replace_no_model(model, capsys):
    Path("other").write_bytes(model)
    assert main([*PREDICT, "-o", "other"]) == 1 and Path("other").read_bytes() == model
    assert "-o: other is a model of purenet; choose another name" in capsys.readouterr().err


def test_a_minus_is_no_folder(capsys):
    assert main(["bundle", "--micropython", "-"]) == 1 and not os.path.exists("-")
    assert "--micropython: a folder cannot be written to standard output; ./- is a folder" in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="the device is that of Unix")
def test_the_device_of_standard_output_is_refused_in_words(model):
    line = [sys.executable, "-m", "purenet", *PREDICT, "-o", "/dev/stdout"]
    done = subprocess.run(line, env=dict(os.environ, PYTHONPATH=str(ROOT)), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("purenet: error: -o: /dev/stdout exists and is not a regular file, so it cannot be "
                           "replaced; -o - writes to standard output\n")


def test_an_ending_in_capitals_is_one(capsys):
    assert main([*TRAIN, "--plot", "P.SVG"]) == 0 and Path("P.SVG").read_bytes().startswith(OURS)
