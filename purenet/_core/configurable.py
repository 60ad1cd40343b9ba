"""What layers and optimizers have in common: settings that can be shown, copied and written to a file."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Tuple

    Field = Tuple[str, str, Any]  # name, what it is, and its usual value


class Configurable:
    """Settings by name, as they are given to the constructor; no arithmetic.

    ``FIELDS``: name, what it is and usual value of each, in the constructor's order; the first ``PLAIN`` are shown
    without their names.  What a field is: "word" (text, whole numbers, flags and tuples of them), "init" (an
    initialiser or None), "real", "option" (a real that is not written where it has its usual value), "rate" (a real or
    schedule), or "activation" (a name and the numbers it takes).  A file has words as
    text and reals as doubles.  ``STATE``: how many reals besides its settings it keeps, which change in training.
    """

    kind = ""
    FIELDS: "Tuple[Field, ...]" = ()
    POSITIONAL = 0
    STATE_SIZE = 0

    def copy(self, functions: bool = False) -> "Any":
        """The same settings, checked again, in an object of its own.

        A function given as init has done its work and stays behind, unless ``functions``.
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

    def config(self) -> "List[List[Any]]":
        """Kind and settings for a file, [name, value] each, without the reals."""
        pairs: "List[List[Any]]" = [["kind", self.kind]]
        for name, what, usual in self.FIELDS:
            value = getattr(self, name)
            if isinstance(value, Configurable):
                pairs.append([name, value.config()])
            elif what == "option":
                if value != usual:
                    pairs.append([name, "given"])
            elif what not in ("real", "rate"):
                pairs.append([name, list(value) if isinstance(value, tuple) else value])
        return pairs

    def float_settings(self) -> "List[float]":
        """The settings that are reals, in order, and the state behind them."""
        found: "List[float]" = []
        for name, what, usual in self.FIELDS:
            value = getattr(self, name)
            if isinstance(value, Configurable):
                found += value.float_settings()
            elif what in ("real", "rate") or what == "option" and value != usual:
                found.append(value)
            elif what == "activation":
                found += self.slopes
        return found + self.state()

    def state(self) -> "List[float]":
        """What it keeps that training changes."""
        return []

    def set_state(self, values: "List[float]") -> None:
        """Go on from such a state; ValueError for one that cannot be."""

    slopes: "Tuple[float, ...]" = ()  # the numbers of the activation, where there is one

    def _given(self, name: str, what: str) -> "Any":
        """A setting as the constructor takes it."""
        value = getattr(self, name)
        return (value,) + self.slopes if what == "activation" and self.slopes else value

    def __repr__(self) -> str:
        shown = []
        for k, (name, what, usual) in enumerate(self.FIELDS):
            value = self._given(name, what)
            if k < self.POSITIONAL:
                shown.append(repr(value))
            elif value != usual:
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


def from_config(
    words: "Any", class_of: "Callable[[Any], Any]", nested_class_of: "Callable[[Any], Any]",
    reals_of: "dict[str, Tuple[float, ...]]", take: "Callable[[int], List[float]]",
) -> "Any":
    """The description that wrote such words; take gives the next so many reals.

    ``class_of``: gives the class of a kind.  ``reals_of``: the numbers that activations take, by name.  Raises
    ValueError or TypeError for words that no such class would write.
    """
    pairs = words if isinstance(words, list) else []
    if not pairs or not all([isinstance(pair, list) and len(pair) == 2 for pair in pairs]) or pairs[0][0] != "kind":
        raise ValueError("expected [name, value] pairs, the first of them the kind")
    kind = class_of(pairs[0][1])
    rest = pairs[1:]
    values: "List[Any]" = []
    for name, what, usual in kind.FIELDS:
        there = bool(rest) and rest[0][0] == name
        if what == "rate" and there:
            values.append(from_config(rest[0][1], nested_class_of, nested_class_of, reals_of, take))
            rest = rest[1:]
            continue
        if what in ("real", "rate", "option"):
            values.append(usual if what == "option" and not there else take(1)[0])
            rest = rest[1:] if what == "option" and there else rest
            continue
        value = rest[0][1] if rest else None
        rest = rest[1:]
        if what == "activation" and isinstance(value, str) and value in reals_of:
            value = [value] + take(len(reals_of[value]))
        values.append(value)
    made = kind(*values)
    if kind.STATE_SIZE:
        made.set_state(take(kind.STATE_SIZE))
    if repr(made.config()) != repr(words):
        raise ValueError(f"the settings of {kind.kind} are not as this purenet writes them")
    return made
