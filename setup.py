"""Build the C engine if this machine can. All other settings are in pyproject.toml.

PURENET_BUILD: "auto" (the default) builds the engine if there are cffi and a C compiler, and prints a line if not;
"never" leaves it out; "require" fails without it.
"""
import os
import sys

from setuptools import setup

CHOICES = ("auto", "never", "require")
MODE = os.environ.get("PURENET_BUILD") or "auto"
if MODE not in CHOICES:
    raise SystemExit(f"PURENET_BUILD: {MODE!r} is not known; choose one of {', '.join(CHOICES)}")

options = {}
if MODE != "never":
    try:
        import cffi  # noqa: F401
    except ImportError as error:
        if MODE == "require":
            raise SystemExit(
                f"PURENET_BUILD=require, but cffi cannot be imported ({error}); pip install cffi"
            ) from None
        print(f"purenet: no compiled engine: cffi cannot be imported ({error})", file=sys.stderr)
    else:
        options = {"cffi_modules": ["purenet/compiled/build.py:ffibuilder"]}

setup(**options)
