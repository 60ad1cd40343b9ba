"""Training and predicting on CSV files: what is guessed, split, scored, refused; and both commands, end to end."""
import csv
import gzip
import io
import os
import subprocess
import sys
from array import array

import pytest

import purenet
from purenet import SGD, Dense, Network
from purenet.cli.main import main
from purenet.data import load_digits, read_csv
from purenet.data.scaling import mean_and_scale
from purenet.data.table import Column
from purenet.metrics import r2
from purenet.table.encoder import TableEncoder
from purenet.table.target import guess_task
from purenet.table.training import fit_best, split_table, train
from tests.support.tables import NAMES, QUICK, ROOT, answers, command, flowers, iris, shown, write_csv

BACKENDS = purenet.backend().available


@pytest.fixture
def written(tmp_path):
    return lambda rows, names=NAMES, name="data.csv": write_csv(tmp_path / name, rows, names)


# the whole way -------------------------------------------------------------------------------------

@pytest.mark.parametrize("backend", BACKENDS)
def test_a_kind_is_told_from_numbers_and_texts(written, backend):
    path = written(flowers())
    model = train(path, "kind", ignore=["size"], backend=backend, hidden=[8], epochs=60, learning_rate=0.05)
    assert model.provenance("task") == "classification" and model.labels == ["low", "tall"]
    assert model.network.inputs == 5
    new = flowers(60, seed=2)
    shuffled = written([[row[2], "?", row[1], row[0]] for row in new], ("colour", "else", "b", "a"), "new.csv")
    right = [own == row[3] for own, row in zip(answers(model, shuffled), new)].count(True)
    assert right >= 54


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_number_is_told_in_its_own_unit(written, backend):
    model = train(written(flowers()), "size", backend=backend, hidden=[8], epochs=60)
    assert model.provenance("task") == "regression" and model.scores[0] > 0.9 > 0.1 > abs(model.scores[2])
    new = flowers(60, seed=2)
    found = answers(model, written(new))
    assert r2([float(row[4]) for row in new], found) > 0.9


def test_a_drawing_has_the_names_of_the_columns_and_of_categories(written, tmp_path):
    model = train(written(flowers()), "kind", ignore=["size"], **QUICK)
    colours = [name for name in model.inputs.names if name.startswith("colour=")]
    assert model.inputs.names == ["a", "b", *colours] and len(colours) == 3 and colours == sorted(colours)
    model.draw(tmp_path / "model.svg")
    assert all(f">{name}</text>" in (tmp_path / "model.svg").read_text() for name in model.inputs.names)


@pytest.mark.skipif(len(BACKENDS) < 2, reason="the compiled twin is not built")
@pytest.mark.parametrize("target", ["kind", "size", "colour"])
def test_both_backends_train_and_predict_the_same_bits(written, target):
    path = written(flowers())
    reference, compiled = [train(path, target, backend=backend, **QUICK) for backend in ("reference", "compiled")]
    assert shown(reference.to_file_parts()) == shown(compiled.to_file_parts()) and reference.scores == compiled.scores
    assert answers(reference, path) == answers(compiled, path)
    assert reference.network.digest() == compiled.network.digest()


def test_everything_follows_from_the_seed(written):
    path = written(flowers())
    first, again, other = [train(path, "kind", seed=seed, **QUICK) for seed in (5, 5, 6)]
    assert first.made == again.made and first.network.digest() != other.network.digest()
    assert first.provenance("data_sha256") == other.provenance("data_sha256")


# what is guessed, split, kept ----------------------------------------------------------------------

@pytest.mark.parametrize("cells, task", [
    (["x", "y"] * 10, "classification"), (["007", "7", "08"] * 5, "classification"),
    (["1.0", "2.0"] * 9, "classification"),
    (["1.5", "2"] * 9, "regression"), ([str(k) for k in range(30)], "regression"), (["1", "2", "3"], "regression"),
    ([str(k % 21) for k in range(500)], "regression"), ([str(k % 20) for k in range(500)], "classification"),
])
def test_the_task_follows_from_the_target(cells, task):
    labels = sorted(set(cells))
    assert guess_task(Column("y", None, [labels.index(cell) for cell in cells], labels))[0] == task


def test_the_task_can_be_said(written):
    rows = [[repr(k / 7.0), str(k % 3)] for k in range(60)]
    path = written(rows, ("x", "y"))
    assert train(path, "y", **QUICK).provenance("task") == "classification"
    assert train(path, "y", task="regression", **QUICK).labels == []
    with pytest.raises(ValueError, match="column 'kind' has text such as .*: regression needs numbers"):
        train(written(flowers()), "kind", task="regression", **QUICK)


