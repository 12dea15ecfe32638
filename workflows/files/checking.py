"""From quarantine to clean or refused: our verifiers in a process of their own, then ClamAV where one is configured.

Fail closed: when a check cannot be made (no scanner, no child process), the file stays in quarantine, says so, and the
sweeper tries again.
"""

import json
import logging
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.db import transaction

from procedures.errors import Reason
from procedures.now import now
from workflows.files import clamd, disk, verifiers
from workflows.files.errors import FileNotClean
from workflows.files.verifiers import findings
from workflows.models.file import StoredFile

__all__ = ["check", "read_clean"]

PATIENCE = 45.0
"""Seconds that a checking process may take by the clock on the wall, on a busy machine."""

_FOLDER = str(Path(verifiers.__file__).parent.parent)
_BOOT = (
    "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_module('verifiers', run_name='__main__')"
)

log = logging.getLogger(__name__)


class _CannotCheck(Exception):
    """This machine's fault, not the file's."""


def gettext_noop(message: str) -> str:
    return message


def check(file: StoredFile) -> StoredFile:
    """Judge a file in quarantine, and give back its row as it stands then. Any other state is left as it is.

    Two checks at once come to one result; the first to end writes it. Call it outside a transaction: it takes seconds.
    """
    if file.state != StoredFile.State.QUARANTINED:
        return file
    try:
        found = _examine(disk.path(file.sha256), file.media_type)
    except _CannotCheck as error:
        log.error("a file could not be checked: %s", error, extra={"sha256": file.sha256})
        return _write(file, unchecked=True)
    return _write(file, found=found)


def read_clean(file: StoredFile) -> bytes:
    """The bytes of a file that passed. Raises FileNotClean (409 while it is being checked, else 422), FileDamaged."""
    if not file.is_clean:
        waiting = file.state == StoredFile.State.QUARANTINED
        raise FileNotClean(
            *((_being_checked(),) if waiting else file.reasons), status=409 if waiting else 422
        )
    return disk.read(file.sha256)


def _examine(path: Path, media_type: str) -> list[findings.Finding]:
    found = _ask_verifiers(path, media_type)
    address: str = getattr(settings, "CLAMD", "")
    if found or not address:
        return found
    try:
        name = clamd.scan(path=path, address=address)
    except clamd.ScannerUnavailable as error:
        raise _CannotCheck(f"clamd: {error}") from error
    return [findings.malware(name=name)] if name else []


def _ask_verifiers(path: Path, media_type: str) -> list[findings.Finding]:
    command = [sys.executable, "-I", "-c", _BOOT, _FOLDER, str(path), media_type]
    try:
        ended = subprocess.run(  # noqa: S603  (our own interpreter and our own code; the file's name is its hash)
            command,
            env={"LANG": "C.UTF-8"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return [findings.too_complex()]
    except OSError as error:
        raise _CannotCheck(str(error)) from error
    ready, _, answer = ended.stdout.decode("utf-8", "replace").partition("\n")
    if ready != "READY":
        raise _CannotCheck(ended.stderr.decode("utf-8", "replace")[-500:])
    if ended.returncode < 0:
        return [findings.too_complex()]
    if ended.returncode > 0:
        log.warning("a verifier broke: %s", ended.stderr.decode("utf-8", "replace")[-500:])
        return [findings.unreadable()]
    return [findings.Finding(**finding) for finding in json.loads(answer)]


def _write(
    file: StoredFile, *, found: list[findings.Finding] | None = None, unchecked: bool = False
) -> StoredFile:
    with transaction.atomic():
        row = StoredFile.objects.select_for_update(of=("self",), no_key=True).get(pk=file.pk)
        if row.state != StoredFile.State.QUARANTINED:
            return row
        if unchecked:
            row.findings = [_as_data(_not_checked_yet())]
        elif found:
            row.refuse(findings=[asdict(finding) for finding in found])
        else:
            row.pass_checks()
        row.checked_at = now()
        row.save(update_fields=["state", "findings", "checked_at"])
        return row


def _as_data(reason: Reason) -> dict[str, object]:
    return {
        "code": reason.code,
        "message": reason.message,
        "remedy": reason.remedy,
        "params": dict(reason.params),
    }


def _being_checked() -> Reason:
    return Reason(
        code="file.being-checked",
        message=gettext_noop("This file is still being checked."),
        remedy=gettext_noop("Wait a moment and open it again."),
    )


def _not_checked_yet() -> Reason:
    return Reason(
        code="file.not-checked",
        message=gettext_noop("This file could not be checked yet; the check is repeated automatically."),
        remedy=gettext_noop("You need not upload it again."),
    )
