"""Tables in Python: rows of every kind give one model; predictions, importances, reports; lags of series."""
import csv
import datetime
import math
import random

import pytest

from purenet import load
from purenet.data import read_csv
from purenet.metrics import mean_absolute_error, r2
from purenet.table import reproduce, train
from purenet.table.reading import taken
from purenet.table.rows import table_from
from purenet.table.series import lagged, numbers_before
from tests import ROOT
from tests.support.tables import QUICK, answers, write_csv


def people(count=120, seed=0):
    stream, rows = random.Random(seed), []
    for k in range(count):
        age = stream.randint(1, 80)
        rows.append({"age": age if k % 6 else None, "sex": stream.choice(["m", "f", None]),
                     "since": datetime.date(2020, 1, 1) + datetime.timedelta(stream.randint(0, 900)),
                     "size": stream.randint(1500, 1900) / 10, "old": age > 40})
    return rows


def as_csv(tmp_path, rows):
    cells = [["" if value is None else value for value in row.values()] for row in rows]
    return write_csv(tmp_path / "rows.csv", cells, list(rows[0]))


def bits(model):
    return model.network.digest(), model.provenance("data_sha256"), model.label_texts, model.inputs.names


@pytest.mark.once
def test_every_kind_of_rows_gives_the_same_model(tmp_path):
    rows = people()
    path = as_csv(tmp_path, rows)
    model = train(rows, "old", **QUICK)
    kinds = {"a file": path, "a table": read_csv(path, undecided=["old"]), "fewer keys": [
        {name: value for name, value in row.items() if value is not None} for row in rows]}
    with open(path, newline="") as file:
        kinds["a DictReader"] = list(csv.DictReader(file))
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    kinds["pandas"] = pandas.DataFrame(rows, index=[7] * len(rows))
    kinds["pandas with dates"] = kinds["pandas"].assign(since=pandas.to_datetime(kinds["pandas"]["since"]))
    kinds["pandas' own types"] = kinds["pandas"].convert_dtypes()
    kinds["polars"] = polars.DataFrame(rows)
    for kind, data in kinds.items():
        if kind != "fewer keys":
            assert bits(train(data, "old", **QUICK)) == bits(model), kind
        found = [str(answer) for answer in (answers(model, data) if kind == "a file" else model.predict(data))]
        assert found == [str(answer) for answer in model.predict(rows)], kind


def test_a_reader_of_dicts_is_read_once(tmp_path):
    path = as_csv(tmp_path, people())
    with open(path, newline="") as file:
        model = train(csv.DictReader(file), "old", **QUICK)
    with open(path, newline="") as file:
        assert [str(one) for one in model.predict(csv.DictReader(file))] == answers(model, path)


@pytest.mark.parametrize("values, kind", [
    ([True, False, True], bool), ([3, 1, 2], int), ([3.0, 1.0, 2.0], float), (["b", "a", "c"], str)])
def test_classes_come_back_as_what_they_were(tmp_path, values, kind):
    rows = [{"x": k % 7, "y": values[k % 3]} for k in range(60)]
    model = train(rows, "y", task="classification", **QUICK)
    model.save(tmp_path / "model")
    for one in (model, load(tmp_path / "model")):
        found = one.predict(rows)
        assert {type(answer) for answer in found} == {kind} and set(found) <= set(values)
        assert one.report(rows).scores["accuracy"] == [a == row["y"] for a, row in zip(found, rows)].count(True) / 60
        assert one.labels == sorted(set(values)) and {type(label) for label in one.labels} == {kind}
    assert reproduce(load(tmp_path / "model"), rows)[0]


@pytest.mark.parametrize("texts, labels", [
    (["-10", "0", "7"], [-10, 0, 7]), (["0", "1", "x"],) * 2, (["0", "1.0"],) * 2, (["+1", "2"],) * 2,
    (["01", "1"],) * 2, (["-0", "1"],) * 2, (["1_0", "2"],) * 2, (["\u0663", "4"],) * 2])