def test_labels_keep_their_text_and_numbers_are_sorted_as_such(written):
    rows = [[repr(k / 7.0), ("10", "9", "007")[k % 3]] for k in range(60)]
    model = train(written(rows, ("x", "y")), "y", **QUICK)
    assert model.labels == ["007", "9", "10"] == model.label_texts
    assert set(answers(model, written(rows, ("x", "y")))) <= set(model.labels)


def test_the_split_has_every_class_and_every_row_once():
    counts = [50, 30, 3, 1, 16]
    codes = [k for k, count in enumerate(counts) for _ in range(count)]
    kept, checked = split_table(Column("y", None, codes, list("abcde")), 100, 7)
    assert sorted(kept + checked) == list(range(100)) and len(checked) == 10
    assert [[codes[i] for i in checked].count(k) for k in range(5)] == [5, 3, 0, 0, 2]
    assert 83 in kept  # the class of one row
    assert split_table(Column("y", None, codes[:19], list("abcde")), 19, 7) == (list(range(19)), [])


def test_scales_and_categories_come_from_the_rows_trained_on_alone():
    columns = [Column("x", [1.0, 3.0, 1e9]), Column("t", None, [0, 1, 2], ["b", "a", "c"])]
    encoded = TableEncoder.fitted(columns, [0, 1])
    assert (encoded.inputs[0].mean, encoded.inputs[0].scale, encoded.inputs[1].categories) == (2.0, 1.0, ["a", "b"])
    flat, unseen = encoded.encode(columns, [2, 0])
    assert flat.tolist() == [999999998.0, 0.0, 0.0, -1.0, 0.0, 1.0] and unseen == 1


def test_training_scales_by_the_rows_trained_on_alone(written):
    rows = flowers()
    rows[17][2] = "violet"
    model = train(written(rows), "size", **QUICK)
    values = [float(row[4]) for row in rows]
    kept, checked = split_table(Column("size", array("d", values)), 90, 0)
    assert (model.target_mean, model.target_scale) == mean_and_scale([values[i] for i in kept])[::2]
    numbers = [one for one in model.inputs.inputs if one.kind == "number"]
    for j, one in enumerate(numbers):
        assert (one.mean, one.scale) == mean_and_scale([float(rows[i][j]) for i in kept])[::2]
    colours = [one.categories for one in model.inputs.inputs if one.name == "colour"]
    assert colours == [sorted({rows[i][2] for i in kept})] and len(checked) == 9


def test_the_best_validation_epoch_is_kept():
    x, y, checks = array("d", [0.0, 1.0, 2.0, 3.0]), array("d", [0.0, 1.0, 2.0, 3.0]), [5.0, 0.1]
    losses, digests = [], []

    def network():
        return Network(1, [Dense(1)], loss="mean_squared_error", optimizer=SGD(0.01), backend="reference")

    net = network()
    fitted = fit_best(net, (x, y), (array("d", checks[:1]), array("d", checks[1:])), 60, 32)
    best, done = fitted.best, fitted.done
    again = network()
    for _ in range(done):
        again.fit([[v] for v in x], y, epochs=1)
        losses.append(again.evaluate([checks[:1]], checks[1:]))
        digests.append(again.digest())
    assert best == losses.index(min(losses)) + 1 < done and net.digest() == digests[best - 1]
    assert done == min(60, best + 20)


# empty cells and unknown texts ---------------------------------------------------------------------

def test_empty_cells_are_filled_or_dropped_as_asked(written):
    rows = flowers()
    rows[3][0], rows[5][2], rows[40][1] = "", " ", ""
    path = written(rows)
    with pytest.raises(ValueError, match=r"row 4 \(line 5\), column 'a' is empty; fill it in, or choose --missing"):
        train(path, "kind", missing="refuse", **QUICK)
    filled, dropped = [train(path, "kind", missing=missing, **QUICK) for missing in ("mean", "drop")]
    assert filled.provenance("rows") == 90 and dropped.provenance("rows") == 87
    assert None not in answers(filled, path)
    assert [k for k, answer in enumerate(answers(dropped, path)) if answer is None] == [3, 5, 40]
    rows[7][3] = ""
    assert train(written(rows), "kind", missing="mean", **QUICK).provenance("rows") == 89


