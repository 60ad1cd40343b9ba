#!/usr/bin/env python3
"""Run "purenet verify" in every environment that can be had here, and write the table of docs/environments.md.

    python3 -m tools.environments --write     all of them; Debian, and root for what apt has to install
    python3 -m tools.environments --short     the Pythons of this machine, MicroPython and s390x, without a table
    python3 -m tools.environments --only s390x --only musl

An environment is an interpreter with its version, a CPU and a C library (or JavaScript engine): as the process itself
tells them.  Two that tell the same are refused.  What cannot be had is named with the reason.  Exit status 0 if every
environment that was had gave the published digest, except those that have to be refused, and were.
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


class Told(NamedTuple):
    """What one or more runs of verify in one environment printed."""

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
    told: object        # Told, or None
    notes: tuple = ()


# what verify prints --------------------------------------------------------------------------------

def told_by(text):
    """The parts of what verify prints; ValueError if there is no verdict."""
    fields = dict(re.findall(r"^(interpreter|platform|C library|JavaScript|vectors) +(.+)$", text, re.MULTILINE))
    passes = re.findall(r"^(reference|compiled|C alone)(?: \((.+)\))? +[0-9.]+ s  ([0-9a-f]{64})$", text, re.MULTILINE)
    verdict = re.search(r"^(the same bits: .+|DIFFERENT: [\s\S]+)", text, re.MULTILINE)
    if not verdict or not passes or not {"interpreter", "platform", "C library", "vectors"} <= set(fields):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        raise ValueError(lines[-1] if lines else "it printed nothing")
    kind, count = fields["vectors"].split(", ")
    evidence = (fields["interpreter"], fields["platform"], fields["C library"], fields.get("JavaScript", ""))
    return Told(evidence, kind, int(count), passes, verdict.group(0), text)


def together(parts):
    """Several runs in one environment as one; ValueError if they were not in one."""
    first = parts[0]
    for part in parts[1:]:
        if (part.evidence, part.kind, part.count) != (first.evidence, first.kind, first.count):
            raise ValueError(f"its runs tell different things: {first.evidence} and {part.evidence}")
    worst = next((part.verdict for part in parts if part.verdict.startswith("DIFFERENT")), first.verdict)
    return first._replace(passes=[done for part in parts for done in part.passes], verdict=worst,
                          text="\n".join(part.text for part in parts))


def judged(recipe, told, statuses, notes=()):
    """The row of an environment that was had."""
    same = not any(statuses) and told.verdict.startswith("the same bits") and all(
        digest == PUBLISHED[told.kind] for _, _, digest in told.passes)
    if recipe.refused:
        refused = any(statuses) and told.verdict.startswith("DIFFERENT") and recipe.refused in told.verdict
        if not refused:
            return Row(recipe.name, recipe.how, "different", f"not refused by the words {recipe.refused}", told)
        wrong = re.match(r"DIFFERENT: (\d+ of \d+ vectors)", told.verdict).group(1)
        return Row(recipe.name, recipe.how, "refused", f"{recipe.refused}: {wrong} differ", told)
    if same:
        return Row(recipe.name, recipe.how, "same", "", told, tuple(notes))
    return Row(recipe.name, recipe.how, "different", " ".join(told.verdict.split("\n")[:2]), told)


def tried(recipe, work, short=False):
    """Have an environment and verify in it."""
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
            parts.append(told_by(done.stdout))
        row = judged(recipe, together(parts), statuses, notes)
    except Absent as absent:
        row = Row(recipe.name, recipe.how, "not here", str(absent), None)
    except Exception as error:  # whatever is wrong with one environment, the others' rows are kept
        row = Row(recipe.name, recipe.how, "fails", f"{type(error).__name__}: {error}", None)
    said = f"{row.outcome}{row.reason and ': ' + row.reason} ({time.monotonic() - begun:.0f} s)"
    lines = [f"{recipe.name}: {said}"]
    if row.told:
        lines.append("    " + " | ".join(filter(None, row.told.evidence)) + f" | {len(row.told.passes)} passes")
    print("\n".join(lines), flush=True)
    return row


def without_doubles(rows):
    """Refuse a row that tells of the same interpreter, CPU and C library as one before it."""
    seen, kept = {}, []
    for row in rows:
        triple = row.told and (row.told.evidence[0], cpu(row.told.evidence[1]), library(row.told.evidence))
        if triple in seen:
            row = row._replace(outcome="fails", reason=f"tells the same of itself as {seen[triple]}")
            print(f"{row.name}: {row.reason}")
        elif triple:
            seen[triple] = row.name
        kept.append(row)
    return kept


# the table -----------------------------------------------------------------------------------------

def computed(passes):
    """What computed, in few words: engines with all their settings."""
    words = []
    for engine in dict.fromkeys(name for name, _, _ in passes):
        columns = zip(*(settings.split(", ") for name, settings, _ in passes if name == engine and settings))
        settings = ["/".join(dict.fromkeys(column)) for column in columns]
        settings = [re.sub(r" threads?(?=/)", "", text) for text in settings]
        words.append(engine + (f" ({', '.join(settings)})" if settings else ""))
    return "; ".join(words)


def cells(row):
    """A row of the table."""
    if not row.told:
        return [row.name, "", "", row.how, f"{row.outcome}: {row.reason}", "none"]
    interpreter, platform, library, engine = row.told.evidence
    digest = f"`{row.told.passes[0][2][:8]}`" if row.outcome == "same" else f"{row.outcome}: {row.reason}"
    what = computed(row.told.passes) + ("; quick" if row.told.kind == "quick" else "")
    return [interpreter, cpu(platform), engine or library, row.how, "; ".join([what, *row.notes]), digest]


def table(rows):
    """The table in Markdown, with the sentence above it."""
    same = [row for row in rows if row.outcome == "same"]
    full = [row for row in same if row.told.kind == "full"]
    families, interpreters = counted(same, family), counted(same, implementation)
    big = [row for row in same if "big-endian" in row.told.evidence[1]]
    libraries = counted(same, lambda evidence: evidence[2] if not evidence[3] else "")
    passes = sum(len(row.told.passes) for row in same)
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
    """What a process was built for, or the CPU where it does not tell that; width and byte order."""
    machine = re.search(r"\(((?!GCC)\w+-[\w-]+)\)", platform) or re.search(MACHINES, platform)
    facts = [re.sub(r"bit$", "-bit", part) for part in platform.split(", ") if re.search("bit$|endian$", part)]
    return ", ".join([machine.group(1) if machine else platform.split(",")[0], *facts])


def counted(rows, of):
    """What the rows have of something, each once; what a process could only tell of its making does not count."""
    return sorted({of(row.told.evidence) for row in rows if "when it was built" not in of(row.told.evidence)} - {""})


def family(evidence):
    """x86, arm, ...: the CPU without its generation; "" where the process does not tell it, as for WebAssembly."""
    machine = re.search(MACHINES, evidence[1])
    if not machine or machine.group(1)[:3] == "was":
        return ""
    return FAMILIES.get(machine.group(1)[:3], machine.group(1))


def implementation(evidence):
    """The interpreter's name; "" for C alone."""
    name = evidence[0].split(" ")[0].rstrip(",")
    return "" if name == "none" else name


