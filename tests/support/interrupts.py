"""Raise a KeyboardInterrupt at a chosen line of a module."""
import sys


def interrupted_at_line(number, work, *parts_of_names):
    """Call ``work`` and interrupt it at line ``number``. Return whether it got that far.

    The lines of files whose name contains one of ``parts_of_names`` are counted from 0, in the order in which they run.
    """
    lines = iter(range(number + 1))

    def inside(frame, event, _):
        if event == "line" and next(lines) == number:
            sys.settrace(None)
            raise KeyboardInterrupt
        return inside

    before = sys.gettrace()
    sys.settrace(lambda frame, event, _: inside if any(
        part in frame.f_code.co_filename for part in parts_of_names) else None)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False