def test_unknown_texts_are_zeros_and_counted(written):
    model = train(written(flowers()), "kind", **QUICK)
    rows = flowers(4)
    rows[0][2] = rows[2][2] = "violet"
    assert len(answers(model, written(rows))) == 4 and model.unseen == 2


REFUSED = [
    ({"target": "z"}, "has no column 'z'; it has 'a', 'b', 'colour', 'kind', 'size'"),
    ({"ignore": ["z"]}, "no column 'z'"),
    ({"ignore": ["kind"]}, "both the target and ignored"), ({"task": "?"}, "task"), ({"missing": "?"}, "missing"),
    ({"ignore": ["a", "b", "colour", "size"]}, "no column but 'kind'"),
    ({"target": "size", "task": "classification"}, "too many for classes"), ({"epochs": 0}, "epochs"),
]


@pytest.mark.parametrize("options, words", REFUSED, ids=[words for _, words in REFUSED])
@pytest.mark.parametrize("backend", BACKENDS)
def test_what_cannot_be_trained_is_refused_in_the_same_words(written, backend, options, words):
    path = written(flowers())
    with pytest.raises(ValueError) as error:
        train(path, **{"target": "kind", "backend": backend, **options})
    assert words in str(error.value)


@pytest.mark.parametrize("column, words", [(["1e308", "-1e308"] * 45, "too large"), (["same"] * 90, "the one value")])
def test_columns_without_sense_are_refused(written, column, words):
    rows = [[row[0], cell] for row, cell in zip(flowers(), column)]
    with pytest.raises(ValueError, match=words):
        train(written(rows, ("a", "y")), "y" if words[:3] == "the" else "a", **QUICK)


def test_few_rows_are_all_trained_on(written):
    model = train(written([["0", "0", "0"], ["0", "1", "1"], ["1", "0", "1"], ["1", "1", "0"]], "abx"), "x", epochs=300,
                  learning_rate=0.1)
    assert model.provenance("task") == "classification" and model.provenance("rows_validated") == 0
    assert model.scores[0] == 1.0


# the commands --------------------------------------------------------------------------------------

@pytest.mark.once
@pytest.mark.parametrize("backend", BACKENDS)
def test_two_commands_from_a_csv_to_predictions(tmp_path, backend):
    names, rows = iris()
    write_csv(tmp_path / "iris.csv", rows, names)
    model = str(tmp_path / "iris.safetensors")
    out, err = command("train", "iris.csv", "--target", "species", "--save", model, "--backend", backend, "--epochs",
                       "40", "--hidden", "16", "--learning-rate", "0.05", cwd=tmp_path)
    for words in ("150 rows; classification of species, since its target is text", "on 15 rows that chose the epoch",
                  "accuracy ", "always guessing setosa: 0.333", "recall of versicolor", f"saved {model}"):
        assert words in out
    assert "the reference engine trains" not in err or backend == "reference"
    swapped = [[*reversed(row[:4]), "?"] for row in [names, *rows]]
    write_csv(tmp_path / "new.csv", swapped[1:], swapped[0], delimiter=";")
    out, err = command("predict", model, "new.csv", cwd=tmp_path)
    assert err == "" and out.splitlines()[0] == "species"
    assert [a == row[4] for a, row in zip(out.splitlines()[1:], rows)].count(True) >= 140
    out, _ = command("predict", model, "iris.csv", "--proba", cwd=tmp_path)
    table = list(csv.reader(io.StringIO(out)))
    assert table[0][1:] == [f"probability of {name}" for name in ("setosa", "versicolor", "virginica")]
    assert all(abs(sum(map(float, row[1:])) - 1) < 1e-9 for row in table[1:])
    (tmp_path / "less.csv").write_text("a,b\n1,2\n")
    _, err = command("predict", model, "less.csv", status=1, cwd=tmp_path)
    assert "less.csv has no column 'sepal length (cm)', 'sepal width (cm)'" in err


def test_stdout_holds_results_and_falls_back_to_ascii(written):
    rows = [[row[0], row[2] + "é", "süß" if row[3] == "low" else "groß\n!"] for row in flowers()]
    path = written(rows, ("a", "colour", "Größe"))
    model = path + ".safetensors"
    out, err = command("train", path, "--target", "Größe", "--save", model, "--epochs", "2", encoding="ascii")
    assert "Gr\\xf6\\xdfe" in out and "purenet: error" not in err
    rows[0][1] = "grün"
    out, err = command("predict", model, written(rows, ("a", "colour", "Größe")), encoding="ascii")
    assert out.splitlines()[0] == "Gr\\xf6\\xdfe"
    assert "warning: labels that stdout cannot encode are written with backslashes" in err
    assert err.splitlines()[-1] == (
        "purenet: warning: 1 cell with texts that training did not have, which count as no category; the first in "
        "column 'colour': 'gr\\xfcn' (row 1)")


