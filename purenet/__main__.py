"""``python3 -m purenet``."""
import sys

from .cli import main

sys.exit(main())
