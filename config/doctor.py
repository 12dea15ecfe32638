"""What this machine lacks for `make demo` and `make test`, and how to get it.

Standard library only, and no syntax newer than Python 3.8: this runs before there is a virtual environment, perhaps
under an interpreter that is too old, and must still say so in one clear line.

As root on Debian or Ubuntu it installs what is missing. Elsewhere it prints the one line to run and exits 3. The
browser and Redis are needed only by tests, which skip without them; with --ci their absence is a failure too.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable, List, NamedTuple

BASE_DIR = Path(__file__).resolve().parent.parent
MISSING = 3  # exit code


class Need(NamedTuple):
    """One thing outside the repository that a command needs."""

    name: str
    why: str
    package: str  # Debian's
    present: Callable[[], bool]
    commands: str  # which of "demo test" ask for it
    optional: bool  # without it tests skip


def library(*names: str) -> Callable[[], bool]:
    """A check that one of the sonames can be opened, as WeasyPrint will open it."""

    def present() -> bool:
        for name in names:
            try:
                ctypes.CDLL(name)
            except OSError:
                continue
            return True
        return False

    return present


def program(name: str) -> Callable[[], bool]:
    """A check that a program is on PATH."""
    return lambda: shutil.which(name) is not None


def module(name: str) -> Callable[[], bool]:
    """A check that this interpreter has a standard module, which Debian splits off."""
    return lambda: importlib.util.find_spec(name) is not None


SOFTHSM = (Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/local/lib/softhsm/libsofthsm2.so"))

NEEDS = (
    Need("venv", "the virtual environment", "python3-venv", module("ensurepip"), "demo test", False),
    Need(
        "Pango",
        "papers",
        "libpango-1.0-0",
        library("libpango-1.0.so.0", "libpango-1.0.0.dylib"),
        "demo test",
        False,
    ),
    Need(
        "PangoFT2",
        "papers",
        "libpangoft2-1.0-0",
        library("libpangoft2-1.0.so.0", "libpangoft2-1.0.0.dylib"),
        "demo test",
        False,
    ),
    Need(
        "HarfBuzz subset",
        "papers",
        "libharfbuzz-subset0",
        library("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"),
        "demo test",
        False,
    ),
    Need(
        "Fontconfig",
        "papers",
        "libfontconfig1",
        library("libfontconfig.so.1", "libfontconfig.1.dylib"),
        "demo test",
        False,
    ),
    Need("Chromium", "browser tests", "chromium", program("chromium"), "test", True),
    Need("redis-server", "tests of the broker", "redis-server", program("redis-server"), "test", True),
    Need("pdfsig", "a second opinion on signatures", "poppler-utils", program("pdfsig"), "test", True),
    Need("xmlsec1", "a second opinion on XML signatures", "xmlsec1", program("xmlsec1"), "test", True),
    Need(
        "SoftHSM",
        "tests of keys on a token",
        "softhsm2",
        lambda: any(path.exists() for path in SOFTHSM),
        "test",
        True,
    ),
    Need("openssl", "a second opinion on certificates", "openssl", program("openssl"), "test", True),
)


def missing(command: str) -> List[Need]:
    """What the command ("demo" or "test") asks for and this machine lacks."""
    return [need for need in NEEDS if command in need.commands.split() and not need.present()]


def debian() -> bool:
    """Whether apt-get installs packages here."""
    return shutil.which("apt-get") is not None


def install(packages: List[str], log: Path) -> bool:
    """Install with apt-get, as root. The log gets what it says. True when it succeeded."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
                found = subprocess.run(
                    ["apt-get", "-q", *arguments], env=environment, stdout=output, stderr=output, check=False
                )
                if found.returncode and arguments != ["update"]:
                    return False
    except OSError:
        return False
    return True


def say(text: str) -> None:
    """One line, at once."""
    print(text, flush=True)


def writable(folder: Path) -> bool:
    """Whether files can be made in the folder, which is made where it is missing. Tried, as rights do not tell all."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=str(folder)).close()
    except OSError:
        return False
    return True


def main(arguments: List[str]) -> int:
    """Check, install where that is possible. Returns the exit code: 0, or 3 when something needed is missing."""
    parser = argparse.ArgumentParser(prog="doctor", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--for", dest="command", choices=["demo", "test"], default="test")
    parser.add_argument("--ci", action="store_true", help="a missing browser or Redis is a failure")
    parser.add_argument("--quiet", action="store_true", help="say nothing when all is well")
    asked = parser.parse_args(arguments)

    if sys.version_info < (3, 11):
        say(
            "doctor: Python 3.11 or newer is needed, this is %d.%d. Try: make PYTHON=python3.11"
            % sys.version_info[:2]
        )
        return MISSING
    data = Path(os.environ.get("DATA_DIR") or "var")
    for folder in (BASE_DIR, data if data.is_absolute() else BASE_DIR / data):
        if not writable(folder):
            say(
                f"doctor: {folder} is read-only for you. Choose another folder with DATA_DIR, or change its owner."
            )
            return MISSING

    lacking = missing(asked.command)
    if lacking and debian() and os.geteuid() == 0:
        packages = [need.package for need in lacking]
        say(f"doctor: installing {' '.join(packages)}")
        log = (data if data.is_absolute() else BASE_DIR / data) / "log" / "doctor.log"
        if not install(packages, log):
            say(f"doctor: apt-get failed; its words are in {log}. Is there a network?")
        lacking = missing(asked.command)

    blocking = [need for need in lacking if asked.ci or not need.optional]
    for need in lacking:
        consequence = "" if need in blocking else "; tests that need it will be skipped"
        say(f"doctor: {need.name} is missing ({need.why}){consequence}")
    if lacking:
        names = " ".join(need.package for need in lacking)
        become = "" if os.geteuid() == 0 else "sudo "
        hint = f"{become}apt-get install -y --no-install-recommends {names}"
        say(f"doctor: run  {hint}" if debian() else f"doctor: install what Debian calls  {names}")
    elif not asked.quiet:
        say(f"doctor: everything that `make {asked.command}` needs is here")
    return MISSING if blocking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
