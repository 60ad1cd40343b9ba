"""Settings of the documentation site. tools/docs.py builds it."""
import re
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
html_static_path = ["_static"]
html_css_files = ["site.css"]



def without_outside_links(app, docname, source):
    """Leave the text of links to folders and Markdown files outside docs/, which are not part of the site."""
    def text_of(link):
        target = (ROOT / "docs" / docname).parent / link.group(2)
        inside = (ROOT / "docs") in target.resolve().parents
        return link.group(0) if inside or target.is_file() and target.suffix != ".md" else link.group(1)

    source[0] = re.sub(r"\[([^\]]*)\]\((\.\./[^)#]*)\)", text_of, source[0])


def plain_docstring(app, what, name, obj, options, lines):
    """Take *, | and names that end in _ literally: docstrings are plain text with ``code`` in it.

    A line that begins with an argument, ``name``: ..., begins a paragraph.
    """
    for k, line in enumerate(lines):
        parts = line.split("``")
        parts[::2] = [re.sub(r"([*|]|(?<=\w)_(?!\w))", r"\\\1", part) for part in parts[::2]]
        begins = k and lines[k - 1] and re.match(r"``\w+``(, ``\w+``)*( \w+)?: ", line)
        lines[k] = ("\n" if begins else "") + "``".join(parts)
    lines[:] = "\n".join(lines).split("\n")


def setup(app):
    """Connect the above, and show the blocks that are not code, such as the bytes of a model file, as plain text."""
    from pygments.lexers import TextLexer

    for name in ("bytes", "header", "table", "table-bytes"):
        app.add_lexer(name, TextLexer)
    app.connect("source-read", without_outside_links)
    app.connect("autodoc-process-docstring", plain_docstring)