def test_a_save_that_cannot_be_written_is_refused_before_training(written, capsys):
    assert main(["train", written(flowers()), "--target", "kind", "--save", "/no/such/folder/m"]) == 1
    assert "/no/such/folder/m" in capsys.readouterr().err


def test_a_training_of_five_seconds_shows_eight_states(tmp_path):
    pty = pytest.importorskip("pty")
    images, labels = load_digits()
    with open(tmp_path / "digits.csv", "w", newline="", encoding="ascii") as file:
        csv.writer(file).writerows([[*range(64), "digit"], *([*row, k] for row, k in zip(images[:600], labels))])
    epochs = "60" if sys.implementation.name == "pypy" else "12"
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "purenet", "train", "digits.csv", "--target", "digit", "--backend", "reference",
         "--hidden", "32", "--epochs", epochs], stdin=follower, stdout=subprocess.DEVNULL, stderr=follower,
        cwd=tmp_path, env=dict(os.environ, PYTHONPATH=str(ROOT)))
    os.close(follower)
    shown = b""
    with open(leader, "rb", buffering=0) as terminal:
        try:
            while part := terminal.read(4096):
                shown += part
        except OSError:  # how Linux says that the other side has gone
            pass
    assert child.wait() == 0
    states = {state.strip() for state in shown.decode().split("\r") if "epoch" in state and "loss" in state}
    assert len(states) >= 8 and all("s left" in state for state in states)


@pytest.mark.parametrize("backend", BACKENDS)
def test_targets_of_classes_are_taken_from_a_buffer_and_checked(backend):
    flat = array("d", [1.0, 0.0, 0.0, 1.0])
    y = memoryview(flat).cast("B").cast("d", (2, 2))
    nets = [Network(1, [Dense(2, "softmax")], loss="categorical_cross_entropy", backend=backend) for _ in range(2)]
    nets[0].fit([[0.0], [1.0]], y, epochs=2)
    nets[1].fit([[0.0], [1.0]], [[1.0, 0.0], [0.0, 1.0]], epochs=2)
    assert nets[0].digest() == nets[1].digest()
    flat[1] = 0.5
    with pytest.raises(ValueError, match=r"y\[0\] adds up to 1.5: categorical_cross_entropy needs rows"):
        nets[0].fit([[0.0], [1.0]], y)


# size ----------------------------------------------------------------------------------------------

MEASURED = """
import resource, sys, time
sys.path.insert(0, {root!r})
from purenet.data import read_csv
read_csv({small!r})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun = time.process_time()
table = read_csv({path!r}, undecided=["y"])
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(grown * 1024 / (table.rows * 20), time.process_time() - begun)
"""


@pytest.mark.skipif(sys.platform != "linux" or sys.implementation.name != "cpython", reason="measures as Linux does")
def test_a_number_takes_ten_bytes_and_is_read_fast(tmp_path):
    line = ",".join(f"{k}.123456" for k in range(19))
    text = ",".join(f"c{k}" for k in range(19)) + ",y\n"
    for name, rows in (("small.csv", 100), ("large.csv", 60000)):
        (tmp_path / name).write_text(text + "".join(f"{line},{('no', 'yes')[k % 2]}\n" for k in range(rows)))
    code = MEASURED.format(root=str(ROOT), small=str(tmp_path / "small.csv"), path=str(tmp_path / "large.csv"))
    memory, seconds = map(float, subprocess.check_output([sys.executable, "-c", code], text=True).split())
    assert memory < 10.0 + 2e6 / 1.2e6  # and two megabytes of what else moves
    assert (tmp_path / "large.csv").stat().st_size / seconds > 5e6  # 15 MB/s and more on a machine that is not busy


def test_prediction_takes_a_file_part_by_part(written):
    model = train(written(flowers()), "kind", **QUICK)
    path = written(flowers(3000), name="new.csv")
    parts = [len(part) for part, _ in model.predict_csv(path)]
    assert len(parts) > 10 and max(parts) <= 1000
    with open(path, "rb") as file, gzip.open(path + ".gz", "wb") as packed:
        packed.write(file.read())
    assert answers(model, path + ".gz") == answers(model, path)
    assert read_csv(path).rows == 3000
