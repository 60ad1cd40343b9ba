"""predict of a few plain rows, which both engines compute without the checks of the long way."""
import array
import struct
import sys
import threading

import pytest

import purenet
from purenet import SGD, Dense, Network, NonFiniteError

COMPILED = "compiled" in purenet.backend().available
BACKENDS = ["reference"] + ["compiled"] * COMPILED


def bits(rows):
    return [struct.pack(f"<{len(row)}d", *row) for row in rows]


def network(name, inputs=3, units=4, **more):
    return Network(inputs, [Dense(units, "tanh"), Dense(2, "softmax")], loss="categorical_cross_entropy", seed=1,
                   backend=name, **more)


def by_the_long_way(net, x):
    short = net.engine.predict_plain
    net.engine.predict_plain = lambda x, out=None: None
    try:
        return net.predict(x)
    finally:
        net.engine.predict_plain = short


def python_calls(function):
    """The names of the Python functions that a call enters."""
    names = []

    def note(frame, event, argument):
        if event == "call":
            names.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(before)
    return names


@pytest.mark.parametrize("make", [lambda: [[0.5, 1, True]], lambda: array.array("d", [0.5, 1.0, 1.0])],
                         ids=["list", "buffer"])
def test_one_row_enters_few_python_functions(make):
    if COMPILED and sys.implementation.name == "cpython":  # PyPy takes the long way
        net, x, out = network("compiled"), make(), array.array("d", [0.0] * 2)
        assert len(python_calls(lambda: net.predict(x))) <= 6
        assert len(python_calls(lambda: net.predict(x, out=out))) <= 6
        assert len(python_calls(lambda: by_the_long_way(net, x))) > 6  # the count sees them


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("x", [
    [[0.5, -0.0, 1e-310]], [[1, True, 2.5]], [[0.1, 0.2, 0.3], [-4.0, 5.0, 1e300]], [[3, 2, 1]] * 9,
    array.array("d", [0.1, -7.0, 3.0]), array.array("d", [0.5] * 12), array.array("f", [0.5, 1.0, 2.0]),
    [(0.5, 1.0, 2.0)], ([0.5, 1.0, 2.0],)])
def test_rows_give_the_bits_of_the_long_way(name, x):
    net = network(name)
    expected = by_the_long_way(net, x)
    assert bits(net.predict(x)) == bits(expected)
    out = array.array("d", [0.0] * 2 * len(expected))
    assert net.predict(x, out=out) is out
    assert bits([out]) == bits([[value for row in expected for value in row]])


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("x", [
    [], [[]], [[1.0, 2.0]], [[1.0, 2.0, 3.0], [1.0]], [["1", 2.0, 3.0]], [[None, 1.0, 2.0]], [[1j, 1.0, 2.0]],
    [1.0, 2.0, 3.0], [[10**400, 1, 1]], [[float("nan"), 0.0, 0.0]], [[1.0, 2.0, 3.0], [0.0, float("-inf"), 0.0]],
    [[[1.0], [2.0], [3.0]]], array.array("d", [1.0, 2.0]), array.array("d"), array.array("d", [1.0, 2.0, float("inf")]),
    "abc", None, 5])
def test_what_is_wrong_is_said_as_by_the_long_way(name, x):
    net = network(name)
    with pytest.raises((TypeError, ValueError)) as expected:
        by_the_long_way(net, x)
    with pytest.raises(type(expected.value)) as got:
        net.predict(x)
    assert str(got.value) == str(expected.value)


@pytest.mark.parametrize("name", BACKENDS)
def test_an_output_that_overflows_is_refused(name):
    net = Network(2, [Dense(1)], backend=name)
    net.set_parameters([("0.weights", [[1e300], [1e300]]), ("0.bias", [0.0])])
    with pytest.raises(NonFiniteError, match=r"output 0 of x\[0\] is inf"):
        net.predict([[1e300, 1.0]])
    out = array.array("d", [7.0])
    with pytest.raises(NonFiniteError):
        net.predict([[1e300, 1.0]], out=out)
    assert out[0] == float("inf")


@pytest.mark.parametrize("name", BACKENDS)
def test_out_can_be_x(name):
    net = Network(2, [Dense(2, "tanh")], seed=3, backend=name)
    both = array.array("d", [0.25, -3.0])
    expected = net.predict([list(both)])
    net.predict(both, out=both)
    assert bits([both]) == bits(expected)


