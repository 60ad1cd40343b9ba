"""Fashion-MNIST's files, how they are read and refused, and the two networks; the images here are made up."""
import gzip
import struct
import sys
from array import array
from types import SimpleNamespace

import pytest

import purenet
from tools.bench import fashion as bench_fashion
from tools.bench.harness import Table
from tools.experiments import fashion

pytestmark = pytest.mark.once

ROWS, PIXELS = 6, 28 * 28


def packed(shape, data, kind=0x08):
    return gzip.compress(struct.pack(f">HBB{len(shape)}I", 0, kind, len(shape), *shape) + data, mtime=0)


def pixels(count):
    return bytes(7 * k * k % 256 for k in range(count * PIXELS))


@pytest.fixture
def folder(tmp_path):
    """The four files, of six images each."""
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(packed((ROWS, 28, 28), pixels(ROWS)))
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(packed((ROWS,), bytes([9, 0, 3, 3, 1, 2])))
    return tmp_path


@pytest.fixture
def small(monkeypatch):
    for name, value in (("TRAINING", ROWS), ("TEST", ROWS), ("HELD_OUT", 2), ("EPOCHS", 1)):
        monkeypatch.setattr(fashion, name, value)
    monkeypatch.setitem(fashion.SETTINGS, "dense", fashion.SETTINGS["dense"][:2])


@pytest.mark.parametrize("part", [1, 255, 1 << 16])
def test_bytes_become_255ths_wherever_the_parts_end(part, monkeypatch):
    monkeypatch.setattr(fashion, "PART", part)
    data = bytes(range(256)) + bytes(range(255, -1, -1))
    assert fashion.fractions(data).tobytes() == array("d", [value / 255 for value in data]).tobytes()


def test_images_and_classes_are_read(folder):
    x, y = fashion.read(folder, "train", ROWS)
    assert x == array("d", [value / 255 for value in pixels(ROWS)]) and y == array("d", [9, 0, 3, 3, 1, 2])


REFUSED = [
    ("images-idx3", packed((ROWS, 28, 27), bytes(ROWS * 28 * 27)),
     "expected 6 x 28 x 28 bytes from 0 to 255, got 6 x 28 x 27 numbers"),
    ("images-idx3", packed((ROWS - 1, 28, 28), pixels(ROWS - 1)), "got 5 x 28 x 28 numbers"),
    ("images-idx3", packed((ROWS, 28, 28), bytes(ROWS * PIXELS * 2), 0x0B), "of type h"),
    ("images-idx3", packed((ROWS, 28, 28), pixels(ROWS)[:-1]), "ends after 4703 of 4704 bytes"),
    ("images-idx3", packed((ROWS, 28, 28), pixels(ROWS) + b"0"), "continues after its 4704 bytes"),
    ("images-idx3", packed((ROWS, 28, 28), pixels(ROWS))[:-20], "is a damaged gzip file"),
    ("images-idx3", gzip.compress(b"\0\0\1\3"), "is not an IDX file"),
    ("labels-idx1", packed((ROWS,), bytes([9, 0, 3, 10, 1, 2])),
     "expected 6 bytes from 0 to 9, got 6 numbers of type B up to 10"),
    ("labels-idx1", packed((ROWS + 1,), bytes(ROWS + 1)), "got 7 numbers"),
]


@pytest.mark.parametrize("file, content, words", REFUSED, ids=[words for _, _, words in REFUSED])
def test_other_files_are_refused_by_name(folder, capsys, small, file, content, words):
    path = folder / f"train-{file}-ubyte.gz"
    path.write_bytes(content)
    assert fashion.main(["--data", str(folder)]) == 1
    errors = capsys.readouterr().err
    assert errors.startswith(f"fashion: error: {path}") and words in errors


@pytest.mark.parametrize("name", ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"])
def test_where_a_file_is_missing_one_sentence_says_what_to_install(folder, capsys, small, name):
    path = folder / f"{name}-ubyte.gz"
    path.unlink()
    assert fashion.main(["--data", str(folder)]) == 0
    assert capsys.readouterr() == (
        f"skipped: Fashion-MNIST is not here ({path} is missing): apt-get install dataset-fashion-mnist, or name a "
        "folder that has its four .gz files\n", "")


def test_the_bench_leaves_its_rows_out_where_the_files_are_missing(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace())
    monkeypatch.setattr(Table, "twin", lambda table: True)
    table = Table(quick=True, peers=["torch"], images=str(tmp_path))
    bench_fashion.epochs(table)
    told = capsys.readouterr().out
    assert told.startswith("skipped: rows of Fashion-MNIST: Fashion-MNIST is not here") and not table.rows


def test_settings_are_chosen_without_a_test_image(folder, capsys, small, monkeypatch):
    for path in folder.glob("t10k-*"):
        path.unlink()
    asked = []
    made = fashion.dense

    def dense(seed, **setting):
        asked.append((seed, setting))
        return made(seed, **setting)

    monkeypatch.setitem(fashion.NETWORKS, "dense", dense)
    assert fashion.main(["dense", "--choose", "--seeds", "2", "--data", str(folder)]) == 0
    assert asked == [(seed, setting) for setting in fashion.SETTINGS["dense"] for seed in (0, 1)]
    assert capsys.readouterr().out.count(" %, worst ") == 2


def test_held_out_images_are_not_learnt_from(folder, small, monkeypatch):
    seen = []
    monkeypatch.setattr(fashion, "trained", lambda net, *parts: seen.append(parts) or (0.0, 0.0))
    x, y = fashion.read(folder, "train", ROWS)
    fashion.choose("dense", (x, y), 1)
    learnt, classes, held_out, truth = seen[0]
    assert list(learnt) + list(held_out) == list(x) and classes + truth == y and len(truth) == 2
    assert len(held_out) == 2 * PIXELS


def test_a_median_below_what_is_wanted_ends_with_1(folder, capsys, small, monkeypatch):
    accuracies = iter([91.0, 87.0, 88.0, 91.0, 87.0, 87.5])
    monkeypatch.setattr(fashion, "trained", lambda *_: (next(accuracies), 1.0))
    assert fashion.main(["dense", "--data", str(folder)]) == 0
    assert capsys.readouterr().out.endswith("dense: median 88.00 %, wanted 88.0 %: reached\n")
    assert fashion.main(["dense", "--data", str(folder)]) == 1
    assert capsys.readouterr().out.endswith("dense: median 87.50 %, wanted 88.0 %: MISSED\n")


def test_the_accuracy_is_that_of_the_test_images(folder, capsys, small):
    assert fashion.main(["dense", "--seeds", "1", "--data", str(folder)]) in (0, 1)
    net = fashion.dense(0)
    assert (net.inputs, [layer.units for layer in net.layers]) == (784, [128, 10])
    x, y = fashion.read(folder, "train", ROWS)
    net.fit(x, y, epochs=1, batch_size=fashion.BATCH)
    right = sum(a == b for a, b in zip(net.predict_classes(x), y))  # the test images are the same here
    assert f"dense, seed 0: {100 * right / ROWS:.2f} % of 6, " in capsys.readouterr().out


@pytest.mark.skipif("compiled" not in purenet.backend().available, reason="no compiled engine here")
@pytest.mark.parametrize("name", fashion.NETWORKS)
def test_the_networks_train_to_the_same_bits_on_both_engines(folder, name):
    x, y = fashion.read(folder, "train", ROWS)
    result = purenet.compare(fashion.NETWORKS[name](0), x[:2 * PIXELS], y[:2], epochs=1, batch_size=1, timed=False)
    assert result.identical and result.batches == 2, result
