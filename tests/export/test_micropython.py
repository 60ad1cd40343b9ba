"""The bundle for boards: what is in it, that nothing else is needed and nothing is too much, and how it runs."""
import ast
import io
import os
import struct
import subprocess
import sys
import tokenize
import zipfile
from pathlib import Path

import pytest

import purenet
from purenet.cli import main
from purenet.export import micropython as bundle
from tests.reference.test_allowed_operations import CORE, WithoutTypes
from tests.support.pythons import PYTHONS
from tools.micropython import heap as heaps

pytestmark = pytest.mark.once

PACKAGE = Path(purenet.__file__).parent
SOURCES = sorted(path for path in PACKAGE.rglob("*.py"))
IMPORTED = "import sys\nprint(*sorted([name for name in sys.modules if name[:7] == 'purenet']))"
DIGEST = "19e998d15d0752c56d511cdc85868fac124e89a24c4222128950059f2a33ae08"
EVERY_ROOM = [  # a training of what the article's network does without
    heaps.EARLY,
    "from purenet import Adam, AveragePool2D, BatchNorm, Conv2D, Dense, Dropout, MaxPool2D, Network, WarmUp",
    "from purenet.layers import Flatten\nfrom purenet.optimizers import Adagrad, RMSprop, Rprop",
    "from purenet.optimizers.schedules import ReduceOnPlateau",
    "from array import array\nfrom purenet import RandomState\nvalues = array('d', range(9))",
    "RandomState(1).shuffle(values)\nprint(list(values))",
    "net = Network((6, 5, 1), [Conv2D(3, 2, activation='relu'), MaxPool2D(2), AveragePool2D(2, 1), Dropout(0.2), "
    "BatchNorm(), Dense(2)], optimizer=Adam(WarmUp(0.01, 3)))",
    "x = [[[[(i + j + k) % 7 / 7] for j in range(5)] for k in range(6)] for i in range(4)]",
    "net.fit(x, [[0, 1], [1, 0], [0, 0], [1, 1]], epochs=2, batch_size=2)",
    "print(net.digest(), net.evaluate(x, [[0, 1], [1, 0], [0, 0], [1, 1]]) > 0)",
    "from purenet._core.memory import check_memory\ncheck_memory(9)",
]


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """A folder with a bundle and a model of the digits, and nothing else."""
    folder = tmp_path_factory.mktemp("board")
    heaps.make_board(folder)
    return folder


FILES = sorted("purenet/" + name for name in bundle.modules() + [name for name, _, _ in bundle.LEFT_OUT])


