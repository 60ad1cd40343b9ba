"""Whatever save and Checkpoint write, load reads; what load would refuse is refused first, and the old file stays."""
import json
import math
import struct
from enum import IntEnum

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from purenet import SGD, Adam, Callback, Checkpoint, Dense, EarlyStopping, Flatten, ModelFileError, Network, load, save
from purenet.model_files import container, network_format
from purenet.model_files.strict_json import from_json, to_json
from purenet.model_files.training_format import paused_training_from, to_file_parts
from tests.support.model_files import file_of, parts

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
TEXTS = st.one_of(st.text(max_size=4), st.sampled_from(["", "a", "\ud800", "\"\\\n\x00", "😀"]))
WHOLE = st.one_of(st.integers(-3, 3), st.sampled_from([(1 << 63) - 1, 1 << 63, -(1 << 63), -(1 << 63) - 1, 1 << 70]))
SINGLE = st.one_of(st.none(), st.booleans(), WHOLE, TEXTS)
STRANGE = st.one_of(SINGLE, st.sampled_from([0.5, math.nan, b"x", (), (1, 2), {"a": 1}, object]))


def values(single):
    """Values of JSON's kinds: tuples of pairs are objects, in which a key may stand twice."""
    return st.recursive(single, lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.lists(st.tuples(st.sampled_from("ab"), inner), max_size=2).map(tuple)),
        max_leaves=6)


def nested(value, depth):
    for _ in range(depth):
        value = [value]
    return value


def spelled(value):
    """The JSON text of any value, without a single check."""
    if isinstance(value, list):
        return "[" + ",".join(map(spelled, value)) + "]"
    if isinstance(value, tuple):
        return "{" + ",".join([spelled(key) + ":" + spelled(one) for key, one in value]) + "}"
    return json.dumps(value, ensure_ascii=False)


@QUICK
@given(value=values(SINGLE), depth=st.integers(0, 10))
def test_the_writer_refuses_exactly_what_the_reader_refuses(value, depth):
    value = nested(value, depth)
    try:
        text = spelled(value).encode("utf-8", "surrogatepass")
        read = from_json(text)
    except ModelFileError:
        with pytest.raises(ValueError):
            to_json(value)
    else:
        assert repr(read) == repr(value) and to_json(value).encode() == text


def test_other_kinds_of_whole_numbers_and_text_are_stored_as_plain_ones():
    class Level(IntEnum):
        HIGH = 3

    class Name(str):
        pass

    back = from_json(to_json([Level.HIGH, Name("a"), True]).encode())
    assert back == [3, "a", True] and [type(one) for one in back] == [int, str, bool]


# what callbacks keep -------------------------------------------------------------------------------

class Keeper(Callback):
    """Keeps one state at first and another one after so many epochs."""

    def __init__(self, first=([], []), then=None, after=0):
        self.first, self.then, self.after, self.epochs, self.got = first, then, after, 0, None

    def on_train_begin(self, net, history):
        self.epochs = 0

    def on_epoch_end(self, net, epoch, history):
        self.epochs = epoch

    def state(self):
        return self.then if self.after and self.epochs >= self.after else self.first

    def set_state(self, words, numbers):
        self.got = words, numbers


def fit(net, *callbacks, epochs=3, **options):
    return net.fit([[1.0]], [[1.0]], epochs, callbacks=list(callbacks), **options)


def small():
    return Network(1, [Dense(1)], seed=3)


def as_lists(value):
    return [as_lists(one) for one in value] if isinstance(value, (list, tuple)) else value


def comes_back(path, state):
    """Whether a file gives this state back, and is saved as the same bytes."""
    net = load(path)
    (_, words, numbers), = net.resume_point.paused.callbacks
    again = path.with_name("again")
    save(net, again)
    assert again.read_bytes() == path.read_bytes()
    return repr(words) == repr(as_lists(state[0])) and list(numbers) == list(state[1])


NUMBERS = st.lists(st.one_of(st.floats(), st.integers(-2, 2)), max_size=3)
STATES = st.tuples(st.one_of(st.lists(values(STRANGE), max_size=3), values(STRANGE)), NUMBERS)


