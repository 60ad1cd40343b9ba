"""Every function reads every kind of container in one way: the table in docs/networks.md, row by row."""
import math
from array import array

import pytest

from purenet import SGD, Conv2D, Dense, EarlyStopping, MaxPool2D, Network, RandomState
from purenet.data import LabelEncoder, MinMaxScaler, OneHotEncoder, StandardScaler, train_test_split
from purenet.data.table import Column, Table
from purenet.metrics import ConfusionMatrix, accuracy, mean_absolute_error, r2
from tests import ROOT

try:
    import numpy
except ImportError:
    numpy = None
try:
    import pandas
except ImportError:
    pandas = None
try:
    import polars
except ImportError:
    polars = None

ROWS = [[0.5, 3.0], [-1.25, 2.0], [0.75, 3.0], [2.0, 2.0], [0.5, 7.0], [1.0, 7.0]]
LABELS = [1, 0, 1, 0, 1, 0]
NAMES = ["oak", "ash", "oak", "elm", "ash", "elm"]


# containers ----------------------------------------------------------------------------------------

def table_of(columns):
    made = []
    for j, values in enumerate(columns):
        if isinstance(values[0], str):
            known = sorted(set(values))
            made.append(Column(str(j), None, array("i", [known.index(value) for value in values]), known))
        else:
            made.append(Column(str(j), array("d", values)))
    return Table(made, len(columns[0]))


def matrix_of(rows):
    return table_of([list(column) for column in zip(*rows)]).matrix()


OF_ROWS = {
    "list": list, "tuple": lambda rows: tuple(map(tuple, rows)), "tuples": lambda rows: [*map(tuple, rows)],
    "generator": iter, "generators": lambda rows: (iter(row) for row in rows),
    "arrays": lambda rows: [array("d", row) for row in rows],
    "views": lambda rows: [memoryview(array("d", row)) for row in rows], "matrix": matrix_of,
    "Table": lambda rows: table_of([list(column) for column in zip(*rows)]),
}
OF_VALUES = {
    "list": lambda values: values, "tuple": tuple, "generator": iter, "array": lambda values: array("d", values),
    "view": lambda values: memoryview(array("d", values)), "Column": lambda values: table_of([values]).columns[0],
}
OF_TEXTS = {"list": list, "tuple": tuple, "generator": iter, "Column": lambda values: table_of([values]).columns[0]}
SHUFFLED = [4, 2, 0, 5, 1, 3]
if numpy:
    OF_ROWS.update({
        "NumPy": numpy.array, "float32": lambda rows: numpy.array(rows, "f4"),
        "object": lambda rows: numpy.array(rows, object),
        "big-endian": lambda rows: numpy.array(rows, ">f8"), "columns first": lambda rows: numpy.array(rows, order="F"),
        "strided": lambda rows: numpy.repeat(numpy.array(rows), 2, axis=0)[::2],
        "NumPy's rows": lambda rows: [numpy.array(row) for row in rows],
        "scalars": lambda rows: [[numpy.float64(value) for value in row] for row in rows],
    })
    OF_VALUES.update({
        "NumPy": numpy.array, "float32": lambda values: numpy.array(values, "f4"),
        "int8": lambda values: numpy.array(values, "i1"), "object": lambda values: numpy.array(values, object),
        "strided": lambda values: numpy.repeat(numpy.array(values), 2)[::2],
        "scalars": lambda values: [numpy.int64(value) for value in values],
    })
    OF_TEXTS.update({"NumPy": numpy.array, "object": lambda values: numpy.array(values, object),
                     "scalars": lambda values: [numpy.str_(value) for value in values]})
