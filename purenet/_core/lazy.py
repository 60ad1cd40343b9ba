"""Import a module when one of its names is first asked for: the one place of the package that imports by name.

The tables that name such modules are literal (``LAZY`` and ``KINDS``), so tests and the bundle for boards can read them.
"""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load(module: str, name: str) -> "Any":
    """Return ``name`` of the module with the absolute name ``module``, which is imported for it."""
    return getattr(__import__(module, None, None, (name,)), name)


def load_class(package: str, kinds: "Any", name: str) -> "Any":
    """Return the class ``name`` of a package with a table of kinds: (kind, module, class)."""
    for _, module, known in kinds:
        if known == name:
            return load(package + "." + module, name)
    raise AttributeError(f"module {package!r} has no attribute {name!r}")


def load_kind(package: str, kinds: "Any", kind: "Any") -> "Any":
    """Return the class with this kind, as model files write it; raise ValueError for an unknown one."""
    for known, module, name in kinds:
        if known == kind:
            return load(package + "." + module, name)
    from .checks import check_choice

    check_choice("kind", kind, [known for known, _, _ in kinds])
