"""save and load: everything that training needs, the same bytes from everywhere, and nothing else."""
import copy
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import purenet
from purenet import SGD, Dense, ModelFileError, Network, backend, load, save
from purenet.cli.main import main
from purenet.table import TableModel
from purenet.table.encoder import NumberInput, TableEncoder
from tests import ROOT
from tests.network.test_atomic_batches import interrupt_in_batch
from tests.support.cases import SGD_FORMS, Case, assert_same_state, cases, everything
from tests.support.model_files import ROWS, TARGETS, file_of, parts, small_network
from tests.support.pythons import PYTHONS

BACKENDS = backend().available


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def saved(thing, path, **options):
    save(thing, path, **options)
    return path.read_bytes()


# going on ------------------------------------------------------------------------------------------

@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases())
def test_any_network_comes_back_with_every_bit_and_is_saved_as_the_same_bytes(case, tmp_path):
    net = case.network()
    data = saved(net, tmp_path / "a")
    for name in BACKENDS:
        other = load(tmp_path / "a", backend=name)
        assert repr(other) == repr(net) and other.backend == name
        assert_same_state(other, everything(net))
        assert saved(other, tmp_path / "b") == data


@pytest.mark.parametrize("first", BACKENDS)
@pytest.mark.parametrize("then", BACKENDS)
@pytest.mark.parametrize("optimizer", SGD_FORMS)
def test_saved_after_any_epoch_and_loaded_it_ends_at_the_digest_of_the_uninterrupted_run(optimizer, first, then, path):
    case = Case(optimizer=SGD_FORMS[optimizer], loss="huber", delta=0.77, hidden="leaky_relu", init="randn")
    undisturbed = case.network()
    undisturbed.fit(case.x, case.y, 6, 4)
    for epoch in range(7):
        net = case.network(backend=first)
        net.fit(case.x, case.y, epoch, 4)
        net.save(path)
        other = load(path, backend=then)
        assert_same_state(other, everything(net))
        other.fit(case.x, case.y, 6 - epoch, 4)
        assert_same_state(other, everything(undisturbed))
        assert other.digest() == undisturbed.digest()


def test_saved_inside_an_epoch_after_ctrl_c(path, monkeypatch):
    case = Case()
    net = case.network()
    interrupt_in_batch(5, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        net.fit(case.x, case.y, 3, 3)
    monkeypatch.undo()
    net.save(path)
    other = load(path, backend="reference")
    assert_same_state(other, everything(net))
    net.fit(case.x, case.y, 2, 3)
    other.fit(case.x, case.y, 2, 3)
    assert_same_state(other, everything(net))


def test_a_changed_learning_rate_is_kept(path):
    net = small_network()
    net.optimizer.learning_rate = 1
    net.save(path)
    assert load(path).optimizer.learning_rate == 1.0


def test_a_function_given_as_init_stays_behind(path):
    net = Network(2, [Dense(2, init=lambda stream, shape, *_: stream.rand(*shape)), Dense(1)],
                  init=lambda stream, shape, *_: stream.randn(*shape), seed=3)
    net.save(path)
    other = load(path)
    assert other.digest() == net.digest()
    assert other.layers[0].init == "zeros"


def test_threads_and_backend_are_not_stored(path, tmp_path):
    data = {saved(small_network(name, threads=threads), path) for name in BACKENDS for threads in (1, 3)}
    assert len(data) == 1
    assert load(path, threads=2, backend="reference").threads == 2
    for options in ({"backend": "x"}, {"threads": 0}):
        with pytest.raises(ValueError) as caught:
            load(path, **options)
        assert not isinstance(caught.value, ModelFileError)


# the same file from everywhere ---------------------------------------------------------------------

GO_ON = """
import sys
sys.path.insert(0, {root!r})
import purenet
net = purenet.load({path!r})
net.fit({rows}, {targets}, 2, 3)
print(net.digest())
if len(sys.argv) > 1:
    net.save(sys.argv[1])
"""


def go_on(path):
    return GO_ON.format(root=str(ROOT), path=str(path), rows=ROWS, targets=TARGETS)


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS.keys())
def test_every_python_goes_on_with_a_file_and_saves_the_same_bytes(python, path, tmp_path):
    net = small_network()
    net.save(path)
    again = tmp_path / "again"
    done = subprocess.run([python, "-c", go_on(path), str(again)], capture_output=True, text=True)
    net.fit(ROWS, TARGETS, 2, 3)
    assert done.stdout.strip() == net.digest(), done.stderr
    assert again.read_bytes() == saved(net, path)


