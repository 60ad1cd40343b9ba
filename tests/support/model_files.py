"""Make small model files for tests that damage them, take them apart, and build files with a correct checksum."""
import hashlib
import struct

from purenet import SGD, Dense, Network, load, save
from purenet.model_files.container import read

AT = 37  # the offset of the checksum in the file
ROWS = [[0.1, -0.7], [1.3, 0.2], [-0.4, 0.9], [0.8, 1.1]]
TARGETS = [[0.3], [-0.2], [0.9], [0.4]]


def small_network(backend="reference", **changes):
    """Return a small network with settings of every kind, trained for two epochs.

    Its initialiser, randn, leaves a cached gaussian in the stream.
    """
    given = {"loss": ("huber", 0.75), "optimizer": SGD(0.125, 0.5, True), "init": "randn", "seed": 7, **changes}
    net = Network(2, [Dense(1, ("leaky_relu", 0.25)), Dense(1, bias=False)], backend=backend, **given)
    net.fit(ROWS, TARGETS, 2, 3)
    return net


def small_file(path, **changes):
    """Write a valid file to path and return its bytes."""
    small_network(**changes).save(path, [("data", "ü\"\n")])
    return path.read_bytes()


def parts(data):
    """Return the header's text without padding, and the data after it."""
    (length,) = struct.unpack("<Q", data[:8])
    return data[8:8 + length].rstrip(b" ").decode(), data[8 + length:]


def content(path, names=None):
    """Return the metadata and the tensors of a file, with the values of those with these names, or of all."""
    def use(metadata, tensors, fill):
        for tensor in tensors:
            if names is None or tensor.name in names:
                fill(tensor)
        return metadata, tensors

    return read(path, use, whole=names is None)


def repaired(data):
    """Return the file with the correct checksum. A file without a place for one is returned as it is."""
    if data[8:AT] != b"{\"__metadata__\":{\"checksum\":\"":
        return data
    zeroed = data[:AT] + b"0" * 64 + data[AT + 64:]
    return data[:AT] + hashlib.sha256(zeroed).hexdigest().encode() + data[AT + 64:]


def file_of(header, data):
    """Return a file made of a header (text or bytes) and data, with length, padding and checksum."""
    header = header if isinstance(header, bytes) else header.encode()
    header += b" " * (-len(header) % 8)
    return repaired(struct.pack("<Q", len(header)) + header + data)


def is_written_again(path, again):
    """Return whether loading a file and saving it gives the same bytes. ModelFileError is not caught."""
    save(load(path, backend="reference"), again)
    return again.read_bytes() == path.read_bytes()
