#!/usr/bin/env python3
"""Run "purenet verify" in every available environment, and write the table of docs/environments.md.

    python3 -m tools.environments --write     all of them; needs Debian, and root to install packages with apt
    python3 -m tools.environments --short     the Pythons of this machine, MicroPython and s390x, without a table
    python3 -m tools.environments --only s390x --only musl

An environment is an interpreter with its version, a CPU and a C library (or JavaScript engine), as the process itself
prints them. Two environments that print the same are refused. An environment that is not available gets a row with the
reason. The exit status is 0 if every available environment gave the published digest. Environments that have to be
refused must be refused.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from purenet.verification.vectors.files import read
from purenet.verification.verify import PUBLISHED
from tools import ROOT
from tools.environments.recipes import SYSTEM_PACKAGES, Absent, clean, recipes

PAGE = ROOT / "docs" / "environments.md"
BEGIN, END = "<!-- tools.environments writes from here -->\n", "<!-- to here -->\n"
HEADER = ["interpreter", "CPU", "C library or JavaScript engine", "runs", "what computed", "digest"]
MACHINES = r"(x86_64|i.86|aarch64|arm\w*|s390x|(?:ppc|powerpc)64le|riscv64|mips\w*|loongarch64|wasm32)"
FAMILIES = {"x86": "x86", "i68": "x86", "arm": "arm", "pow": "ppc64le", "mip": "mips"}
HOUR = 3600


class Output(NamedTuple):
    """What one or more runs of verify printed in one environment."""

    evidence: tuple     # interpreter, platform, C library, JavaScript engine
    kind: str           # full or quick
    count: int          # of vectors
    passes: list        # (engine, settings, digest)
    verdict: str        # the same bits, or DIFFERENT: ...
    text: str


class Row(NamedTuple):
    """An environment that was tried."""

    name: str
    how: str
    outcome: str        # same, refused, different, fails, not here
    reason: str
    output: object      # Output, or None
    notes: tuple = ()


# the output of verify ------------------------------------------------------------------------------

def parse_output(text):
    """Parse the output of verify. Raises ValueError if it has no verdict."""
    fields = dict(re.findall(r"^(interpreter|platform|C library|JavaScript|vectors) +(.+)$", text, re.MULTILINE))
    passes = re.findall(r"^(reference|compiled|C alone)(?: \((.+)\))? +[0-9.]+ s  ([0-9a-f]{64})$", text, re.MULTILINE)
    verdict = re.search(r"^(the same bits: .+|DIFFERENT: [\s\S]+)", text, re.MULTILINE)
    if not verdict or not passes or not {"interpreter", "platform", "C library", "vectors"} <= set(fields):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        raise ValueError(lines[-1] if lines else "it printed nothing")
    kind, count = fields["vectors"].split(", ")
    evidence = (fields["interpreter"], fields["platform"], fields["C library"], fields.get("JavaScript", ""))
    return Output(evidence, kind, int(count), passes, verdict.group(0), text)


def merge(parts):
    """Merge the outputs of several runs. Raises ValueError if they were not in one environment."""
    first = parts[0]
    for part in parts[1:]:
        if (part.evidence, part.kind, part.count) != (first.evidence, first.kind, first.count):
            raise ValueError(f"its runs were in different environments: {first.evidence} and {part.evidence}")
    worst = next((part.verdict for part in parts if part.verdict.startswith("DIFFERENT")), first.verdict)
    return first._replace(passes=[done for part in parts for done in part.passes], verdict=worst,
                          text="\n".join(part.text for part in parts))


def row_from(recipe, output, statuses, notes=()):
    """Return the row of an environment that ran verify."""
    same = not any(statuses) and output.verdict.startswith("the same bits") and all(
        digest == PUBLISHED[output.kind] for _, _, digest in output.passes)
    if recipe.refused:
        refused = any(statuses) and output.verdict.startswith("DIFFERENT") and recipe.refused in output.verdict
        if not refused:
            return Row(recipe.name, recipe.how, "different", f"not refused by the words {recipe.refused}", output)
        wrong = re.match(r"DIFFERENT: (\d+ of \d+ vectors)", output.verdict).group(1)
        return Row(recipe.name, recipe.how, "refused", f"{recipe.refused}: {wrong} differ", output)
    if same:
        return Row(recipe.name, recipe.how, "same", "", output, tuple(notes))
    return Row(recipe.name, recipe.how, "different", " ".join(output.verdict.split("\n")[:2]), output)


def verify_in(recipe, work, short=False):
    """Prepare an environment, run verify in it, and return its row."""
    begun = time.monotonic()
    log, statuses, parts, notes = work / "logs" / f"{recipe.name}.txt", [], [], []
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        for command in recipe.commands(work, short):
            settings = {name: value for name, value in command.settings.items() if name != "note"}
            with open(log, "a" if parts else "w") as output:
                done = subprocess.run(
                    [str(word) for word in command.words], cwd=command.folder, env=clean(**settings), timeout=HOUR,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                    errors="replace")
                output.write(done.stdout)
            statuses.append(done.returncode)
            notes += [command.settings["note"]] if "note" in command.settings else []
            parts.append(parse_output(done.stdout))
        row = row_from(recipe, merge(parts), statuses, notes)
    except Absent as absent:
        row = Row(recipe.name, recipe.how, "not here", str(absent), None)
    except Exception as error:  # the rows of the other environments are kept
        row = Row(recipe.name, recipe.how, "fails", f"{type(error).__name__}: {error}", None)
    said = f"{row.outcome}{row.reason and ': ' + row.reason} ({time.monotonic() - begun:.0f} s)"
    lines = [f"{recipe.name}: {said}"]
    if row.output:
        lines.append("    " + " | ".join(filter(None, row.output.evidence)) + f" | {len(row.output.passes)} passes")
    print("\n".join(lines), flush=True)
    return row


def refuse_duplicates(rows):
    """Refuse a row with the same interpreter, CPU and C library as an earlier one."""
    seen, kept = {}, []
    for row in rows:
        triple = row.output and (row.output.evidence[0], cpu(row.output.evidence[1]), library(row.output.evidence))
        if triple in seen:
            row = row._replace(outcome="fails", reason=f"is the same environment as {seen[triple]}")
            print(f"{row.name}: {row.reason}")
        elif triple:
            seen[triple] = row.name
        kept.append(row)
    return kept


# the table -----------------------------------------------------------------------------------------

def describe_passes(passes):
    """Return the engines with all their settings, as short text."""
    words = []
    for engine in dict.fromkeys(name for name, _, _ in passes):
        columns = zip(*(settings.split(", ") for name, settings, _ in passes if name == engine and settings))
        settings = ["/".join(dict.fromkeys(column)) for column in columns]
        settings = [re.sub(r" threads?(?=/)", "", text) for text in settings]
        words.append(engine + (f" ({', '.join(settings)})" if settings else ""))
    return "; ".join(words)


def cells(row):
    """Return the cells of a row of the table."""
    if not row.output:
        return [row.name, "", "", row.how, f"{row.outcome}: {row.reason}", "none"]
    interpreter, platform, library, engine = row.output.evidence
    digest = f"`{row.output.passes[0][2][:8]}`" if row.outcome == "same" else f"{row.outcome}: {row.reason}"
    what = describe_passes(row.output.passes) + ("; quick" if row.output.kind == "quick" else "")
    return [interpreter, cpu(platform), engine or library, row.how, "; ".join([what, *row.notes]), digest]


def table(rows):
    """Return the table in Markdown, with the text above it."""
    same = [row for row in rows if row.outcome == "same"]
    full = [row for row in same if row.output.kind == "full"]
    families, interpreters = distinct(same, family), distinct(same, implementation)
    big = [row for row in same if "big-endian" in row.output.evidence[1]]
    libraries = distinct(same, lambda evidence: evidence[2] if not evidence[3] else "")
    passes = sum(len(row.output.passes) for row in same)
    lines = [
        f"{len(full)} environments, {passes} passes over {len(read('full')) - 1} vectors, one digest,",
        f"`{PUBLISHED['full']}`:",
        f"{len(families)} families of CPUs ({', '.join(families)}; {len(big)} environments are big-endian),",
        f"{len(interpreters)} interpreters ({', '.join(interpreters)}) and the C library without one, "
        f"{len(libraries)} versions of",
        f"C libraries ({', '.join(libraries)}), and V8. Interpreter, CPU and library are what the process",
        "told of itself; how it runs, compilers and flags are the tool's words.", "",
        "| " + " | ".join(HEADER) + " |", "|" + "---|" * len(HEADER)]
    order = ["same", "refused", "different", "fails", "not here"]
    lines += ["| " + " | ".join(cell.replace("|", "/") for cell in cells(row)) + " |"
              for row in sorted(rows, key=lambda row: order.index(row.outcome))]
    return "\n".join(lines) + "\n"


def cpu(platform):
    """Return what a process was built for, or the CPU if it does not say, with width and byte order."""
    machine = re.search(r"\(((?!GCC)\w+-[\w-]+)\)", platform) or re.search(MACHINES, platform)
    facts = [re.sub(r"bit$", "-bit", part) for part in platform.split(", ") if re.search("bit$|endian$", part)]
    return ", ".join([machine.group(1) if machine else platform.split(",")[0], *facts])


def distinct(rows, of):
    """Return the distinct values of ``of`` over the rows, sorted, without values known only from build time."""
    values = {of(row.output.evidence) for row in rows}
    return sorted(value for value in values if value and "when it was built" not in value)


def family(evidence):
    """Return the CPU without its generation, such as x86 or arm, or "" if unknown, as for WebAssembly."""
    machine = re.search(MACHINES, evidence[1])
    if not machine or machine.group(1)[:3] == "was":
        return ""
    return FAMILIES.get(machine.group(1)[:3], machine.group(1))


def implementation(evidence):
    """Return the interpreter's name, or "" for C alone."""
    name = evidence[0].split(" ")[0].rstrip(",")
    return "" if name == "none" else name