def files_of(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def name_of(module):
    """The name under which a file of the bundle is imported."""
    return ".".join(["purenet"] + [part for part in module[:-3].split("/") if part != "__init__"])


# what is in it -------------------------------------------------------------------------------------

def test_the_command_writes_the_bundle_and_replaces_an_earlier_one(tmp_path, capsys):
    out = tmp_path / "out"
    for _ in range(2):
        assert main.main(["bundle", "--micropython", str(out)]) == 0
        told = capsys.readouterr().out
        assert f"wrote {len(FILES)} files" in told and f"mpremote cp -r {out}/purenet :" in told
        assert files_of(out) == FILES
        (out / "purenet" / "old.py").write_text(bundle.MARK.format("0.0") + "\n")  # of an earlier version


@pytest.mark.parametrize("name", ["main.py", "purenet/mine.py", "purenet/notes.txt", ".hidden"])
def test_a_folder_that_holds_anything_else_is_refused_and_left_alone(name, tmp_path, capsys):
    bundle.write_bundle(str(tmp_path))
    (tmp_path / name).write_text("# mine\n")
    before = [(name, (tmp_path / name).read_bytes()) for name in files_of(tmp_path)]
    assert main.main(["bundle", "--micropython", str(tmp_path)]) == 1
    assert f"{tmp_path} holds {name}, which is not part of a bundle; name an empty folder" in capsys.readouterr().err
    assert [(name, (tmp_path / name).read_bytes()) for name in files_of(tmp_path)] == before


def test_the_package_itself_is_never_written_over(tmp_path, capsys, monkeypatch):
    for out in ("", str(Path(purenet.__file__).parent.parent)):
        before = Path(purenet.__file__).read_bytes()
        assert main.main(["bundle", "--micropython", out]) != 0
        assert "--micropython" in capsys.readouterr().err
        assert Path(purenet.__file__).read_bytes() == before


def test_nothing_is_removed_before_everything_is_known_to_be_a_bundles(tmp_path, capsys):
    out = tmp_path / "board"
    assert main.main(["bundle", "--micropython", str(out)]) == 0
    count = len(list(out.rglob("*.py")))
    (tmp_path / "elsewhere").mkdir()
    (out / "link").symlink_to(tmp_path / "elsewhere")
    assert main.main(["bundle", "--micropython", str(out)]) != 0
    (out / "link").unlink()
    (out / "mine").mkdir()
    assert main.main(["bundle", "--micropython", str(out)]) != 0
    assert len(list(out.rglob("*.py"))) == count and (out / "mine").is_dir()
    (out / "mine").rmdir()
    (out / "purenet" / "_core/plan.py").write_text("")  # as after an interrupt
    assert main.main(["bundle", "--micropython", str(out)]) == 0
    assert len(list(out.rglob("*.py"))) == count and (out / "purenet" / "_core/plan.py").stat().st_size


def test_a_file_in_the_folders_place_is_refused(tmp_path, capsys):
    (tmp_path / "out").write_text("")
    assert main.main(["bundle", "--micropython", str(tmp_path / "out")]) == 1
    assert "out exists and is not a folder" in capsys.readouterr().err


def test_the_folder_itself_may_be_a_link_but_links_in_it_are_not_followed(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "out")
    bundle.write_bundle(str(tmp_path / "link"))
    mine = tmp_path / "mine.py"
    mine.write_text(bundle.MARK.format("0.0"))
    (tmp_path / "out" / "purenet" / "mine.py").symlink_to(mine)
    with pytest.raises(ValueError, match="mine.py, which is not part of a bundle"):
        bundle.write_bundle(str(tmp_path / "link"))
    assert mine.exists()


def test_every_module_of_it_keeps_the_law_of_boards():
    assert set(bundle.modules()) - {"version.py"} <= set(CORE)


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS.keys())
def test_every_python_writes_the_same_bundle(python, board, tmp_path):
    subprocess.run([python, "-m", "purenet", "bundle", "--micropython", str(tmp_path)], cwd=PACKAGE.parent, check=True,
                   stdout=subprocess.DEVNULL)
    assert files_of(tmp_path) == FILES
    for name in files_of(tmp_path):
        assert (tmp_path / name).read_bytes() == (board / name).read_bytes(), name


def test_the_bundle_can_be_made_from_a_zip(board, tmp_path):
    with zipfile.ZipFile(tmp_path / "purenet.zip", "w") as archive:
        for path in SOURCES:
            archive.write(path, "purenet/" + path.relative_to(PACKAGE).as_posix())
    subprocess.run([sys.executable, "-m", "purenet", "bundle", "--micropython", "out"], cwd=tmp_path, check=True,
                   stdout=subprocess.DEVNULL, env=dict(os.environ, PYTHONPATH="purenet.zip"))
    assert files_of(tmp_path / "out") == FILES
    for name in files_of(tmp_path / "out"):
        assert (tmp_path / "out" / name).read_bytes() == (board / name).read_bytes(), name


# what is taken out ---------------------------------------------------------------------------------