def test_whole_numbers_are_ints_also_from_a_file(tmp_path, texts, labels):
    path = write_csv(tmp_path / "y.csv", [[k % 7, texts[k % len(texts)]] for k in range(60)], ("x", "y"))
    model = train(path, "y", task="classification", **QUICK)
    model.save(tmp_path / "model")
    for one in (model, load(tmp_path / "model")):
        assert sorted(map(repr, one.labels)) == sorted(map(repr, labels)) and set(one.predict(path)) <= set(labels)
        assert set(answers(one, path)) <= set(texts)
        assert one.report(path).scores["accuracy"] == [
            str(a) == texts[k % len(texts)] for k, a in enumerate(one.predict(path))].count(True) / 60


def test_probabilities_are_in_the_order_of_the_labels():
    rows = people()
    model = train(rows, "old", **QUICK)
    chances = model.predict_proba(rows)
    assert [model.labels[row.index(max(row))] for row in chances] == model.predict(rows)
    assert model.labels == [False, True] and model.label_texts == ["False", "True"]
    assert model.digest() == model.network.digest()
    assert all(abs(sum(row) - 1.0) < 1e-12 for row in chances)
    with pytest.raises(ValueError, match="predicts a number, 'size'"):
        train(rows, "size", **QUICK).predict_proba(rows)


@pytest.mark.once
def test_cells_are_read_in_one_way():
    numpy = pytest.importorskip("numpy")
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    table, kinds = table_from([
        {"a": numpy.float32(1.5), "b": "1,234", "c": moment, "d": True, "e": 1, "f": "x"},
        {"a": float("nan"), "b": "2,500", "c": None, "d": None, "e": "two", "f": "NA"},
        {"a": numpy.int64(2), "b": "3,000", "c": datetime.date(1970, 1, 3), "d": False, "e": 2.0, "f": " y "}])
    assert kinds == {"a": "float", "b": "text", "c": "date", "d": "bool", "e": "text", "f": "text"}
    assert list(table.column("a"))[::2] == [1.5, 2.0] and math.isnan(table.column("a")[1])
    assert list(table.column("b")) == [1234.0, 2500.0, 3000.0] and table.column("b").form[2] == ","
    assert list(table.column("c"))[::2] == [datetime.datetime.timestamp(moment), 172800.0]
    assert [list(table.column(name)) for name in "def"] == [["True", "", "False"], ["1", "two", "2"], ["x", "", "y"]]


@pytest.mark.parametrize("rows, error, words", [
    ([], ValueError, "no rows"), ([[1, 2]], TypeError, "a row 0 of type list; write a row as {name: value, ...}"),
    ([{"x": [1], "y": 1}], TypeError, "row 0, column 'x': expected a number, a text, a date or None, got list"),
    ([{"x": 1.0, "y": 1}, {"x": float("inf"), "y": 1}], ValueError, "row 1, column 'x' is inf, expected a finite"),
    ([{1: 2}], TypeError, "expected names of columns, which are texts, got 1"),
    ([{"x": 1, None: ["more"]}], TypeError, "the row has more cells than there are names"),
    ({"x": [1]}, TypeError, "rows: expected a list of dicts"), (7, TypeError, "rows: expected a list of dicts"),
    ([{"x": 1}, {"x": 2}], ValueError, "there is no column 'y'; there are 'x'"),
])
def test_what_are_no_rows_is_refused(rows, error, words):
    with pytest.raises(error) as raised:
        train(rows, "y", **QUICK)
    assert words in str(raised.value)


def test_missing_values_of_rows_are_refused_if_asked():
    rows = [{"x": k % 7, "y": "ab"[k % 2]} for k in range(40)]
    model = train(rows, "y", missing="refuse", **QUICK)
    with pytest.raises(ValueError, match="row 1, column 'x' is missing"):
        model.predict([{"x": 3}, {"x": None}])
    rows[5]["x"] = None
    with pytest.raises(ValueError, match="the data, row 6, column 'x' is missing; fill it in, or choose --missing"):
        train(rows, "y", missing="refuse", **QUICK)
    assert train(rows, "y", missing="drop", **QUICK).provenance("rows") == 39


def test_what_rows_lack_or_training_did_not_have_is_said():
    rows = people()
    model = train(rows, "old", ignore=["since"], **QUICK)
    with pytest.raises(ValueError, match="the rows have no column 'age', 'sex'; they have 'size'"):
        model.predict([{"size": 3}])
    with pytest.warns(UserWarning) as warned:
        assert len(model.predict([{"age": 3, "sex": "m", "size": "4"}, {"age": "many", "sex": "x", "size": 3}])) == 2
    assert [str(one.message) for one in warned] == [
        "1 cell with texts that training did not have, which count as no category; the first in column 'sex': 'x' "
        "(row 1)", "1 cell written in another form than in training, which count as missing; the first in "
        "column 'age': 'many' (row 1)"]
    assert {one.filename for one in warned} == {__file__}
    assert (model.odd, model.odd_first) == (1, {"age": "many"})
    assert (model.unseen, model.unseen_first) == (1, {"sex": "x"})