if pandas:
    OF_ROWS.update({
        "pandas": lambda rows: pandas.DataFrame(rows, index=SHUFFLED, columns=["b", "a"]),
        "pandas, mixed": lambda rows: pandas.DataFrame(rows, index=SHUFFLED).astype({1: "int64"}),
        "pandas, nullable": lambda rows: pandas.DataFrame(rows, index=SHUFFLED).astype({1: "Int64"}),
        "pandas, one name twice": lambda rows: pandas.DataFrame(rows, index=SHUFFLED, columns=["a", "a"]),
    })
    OF_VALUES.update({"Series": lambda values: pandas.Series(values, index=SHUFFLED),
                      "Index": pandas.Index, "nullable": lambda values: pandas.Series(values, SHUFFLED, dtype="Int64")})
    OF_TEXTS.update({"Series": lambda values: pandas.Series(values, index=SHUFFLED),
                     "categories": lambda values: pandas.Series(values, index=SHUFFLED, dtype="category")})
if polars:
    OF_ROWS["polars"] = lambda rows: polars.DataFrame(rows, schema=["b", "a"], orient="row")
    OF_VALUES["polars"] = OF_TEXTS["polars"] = polars.Series
COLUMNS = {"list": lambda values: [[value] for value in values], "tuple": lambda values: tuple((v,) for v in values)}
if numpy:
    COLUMNS["NumPy"] = lambda values: numpy.array(values)[:, None]
if pandas:
    COLUMNS["pandas"] = lambda values: pandas.DataFrame({"a": values}, index=SHUFFLED)
if polars:
    COLUMNS["polars"] = lambda values: polars.DataFrame({"a": values})


# functions -----------------------------------------------------------------------------------------

def network(inputs=2, outputs=1):
    loss = "binary_cross_entropy" if outputs == 1 else "categorical_cross_entropy"
    layers = [Dense(outputs, "sigmoid" if outputs == 1 else "softmax")]
    return Network(inputs, layers, optimizer=SGD(0.1), seed=3, loss=loss)


def fitted(x=None, y=None, outputs=1, **options):
    net = network(2, outputs)
    net.fit(ROWS if x is None else x, LABELS if y is None else y, 2, 4, **options)
    return net.digest()


OF_X = {
    "fit": fitted, "predict": lambda x: network().predict(x), "evaluate": lambda x: network().evaluate(x, LABELS),
    "gradients": lambda x: network().gradients(x, LABELS), "partial_fit": lambda x: network().partial_fit(x, LABELS),
    "validation": lambda x: fitted(validation_data=(x, LABELS)),
    "StandardScaler": lambda x: StandardScaler().fit_transform(x),
    "StandardScaler.transform": lambda x: StandardScaler().fit(ROWS).transform(x),
    "MinMaxScaler": lambda x: MinMaxScaler().fit_transform(x),
    "MinMaxScaler.inverse_transform": lambda x: MinMaxScaler().fit(ROWS).inverse_transform(x),
}
OF_VALUE_ROWS = {
    "mean_absolute_error": lambda x: mean_absolute_error(x, [[0.0, 1.0]] * 6),
    "r2": lambda x: r2([[abs(value) for value in row] for row in ROWS], x),
}
MOVED = {  # these give the rows back as they are
    "train_test_split": lambda x: [row for part in train_test_split(x, LABELS)[:2] for row in part],
    "permutation": lambda x: RandomState(1).permutation(x), "choice": lambda x: RandomState(1).choice(x, 20),
}
OF_CATEGORIES = {
    "OneHotEncoder": lambda x: OneHotEncoder().fit(x).categories_,
    "OneHotEncoder.transform": lambda x: OneHotEncoder("ignore").fit(ROWS).transform(x),
    "OneHotEncoder.fit_transform": lambda x: OneHotEncoder().fit_transform(x),
}
OF_Y = {
    "fit": lambda y: fitted(y=y), "evaluate": lambda y: network().evaluate(ROWS, y),
    "gradients": lambda y: network().gradients(ROWS, y), "validation": lambda y: fitted(validation_data=(ROWS, y)),
}
OF_VALUES_Y = {
    "mean_absolute_error": lambda y: mean_absolute_error([0.0] * 6, y), "r2": lambda y: r2(y, [0.5] * 6),
}
OF_CLASSES = {
    "fit(softmax)": lambda y: fitted(y=y, outputs=2), "accuracy": lambda y: accuracy(y, [1] * 6),
    "ConfusionMatrix": lambda y: ConfusionMatrix([1] * 6, y).counts,
}
OF_WEIGHTS = {
    "fit": lambda weights: fitted(sample_weight=weights),
    "evaluate": lambda weights: network().evaluate(ROWS, LABELS, sample_weight=weights),
    "validation": lambda weights: fitted(validation_data=(ROWS, LABELS, weights)),
}
OF_LABELS = {
    "LabelEncoder": lambda y: LabelEncoder().fit(y).classes_,
    "LabelEncoder.fit_transform": lambda y: LabelEncoder().fit_transform(y),
}
OF_STRATA = {
    "train_test_split": lambda y: train_test_split(ROWS, LABELS, 0.5, stratify=y),
    "fit": lambda y: fitted(validation_split=0.5, stratify=y),
}


