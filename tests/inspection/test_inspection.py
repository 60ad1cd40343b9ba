"""Looking inside: the summary, the trace of one sample, drawings, and what notebooks show."""
import pathlib
import xml.etree.ElementTree as ET

import pytest

import purenet
from purenet import SGD, Network, data
from purenet._core.messages import escape_html
from purenet.inspection.drawing import network_drawing
from purenet.layers import Activation, BatchNorm, Conv2D, Dense, Dropout, Flatten
from purenet.layers.pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from purenet.losses import LOSS_SETTINGS
from tests.support.oracle import assert_same_bits

BACKENDS = purenet.backend().available


SVG = "{http://www.w3.org/2000/svg}"


def drawn(net, names=()):
    return network_drawing(net.plan, net.layers, net._engine.state(), names)


def words_of(picture):
    return [text.text for text in ET.fromstring(picture).findall(f"{SVG}text")]


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
    assert escape_html('<a & "b">') == "&lt;a &amp; &quot;b&quot;&gt;"


# the trace -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("backend", BACKENDS)
def test_the_bits_of_the_gradients_are_in_the_trace(backend):
    net = images(backend)
    net.fit(IMAGE * 3, [0, 1, 2], 2, 2)  # so that the dropout and the moments are those of a later step
    traced = net.trace(IMAGE, [1])
    assert_same_bits([g for _, g in traced.gradients()], [g for _, g in net.gradients(IMAGE, [1])])
    assert [name for name, _ in traced.gradients()] == [name for name, _ in net.gradients(IMAGE, [1])]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("loss", LOSS_SETTINGS)
