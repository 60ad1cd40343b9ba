"""The container: what is written can be read, by others too, and whatever is not sound is refused in one way."""
import ast
import hashlib
import io
import json
import math
import os
import re
import struct
from pathlib import Path

import pytest

import purenet
from purenet import ModelFileError, load, save
from purenet.model_files import container
from purenet.model_files.container import Tensor
from purenet.model_files.strict_json import MAX_DEPTH, from_json, to_json
from purenet.model_files.writer import write
from tests.support.model_files import AT, content, file_of, is_written_again, parts, repaired, small_file, small_network

PACKAGE = Path(purenet.__file__).parent
VALUES = [0.1, -0.0, 5e-324, -1.7976931348623157e308, 2.5, 1 / 3]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


# round trips ---------------------------------------------------------------------------------------

def some_tensors():
    return [
        Tensor("a", "F64", (2, 3), VALUES), Tensor('ü "\\\n', "I64", (3,), [-(1 << 63), 0, (1 << 63) - 1]),
        Tensor("c", "U32", (1, 2, 1), [0, (1 << 32) - 1]), Tensor("long", "F64", (5000,), [k / 7 for k in range(5000)]),
    ]


def test_what_is_written_is_read(path):
    metadata = [("b", 'Ünï\u2028 \x00\x1f\x7f\b\f\n\r\t/"\\ 😀'), ("a", "")]
    write(path, metadata, some_tensors())
    found, tensors = content(path)
    assert found == metadata
    for tensor, wanted in zip(tensors, some_tensors()):
        assert (tensor.name, tensor.dtype, tensor.shape) == (wanted.name, wanted.dtype, wanted.shape)
        assert list(map(repr, tensor.values)) == list(map(repr, wanted.values))
    assert len(tensors) == 4
    assert [tensor.values for tensor in content(path, ())[1]] == [[]] * 4
    assert [len(tensor.values) for tensor in content(path, ("c",))[1]] == [0, 0, 2, 0]


def test_the_safetensors_package_reads_it(path):
    safetensors = pytest.importorskip("safetensors")
    numpy = pytest.importorskip("numpy")
    metadata = [("b", 'Ünï \x01\n"\\'), ("a", "")]
    write(path, metadata, some_tensors())
    with safetensors.safe_open(path, "numpy") as file:
        assert {key: text for key, text in file.metadata().items() if key != "checksum"} == dict(metadata)
        assert sorted(file.keys()) == sorted(tensor.name for tensor in some_tensors())
        for tensor in some_tensors():
            array = file.get_tensor(tensor.name)
            kind = {"F64": "<f8", "I64": "<i8", "U32": "<u4"}[tensor.dtype]
            assert array.tobytes() == numpy.array(tensor.values, kind).reshape(tensor.shape).tobytes()
            assert array.shape == tensor.shape


def test_doubles_lie_at_multiples_of_eight(path):
    data = small_file(path)
    assert (len(data) - len(parts(data)[1])) % 8 == 0


def test_the_header_is_json_as_python_writes_it():
    for text in ["", 'Ünï\u2028/"\\ 😀', "".join(map(chr, range(160)))]:
        assert to_json(text) == json.dumps(text, ensure_ascii=False)
        assert from_json(to_json(text).encode()) == text
    value = [None, True, False, 0, -1, (1 << 63) - 1, -(1 << 63), [], [[]], "x"]
    assert to_json(value) == json.dumps(value, separators=(",", ":"))
    assert from_json(to_json(value).encode()) == value
    assert from_json(b"{\"b\":{},\"a\":[{}]}") == (("b", ()), ("a", [()]))


@pytest.mark.parametrize("value, error", [
    (0.5, TypeError), (math.nan, TypeError), ([1, {2: 3}], TypeError), (b"x", TypeError), (1 << 63, ValueError),
])
def test_other_values_are_not_written(value, error):
    with pytest.raises(error):
        to_json(value)


