"""The words of a table model in a model file."""
from .._core.messages import truncate_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple

PROVENANCE = (  # how a model was made: names, and what kind of value each has
    ("task", "text"), ("why", "text"), ("seed", "number"), ("hidden", "numbers"), ("epochs", "number"),
    ("batch_size", "number"), ("patience", "number"), ("best_epoch", "number"), ("epochs_done", "number"),
    ("rows", "number"), ("rows_trained", "number"), ("rows_validated", "number"), ("delimiter", "text or null"),
    ("header", "flag"), ("decimal", "text"), ("encoding", "text"), ("data_sha256", "text"),
)
HYPERPARAMETERS = ("learning rate", "momentum", "part validated")


def parse_table(words: "Any") -> "Tuple[str, List[str], str, List[Any], List[List[Any]]]":
    """Target, labels, missing, columns and made of a file's words; ValueError where they cannot be so."""
    check_that(_pairs(words, ["target", "labels", "missing", "inputs", "made"]), "the words of a table")
    target, labels, missing, columns, made = [pair[1] for pair in words]
    check_that(isinstance(target, str) and are_texts(labels), "the target or its labels")
    check_that(missing in ("refuse", "mean", "drop"), "what it does about empty cells")
    check_that(isinstance(columns, list) and len(columns) > 0, "inputs")
    for column in columns:
        check_that(isinstance(column, list) and len(column) in (2, 3) and isinstance(column[0], str), "an input")
        text = len(column) == 3 and column[1] == "text" and are_texts(column[2])
        check_that(text or column[1:] == ["number"], "an input")
    check_that(are_texts([column[0] for column in columns] + [target]), "two columns of one name")
    check_that(made == [] or _pairs(made, [name for name, _ in PROVENANCE]), "made")
    for (name, kind), (_, value) in zip(PROVENANCE, made):
        check_that(_is_of(kind, value), f"made: {name} = {truncate_repr(value)}")
    return target, labels, missing, columns, made


def check_that(true: "Any", what: str) -> None:
    if not true:
        raise ValueError(f"not a table's model: {what} cannot be so")


def are_texts(values: "Any") -> bool:
    """Whether it is a list of texts, none of them twice."""
    if not isinstance(values, list) or not all([isinstance(value, str) for value in values]):
        return False
    return len(dict.fromkeys(values)) == len(values)


def _pairs(values: "Any", names: "List[str]") -> bool:
    """Whether it is a list of [name, value], with these names."""
    if not isinstance(values, list) or not all([isinstance(pair, list) and len(pair) == 2 for pair in values]):
        return False
    return [pair[0] for pair in values] == names


def _is_of(kind: str, value: "Any") -> bool:
    """Whether a value of ``made`` is of its kind."""
    if kind == "numbers":
        return isinstance(value, list) and all([type(one) is int for one in value])
    if kind == "text or null":
        return value is None or isinstance(value, str)
    return type(value) is {"text": str, "number": int, "flag": bool}[kind]
