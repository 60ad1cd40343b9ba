"""Import a module when one of its names is first asked for: the one place of the package that imports by name.

The tables that name such modules are literal (``LAZY``), so tests and the bundle for boards can read them.
"""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load(module: str, name: str) -> "Any":
    """Return ``name`` of the module with the absolute name ``module``, which is imported for it."""
    return getattr(__import__(module, None, None, (name,)), name)
