"""Makes the virtual environment and installs the requirements by hash, once for each content of the file.

Standard library only: this creates the place where everything else is. What pip says goes to the log; a person gets
one line with the cause and the remedy.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VENV = BASE_DIR / ".venv"
STAMP = VENV / "installed-requirements.json"
# The development file contains every pin of the other one.
CONTAINS = {"dev.txt": ["base.txt"]}
NOWHERE = "a package was not found: there is no network, or no build for this Python"
CONNECT = "connect, or point pip to a mirror (PIP_INDEX_URL, PIP_FIND_LINKS)"
CAUSES = (
    ("do not match the hashes", "a package is not the one we pinned", "run make requirements, and look at the diff"),
    ("No space left", "the disk is full", "free about 1 GB"),
    ("Permission denied", f"{VENV} may not be written", "change its owner, or remove it"),
    ("Read-only file system", f"{VENV} is on a read-only file system", "copy the project elsewhere"),
    ("No matching distribution", NOWHERE, f"{CONNECT}, or use Python 3.11 to 3.13"),
    ("Could not find a version", NOWHERE, f"{CONNECT}, or use Python 3.11 to 3.13"),
    ("name resolution", "there is no network", CONNECT),
    ("Failed to establish", "there is no network", CONNECT),
    ("Max retries", "there is no network", CONNECT),
    ("timed out", "the network is too slow", "try again, or set PIP_DEFAULT_TIMEOUT"),
)  # fmt: skip


def python() -> Path:
    """The interpreter of the virtual environment."""
    return VENV / "bin" / "python"


def digest(requirements: Path) -> str:
    """What must be installed again when it changes: the file, and the interpreter's series."""
    series = f"{sys.version_info.major}.{sys.version_info.minor}".encode()
    return hashlib.sha256(series + requirements.read_bytes()).hexdigest()


def installed() -> set[str]:
    """Digests of the requirement files which the environment satisfies."""
    try:
        return set(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return set()


def explain(output: str) -> str:
    """Cause and remedy, from what pip or venv said. The connection is named before what failed for want of it."""
    for sign, cause, remedy in sorted(CAUSES, key=lambda known: known[1] != "there is no network"):
        if sign in output:
            return f"{cause}: {remedy}"
    last = [line for line in output.splitlines() if line.strip()]
    return last[-1].strip() if last else "no reason was given"


def run(arguments: list[str], log: Path) -> str | None:
    """Run a command into the log. Returns None, or one line that explains the failure."""
    try:
        found = subprocess.run(arguments, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{arguments[0]} cannot be run ({error.strerror})"
    with log.open("a", encoding="utf-8") as written:
        written.write(f"$ {' '.join(arguments)}\n{found.stdout}{found.stderr}")
    return None if found.returncode == 0 else explain(found.stdout + found.stderr)


def main(arguments: list[str]) -> int:
    """Prepare the environment for one requirements file (default: base.txt). Returns the exit code."""
    requirements = BASE_DIR / "requirements" / (arguments[0] if arguments else "base.txt")
    data = Path(os.environ.get("DATA_DIR") or "var")
    log = (data if data.is_absolute() else BASE_DIR / data) / "log" / "bootstrap.log"
    if python().exists() and digest(requirements) in installed():
        return 0
    started = time.monotonic()
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        if not python().exists():
            print(f"environment: creating {VENV.name}", flush=True)
            if failure := run([sys.executable, "-m", "venv", str(VENV)], log):
                print(f"environment: {VENV.name} could not be created. {failure} (more in {log})", flush=True)
                return 1
        print(
            f"environment: installing requirements/{requirements.name}, each file checked by hash", flush=True
        )
        pip = [
            str(python()),
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "--require-hashes",
        ]
        if failure := run([*pip, "-r", str(requirements)], log):
            print(f"environment: requirements could not be installed. {failure} (more in {log})", flush=True)
            return 1
        names = [requirements.name, *CONTAINS.get(requirements.name, [])]
        STAMP.write_text(json.dumps(sorted(digest(requirements.parent / name) for name in names)))
    except OSError as error:
        print(f"environment: {error.filename or VENV} cannot be written ({error.strerror})", flush=True)
        return 1
    print(f"environment: ready after {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