@pytest.mark.parametrize("metadata, tensors, words", [
    ([("a", 1)], [], "pairs of text"),
    ([("a", "1"), ("a", "2")], [], "twice"),
    ([("checksum", "1")], [], "twice"),
    ([("a", "\ud800")], [], "surrogate"),
    ([], [Tensor("x", "F64", (1,), [1.0]), Tensor("x", "F64", (1,), [1.0])], "twice"),
    ([], [Tensor("__metadata__", "F64", (1,), [1.0])], "twice"),
    ([], [Tensor(1, "F64", (1,), [1.0])], "names are text"),
    ([], [Tensor("x", "F32", (1,), [1.0])], "F32"),
    ([], [Tensor("x", "F64", (0,), [])], "shape"),
    ([], [Tensor("x", "F64", (), [1.0])], "shape"),
    ([], [Tensor("x", "F64", (2,), [1.0])], "do not agree"),
    ([], [Tensor("x", "F64", (2,), [1.0, math.inf])], "number 1 is inf"),
    ([], [Tensor("x", "F64", (2,), [math.nan, 1.0])], "number 0 is nan"),
    ([], [Tensor("x", "U32", (1,), [-1])], "not one of U32"),
    ([], [Tensor("x", "I64", (1,), [0.5])], "not one of I64"),
    ([("a", "x" * (1 << 20))], [], "has room for 1048576"),
])
def test_what_could_not_be_read_is_not_written(metadata, tensors, words, path):
    with pytest.raises((TypeError, ValueError), match=words):
        write(path, metadata, tensors)
    assert list(path.parent.iterdir()) == []


# the checklist: each item is one error of one kind -------------------------------------------------
# A change is made to the header's text; length, filling and checksum are made right again.

def changed(old, new):
    def change(header, data):
        assert old in header
        return file_of(header.replace(old, new, 1), data)
    return change


def number_changed(name, value, dtype="d"):
    """A number of a tensor of the small file becomes another."""
    def change(header, data):
        begin, _ = json.loads(header)[name]["data_offsets"]
        return file_of(header, data[:begin] + struct.pack("<" + dtype, value) + data[begin + struct.calcsize(dtype):])
    return change


def shortened_tensor(header, data):
    """The last tensor says it has a number less, and so do the data."""
    return file_of(header.replace('"shape":[624]', '"shape":[623]').replace("2592]", "2588]"), data[:-4])


def one_more(header, data):
    offsets = f"{len(data)},{len(data) + 4}"
    return file_of(header[:-1] + ',"x":{"dtype":"U32","shape":[1],"data_offsets":[' + offsets + "]}}", data + bytes(4))


