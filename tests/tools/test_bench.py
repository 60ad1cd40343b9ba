"""The bench's checks, without its times: rows do the work they say, a side that does other work is refused."""
import json

import pytest

import purenet
from tools.bench import __main__ as bench
from tools.bench import peers as bench_sides
from tools.bench import small as bench_small
from tools.bench import steps as bench_steps
from tools.bench.harness import Refused, Table, same_numbers

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif("compiled" not in purenet.backend().available, reason="no compiled engine here"),
]
np = pytest.importorskip("numpy")
ROWS = {
    "product": 1, "steps": 5, "images": 4, "threads": 3, "batches": 4, "predict": 6, "fit": 1, "first": 1, "randn": 1,
    "products": 4, "zeros": 12, "training": 2, "import": 1, "saving": 1,
    "fashion": 0,  # beside PyTorch alone
}


@pytest.fixture
def table():
    return Table(quick=True, peers=["numpy"])


@pytest.mark.full
@pytest.mark.parametrize("part", bench.PARTS)
def test_the_rows_of_a_part_do_the_same_work(part, tmp_path):
    files = [tmp_path / "table.json", tmp_path / "table.md"]
    table = bench.main(["--quick", "--peers", "numpy", "--only", part, "--json", str(files[0]), "--markdown",
                        str(files[1])])
    beside = {row["peer"] for row in table.rows}
    tiles = len([peer for peer in beside if "tile" in peer])  # none without a C compiler, or on another kind of CPU
    assert len(table.rows) == ROWS[part] + tiles
    written = json.loads(files[0].read_text())
    assert written["rows"] == table.rows
    assert {"cpu", "compiled", "peers", "date"} <= set(written["machine"])
    assert files[1].read_text().count("\n| ") == 1 + len(table.rows)


@pytest.mark.parametrize("training", bench_steps.TRAININGS[:3], ids=lambda training: training.name)
@pytest.mark.parametrize("parameter", ["weights", "biases"])
def test_a_side_with_one_weight_changed_is_refused(table, training, parameter):
    x, y, _ = bench_sides.made_of(training)
    hand = bench_sides.ByHand(training, bench_sides.network(training, "compiled").parameters(), x, y)
    getattr(hand, parameter)[-1].flat[0] += 2e-9
    with pytest.raises(Refused, match=f"{training.name}: NumPy by hand did other work than purenet: [12]."):
        bench_steps.pair(table, training.name, training, x, y, hand)
    assert table.rows == []


def test_a_side_that_takes_another_number_of_steps_is_refused(table, monkeypatch):
    run = bench_sides.ByHand.run
    monkeypatch.setattr(bench_sides.ByHand, "run", lambda self, epochs: run(self, epochs + 1))
    with pytest.raises(Refused, match="3-4-1, batch 4: NumPy by hand did other work"):
        bench_steps.steps(table)
    assert table.rows == []


def test_a_side_that_parts_while_it_is_timed_is_refused(table, monkeypatch):
    step = bench_small.HalfSquares.step

    def drifting(self):
        step(self)
        self.b1 += 1e-10  # after two steps still within what is allowed

    monkeypatch.setattr(bench_small.HalfSquares, "step", drifting)
    with pytest.raises(Refused, match="fit called anew: NumPy by hand did other work"):
        bench_small.fit(table)
    assert table.rows == []


@pytest.mark.parametrize("theirs", [[np.zeros(3)], [np.zeros(2), np.zeros(2)], [np.array([0.0, np.nan])]])
def test_other_shapes_and_nan_are_refused(theirs):
    with pytest.raises(Refused):
        same_numbers("a row", "a peer", [("0.bias", [0.0, 0.0])], theirs)


def test_a_bar_is_reached_or_not(table):
    assert table.row("a", "b", [1.0, 3.0, 1.0], [2.0, 2.0, 2.0], bar=0.5)["reached"]
    assert not table.row("a", "b", [1.0, 3.0, 1.0], [2.0, 2.0, 2.0], bar=0.4)["reached"]
    assert table.row("a", "b", [1.0], [2.0], bar=0.4, at_least=True)["reached"]
    assert table.row("a", "b", [1.0], [2.0], reference=8.0)["reference"] == 4.0


def test_peers_that_are_not_installed_are_named_once(table, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    table.wanted = ["torch"]
    assert table.peer("torch") is table.peer("torch") is None
    assert capsys.readouterr().out == "skipped: rows beside PyTorch: it is not installed\n"
