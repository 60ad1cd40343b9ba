"""Nothing that stands in a file or its name reaches a terminal as a control character, wherever it is shown."""
import io
import sys
import unicodedata

import pytest

from purenet import Dense, Network, load, save
from purenet._core.messages import printable
from purenet.cli.main import main
from purenet.data import read_csv, read_idx
from purenet.metrics import ConfusionMatrix
from purenet.model_files.describe import inspect
from purenet.table import train

HOSTILE = "a\x1b[2J\x1b]0;x\x07\r\x9b1A\u202eb\u2028c\u2066d\x85e\x7f"
DANGEROUS = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")


def is_harmless(text, lines=True):
    return all([unicodedata.category(one) not in DANGEROUS or lines and one == "\n" for one in text])


def test_every_character_is_as_it_is_or_escaped():
    for code in range(0x110000):
        shown = printable(chr(code))
        if unicodedata.category(chr(code)) in DANGEROUS:
            assert shown.isascii() and shown.isprintable() and eval(f"'{shown}'") == chr(code)
        else:
            assert shown == chr(code)
    assert printable("a\n\tb\x1b", keep="\n") == "a\n\\tb\\x1b"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table_of(path):
    """Write a table whose column names, texts and classes are hostile."""
    name = HOSTILE.replace("\r", "").replace(";", "")  # neither ends a line nor a cell
    rows = [f"{name},n,goal{name}"] + [f"{name}{k % 2},{k},{name}{k % 3}" for k in range(30)]
    path.write_bytes(("\n".join(rows) + "\n").encode())
    return f"goal{name}"


@pytest.mark.parametrize("name", ["m", "m" + HOSTILE])
def test_commands_show_no_text_of_a_file_as_it_is(name, folder, capsys):
    goal = table_of(folder / "data.csv")
    commands = [
        ("train", "data.csv", "--target", goal, "--save", name, "--epochs", "2"), ("inspect", name),
        ("inspect", name, "--reproduce", "data.csv"), ("inspect", "absent" + name),
        ("train", "x" + name, "--target", "y"),
        ("predict", "data.csv", name), ("compare", "--csv", "data.csv"), ("compare", "--csv", "absent" + HOSTILE),
        ("train", "data.csv", "--target", "absent" + HOSTILE),
    ]
    for command in commands:
        main(command)
        out, error = capsys.readouterr()
        assert out + error and is_harmless(out) and is_harmless(error), (command, out, error)


def test_predictions_are_escaped_on_a_terminal_and_as_they_are_in_a_file(folder, monkeypatch):
    goal = table_of(folder / "data.csv")
    main(["train", "data.csv", "--target", goal, "--save", "m", "--epochs", "2"])
    for terminal in (True, False):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
        monkeypatch.setattr(stream, "isatty", lambda terminal=terminal: terminal, raising=False)
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["predict", "m", "data.csv"]) == 0
        stream.flush()
        assert is_harmless(stream.buffer.getvalue().decode()) == terminal


def test_errors_and_reprs_of_the_library_are_one_harmless_line(folder):
    goal = table_of(folder / "data.csv")
    table = read_csv("data.csv")
    for thing in [table] + table.columns:
        assert is_harmless(repr(thing), lines=False)
    model = train("data.csv", goal, epochs=1)
    save(model, "m")
    assert is_harmless(repr(model), lines=False) and is_harmless(inspect("m"))
    labels = list(table.column(goal))
    assert is_harmless(repr(ConfusionMatrix(labels, labels)))
    (folder / ("b" + HOSTILE)).write_bytes(b"x" * 100)
    for call in (load, inspect, read_idx):
        with pytest.raises(ValueError) as error:
            call("b" + HOSTILE)
        assert is_harmless(str(error.value), lines=False)


def test_metadata_and_layers_are_shown_escaped(folder):
    net = Network(1, [Dense(1)])
    net.save("m", metadata=[("key" + HOSTILE, "value" + HOSTILE)])
    assert is_harmless(inspect("m")) and "\\x1b[2J" in inspect("m") and is_harmless(repr(net.summary()))
