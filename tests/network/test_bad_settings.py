"""Bad settings: each gets one clear error that names the place and the cure, and nothing is half-changed.

The tables give what is wrong, the value or the call, the error, and words that its text must have;
``pytest -s -k reads_well`` prints every text. Bad data is in test_bad_input.py.
"""
import array

import pytest

from purenet import SGD, Dense, Network, RandomState
from tests.network.test_bad_input import BACKENDS, INFINITY, NAN, X, Y, everywhere, refused, refused_everywhere

__all__ = ["everywhere"]  # the fixture

WHOLE_TABLE = [
    ("a fraction", 2.5, TypeError, "2.5"),
    ("a whole float", 3.0, TypeError, "3.0"),
    ("text", "3", TypeError, "'3' (str)"),
    ("a bool", True, TypeError, "True (bool)"),
    ("a list", [3], TypeError, "a list of 1"),
    ("complex", 3j, TypeError, "3j (complex)"),
    ("nan", NAN, TypeError, "nan"),
    ("negative", -1, ValueError, "-1"),
    ("large", 1 << 64, ValueError, "a huge whole number"),
    ("10**5000", 10**5000, ValueError, "a huge whole number"),
]

REAL_TABLE = [
    ("negative", -0.5, ValueError, "at least 0.0"),
    ("nan", NAN, ValueError, "a finite number"),
    ("infinite", INFINITY, ValueError, "a finite number"),
    ("text", "0.1", TypeError, "turn text into numbers first"),
    ("None", None, TypeError, "None"),
    ("complex", 0.1j, TypeError, "(complex)"),
    ("a list", [0.1], TypeError, "bracket"),
    ("10**5000", 10**5000, ValueError, "too large for a double"),
]

PARAMETERS = Network(3, [Dense(2), Dense(1, bias=False)], seed=1).parameters()
NAMES = ["0.weights", "0.bias", "1.weights"]


def with_parameter(number, values):
    """The parameters of the tested network with one replaced."""
    changed = list(PARAMETERS)
    changed[number] = (NAMES[number], values)
    return changed


PARAMETER_TABLE = [
    ("nothing", lambda: [], ValueError, ["0.weights, 0.bias, 1.weights once", "got none"]),
    ("one missing", lambda: PARAMETERS[:2], ValueError, ["0.weights, 0.bias, 1.weights once"]),
    ("one twice", lambda: PARAMETERS + PARAMETERS[:1], ValueError, ["0.weights, 0.bias, 1.weights once"]),
    ("another name", lambda: PARAMETERS[:2] + [("2.weights", [[1.0]])], ValueError, ["once", "2.weights"]),
    ("None", lambda: with_parameter(0, None), TypeError, ["0.weights: expected 3 rows of 2 numbers, got None"]),
    ("text", lambda: with_parameter(2, "12"), TypeError, ["1.weights: expected", "'12' (str)"]),
    ("a set", lambda: with_parameter(1, {1.0, 2.0}), TypeError, ["0.bias: expected a flat list", "a set of 2"]),
    ("empty", lambda: with_parameter(1, []), ValueError, ["0.bias is empty"]),
    ("flat weights", lambda: with_parameter(0, [0.0] * 6), ValueError, ["0.weights: expected 3 rows of 2 numbers"]),
    ("transposed weights", lambda: with_parameter(0, [[0.0] * 3] * 2), ValueError, ["0.weights: expected 3 rows", "2"]),
    ("ragged weights", lambda: with_parameter(0, [[0.0] * 2] * 2 + [[0.0]]), ValueError, ["0.weights[2] has 1 number"]),
    ("a nested bias", lambda: with_parameter(1, [[0.0, 0.0]]), ValueError, ["0.bias: expected a flat list of 2"]),
    ("a long bias", lambda: with_parameter(1, [0.0] * 3), ValueError, ["0.bias: expected a flat list of 2", "of 3"]),
    ("nan in the last", lambda: with_parameter(2, [[0.0], [NAN]]), ValueError, ["1.weights[1][0] is nan", "finite"]),
    ("an infinite bias", lambda: with_parameter(1, [0.0, INFINITY]), ValueError, ["0.bias[1] is inf", "finite"]),
    ("text in the last", lambda: with_parameter(2, [[0.0], ["1"]]), TypeError, ["1.weights[1][0] is '1' (str)"]),
    ("a cell too large", lambda: with_parameter(2, [[0.0], [10**400]]), ValueError, ["1.weights[1][0] is too large"]),
]

