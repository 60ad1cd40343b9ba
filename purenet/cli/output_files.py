"""Check the files that commands write, before anything is computed."""
from __future__ import annotations

import os

from .._core.files import check_writable
from .._core.messages import ModelFileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Sequence


def check_output(option: str, path: str, others: Sequence[tuple[str | None, str]] = ()) -> None:
    """Raise ValueError, which names the option and the cure, if a file cannot be written.

    ``others``: (path or None, what it is) of files that must not be this one.
    """
    if not path:
        raise ValueError(f"{option}: the name of the file is empty")
    if "\0" in path:
        raise ValueError(f"{option}: {path} has a zero character, which no name of a file has; choose another name")
    if path == "-":
        raise ValueError(f"{option}: this is not written to standard output; ./- is a file of this name")
    if os.path.isdir(path):
        raise ValueError(f"{option}: {path} is a folder; name a file in it")
    for other, what in others:
        if other is not None and _is_same(path, other):
            raise ValueError(f"{option}: {path} is {what}; choose another name")
    if os.path.exists(path) and not os.path.isfile(path):
        cure = "; -o - writes to standard output" if option == "-o" else ""
        raise ValueError(f"{option}: {path} exists and is not a regular file, so it cannot be replaced{cure}")
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise ValueError(f"{option}: {path} cannot be written: its folder does not exist")
    try:
        check_writable(path)
    except (OSError, ValueError) as error:
        raise ValueError(f"{option}: {path} cannot be written: {getattr(error, 'strerror', None) or error}") from None


def check_picture(option: str, path: str, others: Sequence[tuple[str | None, str]] = (), force: bool = False) -> None:
    """Raise ValueError if a path cannot be written, does not end in .svg, or is a file that purenet did not draw.

    ``force``: replace any file.
    """
    from ..inspection.svg import check_svg_path, is_drawn_here

    check_output(option, path, others)
    try:
        check_svg_path(path)
    except ValueError:
        raise ValueError(f"{option}: pictures are SVG, so the name must end in .svg, got {path}") from None
    if not force and _is_filled(path) and not judged(option, path, is_drawn_here):
        raise ValueError(f"{option}: {path} exists and was not drawn by purenet; choose another name, or --force "
                         f"overwrites it")


def check_model(option: str, path: str, others: Sequence[tuple[str | None, str]] = (), force: bool = False) -> None:
    """Raise ValueError if a path cannot be written or is a file that is no model. ``force``: replace any file."""
    check_output(option, path, others)
    if not force and _is_filled(path) and not judged(option, path, is_model):
        raise ValueError(f"{option}: {path} exists and is no model of purenet; choose another name, or --force "
                         f"overwrites it")


def is_model(path: str) -> bool:
    """Return whether a file is a model of purenet, to judge by its header."""
    from ..model_files.describe import inspect

    try:
        inspect(path)
    except ModelFileError:
        return False
    return True


def judged(option: str, path: str, judge: Callable[[str], bool]) -> bool:
    """Return what a function that reads an old file says; ValueError, with the option and the cure, if it cannot."""
    try:
        return judge(path)
    except OSError as error:
        raise ValueError(f"{option}: {path} exists and cannot be read: {error.strerror or error}; choose another "
                         f"name") from None


def _is_filled(path: str) -> bool:
    return os.path.exists(path) and os.path.getsize(path) > 0


def _is_same(path: str, other: str) -> bool:
    if os.path.exists(path) and os.path.exists(other):
        return os.path.samefile(path, other)
    return os.path.realpath(path) == os.path.realpath(other)
