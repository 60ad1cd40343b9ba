"""The labels of rows, as the network's last activation defines them, for metrics, splits and class weights."""
from .. import metrics
from .._core.checks import check_choice, to_float
from .._core.messages import describe
from ..metrics import index_of_largest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.plan import Plan
    from .callbacks import TrainedNetwork

SOFTMAX, SIGMOID = "softmax", "sigmoid"


def labels_of(rows: "Any", plan: "Plan", name: str = "y") -> "list[Any]":
    """Return the label of each row of targets or outputs of a network that ends in a softmax or in sigmoids.

    For a softmax it is the class number, the index of the largest number. For one sigmoid it is 1 above 0.5, else 0.
    Several sigmoids are labels of their own: it is a list of 0 and 1. Raises ValueError for a number that is no label.
    """
    if plan.steps[-1].kind == SOFTMAX:
        return [index_of_largest(row) for row in rows]
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name}[{i}][{j}] is {value}, but a sigmoid's label is 0 or 1; for class numbers use "
                                 "a softmax with an output for each class")
    told = [[1 if value > 0.5 else 0 for value in row] for row in rows]
    return told if plan.outputs > 1 else [row[0] for row in told]


class Measures:
    """The metrics of a training: ``names``, and ``values`` after each epoch.

    ``measured``: fit's argument, whose items are a function, a name in purenet.metrics, or a pair of both.
    The functions of purenet.metrics that are for classes get the labels of rows. Other functions get the rows.
    """

    def __init__(self, measured: "Any", net: "TrainedNetwork") -> None:
        self._functions = _check_metrics(measured, net)
        self._plan = net.plan
        self._of_labels = any([_of_classes(function) for _, function in self._functions])
        self._truths: "list[tuple[list[Any], list[Any]]]" = []
        self.names = [name for name, _ in self._functions]

    def set_targets(self, parts: "list[Any]") -> None:
        """Keep the targets of the training rows, and those of the validation rows if there are any."""
        for targets in parts if self._functions else ():
            rows = [list(row) for row in targets]
            self._truths.append((rows, labels_of(rows, self._plan) if self._of_labels else []))

    def values(self, predictions: "list[Any]") -> "list[float]":
        """Return each metric's result for the predictions of each part, in the order of the curves."""
        told = [labels_of(rows, self._plan, "predictions") if self._of_labels else [] for rows in predictions]
        found = []
        for name, function in self._functions:
            for (rows, labels), outputs, classes in zip(self._truths, predictions, told):
                given = (labels, classes) if _of_classes(function) else (rows, outputs)
                if function is metrics.top_k_accuracy:
                    given = labels, outputs
                found.append(to_float(function(*given), f"the result of the metric {name}"))
        return found


def _of_classes(function: "Any") -> bool:
    return any([function is one for one in metrics.OF_CLASSES])


def _check_metrics(measured: "Any", net: "TrainedNetwork") -> "list[tuple[str, Any]]":
    """Return (name, function) for each metric: a function, a name in purenet.metrics, or a pair of both."""
    if measured is None:
        return []
    if not isinstance(measured, (list, tuple)):
        cure = f"; write [{measured!r}]" if isinstance(measured, str) and measured in metrics.NAMES else ""
        raise TypeError(f"metrics: expected a list of functions such as [accuracy], got {describe(measured)}{cure}")
    found: "list[tuple[str, Any]]" = []
    taken = ["loss", "val_loss"]
    for k, one in enumerate(measured):
        if isinstance(one, str):
            check_choice(f"metrics[{k}]", one, metrics.NAMES)
            one = getattr(metrics, one)
        name, function = one if isinstance(one, tuple) and len(one) == 2 else (getattr(one, "__name__", ""), one)
        if not callable(function) or not isinstance(name, str) or not name:
            got = describe(one)
            raise TypeError(f"metrics[{k}]: expected a function of (y, predictions), or (name, function), got {got}")
        _check_classes(f"metrics[{k}]: {name}", function, net)
        for curve in (name, "val_" + name):
            if curve in taken:
                raise ValueError(f"metrics[{k}]: there is a curve {curve!r} already; give (name, function)")
            taken.append(curve)
        found.append((name, function))
    return found


def _check_classes(name: str, function: "Any", net: "TrainedNetwork") -> None:
    """Raise ValueError for a metric of classes if the outputs are not classes."""
    if not _of_classes(function):
        return
    if net.plan.steps[-1].kind not in (SOFTMAX, SIGMOID):
        cure = "use \"mean_absolute_error\", \"r2\" or your own function"
        raise ValueError(f"{name} needs softmax or sigmoid outputs, but this network ends in {net.layers[-1]}; {cure}")
    if function is metrics.top_k_accuracy and net.plan.steps[-1].kind != SOFTMAX:
        got = "this network has one" if net.plan.outputs == 1 else "several sigmoids are labels of their own"
        raise ValueError(f"{name} needs an output for each class, but {got}; use \"accuracy\"")