class WithoutDocstrings(WithoutTypes):
    """The tree without annotations, docstrings, TYPE_CHECKING and what was only declared."""

    def visit_body(self, node):
        node = self.generic_visit(node)
        body = [other for other in node.body if not isinstance(other, ast.Pass)]
        if body and isinstance(body[0], ast.Expr) and isinstance(getattr(body[0].value, "value", None), str):
            body = body[1:]
        node.body = body or [ast.Pass()]
        return node

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.visit_body(node)

    visit_ClassDef = visit_Module = visit_body

    def visit_AnnAssign(self, node):
        if node.value is None:
            return ast.Pass()
        return ast.Assign(targets=[node.target], value=self.visit(node.value), type_comment=None)

    def visit_Assign(self, node):
        checkers = isinstance(node.targets[0], ast.Name) and node.targets[0].id == "TYPE_CHECKING"
        return ast.Pass() if checkers else self.generic_visit(node)


def dumped(source):
    return ast.dump(WithoutDocstrings().visit(ast.parse(source)))


def lines_of_statements(source):
    return [node.lineno for node in ast.walk(WithoutDocstrings().visit(ast.parse(source)))
            if isinstance(node, (ast.Return, ast.Raise, ast.Call))]


@pytest.mark.parametrize("path", SOURCES, ids=[path.relative_to(PACKAGE).as_posix() for path in SOURCES])
def test_a_stripped_module_computes_the_same_on_the_same_lines(path):
    source = path.read_bytes()
    bare = bundle.stripped(source)
    assert dumped(bare) == dumped(source)
    assert lines_of_statements(bare) == lines_of_statements(source)
    nodes = list(ast.walk(ast.parse(bare)))
    assert "TYPE_CHECKING" not in [getattr(node, "id", "") for node in nodes]
    assert not [node for node in nodes if getattr(node, "annotation", None) or getattr(node, "returns", None)]
    tokens = tokenize.tokenize(io.BytesIO(bare).readline)
    assert [token.start for token in tokens if token.type == tokenize.COMMENT] in ([(1, 0)], [])


def test_stripping_leaves_what_only_looks_like_a_comment_or_type():
    source = b'x = "# no comment"  # a comment\ndef f(a: "int" = 1, *b: "int") -> "int":\n    """Text."""\n' \
             b'if TYPE_CHECKING:\n    import a  # \xc3\xa9 within\ny: "int" = 2  # \xc3\xa9\ns = """\n# text\n"""\n'
    lines = bundle.stripped(source).split(b"\n")
    assert lines[:6] == [b'x = "# no comment"', b"def f(a = 1, *b) :", b"    pass", b"", b"", b"y = 2"]
    assert lines[6:] == [b's = """', b"# text", b'"""', b""]


# how it runs ---------------------------------------------------------------------------------------

def unix():
    if not heaps.find_unix():
        pytest.skip("no micropython beside this Python")
    return heaps.on_unix


def wasm():
    try:
        heaps.find_wasm()
    except OSError as reason:
        pytest.skip(str(reason))
    return heaps.on_wasm


@pytest.mark.parametrize("port", [unix, wasm], ids=["unix", "wasm"])
def test_every_file_of_the_bundle_is_imported_and_no_other_is_missing(port, board):
    run = port()
    pieces = heaps.train_pieces(1) + heaps.digits_pieces(1) + EVERY_ROOM + [IMPORTED]
    printed, errors = run(pieces, board, 4096)
    assert printed.split("\n")[-2].split() == sorted(name_of(module) for module in bundle.modules()), printed + errors


@pytest.mark.parametrize("port", [unix, wasm], ids=["unix", "wasm"])
def test_what_opens_later_gives_cpythons_bits(port, board):
    printed, errors = port()(EVERY_ROOM, board, 4096)
    assert printed == heaps.on_this_python(EVERY_ROOM, board), errors


def test_rooms_that_a_network_does_not_ask_for_stay_closed(board):
    closed = {"layers.convolution", "layers.pooling", "optimizers.adam", "optimizers.schedules.decay",
              "reference.convolution", "reference.pooling", "reference.dropout", "reference.normalisation"}
    assert closed <= {name_of(name)[8:] for name in bundle.modules()}
    for pieces in (heaps.train_pieces(1), heaps.digits_pieces(1)):
        imported = unix()([*pieces, IMPORTED], board, 2048)[0].split("\n")[-2].split()
        assert "purenet.reference.dense" in imported and not closed.intersection(name[8:] for name in imported)


