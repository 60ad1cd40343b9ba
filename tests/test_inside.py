"""Looking inside: the summary, the trace of one sample, drawings, and what notebooks show."""
import xml.etree.ElementTree as ET

import pytest
from tests.oracle import assert_same_bits

import purenet
from purenet import (
    SGD, Activation, AveragePool2D, BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, Network, data, summary,
)
from purenet.picture import network_drawing
from purenet.plan import LOSSES

BACKENDS = purenet.backend().available


def images(backend="reference", **changes):
    layers = [Conv2D(3, (3, 2), (2, 1), "same", "relu"), BatchNorm(), Dropout(0.25), Conv2D(4, 2, bias=False),
              Activation("tanh"), MaxPool2D(2, 1, "same"), AveragePool2D((1, 2), 1), Flatten(), Dense(3, "softmax")]
    return Network((6, 5, 2), layers, loss="categorical_cross_entropy", optimizer=SGD(0.1, 0.9), seed=3,
                   backend=backend, **changes)


IMAGE = [[k / 16 for k in range(60)]]


# the summary ---------------------------------------------------------------------------------------

def test_the_summary_counts_by_the_textbook():
    told = images().summary()
    numbers = [3 * 2 * 2 * 3 + 3, 3 + 3 + 3 + 3, 0, 2 * 2 * 3 * 4, 0, 0, 0, 0, 24 * 3 + 3]
    assert [row[3] for row in told.rows] == numbers
    assert [row[1] for row in told.rows] == [
        (3, 5, 3), (3, 5, 3), (3, 5, 3), (2, 4, 4), (2, 4, 4), (2, 4, 4), (2, 3, 4), (24,), (3,)]
    assert (told.parameters, told.statistics) == (168, 6)
    assert told.bytes == 8 * (168 + 6 + 168)  # momentum keeps a number for each
    text = repr(told)
    assert "kernel 3 x 2 x 2 x 3, bias 3" in text and "6 x 5 x 2" in text and "168 parameters, 6 kept" in text
    assert max(map(len, text.split("\n"))) < 160


def test_the_summary_of_a_dense_network():
    text = repr(Network(784, [Dense(128, "relu"), Dense(10)], seed=1).summary())
    assert "weights 784 x 128, bias 128" in text and "100,480" in text and "101,770 parameters" in text


@pytest.mark.parametrize("net", [images(), Network(3, [Dense(2, ("leaky_relu", 0.5))])], ids=["images", "dense"])
def test_what_notebooks_show_is_well_formed(net):
    parsed = ET.fromstring(f"<div>{net._repr_html_().replace('<br>', '<br/>')}</div>")
    assert len(parsed.find("table")) == len(net.layers) + 2
    assert parsed.find("{http://www.w3.org/2000/svg}svg") is not None


def test_html_is_escaped():
    assert summary.escaped('<a & "b">') == "&lt;a &amp; &quot;b&quot;&gt;"


# the trace -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("backend", BACKENDS)
def test_the_bits_of_the_gradients_are_in_the_trace(backend):
    net = images(backend)
    net.fit(IMAGE * 3, [0, 1, 2], 2, 2)  # so that the dropout and the moments are those of a later step
    traced = net.trace(IMAGE, [1])
    assert_same_bits([g for _, g in traced.gradients()], [g for _, g in net.gradients(IMAGE, [1])])
    assert [name for name, _ in traced.gradients()] == [name for name, _ in net.gradients(IMAGE, [1])]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_trace_ends_in_the_prediction_and_in_the_loss(loss, backend):
    net = Network(3, [Dense(4, "sigmoid"), Dense(2, LOSSES[loss][2] or "linear")], loss=loss, reduction="sum",
                  seed=5, backend=backend)
    x, y = [[0.5, -1.0, 2.0]], [[0.25, 0.75]]
    traced = net.trace(x, y)
    assert_same_bits(traced.steps[-1].outputs, net.predict(x)[0])
    assert_same_bits(traced.loss, net.evaluate(x, y))
    assert_same_bits([g for _, g in traced.gradients()], [g for _, g in net.gradients(x, y)])


def test_a_trace_shows_the_articles_formulas():
    net = Network(3, [Dense(4, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)], init="rand", seed=1)
    text = repr(net.trace([[0.0, 0.0, 1.0]], [[0.0]]))
    assert "a = 1 / (1 + exp(-z))" in text and "d_z = d_a (a (1 - a))" in text
    assert "d_weights[k][j] = sum over i of inputs[i][k] d_outputs[i][j]" in text and "loss[i] = sum over j" in text