def pairs(functions, containers):
    return [pytest.param(call, make, id=f"{name}-{kind}") for name, call in functions.items()
            for kind, make in containers.items()]


@pytest.mark.parametrize("call, make", pairs({**OF_X, **OF_VALUE_ROWS}, OF_ROWS))
def test_rows_of_numbers_are_read_from_every_container(call, make):
    assert repr(call(make(ROWS))) == repr(call(ROWS))


@pytest.mark.parametrize("call, make", pairs(OF_CATEGORIES, OF_ROWS))
def test_categories_are_read_from_every_container(call, make):
    assert call(make(ROWS)) == call(ROWS)


@pytest.mark.parametrize("call, make", pairs(MOVED, OF_ROWS))
def test_rows_are_moved_by_position(call, make):
    if make is OF_ROWS["generators"]:
        return  # they are given back unread
    assert [list(row) for row in call(make(ROWS))] == call(ROWS)


@pytest.mark.parametrize("call, make", pairs({**OF_Y, **OF_VALUES_Y, **OF_CLASSES, **OF_WEIGHTS}, OF_VALUES))
def test_values_are_read_from_every_container(call, make):
    assert repr(call(make(LABELS))) == repr(call(LABELS))


@pytest.mark.parametrize("call, make", pairs({**OF_LABELS, **OF_STRATA}, OF_VALUES))
def test_numbers_as_labels_are_read_from_every_container(call, make):
    assert call(make(LABELS)) == call(LABELS)


@pytest.mark.parametrize("call, make", pairs({**OF_LABELS, **OF_STRATA}, OF_TEXTS))
def test_texts_as_labels_are_read_from_every_container(call, make):
    assert repr(call(make(NAMES))) == repr(call(NAMES))


@pytest.mark.parametrize("call, make", pairs({**OF_LABELS, **OF_STRATA}, COLUMNS))
@pytest.mark.parametrize("values", [LABELS, NAMES], ids=["numbers", "texts"])
def test_a_column_of_labels_is_those_labels(call, make, values):
    assert repr(call(make(values))) == repr(call(values))


# oddities: the table of docs/networks.md -----------------------------------------------------------

class Sparse:
    """What scipy's matrices are to these functions."""

    def toarray(self):
        raise AssertionError

    def __iter__(self):
        return iter([self])


class Masked:
    """What numpy.ma's arrays are to these functions."""

    mask = fill_value = True

    def __iter__(self):
        return iter(LABELS)


FAMILIES = {
    "rows of x": (OF_X, "rows"), "y": (OF_Y, "values"), "values in metrics": (OF_VALUES_Y, "values"),
    "sample weights": (OF_WEIGHTS, "values"), "labels": (OF_LABELS, "values"), "`stratify`": (OF_STRATA, "values"),
    "categories": (OF_CATEGORIES, "rows"),
}
TAKEN, VALUE, TYPE = "taken", "`ValueError`", "`TypeError`"
ODD = {  # one value of several
    "NaN": math.nan, "infinity": -math.inf, "`None`": None, "text beside numbers": "seven", "a complex number": 1j,
    "a whole number beyond doubles": 1 << 1024,
}