LAYERS = [Dense(4, "sigmoid"), Dense(1)]

CONSTRUCTION_TABLE = [
    ("inputs 0", lambda b: Network(0, LAYERS, backend=b), ValueError, ["inputs: expected a whole number from 1"]),
    ("inputs a shape", lambda b: Network((3,), LAYERS, backend=b), TypeError, ["inputs: expected", "a tuple of 1"]),
    ("inputs 2.5", lambda b: Network(2.5, LAYERS, backend=b), TypeError, ["inputs: expected a whole number, got 2.5"]),
    ("layers None", lambda b: Network(3, None, backend=b), TypeError, ["layers: expected a list", "[Dense("]),
    ("no layers", lambda b: Network(3, [], backend=b), TypeError, ["layers: expected a list of at least one layer"]),
    ("a layer alone", lambda b: Network(3, Dense(1), backend=b), TypeError, ["layers: expected", "[Dense(...)]"]),
    ("layers are sizes", lambda b: Network(3, [4, 1], backend=b), TypeError, ["layers[0]: expected a layer", "got 4"]),
    ("layers in a layer", lambda b: Network(3, [[Dense(1)]], backend=b), TypeError, ["layers[0]: expected a layer"]),
    ("layers a generator", lambda b: Network(3, iter(LAYERS), backend=b), TypeError, ["layers: expected a list"]),
    ("softmax inside", lambda b: Network(3, [Dense(4, "softmax"), Dense(1)], backend=b), ValueError,
     ["layers[0]: only the last layer can have softmax"]),
    ("an unknown loss", lambda b: Network(3, LAYERS, loss="squred_error", backend=b), ValueError,
     ["loss: 'squred_error' is not known; choose one of", "squared_error", "categorical_cross_entropy"]),
    ("loss None", lambda b: Network(3, LAYERS, loss=None, backend=b), ValueError, ["loss: None is not known"]),
    ("loss a function", lambda b: Network(3, LAYERS, loss=abs, backend=b), ValueError, ["loss: an object of type"]),
    ("loss an empty tuple", lambda b: Network(3, LAYERS, loss=(), backend=b), ValueError, ["loss: a tuple of 0"]),
    ("loss with a number", lambda b: Network(3, LAYERS, loss=("squared_error", 1.0), backend=b), ValueError,
     ["loss: squared_error takes 0 numbers, got 1"]),
    ("huber with two", lambda b: Network(3, LAYERS, loss=("huber", 1.0, 2.0), backend=b), ValueError,
     ["loss: huber takes 1 number, got 2"]),
    ("huber negative", lambda b: Network(3, LAYERS, loss=("huber", -1.0), backend=b), ValueError,
     ["loss huber: expected a finite number of at least 0.0, got -1.0"]),
    ("huber text", lambda b: Network(3, LAYERS, loss=("huber", "1"), backend=b), TypeError, ["loss huber is '1'"]),
    ("binary without sigmoid", lambda b: Network(3, LAYERS, loss="binary_cross_entropy", backend=b), ValueError,
     ["loss: binary_cross_entropy needs a last layer with sigmoid", "has linear"]),
    ("categorical without softmax",
     lambda b: Network(3, [Dense(3, "sigmoid")], loss="categorical_cross_entropy", backend=b), ValueError,
     ["loss: categorical_cross_entropy needs a last layer with softmax", "has sigmoid"]),
    ("an unknown reduction", lambda b: Network(3, LAYERS, reduction="avg", backend=b), ValueError,
     ["reduction: 'avg'", "choose one of sum, mean, cell_mean"]),
    ("an optimizer's name", lambda b: Network(3, LAYERS, optimizer="sgd", backend=b), TypeError,
     ["optimizer: expected an optimizer such as SGD(learning_rate=0.1), got 'sgd'"]),
    ("an optimizer's class", lambda b: Network(3, LAYERS, optimizer=SGD, backend=b), TypeError, ["optimizer: "]),
    ("an unknown init", lambda b: Network(3, LAYERS, init="random", backend=b), ValueError,
     ["init: 'random' is not known; choose one of", "glorot_uniform"]),
    ("init None", lambda b: Network(3, LAYERS, init=None, backend=b), ValueError, ["init: None is not known"]),
    ("seed -1", lambda b: Network(3, LAYERS, seed=-1, backend=b), ValueError, ["seed: expected", "4294967295, got -1"]),
    ("seed 2**32", lambda b: Network(3, LAYERS, seed=2**32, backend=b), ValueError, ["seed: expected", "4294967296"]),
    ("seed 1.5", lambda b: Network(3, LAYERS, seed=1.5, backend=b), TypeError, ["seed: expected", "got 1.5"]),
    ("seed text", lambda b: Network(3, LAYERS, seed="1", backend=b), TypeError, ["seed: expected", "'1' (str)"]),
    ("an unknown backend", lambda b: Network(3, LAYERS, backend="gpu"), ValueError,
     ["backend: 'gpu' is not known; choose one of auto, reference, compiled"]),
    ("backend None", lambda b: Network(3, LAYERS, backend=None), ValueError, ["backend: None is not known"]),
    ("threads 0", lambda b: Network(3, LAYERS, threads=0, backend=b), ValueError, ["threads: expected", "from 1 to"]),
    ("threads 1.5", lambda b: Network(3, LAYERS, threads=1.5, backend=b), TypeError, ["threads: expected", "1.5"]),

    ("units 0", lambda b: Dense(0), ValueError, ["units: expected a whole number from 1", "got 0"]),
    ("units 2.0", lambda b: Dense(2.0), TypeError, ["units: expected a whole number, got 2.0"]),
    ("units True", lambda b: Dense(True), TypeError, ["units: expected a whole number, got True (bool)"]),
    ("units text", lambda b: Dense("sigmoid", 4), TypeError, ["units: expected a whole number, got 'sigmoid' (str)"]),
    ("an unknown activation", lambda b: Dense(4, "ReLU"), ValueError,
     ["activation: 'ReLU' is not known; choose one of linear, sigmoid, tanh, relu"]),
    ("activation None", lambda b: Dense(4, None), ValueError, ["activation: None is not known", "linear"]),
    ("activation a function", lambda b: Dense(4, abs), ValueError, ["activation: an object of type"]),
    ("activation a bool", lambda b: Dense(4, False), ValueError, ["activation: False (bool) is not known"]),
    ("relu with a slope", lambda b: Dense(4, ("relu", 0.1)), ValueError, ["activation: relu takes 0 numbers, got 1"]),
    ("leaky_relu nan", lambda b: Dense(4, ("leaky_relu", NAN)), ValueError, ["activation leaky_relu: expected", "nan"]),
    ("a layer's unknown init", lambda b: Dense(4, init="xavier"), ValueError, ["init: 'xavier'", "glorot_uniform"]),

    ("nesterov alone", lambda b: SGD(0.1, nesterov=True), ValueError, ["nesterov:", "momentum=0.9"]),
    ("momentum 1", lambda b: SGD(0.1, momentum=1.0), ValueError, ["momentum: expected", "below 1.0", "got 1.0"]),

    ("RandomState -1", lambda b: RandomState(-1), ValueError, ["seed: expected a whole number", "-1"]),
    ("RandomState 2**32", lambda b: RandomState(2**32), ValueError, ["seed: expected a whole number", "4294967296"]),
    ("RandomState 1.5", lambda b: RandomState(1.5), TypeError, ["seed: expected a whole number", "1.5"]),
    ("RandomState text", lambda b: RandomState("1"), TypeError, ["seed: expected a whole number", "'1'"]),
    ("RandomState None", lambda b: RandomState(None), TypeError, ["seed: expected a whole number", "None"]),
    ("RandomState True", lambda b: RandomState(True), TypeError, ["seed: expected a whole number", "True"]),
]