def test_micropython_loads_and_goes_on(path, tmp_path):
    micropython = Path(sys.executable).parent / "micropython"
    if not micropython.exists():
        pytest.skip("no micropython beside this Python")
    net = small_network()
    net.save(path)
    script = tmp_path / "go_on.py"
    script.write_text(go_on(path))
    done = subprocess.run([str(micropython), "-X", "heapsize=1M", str(script)], capture_output=True, text=True)
    net.fit(ROWS, TARGETS, 2, 3)
    assert done.stdout.strip() == net.digest(), done.stdout + done.stderr
    header, data = parts(path.read_bytes())
    path.write_bytes(file_of(header.replace("huber", "hubert"), data))
    done = subprocess.run([str(micropython), "-X", "heapsize=1M", str(script)], capture_output=True, text=True)
    assert "ModelFileError" in done.stdout + done.stderr and "'hubert' is not known" in done.stdout + done.stderr
    path.unlink()
    done = subprocess.run([str(micropython), "-X", "heapsize=1M", str(script)], capture_output=True, text=True)
    assert f"OSError: [Errno 2] ENOENT: {path}" in done.stdout + done.stderr


# how it was made -----------------------------------------------------------------------------------

def test_what_is_said_of_the_making_stays_until_it_is_trained_again(path, tmp_path):
    net = small_network()
    assert net.metadata == []
    data = saved(net, path, metadata=[("data", "abc"), ("epochs", "2")])
    other = load(path)
    assert other.metadata == [("version", purenet.__version__), ("data", "abc"), ("epochs", "2")]
    assert saved(copy.deepcopy(other), tmp_path / "b") == data
    other.predict(ROWS)
    assert saved(other, tmp_path / "b") == data
    other.fit(ROWS, TARGETS, 1)
    assert other.metadata == []
    other = load(path)
    other.set_parameters(other.parameters())
    assert other.metadata == []


def test_the_version_that_made_it_stays_with_a_file_of_an_older_purenet(path, tmp_path):
    data = saved(small_network(), path, metadata=[("data", "abc"), ("version", "0.0.9")])
    assert load(path).metadata == [("version", "0.0.9"), ("data", "abc")]
    assert saved(load(path), tmp_path / "b") == data


# a table model around a network --------------------------------------------------------------------

@pytest.fixture
def labelled():
    """A table model around a small network: two numbers in, one number out."""
    inputs = TableEncoder([NumberInput("a", 0.1, 2.0), NumberInput("b", -0.0, 0.5)])
    return TableModel(small_network(), inputs, "ü", [], 0.25, 4.0, "mean")


