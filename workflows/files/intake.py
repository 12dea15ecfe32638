"""Taking bytes in: from a sender, who is not believed, and from ourselves.

What can be seen while the bytes stream in is refused at once, and leaves nothing: no extension of ours, too large,
empty, not what the extension says, a known virus test. The rest waits in quarantine for `checking`.
"""

from collections.abc import Iterable, Iterator

from django.db import connection, transaction

from procedures.errors import Reason
from procedures.now import now
from workflows.faults import fault
from workflows.files import disk
from workflows.files.errors import FileRefused, as_reason
from workflows.files.names import declared_extension
from workflows.files.verifiers import findings, kinds
from workflows.models.file import StoredFile

__all__ = ["LIMIT", "put_bytes", "store"]

LIMIT = 50 * 1024 * 1024
"""The largest file that we take, in bytes."""


def gettext_noop(message: str) -> str:
    return message


def store(*, chunks: Iterable[bytes], declared_name: str, limit: int = LIMIT) -> StoredFile:
    """Keep what a sender hands in; the file is in quarantine until `check` has passed it.

    The same bytes handed in again are the same row, in whatever state it has reached by now.
    Raises FileRefused: `file.type` 415, `file.too-large` 413, `file.empty`, `file.mismatch` or `file.malware` 422.
    """
    extension = declared_extension(name=declared_name)
    if extension is None:
        raise FileRefused(_wrong_type(), status=415)
    with disk.incoming(chunks=_watched(chunks, limit)) as arrived:
        if arrived.size == 0:
            raise FileRefused(_empty())
        media_type = kinds.media_type_of(path=arrived.path)
        if media_type is None or media_type != kinds.BY_EXTENSION[extension]:
            raise FileRefused(as_reason(finding=findings.mismatch(extension=extension)))
        return _keep(arrived, media_type)


def put_bytes(data: bytes, media_type: str) -> StoredFile:
    """Keep bytes that we made ourselves (papers, messages); the file is clean from the beginning."""
    with disk.incoming(chunks=[data]) as arrived:
        return _keep(arrived, media_type, ours=True)


def _keep(arrived: disk.Incoming, media_type: str, *, ours: bool = False) -> StoredFile:
    with transaction.atomic():
        lock_content(sha256=arrived.sha256)
        disk.keep(arrived=arrived)
        file, _ = StoredFile.objects.get_or_create(
            sha256=arrived.sha256,
            defaults={"size": arrived.size, "media_type": media_type, "created_at": now()},
        )
        if ours and not file.is_clean:
            file.vouch()
            file.media_type, file.checked_at = media_type, now()
            file.save(update_fields=["state", "findings", "media_type", "checked_at"])
    fault("file.after_row")
    return file


def lock_content(*, sha256: str) -> None:
    """Until the transaction ends nobody else takes in, or sweeps away, the same content."""
    key = int.from_bytes(bytes.fromhex(sha256[:16]), "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def _watched(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size, tail = 0, b""
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise FileRefused(_too_large(limit), status=413)
        if findings.EICAR in tail + chunk:
            raise FileRefused(as_reason(finding=findings.malware(name="EICAR")))
        tail = (tail + chunk)[-len(findings.EICAR) :]
        yield chunk


def _wrong_type() -> Reason:
    return Reason(
        code="file.type",
        message=gettext_noop("We take files of these kinds: %(kinds)s."),
        params={"kinds": ", ".join(kinds.EXTENSIONS)},
        remedy=gettext_noop("Open the document, save or export it as PDF, and upload that file."),
    )


def _too_large(limit: int) -> Reason:
    return Reason(
        code="file.too-large",
        message=gettext_noop("This file is larger than %(limit)s MB."),
        params={"limit": limit // (1024 * 1024)},
        remedy=gettext_noop(
            "Split it into several files, or scan it at 300 dpi, and upload them one by one."
        ),
    )


def _empty() -> Reason:
    return Reason(
        code="file.empty",
        message=gettext_noop("This file is empty."),
        remedy=gettext_noop("Check that it opens on your computer, save it again, and upload the new file."),
    )
