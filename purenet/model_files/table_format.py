"""Check the words of a table model in a model file.

``recipe`` is the version of how columns become inputs. Files of recipe 1 do not have the word.
"""
import math

from .strict_json import check_that, is_pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RECIPE = 2
KEYS = ("target", "labels", "missing", "inputs", "made")
NEW_KEYS = ("recipe", "form", "labels_as", "left_out", "notes") + KEYS
PROVENANCE = (  # how a model was made: names, and the kind of each value
    ("task", "text"), ("why", "text"), ("seed", "number"), ("hidden", "numbers"), ("epochs", "number"),
    ("batch_size", "number"), ("patience", "number"), ("best_epoch", "number"), ("epochs_done", "number"),
    ("rows", "number"), ("rows_trained", "number"), ("rows_validated", "number"), ("delimiter", "text or null"),
    ("header", "flag"), ("decimal", "text"), ("encoding", "text"), ("data_sha256", "text"),
)
NEW_PROVENANCE = (
    ("task", "text"), ("why", "text"), ("seed", "number"), ("hidden", "numbers"), ("activation", "text"),
    ("epochs", "number"), ("batch_size", "number"), ("patience", "number"), ("class_weight", "text or null"),
    ("lags", "count"),
    ("best_epoch", "number"), ("epochs_done", "number"), ("rows", "number"), ("rows_trained", "number"),
    ("rows_validated", "number"), ("delimiter", "text or null"), ("header", "flag or null"),
    ("decimal", "text or null"), ("encoding", "text or null"), ("na_values", "texts"), ("data_sha256", "text"),
)
HYPERPARAMETERS = ("learning rate", "momentum", "validation split")
DATE_PARTS = ("hour", "weekday", "month")
EXTRAS = ("missing", "other")  # inputs of a column of texts beside its categories
LABELS_AS = ("text", "int", "float", "bool")
MOST_LAGS = 10000


def parse_table(words: "Any") -> "dict[str, Any]":
    """Return the words of a table by name; ValueError if they are invalid."""
    new = is_pairs(words[:1] if isinstance(words, list) else words, ("recipe",))
    check_that(not new or type(words[0][1]) is int and words[0][1] == RECIPE, "recipe", words[0][1] if new else 0)
    check_that(is_pairs(words, NEW_KEYS if new else KEYS), "the words of a table", words)
    of: "dict[str, Any]" = {"recipe": 1, "form": None, "labels_as": "text", "left_out": [], "notes": []}
    of.update({name: value for name, value in words})
    check_that(isinstance(of["target"], str), "target", of["target"])
    check_that(_is_texts(of["labels"]), "labels", of["labels"])
    check_that(of["missing"] in ("impute",) * new + ("refuse", "mean", "drop"), "missing", of["missing"])
    columns, made, check = of["inputs"], of["made"], _is_new_column if new else _is_column
    check_that(isinstance(columns, list) and len(columns) > 0, "inputs", columns)
    for column in columns:
        check_that(check(column), "inputs", column)
    names = [column[0] for column in columns] + [of["target"]]
    check_that(_is_texts(names), "the names of inputs and target", names)
    if new:
        check_that(is_form(of["form"], "text" if of["labels"] else "number"), "form", of["form"])
        check_that(of["labels_as"] in LABELS_AS, "labels_as", of["labels_as"])
        check_that(_is_labels_of(of["labels_as"], of["labels"]), "labels", of["labels"])
        check_that(is_pairs(of["left_out"]) and _is_texts([pair[0] for pair in of["left_out"]]) and
                   all([isinstance(pair[1], str) for pair in of["left_out"]]), "left_out", of["left_out"])
        check_that(_is_of("texts", of["notes"]), "notes", of["notes"])
    provenance = NEW_PROVENANCE if new else PROVENANCE
    check_that(made == [] or is_pairs(made, [name for name, _ in provenance]), "made", made)
    for (name, kind), (_, value) in zip(provenance, made):
        check_that(_is_of(kind, value), f"made: {name}", value)
    lags = [column[2][1] for column in columns if new and column[2][0] == "lag"]
    wanted = dict(made)["lags"] if new and made else len(lags)
    check_that(lags == [str(k + 1) for k in range(wanted)] and not (lags and of["labels"]), "lags", lags)
    return of


def _is_column(column: "Any") -> bool:
    """Return whether this is a column of recipe 1: [name, "number"] or [name, "text", categories]."""
    if not isinstance(column, list) or len(column) not in (2, 3) or not isinstance(column[0], str):
        return False
    return column[1] == "text" and _is_texts(column[-1]) or column[1:] == ["number"]


def _is_new_column(column: "Any") -> bool:
    """Return whether this is a column of recipe 2.

    That is [name, "number", form, marked], [name, "text", form, categories, extras] or [name, "date", form, parts,
    marked].
    """
    if not isinstance(column, list) or len(column) not in (4, 5) or not isinstance(column[0], str):
        return False
    _, kind, form, *more = column
    if kind == "number":
        return len(more) == 1 and type(more[0]) is bool and (is_form(form, kind) or _is_lag(form))
    if len(more) != 2 or not is_form(form, kind) or kind not in ("text", "date"):
        return False
    if kind == "text":
        return _is_texts(more[0]) and _is_part_of(more[1], EXTRAS) and len(more[0]) + len(more[1]) > 0
    return _is_part_of(more[0], DATE_PARTS) and type(more[1]) is bool


def is_form(form: "Any", kind: "Any") -> bool:
    """Return whether this is a form in which the cells of a kind of column can be written."""
    if not isinstance(form, list) or not all([isinstance(word, str) for word in form]) or form[:1] != [kind]:
        return False
    if kind == "number":
        return len(form) == 5 and form[1] in (".", ",") and form[2] in ("", ",", ".", " ", "'") and form[1] != form[2]
    from ..data.csv_dates import PATTERNS

    return form == ["text"] or kind == "date" and form[1:] in [[pattern] for pattern, _ in PATTERNS]


def _is_lag(form: "Any") -> bool:
    return isinstance(form, list) and len(form) == 2 and form[0] == "lag" and isinstance(form[1], str)


def _is_labels_of(kind: str, labels: "list[str]") -> bool:
    """Return whether all labels are written as Python writes such values."""
    if kind == "bool":
        return all([label in ("False", "True") for label in labels])
    if kind == "text":
        return True
    try:
        return not [label for label in labels if kind == "int" and str(int(label)) != label or
                    not -math.inf < float(label) < math.inf]
    except ValueError:
        return False


def _is_part_of(values: "Any", known: "tuple[str, ...]") -> bool:
    """Return whether a list has some of the known texts, in their order."""
    return isinstance(values, list) and values == [one for one in known if one in values]


def _is_texts(values: "Any") -> bool:
    """Return whether a value is a list of different texts."""
    if not isinstance(values, list) or not all([isinstance(value, str) for value in values]):
        return False
    return len(dict.fromkeys(values)) == len(values)


def _is_of(kind: str, value: "Any") -> bool:
    """Return whether a value is of a kind of ``PROVENANCE``."""
    if kind in ("numbers", "texts"):
        return isinstance(value, list) and all([type(one) is (int if kind == "numbers" else str) for one in value])
    if kind == "count":
        return type(value) is int and 0 <= value <= MOST_LAGS
    if kind[-8:] == " or null":
        return value is None or _is_of(kind[:-8], value)
    return type(value) is {"text": str, "number": int, "flag": bool}[kind]
