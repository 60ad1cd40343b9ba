"""Check single values: whole numbers, floats, flags and names. Every error says what was expected."""
import math

from .messages import UNORDERED, describe, plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

MAX_THREADS = 64
MAX_UNITS = 1 << 24  # of inputs or units: a larger number is a mistake
MAX_COUNT = 1 << 62  # of rows, steps or epochs: more than any machine reaches
TEXT = (str, bytes, bytearray)


def to_int(value: "Any") -> "int | None":
    """Return a whole number, NumPy's too, as an int. Return None for anything else, also for True and False."""
    if not isinstance(value, int) and hasattr(value, "__index__") and type(value).__name__ not in ("bool_", "bool"):
        try:
            value = value.__index__()
        except Exception:  # NumPy's arrays and some of its booleans have the method and raise
            return None
    return None if isinstance(value, bool) or not isinstance(value, int) else int(value)


def check_int(name: str, value: "Any", least: int, most: int = MAX_UNITS) -> int:
    """Return a whole number from ``least`` to ``most``."""
    number = to_int(value)
    if number is None:
        raise TypeError(f"{name}: expected a whole number, got {describe(value)}")
    if not least <= number <= most:
        raise ValueError(f"{name}: expected a whole number from {least} to {most}, got {describe(number)}")
    return number


def check_float(name: str, value: "Any", least: float, below: float = math.inf) -> float:
    """Return a finite number, at least ``least`` and less than ``below``."""
    number = to_float(value, name)
    if not least <= number < below:
        bound = "" if below == math.inf else f" and below {below}"
        raise ValueError(f"{name}: expected a finite number of at least {least}{bound}, got {number}")
    return number


def check_bool(name: str, value: "Any") -> bool:
    """Return True or False. 0 and 1 are accepted, text is not."""
    if not (isinstance(value, (bool, int)) or type(value).__name__ in ("bool", "bool_")) or value not in (0, 1):
        raise TypeError(f"{name}: expected True or False, got {describe(value)}")
    return bool(value)


def to_float(value: "Any", place: str) -> float:
    """Return the value as a float. ``place``: its name in errors."""
    if type(value) is float:
        return value
    plain = isinstance(value, (bool, int, float))
    cure = "" if plain else _cure(value, "[" in place)
    if plain or not cure and hasattr(value, "__float__"):
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"{place} is too large for a double (1.8e308)") from None
        except Exception as error:  # whatever the object's own method raises
            cure = f"; its __float__ raised {type(error).__name__}"
    raise TypeError(f"{place} is {describe(value)}, expected a number{cure}")


def _cure(value: "Any", in_table: bool) -> str:
    """Return the cure for a value that is not a number, though it may have __float__, or "" if it can be one."""
    if type(value).__name__ == "NAType" or value is None and in_table:  # pandas' NA
        return "; drop or fill missing values first"
    if isinstance(value, TEXT):
        return "; turn text into numbers first"
    if is_row(value) and not isinstance(value, UNORDERED):
        return "; is there a bracket too many?"
    kind = type(value).__name__
    if kind in ("datetime64", "timedelta64"):  # float() gives a number in a unit that nobody sees
        return "; turn times into numbers first"
    if kind[:7] == "complex" or kind == "clongdouble":  # float() of NumPy's drops the imaginary part
        return "; take the real part first"
    return ""


def check_choice(what: str, name: "Any", known: "Sequence[str]") -> None:
    """Raise ValueError unless ``name`` is one of the known names. ``what``: the argument."""
    if not isinstance(name, str) or name not in known:
        got = repr(name[:40]) if isinstance(name, str) else describe(name)
        raise ValueError(f"{what}: {got} is not known; choose one of {', '.join(known)}")


def check_name_and_settings(what: str, value: "Any", known: "Any") -> "tuple[str, tuple[float, ...]]":
    """Return (name, numbers) of a name, or of a tuple of both. ``known``: the default numbers by name."""
    name, *given = value if isinstance(value, (tuple, list)) and value else (value,)
    check_choice(what, name, list(known))
    defaults = known[name]
    if given and len(given) != len(defaults):
        raise ValueError(f"{what}: {name} takes {plural(len(defaults), 'number')}, got {len(given)}")
    return name, tuple([check_float(f"{what} {name}", number, 0.0) for number in given]) or defaults


def is_row(value: "Any") -> bool:
    """Return whether a value can be a row: whether it has items and is not text."""
    if isinstance(value, TEXT):
        return False
    try:
        iter(value)
    except Exception:  # TypeError of a number, of None, of an array without dimensions; views of several say no too
        return getattr(value, "ndim", 0) > 1
    return True


def check_positive(name: str, value: "Any") -> float:
    """Return a finite number above 0."""
    number = check_float(name, value, 0.0)
    if not number:
        raise ValueError(f"{name}: expected a number above 0, got {number}")
    return number
