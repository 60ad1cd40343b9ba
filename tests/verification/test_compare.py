"""compare: engines that are broken on purpose, each in one bit, and exactly that has to be named."""
import math
import struct

import pytest

import purenet
from purenet import SGD, Dense, Network
from purenet.backends import make_engine
from purenet.cli.main import main
from purenet.layers import KINDS
from purenet.layers.activations import ACTIVATION_SETTINGS
from purenet.losses import LOSS_SETTINGS
from purenet.reference.optimizers import OPTIMIZERS
from purenet.reference.random_state import RandomState
from purenet.verification import compare
from purenet.verification.compare import ulps
from purenet.verification.compare_cases import csv_case, random_case

pytestmark = pytest.mark.skipif("compiled" not in purenet.backend().available, reason="no compiled engine here")
ENGINES = ("reference", "compiled")
NINE_ROWS = {"epochs": 4, "batch_size": 4}  # three batches an epoch, the last of one row


class Broken:
    """An engine whose ``train`` is followed by ``after(engine, run)``; ``before`` likewise."""

    def __init__(self, engine, before=None, after=None):
        self.engine, self.before, self.after = engine, before, after

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def train(self, run):
        if self.before:
            self.before(self.engine, run)
        self.engine.train(run)
        if self.after:
            self.after(self.engine, run)


def break_engine(monkeypatch, name, wrap):
    """Let ``compare`` use wrap(engine) instead of the engine of that name."""
    make = make_engine
    monkeypatch.setattr(
        compare, "make_engine", lambda kind, *more: wrap(make(kind, *more)) if kind == name else make(kind, *more))


def changed_after(epoch, batch, change):
    """``change(state)`` once the batch of the epoch is done, both counted from 1; nine rows in batches of four."""
    steps = 3 * (epoch - 1) + batch

    def after(engine, run):
        state = engine.state()
        if state.position[2] == steps:
            change(state)
            engine.set_state(state)

    return lambda engine: Broken(engine, after=after)


def flipped(value):
    """The number with its last bit turned over."""
    (bits,) = struct.unpack("<Q", struct.pack("<d", value))
    return struct.unpack("<d", struct.pack("<Q", bits ^ 1))[0]


def network(**changes):
    given = {"optimizer": SGD(0.05, momentum=0.9), "seed": 3, "backend": "reference", **changes}
    return Network(3, [Dense(4, "tanh"), Dense(2)], **given)


def data(rows=9):
    stream = RandomState(7)
    return stream.randn(rows, 3), stream.randn(rows, 2)


def pair(name, right, wrong):
    """(the reference's, the compiled engine's) where the engine of that name is wrong."""
    return (wrong, right) if name == "reference" else (right, wrong)


# engines as they are -------------------------------------------------------------------------------

def test_whole_engines_are_identical_and_timed():
    net = network()
    before = net.digest(), net._engine.state().position
    result = purenet.compare(net, *data(), **NINE_ROWS)
    assert result.identical and result.difference is None and result.non_finite is None
    assert (result.epochs, result.batches) == (4, 12)
    assert min(result.seconds) > 0.0 and result.ratio == result.seconds[0] / result.seconds[1]
    assert "identical in every bit: 12 batches, 4 whole epochs\nreference " in repr(result)
    assert repr(result).isascii() and "times as fast" in repr(result)
    assert (net.digest(), net._engine.state().position) == before


def test_a_trained_network_is_compared_from_where_it_is():
    net, (x, y) = network(), data()
    net.fit(x, y, epochs=2)
    result = purenet.compare(net, x, y, sample_weight=[0.0, 2.0, 0.3] * 3, timed=False, **NINE_ROWS)
    assert result.identical and result.seconds is None and math.isnan(result.ratio)


def test_a_training_that_overflows_is_compared_up_to_there():
    result = purenet.compare(network(optimizer=SGD(1e200)), *data(), **NINE_ROWS)
    assert result.identical and result.non_finite and result.batches < 12
    assert f"both stopped there: the {result.non_finite[0]} is not finite" in repr(result)


def test_batches_longer_than_a_slice_and_no_epochs():
    assert purenet.compare(network(), *data(700), batch_size=300, epochs=2, timed=False).batches == 6
    assert purenet.compare(network(), *data(700), batch_size=None, shuffle=False, timed=False).batches == 1
    assert purenet.compare(network(), *data(), epochs=0, timed=False).identical


