"""``python3 -m purenet``."""
import sys

from .cli.main import main

sys.exit(main())
