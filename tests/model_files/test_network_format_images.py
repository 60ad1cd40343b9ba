"""Model files, pickles and copies of networks with image layers, dropout and normalisation."""
import copy
import pickle
import re
import struct

import pytest

import purenet
from purenet import BatchNorm, Dense, ModelFileError, Network, load
from purenet.layers import KINDS as LAYER_KINDS
from purenet.model_files.describe import inspect
from tests.layers.test_images import KINDS, Case
from tests.support.cases import assert_same_state, everything
from tests.support.model_files import file_of, parts
from tests.support.oracle import assert_same_bits

BACKENDS = purenet.backend().available
CASES = [(kind, seed) for kind in KINDS for seed in (0, 2, 3)]


def trained(case, backend, epochs=2):
    net = case.network(backend)
    net.fit(case.x, case.y, epochs, 3, sample_weight=case.weights)
    return net


def assert_goes_on_alike(net, expected, case):
    """Both have the same state and go on to the same one."""
    for _ in range(2):
        assert_same_state(net, everything(expected))
        assert_same_bits(net._engine.state().statistics, expected._engine.state().statistics, "statistics")
        assert_same_bits(net.predict(case.x), expected.predict(case.x), "predictions")
        for one in (net, expected):
            one.fit(case.x, case.y, 1, 3, sample_weight=case.weights)


@pytest.mark.parametrize("then", BACKENDS)
@pytest.mark.parametrize("first", BACKENDS)
@pytest.mark.parametrize("kind, seed", CASES)
def test_a_network_comes_back_from_a_file_and_goes_on_with_the_same_bits(kind, seed, first, then, tmp_path):
    case = Case(kind, seed)
    net = trained(case, first)
    net.save(tmp_path / "a")
    again = load(tmp_path / "a", backend=then)
    assert repr(again) == repr(net) and again.backend == then
    again.save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert_goes_on_alike(again, net, case)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))],
                         ids=["copy", "deepcopy", "pickle"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_goes_on_with_the_same_bits(kind, way):
    case = Case(kind, 7)
    net = trained(case, "auto")
    again = way(net)
    assert repr(again) == repr(net)
    assert all(mine is not its for mine, its in zip(again.layers, net.layers))
    assert_goes_on_alike(again, net, case)


def test_the_networks_hold_every_kind_of_layer():
    kinds = {layer.kind for kind, seed in CASES for layer in Case(kind, seed).drawn.layers}
    assert kinds == {kind for kind, _, _ in LAYER_KINDS}


def test_inspect_shows_image_layers_and_statistics(tmp_path):
    case = Case("conv", 1)
    net = trained(case, "auto")
    net.save(tmp_path / "a")
    text = inspect(tmp_path / "a")
    assert f"inputs     {net.inputs}\n" in text and repr(net.layers[0]) in text
    for array in net.plan.parameters + net.plan.statistics:
        assert re.search(rf"^  {array.name} +F64  {' x '.join(map(str, array.shape))}$", text, re.MULTILINE)


def test_a_negative_variance_is_refused(tmp_path):
    net = Network(2, [BatchNorm(), Dense(1)], backend="reference")
    net.save(tmp_path / "a")
    state = net._engine.state()
    header, data = parts((tmp_path / "a").read_bytes())
    state.statistics[1] = [1.0, -0.25]
    at = len(data) - 4 * 624 - 16
    assert data[at:at + 16] == struct.pack("<2d", 1.0, 1.0)
    data = data[:at] + struct.pack("<2d", 1.0, -0.25) + data[at + 16:]
    (tmp_path / "a").write_bytes(file_of(header.replace(net.digest(), state.digest()), data))
    with pytest.raises(ModelFileError, match="0.moving_variance has a negative number"):
        load(tmp_path / "a")


@pytest.mark.parametrize("change, words", [
    (('\\"padding\\",\\"valid\\"', '\\"padding\\",\\"full\\"'), "padding: 'full' is not known"),
    (('\\"kernel_size\\",[3,2]', '\\"kernel_size\\",[0,2]'), "kernel_size: expected a whole number from 1"),
    (('\\"kernel_size\\",[3,2]', '\\"kernel_size\\",[7,2]'),
     "the 7 x 2 window of this conv2d is larger than its image"),
    (('\\"strides\\",[1,1]', '\\"strides\\",1'), "the settings of conv2d are not in the form that this purenet writes"),
    (('\\"inputs\\",[5,4,1]', '\\"inputs\\",20'), "conv2d needs images"),
    (('\\"inputs\\",[5,4,1]', '\\"inputs\\",[5,4]'), "inputs: expected a whole number, or rows, columns"),
    (('\\"inputs\\",[5,4,1]', '\\"inputs\\",[5,4,2]'), "the tensor 0.kernel, F64 of shape (3, 2, 2, 2), next"),
])
def test_an_unsound_file_of_images_is_refused(change, words, tmp_path):
    net = Network((5, 4, 1), [purenet.Conv2D(2, (3, 2)), Dense(1)], backend="reference")
    net.save(tmp_path / "a")
    header, data = parts((tmp_path / "a").read_bytes())
    assert header.count(change[0]) == 1
    (tmp_path / "a").write_bytes(file_of(header.replace(*change), data))
    with pytest.raises(ModelFileError, match=re.escape(words)):
        load(tmp_path / "a")


def test_an_epsilon_of_nothing_is_refused():
    with pytest.raises(ValueError, match="epsilon: expected a number above 0"):
        BatchNorm(0.5, 0.0)