# what is left out ----------------------------------------------------------------------------------

ASKED = [  # for each file that is left out: who asks for it
    ("training/callbacks.py", "from purenet import EarlyStopping"),
    ("verification/compare.py", "from purenet import compare"),
    ("data/__init__.py", "from purenet.data import load_digits"), ("metrics.py", "import purenet.metrics"),
    ("training/trainer.py", "net.fit([[1]], [1], validation_split=0.5)"),
    ("training/trainer.py", "net.fit([[1]], [1], resume=True)"),
    ("verification/gradients.py", "purenet.check_gradients"), ("inspection/drawing.py", "net.draw('net.svg')"),
    ("inspection/svg.py", "net.fit([[1]], [1]).plot('loss.svg')"), ("inspection/summary.py", "net.summary()"),
    ("table/__init__.py", "purenet.save([], 'm')"), ("inspection/trace.py", "net.trace([[1]], [1])"),
    ("training/progress.py", "net.fit([[1]], [1], progress=True)"),
    ("verification/verify.py", "purenet.verify(quick=True)"),
]


@pytest.mark.parametrize("port", [unix, wasm], ids=["unix", "wasm"])
def test_what_is_left_out_is_named_with_what_to_do_instead(port, board):
    pieces = ["import purenet\nimport purenet.model_files.network_format\nnet = purenet.Network(1, [purenet.Dense(1)])"]
    pieces += [f"try:\n    {asks}\n    print('nothing raised')\nexcept ImportError as error:\n    print(error)"
               for _, asks in ASKED * 2]  # and the second time
    printed, errors = port()(pieces, board, 2048)
    said = {name: f"{what}: not in this bundle for boards; {instead}" for name, what, instead in bundle.LEFT_OUT}
    assert printed.splitlines() == [said[name] for name, _ in ASKED * 2], errors
    assert {name for name, _ in ASKED} == set(said) and not [text for text in said.values() if ". " in text]


def test_every_file_that_is_left_out_is_there_and_asked_for():
    bundled, silent = bundle.modules(), [name for name, _ in bundle.LEFT_OUT_SILENTLY]
    told = [name for name, _, _ in bundle.LEFT_OUT]
    asked = {name for module in bundled for name in bundle.imported_by(module)}
    assert {"optimizers/adam.py", "training/trainer.py", "reference/engine.py", "reference/pooling.py"} <= asked
    left = {name for name in asked - set(bundled) if name.rpartition("/")[0] + "/__init__.py" not in told}
    assert left <= set(told + silent) and not set(told + silent) & set(bundled)
    assert set(silent) <= asked and len(set(told + silent)) == len(told + silent)
    assert all((PACKAGE / name).is_file() for name in bundled + told + silent)


def test_the_bundle_follows_imports_and_lazy_tables_but_not_what_is_for_type_checkers(monkeypatch):
    files = {"__init__.py": b"LAZY = (('a', 'One'),)\n", "a.py": b"def f():\n    from .room import b\n",
             "room/__init__.py": b"KINDS = (('two', 'c', 'Two'),)\nif TYPE_CHECKING:\n    from .d import D\n"
                                 b"try:\n    from .d import D\nexcept ImportError:\n    D = None\n",
             "room/b.py": b"from ..e import E\n", "room/c.py": b"", "room/d.py": b"", "e.py": b"from .f import F\n",
             "f.py": b""}
    monkeypatch.setattr("purenet.export.micropython._data", files.get)
    assert bundle.imported_by("a.py") == ["room/b.py"]
    assert bundle.imported_by("room/__init__.py") == ["room/c.py"]
    room = ["room/__init__.py", "room/b.py", "room/c.py"]
    assert bundle.reached_from(["__init__.py"], ["e.py"]) == ["__init__.py", "a.py"] + room
    assert bundle.reached_from(["__init__.py"], ["room/__init__.py"]) == ["__init__.py", "a.py"]
    assert bundle.reached_from(["e.py"], []) == ["__init__.py", "a.py", "e.py", "f.py"] + room
    for lost in ("e.py", "a.py"):
        monkeypatch.setattr("purenet.export.micropython._data", {**files, lost: None}.get)
        with pytest.raises(FileNotFoundError, match=f"purenet/{lost} is missing from this installation"):
            bundle.reached_from(["__init__.py"], [])


