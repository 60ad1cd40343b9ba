"""Everything is said in pyproject.toml; the compiled twin's build will be hooked in here."""
from setuptools import setup

setup()
