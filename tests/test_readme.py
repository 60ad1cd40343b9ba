"""The code of README.md and of every page of docs/ runs as it stands and prints what the pages say."""
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tools import docs

ROOT = Path(__file__).resolve().parent.parent
PAGES = docs.pages()
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ONCE = ("docs/add-a-layer.md", "docs/environments.md", "docs/micropython.md", "docs/verifying.md")  # C, tools, bundles
SHOWN = {"text", "bytes", "header", "table", "table-bytes"}  # not code; tests of the model file compare the last four
RUN = {"python", "console"}
CHECKED = {"sh", "pycon"}


def all_pages():
    """The pages for parametrize; those in ONCE run on one Python only."""
    return [pytest.param(page, id=name, marks=[pytest.mark.once] if name in ONCE else [])
            for page, name in zip(PAGES, NAMES)]


@pytest.mark.parametrize("page", all_pages())
def test_the_code_of_a_page_prints_what_the_page_says(page, tmp_path):
    if not any(block.language.split(" ")[0] in RUN for block in docs.blocks(page)):
        return
    for result in docs.run_page(page, tmp_path):
        where = f"{page.name}:{result.block.line}\n{result.block.code}"
        assert docs.matches(result.expected, result.printed), f"{where}\nprinted\n{result.printed}"
    for drawn in tmp_path.glob("*.svg"):
        kept = docs.IMAGES / drawn.name
        if f"images/{drawn.name}" in page.read_text(encoding="utf-8"):
            assert kept.read_bytes() == drawn.read_bytes(), f"{kept}: renew it: python3 tools/docs.py --pictures"


def test_output_that_differs_is_seen(tmp_path):
    page = ROOT / "planted.md"
    text = "```python\nprint(1)  # 2\n```\n```console\n$ echo 3\n4\n```\n```console\n$ echo 5 \\\n    6\n5 ...\n```\n"
    page = tmp_path / "page.md"
    page.write_text(text)
    folder = tmp_path / "folder"
    folder.mkdir()
    root, docs.ROOT = docs.ROOT, tmp_path
    try:
        same = [docs.matches(result.expected, result.printed) for result in docs.run_page(page, folder)]
    finally:
        docs.ROOT = root
    assert same == [False, False, True]


def test_a_command_without_site_packages_is_free_in_its_engine(monkeypatch, tmp_path):
    monkeypatch.setenv("PURENET_BACKEND", "compiled")
    shown = '-c "import os; print(os.environ.get(\'PURENET_BACKEND\'))"'
    assert docs.run_command(f"python3 -S {shown}", tmp_path) == "None\n"
    assert docs.run_command(f"python3 {shown}", tmp_path) == "compiled\n"


@pytest.mark.once
@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_block_is_of_a_kind_that_is_run_or_checked(page):
    for block in docs.blocks(page):
        language = block.language.split(" ")[0]
        file = " " in block.language and "." in block.language.split(" ")[1]  # which later commands use
        assert file or language in RUN | CHECKED | SHOWN or language.startswith("{"), f"{page.name}:{block.line}"
        if language == "pycon":
            compile(block.code, page.name, "exec")
        if language == "python" and not file:
            assert block.code.isascii(), f"{page.name}:{block.line}"
    text = page.read_text(encoding="utf-8")
    assert len(re.findall(r"^ *```", text, re.MULTILINE)) == 2 * len(docs.blocks(page)), "a fence that is not seen"


def commands_not_run():
    """(page, words) of every command line that only stands in a page."""
    for page in PAGES:
        for block in docs.blocks(page):
            if block.language == "sh":
                for line in block.code.replace("\\\n", " ").splitlines():
                    words = shlex.split(line, comments=True)
                    if words:
                        yield page.name, words


@pytest.mark.once
def test_commands_that_are_not_run_name_programs_and_options_that_exist():
    helps = {}
    for page, words in commands_not_run():
        words = [word for word in words if "=" not in word or word.startswith("-")]  # settings of the environment
        if words[0] != "python3":
            assert words[0] in ("pip", "git", "mpremote", "node", "npm", "pypy3", "micropython", "cc", "./a.out"), words
            continue
        if words[1:3] == ["-m", "purenet"]:
            program = words[1:4]
        elif words[1] == "-m" and words[2].startswith("tools."):
            program = words[1:3]
        elif words[1] == "-m":
            continue
        else:
            program = words[1:2]
            assert (ROOT / program[0]).exists(), f"{page}: {program[0]}"
        key = tuple(program)
        if key not in helps:
            done = subprocess.run([sys.executable, *program, "--help"], cwd=ROOT, capture_output=True, text=True)
            assert done.returncode == 0, f"{page}: {program}: {done.stderr}"
            helps[key] = done.stdout
        for option in [word.split("=")[0] for word in words[2:] if word.startswith("--") and word != "--"]:
            assert re.search(re.escape(option) + r"\b", helps[key]), f"{page}: {' '.join(program)} has no {option}"


