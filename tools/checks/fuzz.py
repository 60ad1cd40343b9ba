#!/usr/bin/env python3
"""Fuzz the readers of model files, CSV files and IDX files with Atheris, a fuzzer guided by coverage.

    python3 -m tools.checks.fuzz                           each reader for a minute
    python3 -m tools.checks.fuzz csv --seconds 3600

A reader returns what the file holds or refuses it with the error of its documentation. A model that was loaded is
saved as the same bytes. Model files get a right checksum, or no change would come past it. A file that breaks this
stays in .check/fuzz. Needs Atheris (pip install atheris); the exit status is 1 if something was found.
"""
import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from tools import ROOT

FOUND = ROOT / ".check" / "fuzz"  # the files that broke a reader
OPTIONS = ["-rss_limit_mb=2048", "-timeout=20", "-max_len=8192", f"-artifact_prefix={FOUND}/"]


def fuzz_model(path, data):
    from purenet import ModelFileError, load
    from purenet.model_files.container import PLACE, ZEROS

    if len(data) > PLACE + len(ZEROS):
        end = PLACE + len(ZEROS)
        checksum = hashlib.sha256(data[:PLACE] + ZEROS + data[end:]).hexdigest().encode()
        data = data[:PLACE] + checksum + data[end:]
    path.write_bytes(data)
    try:
        net = load(path, backend="reference")
    except ModelFileError:
        return
    net.save(path)
    assert path.read_bytes() == data, "saved again it is another file"


def fuzz_reader(name, path, data):
    from purenet import data as readers

    path.write_bytes(data)
    try:
        getattr(readers, name)(str(path))
    except ValueError:
        pass


def model_seeds(folder):
    """Write model files: networks with and without a paused training, and a table model."""
    from purenet import SGD, Adam, BatchNorm, Checkpoint, Dense, Dropout, EarlyStopping, Network
    from purenet.table import train

    x, y = [[0.0, 1.0], [1.0, 0.5]], [[1.0], [0.0]]
    Network(2, [Dense(1)], optimizer=SGD(0.1), backend="reference").save(folder / "small")
    net = Network(2, [Dense(2, "tanh"), BatchNorm(), Dropout(0.5), Dense(1)], optimizer=Adam(), backend="reference")
    net.fit(x, y, epochs=1, batch_size=None, callbacks=[EarlyStopping("loss"), Checkpoint(folder / "paused")])
    (folder / "table.csv").write_text("a,b,c\n" + "1,x,2.5\n2,y,0.5\n" * 8)
    train(str(folder / "table.csv"), "c", hidden=[2], epochs=1).save(folder / "table")
    (folder / "table.csv").unlink()


def csv_seeds(folder):
    (folder / "plain").write_text("a,b\n1,x\n-2.5e3,y\n")
    (folder / "quoted").write_bytes(b'\xef\xbb\xbf"a ""1""";b\r\n"1,5";"x\r\ny"\r\n\r\n2;\xc3\xa9\r\n')
    (folder / "tabs").write_text("a\tb\n 1 \t007\n\t2\n")


def idx_seeds(folder):
    (folder / "bytes").write_bytes(b"\0\0\x08\x02\0\0\0\x02\0\0\0\x03abcdef")
    (folder / "doubles").write_bytes(b"\0\0\x0e\x01\0\0\0\x01" + bytes(8))


READERS = {"model": (fuzz_model, model_seeds), "csv": (partial(fuzz_reader, "read_csv"), csv_seeds),
           "idx": (partial(fuzz_reader, "read_idx"), idx_seeds)}


def fuzz(name, folder, seconds):
    """Fuzz one reader until the time is up; Atheris ends the process."""
    import atheris

    with atheris.instrument_imports(include=["purenet"]):
        import purenet.data.csv_reader
        import purenet.data.idx
        import purenet.model_files.network_format
        import purenet.saving
        import purenet.table  # noqa: F401
    read, write_seeds = READERS[name]
    seeds = folder / "seeds"
    seeds.mkdir()
    write_seeds(seeds)
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", *OPTIONS, str(seeds)],
                  lambda data: read(folder / "file", data))
    atheris.Fuzz()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="*", choices=[*READERS, []], metavar="READER", help=", ".join(READERS))
    parser.add_argument("--seconds", type=int, default=60, help="how long each reader is fuzzed (60)")
    parser.add_argument("--inside", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        fuzz(options.readers[0], options.inside, options.seconds)
    FOUND.mkdir(parents=True, exist_ok=True)
    said, failed = [], False
    for name in options.readers or READERS:
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run([sys.executable, "-m", "tools.checks.fuzz", name, "--seconds", str(options.seconds),
                                  "--inside", folder], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output = run.stdout.decode(errors="replace")
        done = re.search(r"Done (\d+) runs", output)
        if run.returncode or not done:
            failed = True
            print(output[-10000:])
        said.append(f"{name} {done[1] + ' files' if done else 'FAILED'}")
    print(f"fuzz: {', '.join(said)}: {'something' if failed else 'nothing'} found")
    return failed


if __name__ == "__main__":
    sys.exit(main())
