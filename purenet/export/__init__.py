"""Export a network or the package itself to other environments."""
