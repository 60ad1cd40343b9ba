"""Names and contents that would command a terminal: no command shows them as they are, and every output stays sound.

On stdout and stderr all is printable, an error is a line, JSON is ASCII, a picture is XML. Only ``predict`` copies
texts as they are, into a file or a pipe.
"""
import csv
import io
import json
import os
import sys
import warnings
import xml.etree.ElementTree

import pytest

from purenet import Dense, Network, backends
from purenet.cli.main import main
from purenet.model_files.strict_json import to_json
from tests.table.test_stopping import Stop

pytestmark = pytest.mark.once

BAD = "<a&\x1b[31m\x07\nb\rc\u202ed\x9be\u2028f\x7f"
TARGET, NAME, OTHER = "y" + BAD, "x" + BAD, "no" + BAD
MODEL, CHECKPOINT, PICTURE = "m" + BAD + "\udcff", "c" + BAD, "p" + BAD + ".svg"
TRAIN = ("train", "d.csv", "--target", TARGET, "--epochs", "2", "--hidden", "2")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with data, a model of them, its picture, and a network with metadata."""
    folder = tmp_path_factory.mktemp("hostile")
    before = os.getcwd()
    os.chdir(folder)
    try:
        with open("d.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([[NAME, "t" + BAD, "i" + BAD, TARGET]] + [
                [k % 7, ("p", "q", "")[k % 3] + BAD, BAD + str(k), ("not" + BAD, "yes" + BAD)[k % 2]]
                for k in range(60)])
        net = Network(1, [Dense(1)])
        net.save("net", [("k" + BAD, "v" + BAD)])
        net.save("net" + BAD, [("training", BAD)])
        for k, words in enumerate((BAD, "[]", to_json([["target", OTHER]]))):
            with pytest.raises(KeyboardInterrupt):
                net.fit([[1.0], [2.0]], [1.0, 2.0], epochs=2, callbacks=[Stop(1)])
            net.save(f"c{k}", [("training", words)])
        assert main([*TRAIN, "--save", MODEL]) == 0
        yield folder
    finally:
        os.chdir(before)


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("command, status", [
    ([*TRAIN, "--save", MODEL, "--plot", PICTURE, "--checkpoint", CHECKPOINT], 0), ([*TRAIN, "--text", NAME], 0),
    ([*TRAIN, "--missing", "refuse"], 0), ([*TRAIN, "--ignore", NAME, "--keep", "i" + BAD], 0),
    (["inspect", MODEL], 0), (["inspect", "net"], 0), (["inspect", MODEL, "--reproduce", "d.csv"], 0),
    (["predict", MODEL, "d.csv", "--keep-all", "--proba"], 0), (["predict", MODEL, "d.csv", "-o", "o" + BAD], 0),
    (["demo", "digits", "--epochs", "1", "--plot", PICTURE], 0),
    (["demo", "two-layer", "--epochs", "1", "--plot", PICTURE], 0), (["bundle", "--micropython", "b" + BAD], 0),
    (["predict", MODEL, "d.csv", "--keep", OTHER], 1), (["predict", MODEL, "d.csv", "-o", MODEL], 1),
    (["predict", "net" + BAD, "d.csv"], 1), (["predict", "d.csv", "d.csv"], 1), (["predict", OTHER, "d.csv"], 1),
    (["inspect", OTHER], 1), (["inspect", "d.csv"], 1), (["inspect", "net" + BAD, "--reproduce", "d.csv"], 1),
    ([*TRAIN, "--checkpoint", "net" + BAD], 1), ([*TRAIN, "--checkpoint", "c0"], 1),
    ([*TRAIN, "--checkpoint", "c1"], 1), ([*TRAIN, "--checkpoint", "c2"], 1), ([*TRAIN, "--save", OTHER + "/m"], 1),
    ([*TRAIN, "--plot", OTHER], 1),
    ([*TRAIN, "--save", "d.csv"], 1), ([*TRAIN, "--delimiter", BAD], 1), ([*TRAIN, "--encoding", BAD], 1),
    ([*TRAIN, "--ignore", OTHER], 1), ([*TRAIN, "--task", "regression"], 1), ([*TRAIN, "--ignore", TARGET], 1),
    (["train", "d.csv", "--target", OTHER], 1), (["train", OTHER, "--target", TARGET], 1),
    (["compare", "--csv", "d.csv"], 1), (["compare", "--csv", OTHER], 1),
    (["bundle", "--micropython", MODEL], 1), ([OTHER], 2), ([*TRAIN, "--task", OTHER], 2), ([*TRAIN, OTHER], 2),
    (["info", "--" + OTHER], 2),
])
def test_no_command_shows_a_text_that_commands_the_terminal(command, status, as_json, made, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    try:
        found = main([*command, *["--json"] * as_json])
    except SystemExit as stop:
        found = stop.code
    out, error = capsys.readouterr()
    assert found == status
    for text in (out, error):
        assert text.replace("\n", "").isprintable(), text
    if as_json:
        assert out.isascii() and error == ""
        for line in out.splitlines():
            json.loads(line)
    elif status:
        assert out == "" and sum("error: " in line for line in error.splitlines()) == 1
    if not as_json and status != 2:
        assert all(line.startswith("purenet: ") for line in error.splitlines()), error
    if PICTURE in command:
        assert xml.etree.ElementTree.parse(PICTURE).getroot().tag.endswith("svg")


def test_predictions_in_a_pipe_and_in_a_file_have_the_texts_as_they_are(made, capsys):
    assert main(["predict", MODEL, "d.csv", "--keep", "i" + BAD]) == 0
    assert main(["predict", MODEL, "d.csv", "--keep", "i" + BAD, "-o", "plain.csv"]) == 0
    out = capsys.readouterr().out
    with open("plain.csv", encoding="utf-8", newline="") as file:
        assert file.read() == out
    rows = list(csv.reader(io.StringIO(out, newline="")))
    assert rows[0] == ["i" + BAD, TARGET] and [row[0] for row in rows[1:]] == [BAD + str(k) for k in range(60)]
    assert {row[1] for row in rows[1:]} <= {"not" + BAD, "yes" + BAD}


def test_a_network_drawn_with_such_names_is_xml(made, tmp_path):
    Network(2, [Dense(1)]).draw(tmp_path / "net.svg", [NAME, "\udcff\x00"])
    texts = [one.text for one in xml.etree.ElementTree.parse(tmp_path / "net.svg").getroot().iter()]
    assert any(text and text.startswith("x<a&") for text in texts)


def test_the_warning_of_rounding_is_a_line_of_the_command_or_part_of_its_json(made, monkeypatch, capsys):
    monkeypatch.setattr(backends, "_rounding", lambda: "rounds\x1b")
    for more in ([], ["--json"]):
        monkeypatch.setattr(backends, "_warned", [])
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            assert main(["demo", "two-layer", "--epochs", "1", *more]) == 0
        out, error = capsys.readouterr()
        if more:
            assert json.loads(out)["notes"] == ["warning: rounds\x1b"] and error == ""
        else:
            assert error == "purenet: warning: rounds\\x1b\n"
