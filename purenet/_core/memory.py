"""Ask for the memory of a large network before any work is done for it."""


def check_memory(count: int) -> None:
    """Raise MemoryError if there is no room for the network's state: ``count`` packed doubles, once."""
    size = 8 * count
    try:
        bytes(size)  # CPython takes it from the system as zeros, and touches none of it
    except (MemoryError, OverflowError):
        raise MemoryError(f"this network needs {size // 1000000} MB here at least; make its layers smaller, or let the "
                          "process have more memory") from None
