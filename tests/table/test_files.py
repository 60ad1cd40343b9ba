"""Table models in files: the same bytes from both backends, inspected, made again, refused when they are not sound."""
import hashlib
import os
import re

import pytest

from purenet import Dense, ModelFileError, Network, backend, load, network
from purenet.backends import make_engine
from purenet.cli.main import main
from purenet.model_files.container import Tensor
from purenet.table import TableModel, train
from tests.support.model_files import file_of, parts
from tests.support.tables import QUICK, ROOT, answers, command, flowers, iris, shown, write_csv

BACKENDS = backend().available


@pytest.fixture
def data(tmp_path):
    return write_csv(tmp_path / "data.csv", flowers())


@pytest.fixture
def model(data, tmp_path):
    """A model in a file, the path of which it has as ``path``."""
    made = train(data, "kind", **QUICK)
    made.path = tmp_path / "model.safetensors"
    made.save(made.path)
    return made


# from one process and backend to another -----------------------------------------------------------

@pytest.mark.once
@pytest.mark.parametrize("target", ["species", "petal width (cm)"], ids=["classes", "numbers"])
def test_both_backends_write_the_same_file_and_predict_the_same_bytes_from_it(tmp_path, target):
    names, rows = iris()
    write_csv(tmp_path / "iris.csv", rows, names)
    files, outputs = [], []
    for name in BACKENDS:
        file = tmp_path / f"{name}.safetensors"
        command("train", "iris.csv", "--target", target, "--save", file, "--backend", name, "--epochs", "5",
                "--hidden", "8,4", cwd=tmp_path)
        files.append(file.read_bytes())
        for other in BACKENDS:
            more = ["--proba"] if target == "species" else []
            environment = dict(os.environ, PURENET_BACKEND=other)
            outputs.append(command("predict", file, "iris.csv", *more, cwd=tmp_path, environment=environment))
            assert load(file, backend=other).network.backend == other
    assert len(outputs[0][0].splitlines()) == 151 and outputs[0][1] == ""
    assert len(dict.fromkeys(files)) == len(dict.fromkeys(outputs)) == 1


@pytest.mark.parametrize("name", BACKENDS)
def test_predict_computes_on_the_backend_that_it_is_told(model, data, capsys, monkeypatch, name):
    asked = []
    monkeypatch.setattr(network, "make_engine", lambda *given: asked.append(given[0]) or make_engine(*given))
    assert main(["predict", str(model.path), str(data), "--backend", name]) == 0
    assert asked == [name] and len(capsys.readouterr().out.splitlines()) > 1


@pytest.mark.parametrize("name", BACKENDS)
def test_what_is_loaded_is_saved_as_the_same_bytes(model, data, tmp_path, name):
    again = load(model.path, backend=name)
    again.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == model.path.read_bytes()
    assert shown(again.to_file_parts()) == shown(model.to_file_parts()) and answers(again, data) == answers(model, data)
    assert again.network._engine.state().digest() == model.network.digest()


def test_a_model_replaces_the_file_it_came_from(model, data):
    load(model.path).save(model.path)
    assert answers(load(model.path), data) == answers(model, data)


# inspect, and made again ---------------------------------------------------------------------------

def test_inspect_shows_how_a_model_was_made(model):
    out, err = command("inspect", model.path)
    lines = [line.split(None, 1) for line in out.splitlines()]
    for name, text in [("seed", "0"), ("hidden", "[4]"), ("epochs", "3"), ("batch_size", "32"), ("rows", "90"),
                       ("missing", "impute"), ("predicts", "kind: low, tall"),
                       ("columns", "a, b, colour (3 texts), size"),
                       ("data_sha256", model.provenance("data_sha256")), ("digest", model.network.digest())]:
        assert [name, text] in lines
    for text in ("learning rate  0.01\n", "momentum       0.9\n", "validation split 0.1\n",
                 "\ntable      trained by purenet.table.train", "recipe     2, the ver",
                 "reduction mean (the default of this loss)\n", "init       'glorot_uniform', seed 0\n",
                 "\ntensors    name, type, shape\n  settings "):
        assert text in out
    assert err == ""


