"""The counter of lines: what counts as code and what does not."""
import pytest

from tools import count_lines

pytestmark = pytest.mark.once


@pytest.mark.parametrize("text, lines", [
    ('"""A docstring\nof two lines."""\n\n# a comment\nx = 1  # behind code\n', 1),
    ('def f(\n    a,  # first\n\n    b,\n):\n    """Text."""\n    return """one\n\nthree"""\n', 7),
    ("x = 1\n\n\n", 1), ("", 0), ('x = "# no comment"\n"""A text on its own."""\n', 1),
])
def test_lines_of_python(text, lines):
    assert count_lines.python_lines(text) == lines


@pytest.mark.parametrize("text, lines", [
    ("/* a comment\n   of two lines */\nint x; // behind code\n\n// alone\n#define Y 1 /* and\n more */\n", 2),
    ('char *s = "/* no comment";\nchar c = \'"\'; /* one */ int y;\n/* x */\n', 2),
])
def test_lines_of_c(text, lines):
    assert count_lines.c_lines(text) == lines


def test_it_counts_folders_and_adds_them_up(monkeypatch, tmp_path, capsys):
    files = {"a/x.py": "x = 1\n", "a/b/y.c": "int y;\n\nint z;\n", "a/notes.md": "x\n", "c.py": "1\n"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(count_lines, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["count_lines.py", "a", "c.py"])
    count_lines.main()
    assert capsys.readouterr().out.split() == ["Python", "C", "a", "1", "2", "c.py", "1", "0", "all", "2", "2"]
