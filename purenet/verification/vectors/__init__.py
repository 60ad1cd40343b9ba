"""Golden vectors: what the reference gave for runs that are described by names and whole numbers alone.

``quick.json`` and ``full.json.gz`` hold them, one a line; ``files`` reads them, ``recompute`` does them again, and
``purenet.verification.verify`` says whether the same bits came out.  ``docs/arithmetic.md`` describes the form.
"""