CHECKLIST = {
    "an empty file": (lambda header, data: b"", "0 bytes are too few"),
    "a header length that is cut off": (lambda header, data: b"\x08\0\0", "3 bytes are too few"),
    "a header length beyond the limit": (
        lambda header, data: struct.pack("<Q", 1 << 40) + data, "no model file, or its header is longer"),
    "a header length beyond the file": (lambda header, data: struct.pack("<Q", 5000) + data[:1000], "cut off"),
    "a header that is not filled up": (
        lambda header, data: repaired(struct.pack("<Q", len(header.encode())) + header.encode() + data),
        "multiple of 8"),
    "a header filled up too far": (lambda header, data: file_of(header + 9 * " ", data), "multiple of 8"),
    "another's safetensors": (lambda header, data: file_of('{"x":{"dtype":"F64"}}', data), "model file of purenet"),
    "a header that is no JSON": (changed('},"0.w', '};"0.w'), "expected , or }"),
    "a header that goes on": (lambda header, data: file_of(header + "{}", data), "something follows"),
    "white space": (changed('"shape":[', '"shape": ['), "expected text, a whole number"),
    "a line break": (changed('"shape":[', '"shape":\n['), "control characters"),
    "bytes that are not UTF-8": (
        lambda header, data: file_of(header.encode().replace(b"\xc3\xbc", b"\xc3\x28"), data), "not UTF-8"),
    "a coded surrogate": (
        lambda header, data: file_of(header.encode().replace(b"\xc3\xbc", b"\xed\xa0\x80"), data), "not UTF-8"),
    "an escape that need not be": (changed("ü", "\\u00fc"), "no escape of a model file"),
    "a long escape where there is a short one": (changed('\\n"}', '\\u000a"}'), "no escape of a model file"),
    "half a surrogate pair": (changed("ü", "\\ud800"), "no escape of a model file"),
    "deep nesting": (changed('"shape":[1]', '"shape":' + "[" * 10000 + "]" * 10000), "more than 8 arrays"),
    "deep nesting in the words": (changed("[[", "[" * 300), "more than 8 arrays"),
    "a tensor that stands twice": (changed('"1.weights":', '"0.weights":'), "occurs twice"),
    "a key that stands twice": (changed('"shape":[1]', '"dtype":"F64"'), "occurs twice"),
    "metadata that stand twice": (changed('"made.data"', '"made.version"'), "occurs twice"),
    "NaN": (changed('"shape":[1]', '"shape":[NaN]'), "expected text, a whole number"),
    "Infinity": (changed('"shape":[1]', '"shape":[Infinity]'), "expected text, a whole number"),
    "a fraction": (changed('"shape":[1]', '"shape":[1.0]'), "expected text, a whole number"),
    "an exponent": (changed('"shape":[1]', '"shape":[1e400]'), "expected text, a whole number"),
    "a leading zero": (changed('"shape":[1]', '"shape":[01]'), "expected text, a whole number"),
    "a number of 5,000 digits": (changed('"shape":[1]', '"shape":[' + "9" * 5000 + "]"), "more than 64 bits"),
    "a number of 65 bits": (changed('"shape":[1]', '"shape":[18446744073709551616]'), "more than 64 bits"),
    "a boolean size": (changed('"shape":[1]', '"shape":[true]'), "shape [True] is not"),
    "a boolean offset": (changed('"data_offsets":[0,', '"data_offsets":[false,'), "two whole numbers"),
    "a boolean in the words": (changed('[\\"units\\",1]', '[\\"units\\",true]'), "units: expected a whole number"),
    "a number for a boolean": (changed('[\\"bias\\",true]', '[\\"bias\\",1]'),
                               "the settings of dense are not in the form that this purenet writes"),
    "a size of 0": (changed('"shape":[1]', '"shape":[0]'), "shape [0] is not"),
    "a size below 0": (changed('"shape":[1]', '"shape":[-1]'), "shape [-1] is not"),
    "a huge size": (changed('"shape":[1]', '"shape":[16777217]'), "shape [16777217] is not"),
    "huge sizes": (changed('"shape":[1]', '"shape":[16777216,16777216]'), "takes 2251799813685248 bytes, not 8"),
    "no sizes": (changed('"shape":[1]', '"shape":[]'), "shape [] is not"),
    "too many sizes": (changed('"shape":[1]', '"shape":[1,1,1,1,1,1,1,1,1]'), "shape [1, 1, 1"),
    "a shape that is no list": (changed('"shape":[1]', '"shape":1'), "shape None is not"),
    "a shape that does not fit its bytes": (changed('"shape":[2,1]', '"shape":[3,1]'), "takes 24 bytes, not 16"),
    "a shape that does not fit the network": (changed('"shape":[2,1]', '"shape":[1,2]'), "shape (2, 1), next; got"),
    "an unknown dtype": (changed('"F64"', '"F32"'), "is not F64, U32 or I64"),
    "a dtype that is no text": (changed('"F64"', "[64]"), "is not F64, U32 or I64"),
    "a dtype that does not fit": (changed('{"dtype":"F64","shape":[1]', '{"dtype":"I64","shape":[1]'),
                                  "F64 of shape (1,), next; got"),
    "an unknown key of a tensor": (changed('"data_offsets"', '"offsets"'),
                                "expected exactly dtype, shape and data_offsets"),
    "a tensor that is no object": (changed('"1.weights":{', '"x":1,"1.weights":{'),
                                   "expected exactly dtype, shape and data_offsets"),
    "a hole": (changed("[32,48]", "[40,56]"), "a hole"),
    "an overlap": (changed("[32,48]", "[24,40]"), "an overlap"),
    "offsets backwards": (changed("[32,48]", "[32,16]"), "takes 16 bytes, not -16"),
    "three offsets": (changed("[32,48]", "[32,48,64]"), "two whole numbers"),
    "bytes behind the last tensor": (lambda header, data: file_of(header, data + b"\0"), "1 bytes follow"),
    "data that are cut off": (lambda header, data: file_of(header, data[:-1]), "cut off"),
    "a weight that is not a number": (number_changed("0.weights", math.nan), "number 0 is nan, not a finite"),
    "an infinite bias": (number_changed("0.bias", -math.inf), "number 0 is -inf, not a finite"),
    "an infinite optimizer number": (number_changed("0.bias.optimizer.0", math.inf), "number 0 is inf"),
    "an infinite learning rate": (number_changed("settings", math.inf), "number 0 is inf"),
    "another weight": (number_changed("0.weights", 0.5), "digest of the parameters is not"),
    "a learning rate below 0": (number_changed("settings", -0.5), "learning_rate: expected a finite number"),
    "metadata that are no text": (changed('"arithmetic":"1"', '"arithmetic":1'), "'arithmetic' is not text"),
    "unknown metadata": (changed('"made.data"', '"data"'), "the metadata 'data' is not known"),
    "missing metadata": (changed('"digest"', '"Digest"'), "expected the metadata format, arithmetic, digest"),
    "another format": (changed("purenet model 1", "purenet model 2"), "the format is 'purenet model 2'"),
    "another arithmetic": (changed('"arithmetic":"1"', '"arithmetic":"2"'), "made with arithmetic '2'"),
    "words that are no JSON": (changed('"purenet":"[[', '"purenet":"[('), "'purenet' is not valid"),
    "an unknown word": (changed('[\\"seed\\",', '[\\"seeds\\",'), "the network: expected [key, value]"),
    "an unknown kind of layer": (changed('\\"dense\\"', '\\"os.system\\"'), "layer 0: kind: 'os.system' is not known"),
    "an unknown activation": (changed('\\"leaky_relu\\"', '\\"eval\\"'), "activation: 'eval' is not known"),
    "an unknown loss": (changed('\\"huber\\"', '\\"hubert\\"'), "loss: 'hubert' is not known"),
    "an unknown optimizer": (changed('\\"sgd\\"', '\\"lion\\"'), "the optimizer: kind: 'lion' is not known"),
    "an unknown initialiser": (changed('\\"randn\\"', '\\"rnd\\"'), "init: 'rnd' is not known"),
    "an unknown reduction": (changed('[\\"reduction\\",null]', '[\\"reduction\\",\\"x\\"]'), "'x' is not known"),
    "unknown numbers": (changed("binary64", "binary32"), "numbers: 'binary32' is not known"),
    "an unknown tensor": (changed('"1.weights":', '"1.wieghts":'), "got '1.wieghts'"),
    "a tensor of no table": (changed('"1.weights":', '"table.x":'), "belongs to nothing"),
    "a tensor too many": (one_more, "tensor 'x' is not one of the network's"),
    "a missing tensor": (shortened_tensor, "stream, U32 of shape (624,), next; got"),
    "an unknown table": (changed('"made.v', '"table":"[\\"os\\",1]","made.v'), "of no kind that this purenet"),
    "a seed beyond 32 bits": (changed('[\\"seed\\",7]', '[\\"seed\\",4294967296]'), "seed: expected a whole"),
    "a place beyond the stream": (changed('[\\"stream\\",[', '[\\"stream\\",[9'), "stream: expected a whole"),
    "a position below 0": (changed('[\\"position\\",[2', '[\\"position\\",[-2'), "position: expected a whole"),
    "a layer too many": (changed('[\\"layers\\",[', '[\\"layers\\",['
                                 '[[\\"kind\\",\\"dense\\"],[\\"units\\",16777216],'
                                 '[\\"activation\\",\\"tanh\\"],[\\"bias\\",true],[\\"init\\",null]],'),
                         "the tensor 0.weights, F64 of shape (2, 16777216), next"),
    "no layers": (lambda header, data: file_of(re.sub(r"\[\[\[.*?null\]\]\]", "[]", header), data),
                  "1 numbers too many"),
    "fewer settings": (changed('\\"linear\\"', '\\"leaky_relu\\"'), "fewer numbers than"),
    "more settings": (changed('\\"leaky_relu\\"', '\\"relu\\"'), "1 numbers too many"),
    "a loss that does not fit": (changed('\\"huber\\"', '\\"binary_cross_entropy\\"'), "1 numbers too many"),
    "a checksum that is none": (
        lambda header, data: file_of(header, data)[:AT] + b"G" * 64 + file_of(header, data)[AT + 64:], "checksum"),
    "a checksum that is too long": (changed('","format"', '0","format"'), "does not have 64 digits"),
}


