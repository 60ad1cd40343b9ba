"""What a newcomer reads: notes with the words to type, numbers without exponents, scores judged as asked for."""
from pathlib import Path

import pytest

from purenet.cli.main import main
from purenet.cli.train import plain
from purenet.data import read_csv
from purenet.table import fitting, train
from purenet.table.scores import mean_recall, warning_of
from purenet.verification.compare_cases import csv_case

QUICK = ("--epochs", "2", "--hidden", "2", "--backend", "reference")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(cells, name="x"):
    Path("t.csv").write_text(f"{name},y\n" + "".join([f"{cell},{k % 3}.5\n" for k, cell in enumerate(cells)]))
    return "t.csv"


@pytest.mark.parametrize("words, more", [
    (["k.A."] * 21, "; if that is a missing value, --na k.A. (na_values=['k.A.'])"),
    (["not known"] * 21, "; if that is a missing value, --na 'not known' (na_values=['not known'])"),
    (["-none"] * 21, "; if that is a missing value, --na=-none (na_values=['-none'])"),
    (["k.A."] * 20 + ["?!"], ""),  # not the only word
    (["1:20"] * 21, ""),  # has digits: another number
])
def test_a_single_word_among_numbers_is_proposed_as_a_missing_value(words, more):
    path = written([str(k / 4) for k in range(279)] + words)
    note = f"column 'x': read as text: 21 of 300 filled cells, such as {words[0]!r}, are no numbers{more}"
    assert read_csv(path).notes == [note]
    if more:
        assert [column.kind for column in read_csv(path, na_values=[words[0]]).columns] == ["number", "number"]
        assert main(["train", path, "--target", "y", f"--na={words[0]}", *QUICK]) == 0


def test_a_column_left_out_is_kept_by_the_option_and_by_the_argument(capsys):
    path = written(range(40), "customer_id")
    said = "left out: column 'customer_id', since it counts the rows, from 0 to 39; --keep customer_id " \
           "(keep=['customer_id']) keeps it"
    assert main(["train", path, "--target", "y", *QUICK, "--lags", "1"]) == 0 and said in capsys.readouterr().err
    assert main(["train", path, "--target", "y", "--keep", "customer_id", *QUICK]) == 0
    assert said not in capsys.readouterr().err
    assert train(path, "y", keep=["customer_id"], epochs=1).inputs.names == ["customer_id"]
    assert main(["train", path, "--target", "y", "--ignore", "customer_id", "--keep", "customer_id"]) == 1
    assert capsys.readouterr().err == "purenet: error: column 'customer_id' is both ignored and kept\n"


def test_balanced_classes_are_judged_by_their_mean_recall(capsys):
    found = (0.3, 0.9, [["rare", 9, 10], ["most", 21, 90], ["none", 0, 0]])
    assert mean_recall(found[2]) == ((0.9 + 21 / 90) / 2, 0.5)
    assert "accuracy of 0.300 is below" in warning_of(found, True) and warning_of(found, True, balanced=True) == ""
    assert warning_of((0.3, 0.9, [["a", 1, 10], ["b", 29, 90]]), True, balanced=True) == (
        "warning: the mean recall of 0.211 is below that of always guessing one class, 0.500")
    Path("c.csv").write_text("a,b\n" + "".join([f"{k % 10},{'rare' if k % 10 > 8 else 'most'}\n" for k in range(200)]))
    assert main(["train", "c.csv", "--target", "b", "--class-weight", "balanced", "--epochs", "20"]) == 0
    assert "  mean recall 1.000, with classes of equal weight; always guessing one: 0.500\n" in capsys.readouterr().out
    assert main(["train", "c.csv", "--target", "b", "--epochs", "2"]) == 0
    assert "mean recall" not in capsys.readouterr().out


def test_compare_leaves_out_columns_of_texts(capsys):
    Path("c.csv").write_text("month,a,the b,y\nmay,1,x,2\njune,3,y,4\n")
    assert main(["compare", "--csv", "c.csv"]) == 1
    assert capsys.readouterr().err == (
        "purenet: error: c.csv: columns 'month', 'the b' with texts: compare takes numbers; --ignore month --ignore "
        "'the b' leaves them out\n")
    net, x, y, _ = csv_case("c.csv", ignore=["month", "the b"])
    assert (net.inputs, x, y) == (1, [[1 / 3], [1.0]], [0.5, 1.0])
    if main(["compare", "--csv", "c.csv", "--ignore", "month", "--ignore", "the b"]) == 0:
        assert "c.csv: " in capsys.readouterr().out


def test_a_training_without_a_whole_epoch_says_so(capsys):
    assert main(["train", written([k % 7 for k in range(90)]), "--target", "y", "--max-seconds", "0", *QUICK[2:]]) == 0
    out, error = capsys.readouterr()
    assert "backend reference: no epoch finished, " in out and "epoch 0" not in out
    assert "no epoch finished, so the weights of the last batch are kept" in error


def test_what_says_nothing_is_not_said(monkeypatch):
    path = written([f"2021-08-09 06:15:{k:02}" for k in range(60)])
    assert read_csv(path).notes == ["column 'x': read as dates"]
    assert read_csv(written([f"9.8.2021 06:{k:02}" for k in range(13, 60)])).notes == [
        "column 'x': read as dates: '9.8.2021 06:13' is 2021-08-09 06:13:00"]
    for seconds, number in ((0.04, 0), (2.0, 1)):
        clock = iter([0.0, seconds])
        monkeypatch.setattr(fitting.time, "perf_counter", lambda clock=clock: next(clock))
        said = []
        train(path, "y", epochs=1, hidden=[2], backend="reference", say=said.append)
        assert len([note for note in said if "will take about" in note]) == number


@pytest.mark.parametrize("value, text", [
    (13529.7, "13530"), (1.2346e14, "123500000000000"), (1e15, "1e+15"), (0.00012, "0.00012"), (0.00001, "1e-05"),
    (-45678.0, "-45680"), (9999.9, "10000"), (0.0, "0"), (12.0, "12"),
])
def test_numbers_are_written_without_an_exponent_where_they_can_be_read(value, text):
    assert plain(value) == text
