"""The articles' networks and the digits, run as a user runs them."""
import ast
import re
import statistics
import subprocess
import sys
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

import purenet
from purenet import SGD, Dense, Network, backends
from purenet.cli import demos
from purenet.cli.demos import QUICK, digits, digits_conv, two_layer
from purenet.cli.main import main
from tests.support.pythons import PYTHONS

DEMOS = Path(purenet.__file__).parent / "cli" / "demos"

# the published result of the three-layer article, and nothing of ours
ARTICLE = ["0.02039406", "0.96795662", "0.97199464", "0.02758648"]

# SHA-256 of the weights after each demo: the same on every interpreter
DIGESTS = {
    "two-layer": "268362f3608e5182c3f3050306cd4ecfe310916f0d694e87f26ac833d450388c",
    "three-layer": "23a57c488f8777bb85d3c4f9d95c3153df18dad8148b5388ba09b2e0b7dd6d5a",
    "digits --epochs 2": "9dd0ab248fd2365509d3d6ca931f9c931220dc45a7161daaca0f2e1513faf062",
}
needs_the_twin = pytest.mark.skipif("compiled" not in backends.backend().available, reason="no compiled engine here")


def demo(*arguments, python=sys.executable):
    run = subprocess.run([python, "-m", "purenet", "demo", *arguments], capture_output=True, text=True,
                         cwd=DEMOS.parent.parent.parent)
    assert run.returncode == 0, run.stderr
    return run.stdout


def table(text):
    """The predictions and targets of the articles' printed table."""
    rows = re.findall(r"^\[\d, \d, \d\] +(\d) +(\d\.\d{8})$", text, re.MULTILINE)
    return [float(target) for target, _ in rows], [prediction for _, prediction in rows]


def test_two_layer_ends_near_its_targets():
    targets, predictions = table(demo("two-layer"))
    assert targets == [0, 1, 1, 0]
    assert all(abs(float(p) - t) < 0.05 for p, t in zip(predictions, targets))


def test_two_layer_loss_falls_at_every_iteration():
    net = Network(3, [Dense(4, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)], optimizer=SGD(1.0),
                  init="rand", seed=1)
    loss = net.fit(two_layer.X, two_layer.Y, epochs=1500, batch_size=None, shuffle=False).loss
    assert net.digest() == DIGESTS["two-layer"]
    assert len(loss) == 1500 and all(later < earlier for earlier, later in zip(loss, loss[1:]))


def test_three_layer_prints_the_articles_predictions_to_all_eight_digits():
    text = demo("three-layer")
    assert table(text)[1] == ARTICLE
    costs = re.findall(r"^Cost after epoch (\d+): \d\.\d{6}$", text, re.MULTILINE)
    assert costs == ["0", "1000", "2000", "3000", "4000"]


@pytest.mark.full
@pytest.mark.once
@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS.keys())
def test_demos_end_in_the_same_digests_everywhere(python):
    for arguments, digest in DIGESTS.items():
        assert digest in demo(*arguments.split(), python=python), arguments


def test_a_seed_and_epochs_change_the_run():
    for name in ("two-layer", "three-layer"):
        assert DIGESTS[name] not in demo(name, "--seed", "2", "--epochs", "10")


def scores(name, python):
    """The accuracy in percent of a demo of the digits, and its seconds, from seeds 0 to 9."""

    def score(seed):
        text = demo(name, "--seed", str(seed), python=python)
        right, count = re.search(r"(\d+) of (\d+) test digits", text).groups()
        assert "same 13 writers" in text and count == "360"
        return 100 * int(right) / int(count), float(re.search(r"seconds: ([\d.]+)", text).group(1))

    with ThreadPoolExecutor(2) as pool:
        return zip(*pool.map(score, range(10)))


@pytest.mark.full
@pytest.mark.once
def test_digits_are_read_well_over_ten_seeds():
    fastest = next((python for name, python in PYTHONS.items() if name.startswith("pypy")), sys.executable)
    accuracies, _ = scores("digits", fastest)
    assert statistics.median(accuracies) >= 97.0 and min(accuracies) >= 95.0, accuracies


@pytest.mark.full
@pytest.mark.once
@needs_the_twin
def test_a_convolutional_network_reads_digits_better_over_ten_seeds():
    accuracies, seconds = scores("digits-conv", sys.executable)
    assert statistics.median(accuracies) >= 98.3 and min(accuracies) >= 97.3, accuracies
    assert max(seconds) < 60.0, seconds


@pytest.mark.once
@needs_the_twin
def test_the_convolutional_demo_trains_to_the_same_bits_on_both_engines():
    net, x, y, told = demos.make("digits-conv", 3, "compiled")
    assert told == {"epochs": 30, "batch_size": 32}
    result = purenet.compare(net, x[:5], y[:5], epochs=2, batch_size=2, timed=False)
    assert result.identical and result.batches == 6, result


