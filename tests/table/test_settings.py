"""The arguments of train: names of columns, one or several, hidden layers, seeds; dates as a target."""
import datetime

import pytest

from purenet.table import reproduce, train
from tests.support.tables import QUICK, write_csv

ROWS = [{"x": k * 7 % 11, "z": k % 5, "plan": "ab"[k % 2], "y": k * k % 13 / 4} for k in range(60)]


def names(model):
    return [one.name for one in model.inputs.inputs]


@pytest.mark.once
def test_whole_numbers_are_names_of_a_frame_as_their_texts():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([list(row.values()) for row in ROWS])
    model = train(frame, 3, ignore=2, **QUICK)
    assert model.target == "3" and names(model) == ["0", "1"]
    assert names(train(frame, frame.columns[3], inputs=[1], **QUICK)) == ["1"]
    with pytest.raises(TypeError, match="^target: expected the name of a column, got Series; the values"):
        train(frame[[0, 1]], frame[3], **QUICK)
    with pytest.raises(ValueError, match="there is no column '7'; there are '0', '1', '2', '3'"):
        train(frame, 7, **QUICK)


def test_one_name_is_a_list_of_one():
    rows = [dict(row, id=k) for k, row in enumerate(ROWS)]
    assert names(train(rows, "y", **QUICK)) == ["x", "z", "plan"]
    assert names(train(rows, "y", ignore="plan", **QUICK)) == ["x", "z"]
    assert names(train(rows, "y", keep="id", **QUICK)) == ["x", "z", "plan", "id"]
    assert names(train(rows, "y", inputs="plan", **QUICK)) == ["plan"]
    assert train(rows, "y", text="z", **QUICK).inputs.kinds[1] == ("z", "text")
    assert train(rows + [{"x": "gone", "y": 1}], "y", na_values="gone", **QUICK).provenance("na_values") == ["gone"]
    with pytest.raises(TypeError, match="ignore: expected the name of a column, got float"):
        train(rows, "y", ignore=[1.5])
    with pytest.raises(TypeError, match="target: expected the name of a column, got list"):
        train(rows, [1, 2])


def test_one_size_is_one_hidden_layer():
    model = train(ROWS, "y", hidden=4, epochs=3)
    assert model.digest() == train(ROWS, "y", **QUICK).digest() and model.provenance("hidden") == [4]


def test_a_seed_of_none_is_drawn_and_kept():
    first, second = [train(ROWS, "y", seed=None, **QUICK) for _ in range(2)]
    assert first.digest() != second.digest() and first.provenance("seed") == first.network.seed
    assert train(ROWS, "y", seed=first.provenance("seed"), **QUICK).digest() == first.digest()
    assert reproduce(first, ROWS)[0]
    assert [name for name, _, _ in first.importances(ROWS, n_repeats=1, random_state=None)] == names(first)


def test_dates_as_a_target_are_refused_as_such(tmp_path):
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(k) for k in range(60)]
    path = write_csv(tmp_path / "sold.csv", [[k % 7, day] for k, day in enumerate(days)], ("x", "sold"))
    for data in (path, [{"x": k % 7, "sold": day} for k, day in enumerate(days)]):
        with pytest.raises(ValueError, match="^column 'sold' has 60 different values in 60 rows, too many for classes; "
                                             "these are dates, which cannot be predicted as numbers$"):
            train(data, "sold", **QUICK)
    few = [{"x": k % 7, "sold": days[k % 3]} for k in range(60)]
    assert train(few, "sold", **QUICK).labels == ["2020-01-01", "2020-01-02", "2020-01-03"]
