"""The README's code runs as it stands and prints what its comments say."""
import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def promised(code):
    """The lines that comments promise: behind a print, or on lines of their own."""
    lines = []
    for line in code.splitlines():
        behind = re.match(r"\s*print\(.*\)  # (.*)$", line)
        alone = re.match(r"# (.*)$", line)
        if behind or alone:
            lines.append((behind or alone).group(1))
    return lines


@pytest.mark.parametrize("code", BLOCKS, ids=[f"block {k + 1}" for k in range(len(BLOCKS))])
def test_code_prints_what_its_comments_say(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some of it writes files
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    assert printed.getvalue().splitlines() == promised(code)
    assert promised(code)


@pytest.mark.full
def test_its_code_has_the_types_that_the_package_says(tmp_path):
    """By mypy --strict (but functions without types are fine), of which some slips are seen."""
    pytest.importorskip("mypy")
    slips = ['Network((8, 8), [])', 'Network((8, 8, 1.0), [])', 'Network("8", [])', 'Network(8, 3)',
             'Network(8, [], seed="1")']
    codes = BLOCKS + [f"from purenet import Network\n{slip}\n" for slip in slips]
    files = [tmp_path / f"block_{k + 1}.py" for k in range(len(codes))]
    for file, code in zip(files, codes):
        file.write_text(code)
    root = Path(__file__).resolve().parent.parent
    cache = str(root / ".check" / "mypy_readme")
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--allow-untyped-defs", "--check-untyped-defs",
                           "--allow-untyped-calls", "--cache-dir", cache, *map(str, files)], cwd=root,
                          capture_output=True, text=True)
    told = [Path(line.split(":")[0]).name for line in done.stdout.splitlines() if ": error: " in line]
    assert sorted(told) == sorted([file.name for file in files[len(BLOCKS):]]), done.stdout + done.stderr


def test_the_commands_for_a_csv_file_of_ones_own_run(tmp_path):
    (block,) = [block for block in re.findall(r"```\n(.*?)```", README, re.DOTALL) if "purenet train" in block]
    (more,) = [block for block in re.findall(r"```\n(.*?)```", README, re.DOTALL) if "--reproduce" in block]
    commands = (block + more).replace("python3", shlex.quote(sys.executable)).replace("--save", "--epochs 1 --save")
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parent.parent))
    done = subprocess.run(["sh", "-e", "-c", commands], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^rows +1797$", done.stdout, re.MULTILINE) and "\nidentical: SHA-256" in done.stdout
    assert len((tmp_path / "predictions.csv").read_text().splitlines()) == 1798


def test_the_first_example_has_twelve_lines_of_code():
    code = [line for line in BLOCKS[0].splitlines() if line and not line.startswith("#")]
    assert len(code) <= 12


def test_files_and_commands_that_are_named_exist():
    root = Path(__file__).resolve().parent.parent
    for path in re.findall(r"`((?:purenet|tests|tools|csrc|docs)/[\w./]+)`|\]\(([\w./]+)\)", README):
        assert (root / (path[0] or path[1])).exists(), path


def test_the_error_it_quotes_is_the_one_that_comes():
    import purenet

    net = purenet.Network(3, [purenet.Dense(1)])
    with pytest.raises(ValueError) as error:
        net.predict([[1, 2, 3]] * 3 + [[1, 2]])
    assert f"`{error.value}`" in README
