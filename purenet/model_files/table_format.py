"""Check the words of a table model in a model file."""
from .strict_json import check_that, is_pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KEYS = ("target", "labels", "missing", "inputs", "made")
PROVENANCE = (  # how a model was made: names, and the kind of each value
    ("task", "text"), ("why", "text"), ("seed", "number"), ("hidden", "numbers"), ("epochs", "number"),
    ("batch_size", "number"), ("patience", "number"), ("best_epoch", "number"), ("epochs_done", "number"),
    ("rows", "number"), ("rows_trained", "number"), ("rows_validated", "number"), ("delimiter", "text or null"),
    ("header", "flag"), ("decimal", "text"), ("encoding", "text"), ("data_sha256", "text"),
)
HYPERPARAMETERS = ("learning rate", "momentum", "part validated")


def parse_table(words: "Any") -> "tuple[str, list[str], str, list[Any], list[list[Any]]]":
    """Return (target, labels, missing, columns, provenance) of a table's words; ValueError if they are invalid."""
    check_that(is_pairs(words, KEYS), "the words of a table", words)
    target, labels, missing, columns, made = [pair[1] for pair in words]
    check_that(isinstance(target, str), "target", target)
    check_that(_is_texts(labels), "labels", labels)
    check_that(missing in ("refuse", "mean", "drop"), "missing", missing)
    check_that(isinstance(columns, list) and len(columns) > 0, "inputs", columns)
    for column in columns:
        check_that(isinstance(column, list) and len(column) in (2, 3) and isinstance(column[0], str), "inputs", column)
        text = column[1] == "text" and _is_texts(column[-1])
        check_that(text or column[1:] == ["number"], "inputs", column)
    names = [column[0] for column in columns] + [target]
    check_that(_is_texts(names), "the names of inputs and target", names)
    check_that(made == [] or is_pairs(made, [name for name, _ in PROVENANCE]), "made", made)
    for (name, kind), (_, value) in zip(PROVENANCE, made):
        check_that(_is_of(kind, value), f"made: {name}", value)
    return target, labels, missing, columns, made


def _is_texts(values: "Any") -> bool:
    """Return whether a value is a list of different texts."""
    if not isinstance(values, list) or not all([isinstance(value, str) for value in values]):
        return False
    return len(dict.fromkeys(values)) == len(values)


def _is_of(kind: str, value: "Any") -> bool:
    """Return whether a value is of a kind of ``PROVENANCE``."""
    if kind == "numbers":
        return isinstance(value, list) and all([type(one) is int for one in value])
    if kind == "text or null":
        return value is None or isinstance(value, str)
    return type(value) is {"text": str, "number": int, "flag": bool}[kind]
