"""A KeyboardInterrupt at a chosen line of a module."""
import sys


def interrupted_at_line(number, work, part_of_name):
    """Do the work, with a KeyboardInterrupt at the given line (counted from 0, as they are run) of the files whose
    names have that part; whether it got that far."""
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