def test_both_demos_of_the_digits_learn_and_test_on_the_same_rows():
    for seed in (None, 4):
        x_train, _, y_train, _ = digits.split(seed)
        assert demos.make("digits-conv", seed, "reference")[1:3] == (x_train, y_train)
        assert demos.make("digits", seed, "reference")[1:3] == (x_train, y_train)


def test_the_convolutional_demo_says_how_long_the_reference_will_take(capsys, monkeypatch):
    monkeypatch.setattr(digits_conv, "train_and_show", lambda *_: None)
    net_is_idle = SimpleNamespace(gradients=lambda x, y: None, backend="reference")
    monkeypatch.setattr(digits_conv, "network", lambda seed, backend: net_is_idle)
    for epochs, image, words in [(None, 0.05, "30 epochs will take the reference engine about 36 min, "),
                                 (1, 0.05, "1 epoch will take the reference engine about 72 s, "), (0, 0.05, "")]:
        clock = iter([7.0, 7.0 + image])
        monkeypatch.setattr(digits_conv, "time", SimpleNamespace(perf_counter=lambda clock=clock: next(clock)))
        digits_conv.run(None, epochs, "reference", None)
        told = capsys.readouterr().out
        assert told.startswith(words) and bool(told) == bool(words)
    net_is_idle.backend = "compiled"
    digits_conv.run(None, 30, "auto", None)
    assert capsys.readouterr().out == ""


def test_all_demos_end_with_what_to_try_next(capsys, monkeypatch):
    from purenet.cli import demos

    ran = []
    monkeypatch.setattr(demos, "run", lambda name, *rest: ran.append(name))
    assert main(["demo"]) == 0
    assert ran == list(QUICK)
    assert "Next:\n  python3 -m purenet demo digits" in capsys.readouterr().out


@pytest.mark.parametrize("name", QUICK)
def test_plots_are_well_formed_and_hold_the_data(name, tmp_path, capsys):
    path = tmp_path / "loss.svg"
    assert main(["demo", name, "--epochs", "2", "--plot", str(path)]) == 0
    root = xml.etree.ElementTree.parse(path).getroot()
    line = root.find("{http://www.w3.org/2000/svg}polyline")
    assert len(line.get("points").split()) == 2
    printed = capsys.readouterr().out
    assert str(path) in printed
    if name == "digits":
        rows = [line.split() for line in printed.splitlines() if re.match(r" *(\d|true|precision) ", line)]
        assert [row[0] for row in rows] == ["true", *"0123456789", "precision"]
        assert rows[0][3:] == [*"0123456789", "recall"]
        digits = xml.etree.ElementTree.parse(tmp_path / "loss-digits.svg").getroot()
        paths = digits.findall("{http://www.w3.org/2000/svg}path")
        assert sum(path.get("d").count("M") for path in paths) == 40 * 64 and len(paths) == 17  # pixels, and shades


def test_no_digit_of_a_result_stands_in_the_demos():
    for path in DEMOS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                assert len(repr(node.value)) <= 4, (path.name, node.value)
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.search(r"\d\.\d{3}|[0-9a-f]{12}", node.value), (path.name, node.value)


def test_command_line_errors_are_one_line(capsys, tmp_path, monkeypatch):
    assert main(["demo", "two-layer", "--seed", "-1"]) == 1
    assert capsys.readouterr().err == "purenet: error: seed: expected a whole number from 0 to 4294967295, got -1\n"
    for plot in (tmp_path / "no" / "such.svg", tmp_path / "loss.png"):
        assert main(["demo", "two-layer", "--epochs", "1", "--plot", str(plot)]) == 1
        assert capsys.readouterr().err.startswith("purenet: error: --plot: ")
    monkeypatch.setattr(backends, "_probe_cache", [(0, "not there", False)])
    assert main(["demo", "two-layer", "--backend", "compiled"]) == 1
    for wrong in (["demo", "four-layer"], ["demo", "--plot", "x.svg"], ["train"], []):
        with pytest.raises(SystemExit) as stop:
            main(wrong)
        assert stop.value.code == 2


def test_info_names_the_engine(capsys):
    assert main(["info"]) == 0
    assert f"backend: {purenet.backend().chosen}" in capsys.readouterr().out


def test_a_closed_pipe_ends_quietly():
    child = subprocess.Popen([sys.executable, "-m", "purenet", "demo", "two-layer", "--epochs", "5"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=DEMOS.parent.parent.parent)
    child.stdout.close()
    errors = child.stderr.read()
    child.stderr.close()
    assert child.wait() in (0, 1) and errors == b""
