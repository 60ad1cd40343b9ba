"""Rows split from text: the module csv and our own reader of quoted cells give the same."""
import io
import random

import pytest

from purenet.data.csv_rows import RecordError, split_block


@pytest.mark.once
def test_the_module_csv_and_the_reader_of_long_cells_agree():
    """A mark that no line begins with leaves the module csv out, which drops spaces before a cell."""
    stream = random.Random(1)
    parts = ['"', '""', '"a\nb"', ',"x"', '1,"y"\n', ",", "\n", "\r\n", "\r", "a", " "]

    def read(text, behind, mark):
        block, line = None, None
        try:
            block = split_block(text, io.StringIO(behind, newline=""), ",", mark)
        except RecordError as error:
            block, line = error.block, error.line
        rows = [[cell.lstrip(" ") for cell in row] or [""] for row in block.rows]
        return rows, list(block.ends), block.odd, line, line or block.taken

    several = 0
    for _ in range(4000):
        lines = list(io.StringIO("".join(stream.choices(parts, k=stream.randrange(1, 25))), newline=""))
        cut = stream.randrange(len(lines) + 1)
        text, behind = "".join(lines[:cut]), "".join(lines[cut:])
        found = read(text, behind, "")
        assert found == read(text, behind, "#"), (text, behind)
        several += found[1] != list(range(1, len(found[1]) + 1))
    assert several > 800