# links ---------------------------------------------------------------------------------------------

def anchors(page):
    """The anchors of a page's headings, as GitHub and MyST make them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = set(re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE))
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        plain = re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading).lower().strip()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


@pytest.mark.once
@pytest.mark.parametrize("name", [*NAMES, "CHANGELOG.md", "csrc/README.md"])
def test_links_lead_to_files_and_headings_that_exist(name):
    page = ROOT / name
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}"
    for path in re.findall(r"`((?:purenet|tests|tools|csrc|docs)/[\w./-]+)`", text):
        assert "/X." in path or (ROOT / path).exists(), f"{page.name}: {path}"


@pytest.mark.once
def test_every_page_is_in_the_table_of_contents():
    index = (docs.DOCS / "index.md").read_text(encoding="utf-8") + (docs.DOCS / "api" / "index.md").read_text()
    for page in docs.DOCS.rglob("*.md"):
        if page.stem != "index":
            assert re.search(rf"^{page.stem}$", index, re.MULTILINE), page


# the API pages -------------------------------------------------------------------------------------

def documented():
    """The dotted names that the API pages hand to autodoc."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in (docs.DOCS / "api").glob("*.md"))
    return set(re.findall(r"^\.\. auto\w+:: ([\w.]+)$", text, re.MULTILINE))


@pytest.mark.once
def test_every_public_name_is_on_an_api_page():
    import purenet
    import purenet.data
    import purenet.metrics

    there = documented()
    names = [f"purenet.{name}" for name in purenet.__all__]
    names += [f"purenet.data.{name}" for name in purenet.data.__all__]
    names += [f"purenet.metrics.{name}" for name in (*purenet.metrics.NAMES, "ConfusionMatrix")]
    assert sorted(set(names) - there) == []


# what pages say ------------------------------------------------------------------------------------

@pytest.mark.once
def test_the_pages_code_has_the_types_that_the_package_says(tmp_path):
    """By mypy --strict (but functions without types are fine), of which some slips are seen."""
    pytest.importorskip("mypy")
    slips = ['Network((8, 8), [])', 'Network((8, 8, 1.0), [])', 'Network("8", [])', 'Network(8, 3)',
             'Network(8, [], seed="1")']
    codes = ["\n".join(block.code for block in docs.blocks(page) if block.language == "python") for page in PAGES]
    codes = [code for code in codes if code]
    right = len(codes)
    codes += [f"from purenet import Network\n{slip}\n" for slip in slips]
    files = [tmp_path / f"page_{k + 1}.py" for k in range(len(codes))]
    for file, code in zip(files, codes):
        file.write_text(code)
    cache = str(ROOT / ".check" / "mypy_readme")
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--allow-untyped-defs", "--check-untyped-defs",
                           "--allow-untyped-calls", "--allow-redefinition", "--cache-dir", cache, *map(str, files)],
                          cwd=ROOT, capture_output=True, text=True)
    told = [Path(line.split(":")[0]).name for line in done.stdout.splitlines() if ": error: " in line]
    assert sorted(told) == sorted([file.name for file in files[right:]]), done.stdout + done.stderr


@pytest.mark.once
def test_the_lines_of_the_reference_that_the_article_page_quotes_are_there():
    text = (docs.DOCS / "article.md").read_text(encoding="utf-8")
    quotes = re.findall(r"\[(\w+\.py)\]\(\.\./purenet/reference/(\w+\.py)\): `([^`]+)`", text)
    assert len(quotes) >= 8
    for shown, file, line in quotes:
        assert shown == file and line in (ROOT / "purenet" / "reference" / file).read_text(encoding="utf-8"), line


@pytest.mark.once
def test_the_readme_fits_on_a_screen_or_two_and_its_example_has_ten_lines():
    assert len(README.splitlines()) <= 120
    (block,) = [block for block in docs.blocks(ROOT / "README.md") if block.language == "python"]
    assert len([line for line in block.code.splitlines() if line and not line.startswith("from")]) <= 10


def test_the_error_that_a_page_quotes_is_the_one_that_comes():
    import purenet

    net = purenet.Network(3, [purenet.Dense(1)])
    with pytest.raises(ValueError) as error:
        net.predict([[1, 2, 3]] * 3 + [[1, 2]])
    assert f"`{error.value}`" in (docs.DOCS / "networks.md").read_text(encoding="utf-8")