def test_an_initialiser_of_the_users_is_no_obstacle():
    net = network(init=lambda stream, shape, fan_in, fan_out: stream.randn(*shape))
    assert purenet.compare(net, *data(), timed=False).identical


def test_unfit_data_is_refused_in_the_words_of_fit():
    with pytest.raises(ValueError, match="x has 9 rows, y has 8"):
        purenet.compare(network(), data()[0], data()[1][:8])
    with pytest.raises(ValueError, match=r"x\[0\]\[1\] is nan"):
        purenet.compare(network(), [[0.0, math.nan, 0.0]], [[0.0, 1.0]])


def test_without_a_compiled_engine_there_is_one_clear_error(monkeypatch, capsys):
    def choose(name):
        raise RuntimeError(f"backend asks for the {name} engine, which is not built")

    monkeypatch.setattr(compare, "resolve_backend", choose)
    wanted = "compare needs both engines: backend asks for the compiled engine, which is not built"
    with pytest.raises(RuntimeError, match=wanted):
        purenet.compare(network(), *data())
    assert main(["compare", "--demo", "two-layer"]) == 1
    assert capsys.readouterr().err == f"purenet: error: {wanted}\n"


def test_compare_stays_a_function_whatever_is_imported():
    import purenet.verification.compare

    assert callable(purenet.compare) and purenet.Comparison is purenet.verification.compare.Comparison


# broken engines ------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ENGINES)
def test_a_flipped_last_bit_is_named(monkeypatch, name):
    def flip(state):
        seen.append(state.parameters[2][5])
        state.parameters[2][5] = flipped(seen[0])
        seen.append(state.parameters[2][5])

    seen = []
    break_engine(monkeypatch, name, changed_after(3, 2, flip))
    result = purenet.compare(network(), *data(), **NINE_ROWS)
    found = result.difference
    assert not result.identical and result.batches == 8 and result.epochs == 2
    assert (found.epoch, found.batch, found.name, found.index) == (3, 2, "1.weights", (2, 1))
    assert found.values == pair(name, seen[0], seen[1]) and found.ulps == 1
    text = repr(result)
    assert "first difference: epoch 3, batch 2: 1.weights[2][1]\n" in text and "  1 ulp apart" in text
    assert all(value.hex() in text for value in found.values) and text.isascii()


@pytest.mark.parametrize("name", ENGINES)
def test_a_flipped_bias_is_named_by_one_index(monkeypatch, name):
    def flip(state):
        state.parameters[1][3] = flipped(state.parameters[1][3])

    break_engine(monkeypatch, name, changed_after(3, 2, flip))
    found = purenet.compare(network(), *data(), timed=False, **NINE_ROWS).difference
    assert (found.epoch, found.batch, found.name, found.index, found.ulps) == (3, 2, "0.bias", (3,), 1)


@pytest.mark.parametrize("name", ENGINES)
def test_a_lost_sign_of_zero_is_named(monkeypatch, name):
    def lose(state):
        assert state.parameters[0][6] == 0.0
        state.parameters[0][6] = 0.0

    break_engine(monkeypatch, name, changed_after(3, 2, lose))
    net = network(optimizer=SGD(0.05))
    values = net.parameters()
    values[0][1][1][2] = -0.0
    net.set_parameters(values)
    x, y = data()
    x = [[a, 0.0, c] for a, _, c in x]
    zero = purenet.compare(net, x, y, timed=False, **NINE_ROWS)
    found = zero.difference
    # w - rate * gradient keeps a negative zero only where the product is a positive zero
    assert found.name == "0.weights" and found.index == (1, 2) and (found.epoch, found.batch) == (3, 2)
    assert [v.hex() for v in found.values] == list(pair(name, "-0x0.0p+0", "0x0.0p+0")) and found.ulps == 0
    assert "  0 ulp apart (the sign of zero)" in repr(zero)


@pytest.mark.parametrize("name", ENGINES)
def test_an_optimizer_number_is_named(monkeypatch, name):
    def flip(state):
        state.optimizer_numbers[0][0][7] = flipped(state.optimizer_numbers[0][0][7])

    break_engine(monkeypatch, name, changed_after(2, 3, flip))
    found = purenet.compare(network(), *data(), timed=False, **NINE_ROWS).difference
    assert (found.epoch, found.batch, found.ulps) == (2, 3, 1)
    assert (found.name, found.index) == ("optimizer number 0 of 0.weights", (1, 3))


