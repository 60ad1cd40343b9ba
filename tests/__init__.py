"""The tests. Their folders are those of purenet/."""
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
