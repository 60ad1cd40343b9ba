#!/usr/bin/env python3
"""Count the lines of Python and C code per folder, without blank lines, comments and docstrings.

    python3 tools/count_lines.py [FOLDER ...]       default: purenet csrc tests tools

A line counts if it has a token of code, so each line of a multi-line string counts, unless the string is a docstring
(any string that is a statement). Folders include their subfolders, without generated C.
"""
import argparse
import ast
import io
import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("purenet", "csrc", "tests", "tools")
KINDS = {"Python": (".py",), "C": (".c", ".h", ".cpp", ".hpp")}
NO_CODE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
           tokenize.ENCODING)
# a comment, or what only looks like one: a text or a character
C_PIECES = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def python_lines(text):
    """Return the number of lines of Python code."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.difference_update(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def c_lines(text):
    """Return the number of lines of C or C++ code, with those of the preprocessor."""
    def blank(match):
        piece = match.group()
        return piece if piece[0] != "/" else "\n" * piece.count("\n")

    return len([line for line in C_PIECES.sub(blank, text).splitlines() if line.strip()])


def count(path):
    """{"Python": lines, "C": lines} of a file or folder."""
    files = [path] if path.is_file() else sorted(path.rglob("*.*"))
    lines = dict.fromkeys(KINDS, 0)
    for file in files:
        kind = next((kind for kind, suffixes in KINDS.items() if file.suffix in suffixes), None)
        if kind and file.name != "_twin.c" and "__pycache__" not in file.parts:
            text = file.read_text(encoding="utf-8")
            lines[kind] += python_lines(text) if kind == "Python" else c_lines(text)
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", metavar="FOLDER", default=FOLDERS, help="folders or files to count")
    rows = [(folder, count(ROOT / folder)) for folder in parser.parse_args().folders]
    rows.append(("all", {kind: sum(lines[kind] for _, lines in rows) for kind in KINDS}))
    print(f"{'':12}{'Python':>10}{'C':>10}")
    for name, lines in rows:
        print(f"{name:12}{lines['Python']:10,}{lines['C']:10,}")


if __name__ == "__main__":
    main()
