"""The penalties l1 and l2 in training, ``net.gradients``, ``net.trace``, ``check_gradients``: sums, and means."""
import pickle

import pytest

import purenet
from purenet import SGD, Conv2D, Dense, Flatten, Network, RandomState
from purenet._core.state import Run
from purenet._model.results import penalty_loss
from purenet.model_files.describe import inspect
from purenet.verification import gradients as checking
from tests.support.model_files import repaired

BACKENDS = purenet.backend().available
REDUCTIONS = ["sum", "mean"]


def network(name, factor=1.0, **given):
    l1, l2 = 0.03 * factor, 0.5 * factor
    layers = [Conv2D(2, 2, activation="tanh", l2=l2), Flatten(), Dense(3, "tanh", l1=l1), Dense(2, l1=l1, l2=l2)]
    return Network((3, 3, 1), layers, loss="mean_squared_error", optimizer=SGD(1.0), init="randn", seed=4, backend=name,
                   **given)


def data():
    stream = RandomState(2)
    return [[stream.randn() for _ in range(9)] for _ in range(5)], [[stream.randn(), stream.randn()] for _ in range(5)]


def numbers(arrays):
    flat = []
    for values in arrays:
        flat += numbers(values) if isinstance(values, list) else [values]
    return flat


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", BACKENDS)
def test_gradients_are_those_of_the_next_step(name, reduction):
    net, (x, y) = network(name, penalty_reduction=reduction), data()
    before = numbers([values for _, values in net.parameters()])
    gradients = numbers([values for _, values in net.gradients(x, y)])
    net.partial_fit(x, y)
    after = numbers([values for _, values in net.parameters()])
    assert after == [w - 1.0 * g for w, g in zip(before, gradients)]
    plain = numbers([values for _, values in network(name, 0.0).gradients(x, y)])
    assert plain != gradients and network(name).evaluate(x, y) == network(name, 0.0).evaluate(x, y)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", BACKENDS)
def test_a_trace_has_the_same_gradients(name, reduction):
    net, (x, y) = network(name, penalty_reduction=reduction), data()
    assert net.trace(x[:1], y[:1]).gradients() == net.gradients(x[:1], y[:1])


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", BACKENDS)
def test_gradients_with_penalties_are_checked_against_the_loss_with_them(name, reduction, monkeypatch):
    net, (x, y) = network(name, penalty_reduction=reduction), data()
    assert purenet.check_gradients(net, x, y).worst < 1e-6
    monkeypatch.setattr(checking, "penalty_loss", lambda plan, parameters, weights: 0.0)
    assert purenet.check_gradients(net, x, y).worst > 1e-3


def test_the_loss_of_the_penalties_is_their_definition():
    net = network("reference")
    assert penalty_loss(net.plan, net.engine.state().parameters, [1.0]) == pytest.approx(defined(net), rel=1e-14)
    mean = network("reference", penalty_reduction="mean")
    found = penalty_loss(mean.plan, mean.engine.state().parameters, [1.0, 2.5, 0.5])
    assert found == pytest.approx(defined(net) / 4.0, rel=1e-14)


def defined(net):
    """The penalties of all weights, as their definition has them."""
    found = 0.0
    for (name, values), parameter in zip(net.parameters(), net.plan.parameters):
        if not name.endswith("bias"):
            found += sum(parameter.l1 * abs(w) + parameter.l2 * w * w for w in numbers([values]))
    return found


@pytest.mark.parametrize("name", BACKENDS)
def test_a_mean_divides_by_the_weights_of_each_batch_also_of_the_last_one(name):
    """The steps of a training are those of networks whose penalties have been divided before."""
    (x, y), weights = data(), [0.5, 1.0, 1.5, 1.0, 3.0]
    net, expected = network(name, penalty_reduction="mean"), network(name)
    net.fit(x, y, 2, 3, False, sample_weight=weights)
    for rows in [slice(0, 3), slice(3, 5)] * 2:
        divided = network(name, 1.0 / sum(weights[rows]))
        divided.engine.set_state(expected.engine.state())
        divided.partial_fit(x[rows], y[rows], sample_weight=weights[rows])
        expected = divided
    assert net.digest() == expected.digest() != network(name).digest()


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", BACKENDS)
def test_a_run_has_the_penalties_of_each_epoch_if_they_are_means(name, reduction):
    net, (x, y) = network(name, penalty_reduction=reduction), data()
    run, expected = run_of(net, x, y), [0.0, 0.0]
    while len(run.losses) < run.epochs:
        if run.rows % run.batch_size == 0:
            expected[len(run.losses)] += defined(net)
        run.row_budget = 1  # a batch may take several calls of the engine
        net.engine.train(run)
    assert run.penalties == ([pytest.approx(p, rel=1e-14) for p in expected] if reduction == "mean" else [])
    other = network("reference", penalty_reduction=reduction)
    again = run_of(other, x, y)
    other.engine.train(again)
    assert (again.losses, again.penalties, other.digest()) == (run.losses, run.penalties, net.digest())


def run_of(net, x, y):
    arrays = [net.engine.convert_rows(rows, width) for rows, width in ((x, 9), (y, 2), ([1.0] * 5, 1))]
    return Run(*arrays, 2, 2, True, 0.01, 1000)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_batch_whose_weights_are_all_0_has_no_penalty_if_it_is_a_mean(name):
    (x, y), weights = data(), [0.0, 0.0, 1.0, 2.0, 0.5]
    for reduction in REDUCTIONS:
        net, other = [network(name, penalty_reduction=reduction) for _ in range(2)]
        net.fit(x, y, 1, 2, False, sample_weight=weights)
        other.fit(x[2:], y[2:], 1, 2, False, sample_weight=weights[2:])
        assert (net.digest() == other.digest()) is (reduction == "mean")


def test_a_file_says_so_only_if_penalties_are_means(tmp_path):
    x, y = data()
    for reduction in REDUCTIONS:
        net, path = network("auto", penalty_reduction=reduction), tmp_path / reduction
        net.save(path)
        for copy in purenet.load(path), pickle.loads(pickle.dumps(net)):
            assert copy.plan.penalty_mean is (reduction == "mean")
            copy.fit(x, y, 2, 3)
            assert copy.digest() == trained(net).digest()
        assert (b"penalty_reduction" in path.read_bytes()) is (reduction == "mean")
        assert ("penalties  l1 and l2, reduction mean" in inspect(path)) is (reduction == "mean")
    broken = (tmp_path / "mean").read_bytes().replace(b'reduction\\",\\"mean', b'reduction\\",\\"main')
    (tmp_path / "mean").write_bytes(repaired(broken))
    with pytest.raises(purenet.ModelFileError, match="the network: expected"):
        purenet.load(tmp_path / "mean")


def trained(net):
    copy = pickle.loads(pickle.dumps(net))
    copy.fit(*data(), 2, 3)
    return copy


def test_the_reduction_of_penalties_is_checked():
    with pytest.raises(ValueError, match="penalty_reduction: 'cell_mean'.*sum, mean"):
        network("auto", penalty_reduction="cell_mean")
