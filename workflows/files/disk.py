"""Where the bytes lie: `<DATA_DIR>/files/aa/bb/<sha256>`, written once, never changed.

A file appears under its name complete or not at all: it is written beside, forced to the disk, renamed, and then the
folder is forced too; a power cut leaves at most a file in `tmp` that the sweeper removes.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from workflows.faults import fault
from workflows.files.errors import FileDamaged

__all__ = ["Incoming", "incoming", "keep", "path", "read", "root", "temporary"]


@dataclass(frozen=True, slots=True)
class Incoming:
    """Bytes that have arrived completely, are on the disk, and have no name yet."""

    path: Path
    sha256: str
    size: int


def root() -> Path:
    """The folder of all stored bytes."""
    return Path(settings.DATA_DIR) / "files"


def temporary() -> Path:
    """The folder of bytes on their way in; on the same disk, or a rename would not be one step."""
    return root() / "tmp"


def path(sha256: str) -> Path:
    """Where the bytes of that hash lie, or would lie. Raises ValueError on anything but 64 hexadecimal digits."""
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise ValueError("not a SHA-256 in lower-case hexadecimal")
    return root() / sha256[:2] / sha256[2:4] / sha256


def read(sha256: str) -> bytes:
    """The bytes of that hash, whatever their state. Raises FileDamaged when they are gone or changed."""
    try:
        content = path(sha256).read_bytes()
    except FileNotFoundError as error:
        raise FileDamaged(f"{sha256} is missing") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise FileDamaged(f"{sha256} was changed on the disk")
    return content


@contextmanager
def incoming(*, chunks: Iterable[bytes]) -> Iterator[Incoming]:
    """Write chunks to a temporary file and force it to the disk; it is gone after the block unless kept."""
    temporary().mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=temporary())
    try:
        digest, size = hashlib.sha256(), 0
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        yield Incoming(path=Path(name), sha256=digest.hexdigest(), size=size)
    finally:
        Path(name).unlink(missing_ok=True)


def keep(*, arrived: Incoming) -> Path:
    """Give the bytes their name. Twice is the same as once; the time of change is renewed."""
    final = path(arrived.sha256)
    fault("file.before_rename")
    made = [folder for folder in (final.parent, final.parent.parent) if not folder.exists()]
    final.parent.mkdir(parents=True, exist_ok=True)
    arrived.path.replace(final)
    for folder in (final.parent, *(folder.parent for folder in made)):
        _force(folder)
    fault("file.after_rename")
    return final


def _force(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