@pytest.mark.parametrize("what", CHECKLIST)
def test_an_unsound_file_is_refused(what, path):
    header, data = parts(small_file(path))
    assert file_of(header, data) == path.read_bytes()
    change, words = CHECKLIST[what]
    path.write_bytes(change(header, data))
    with pytest.raises(ModelFileError, match=re.escape(words)) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert len(str(caught.value)) < len(str(path)) + 400 and "\n" not in str(caught.value)


def test_a_damaged_file_is_known_by_its_checksum(path):
    data = small_file(path)
    path.write_bytes(data.replace(b"made.data", b"made.date"))
    with pytest.raises(ModelFileError, match="checksum does not match"):
        load(path)
    path.write_bytes(repaired(path.read_bytes()))
    assert load(path).metadata[1] == ("date", 'ü"\n')


def test_a_name_from_a_file_cannot_fill_the_screen(path):
    header, data = parts(small_file(path))
    path.write_bytes(file_of(header.replace('"1.weights"', '"' + "x" * 5000 + '"'), data))
    with pytest.raises(ModelFileError) as caught:
        load(path)
    assert len(str(caught.value)) < len(str(path)) + 300


def test_words_are_nested_as_deep_as_is_allowed_and_no_deeper():
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert to_json(from_json(deepest)).encode() == deepest
    with pytest.raises(ModelFileError, match="more than 8"):
        from_json(b"[" + deepest + b"]")


