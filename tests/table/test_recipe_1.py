"""Models of train as it was before recipe 2: loaded, described, predicted with, saved and made again as they were."""
from pathlib import Path

import pytest

from purenet import backend, load
from purenet.cli.main import main
from purenet.table import reproduce
from tests.support.tables import ROOT, answers

FOLDER = Path(__file__).parent / "recipe_1"
DATA = {"flowers": ROOT / "docs" / "flowers.csv", "no-header": FOLDER / "semicolons.csv"}
NAMES = ["classes", "few", "flowers", "no-header", "numbers"]


WORDS = [  # of the descriptions when the files were made, and now
    ("_error, reduction its own\n", "_error, reduction cell_mean (the default of this loss)\n"),
    ("_entropy, reduction its own\n", "_entropy, reduction mean (the default of this loss)\n"),
    ("\nbegun      init", "\ninit      "), ("\ntells      ", "\npredicts   "), ("\nfrom       ", "\ncolumns    "),
    ("\naround it  table\n", "\ntable      trained by purenet.table.train (train --save):\n"),
    ("\npart validated ", "\nvalidation split "), ("\n  settings ", "\ntensors    name, type, shape\n  settings "),
]


def in_words_of_today(text):
    for old, new in WORDS:
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("name", NAMES)
def test_an_old_model_predicts_what_it_predicted(name):
    model = load(FOLDER / f"{name}.safetensors")
    found = [repr(answer) for answer in answers(model, str(DATA.get(name, FOLDER / "gaps.csv")))]
    assert model.recipe == 1 and found == (FOLDER / f"{name}.txt").read_text().splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_an_old_model_is_saved_and_described_as_it_was(name, tmp_path, monkeypatch, capsys):
    path = FOLDER / f"{name}.safetensors"
    load(path).save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    monkeypatch.chdir(FOLDER)
    assert main(["inspect", path.name]) == 0
    assert capsys.readouterr().out == in_words_of_today((FOLDER / f"{name}.inspect").read_text())


@pytest.mark.parametrize("engine", backend().available)
@pytest.mark.parametrize("name", NAMES)
def test_an_old_model_is_made_again(name, engine):
    model = load(FOLDER / f"{name}.safetensors")
    same, words = reproduce(model, str(DATA.get(name, FOLDER / "gaps.csv")), engine)
    assert same, words


def test_an_old_model_is_as_strict_as_it_was(tmp_path):
    model = load(FOLDER / "classes.safetensors")
    text = (FOLDER / "gaps.csv").read_text()
    (tmp_path / "words.csv").write_text(text.replace("\n5,", "\nNA,"))
    with pytest.raises(ValueError, match="row 5 .line 6., column 'n' is 'NA', not a number"):
        answers(model, str(tmp_path / "words.csv"))
