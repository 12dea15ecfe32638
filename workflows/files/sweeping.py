"""The broom: removes bytes that no row names, finishes checks that were interrupted, and reports what is missing.

Running it twice changes nothing more; one bad file never stops it.
"""

import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import transaction

from workflows.files import disk
from workflows.files.checking import check
from workflows.files.intake import lock_content
from workflows.models.file import StoredFile

__all__ = ["Swept", "sweep"]

BATCH = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    removed: int
    """Files on the disk that no row named, unfinished ones included."""
    checked: int
    """Files that left quarantine."""
    waiting: int
    """Files that are in quarantine still."""
    missing: tuple[str, ...]
    """Hashes of rows whose bytes are not on the disk."""


def sweep(*, older_than: timedelta = timedelta(hours=1)) -> Swept:
    """Remove orphans older than that, re-check what waits in quarantine, look for lost bytes. Outside a transaction."""
    before = time.time() - older_than.total_seconds()
    removed = sum(_remove_temporary(path, before) for path in _folder(disk.temporary()))
    removed += _remove_orphans(before)
    checked = waiting = 0
    for file in StoredFile.objects.filter(state=StoredFile.State.QUARANTINED).order_by("pk").iterator():
        try:
            after = check(file)
        except Exception:
            log.exception("a file could not be checked", extra={"sha256": file.sha256})
            after = file
        if after.state == StoredFile.State.QUARANTINED:
            waiting += 1
        else:
            checked += 1
    return Swept(removed=removed, checked=checked, waiting=waiting, missing=_missing())


def _remove_temporary(path: Path, before: float) -> int:
    return _unlink(path) if _is_older(path, before) else 0


def _remove_orphans(before: float) -> int:
    removed = 0
    old: list[Path] = []
    for first in _folder(disk.root()):
        if first == disk.temporary() or not first.is_dir():
            continue
        for second in _folder(first):
            old.extend(path for path in _folder(second) if _is_older(path, before))
            if len(old) >= BATCH:
                removed += _remove_unnamed(old, before)
                old = []
    return removed + _remove_unnamed(old, before)


def _remove_unnamed(paths: list[Path], before: float) -> int:
    hashes = [path.name for path in paths]
    named = set(StoredFile.objects.filter(sha256__in=hashes).values_list("sha256", flat=True))
    return sum(_remove_orphan(path, before) for path in paths if path.name not in named)


def _remove_orphan(path: Path, before: float) -> int:
    """Look again under the lock that every intake holds: the same bytes may be coming in at this moment."""
    try:
        expected = disk.path(path.name) == path
    except ValueError:
        expected = False
    if not expected:
        return 0  # not ours: left for a person to look at
    with transaction.atomic():
        lock_content(sha256=path.name)
        if StoredFile.objects.filter(sha256=path.name).exists() or not _is_older(path, before):
            return 0
        return _unlink(path)


def _missing() -> tuple[str, ...]:
    hashes = StoredFile.objects.order_by("pk").values_list("sha256", flat=True).iterator()
    return tuple(sha256 for sha256 in hashes if not disk.path(sha256).exists())


def _folder(path: Path) -> Iterator[Path]:
    if path.is_dir():
        with os.scandir(path) as entries:
            yield from sorted(Path(entry.path) for entry in entries)


def _is_older(path: Path, before: float) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime < before
    except FileNotFoundError:
        return False


def _unlink(path: Path) -> int:
    path.unlink(missing_ok=True)
    return 1