def library(evidence):
    """Return the JavaScript engine or C library with its version, because versions have different functions."""
    return evidence[3] or evidence[2]


def write(rows):
    """Replace the table in its page."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(before + BEGIN + table(rows) + END + after, encoding="utf-8")


def install():
    """Install compilers and emulators with apt. If one fails, the rows that need it give the reason."""
    if not hasattr(os, "geteuid") or os.geteuid() or not shutil.which("apt-get"):
        print("environments: apt installs nothing, because this is not Debian or the user is not root")
        return
    for package in ["", *SYSTEM_PACKAGES, *([] if shutil.which("npm") else ["npm"])]:
        words = ["apt-get", "-qq", "-y", "install", package] if package else ["apt-get", "-qq", "update"]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))
        if done.returncode:
            print(f"environments: apt: {package or 'update'}: {done.stdout.strip().splitlines()[-1:]}")


def main(words=None):
    parser = argparse.ArgumentParser(prog="python3 -m tools.environments", description=__doc__.split("\n")[0])
    parser.add_argument("--short", action="store_true", help="the environments of .ci/run; apt installs nothing")
    parser.add_argument("--only", action="append", metavar="WORD",
                        help="only environments with this word in their name (repeatable)")
    parser.add_argument("--work", type=Path, default=ROOT / ".check" / "environments", metavar="FOLDER",
                        help="where environments are built and logs are written (.check/environments)")
    parser.add_argument("--no-install", action="store_true", help="do not install compilers and emulators with apt")
    parser.add_argument("--write", action="store_true", help="put the table into docs/environments.md")
    options = parser.parse_args(words)
    if options.write and (options.short or options.only):
        parser.error("--write needs all environments; leave out --short and --only")
    begun = time.monotonic()
    if not (options.short or options.no_install):
        install()
    wanted = [recipe for recipe in recipes() if (recipe.short or not options.short)
              and (not options.only or any(word in recipe.name for word in options.only))]
    if not wanted:
        parser.error("no environment has this word in its name")
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        rows = refuse_duplicates(pool.map(lambda recipe: verify_in(recipe, work, options.short), wanted))
    if options.write:
        write(rows)
    elif not options.short:
        print(table(rows), end="")
    counts = {outcome: [row.outcome for row in rows].count(outcome)
              for outcome in ("same", "refused", "different", "fails", "not here")}
    print(f"environments: {counts['same']} the same, {counts['refused']} refused as it should be, "
          f"{counts['different']} different, {counts['fails']} failed, {counts['not here']} not here "
          f"({time.monotonic() - begun:.0f} s)")
    return 0 if counts["same"] and not counts["different"] and not counts["fails"] else 1


if __name__ == "__main__":
    sys.exit(main())