@QUICK
@given(state=STATES, depth=st.integers(0, 6))
def test_a_state_that_is_saved_comes_back_and_any_other_is_refused_in_time(state, depth, tmp_path):
    path = tmp_path / "m"
    state = [nested(one, depth) for one in state[0]] if isinstance(state[0], list) else state[0], state[1]
    small().save(path)
    old = path.read_bytes()
    net = small()
    before = net.digest()
    try:
        fit(net, Keeper(state), Checkpoint(path))
    except (ValueError, TypeError) as error:
        assert "state of the callback Keeper: " in str(error)
        assert path.read_bytes() == old and net.digest() == before
        with pytest.raises(type(error), match="state of the callback Keeper: "):
            fit(small(), Keeper(([], []), state, 2), Checkpoint(path))
        assert comes_back(path, ([], [])) and len(load(path).resume_point.paused.losses) == 1
        assert len(fit(load(path), Keeper(), resume=True).loss) == 3
    else:
        assert comes_back(path, state)
        keeper = Keeper(state)
        fit(load(path), keeper, resume=True)
        assert repr(keeper.got[0]) == repr(as_lists(state[0])) and keeper.got[1] == list(state[1])


BAD = {
    "depth": ([[[[[[[[[1]]]]]]]]], "nested too deep to be stored: 9 levels, and 8 are allowed"),
    "65 bits": ([1 << 64], "more than 64 bits"), "a float": ([0.5], "not float"),
    "surrogate": (["\ud800"], "surrogate"),
    "a dict": ([{}], "not dict"), "bytes": (b"abc", "not bytes"),
    "a long text": (["x" * (1 << 20)], "has room for 1048576"),
}


@pytest.mark.parametrize("words, stored", [
    ([[[[1]]]], '[[[[1]]]]'), ([[[[[1]]]]], r'\"[[[[[1]]]]]\"'),
    ([[[[[[[[1]]]]]]]], r'\"[[[[[[[[1]]]]]]]]\"'),
    ([(("a", 1), ("a", 2))], r'[[[\"a\",1],[\"a\",2]]]'), ("abc", r'\"\\\"abc\\\"\"'),
    (None, r'\"null\"'), (7, r'\"7\"'),
])
def test_words_of_any_kind_and_depth_come_back_and_only_a_short_list_stands_as_it_is(words, stored, tmp_path):
    path = tmp_path / "model"
    fit(small(), Keeper((words, [])), Checkpoint(path))
    assert '[[\\"Keeper\\",' + stored + ",0]]" in parts(path.read_bytes())[0]
    again = tmp_path / "again"
    load(path).save(again)
    assert again.read_bytes() == path.read_bytes()
    keeper = Keeper(([], []))
    fit(load(path), keeper, resume=True)
    assert repr(keeper.got[0]) == repr(as_lists(words))


def test_words_that_are_text_for_no_reason_are_refused():
    net = small()
    fit(net, Keeper((["a"], [])), epochs=3)
    fit(net, Keeper((["a"], [])), epochs=3, max_seconds=0.0)
    words, tensor = to_file_parts(net.resume_point.paused)
    words[11][1][0][1] = '["a"]'
    with pytest.raises(ModelFileError, match="callbacks"):
        paused_training_from(words, tensor, net.plan.total_size)


@pytest.mark.parametrize("words, said", BAD.values(), ids=BAD.keys())
def test_a_state_that_no_file_can_hold_is_named_before_training_begins(words, said, tmp_path):
    with pytest.raises((ValueError, TypeError), match=f"state of the callback Keeper: .*{said}"):
        fit(small(), Keeper((words, [])))


@pytest.mark.parametrize("state, said", [
    (None, "two lists, got None"), (([], [math.inf]), "number 0 is inf"), (([], "abc"), "got 'abc'"),
    (([], b"12345678"), "the numbers"), (([], [None]), "callback Keeper: "), (([], [1 << 2000]), "callback Keeper: "),
])
def test_numbers_that_no_file_can_hold_are_named(state, said):
    with pytest.raises((ValueError, TypeError), match=said):
        fit(small(), Keeper(state))