# every flip and every cut --------------------------------------------------------------------------

def flipped(data, place, bit):
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1:]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return small_file(tmp_path_factory.mktemp("sound") / "model")


@pytest.fixture
def is_refused(monkeypatch):
    """Whether bytes are refused as a model file; they pass through memory, for there are many."""
    def refused(data):
        monkeypatch.setattr(container, "open", lambda path, mode: io.BytesIO(data), raising=False)
        try:
            load("model", backend="reference")
        except ModelFileError:
            return True
        return False

    return refused


def test_every_flipped_bit_is_refused(sound, is_refused):
    assert not is_refused(sound)
    for place in range(len(sound)):
        for bit in range(8):
            assert is_refused(flipped(sound, place, bit)), (place, bit)


def test_every_cut_is_refused(sound, is_refused):
    for length in range(len(sound)):
        assert is_refused(sound[:length]), length


def test_a_flipped_bit_under_a_right_checksum_is_refused_or_written_again_byte_for_byte(
        sound, path, tmp_path, monkeypatch):
    """The checksum is no signature: what it would have caught must be harmless too."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    stream = len(sound) - 2496  # its words are all alike: 20 of them will do
    refused = again = 0
    for place in [*range(AT), *range(AT + 64, stream + 80)]:
        path.write_bytes(repaired(flipped(sound, place, place * 3 % 8)))
        try:
            assert is_written_again(path, tmp_path / "again")
            again += 1
        except ModelFileError:
            refused += 1
    assert refused > 800 and again > 100


# the description -----------------------------------------------------------------------------------

def test_the_files_description_shows_the_bytes_of_its_example(path, monkeypatch):
    text = (PACKAGE.parent / "docs" / "model-file.md").read_text(encoding="utf-8")
    code, _ = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(path.parent)
    exec(compile(code, "model-file.md", "exec"), {"__name__": "example"})
    data = path.read_bytes()
    assert load(path).predict([[4.0]]) == [[1.0]] and "# [[1.0]]" in code
    shown = re.findall(r"```bytes (\d+)\n(.*?)```", text, re.DOTALL)
    assert [begin for begin, _ in shown] == ["0", str(8 + data[0] + 256 * data[1])]
    for begin, digits in shown:
        assert data[int(begin):].startswith(bytes.fromhex(digits))
    (lines,) = re.findall(r"```header\n(.*?)```", text, re.DOTALL)
    header, numbers = parts(data)
    assert lines.replace("\n", "") == header
    assert f"has {len(data):,} bytes" in text and f"`{hashlib.sha256(data).hexdigest()}`" in text
    assert f"here {len(data) - 8 - len(numbers)} |" in text.replace("number; here", "here")
    assert f"here {len(numbers)} bytes" in text
    assert f"here {len(header)} characters and {len(data) - 8 - len(numbers) - len(header)} spaces" in text
    assert json.loads(header)["__metadata__"]["checksum"] == data[37:101].decode()


# what loading never does ---------------------------------------------------------------------------

LOADING = ["saving.py", "table/model.py", "table/encoder.py"]
LOADING += [f"model_files/{name}.py" for name in (
    "container", "strict_json", "network_format", "training_format", "table_format", "describe")]
NEVER = {"pickle", "marshal", "shelve", "ctypes", "importlib", "subprocess", "runpy", "eval", "exec", "compile",
         "__import__", "getattr", "setattr", "globals", "vars", "import_module", "system", "popen", "loads"}


def names_of(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from [part for alias in node.names for part in alias.name.split(".")]
            yield from (getattr(node, "module", None) or "").split(".")


@pytest.mark.parametrize("name", LOADING)
def test_no_loader_runs_or_imports_by_name(name):
    assert NEVER.isdisjoint(names_of((PACKAGE / name).read_text(encoding="utf-8")))


def test_no_module_of_the_package_unpickles():
    for file in PACKAGE.rglob("*.py"):
        assert {"pickle", "marshal", "shelve", "dill", "joblib"}.isdisjoint(names_of(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("planted", ["import pickle", "from pickle import loads", "x = eval('1')", "__import__('os')",
                                     "import importlib.util", "os.system('x')", "getattr(x, words[0])"])
def test_a_planted_loader_is_found(planted):
    assert not NEVER.isdisjoint(names_of(planted))


def test_a_tensor_shows_what_it_is():
    assert repr(Tensor("a", "F64", [2, 1], [1.0, 2.0])) == "Tensor('a', 'F64', (2, 1))"
    assert container.MAX_HEADER == 1 << 20
    assert save is purenet.save and small_network().save
