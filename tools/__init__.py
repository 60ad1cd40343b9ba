"""Commands for those who change purenet: python3 -m tools.bench, from the root of the repository."""
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
