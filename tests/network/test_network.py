"""The public interface, as a user meets it."""
import copy
import os
import pickle
import subprocess
import sys

import pytest

import purenet
from purenet import SGD, Dense, Network, RandomState, backends

X = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
Y = [[0], [1], [1], [0]]


def classifier(**options):
    return Network(3, [Dense(5, "tanh"), Dense(2, "softmax")], loss="categorical_cross_entropy", **options)


def test_public_names_are_all_there():
    for name in purenet.__all__:
        assert getattr(purenet, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Denze'"):
        purenet.Denze  # noqa: B018


def test_defaults_are_those_of_the_design():
    net = Network(3, [Dense(2)])
    assert (net.loss, net.seed, net.threads, net.backend) == ("squared_error", 0, 1, purenet.backend().chosen)
    assert repr(net.optimizer) == "SGD(learning_rate=0.01)"
    assert repr(net.layers[0]) == "Dense(2, 'linear')"
    assert [name for name, _ in net.parameters()] == ["0.weights", "0.bias"]
    assert net.parameters()[1][1] == [0.0, 0.0]


def test_what_a_network_was_made_of_cannot_be_changed_but_its_learning_rate():
    net = classifier(optimizer=SGD(0.5))
    for name in ("loss", "optimizer", "layers"):
        with pytest.raises(AttributeError):
            setattr(net, name, None)
    net.layers.clear()
    assert len(net.layers) == 2
    net.optimizer.learning_rate = 0.0
    before = net.digest()
    net.fit(X, [0, 1, 1, 0])
    assert net.digest() == before
    net.optimizer.learning_rate = "fast"
    with pytest.raises(TypeError, match="learning_rate is 'fast'"):
        net.fit(X, [0, 1, 1, 0])


def test_a_softmax_of_one_output_is_refused():
    with pytest.raises(ValueError, match="use sigmoid for two classes"):
        Network(3, [Dense(1, "softmax")])


def test_parameters_go_out_and_back_in_any_order():
    net, other = classifier(seed=1), classifier(seed=2)
    other.set_parameters(list(reversed(net.parameters())))
    assert other.digest() == net.digest() != classifier(seed=2).digest()


def test_seed_none_is_drawn_and_kept():
    net = classifier(seed=None)
    assert 0 <= net.seed < 2 ** 32
    assert classifier(seed=net.seed).digest() == net.digest()
    assert len({classifier(seed=None).seed for _ in range(4)}) > 1


def test_articles_initialisers_draw_the_bias_after_the_weights_others_leave_it_zero():
    stream = RandomState(5)
    net = Network(2, [Dense(3)], init="randn", seed=5)
    assert net.parameters() == [("0.weights", stream.randn(2, 3)), ("0.bias", stream.randn(3))]
    assert Network(2, [Dense(3)], init="he_normal", seed=5).parameters()[1] == ("0.bias", [0.0] * 3)


def test_a_layers_own_init_goes_before_the_networks():
    net = Network(2, [Dense(3, init="zeros"), Dense(2)], init="rand")
    assert net.parameters()[0][1] == [[0.0] * 3] * 2
    assert net.parameters()[2][1] != [[0.0] * 2] * 3


def test_an_initialiser_may_be_a_function():
    def diagonal(stream, shape, fan_in, fan_out):
        assert (shape, fan_in, fan_out) == ((2, 2), 2, 2)
        return [[stream.rand(), 0.0], [0.0, stream.rand()]]

    net = Network(2, [Dense(2)], init=diagonal, seed=3)
    stream = RandomState(3)
    assert net.parameters()[0][1] == [[stream.rand(), 0.0], [0.0, stream.rand()]]
    assert pickle.loads(pickle.dumps(net)).digest() == copy.copy(net).digest() == net.digest()


def test_class_numbers_train_like_one_hot_rows():
    flat, rows = classifier(), classifier()
    flat.fit(X, [0, 1, 1, 0], epochs=5)
    rows.fit(X, [[1, 0], [0, 1], [0, 1], [1, 0]], epochs=5)
    assert flat.digest() == rows.digest()


def test_predict_classes_takes_the_largest_or_the_half():
    net = classifier(optimizer=SGD(0.5))
    net.fit(X, [0, 1, 1, 0], epochs=400)
    assert net.predict_classes(X) == [0, 1, 1, 0]
    one = Network(3, [Dense(4, "sigmoid"), Dense(1, "sigmoid")], loss="binary_cross_entropy", optimizer=SGD(1.0),
                  seed=1)
    one.fit(X, [0, 1, 1, 0], epochs=800)
    assert one.predict_classes(X) == [0, 1, 1, 0]
    with pytest.raises(ValueError, match="softmax or one sigmoid"):
        Network(3, [Dense(1)]).predict_classes(X)


def test_evaluate_is_the_loss_that_fit_reports_for_the_state_before():
    net = classifier()
    before = net.evaluate(X, [0, 1, 1, 0])
    assert net.fit(X, [0, 1, 1, 0], batch_size=None, shuffle=False).loss == [before]


def test_history_has_a_loss_for_each_epoch():
    history = classifier().fit(X, [0, 1, 1, 0], epochs=3)
    assert len(history.loss) == 3
    assert repr(history).startswith("<History: 3 epochs, loss ")
    assert repr(classifier().fit(X, [0, 1, 1, 0], epochs=0)) == "<History: no epochs>"


def test_progress_is_told_the_epochs_and_the_loss():
    told = []
    net = Network(64, [Dense(300), Dense(300), Dense(1)], optimizer=SGD(0.0))  # large: several reports an epoch
    x = [RandomState(seed).randn(64) for seed in range(20)]
    history = net.fit(x, [[0.0]] * 20, epochs=3, batch_size=2, progress=lambda *what: told.append(what))
    assert told[-1] == (3.0, 3, history.loss[-1])
    done = [what[0] for what in told]
    assert done == sorted(done) and any(0 < part < 1 for part in done)


def test_gradient_check_passes_and_names_the_parameters():
    net = Network(3, [Dense(4, "tanh"), Dense(5, "softplus"), Dense(2)], seed=3)
    before = net.digest()
    check = purenet.check_gradients(net, X, [[0.1, 2], [1, 0.3], [1, 1], [0, 0.5]], sample_weight=[1, 2, 0.5, 1])
    assert [name for name, _ in check.errors] == [name for name, _ in net.parameters()]
    assert check.worst == max(error for _, error in check.errors) < 1e-6
    assert "0.weights" in repr(check)
    assert net.digest() == before


def test_gradient_check_sees_a_wrong_gradient(monkeypatch):
    from purenet.reference import training

    def wrong(a, d_a):
        return [[d * (1.0 - v) for v, d in zip(row, d_row)] for row, d_row in zip(a, d_a)]

    monkeypatch.setitem(training.STEP_FUNCTIONS, "tanh", (training.STEP_FUNCTIONS["tanh"][0], wrong))
    check = purenet.check_gradients(Network(3, [Dense(4, "tanh"), Dense(1)], seed=3, backend="reference"), X, Y)
    assert check.worst > 1e-3


def test_gradient_check_refuses_a_gradient_that_is_zero_everywhere():
    net = Network(3, [Dense(4, "relu"), Dense(1)], init="zeros")
    with pytest.raises(ValueError, match="gradient of 0.weights is zero everywhere"):
        purenet.check_gradients(net, X, Y)
    with pytest.raises(ValueError, match="no parameters, so there is nothing to check"):
        purenet.check_gradients(Network(3, [purenet.Dropout(0.5)]), X, [[0, 0, 0]] * 4)


@pytest.mark.parametrize("backend", purenet.backend().available)
def test_gradient_check_takes_what_rounding_leaves_of_no_gradient_for_none(backend):
    net = Network(3, [Dense(4), purenet.BatchNorm(), purenet.Activation("tanh"), Dense(1)], seed=3, backend=backend)
    assert 0.0 < max(abs(d) for d in dict(net.gradients(X, Y))["0.bias"]) < 1e-12  # the mean goes with the bias
    assert purenet.check_gradients(net, X, Y).worst < 1e-6


ABSENT = (0, "not there", False)
BROKEN = (0, "broken", True)
THERE = (1, "", False)


@pytest.mark.parametrize("found, chosen", [(ABSENT, "reference"), (THERE, "compiled")])
def test_backend_says_what_is_chosen_and_why_not_the_other(found, chosen, monkeypatch):
    monkeypatch.setattr(backends, "_probe_cache", [found])
    monkeypatch.delenv("PURENET_BACKEND", raising=False)
    monkeypatch.delenv("PURENET_SIMD", raising=False)
    report = purenet.backend()
    assert (report.chosen, report.available) == (chosen, ["reference", "compiled"] if found is THERE else ["reference"])
    assert f"compiled: {'vectors: baseline' if found is THERE else 'not there'}" in repr(report)
    monkeypatch.setenv("PURENET_BACKEND", "reference")
    assert purenet.backend().chosen == Network(3, [Dense(1)]).backend == "reference"
    monkeypatch.setenv("PURENET_BACKEND", "fastest")
    with pytest.raises(ValueError, match="PURENET_BACKEND: 'fastest' is not known"):
        classifier()


def test_asking_for_a_compiled_engine_that_is_not_there_fails(monkeypatch):
    monkeypatch.setattr(backends, "_probe_cache", [ABSENT])
    with pytest.raises(RuntimeError, match="^backend asks for the compiled engine, which is not there"):
        classifier(backend="compiled")
    monkeypatch.setenv("PURENET_BACKEND", "compiled")
    with pytest.raises(RuntimeError, match="^PURENET_BACKEND asks for the compiled engine, which is not there"):
        classifier()


def test_a_compiled_engine_that_is_broken_is_left_out_with_one_warning(monkeypatch):
    monkeypatch.setattr(backends, "_probe_cache", [BROKEN])
    monkeypatch.setattr(backends, "_warned", [])
    monkeypatch.delenv("PURENET_BACKEND", raising=False)
    with pytest.warns(RuntimeWarning, match="the compiled engine is broken") as caught:
        assert classifier().backend == classifier().backend == "reference"
    assert len(caught) == 1


@pytest.mark.skipif("compiled" not in purenet.backend().available, reason="the compiled twin is not built")
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="cffi is part of PyPy")
def test_a_compiled_engine_without_cffi_is_left_out_without_a_warning():
    code = ("import sys; sys.modules['_cffi_backend'] = None; import purenet\n"
            "print(purenet.Network(3, [purenet.Dense(1)]).backend, purenet.backend())")
    environment = {name: value for name, value in os.environ.items() if name != "PURENET_BACKEND"}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, env=environment,
                          cwd=os.path.dirname(os.path.dirname(purenet.__file__)))
    assert done.stderr == "" and done.stdout.startswith("reference backend: reference")
    assert "compiled: built, but cffi is missing; pip install cffi" in done.stdout