def odd_values(what):
    """Return six values with an oddity in them."""
    if what in ODD:
        return [1, 0, ODD[what], 0, 1, ODD[what]] if what != "infinity" else [1, 0, -math.inf, 0, 1, -math.inf]
    return {
        "texts": list(NAMES), "nothing": [], "a flat list": list(LABELS), "one column": [[value] for value in LABELS],
        "two columns": [[1, 0], [0, 1]] * 3, "rows of different lengths": [[1], [0], [1, 0], [0], [1], [0]],
        "rows of nothing": [[]] * 6, "times of NumPy": numpy and numpy.array(LABELS, "M8[D]"),
        "text": "101010", "a dict or set": dict.fromkeys(range(6), 1), "a number": 5.0,
        "a masked array": Masked(), "a sparse matrix": Sparse(),
    }[what]


def odd_rows(what):
    """Return six rows of two values with an oddity in them."""
    if what in ODD or what == "texts":
        return [[value, value] for value in odd_values(what)]
    if what == "times of NumPy":
        return numpy and numpy.array(LABELS * 2, "M8[D]").reshape(6, 2)
    if what == "rows of different lengths":
        return [[1, 0], [0, 1], [1, 0, 1], [0, 1], [1, 0], [0, 1]]
    return odd_values(what)


def table_of_docs():
    """Return {oddity: {family: outcome}} as docs/networks.md says."""
    page = (ROOT / "docs" / "networks.md").read_text(encoding="utf-8")
    lines = page[page.index("| | rows of x |"):].split("\n\n")[0].splitlines()
    heads, _, *rest = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert heads[1:] == list(FAMILIES)
    return {cells[0]: dict(zip(heads[1:], cells[1:])) for cells in rest}


OUTCOMES = table_of_docs()


@pytest.mark.parametrize("what, family, name", [
    pytest.param(what, family, name, id=f"{what}-{family}-{name}") for what in OUTCOMES for family in FAMILIES
    for name in FAMILIES[family][0]])
def test_every_oddity_is_taken_or_refused_as_the_table_says(what, family, name):
    calls, form = FAMILIES[family]
    given = odd_rows(what) if form == "rows" else odd_values(what)
    if what == "times of NumPy" and not numpy:
        pytest.skip("needs NumPy")
    if what == "one column" and name in ("StandardScaler", "MinMaxScaler", "OneHotEncoder.transform"):
        return  # not fitted yet, or fitted to two columns
    if what in ("text beside numbers", "a complex number") and name == "OneHotEncoder.transform":
        return  # these are values that fit did not see
    if OUTCOMES[what][family] == TAKEN:
        calls[name](given)
        return
    with pytest.raises((ValueError, TypeError)) as error:
        calls[name](given)
    assert type(error.value) is {VALUE: ValueError, TYPE: TypeError}[OUTCOMES[what][family]], repr(error.value)
    first = str(error.value).removeprefix("validation_data: ").replace(":", " ").replace("[", " ").split()[0]
    assert first in ("x", "y", "predictions", "sample_weight", "stratify"), str(error.value)


# whole numbers -------------------------------------------------------------------------------------

WHOLE = {
    "units": Dense, "inputs": lambda n: Network(n, [Dense(1)]), "seed": lambda n: Network(1, [Dense(1)], seed=n),
    "epochs": lambda n: network().fit(ROWS, LABELS, n), "batch_size": lambda n: network().fit(ROWS, LABELS, 1, n),
    "random_state": lambda n: train_test_split(ROWS, LABELS, random_state=n), "RandomState": RandomState,
    "size": lambda n: RandomState(0).random_sample(n), "sizes": lambda n: RandomState(0).randint(5, size=(n, 2)),
    "randint": lambda n: RandomState(0).randint(n), "patience": lambda n: EarlyStopping(patience=n),
    "class number": lambda n: LabelEncoder().fit([5, 6, 7, 8]).inverse_transform([n]),
}


class Index:
    """What NumPy's whole numbers are to Python."""

    def __index__(self):
        return 3


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [3, Index()] + ([numpy.int64(3), numpy.uint8(3)] if numpy else []))
def test_whole_numbers_of_any_type_are_taken(name, value):
    WHOLE[name](value)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [True, 3.0, "3", 1j, {3: 3}, -3, math.nan, Index] + (
    [numpy.float64(3), numpy.bool_(True), numpy.array([[3.5]])] if numpy else []))
