"""What is installed, and where it runs from: a wheel, a zip, a read-only folder, bare interpreters."""
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import ROOT
from tests.support.pythons import PYTHONS

TRAIN = (
    "import sys; sys.path.insert(0, {where!r}); import purenet\n"
    "from purenet import Network, Dense, SGD\n"
    "net = Network(3, [Dense(4, 'sigmoid', bias=False), Dense(1, 'sigmoid', bias=False)],\n"
    "              optimizer=SGD(1.0), init='rand', seed=1)\n"
    "net.fit([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], [[0], [1], [1], [0]], epochs=50, batch_size=None,\n"
    "        shuffle=False)\n"
    "print(net.digest())"
)
DIGEST = "19e998d15d0752c56d511cdc85868fac124e89a24c4222128950059f2a33ae08"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the sdist as a user's pip would, without network."""
    pytest.importorskip("build")
    pytest.importorskip("setuptools", "77")
    folder = tmp_path_factory.mktemp("dist")
    source = folder / "source"
    ignore = shutil.ignore_patterns(".git", ".check", "*.egg-info", "build", "dist", "__pycache__", "*.so")
    shutil.copytree(ROOT, source, ignore=ignore)
    run = subprocess.run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(source)],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         env=dict(os.environ, PURENET_BUILD="never"))
    assert run.returncode == 0, run.stdout[-2000:]
    (built,) = folder.glob("*.whl")
    return built


def run(*arguments, python=sys.executable, **options):
    done = subprocess.run([python, *arguments], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def train_from(where):
    return TRAIN.format(where=str(where))


def test_wheel_is_small_pure_and_complete(wheel):
    assert wheel.name.endswith("-py3-none-any.whl")
    assert wheel.stat().st_size < 450_000  # 100 KB of it are the golden vectors and the digits, 110 KB reading tables
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (metadata,) = [name for name in names if name.endswith("METADATA")]
        text = archive.read(metadata).decode()
    shipped = {str(path.relative_to(ROOT)) for path in (ROOT / "purenet").rglob("*.*")
               if path.suffix in (".py", ".typed", ".md", ".gz", ".json")}
    assert shipped <= names
    assert not [name for name in names if name.startswith(("tests", "tools", "csrc"))]
    assert [line for line in text.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line] == []


def test_wheel_runs_as_a_zip(wheel, tmp_path):
    assert run("-c", train_from(wheel), cwd=tmp_path) == DIGEST
    assert "digits for training" in run(
        "-c", f"import sys; sys.path.insert(0, {str(wheel)!r}); from purenet.cli.main import main\n"
              "sys.exit(main(['demo', 'digits', '--epochs', '1']))", cwd=tmp_path)


def test_wheel_verifies_as_a_zip(wheel, tmp_path):
    told = run("-c", f"import sys; sys.path.insert(0, {str(wheel)!r}); import purenet; print(purenet.verify())",
               cwd=tmp_path)
    assert "vectors      full, " in told and "\nthe same bits: " in told


def test_runs_from_a_folder_that_cannot_be_written(tmp_path):
    copy = tmp_path / "readonly"
    shutil.copytree(ROOT / "purenet", copy / "purenet", ignore=shutil.ignore_patterns("__pycache__"))
    for path in [*copy.rglob("*"), copy]:
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    try:
        before = sorted(copy.rglob("*"))
        assert run("-B", "-c", train_from(copy), cwd="/") == DIGEST
        assert sorted(copy.rglob("*")) == before  # root may write where it must not
    finally:
        for path in [copy, *copy.rglob("*")]:
            path.chmod(path.stat().st_mode | stat.S_IWUSR)


FLAGS = [["-I", "-S"], ["-OO"], ["-W", "error"], ["-I", "-S", "-OO", "-W", "error", "-X", "utf8"]]


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_runs_under_flags(flags, tmp_path):
    # without site-packages a built engine has no cffi, of which there would be a warning
    environment = dict(os.environ, PURENET_BACKEND="reference")
    code = "import os; os.environ['PURENET_BACKEND'] = 'reference'; "
    assert run(*flags, "-c", code + train_from(ROOT), cwd=tmp_path, env=environment) == DIGEST


@pytest.mark.once
@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS.keys())
def test_trains_to_one_digest_on_every_python(python, tmp_path):
    assert run("-c", train_from(ROOT), python=python, cwd=tmp_path) == DIGEST


def test_a_built_engine_that_cannot_be_loaded_is_named_in_a_warning(tmp_path):
    if sys.implementation.name != "cpython":
        pytest.skip("the engine is built for CPython")
    copy = tmp_path / "broken"
    shutil.copytree(ROOT / "purenet", copy / "purenet", ignore=shutil.ignore_patterns("__pycache__", "_twin*"))
    suffix = run("-c", "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))")
    (copy / "purenet" / "compiled" / f"_twin{suffix}").write_bytes(b"not a library")
    environment = {name: value for name, value in os.environ.items() if name != "PURENET_BACKEND"}
    done = subprocess.run([sys.executable, "-c", train_from(copy)], capture_output=True, text=True, cwd=tmp_path,
                          env=environment)
    assert done.stdout.strip() == DIGEST
    assert done.stderr.count("the compiled engine is built but cannot be loaded") == 1


def test_import_needs_nothing_heavy():
    heavy = {"numpy", "cffi", "hashlib", "json", "csv", "tempfile", "typing", "dataclasses", "argparse", "random"}
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import purenet; print(*sys.modules)"
    loaded = run("-I", "-S", "-c", code)
    assert not heavy & set(loaded.split())


def test_types_are_strict():
    pytest.importorskip("mypy")
    cache = ROOT / ".check" / "mypy"
    done = subprocess.run([sys.executable, "-m", "mypy", "--cache-dir", str(cache)], cwd=ROOT, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stdout


def test_micropython_imports_the_core_and_trains(tmp_path):
    micropython = Path(sys.executable).parent / "micropython"
    if not micropython.exists():
        pytest.skip("no micropython beside this Python")
    script = tmp_path / "train.py"
    script.write_text(train_from(ROOT))
    done = subprocess.run([str(micropython), "-X", "heapsize=1M", str(script)], capture_output=True, text=True)
    assert done.stdout.strip() == DIGEST, done.stdout + done.stderr


@pytest.mark.once
def test_no_file_grows_past_what_a_reader_can_hold():
    files = [path for folder in ("purenet", "tests", "tools") for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 30
    assert {path.name: lines for path in files for lines in [len(path.read_text().splitlines())] if lines > 400} == {}
    files = [path for path in files if path.parent.name != "faults"]  # kept as they were, as in ruff's configuration
    assert [path.name for path in files if max(map(len, path.read_text().splitlines() or [""])) > 120] == []