def test_vector_units_that_the_cpu_lacks_are_refused(monkeypatch):
    monkeypatch.setattr(backends, "_probe_cache", [(2, "", False)])
    for name, level in (("plain", 0), ("baseline", 1), ("avx2", 2)):
        monkeypatch.setenv("PURENET_SIMD", name)
        assert backends.simd_level() == level
    monkeypatch.setenv("PURENET_SIMD", "avx512")
    with pytest.raises(RuntimeError, match="this CPU has no more than avx2"):
        backends.simd_level()


def test_threads_are_those_given_or_those_of_the_environment(monkeypatch):
    monkeypatch.setenv("PURENET_THREADS", "3")
    assert (classifier().threads, classifier(threads=2).threads) == (3, 2)
    assert "3 threads" in repr(purenet.backend()) or purenet.backend().chosen == "reference"
    monkeypatch.delenv("PURENET_THREADS")
    assert classifier().threads == 1
    for nonsense in ("0", "65", "-1", "two", "1.5"):
        monkeypatch.setenv("PURENET_THREADS", nonsense)
        with pytest.raises(ValueError, match="PURENET_THREADS: expected a whole number from 1 to 64, got"):
            classifier()


def test_a_thread_that_flushes_subnormals_is_refused(monkeypatch):
    from purenet._core import ieee754

    net = classifier()
    monkeypatch.setattr(ieee754, "_TINY", [0.0, *ieee754._TINY[1:]])  # what such a thread reads
    rows = [tuple(row) for row in X]  # C has its own probe: test_negative_controls
    for call in (lambda: net.fit(X, [0, 1, 1, 0]), lambda: net.predict(rows), lambda: net.evaluate(X, [0, 1, 1, 0])):
        with pytest.raises(RuntimeError, match="flushes subnormal"):
            call()
    assert "flushes subnormal" in repr(purenet.backend())