@pytest.mark.parametrize("name", ENGINES)
def test_a_lost_shuffle_is_named(monkeypatch, name):
    def lose(engine, run):
        run.shuffle = False

    break_engine(monkeypatch, name, lambda engine: Broken(engine, before=lose))
    found = purenet.compare(network(), *data(), timed=False, **NINE_ROWS).difference
    assert (found.epoch, found.batch, found.name, found.index) == (1, 1, "0.weights", (0, 0))
    # with rows that are all the same only the stream tells, when the epoch is over
    x, y = [[1.0, 2.0, 3.0]] * 9, [[1.0, 0.0]] * 9
    found = purenet.compare(network(), x, y, timed=False, **NINE_ROWS).difference
    assert (found.epoch, found.batch, found.name) == (1, 3, "random stream")
    assert all(isinstance(word, int) for word in found.values) and found.ulps is None


def test_a_lost_shuffle_of_a_full_batch_is_found(monkeypatch):
    def lose(engine, run):
        run.shuffle = False

    break_engine(monkeypatch, "compiled", lambda engine: Broken(engine, before=lose))
    assert not purenet.compare(network(), *data(), batch_size=None, timed=False).identical


@pytest.mark.parametrize("name", ENGINES)
def test_a_loss_is_named(monkeypatch, name):
    def nudge(engine, run):
        if len(run.losses) == 2 and not run.rows and run.losses[1] == run.losses[-1]:
            run.losses[1] = flipped(run.losses[1])

    break_engine(monkeypatch, name, lambda engine: Broken(engine, after=nudge))
    found = purenet.compare(network(), *data(), timed=False, **NINE_ROWS).difference
    assert (found.epoch, found.batch, found.name, found.ulps) == (2, 3, "loss", 1)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_that_stands_still_is_named(monkeypatch, name):
    class Still(Broken):
        def train(self, run):
            pass

    break_engine(monkeypatch, name, Still)
    result = purenet.compare(network(), *data(), **NINE_ROWS)
    assert (result.epochs, result.batches, result.non_finite) == (0, 1, None)
    assert (result.difference.epoch, result.difference.batch) == (1, 1)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_that_stops_is_named(monkeypatch, name):
    def stop(engine, run):
        run.non_finite = "gradient", 1, 2

    break_engine(monkeypatch, name, lambda engine: Broken(engine, after=stop))
    result = purenet.compare(network(), *data(), timed=False, **NINE_ROWS)
    assert (result.difference.name, result.difference.epoch) == ("place of what is not finite", 1)
    assert result.non_finite is None and "none" in repr(result).lower() and "gradient" in repr(result)


@pytest.mark.parametrize("name", ENGINES)
def test_a_different_draw_is_named(monkeypatch, name):
    class Redrawn(Broken):
        def initialise(self, seed, initialisers):
            self.engine.initialise(seed + 1, initialisers)

    break_engine(monkeypatch, name, Redrawn)
    found = purenet.compare(network(), *data(), timed=False).difference
    assert (found.when, found.epoch, found.name, found.index) == ("the first parameters", None, "0.weights", (0, 0))


@pytest.mark.parametrize("method, named, index", [
    ("predict", "prediction", (4, 1)), ("evaluate", "loss over all rows", (0,)),
    ("gradients", "gradient of 1.bias", (1,)),
])
def test_what_changes_nothing_is_compared_too(monkeypatch, method, named, index):
    class Blurred(Broken):
        def __getattr__(self, name):
            right = getattr(self.engine, name)
            if name != method:
                return right

            def wrong(*arguments):
                values = right(*arguments)
                if isinstance(values, float):
                    return flipped(values)
                row = values[4] if name == "predict" else values[1][3]
                row[1] = flipped(row[1])
                return values

            return wrong

    break_engine(monkeypatch, "compiled", Blurred)
    found = purenet.compare(network(), *data(), timed=False).difference
    assert (found.when, found.name, found.index, found.ulps) == ("after training", named, index, 1)


def test_a_fault_of_large_calls_only_is_found(monkeypatch):
    def before(engine, run):
        large.append(run.row_budget > 1)

    def after(engine, run):
        if large[-1]:
            state = engine.state()
            state.parameters[0][0] = flipped(state.parameters[0][0])
            engine.set_state(state)

    large = []
    break_engine(monkeypatch, "compiled", lambda engine: Broken(engine, before, after))
    found = purenet.compare(network(), *data(), timed=False).difference
    assert (found.when, found.name, found.ulps) == ("a training in large calls", "0.weights", 1)