def test_a_file_that_is_missing_or_never_imported_would_be_noticed(board, tmp_path):
    run = unix()
    bundle.write_bundle(str(tmp_path))
    (tmp_path / "purenet" / "training/progress.py").write_text("")
    printed, errors = run(heaps.train_pieces(1) + [IMPORTED], tmp_path, 2048)
    assert "purenet.network" in printed and "purenet.training.progress" not in printed
    (tmp_path / "purenet" / "_core/messages.py").unlink()
    assert "purenet._core.messages" in "".join(run(heaps.train_pieces(1), tmp_path, 2048))


UNIX_HEAPS = {"train": 192, "digits": 310}  # the aim; measured and a tenth


@pytest.mark.parametrize("job", sorted(heaps.JOBS))
def test_the_unix_port_ends_in_cpythons_bits_within_the_measured_heap(job, board):
    run = unix()
    pieces = heaps.JOBS[job]()
    expected = heaps.on_this_python(pieces, board)
    assert DIGEST in expected or job == "digits"
    printed, errors = run(pieces, board, UNIX_HEAPS[job])
    assert printed == expected, errors
    printed, errors = run(pieces, board, 64)
    assert printed != expected and "MemoryError" in errors + printed


# This port collects no garbage while Python runs, so it needs more than the aims.
WASM_HEAPS = {"train": 363, "digits": 600}  # measured, and a tenth


@pytest.mark.parametrize("job", sorted(heaps.JOBS))
def test_the_webassembly_port_ends_in_cpythons_bits_within_the_measured_heap(job, board):
    run = wasm()
    pieces = heaps.JOBS[job]()
    expected = heaps.on_this_python(pieces, board)
    printed, errors = run(pieces, board, WASM_HEAPS[job])
    assert printed == expected, errors
    printed, errors = run(pieces, board, 128)
    assert printed != expected and "the heap has grown" in errors


def test_another_seed_or_model_gives_other_bits(board):
    run = unix()
    for job, old, new in (("train", "seed=1", "seed=2"), ("digits", "value / 16", "value / 15")):
        pieces = heaps.JOBS[job]()
        changed = [piece.replace(old, new) for piece in pieces]
        assert changed != pieces
        assert run(changed, board, 1024)[0] != heaps.on_this_python(pieces, board)


def test_smallest_heap_finds_the_boundary():
    def run(pieces, folder, heap):
        return ("yes" if heap >= 123 else "no", "")

    assert heaps.smallest_heap(run, [], None, "yes") == 123
    assert heaps.smallest_heap(run, [], None, "never") is None


# single precision ----------------------------------------------------------------------------------

class Single(float):
    """A number of a board whose floats have 32 bits."""

    def __radd__(self, other):
        return Single(rounded(other + float(self)))

    def __rtruediv__(self, other):
        return Single(rounded(other / float(self)))


def rounded(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def at_the_door(number):
    """What ``purenet/__init__.py`` does before anything else, where float() gives such numbers."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    first = tree.body[1]  # after the docstring
    assert isinstance(first, ast.If)
    exec(compile(ast.Module([first], []), "door", "exec"), {"float": number})


def test_single_precision_is_refused_in_one_sentence_that_names_boards_with_doubles():
    with pytest.raises(ImportError) as refused:
        at_the_door(Single)
    message = str(refused.value)
    assert message.startswith("purenet needs doubles, and this interpreter's floats have single precision; boards")
    assert ". " not in message and "\n" not in message
    assert "Teensy 4.0" in message and "i.MX RT1020" in message and "NUCLEO-H743ZI" in message and "DP" in message


def test_doubles_pass_the_door():
    at_the_door(float)