def test_an_interpreter_that_rounds_twice_warns_once(monkeypatch):
    from purenet._core import ieee754

    monkeypatch.setattr(ieee754, "_X87", [*ieee754._X87[:2], 0.0])
    monkeypatch.setattr(backends, "_warned", [])
    with pytest.warns(RuntimeWarning, match="rounds twice") as found:
        classifier().fit(X, [0, 1, 1, 0])
        classifier().fit(X, [0, 1, 1, 0])
    assert len(found) == 1 and found[0].filename == __file__
    assert "rounds twice" in repr(purenet.backend())


def test_numbers_within_reach_are_described():
    net = Network(3, [Dense(4, ("leaky_relu", 0.2), bias=False), Dense(1, init="zeros")], loss=("huber", 2.0),
                  optimizer=SGD(0.1, momentum=0.5, nesterov=True))
    assert repr(net) == (
        "Network(inputs=3, layers=[Dense(4, ('leaky_relu', 0.2), bias=False), Dense(1, 'linear', init='zeros')], "
        "loss=('huber', 2.0), optimizer=SGD(learning_rate=0.1, momentum=0.5, nesterov=True), seed=0)"
    )
    assert repr(net.plan) == "<Plan: 3 -> 1, dense leaky_relu dense, huber, 17 parameters>"
