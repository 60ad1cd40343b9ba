"""Test purenet. The folders mirror purenet/; helpers are in support/."""
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
