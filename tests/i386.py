"""An i386 CPython, which computes with the x87 unit: Debian's own packages under .check/, run where they lie.

Nothing of the machine's own package system is changed: apt gets folders of its own.
"""
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["libc6", "libgcc-s1", "zlib1g", "libexpat1", "libcrypt1", "libssl3", "libpython3.11-minimal",
            "libpython3.11-stdlib", "python3.11-minimal"]


class Missing(Exception):
    """There is no such interpreter here, and why."""


def python(folder=ROOT / ".check" / "i386"):
    """The command that runs it, fetched the first time."""
    root = folder / "root"
    if not (root / "complete").exists():
        fetch(folder, root)
    libraries = ":".join(str(root / place / "i386-linux-gnu") for place in ("lib", "usr/lib"))
    loader = str(root / "lib" / "ld-linux.so.2")
    command = [loader, "--library-path", libraries, str(root / "usr" / "bin" / "python3.11")]
    try:
        subprocess.run([*command, "-c", "import json"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(f"this machine does not run i386 programs ({error})") from None
    return command


def fetch(folder, root):
    """Download and unpack the packages."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise Missing("no apt-get and dpkg here")
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("state/lists/partial", "cache/archives/partial", "packages", "root"):
        (folder / part).mkdir(parents=True)
    (folder / "state" / "status").touch()
    settings = {"Dir::State": folder / "state", "Dir::State::status": folder / "state" / "status",
                "Dir::Cache": folder / "cache", "APT::Architecture": "i386", "APT::Architectures": "i386",
                "APT::Sandbox::User": "root"}
    apt = ["apt-get", "-qq", *[f"-o{name}={value}" for name, value in settings.items()]]
    said = ""
    for command in ([*apt, "update"], [*apt, "download", *PACKAGES]):
        done = subprocess.run(command, cwd=folder / "packages", capture_output=True, text=True)
        said += done.stderr
    if done.returncode:  # an update that misses one of several archives may be enough
        raise Missing(f"apt-get cannot download the packages: {said.strip()}")
    for package in (folder / "packages").glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, root], check=True)
    shutil.rmtree(folder / "state")
    (root / "complete").touch()
