"""The base of layers, optimizers and schedules: settings that can be shown, copied and written to a file."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Field = tuple[str, str, Any]  # name, type, default


class Configurable:
    """An object with the settings that its constructor takes, and no arithmetic.

    ``FIELDS``: (name, type, default) of each setting, in the constructor's order. The first ``POSITIONAL`` are shown
    without their names. Types: "word" (text, whole numbers, flags and tuples of them), "init" (an initialiser or
    None), "real" (a float), "option" (a float that is written only if it is not the default), "rate" (a float or a
    schedule), "activation" (a name and its numbers). A file holds floats as doubles and all else as text.
    ``STATE_SIZE``: how many floats it keeps that change in training.
    """

    kind = ""
    FIELDS: "tuple[Field, ...]" = ()
    POSITIONAL = 0
    STATE_SIZE = 0
    slopes: "tuple[float, ...]" = ()  # the numbers of the activation, if it takes any

    def copy(self, functions: bool = False) -> "Any":
        """Return a new object with the same settings, checked again.

        ``functions``: whether to copy an initialiser that is a function. Otherwise it becomes "zeros", because a
        network that has its parameters no longer needs it.
        """
        values = []
        for name, what, _ in self.FIELDS:
            value = getattr(self, name)
            if isinstance(value, Configurable):
                values.append(value.copy())
            else:
                done = what == "init" and callable(value) and not functions
                values.append("zeros" if done else self._given(name, what))
        made = type(self)(*values)
        if self.STATE_SIZE:
            made.set_state(self.state())
        return made

    def config(self) -> "list[list[Any]]":
        """Return kind and settings for a file, as [name, value] pairs, without the floats."""
        pairs: "list[list[Any]]" = [["kind", self.kind]]
        for name, what, default in self.FIELDS:
            value = getattr(self, name)
            if isinstance(value, Configurable):
                pairs.append([name, value.config()])
            elif what == "option":
                if value != default:
                    pairs.append([name, "given"])
            elif what not in ("real", "rate"):
                pairs.append([name, list(value) if isinstance(value, tuple) else value])
        return pairs

    def float_settings(self) -> "list[float]":
        """Return the settings that are floats, in order, followed by the state."""
        found: "list[float]" = []
        for name, what, default in self.FIELDS:
            value = getattr(self, name)
            if isinstance(value, Configurable):
                found += value.float_settings()
            elif what in ("real", "rate") or what == "option" and value != default:
                found.append(value)
            elif what == "activation":
                found += self.slopes
        return found + self.state()

    def state(self) -> "list[float]":
        """Return the floats that training changes."""
        return []

    def set_state(self, values: "list[float]") -> None:
        """Continue from a state. Raises ValueError if it is invalid."""

    def _given(self, name: str, what: str) -> "Any":
        """Return a setting as the constructor takes it."""
        value = getattr(self, name)
        return (value,) + self.slopes if what == "activation" and self.slopes else value

    def __repr__(self) -> str:
        shown = []
        for k, (name, what, default) in enumerate(self.FIELDS):
            value = self._given(name, what)
            if k < self.POSITIONAL:
                shown.append(repr(value))
            elif value != default:
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


def from_config(
    words: "Any", class_of: "Callable[[Any], Any]", nested_class_of: "Callable[[Any], Any]",
    defaults_of: "dict[str, tuple[float, ...]]", take: "Callable[[int], list[float]]",
) -> "Any":
    """Return the object whose ``config()`` is ``words``. ``take(n)`` returns the next n floats.

    ``class_of(kind)`` returns the class of a kind, ``nested_class_of(kind)`` that of a schedule inside.
    ``defaults_of``: the default numbers of activations, by name. Raises ValueError or TypeError if no object of these
    classes has this config.
    """
    pairs = words if isinstance(words, list) else []
    if not pairs or not all([isinstance(pair, list) and len(pair) == 2 for pair in pairs]) or pairs[0][0] != "kind":
        raise ValueError("expected [name, value] pairs, the first of them the kind")
    kind = class_of(pairs[0][1])
    rest = pairs[1:]
    values: "list[Any]" = []
    for name, what, default in kind.FIELDS:
        there = bool(rest) and rest[0][0] == name
        if what == "rate" and there:
            values.append(from_config(rest[0][1], nested_class_of, nested_class_of, defaults_of, take))
            rest = rest[1:]
            continue
        if what in ("real", "rate", "option"):
            values.append(default if what == "option" and not there else take(1)[0])
            rest = rest[1:] if what == "option" and there else rest
            continue
        value = rest[0][1] if rest else None
        rest = rest[1:]
        if what == "activation" and isinstance(value, str) and value in defaults_of:
            value = [value] + take(len(defaults_of[value]))
        values.append(value)
    made = kind(*values)
    if kind.STATE_SIZE:
        made.set_state(take(kind.STATE_SIZE))
    if repr(made.config()) != repr(words):
        raise ValueError(f"the settings of {kind.kind} are not in the form that this purenet writes")
    return made
