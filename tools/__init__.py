"""Commands for contributors. Run them from the root of the repository: ``python3 -m tools.bench``."""
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
