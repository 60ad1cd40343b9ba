"""Golden vectors: the reference's results for runs that are described by names and whole numbers alone.

``quick.json`` and ``full.json.gz`` hold one vector per line. ``files`` reads them, ``recompute`` computes them again,
and ``purenet.verification.verify`` compares the bits. ``docs/arithmetic.md`` describes the format.
"""