@pytest.mark.full
@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("options", [
    ["--target", "kind"], ["--target", "size"], ["--target", "size", "--task", "classification", "--text", "b"],
    ["--target", "colour", "--missing", "impute", "--no-header", "--delimiter", ";", "--decimal", ","],
], ids=["classes", "numbers", "asked for", "in another form"])
def test_a_model_is_made_again_from_what_its_file_says(tmp_path, name, options):
    rows = [[*row[:4], repr(round(float(row[4])) % 7)] for row in flowers()]
    for row in rows:
        row[1] = repr(round(float(row[1])))
    form = {}
    if "--no-header" in options:
        rows[3][0], form = "", {"delimiter": ";"}
        rows = [[cell.replace(".", ",") for cell in row] for row in rows]
        options = ["3" if option == "colour" else option for option in options]
    path = tmp_path / "data.csv"
    write_csv(path, rows[1:] if form else rows, **({"names": rows[0]} if form else {}), **form)
    model = tmp_path / "model.safetensors"
    command("train", path, "--save", model, "--epochs", "3", "--hidden", "4", "--seed", "5", *options)
    out, _ = command("inspect", model, "--reproduce", path, "--backend", name)
    assert out == f"identical: SHA-256 of the weights {load(model).network.digest()}\n"


def test_what_is_not_made_again_is_named(model, data, tmp_path):
    def told(path, words):
        out, _ = command("inspect", path, "--reproduce", data, status=1)
        assert out.startswith("different: ") and words in out and out.count("\n") == 1

    other = tmp_path / "other.safetensors"
    changed = load(model.path)
    changed.inputs.inputs[1].scale *= 2.0
    changed.save(other)
    told(other, "the numbers of table.scales")
    for place, value in ((13, 4), (10, 7)):
        changed = load(model.path)
        name, kept = changed.made[place]
        changed.made[place][1] = value
        changed.save(other)
        told(other, f"{name} is {kept} instead of {value}")
    changed = load(model.path)
    changed.made[2][1] = 1
    changed.save(other)
    told(other, "other weights")
    rows = flowers()
    rows[7][0] = repr(float(rows[7][0]) + 1e-9)
    write_csv(data, rows)
    told(model.path, "other data")


def test_a_file_that_does_not_say_how_it_was_made_cannot_be_made_again(model, data, tmp_path):
    model.made = []
    model.save(model.path)
    assert "does not say how it was made" in command("inspect", model.path, "--reproduce", data, status=1)[1]
    Network(2, [Dense(1)]).save(model.path)
    assert "not trained by train --save" in command("inspect", model.path, "--reproduce", data, status=1)[1]


def test_the_description_shows_the_bytes_of_its_example(tmp_path, monkeypatch):
    text = (ROOT / "docs" / "model-file.md").read_text(encoding="utf-8")
    _, code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "model-file.md", "exec"), {"__name__": "example"})
    whole = (tmp_path / "table.safetensors").read_bytes()
    assert f"has {len(whole):,} bytes" in text and f"`{hashlib.sha256(whole).hexdigest()}`" in text
    (lines,) = re.findall(r"```table\n(.*?)```", text, re.DOTALL)
    (begin,) = re.findall(r"`table`, from byte (\d+) on", text)
    assert whole[int(begin):].startswith(lines.replace("\n", "").replace('"', '\\"').encode() + b'"')
    ((begin, digits),) = re.findall(r"```table-bytes (\d+)\n(.*?)```", text, re.DOTALL)
    assert whole[int(begin):] == bytes.fromhex(digits)
    assert command("inspect", "table.safetensors", "--reproduce", "data.csv")[0].startswith("identical")


# the parts of a file -------------------------------------------------------------------------------

def floats_in(words):
    return isinstance(words, float) or isinstance(words, list) and any(map(floats_in, words))


@pytest.mark.parametrize("target", ["kind", "size"])
def test_the_parts_of_a_file_bring_the_model_back(data, target):
    model = train(data, target, **QUICK)
    words, tensors = model.to_file_parts()
    assert not floats_in(words)
    again = TableModel.from_file_parts(model.network, words, tensors)
    assert shown(again.to_file_parts()) == shown(model.to_file_parts()) and answers(again, data) == answers(model, data)


def test_parts_that_do_not_belong_together_are_refused(model):
    words, tensors = model.to_file_parts()
    for k in range(len(words)):
        for wrong in (None, 7, [["x"]], "y", ["a", "a"], [None], (("a", 1),)):
            changed = [[name, wrong if j == k else value] for j, (name, value) in enumerate(words)]
            if (words[k][0], wrong) not in (("target", "y"), ("left_out", [["x"]])) and not (
                    words[k][0] == "notes" and wrong == ["a", "a"]):
                with pytest.raises(ValueError, match=f"^{words[k][0]} cannot be "):
                    TableModel.from_file_parts(model.network, changed, tensors)
    for k, (name, value) in enumerate(model.made):
        wrong = [[name, 1.5], [name, [value]], [name + "s", value], [name, value, value], name]
        nullable = ("class_weight", "delimiter", "header", "decimal", "encoding")
        for pair in wrong + [[name, None]] * (name not in nullable):
            changed = words[:-1] + [["made", model.made[:k] + [pair] + model.made[k + 1:]]]
            with pytest.raises(ValueError, match="^made"):
                TableModel.from_file_parts(model.network, changed, tensors)
    scales = [Tensor("table.scales", dtype, (len(values),), values) for dtype, values in (
        ("F64", [1.0, 0.0, 1.0]), ("F64", [1.0, 1.0]), ("I64", [1, 1, 1]))]
    for changed in (tensors[1:], tensors + tensors[:1], tensors[::-1], *([*tensors[:-1], one] for one in scales)):
        with pytest.raises(ValueError, match="^the table's tensors cannot be |^scales cannot be "):
            TableModel.from_file_parts(model.network, words, changed)