def test_a_state_that_goes_bad_leaves_the_training_as_it_was_before_the_epoch():
    net = small()
    losses = fit(small(), Keeper()).loss
    with pytest.raises(TypeError, match="Keeper"):
        fit(net, Keeper(([], []), (0.5, []), 2), SavesItself())
    assert net.resume_point.paused.epochs_reported == 1
    assert fit(net, Keeper(), resume=True).loss == losses


class SavesItself(Callback):
    def on_epoch_end(self, net, epoch, history):
        net.__getstate__()


def test_a_training_that_cannot_go_on_so_is_not_lost():
    net = small()
    fit(net, Keeper(), max_seconds=0.0)
    before = net.resume_point.paused
    with pytest.raises(TypeError, match="Keeper"):
        fit(net, Keeper((0.5, [])), resume=True)
    assert net.resume_point.paused is before


# the limits, lowered -------------------------------------------------------------------------------

OPTIMIZERS = (SGD(0.01), SGD(0.01, 0.9), Adam())


def trained(path, inputs, units, optimizer, stopping=True, flat=0):
    net = Network(inputs, [Flatten()] * flat + [Dense(count) for count in units], optimizer=optimizer, init="zeros",
                  loss="mean_squared_error")
    callbacks = [EarlyStopping("loss")] if stopping else []
    net.fit([[0.1] * inputs], [[0.2] * units[-1]], 2, callbacks=callbacks + [Checkpoint(path)])


def outcome(monkeypatch, path, where, name, limit, *network):
    """Whether the network was trained and its file read under a limit; the same file as without the limit."""
    trained(path, *network)
    free = path.read_bytes()
    path.write_bytes(b"old")
    with monkeypatch.context() as changed:
        changed.setattr(where, name, limit)
        try:
            trained(path, *network)
        except ValueError as error:
            assert "this network cannot be saved" in str(error) and path.read_bytes() == b"old"
            path.write_bytes(free)
            try:
                load(path)
            except ModelFileError:
                return False
            return None  # refused, though it could have been read
        again = path.with_name("again")
        save(load(path), again)
        assert again.read_bytes() == path.read_bytes()
        return True


UNITS = st.lists(st.integers(1, 4), min_size=1, max_size=5)


@settings(QUICK, max_examples=40)
@given(inputs=st.integers(622, 628), limit=st.integers(624, 627), units=UNITS, optimizer=st.sampled_from(OPTIMIZERS))
def test_around_the_limit_of_a_dimension(inputs, limit, units, optimizer, tmp_path, monkeypatch):
    """The stream takes 624; a run's tensor is longer than the limit, except for the smallest networks."""
    found = outcome(monkeypatch, tmp_path / "m", container, "MAX_LENGTH", limit, inputs, units, optimizer)
    assert found == (inputs <= limit)


@settings(QUICK, max_examples=40)
@given(units=UNITS, optimizer=st.sampled_from(OPTIMIZERS), more=st.integers(-2, 2), stopping=st.booleans())
def test_around_the_limit_of_tensors(units, optimizer, more, stopping, tmp_path, monkeypatch):
    numbers = {"sgd": 1, "sgd_momentum": 2, "adam": 3}[optimizer.form]
    count = 3 + 2 * len(units) * numbers + (numbers == 3)
    network = 2, units, optimizer, stopping
    found = outcome(monkeypatch, tmp_path / "m", container, "MAX_TENSORS", count + more, *network)
    assert found == (more >= 0)


@settings(QUICK, max_examples=30)
@given(units=UNITS, flat=st.integers(0, 3), more=st.integers(-2, 2))
def test_around_the_limit_of_layers(units, flat, more, tmp_path, monkeypatch):
    count = flat + len(units)
    found = outcome(monkeypatch, tmp_path / "m", network_format, "MAX_LAYERS", count + more, 2, units, SGD(), True,
                    flat)
    assert found == (more >= 0)


@settings(QUICK, max_examples=60)
@given(units=UNITS, optimizer=st.sampled_from(OPTIMIZERS), more=st.integers(-100, 1400), stopping=st.booleans())
def test_around_the_limit_of_the_header(units, optimizer, more, stopping, tmp_path, monkeypatch):
    """What fits in the end is refused before training begins only where less than the reserve would be left."""
    path = tmp_path / "m"
    trained(path, 2, units, optimizer, stopping)
    length, = struct.unpack("<Q", path.read_bytes()[:8])
    found = outcome(monkeypatch, path, container, "MAX_HEADER", length + more, 2, units, optimizer, stopping)
    assert found is (more >= 800) if more < 0 or more >= 800 else found in (True, None)


