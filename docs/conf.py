"""Settings of the documentation site. tools/docs.py builds it."""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from purenet import __version__  # noqa: E402

project = "purenet"
author = "the purenet authors"
copyright = author
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["requirements.txt"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
highlight_language = "text"
nitpicky = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "undoc-members": False}
viewcode_line_numbers = True

html_theme = "furo"
html_title = f"purenet {version}"
html_show_sourcelink = False
html_copy_source = False


def setup(app):
    """Show the blocks that are not code, such as the bytes of a model file, as plain text."""
    from pygments.lexers import TextLexer

    for name in ("bytes", "header", "table", "table-bytes"):
        app.add_lexer(name, TextLexer)
