#!/usr/bin/env python3
"""Measure purenet against NumPy, PyTorch and scikit-learn, after checking that both sides do the same work.

    python3 -m tools.bench [--only PART] [--peers numpy,torch,sklearn] [--images FOLDER] [--json FILE] [--markdown FILE]

Compare the ratios, not the microseconds, which depend on the machine. Rows of a peer that is not installed are skipped
with a note. Every side uses one thread, unless a row says otherwise.
"""
import argparse
import os
import sys

from tools.bench import fashion as bench_fashion
from tools.bench import images as bench_images
from tools.bench import product as bench_product
from tools.bench import reference as bench_reference
from tools.bench import saving as bench_saving
from tools.bench import small as bench_small
from tools.bench import steps as bench_steps
from tools.bench.harness import PEERS, Table
from tools.experiments import fashion

PARTS = {
    "product": bench_product.product,  # first: its result can raise the bars of the large steps
    "steps": bench_steps.steps,
    "images": bench_images.images,
    "fashion": bench_fashion.epochs,
    "threads": bench_steps.threads,
    "batches": bench_steps.batches,
    "predict": bench_small.predict,
    "fit": bench_small.fit,
    "first": bench_small.first,
    "randn": bench_small.randn,
    "products": bench_reference.products,
    "zeros": bench_reference.zeros,
    "training": bench_reference.training,
    "import": bench_reference.imports,
    "saving": bench_saving.saving,
}
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python3 -m tools.bench", description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=PARTS, action="append", help="one part of the table (repeatable)")
    parser.add_argument("--peers", default=",".join(PEERS), help="which of " + ",".join(PEERS) + " to measure")
    parser.add_argument("--images", metavar="FOLDER", default=fashion.FOLDER, help="where Fashion-MNIST's files are")
    parser.add_argument("--json", metavar="FILE", type=argparse.FileType("w"), help="also write the table as JSON")
    parser.add_argument("--markdown", metavar="FILE", type=argparse.FileType("w"), help="also write it as Markdown")
    parser.add_argument("--quick", action="store_true", help=argparse.SUPPRESS)  # the checks alone, for the tests
    options = parser.parse_args(arguments)
    peers = options.peers.split(",")
    if not set(peers) <= set(PEERS):
        parser.error(f"--peers: expected some of {','.join(PEERS)}, got {options.peers}")
    if "numpy" not in sys.modules:  # it reads them when it is imported
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    table = Table(quick=options.quick, peers=peers, images=options.images)
    table.heading()
    for name, part in PARTS.items():
        if not options.only or name in options.only:
            table.part = name
            part(table)
    for file, write in ((options.json, table.write_json), (options.markdown, table.write_markdown)):
        if file:
            with file:
                write(file)
    return table


if __name__ == "__main__":
    main()