def test_more_layers_than_a_file_may_have_are_not_saved_either(tmp_path, monkeypatch):
    monkeypatch.setattr(network_format, "MAX_LAYERS", 3)
    net = Network(1, [Dense(1)] * 4)
    (tmp_path / "m").write_bytes(b"old")
    with pytest.raises(ModelFileError, match="layers: 4, and a model file holds 3 at most"):
        net.save(tmp_path / "m")
    assert (tmp_path / "m").read_bytes() == b"old"


def test_a_long_header_says_what_takes_the_most(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "MAX_HEADER", 1000)
    with pytest.raises(ValueError, match="has room for 1000; the text 'made.x' takes the most, 500"):
        small().save(tmp_path / "m", metadata=[("x", "x" * 500)])
    with pytest.raises(ValueError, match="the list of tensors takes the most"):
        Network(1, [Dense(1)] * 9).save(tmp_path / "m")


# the run's tensor ----------------------------------------------------------------------------------

@pytest.mark.parametrize("count", [1, 623, 624, 625, 1247, 1248, 1249, 5000])
def test_the_runs_numbers_are_divided_where_they_are_too_many(count, monkeypatch):
    monkeypatch.setattr(container, "MAX_LENGTH", 624)
    shape = container.shape_of(count)
    if count <= 624:
        assert shape == (count,)
    else:
        rows, width = shape
        assert (rows - 1) * 624 < count <= rows * width and rows * width - count < rows and width <= 624


@pytest.fixture
def divided(tmp_path, monkeypatch):
    """Words and tensor of a run of 2 rows with something to fill up, the numbers of its network, and its file."""
    monkeypatch.setattr(container, "MAX_LENGTH", 624)
    trained(tmp_path / "m", 624, [1], SGD())
    net = load(tmp_path / "m")
    words, tensor = to_file_parts(net.resume_point.paused)
    assert tensor.shape == (2, 316) and tensor.values[631:] == [0.0]
    return words, tensor, net.plan.total_size, tmp_path / "m"


@pytest.mark.parametrize("shape, last", [
    ((2, 316), 1.0), ((2, 316), -0.0), ((632,), 0.0), ((1, 632), 0.0), ((4, 158), 0.0), ((2, 158, 2), 0.0),
])
def test_a_run_that_is_divided_in_another_way_is_refused(divided, shape, last):
    words, tensor, held, _ = divided
    paused_training_from(words, tensor, held)
    tensor.shape, tensor.values[-1] = shape, last
    with pytest.raises(ModelFileError, match="the shape for 631 numbers cannot be|the end of the last row cannot be"):
        paused_training_from(words, tensor, held)


def test_a_divided_run_goes_on(divided):
    """Also where an array has more numbers than the limit of a dimension."""
    _, _, _, path = divided
    net = load(path)
    stopping = EarlyStopping("loss", patience=5)
    history = net.fit([[0.1] * 624], [[0.2]], 4, callbacks=[stopping], resume=True)
    assert len(history.loss) == 4 and stopping.best_epoch == 4


def test_early_stopping_takes_back_an_array_of_more_numbers_than_a_dimension_has():
    stopping = EarlyStopping("loss")
    with pytest.raises(ValueError, match="expected parts of"):
        stopping.set_state([1, 0, [16777217]], [0.5])


def test_a_file_of_before_is_written_again_byte_for_byte(tmp_path):
    """One dimension where it is enough, as in all files of earlier versions."""
    path = tmp_path / "m"
    trained(path, 2, [1], SGD())
    header, data = parts(path.read_bytes())
    assert "\"run\":{\"dtype\":\"F64\",\"shape\":[9]" in header
    path.write_bytes(file_of(header.replace("\"shape\":[9]", "\"shape\":[1,9]"), data))
    with pytest.raises(ModelFileError, match="the shape for 9 numbers cannot be"):
        load(path)