@pytest.mark.once
def test_codes_that_a_frame_reads_as_numbers_are_warned_of(tmp_path):
    pandas = pytest.importorskip("pandas")
    rows = [[("02139", "10001", "94105")[k % 3], k % 7, k % 3 > 1] for k in range(60)]
    path = write_csv(tmp_path / "zip.csv", rows, ("zip", "x", "y"))
    model = train(path, "y", **QUICK)
    frame = pandas.read_csv(path)
    for method in (model.predict, model.predict_proba, model.report):
        with pytest.warns(UserWarning, match=r"^20 cells with texts .* in column 'zip': '2139' \(row 0\)$") as warned:
            method(frame)
        assert [one.filename for one in warned] == [__file__]
    path = write_csv(tmp_path / "new.csv", [["94105", 1], ["2139", "much"], ["2139", "more"]], ("zip", "x"))
    with pytest.warns(UserWarning) as warned:
        model.predict(path)
    assert ["(row 2)" in str(one.message) for one in warned] == [True, True] and model.odd_first == {"x": "much"}
    assert len(model.predict(frame.assign(zip=frame["zip"].map("{:05}".format)))) == 60  # without a warning


# importances and reports ---------------------------------------------------------------------------

@pytest.mark.once
@pytest.mark.parametrize("target", ["old", "size"])
def test_importances_are_those_of_scikit_learn(target):
    inspection, numpy = pytest.importorskip("sklearn.inspection"), pytest.importorskip("numpy")
    rows = people(80)
    for row in rows:
        row["size"] += row["age"] or 0
    model = train(rows, target, epochs=20, hidden=[8])
    names = [one.name for one in model.inputs.inputs]
    x = numpy.array([[row[name] for name in names] for row in rows], dtype=object)
    y = numpy.array([row[target] for row in rows])

    class Estimator:
        def fit(self, x, y):
            return self

        def score(self, x, y):
            found = numpy.array(model.predict([dict(zip(names, row)) for row in x.tolist()]))
            if target == "old":
                return float(numpy.mean(found == y))
            return 1.0 - float(((y - found) ** 2).sum() / ((y - y.mean()) ** 2).sum())

    wanted = inspection.permutation_importance(Estimator(), x, y, n_repeats=4, random_state=3)
    found = model.importances(rows, n_repeats=4, random_state=3)
    assert [name for name, _, _ in found] == names
    for (_, mean, deviation), wanted_mean, wanted_deviation in zip(
            found, wanted.importances_mean, wanted.importances_std):
        assert abs(mean - wanted_mean) < 1e-9 and abs(deviation - wanted_deviation) < 1e-9
    assert max(found, key=lambda one: one[1])[0] == "age"
    assert model.importances(rows, [row[target] for row in rows], 4, 3) == found


@pytest.mark.once
def test_a_report_has_the_scores_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rows = people(80)
    model = train(rows, "old", **QUICK)
    truth, found = [row["old"] for row in rows], model.predict(rows)
    report = model.report(rows)
    assert report.scores["accuracy"] == metrics.accuracy_score(truth, found)
    assert report.scores["recall of True"] == metrics.recall_score(truth, found)
    assert report.scores["precision of False"] == metrics.precision_score(truth, found, pos_label=False)
    assert str(report).splitlines()[0].startswith(f"80 rows: accuracy {report.scores['accuracy']:.3f}; always guess")
    model = train(rows, "size", **QUICK)
    truth, found = [row["size"] for row in rows], model.predict(rows)
    report = model.report([{**row, "size": None} for row in rows], truth)
    assert abs(report.scores["r2"] - metrics.r2_score(truth, found)) < 1e-12
    assert abs(report.scores["mean_absolute_error"] - metrics.mean_absolute_error(truth, found)) < 1e-12
    with pytest.raises(ValueError, match="row 0 has no 'size'"):
        model.report([{**row, "size": None} for row in rows])