LONG = [0.0] * 1000
MANY = [Dense(1) for _ in range(50)]

CONSTRUCTION_TABLE += [
    ("parameters None", lambda b: Network(3, LAYERS).set_parameters(None), TypeError, ["values: expected", "None"]),
    ("parameters a dict", lambda b: Network(3, LAYERS).set_parameters(dict(PARAMETERS)), TypeError, ["values: "]),
    ("parameters names", lambda b: Network(3, LAYERS).set_parameters(NAMES), TypeError, ["values: expected"]),
    ("parameters a number", lambda b: Network(3, LAYERS).set_parameters(1.0), TypeError, ["values: expected", "1.0"]),
    ("parameters of many layers", lambda b: Network(1, MANY).set_parameters([]), ValueError, ["values: ", "once"]),
    ("long layers", lambda b: Network(3, [LONG], backend=b), TypeError, ["layers[0]: expected", "a list of 1000"]),
    ("a long optimizer", lambda b: Network(3, LAYERS, optimizer=LONG), TypeError, ["optimizer: ", "a list of 1000"]),
    ("a long backend", lambda b: Network(3, LAYERS, backend="x" * 1000), ValueError, ["backend: 'xxx", "choose"]),
    ("backend 10**5000", lambda b: Network(3, LAYERS, backend=10**5000), ValueError, ["backend: a huge whole number"]),
    ("bias text", lambda b: Dense(4, "sigmoid", "he_normal"), TypeError, ["bias: expected True or False"]),
    ("nesterov text", lambda b: SGD(0.1, 0.9, "no"), TypeError, ["nesterov: expected True or False", "'no'"]),
    ("shuffle text", lambda b: Network(3, LAYERS, backend=b).fit(X, Y, shuffle="no"), TypeError,
     ["shuffle: expected True or False", "'no'"]),
    ("RandomState 10**5000", lambda b: RandomState(10**5000), ValueError, ["seed: expected a whole number from 0"]),
    ("RandomState of a list", lambda b: RandomState(LONG), TypeError, ["seed: expected a whole number from 0"]),
]


