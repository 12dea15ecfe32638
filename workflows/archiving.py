"""Published papers get archive time stamps: the first a while after publication, the next before the last one ends.

What is due is asked of the rows and queued in the outbox, so it is tried until it is done, by any worker; nothing is
put on a file whose signatures do not hold any more. Whoever must look after a paper finds it in `selectors.archive`.
"""

from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction

from procedures import ledger
from procedures.now import now
from procedures.policy import SYSTEM
from workflows import files, outbox, selectors
from workflows.faults import fault
from workflows.models import ArchiveStamp, Extract, OutboxRow, Paper
from workflows.models.archive import RENEW_BEFORE, due, late
from workflows.outbox import Event, subscribe
from workflows.papers import custody
from workflows.papers.archive import ArchiveFaulty, with_archive_stamp
from workflows.papers.timestamps import Token
from workflows.papers.trust import TrustStores
from workflows.papers.verify import verify
from workflows.subscribers import waiting_for_others
from workflows.timers import every

__all__ = ["put_on", "queue_due"]

PDF = "application/pdf"
BATCH = 500
AGAIN = timedelta(days=1)
"""When a stamp is asked for anew that was not put on meanwhile."""
KINDS: tuple[tuple[str, type[Paper] | type[Extract]], ...] = (("paper", Paper), ("extract", Extract))

log = structlog.get_logger(__name__)


@every(60, name="archive")
def queue_due(*, batch: int = BATCH) -> int:
    """Queue every published paper whose next archive time stamp is due; how many. Says which are late."""
    queued = 0
    for kind, model in KINDS:
        with transaction.atomic():
            found = model.objects.filter(due(now())).select_for_update(skip_locked=True).order_by("pk")
            rows: list[Any] = list(found.only(*_FILES)[:batch])
            OutboxRow.objects.bulk_create(
                event
                for row in rows
                for event in outbox.rows_for(
                    kind="paper.archive",
                    dossier_id=None,
                    sequence=0,
                    payload={kind: row.pk, "file": row.file_sha256},
                    now=now(),
                )
            )
            model.objects.filter(pk__in=[row.pk for row in rows]).update(archive_due_at=now() + AGAIN)
        queued += len(rows)
    if waiting := sum(model.objects.filter(late(now())).count() for _kind, model in KINDS):
        log.error("papers wait too long for their archive time stamp", count=waiting)
    return queued


_FILES = ("rendered_sha256", "signed_sha256", "sealed_sha256", "archived_sha256")


@subscribe("paper.archive", name="archive")
def put_on(event: Event) -> None:
    """Put the next archive time stamp on a paper's newest file.

    Whoever comes second, or after somebody else has done it, changes nothing. Raises ArchiveFaulty.
    """
    kind, model = next(one for one in KINDS if one[0] in event.payload)
    row = model.objects.get(pk=int(str(event.payload[kind])))
    base = row.file_sha256
    if base != event.payload["file"]:
        return
    pdf, stores = files.read(base), custody.trust_stores()
    tokens: list[Token] = []

    def stamp(imprint: bytes) -> bytes:
        tokens.append(custody.time_authority().token(imprint))
        return tokens[-1].der

    with waiting_for_others():
        archived = with_archive_stamp(pdf, stores=stores, timestamp=stamp)
    token = tokens[-1]
    if row.archived_until is not None and token.until <= row.archived_until:
        # The authority still signs with the certificate that is about to end: tomorrow again.
        log.error("the time-stamping authority cannot renew yet", ends=row.archived_until.isoformat())
        return
    _must_hold(row, archived, stores)
    fault("archive.before_stored")
    digest = files.put_bytes(archived, PDF).sha256
    fault("archive.before_recorded")
    _record(kind, model, row.pk, base=base, digest=digest, token=token)


def _must_hold(row: Any, pdf: bytes, stores: TrustStores) -> None:
    """The file alone must convince, without our register: only that is worth a stamp."""
    found = verify(
        pdf,
        stores=stores,
        expected=selectors.expected_of(row),
        record=None,
        at=now(),
        ask_register=False,
    )
    if found.verdict != "valid":
        against = [f"{one.code} {one.subject}".strip() for one in found.reasons if one.passed is not True]
        raise ArchiveFaulty(f"not put under a time stamp: {', '.join(against)}")


def _record(
    kind: str, model: type[Paper] | type[Extract], pk: int, *, base: str, digest: str, token: Token
) -> None:
    with transaction.atomic():
        row = model.objects.select_for_update().get(pk=pk)
        if row.file_sha256 != base:
            return
        ArchiveStamp.objects.create(
            **{f"{kind}_id": pk}, base_sha256=base, file_sha256=digest, at=token.at, until=token.until
        )
        row.archived_sha256 = digest
        row.archived_until = token.until
        row.archive_due_at = max(token.until - RENEW_BEFORE, now() + AGAIN)
        row.save(update_fields=["archived_sha256", "archived_until", "archive_due_at"])
        ledger.append(
            subject_kind=kind,
            subject_id=pk,
            actor=SYSTEM.ref,
            act="archived",
            data={
                "base_sha256": base,
                "file_sha256": digest,
                "stamped_at": token.at.isoformat(),
                "until": token.until.isoformat(),
            },
        )