def test_more_than_one_sample_is_refused():
    with pytest.raises(ValueError, match="x: expected one sample to trace"):
        Network(2, [Dense(1)]).trace([[1, 2], [3, 4]], [[1], [2]])


# drawings ------------------------------------------------------------------------------------------

def test_a_drawing_has_a_circle_for_each_number_and_a_line_for_each_weight(tmp_path):
    net = Network(3, [Dense(4, "tanh"), Dense(2)], seed=1)
    net.draw(tmp_path / "net.svg")
    drawing = ET.parse(tmp_path / "net.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert len(drawing.findall(f"{space}circle")) == 3 + 4 + 2
    lines = drawing.findall(f"{space}line")
    assert len(lines) == 3 * 4 + 4 * 2
    weights = [w for name, rows in net.parameters() if name.endswith("weights") for row in rows for w in row]
    assert [line.get("stroke") == "#c0392b" for line in lines] == [w < 0.0 for w in weights]
    x_of = [float(circle.get("cx")) for circle in drawing.findall(f"{space}circle")]
    assert x_of == sorted(x_of) and len(set(x_of)) == 3


def test_a_drawing_has_the_name_of_one(tmp_path):
    with pytest.raises(ValueError, match="its name ends in .svg"):
        Network(2, [Dense(1)]).draw(tmp_path / "net.png")


def test_a_line_that_is_no_weight_has_no_colour_of_one_and_numbers_changed_one_by_one_have_one_line_each():
    layers = [Dense(3), BatchNorm(), Dropout(0.5), Activation("tanh"), Dense(2)]
    net = Network((2, 2, 1), layers, init=lambda stream, shape, *fans: [[2.0] * shape[1]] * shape[0])
    drawing = network_drawing(net)
    lines = [line for line in drawing.splitlines() if line.startswith("<line")]
    assert len(lines) == 3 + 3 + 3 + 3 + 3 * 2
    assert [line.count("#1f5fa8") for line in lines] == [0] * 12 + [1] * 6


def test_large_layers_and_images_are_drawn_small():
    drawing = network_drawing(Network(784, [Dense(300, "relu"), Dense(10, "softmax")], init="zeros"))
    assert drawing.count("<circle") == 8 + 8 + 10 and ">...<" in drawing and len(drawing) < 40000
    assert network_drawing(images()).count("<rect") == 1 + 8  # the background and the images


# representations -----------------------------------------------------------------------------------

def test_every_public_class_has_a_representation_of_its_own():
    named = [(name, getattr(home, name)) for home in (purenet, data) for name in home.__all__]
    assert [name for name, kind in named if getattr(kind, "__repr__", None) is object.__repr__] == []


def test_scalers_and_encoders_tell_what_they_are_fitted_to():
    made = [data.StandardScaler(), data.MinMaxScaler(), data.OneHotEncoder(), data.LabelEncoder()]
    assert [repr(one) for one in made] == [f"<{type(one).__name__}: not fitted>" for one in made]
    rows = [[1, 2], [3, 4]]
    assert [repr(one.fit(rows)) for one in made[:3]] == [f"<{type(one).__name__}: 2 columns>" for one in made[:3]]
    assert repr(made[3].fit("aba")) == "<LabelEncoder: 2 labels>"


# the history ---------------------------------------------------------------------------------------

class Axis:
    """What of matplotlib's axis is used."""

    def __init__(self):
        self.lines, self.label = [], ""

    def plot(self, x, y, label):
        self.lines.append((label, x, y))

    def set_xlabel(self, label):
        self.label = label

    def legend(self):
        self.label += " with a legend"


def test_the_curves_of_a_training_are_drawn(tmp_path):
    net = Network(1, [Dense(3, "tanh"), Dense(1)], seed=1)
    x, y = [[k / 8] for k in range(8)], [k / 9 for k in range(8)]
    history = net.fit(x, y, 5, 4, validation_data=(x[:3], y[:3]))
    history.plot(tmp_path / "loss.svg")
    drawing = ET.parse(tmp_path / "loss.svg").getroot()
    lines = drawing.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.get("points").split()) for line in lines] == [5, 5]
    assert ET.fromstring(history._repr_svg_()) is not None
    axis = Axis()
    history.plot(ax=axis)
    assert axis.lines == [("loss", [1, 2, 3, 4, 5], history.loss), ("val_loss", [1, 2, 3, 4, 5], history.val_loss)]
    assert axis.label == "epoch with a legend"
    for wrong in ({}, {"path": "a.svg", "ax": axis}, {"path": "a.png"}):
        with pytest.raises(ValueError):
            history.plot(**wrong)