def library(evidence):
    """With its version, as each has functions of its own."""
    return evidence[3] or evidence[2]


def write(rows):
    """Put the table into its page."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(before + BEGIN + table(rows) + END + after, encoding="utf-8")


def install():
    """Ask apt for compilers and emulators; what it cannot give is absent later, and said there."""
    if not hasattr(os, "geteuid") or os.geteuid() or not shutil.which("apt-get"):
        print("environments: not Debian's root: nothing is installed by apt")
        return
    for package in ["", *SYSTEM_PACKAGES, *([] if shutil.which("npm") else ["npm"])]:
        words = ["apt-get", "-qq", "-y", "install", package] if package else ["apt-get", "-qq", "update"]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))
        if done.returncode:
            print(f"environments: apt: {package or 'update'}: {done.stdout.strip().splitlines()[-1:]}")


def main(words=None):
    parser = argparse.ArgumentParser(prog="python3 -m tools.environments", description=__doc__.split("\n")[0])
    parser.add_argument("--short", action="store_true", help="what .ci/run does; apt installs nothing")
    parser.add_argument("--only", action="append", metavar="WORD", help="environments with the word in their name")
    parser.add_argument("--work", type=Path, default=ROOT / ".check" / "environments", metavar="FOLDER")
    parser.add_argument("--no-install", action="store_true", help="do not ask apt for compilers and emulators")
    parser.add_argument("--write", action="store_true", help="put the table into docs/environments.md")
    options = parser.parse_args(words)
    if options.write and (options.short or options.only):
        parser.error("--write is for all environments, not for some")
    begun = time.monotonic()
    if not (options.short or options.no_install):
        install()
    wanted = [recipe for recipe in recipes() if (recipe.short or not options.short)
              and (not options.only or any(word in recipe.name for word in options.only))]
    if not wanted:
        parser.error("no environment has that in its name")
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        rows = without_doubles(pool.map(lambda recipe: tried(recipe, work, options.short), wanted))
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