def test_a_table_model_comes_back_with_its_network(labelled, path, tmp_path, capsys):
    labelled.hyperparameters = [0.1, 0.0, 0.5]
    data = saved(labelled, path, metadata=[("data", "abc")])
    other = load(path, backend="reference")
    assert (other.target, other.missing) == ("ü", "mean")
    assert repr([one.mean for one in other.inputs.inputs]) == "[0.1, -0.0]"
    assert_same_state(other.network, everything(labelled.network))
    assert other.network.metadata[1] == ("data", "abc")
    assert saved(other, tmp_path / "b") == data
    other.save(tmp_path / "c", other.network.metadata)
    assert (tmp_path / "c").read_bytes() == data
    assert main(["inspect", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "table      trained by" in shown and "table.means" in shown


@pytest.mark.parametrize("old, new, words", [
    ("table.means", "table.meens", "the table model cannot be rebuilt: the table's tensors cannot be ..'table.meens'"),
    ("[\\\"table\\\",", "[\\\"tabel\\\",", "of no kind that this purenet knows"),
    ("\"table\":", "\"tables\":", "expected the metadata"),
])
def test_a_file_whose_table_is_not_sound_is_refused(labelled, old, new, words, path):
    labelled.hyperparameters = [0.1, 0.0, 0.5]
    header, data = parts(saved(labelled, path))
    assert old in header
    path.write_bytes(file_of(header.replace(old, new), data))
    with pytest.raises(ModelFileError, match=words):
        load(path)


def test_things_that_cannot_be_loaded_again_are_not_saved(labelled, path):
    with pytest.raises(ValueError, match="shape"):
        save(labelled, path)  # without hyperparameters
    with pytest.raises(TypeError, match="expected a network or a table model, got"):
        save([0.1], path)
    assert not path.exists()


# inspect -------------------------------------------------------------------------------------------

def test_inspect_shows_what_a_file_says_without_its_weights(path, capsys):
    net = small_network()
    net.save(path, metadata=[("data", "a\x1b[2Jb")])
    data = path.read_bytes()
    assert main(["inspect", str(path)]) == 0
    shown = capsys.readouterr().out
    for text in ["purenet model 1, arithmetic 1", net.digest(), repr(net.layers[0]), repr(net.optimizer),
                 "('huber', 0.75)", "seed 7", "2 epochs and 0 batches, 4 steps", purenet.__version__,
                 "0.weights              F64  2 x 1", "a\\x1b[2Jb"]:
        assert text in shown
    begin = len(data) - len(parts(data)[1]) + json.loads(parts(data)[0])["0.weights"]["data_offsets"][0]
    path.write_bytes(data[:begin] + struct.pack("<d", float("nan")) + data[begin + 8:])
    assert main(["inspect", str(path)]) == 0
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize("old, new, words", [
    ("\\\"seed\\\"", "\\\"sied\\\"", "the network: expected"),
    ("[2,0,4]", "2", "cannot be rebuilt"),
    ("huber", "hubert", "'hubert' is not known"),
])
def test_inspect_refuses_an_unsound_header_in_one_line(old, new, words, path, capsys):
    small_network().save(path)
    header, data = parts(path.read_bytes())
    assert old in header
    path.write_bytes(file_of(header.replace(old, new), data))
    assert main(["inspect", str(path)]) == 1
    shown = capsys.readouterr().err
    assert words in shown and shown.count("\n") == 1 and str(path) in shown


def test_inspect_and_load_say_when_there_is_no_file(path, capsys):
    assert main(["inspect", str(path)]) == 1
    assert "No such file" in capsys.readouterr().err
    with pytest.raises(FileNotFoundError):
        load(path)


# large ones ----------------------------------------------------------------------------------------

@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="no /proc")
@pytest.mark.parametrize("name", BACKENDS)
def test_the_memory_that_loading_takes_is_that_of_the_numbers(path, name):
    Network(1000, [Dense(500)], optimizer=SGD(0.1, 0.9)).save(path)
    megabytes = os.path.getsize(path) / 1e6
    assert 8.0 < megabytes < 8.1
    code = (f"import sys; sys.path.insert(0, {str(ROOT)!r}); import purenet\n"
            f"net = purenet.load({str(path)!r}, backend={name!r})\n"
            "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0])")
    fixed = dict(os.environ, PYPY_GC_NURSERY="4MB")  # else PyPy goes by the machine's cache
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=fixed)
    peak = float(done.stdout) / 1e3
    bare = 120.0 if sys.implementation.name == "pypy" else 20.0
    times = 8 if name == "reference" else 4  # lists of floats take 4 times the bytes of the file
    assert peak < bare + times * megabytes, peak
