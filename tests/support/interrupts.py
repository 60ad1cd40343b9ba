"""Raise a KeyboardInterrupt at a chosen line of a module."""
import sys


def interrupted_at_line(number, work, part_of_name):
    """Call ``work`` and interrupt it at line ``number``. Return whether it got that far.

    The lines of files whose name contains ``part_of_name`` are counted from 0, in the order in which they run.
    """
    lines = iter(range(number + 1))

    def inside(frame, event, _):
        if event == "line" and next(lines) == number:
            sys.settrace(None)
            raise KeyboardInterrupt
        return inside

    before = sys.gettrace()
    sys.settrace(lambda frame, event, _: inside if part_of_name in frame.f_code.co_filename else None)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False