def init_gives(values):
    """A user's function that starts the weights with the same values whatever their shape."""
    return lambda stream, shape, fan_in, fan_out: values


INIT_TABLE = [
    ("nothing", None, TypeError, ["init of 0.weights: expected", "got None"]),
    ("a number", 0.5, TypeError, ["init of 0.weights: expected", "got 0.5"]),
    ("a flat list", [0.5] * 6, ValueError, ["init of 0.weights: expected 3 rows of 2 numbers, got a flat list of 6"]),
    ("too few rows", [[0.5] * 2] * 2, ValueError, ["init of 0.weights: expected 3 rows of 2 numbers, got 2 rows"]),
    ("short rows", [[0.5]] * 3, ValueError, ["init of 0.weights[0] has 1 number, expected 2"]),
    ("not a number", [[0.5, NAN]] * 3, ValueError, ["init of 0.weights[0][1] is nan, expected a finite number"]),
    ("text", [["a", "b"]] * 3, TypeError, ["init of 0.weights[0][0] is 'a' (str)"]),
    ("complex", [[0.5, 1j]] * 3, TypeError, ["init of 0.weights[0][1] is 1j (complex)"]),
]

OUT_TABLE = [
    ("a list", lambda: [0.0] * 4, TypeError, ["out: expected a writable", "array('d')", "a list of 4"]),
    ("too short", lambda: array.array("d", [7.0] * 3), ValueError, ["out: expected room for 4 numbers", "for 3"]),
    ("too long", lambda: array.array("d", [7.0] * 5), ValueError, ["out: expected room for 4 numbers", "for 5"]),
    ("empty", lambda: array.array("d"), ValueError, ["out: expected room for 4 numbers, got room for 0"]),
    ("float32", lambda: array.array("f", [7.0] * 4), TypeError, ["out: expected", "native doubles", "format 'f'"]),
    ("int64", lambda: array.array("q", [7] * 4), TypeError, ["out: expected", "native doubles", "'q'"]),
    ("raw bytes", lambda: bytearray(32), TypeError, ["out: expected", "native doubles", "'B'"]),
    ("read-only", lambda: memoryview(bytes(32)).cast("d"), TypeError, ["out: expected", "read-only"]),
    ("every second number", lambda: memoryview(array.array("d", [7.0] * 8))[::2], TypeError,
     ["out: expected", "C-contiguous", "not contiguous"]),
]


