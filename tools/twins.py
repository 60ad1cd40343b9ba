#!/usr/bin/env python3
"""Print the pairs purenet/reference/X.py and csrc/X.c side by side as one HTML page.

    python3 tools/twins.py --html twins.html

It needs Pygments and pycparser. tests/twins/test_text.py parses both sides with these functions.
"""
import argparse
import ast
import re
from collections import namedtuple
from pathlib import Path

from pycparser import CParser, c_ast
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import CLexer, PythonLexer

ROOT = Path(__file__).resolve().parent.parent
MODULES = ("elementary", "random_state", "initialisers", "matrix", "activations", "losses", "optimizers", "dense",
         "convolution", "pooling", "normalisation", "dropout", "training")
TYPES = ("size_t", "int32_t", "int64_t", "uint32_t", "uint64_t", "ptrdiff_t", "purenet_stream", "purenet_step",
         "purenet_plan", "purenet_workspace", "purenet_context", "purenet_product", "purenet_window", "purenet_penalty",
         "purenet_update")
STYLE = "td { vertical-align: top; padding: 0 1em } td + td { border-left: 1px solid #ccc } pre { margin: 0.5em 0 }"

# words: said above; comments: inside; items: what loops go through; names: all others given; first, last: its lines
Function = namedtuple("Function", "name words comments parameters names items first last")


def read(module):
    """Return the texts of a module, Python and C."""
    paths = f"purenet/reference/{module}.py", f"csrc/{module}.c"
    return [(ROOT / path).read_text(encoding="utf-8") for path in paths]


def comments_in(text, pattern):
    """(first line, last line, words) of every comment."""
    return [(text.count("\n", 0, comment.start()), text.count("\n", 0, comment.end()), " ".join(comment[1].split()))
            for comment in re.finditer(pattern, text) if "clang-format" not in comment[1]]


def of_python(text):
    """Return the functions and methods of a Python text in order."""
    comments = comments_in(text, "#(.*)")
    found = []
    for node in [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]:
        first, last, parts = node.lineno - 1, node.end_lineno, list(ast.walk(node))
        loops = [part.target for part in parts if isinstance(part, (ast.For, ast.comprehension))]
        items = {part.id for loop in loops for part in ast.walk(loop) if isinstance(part, ast.Name)}
        given = {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        parameters = [argument.arg for argument in node.args.args if argument.arg != "self"]
        words = (ast.get_docstring(node) or "").replace("``", "").split()
        found.append(Function(node.name.strip("_"), " ".join(words),
                              [said for line, _, said in comments if first <= line < last],
                              parameters, given - items - set(parameters), items, first, last))
    return sorted(found, key=lambda function: function.first)


def descendants(node):
    return [part for _, child in node.children() for part in [child, *descendants(child)]]


def of_c(text):
    """Return the functions of a C text in order, with names without purenet_."""
    comments = comments_in(text, r"(?s)/\*(.*?)\*/")
    bare = re.sub(r"(?s)/\*.*?\*/", lambda comment: "\n" * comment[0].count("\n"), text)
    bare = "".join(f"typedef int {name}; " for name in TYPES) + re.sub("(?m)^#.*", "", bare)
    found = []
    for node in [node for node in CParser().parse(bare).ext if isinstance(node, c_ast.FuncDef)]:
        first, parts = node.decl.coord.line - 1, descendants(node.body)
        last = text.split("\n").index("}", first) + 1
        items = {part.name for head in parts if isinstance(head, c_ast.DeclList) for part in head.decls}
        given = {part.name for part in parts if isinstance(part, c_ast.Decl)}
        begin, _, above = next((comment for comment in comments if comment[1] == first - 1), (first, first, ""))
        found.append(Function(node.decl.name.replace("purenet_", "", 1), above,
                              [said for line, _, said in comments if first <= line < last],
                              [part.name for part in node.decl.type.args.params], given - items, items, begin, last))
    return found


def paired(python, c):
    """Each function beside its twin, or None, in the order of the texts."""
    python, c = list(python), list(c)
    while python or c:
        if c and c[0].name not in [function.name for function in python]:
            yield None, c.pop(0)
        else:
            twins = [function for function in c if function.name == python[0].name]
            yield python.pop(0), c.pop(c.index(twins[0])) if twins else None


def rows(module):
    """Return pairs of pieces: the texts before the first pair of functions, the two functions, ..., the ends."""
    python, c = read(module)
    texts, done = (python.split("\n"), c.split("\n")), (0, 0)
    for pair in paired(of_python(python), of_c(c)):
        for edge in ("first", "last"):
            ends = [getattr(function, edge) if function else start for function, start in zip(pair, done)]
            yield ["\n".join(text[start:end]) for text, start, end in zip(texts, done, ends)]
            done = ends
    yield ["\n".join(text[start:]) for text, start in zip(texts, done)]


def page():
    """Return the page, which needs no other file."""
    form, lexers = HtmlFormatter(nowrap=True), [lexer(stripnl=False, ensurenl=False) for lexer in (PythonLexer, CLexer)]
    parts = ['<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>The twins of purenet</title>',
             f"<style>{STYLE}\n{form.get_style_defs('pre')}</style></head><body>"]
    for module in MODULES:
        parts.append(f"<h2>{module}</h2><table>")
        for pieces in rows(module):
            cells = [highlight(piece.strip("\n"), lexer, form) for piece, lexer in zip(pieces, lexers)]
            parts.append("<tr><td><pre>{}</pre></td><td><pre>{}</pre></td></tr>".format(*cells))
        parts.append("</table>")
    return "\n".join(parts) + "</body></html>\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--html", metavar="FILE", type=Path, required=True, help="where the page goes")
    parser.parse_args().html.write_text(page(), encoding="utf-8")
