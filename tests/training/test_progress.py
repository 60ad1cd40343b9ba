"""The progress line without a usual standard error, and checkpoints with names in braces."""
import os
import pathlib
import sys

import pytest

from purenet import Checkpoint, Dense, Network, backend, load
from purenet.training.progress import Progress

BACKENDS = backend().available


class Host:
    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text


class Broken(Host):
    def isatty(self):
        raise ValueError("I/O operation on closed file")

    def write(self, text):
        raise BrokenPipeError(32, "Broken pipe")


@pytest.mark.parametrize("stream", [None, Host(), Broken()])
@pytest.mark.parametrize("name", BACKENDS)
def test_training_goes_on_without_a_standard_error(name, stream, monkeypatch):
    net = Network(1, [Dense(1)], loss="mean_squared_error", backend=name)
    monkeypatch.setattr(sys, "stderr", stream)
    assert len(net.fit([[1.0]], [1.0], epochs=3, progress=True).loss) == 3


@pytest.mark.parametrize("stream, text", [(None, ""), (Host(), "epoch 1/2  loss 0.5  60 s left\n"), (Broken(), "")])
def test_a_stream_that_can_only_write_gets_the_lines(stream, text, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    times = iter([0.0, 60.0, 120.0])
    with Progress(stream, lambda: next(times)) as line:
        line(1.0, 2, 0.5)
        line(1.5, 2, 0.25)
    assert getattr(stream, "text", "").startswith(text)


# a file for each epoch -------------------------------------------------------------------------------------

def fitted(name, path, epochs=3, **options):
    net = Network(1, [Dense(1)], loss="mean_squared_error", backend=name)
    net.fit([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0], epochs, 1, callbacks=[Checkpoint(path, **options)],
            validation_data=([[1.0]], [0.0]), metrics=["r2"])
    return net


@pytest.mark.parametrize("name", BACKENDS)
def test_each_epoch_has_the_file_that_keras_would_write(name, tmp_path):
    net = fitted(name, str(tmp_path / "net-{epoch:02d}-{val_loss:.1f}-{{a}}.safetensors"))
    files = sorted(os.listdir(tmp_path))
    assert [file[:6] for file in files] == ["net-01", "net-02", "net-03"]
    assert all(file.endswith("-{a}.safetensors") for file in files)
    assert load(tmp_path / files[2]).digest() == net.digest() != load(tmp_path / files[0]).digest()
    losses = Network(1, [Dense(1)], loss="mean_squared_error").fit(
        [[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0], 3, 1, validation_data=([[1.0]], [0.0])).val_loss
    assert [file[7:10] for file in files] == [f"{loss:.1f}" for loss in losses]


def test_batches_have_files_too(tmp_path):
    fitted(BACKENDS[-1], pathlib.Path(tmp_path / "{epoch}-{batch}"), 2, every=2, of="batches")
    assert sorted(os.listdir(tmp_path)) == ["1-2", "1-3", "2-2", "2-3"]


@pytest.mark.parametrize("path, options", [
    ("net-{epok}", {}), ("net-{}", {}), ("net-{", {}), ("net-{epoch", {}), ("net-{epoch:%}{x.y}", {}),
    ("net-{batch}", {}), ("net-{val_loss}", {"of": "batches"}), ("net-{epoch:f$}", {}),
])
def test_other_names_are_refused_before_the_training(path, options, tmp_path):
    with pytest.raises(ValueError, match="names in the braces of its path can be .*epoch"):
        fitted(BACKENDS[-1], str(tmp_path / path), **options)
    assert os.listdir(tmp_path) == []


def test_the_bytes_of_a_path_are_taken_as_they_are(tmp_path):
    fitted(BACKENDS[-1], os.fsencode(tmp_path / "net-{epoch}"))
    assert os.listdir(tmp_path) == ["net-{epoch}"]
