"""The commands for people's own files; each has ``add`` for its options and ``run``."""
