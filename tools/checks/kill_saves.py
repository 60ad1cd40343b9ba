#!/usr/bin/env python3
"""Kill a save at each of its system calls: the file must be the old one or the new one, and usable.

    python3 -m tools.checks.kill_saves              at least 200 kills, about a minute
    python3 -m tools.checks.kill_saves --kills 1000

A save runs under strace, once to list its system calls and then once for each of them, with a SIGKILL at that call.
After each kill the file is compared with the old and the new one and saved again. It needs Linux and strace. The exit
status is 1 if a file was neither.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import ROOT

CHILD = """
import os, sys
sys.path.insert(0, {root!r})
import purenet, purenet.model_files.network_format
model, path = {model!r}, {path!r}
net = purenet.load(model, backend="reference")
os.access("the save begins", 0)
{save}
os.access("the save ends", 0)
"""


class Scenario:
    """A save of a network of some size to a path that holds nothing, an old file, or a link to one.

    ``save`` is the line of Python that saves ``net``, which is that of the file ``model``, to ``path``.
    """

    def __init__(self, folder, units, before, save="net.save(path)"):
        import purenet

        self.name = f"{units} units over {before}"
        self.folder = folder
        self.folder.mkdir()
        self.before = before
        self.path = folder / "model.safetensors"
        self.target = folder / "elsewhere" / "target.safetensors" if before == "a link" else self.path
        self.target.parent.mkdir(exist_ok=True)
        self.net = purenet.Network(3, [purenet.Dense(units), purenet.Dense(1)], seed=2, backend="reference")
        self.net.save(folder.with_suffix(".new"))
        self.new = folder.with_suffix(".new").read_bytes()
        purenet.Network(2, [purenet.Dense(1)], backend="reference").save(folder.with_suffix(".old"))
        self.old = None if before == "nothing" else folder.with_suffix(".old").read_bytes()
        code = CHILD.format(root=str(ROOT), model=str(folder.with_suffix(".new")), path=str(self.path), save=save)
        self.command = [sys.executable, "-I", "-S", "-B", "-c", code]

    def prepare(self):
        """Put the folder into the state before a save."""
        for path in [*self.folder.rglob("*.unfinished"), self.path, self.target]:
            path.unlink(missing_ok=True)
        if self.old is not None:
            self.target.write_bytes(self.old)
        if self.before == "a link":
            self.path.symlink_to(self.target)

    def calls(self):
        """Return the system calls of a save, as (name, count of this name in the process so far)."""
        self.prepare()
        lines = self.traced([])
        assert self.target.read_bytes() == self.new
        counts, calls, saving = {}, [], False
        for line in lines:
            name = line.partition("(")[0]
            counts[name] = counts.get(name, 0) + 1
            if "the save ends" in line:
                return calls
            if saving:
                calls.append((name, counts[name]))
            saving = saving or "the save begins" in line
        raise SystemExit("kill_saves: the save was not seen by strace")

    def traced(self, options):
        """Run once under strace and return its lines."""
        log = self.folder.with_suffix(".log")
        subprocess.run(["strace", "-qq", "-o", str(log), *options, *self.command], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env={"PYTHONHASHSEED": "0"})
        return [line for line in log.read_text(errors="replace").splitlines() if re.match(r"\w+\(", line)]

    def kill(self, name, number):
        """Kill a save at a system call: (what the path holds then, files left over), None if it was not met."""
        self.prepare()
        lines = "\n".join(self.traced(["-e", f"inject={name}:signal=KILL:when={number}"]))
        if "the save begins" not in lines or "the save ends" in lines:
            return None
        found = self.path.read_bytes() if self.path.exists() else None
        names = sorted(path.name for path in self.folder.rglob("*") if path.is_file())
        left = [one for one in names if one.endswith(".unfinished")]
        whole = {self.old: "old", self.new: "new"}.get(found, "TORN")
        if set(names) - set(left) - {self.path.name, self.target.name} or len(left) > 1:
            whole = f"LITTERED: {names}"
        self.net.save(self.path)
        if self.path.read_bytes() != self.new or self.path.is_symlink() != (self.before == "a link"):
            whole = "UNUSABLE"
        return whole, len(left)


def survey(kills, folder):
    """Kill at least ``kills`` saves. Return (kills, old files, new files, leftovers, missed calls, torn files)."""
    done = old = new = leftovers = missed = 0
    torn = []
    units = 2
    while done < kills:
        for before in ("nothing", "an old file", "a link"):
            scenario = Scenario(folder / f"{units}-{before.replace(' ', '-')}", units, before)
            calls = scenario.calls()
            for name, number in calls:
                result = scenario.kill(name, number)
                if result is None:
                    missed += 1
                    continue
                done += 1
                old, new = old + (result[0] == "old"), new + (result[0] == "new")
                leftovers += result[1]
                if result[0] not in ("old", "new"):
                    torn.append(f"{scenario.name}, {name} {number}: {result[0]}")
            print(f"{scenario.name}: {len(calls)} system calls", flush=True)
            if done >= kills and before == "an old file":
                break
        units = units * 40
    return done, old, new, leftovers, missed, torn


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="how many at least; all calls of a save are always met")
    options = parser.parse_args()
    if not shutil.which("strace"):
        raise SystemExit("kill_saves: strace is needed; on Debian and Ubuntu: apt install strace")
    with tempfile.TemporaryDirectory() as folder:
        done, old, new, leftovers, missed, torn = survey(options.kills, Path(folder))
    print("\n".join(torn))
    print(f"{done} kills: {old} left the old file (or none, as before), {new} the new one, {len(torn)} another; "
          f"{leftovers} .unfinished files left behind; {missed} calls were not met")
    return 1 if torn or not done else 0


if __name__ == "__main__":
    os.environ.pop("PURENET_BACKEND", None)
    sys.exit(main())
