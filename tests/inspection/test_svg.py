"""The curves of a training as SVG: round ticks, panels, legends; and what every picture has."""
import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purenet._core.messages import escape_html
from purenet.inspection.svg import curve_chart, decimal, image_grid, log_ticks, round_ticks
from purenet.training.history import History

SVG = "{http://www.w3.org/2000/svg}"


def words(picture):
    return [text.text for text in ET.fromstring(picture).findall(f"{SVG}text")]


def lines(picture):
    return ET.fromstring(picture).findall(f"{SVG}polyline")


# ticks ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("low, high, labels", [
    (0.0, 1.0, "0 0.2 0.4 0.6 0.8 1.0"), (0.0, 2.31, "0 0.5 1.0 1.5 2.0 2.5"), (0.0, 0.3, "0 0.1 0.2 0.3"),
    (0.0, 7.0, "0 2 4 6 8"), (0.0, 10.0, "0 2 4 6 8 10"), (0.0, 10.1, "0 5 10 15"),
    (0.0, 0.07, "0 0.02 0.04 0.06 0.08"),
    (0.91, 0.987, "0.90 0.92 0.94 0.96 0.98 1.00"), (-3.0, 0.0, "-3 -2 -1 0"), (-0.7, 1.2, "-1.0 -0.5 0 0.5 1.0 1.5"),
    (0.0, 43210.0, "0 10,000 20,000 30,000 40,000 50,000"), (0.0, 3e9, "0 1e9 2e9 3e9"),
    (0.0, 1.2e6, "0 5e5 1e6 1.5e6"),
    (0.3, 0.7, "0.3 0.4 0.5 0.6 0.7"), (-2e6, 0.0, "-2e6 -1.5e6 -1e6 -5e5 0"),
    (0.0, 2.5e-7, "0 5e-8 1e-7 1.5e-7 2e-7 2.5e-7"), (0.0, 0.00012, "0 5e-5 1e-4 1.5e-4"),
    (1e15, 1e15 + 4.0, "1e15 1.000000000000001e15 1.000000000000002e15 1.000000000000003e15 1.000000000000004e15"),
])
def test_ticks_are_round_and_labels_say_their_values(low, high, labels):
    assert " ".join([label for _, label in round_ticks(low, high)]) == labels


@given(low=st.floats(-1e12, 1e12), span=st.floats(1e-6, 1e12))
def test_ticks_cover_the_range_in_steps_of_1_2_or_5_times_a_power_of_ten(low, span):
    high = low + span
    if not high - low > 1e-9 * max(abs(low), abs(high)):
        return
    ticks = round_ticks(low, high)
    values = [value for value, _ in ticks]
    step = (values[-1] - values[0]) / (len(values) - 1)
    mantissa = step / 10.0 ** math.floor(math.log10(step * 1.000001))
    assert min(abs(mantissa - digit) for digit in (1, 2, 5)) < 1e-4 * max(1.0, abs(low) / span)
    assert values[0] <= low + 1e-8 * step and values[-1] >= high - 1e-8 * step and 2 <= len(values) <= 6
    assert [float(label.replace(",", "")) for _, label in ticks] == values


@pytest.mark.parametrize("low, high, labels", [
    (0.003, 4.0, "0.001 0.01 0.1 1 10"), (0.02, 3.0, "0.02 0.05 0.1 0.2 0.5 1 2 5"),
    (1.5e-6, 2.3, "1e-6 1e-5 0.0001 0.001 0.01 0.1 1 10"), (1.0, 1000.0, "1 10 100 1,000"),
    (1e-10, 1.0, "1e-10 1e-8 1e-6 0.0001 0.01 1"), (1e-299, 1e300, "1e-300 1e-200 1e-100 1 1e100 1e200 1e300"),
])
def test_logarithmic_ticks_are_1_2_and_5_times_powers_of_ten_or_the_powers_alone(low, high, labels):
    assert " ".join([label for _, label in log_ticks(low, high)]) == labels


@pytest.mark.parametrize("digits, exponent, label", [
    (0, 3, "0"), (0, -9, "0"), (15, -1, "1.5"), (-15, -1, "-1.5"), (20, -1, "2.0"), (15, 2, "1,500"),
    (12, -5, "1.2e-4"), (-10, 9, "-1e10"), (1, 6, "1e6"), (999999, 0, "999,999"),
])
def test_labels(digits, exponent, label):
    assert decimal(digits, exponent) == label


# charts --------------------------------------------------------------------------------------------

def test_validation_shares_a_panel_and_has_a_legend():
    curves = [("loss", [2.0, 1.0]), ("val_loss", [2.1, 1.5]), ("accuracy", [0.5, 0.75]),
              ("val_accuracy", [0.5, 0.625]), ("r2", [0.1, 0.2]), ("val_only", [1.0, 2.0])]
    picture = curve_chart(curves, "Title")
    named = [word for word in words(picture) if not re.fullmatch(r"[\d.]+", word)]
    both = ["epoch", "validation", "training"]
    assert named == ["Title", "loss", *both, "accuracy", *both, "r2", "epoch", "val_only", "epoch"]
    assert [line.get("stroke") for line in lines(picture)] == ["#1f5fa8", "#c0392b"] * 2 + ["#1f5fa8"] * 2
    assert [bool(line.get("stroke-dasharray")) for line in lines(picture)] == [False, True, False, True, False, False]
    assert lines(picture)[3].find(f"{SVG}title").text == "accuracy, validation: 0.5 to 0.625"


def heights(picture, k=0):
    return [float(point.split(",")[1]) for point in lines(picture)[k].get("points").split()]