# series --------------------------------------------------------------------------------------------

def series(count):
    """A sum of two waves: each number follows from the four before."""
    return [{"y": math.sin(k / 3.0) + 0.5 * math.sin(k / 1.7)} for k in range(count)]


def test_a_series_is_predicted_from_the_numbers_before(tmp_path):
    rows = series(300)
    model = train(rows[:250], "y", lags=4, epochs=300, learning_rate=0.02)
    assert model.inputs.names == [f"y ({k} row{'s' * (k > 1)} before)" for k in (1, 2, 3, 4)]
    assert model.tail == [row["y"] for row in rows[246:250]] and model.scores[0] > 0.99
    truth = [row["y"] for row in rows[250:]]
    one_ahead = model.predict(rows[250:])
    assert max(abs(a - b) for a, b in zip(one_ahead, truth)) < 0.3
    blind = model.predict([{"x": 0}] * 10)
    assert blind == model.predict([{}] * 10) and model.predict([]) == []
    assert blind[0] == one_ahead[0] and blind[1] != one_ahead[1]
    history = model.tail + blind
    before = {name: history[4 + 5 - k] for k, name in enumerate(model.inputs.names, 1)}  # of the sixth row
    flat, _ = model.inputs.encode(table_from([before])[0].columns, [0])
    assert model.labels_of(model.outputs(flat)) == [blind[5]]
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    path = write_csv(tmp_path / "next.csv", [[repr(row["y"])] for row in rows[250:]], ["y"])
    assert again.tail == model.tail and answers(again, path) == again.predict(rows[250:]) == one_ahead
    assert reproduce(again, rows[:250])[0]


def test_gaps_in_a_series_are_filled(tmp_path):
    rows = series(60)
    for k in (20, 58):
        rows[k]["y"] = None
    model = train(rows, "y", lags=3, **QUICK)
    model.save(tmp_path / "model")
    assert model.tail == [rows[57]["y"], model.target_mean, rows[59]["y"]] == load(tmp_path / "model").tail
    assert model.provenance("rows") == 58 and reproduce(load(tmp_path / "model"), rows)[0]


def test_the_last_rows_of_a_series_choose_the_epoch():
    model = train(series(100), "y", lags=2, **QUICK)
    (one, two) = model.inputs.inputs
    values = [row["y"] for row in series(100)]
    assert one.mean == pytest.approx(sum(values[:89]) / 89) and two.mean == pytest.approx(sum(values[:88]) / 88)
    assert model.provenance("rows_validated") == 10
    with pytest.raises(ValueError, match="lags: column 'y' has classes"):
        train([{"x": k, "y": "ab"[k % 2]} for k in range(40)], "y", lags=2)


def test_rows_that_were_trained_on_are_predicted_from_the_numbers_before_them(tmp_path):
    rows = series(300)
    model = train(rows[:250], "y", lags=4, epochs=300, learning_rate=0.02)
    column = table_from(rows)[0].column("y")
    flat, _ = model.inputs.encode(lagged(column, 4), range(300))
    one_ahead = model.labels_of(model.outputs(flat))
    assert model.predict(rows) == one_ahead and model.predict(rows[:250]) == one_ahead[:250]
    assert model.predict(rows[250:]) == one_ahead[250:] and model.predict(rows[150:])[4:] == one_ahead[154:]
    ahead = model.predict(rows[:250] + [{}] * 10)  # the new rows begin behind the tail
    assert ahead[:250] == one_ahead[:250] and ahead[250:] == model.predict([{}] * 10)
    path = write_csv(tmp_path / "all.csv", [[repr(row["y"])] for row in rows], ["y"])
    assert answers(model, path) == one_ahead
    validated = list(column)[225:250], one_ahead[225:250]
    assert model.scores[:2] == (r2(*validated), mean_absolute_error(*validated))
    assert model.scores[0] > 0.99 and model.report(rows[:250]).scores["r2"] > 0.98
    assert model.report(path).scores["r2"] == pytest.approx(r2(list(column), one_ahead))


