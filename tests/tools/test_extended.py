"""tools/extended.py: every subject's command exists, and a new row takes the place of the old one."""
import importlib.util

import pytest

from tools import extended

pytestmark = pytest.mark.once


@pytest.mark.parametrize("subject", extended.SUBJECTS)
def test_the_commands_of_a_subject_exist_and_the_page_names_it(subject):
    for command in extended.SUBJECTS[subject][2]:
        assert importlib.util.find_spec(command.split()[0])
    assert f"python3 -m tools.extended {subject} " in extended.PAGE.read_text()


def test_a_row_takes_the_place_of_the_last_one_of_its_tool(tmp_path, monkeypatch):
    monkeypatch.setattr(extended, "PAGE", tmp_path / "page.md")
    extended.PAGE.write_text("text\n")
    for row in ("| `python3 -m a.b --x` | 1 |", "| `python3 -m a.c` | 2 |", "| `python3 -m a.b` | 3 |"):
        extended.write_row(row, row.split()[3].strip("`"))
    assert extended.PAGE.read_text() == "text\n| `python3 -m a.b` | 3 |\n| `python3 -m a.c` | 2 |\n"