def test_a_curve_lies_where_the_ticks_say():
    picture = curve_chart([("loss", [2.0, 1.0, 0.5, 0.0])], "t")
    ticks = {text.text: float(text.get("y")) - 4 for text in ET.fromstring(picture).findall(f"{SVG}text")}
    assert heights(picture) == [ticks["2.0"], ticks["1.0"], ticks["0.5"], ticks["0"]]
    picture = curve_chart([("loss", [2.0, 0.1, 1e-5])], "t")
    ticks = {text.text: float(text.get("y")) - 4 for text in ET.fromstring(picture).findall(f"{SVG}text")}
    assert "log scale" in ticks and heights(picture)[1:] == [ticks["0.1"], ticks["1e-5"]]
    assert "log scale" not in words(curve_chart([("loss", [2.0, 0.003])], "t"))


@pytest.mark.parametrize("values, labels", [
    ([0.3] * 4, "0 0.1 0.2 0.3"), ([0.0, 0.0], "0 0.2 0.4 0.6 0.8 1.0"), ([-2.0], "-2.0 -1.5 -1.0 -0.5 0"),
    ([0.95], "0 0.2 0.4 0.6 0.8 1.0"), ([0.91, 0.95], "0.91 0.92 0.93 0.94 0.95"),
    ([0.6, 0.9], "0 0.2 0.4 0.6 0.8 1.0"),
    ([5e-324, 0.0], "0 0.2 0.4 0.6 0.8 1.0"), ([1e308, -1e308], "-1e300 -5e299 0 5e299 1e300"),
    ([math.inf, math.nan, 0.0], "0 2e299 4e299 6e299 8e299 1e300"),
])
def test_the_axis_of_constant_single_far_and_huge_values(values, labels):
    picture = curve_chart([("loss", values)], "t")
    texts = ET.fromstring(picture).findall(f"{SVG}text")
    assert " ".join([text.text for text in texts if text.get("text-anchor") == "end"]) == labels
    assert all(82 <= height <= 352 for height in heights(picture))
    assert "nan" not in picture and "inf" not in picture


def test_one_epoch_is_a_dot_and_none_says_so():
    root = ET.fromstring(History([0.5], [("val_loss", [0.75])])._repr_svg_())
    assert [circle.get("fill") for circle in root.findall(f"{SVG}circle")] == ["#1f5fa8", "#c0392b"]
    assert words(History([])._repr_svg_()) == ["Training: 0 epochs", "loss", "no values"]
    stopped = History([1.0, 2.0])
    stopped.stopped = "max_seconds"
    assert words(stopped._repr_svg_())[0] == "Training: 2 epochs, stopped by max_seconds"


def test_a_long_curve_is_drawn_in_few_points_with_its_spikes():
    values = [1.0] * 60000
    values[12345], values[54321] = 9.0, 0.25
    picture = curve_chart([("loss", values)], "t")
    drawn = heights(picture)
    assert len(drawn) <= 1002 and len(picture) < 20000
    assert (drawn.count(min(drawn)), drawn.count(max(drawn))) == (1, 1)


# every picture -------------------------------------------------------------------------------------

HOSTILE = "<a href=\"x\">&amp;'\x00\x1b\ud800\uffff"


@pytest.mark.parametrize("picture", [
    curve_chart([("loss", [1.0]), (HOSTILE, [2.0]), ("val_" + HOSTILE, [3.0])], HOSTILE), History([])._repr_svg_(),
    image_grid([[0.0, 1.0, 0.5, 0.5]], [HOSTILE], ["b"], 2, 1.0),
], ids=["curves", "no epochs", "images"])
def test_a_picture_is_xml_with_a_title_and_colours_for_dark_pages(picture):
    root = ET.fromstring(picture.encode())
    assert root.get("role") == "img" and root[0].tag == f"{SVG}title" and root[0].text
    style = root.find(f"{SVG}style").text
    assert "prefers-color-scheme:dark" in style
    for part in root.iter():
        for kind in ("fill", "stroke"):
            colour = part.get(kind, "none")
            assert colour == "none" or colour.startswith("rgb(") or f'.purenet [{kind}="{colour}"]' in style
    assert not root.findall(".//a")


def test_what_xml_cannot_have_is_marked():
    assert escape_html(HOSTILE) == "&lt;a href=&quot;x&quot;&gt;&amp;amp;'\ufffd\ufffd\ufffd\ufffd"
    assert escape_html("\u00e4\u4e2d\U0001f600\ud7ff\ue000\n") == "\u00e4\u4e2d\U0001f600\ud7ff\ue000\n"


def test_an_image_has_a_path_for_each_shade():
    root = ET.fromstring(image_grid([[0.0, 1.0, 0.5, 0.5], [2.0, 0.0, 0.0, 0.0]], [3, 4], [3, 5], 2, 1.0))
    assert {path.get("fill"): path.get("d") for path in root.findall(f"{SVG}path")} == {
        "rgb(255,255,255)": "M13 10h8v8h-8zM111 10h8v8h-8zM103 18h8v8h-8zM111 18h8v8h-8z",
        "rgb(0,0,0)": "M21 10h8v8h-8zM103 10h8v8h-8z", "rgb(128,128,128)": "M13 18h8v8h-8zM21 18h8v8h-8z"}
    texts = [(text.text, text.get("fill")) for text in root.findall(f"{SVG}text")]
    assert texts == [("3", "#222"), ("5 (is 4)", "#c0392b")]
    assert root[0].text == "2 images with their predictions, 1 of them wrong"
