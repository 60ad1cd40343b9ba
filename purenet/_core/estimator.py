"""The base of estimators, scalers, encoders and pipelines: parameters, copies and answers in scikit-learn's shape.

scikit-learn needs no base class of its own: it asks for ``get_params``, ``set_params`` and ``__sklearn_tags__``.
"""
import sys

from .exceptions import NotFittedError, for_sklearn
from .lazy import load
from .messages import describe, join_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Estimator:
    """An object whose constructor keeps its parameters as they are, and whose ``fit`` checks them and learns.

    What ``fit`` learns has names that end in an underscore. ``KIND``: "classifier", "regressor" or "transformer".
    ``TAGS``: more of scikit-learn's tags, as ("input_tags.allow_nan", True).
    """

    KIND = ""
    TAGS: "tuple[tuple[str, Any], ...]" = ()

    def __repr__(self) -> str:
        fresh, shown = _defaults(type(self)), []
        for name in parameter_names(type(self)):
            value = getattr(self, name)
            if not (name in fresh and type(value) is type(fresh[name]) and repr(value) == repr(fresh[name])):
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def get_params(self, deep: bool = True) -> "dict[str, Any]":
        """Return the parameters by name. ``deep``: also those of parameters that are estimators, as name__inner."""
        found: "dict[str, Any]" = {}
        for name in sorted(parameter_names(type(self))):
            value = getattr(self, name)
            if deep and hasattr(value, "get_params") and not isinstance(value, type):
                inner = value.get_params()
                for key in inner:
                    found[f"{name}__{key}"] = inner[key]
            found[name] = value
        return found

    def set_params(self, **params: "Any") -> "Any":
        """Set parameters by name, those of inner estimators as name__inner. Return the estimator itself.

        Raises ValueError for a name that the estimator does not have.
        """
        known = self.get_params() if params else {}
        nested: "dict[str, dict[str, Any]]" = {}
        for name in params:
            own, _, inner = name.partition("__")
            if own not in known:
                names = [key for key in known if "__" not in key]
                raise ValueError(f"{name}: {type(self).__name__} has no such parameter; it has {join_names(names)}")
            if inner:
                nested.setdefault(own, {})[inner] = params[name]
            else:
                setattr(self, name, params[name])
                known[name] = params[name]
        for own in nested:
            known[own].set_params(**nested[own])
        return self

    def __sklearn_tags__(self) -> "Any":
        """Return what scikit-learn wants to know of an estimator. Only scikit-learn calls this."""
        def made(name: str, **settings: "Any") -> "Any":
            return load("sklearn.utils", name)(**settings)

        target = made("TargetTags", required=self.KIND in ("classifier", "regressor"))
        tags = made("Tags", estimator_type=self.KIND if self.KIND != "transformer" else None, target_tags=target,
                    input_tags=made("InputTags"))
        if self.KIND:
            setattr(tags, self.KIND + "_tags", made(self.KIND.capitalize() + "Tags"))
        for path, value in self.TAGS:
            owner, _, name = path.rpartition(".")
            setattr(getattr(tags, owner) if owner else tags, name, value)
        return tags


def parameter_names(kind: "Any") -> "list[str]":
    """Return the names of a class's constructor parameters, in order."""
    code = getattr(kind.__init__, "__code__", None)
    if code is None:  # on a board
        return []
    return list(code.co_varnames[1:code.co_argcount + code.co_kwonlyargcount])


def _defaults(kind: "Any") -> "dict[str, Any]":
    """Return the defaults of a class's constructor parameters."""
    start, code = kind.__init__, getattr(kind.__init__, "__code__", None)
    if code is None:  # on a board
        return {}
    values = start.__defaults__ or ()
    found = dict(zip(code.co_varnames[code.co_argcount - len(values):code.co_argcount], values))
    found.update(start.__kwdefaults__ or {})
    return found


def clone(estimator: "Any") -> "Any":
    """Return a new estimator with copies of the parameters and nothing learnt, as scikit-learn's ``clone`` does."""
    if isinstance(estimator, (list, tuple)):
        return type(estimator)([clone(one) for one in estimator])
    if hasattr(estimator, "__sklearn_clone__") and not isinstance(estimator, type):
        return estimator.__sklearn_clone__()
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        got = describe(estimator)
        raise TypeError(f"estimator: expected an object with get_params, such as MLPClassifier(), got {got}")
    given = estimator.get_params(deep=False)
    copies = {name: _copied(given[name]) for name in given}
    made = type(estimator)(**copies)
    kept = made.get_params(deep=False)
    for name in copies:
        if kept[name] is not copies[name]:
            kind = type(estimator).__name__
            raise RuntimeError(f"{kind}: its constructor changes the parameter {name!r}, so no copy can be made; "
                               "keep parameters as they are given, and check them in fit")
    return made


def _copied(value: "Any") -> "Any":
    """Return a copy of a parameter: an estimator without what it learnt, anything else in full."""
    if hasattr(value, "get_params") and not isinstance(value, type):
        return clone(value)
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)([_copied(one) for one in value])
    return load("copy", "deepcopy")(value)


def check_fitted(estimator: "Any", attribute: str) -> None:
    """Raise NotFittedError unless ``fit`` has set the attribute."""
    if not hasattr(estimator, attribute):
        name = type(estimator).__name__
        raise for_sklearn(NotFittedError)(f"this {name} is not fitted yet: call fit first")


def same_kind(x: "Any", values: "Any") -> "Any":
    """Return lists as they are if x has none of NumPy's kinds, and a NumPy array if x is an array or a frame.

    NumPy is never imported for this: if x is an array, it has been.
    """
    numpy = sys.modules.get("numpy")
    return numpy.array(values) if numpy is not None and hasattr(x, "__array__") else values