# every case as (id, what to call with the networks, error, words) ----------------------------------

def cases():
    for what, value, error, words in WHOLE_TABLE:
        yield f"epochs {what}", lambda nets, v=value: nets.plain.fit(X, Y, epochs=v), error, ["epochs: expected", words]
        yield (f"batch_size {what}", lambda nets, v=value: nets.plain.fit(X, Y, batch_size=v), error,
               ["batch_size: expected", words])
    yield "epochs None", lambda nets: nets.plain.fit(X, Y, epochs=None), TypeError, ["epochs: expected", "None"]
    yield "epochs data", lambda nets: nets.plain.fit(X, Y, X, Y), TypeError, ["epochs: expected", "a list of 4"]
    yield "batch_size 0", lambda nets: nets.plain.fit(X, Y, batch_size=0), ValueError, ["batch_size: ", "from 1"]
    for what, value, error, words in REAL_TABLE:
        yield f"learning_rate {what}", lambda nets, v=value: SGD(v), error, ["learning_rate", words]
        yield f"momentum {what}", lambda nets, v=value: SGD(0.1, momentum=v), error, ["momentum", words]
    for what, call, error, words in CONSTRUCTION_TABLE:
        yield what, lambda nets, call=call: call(nets.backend), error, words
    for what, values, error, words in INIT_TABLE:
        def make(nets, values=values):
            return Network(3, [Dense(2)], init=init_gives(values), backend=nets.backend)
        yield f"init gives {what}", make, error, words
    yield ("predict_classes of a regression", lambda nets: nets.two.predict_classes(X), ValueError,
           ["predict_classes: needs a softmax or one sigmoid output"])


CASES = list(cases())


@pytest.mark.parametrize("call, error, words", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_bad_setting_reads_well_and_changes_nothing(everywhere, call, error, words):
    refused_everywhere(everywhere, call, error, words)


@pytest.mark.parametrize("values, error, words", [c[1:] for c in PARAMETER_TABLE], ids=[c[0] for c in PARAMETER_TABLE])
def test_set_parameters_takes_all_or_nothing_and_reads_well(values, error, words):
    texts = []
    for backend in BACKENDS:
        net = Network(3, [Dense(2), Dense(1, bias=False)], seed=3, backend=backend)
        before = net.digest(), net.predict(X)
        texts.append(refused(net.set_parameters, error, words, values()))
        assert (net.digest(), net.predict(X)) == before
    print(texts[0])
    assert texts == [texts[0]] * len(texts)


@pytest.mark.parametrize("out, error, words", [c[1:] for c in OUT_TABLE], ids=[c[0] for c in OUT_TABLE])
def test_a_wrong_out_buffer_reads_well_and_is_left_as_it_was(everywhere, out, error, words):
    for nets in everywhere:
        buffer = out()
        before = bytes(memoryview(buffer).tobytes()) if not isinstance(buffer, list) else list(buffer)
        print(refused(lambda: nets.plain.predict(X, out=buffer), error, words))
        after = bytes(memoryview(buffer).tobytes()) if not isinstance(buffer, list) else list(buffer)
        assert after == before


def test_a_users_error_in_an_init_function_comes_through(everywhere):
    def init(stream, shape, fan_in, fan_out):
        raise LookupError("mine")

    for nets in everywhere:
        with pytest.raises(LookupError, match="mine"):
            Network(3, [Dense(2)], init=init, backend=nets.backend)


def test_progress_that_cannot_be_called_is_refused_before_anything_is_trained():
    for backend in BACKENDS:
        net = Network(3, LAYERS, backend=backend)
        before = net.digest()
        refused(lambda: net.fit(X, Y, progress=5), TypeError, ["progress: expected a function", "5"])
        assert net.digest() == before


@pytest.mark.parametrize("name", ["bool_", "bool"])
def test_a_boolean_of_numpys_is_no_whole_number_though_some_say_it_is(name):
    true = type(name, (), {"__index__": lambda self: 1, "__repr__": lambda self: "True"})()
    for call in (lambda: Dense(true), lambda: RandomState(true), lambda: Network(3, [Dense(1)], seed=true)):
        with pytest.raises(TypeError, match="expected a whole number"):
            call()
