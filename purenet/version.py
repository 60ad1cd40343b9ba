"""The versions: of the package, and of the law of the bits."""
__version__ = "0.1.0"
ARITHMETIC = 1  # part of every digest's meaning: a digest published under it never changes