def test_a_later_row_changes_no_prediction_before_it():
    model = train([{"t": float(k % 5)} for k in range(50)], "t", task="regression", lags=1, **QUICK)
    first = model.predict([{}])[0]
    assert model.tail == [4.0]
    for later in (2.0, 4.0):
        assert model.predict([{"t": None}, {"t": later}])[0] == first
        assert model.predict([{"t": 0.0}, {"t": later}] + [{"t": 4.0}] * 40)[0] == first
    moved = [{"t": float(k % 5)} for k in range(1, 101)]  # as many of each number, in another order
    same_end = [{"t": 1.0}] * 49 + [{"t": 4.0}] * 9
    assert model.predict(moved)[0] == model.predict(same_end)[0] == first
    assert model.predict([{"t": float(k % 5)} for k in range(60)])[0] != first


@pytest.mark.parametrize("missing", ["impute", "drop"])
def test_rows_trained_on_are_known_by_all_their_targets(missing, tmp_path):
    rows = [{"x": float(k % 7), "y": math.sin(k / 3.0)} for k in range(80)]
    rows[20]["y"] = rows[79]["y"] = rows[40]["x"] = rows[78]["x"] = None
    model = train(rows, "y", lags=3, missing=missing, **QUICK)
    assert model.tail[2] == model.target_mean and model.provenance("rows") == (76 if missing == "drop" else 78)
    first = table_from(rows[:1])[0]
    flat, _ = model.inputs.encode(first.columns[:1] + lagged(first.column("y"), 3), [0])
    alone = model.labels_of(model.outputs(flat))  # without numbers before
    new, other = [{"x": 1.0, "y": None}] * 5, [dict(row) for row in rows]
    other[7]["y"] += 0.001
    for data, known in ((rows, True), (rows + new, True), (rows + rows, True), (rows[:79], False), (new, False),
                        (new + rows, False), (other, False), (rows[1:] + rows, False)):
        path = write_csv(tmp_path / "data.csv", [
            ["" if row[name] is None else repr(row[name]) for name in ("x", "y")] for row in data], ["x", "y"])
        found = model.predict(data)
        assert repr(numbers_before(model, [table_from(data)[0].columns[missing != "drop":]])) == repr(
            [math.nan] * 3 if known else model.tail)
        assert answers(model, path) == found
        if data[0] == rows[0]:
            assert (found[:1] == alone) == known


def test_a_file_is_read_only_as_far_as_the_rows_trained_on():
    model = train(series(60), "y", lags=2, **QUICK)
    asked = []

    def parts(first=0):
        for start in range(0, 200, 10):
            asked.append(start)
            yield [taken(table_from(series(220))[0].column("y"), range(first + start, first + start + 10))]

    assert numbers_before(model, parts(1)) == model.tail and asked[-1] == 60  # where there is one row more
    assert repr(numbers_before(model, parts())) == "[nan, nan]" and asked[-1] == 50
    model.made = []
    assert numbers_before(model, parts()) == model.tail and asked[-1] == 50


@pytest.mark.parametrize("missing", ["drop", "refuse"])
def test_lags_are_no_missing_values_and_targets_may_be_missing(missing):
    rows = [{"x": k % 5, **row} for k, row in enumerate(series(60))]
    model = train(rows, "y", lags=3, missing=missing, **QUICK)
    found = model.predict(rows + [{"x": 1, "y": None}, {"x": None if missing == "drop" else 2, "y": None}])
    assert None not in found[:61] and (found[61] is None) == (missing == "drop")


@pytest.mark.parametrize("rows, most", [(19, 17), (20, 16)])  # 20 rows: the last two choose the epoch
def test_lags_that_leave_too_few_rows_are_refused(tmp_path, rows, most):
    for lags in (most + 1, rows, rows + 5):
        with pytest.raises(ValueError, match=f"lags: {lags} rows before are too many for .* rows .*; at most {most}$"):
            train(series(rows), "y", lags=lags, **QUICK)
    model = train(series(rows), "y", lags=most, **QUICK)
    model.save(tmp_path / "model")
    assert load(tmp_path / "model").predict([{}] * 3) == model.predict([{}] * 3)
    with pytest.raises(ValueError, match="too many for 2 rows to train on, .*; add rows"):
        train(series(2), "y", lags=1, **QUICK)


def test_a_file_is_judged_as_its_rows_are():
    path = str(ROOT / "docs" / "flowers.csv")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    model = train(path, "species", **QUICK)
    assert model.importances(path) == model.importances(rows)
    assert str(model.report(path)) == str(model.report(rows))