def test_a_trace_ends_in_the_prediction_and_in_the_loss(loss, backend):
    net = Network(3, [Dense(4, "sigmoid"), Dense(2, LOSS_SETTINGS[loss][2] or "linear")], loss=loss, reduction="sum",
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
    lines = drawing.findall(f"{space}line")[:-2]  # without the legend's
    assert len(lines) == 3 * 4 + 4 * 2
    weights = [w for name, rows in net.parameters() if name.endswith("weights") for row in rows for w in row]
    assert [line.get("stroke") == "#c0392b" for line in lines] == [w < 0.0 for w in weights]
    x_of = [float(circle.get("cx")) for circle in drawing.findall(f"{space}circle")]
    assert x_of == sorted(x_of) and len(set(x_of)) == 3


def test_a_drawing_has_the_name_of_one(tmp_path):
    with pytest.raises(ValueError, match="path: expected a name that ends in .svg"):
        Network(2, [Dense(1)]).draw(tmp_path / "net.png")


def test_a_line_that_is_no_weight_has_no_colour_of_one_and_numbers_changed_one_by_one_have_one_line_each():
    layers = [Dense(3), BatchNorm(), Dropout(0.5), Activation("tanh"), Dense(2)]
    net = Network((2, 2, 1), layers, init=lambda stream, shape, *fans: [[2.0] * shape[1]] * shape[0])
    drawing = drawn(net)
    lines = [line for line in drawing.splitlines() if line.startswith("<line")]
    assert len(lines) == 3 + 3 + 3 + 3 + 3 * 2 + 3  # those of the legend are the last
    assert [line.count("#1f5fa8") for line in lines] == [0] * 12 + [1] * 6 + [1, 0, 0]


def test_wider_and_stronger_lines_are_larger_weights():
    net = Network(2, [Dense(2, bias=False)])
    net.set_parameters([("0.weights", [[4.0, -2.0], [-0.5, 0.0]])])
    lines = ET.fromstring(drawn(net)).findall(f"{SVG}line")[:4]
    assert [line.get("stroke") for line in lines] == ["#1f5fa8", "#c0392b", "#c0392b", "#bbb"]
    assert [line.get("stroke-width") for line in lines] == ["3", "1.9", "1.1", None]
    assert [line.get("stroke-opacity") for line in lines] == [None, "0.60", "0.30", None]


def test_large_layers_are_drawn_small():
    drawing = drawn(Network(784, [Dense(300, "relu"), Dense(10, "softmax")], init="zeros"))
    circles = ET.fromstring(drawing).findall(f"{SVG}circle")
    assert [circle.get("r") for circle in circles].count("9") == 8 + 8 + 10
    assert [circle.get("r") for circle in circles].count("1.5") == 3 + 3  # the dots between the cut halves
    assert len(drawing) < 25000
    assert [word for word in words_of(drawing) if word[0] == "x"] == [
        "x1", "x2", "x3", "x4", "x781", "x782", "x783", "x784"]


def test_layers_are_drawn_with_their_settings_and_shapes():
    words = words_of(drawn(images()))
    columns = [
        ["Input", "6 x 5 x 2"], ["Conv2D", "3 filters 3 x 2", "stride 2 x 1", "same padding", "relu", "3 x 5 x 3"],
        ["BatchNorm", "3 x 5 x 3"], ["Dropout", "rate 0.25", "3 x 5 x 3"], ["Conv2D", "4 filters 2 x 2", "2 x 4 x 4"],
        ["Activation", "tanh", "2 x 4 x 4"], ["MaxPool2D", "window 2 x 2", "stride 1", "same padding", "2 x 4 x 4"],
        ["AveragePool2D", "window 1 x 2", "stride 1", "2 x 3 x 4"], ["Flatten", "24 outputs"],
        ["Dense", "softmax", "3 outputs"]]
    wanted = [word for column in columns for word in column]
    assert words[:len(wanted)] == wanted
    assert words[len(wanted):] == ["weight above 0", "weight below 0", "input of one output", "other connection",
                                   "wider line: larger weight, within its layer"]
    words = words_of(drawn(Network(3, [Dense(1, ("leaky_relu", 0.25))])))
    assert words == ["x1", "x2", "x3", "Input", "3 inputs", "Dense", "leaky_relu 0.25", "1 output", "weight above 0",
                     "weight below 0", "wider line: larger weight, within its layer"]


def test_an_image_is_a_stack_of_sheets_and_a_window_is_drawn_to_scale():
    net = Network((8, 4, 3), [Conv2D(9, (3, 2), (2, 1), "same"), MaxPool2D(2)])
    root = ET.fromstring(drawn(net))
    boxes = [[float(box.get(side)) for side in ("x", "y", "width", "height")]
             for box in root.findall(f"{SVG}rect")[1:]]  # the first is the background
    sheets, windows = boxes[:-4], boxes[-4:]
    assert [box[2:] for box in sheets] == [[55, 110]] * 3 + [[55, 55]] * 6 + [[27.5, 27.5]] * 6
    unit = 110 / 8
    sizes = [(2, 3), (1, 1), (2, 2), (1, 1)]  # columns, rows: of the window and of the output, for both layers
    assert [box[2:] for box in windows] == [pytest.approx([w * unit, h * unit], abs=0.06) for w, h in sizes]
    front = sheets[2], sheets[8], sheets[8], sheets[14]  # the sheet in front is drawn last
    places = [((box[0] - sheet[0]) / unit, (box[1] - sheet[1]) / unit) for box, sheet in zip(windows, front)]
    # output [1][2] sees the rows 2 to 4 and the columns 2 and 3; that of the pooling, [1][1], 2 and 3 of both
    assert places == [pytest.approx(place, abs=0.02) for place in [(2, 2), (2, 1), (2, 2), (1, 1)]]
    blocks = [path.get("d") for path in root.findall(f"{SVG}path")]
    assert len(blocks) == 1 and "l10 -10" in blocks[0]  # the convolution's goes through all three channels


def test_a_window_over_padding_begins_there():
    root = ET.fromstring(drawn(Network((8, 8, 1), [Conv2D(1, 3, padding="same")])))
    sheet, _, window, cell = [[float(box.get(side)) for side in ("x", "y", "width", "height")]
                              for box in root.findall(f"{SVG}rect")[1:]]
    unit = 110 / 8  # output [2][4] sees the rows 1 to 3 and the columns 3 to 5
    assert [(window[0] - sheet[0]) / unit, (window[1] - sheet[1]) / unit] == pytest.approx([3, 1], abs=0.02)
    assert window[2:] == pytest.approx([3 * unit] * 2, abs=0.06)


@pytest.mark.parametrize("net", [
    Network((3, 3, 1), [Conv2D(2, 5, 9, "same"), Dense(1)]), Network((1, 1, 1), [MaxPool2D(1)]),
    Network((2, 300, 1), [AveragePool2D((2, 299), padding="same"), Conv2D(1, (1, 2), padding="same")]),
    Network((4, 4, 2), [GlobalAveragePool2D()]), Network(1, [Activation("relu")]),
    Network(11, [Dense(11, init="zeros"), BatchNorm()]),
], ids=str)
def test_everything_drawn_lies_in_the_picture(net):
    root = ET.fromstring(drawn(net))
    _, _, width, height = map(float, root.get("viewBox").split())
    places = [(float(part.get(x)), float(part.get(y))) for part in root for x, y in (
        ("x", "y"), ("cx", "cy"), ("x1", "y1"), ("x2", "y2")) if part.get(x)]
    places += [(float(box.get("x")) + float(box.get("width")), float(box.get("y")) + float(box.get("height")))
               for box in root.findall(f"{SVG}rect")[1:]]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places) and len(places) > 4