def test_nothing_else_is_a_whole_number(name, value):
    with pytest.raises((TypeError, ValueError)) as error:
        WHOLE[name](value)
    assert "expected " in str(error.value), str(error.value)


@pytest.mark.parametrize("make", [tuple, list] + ([numpy.array] if numpy else []) + [lambda values: array("l", values)])
def test_sizes_of_images_and_windows_are_read_from_every_container(make):
    net = Network(make([6, 5, 1]), [Conv2D(2, make([3, 2]), strides=make([1, 1])), MaxPool2D(make([2, 2])), Dense(1)])
    assert net.plan.shape == (6, 5, 1) and net.plan.shapes[:2] == [(4, 4, 2), (2, 2, 2)]
    assert MinMaxScaler(make([-1, 2])).fit_transform([[0.0], [1.0]]) == [[-1.0], [2.0]]


@pytest.mark.parametrize("pair", [
    (1, 1), (2, 1), (0, math.inf), (math.nan, 1), (1,), (1, 2, 3), "01", 5, (0, "1"), {0, 1}])
def test_a_range_that_is_none_is_refused(pair):
    with pytest.raises((ValueError, TypeError), match="feature_range"):
        MinMaxScaler(pair)


@pytest.mark.parametrize("name", ["fit", "StandardScaler"])
@pytest.mark.parametrize("make", [list, tuple, iter, lambda values: range(6)])
def test_a_flat_list_of_any_kind_is_no_row(name, make):
    with pytest.raises(ValueError, match=r"^x: expected rows of .*; (write|one row)"):
        OF_X[name](make(LABELS))


@pytest.mark.once
@pytest.mark.skipif(not numpy, reason="needs NumPy")
def test_arrays_without_or_with_more_dimensions_are_refused_everywhere():
    for calls in (OF_X, OF_Y, OF_VALUES_Y, OF_WEIGHTS, OF_LABELS, OF_CATEGORIES):
        for call in calls.values():
            with pytest.raises(TypeError):
                call(numpy.array(1.0))
            with pytest.raises((ValueError, TypeError), match="expected"):
                call(numpy.ones((6, 1, 1)))


# beside scikit-learn -------------------------------------------------------------------------------

MORE = {  # what scikit-learn takes and is refused here, and why
    ("NaN", "rows of x"): "its scalers pass NaN on, which a network cannot read",
    ("`None`", "rows of x"): "its scalers read it as NaN",
    ("text beside numbers", "labels"): "NumPy turns the numbers of a list into text",
    ("text beside numbers", "`stratify`"): "NumPy turns the numbers of a list into text",
    ("times of NumPy", "rows of x"): "they become numbers in a unit that nobody sees",
    ("times of NumPy", "values in metrics"): "they become numbers in a unit that nobody sees",
    ("one column", "rows of x"): "the network has two inputs",
}


@pytest.mark.once
@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
def test_scikit_learn_takes_what_is_taken_here_and_refuses_what_is_refused_but_for_a_list_of_reasons():
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    from sklearn.metrics import mean_absolute_error as error_of
    from sklearn.model_selection import train_test_split as split

    peers = {
        "rows of x": lambda x: preprocessing.StandardScaler().fit_transform(x),
        "values in metrics": lambda y: error_of([0.0] * 6, y), "labels": lambda y: preprocessing.LabelEncoder().fit(y),
        "`stratify`": lambda y: split(ROWS, LABELS, test_size=0.5, stratify=y),
        "categories": lambda x: preprocessing.OneHotEncoder().fit(x),
    }
    differ = []
    for what, outcomes in OUTCOMES.items():
        for family, call in peers.items():
            try:
                call(odd_rows(what) if FAMILIES[family][1] == "rows" else odd_values(what))
                taken = True
            except Exception:  # its errors are of many kinds
                taken = False
            differ += [(what, family)] if taken != (outcomes[family] == TAKEN) else []
    assert differ == list(MORE)