DAMAGED = [
    ("[\\\"table\\\",", "[\\\"tabel\\\",", "of no kind that this purenet knows"),
    ("\\\"missing\\\",\\\"impute\\\"", "\\\"missing\\\",\\\"accept\\\"", "missing cannot be 'accept'"),
    ("[\\\"low\\\",\\\"tall\\\"]", "[\\\"low\\\",\\\"low\\\"]", "labels cannot be "),
    ("[\\\"low\\\",\\\"tall\\\"]", "[\\\"low\\\"]", "the outputs cannot be "),
    ("[\\\"low\\\",\\\"tall\\\"]", "[]", "form cannot be ['text']"),
    ("[\\\"recipe\\\",2]", "[\\\"recipe\\\",3]", "recipe cannot be 3"),
    ("[\\\"recipe\\\",2]", "[\\\"recipe\\\",true]", "recipe cannot be True"),
    ("[\\\"low\\\",\\\"tall\\\"]", "[1,2]", "labels cannot be "),
    ("\\\"blue\\\",", "", "the network's inputs cannot be "),
    ("[\\\"a\\\",\\\"number\\\",", "[\\\"b\\\",\\\"number\\\",",
     "the names of inputs and target cannot be ['b', 'b', "),
    ("[\\\"a\\\",\\\"number\\\",", "[\\\"a\\\",\\\"digits\\\",", "inputs cannot be ['a', 'digits', "),
    ("[\\\"batch_size\\\",32]", "[\\\"batch_size\\\",true]", "made: batch_size cannot be True"),
    ("\\\"batch_size\\\"", "\\\"batchsize\\\"", "made"),
    ("\"table.means\"", "\"table.moans\"", "the table's tensors cannot be [('table.moans', "),
    ("\"table.means\"", "\"tuble.means\"", "the table's tensors are not the last ones"),
    ("\"table.hyperparameters\"", "\"stable.hyperparameter\"", "is not one of the network's"),
]


@pytest.mark.parametrize("old, new, words", DAMAGED, ids=[f"{k} {words}" for k, (*_, words) in enumerate(DAMAGED)])
def test_a_file_with_an_unsound_table_is_refused(model, data, old, new, words, capsys):
    header, numbers = parts(model.path.read_bytes())
    assert header.count(old) == 1
    model.path.write_bytes(file_of(header.replace(old, new), numbers))
    with pytest.raises(ModelFileError, match=re.escape(words)):
        load(model.path)
    assert main(["predict", str(model.path), data]) == 1
    shown_to_user = capsys.readouterr()
    assert words in shown_to_user.err and shown_to_user.err.count("\n") == 1 and shown_to_user.out == ""


def test_a_file_with_an_unsound_number_in_its_table_is_refused(model):
    header, numbers = parts(model.path.read_bytes())
    for bad, words in ((b"\0" * 8, "scales cannot be "), (b"\0" * 6 + b"\xf0\x7f", "not a finite number"),
                       (b"\0" * 6 + b"\xf0\xbf", "scales cannot be ")):
        model.path.write_bytes(file_of(header, numbers[:-8] + bad))
        with pytest.raises(ModelFileError, match=words):
            load(model.path)


def test_every_flipped_byte_in_the_words_of_a_table_is_refused(model):
    whole = model.path.read_bytes()
    begin, end = whole.index(b"\"table\":"), whole.index(b"\"made.version\"")
    assert end - begin > 500
    for at in range(begin, end, 7):
        model.path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        with pytest.raises(ModelFileError):
            load(model.path)


def test_more_categories_than_a_file_has_room_for_are_refused_before_training(tmp_path):
    rows = [[f"{k % 1000:0500}", f"{k % 999:0500}", "ab"[k % 2]] for k in range(3000)]
    path = write_csv(tmp_path / "data.csv", rows, ("wide", "narrow", "y"))
    with pytest.raises(ValueError, match="too many categories: .* column 'wide' .[0-9]+ different texts.*--ignore"):
        train(path, "y", text=["wide", "narrow"], progress=pytest.fail, **QUICK)
    train(path, "y", text=["wide"], ignore=["narrow"], epochs=1, hidden=[1]).save(tmp_path / "model")
    assert load(tmp_path / "model").labels == ["a", "b"]