def test_inputs_have_the_names_that_are_given(tmp_path):
    net = Network(3, [Dense(2)])
    names = ["length", '<b> & "c" \x1b\ud800', "n" * 40]
    net.draw(tmp_path / "net.svg", names)
    words = words_of((tmp_path / "net.svg").read_text("utf-8"))
    assert words[:3] == ["length", '<b> & "c" \ufffd\ufffd', "n" * 21 + "\u2026"]
    many = [f"column {k}" for k in range(12)]
    words = words_of(drawn(Network(12, [Dense(1)]), many))
    assert words[:8] == many[:4] + many[8:]
    for given, wrong, told in ((net, ["a"], "3 names, one for each input, got 1"),
                               (Network((1, 3, 1), [Dense(1)]), ["a"] * 3,
                                "none, because its inputs are images, got 3")):
        with pytest.raises(ValueError, match=f"names: this network needs {told}"):
            drawn(given, wrong)


@pytest.mark.parametrize("module", ["drawing", "svg", "summary", "trace"])
def test_what_looks_inside_knows_nothing_of_the_network(module):
    source = (pathlib.Path(purenet.__file__).parent / "inspection" / f"{module}.py").read_text()
    assert "import Network" not in source and ".network" not in source


# representations -----------------------------------------------------------------------------------

def test_every_public_class_has_a_representation_of_its_own():
    named = [(name, getattr(home, name)) for home in (purenet, data) for name in home.__all__]
    assert [name for name, kind in named if getattr(kind, "__repr__", None) is object.__repr__] == []


def test_scalers_and_encoders_tell_what_they_are_fitted_to():
    made = [data.StandardScaler(), data.MinMaxScaler(), data.OneHotEncoder(), data.LabelEncoder()]
    assert [repr(one) for one in made] == [f"<{type(one).__name__}: not fitted>" for one in made]
    rows = [[1, 2], [3, 4]]
    assert [repr(one.fit(rows)) for one in made[:3]] == [f"<{type(one).__name__}: 2 columns>" for one in made[:3]]
    assert repr(made[3].fit(list("aba"))) == "<LabelEncoder: 2 labels>"


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
    words = [text.text for text in drawing.findall("{http://www.w3.org/2000/svg}text")]
    assert words[:2] == ["Training: 5 epochs", "loss"] and words[-2:] == ["validation", "training"]
    assert ET.fromstring(history._repr_svg_()) is not None
    axis = Axis()
    history.plot(ax=axis)
    assert axis.lines == [("loss", [1, 2, 3, 4, 5], history.loss), ("val_loss", [1, 2, 3, 4, 5], history.val_loss)]
    assert axis.label == "epoch with a legend"
    for wrong in ({}, {"path": "a.svg", "ax": axis}, {"path": "a.png"}):
        with pytest.raises(ValueError):
            history.plot(**wrong)