def test_distances_in_ulps():
    tiny = math.ldexp(1.0, -1074)
    assert ulps(1.0, flipped(1.0)) == 1 and ulps(-1.0, flipped(-1.0)) == 1
    assert ulps(0.0, -0.0) == 0 and ulps(tiny, -tiny) == 2 and ulps(1.0, 2.0) == 1 << 52
    assert ulps(math.inf, 1.7976931348623157e308) == 1 and ulps(math.nan, 1.0) is None


# the command and the tool --------------------------------------------------------------------------

def test_the_command_compares_a_demo_and_random_networks(capsys):
    assert main(["compare", "--demo", "two-layer", "--epochs", "20"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("two-layer: Network(inputs=3") and "identical in every bit: 20 batches" in text
    assert main(["compare", "--random", "6", "--seed", "50"]) == 0
    text = capsys.readouterr().out
    assert "random 55: Network" in text and text.endswith("6 compared, none different\n")
    assert main(["compare", "--epochs", "1"]) == 0
    assert capsys.readouterr().out.endswith("3 compared, none different\n")


def test_the_command_ends_with_1_on_a_difference_and_says_how_to_see_it_again(monkeypatch, capsys):
    def flip(engine, run):
        state = engine.state()
        state.parameters[0][0] = flipped(state.parameters[0][0])
        engine.set_state(state)

    break_engine(monkeypatch, "compiled", lambda engine: Broken(engine, after=flip))
    assert main(["compare", "--random", "2", "--seed", "4", "--epochs", "1"]) == 1
    text = capsys.readouterr().out
    assert "  again: python3 -m purenet compare --random 1 --seed 5 --epochs 1\n2 compared, 2 different\n" in text
    assert main(["compare", "--demo", "two-layer", "--epochs", "2"]) == 1
    assert "again: python3 -m purenet compare --demo two-layer --epochs 2" in capsys.readouterr().out


def test_csv_files_with_and_without_a_header(tmp_path, capsys):
    path = tmp_path / "table.csv"
    path.write_text("a,b,target\n1,-20,3\n\n4,5,-6\n")
    net, x, y, told = csv_case(str(path))
    assert (net.inputs, x, y) == (2, [[0.25, -1.0], [1.0, 0.25]], [0.5, -1.0])
    assert main(["compare", "--csv", str(path)]) == 0
    path.write_text("1,2\n3,4\n")
    assert csv_case(str(path), header=False)[1] == [[1 / 3], [1.0]]
    assert main(["compare", "--csv", str(path), "--no-header"]) == 0
    capsys.readouterr()
    for text, words in [("a,b\n1,2\n3,x\n", "row 2 (line 3), column 'b' is 'x', not a number"),
                        ("a,b\n1,2\n3\n", "row 2 (line 3), column 'b' is empty"), ("a,b\n", "has no rows"),
                        ("a\n1\n2\n", "expected at least two columns"),
                        ("a,b\n1,2\n3,inf\n", "column 'b' is 'inf', not"),
                        ("a,b\n1,x\n", "column 'b' with texts: compare takes numbers; --ignore b leaves them out"),
                        ("", "is empty")]:
        path.write_text(text)
        assert main(["compare", "--csv", str(path)]) == 1
        assert words in capsys.readouterr().err
    assert main(["compare", "--csv", str(tmp_path / "none.csv")]) == 1
    assert main(["compare", "--random", "0"]) == 1
    with pytest.raises(SystemExit):
        main(["compare", "--random", "1", "--demo", "digits"])


def test_random_cases_come_from_their_seed_and_reach_everything():
    cases = [random_case(seed) for seed in range(60)]
    again = random_case(59)
    assert repr(again) == repr(cases[59])
    assert again[0].digest() == cases[59][0].digest()
    nets = [net for net, _, _, _ in cases]
    assert {net.plan.loss.kind for net in nets} == set(LOSS_SETTINGS)
    assert {layer.activation for net in nets for layer in net.layers} == set(ACTIVATION_SETTINGS)
    assert {net.optimizer.form for net in nets} == set(OPTIMIZERS)
    assert {layer.kind for net in nets for layer in net.layers} == {kind for kind, _, _ in KINDS}
    assert {bool(told["sample_weight"]) for _, _, _, told in cases} == {True, False}