@pytest.mark.parametrize("name", BACKENDS)
def test_new_parameters_are_seen_at_once(name):
    net, other = network(name), network(name)
    x, y = [[0.5, 1.0, -1.0]], [0]
    net.predict(x)
    net.fit(x, y)
    other.fit(x, y)
    assert bits(net.predict(x)) == bits(by_the_long_way(other, x))
    net.set_parameters(network(name, init="rand").parameters())
    assert bits(net.predict(x)) == bits(by_the_long_way(network(name, init="rand"), x))


@pytest.mark.once
@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("bias", ["plain", "-0.0"])
def test_zeros_of_a_row_change_no_bit(name, bias):
    units = 133  # whole tiles, whole vectors, and a rest
    weights = [[(1 + (31 * k + 17 * j) % 97) / 7 for j in range(units)] for k in range(784)]
    start = [-0.0] * units if bias == "-0.0" else [0.0, -2.5, 1e-310, 0.0, 1e200, -1e-320, 7.0] * 19
    nets = [Network(784, [Dense(units)], init="zeros", backend=backend) for backend in ("reference", name)]
    for net in nets:
        net.set_parameters([("0.weights", weights), ("0.bias", start)])
    for zeros in (0, 1, 300, 650, 784):
        row = [(-1.5) ** (k % 9) for k in range(784)]
        for k in range(zeros):
            row[k * 577 % 784] = (0.0, -0.0)[k % 2]
        expected, got = by_the_long_way(nets[0], [row]), nets[1].predict([row])
        assert bits(got) == bits(expected)
    assert str(got[0][0]) == "0.0"  # also from -0.0: there the terms of zeros count


@pytest.mark.skipif(not COMPILED or sys.implementation.name != "cpython", reason="the compiled engine of CPython")
def test_a_fork_before_the_call_leaves_the_child_no_lock_of_another_thread():
    engine, answers, asked = network("compiled").engine, [], []

    class Forking(float):
        def __radd__(self, other):
            asked.append(self)
            if not engine._calls.lock.locked():
                engine._calls.lock.acquire()  # by a thread that the child does not have
                engine._forked()
            return 1.0

    x = [[Forking(0.5), 1.0, -1.0]]
    thread = threading.Thread(target=lambda: answers.append(engine.predict_plain(x)), daemon=True)
    thread.start()
    thread.join(20)
    assert asked and answers == [network("compiled").predict([[0.5, 1.0, -1.0]])]
    asked.clear()
    with engine._calls.lock:
        assert engine.predict_plain(x) is None and not asked  # it looks at the lock before the rows


@pytest.mark.parametrize("name", BACKENDS)
def test_threads_predict_while_another_changes_the_parameters(name):
    """Every answer has the bits of one of the parameter sets, or is the error of a network in use."""
    net = network(name)
    x = [[0.5, 1.0, -1.0]]
    sets, known = [], []
    for seed in range(4):
        other = Network(3, [Dense(4, "tanh"), Dense(2, "softmax")], loss="categorical_cross_entropy", seed=seed)
        sets.append(other.parameters())
        net.set_parameters(sets[-1])
        known.append(bits(net.predict(x)))
    answers, wrong, stop = [0], [], []

    def ask():
        buffer = array.array("d", x[0])
        while not stop:
            for given in (x, buffer):
                try:
                    got = bits(net.predict(given))
                except RuntimeError as error:
                    got = None if "in use by another thread" in str(error) else str(error)
                if got is not None:
                    answers[0] += 1
                    if got not in known:
                        wrong.append(got)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        changes = 0
        while changes < 200:
            try:
                net.set_parameters(sets[changes % 4])
                changes += 1
            except RuntimeError:
                pass
    finally:
        stop.append(True)
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
    assert answers[0] and not wrong


@pytest.mark.parametrize("name", BACKENDS)
def test_threads_predict_while_another_trains(name):
    """A tiny learning rate changes no parameter, so every answer has the same bits although each step writes them."""
    net = network(name, optimizer=SGD(1e-320))
    x, y = [[0.5, 1.0, -1.0], [0.25, -1.0, 2.0]], [0, 1]
    expected = bits(net.predict(x))
    wrong, stop = [], []

    def ask():
        while not stop:
            try:
                got = bits(net.predict(x))
            except RuntimeError as error:
                assert "in use by another thread" in str(error)
                continue
            if got != expected:
                wrong.append(got)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for _ in range(100):
            net.fit(x, y)
    finally:
        stop.append(True)
        thread.join()
    assert not wrong
    assert bits(net.predict(x)) == expected
