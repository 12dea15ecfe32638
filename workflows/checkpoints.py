"""Once a day the ledger's new entries are put into one hash, which is signed, stamped and published.

A superuser of the database can write a chain anew, and the heads kept beside it. A checkpoint that somebody else has
kept cannot be written anew: `verify_ledger` finds where the ledger no longer bears it out (docs/ledger.md).
"""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta

import structlog
from django.db import connection, transaction

from procedures.ledger import Finding
from procedures.ledger.tree import root_of
from procedures.models import LedgerEntry
from procedures.now import now
from workflows import production, selectors
from workflows.credentials.keys import RegisterKey, signing_key
from workflows.models import Checkpoint
from workflows.timers import every

__all__ = ["faults", "faults_of", "make_due", "stamp_due"]

EVERY = timedelta(days=1)
SETTLED = timedelta(hours=1)
"""Younger entries wait for the next checkpoint: no transaction lasts so long, so none with a lower id is still open."""
MOST = 1 << 16
"""Entries in one checkpoint: a proof reads them all."""
_BATCH = 5000

log = structlog.get_logger(__name__)


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@every(600, name="checkpoints")
def make_due() -> list[Checkpoint]:
    """Put the entries that are in no checkpoint yet into as many as they need, if the last one is a day old.

    Nothing where the register has no key. Safe to run twice at once: the second waits, and finds nothing to do.
    """
    key = signing_key()
    made: list[Checkpoint] = []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('motcua.checkpoints'))")
        last = Checkpoint.objects.order_by("-number").first()
        if key is None or (last is not None and now() - last.at < EVERY):
            return made
        while (row := _next(last, key)) is not None:
            made.append(row)
            last = row
    return made


@every(600, name="checkpoint-stamps")
def stamp_due() -> int:
    """Have an authority say when the newest checkpoints were there, those that have no time stamp; how many got one.

    An authority that does not answer is asked again the next time.
    """
    rows, stamped = selectors.checkpoints(), 0
    kept = selectors.checkpoint_stamps(rows)
    for row in rows:
        if row.fingerprint not in kept:
            try:
                production.timestamp(bytes.fromhex(row.fingerprint))
            except (production.TimestampProblem, FileNotFoundError) as problem:
                log.warning("a checkpoint has no time stamp yet", number=row.number, why=str(problem))
                break
            stamped += 1
    return stamped


def _next(last: Checkpoint | None, key: RegisterKey) -> Checkpoint | None:
    at = now()
    fresh = LedgerEntry.objects.filter(pk__gt=last.last_id if last else 0)
    settled = fresh.filter(at__lte=at - SETTLED).order_by("-pk").values_list("pk", flat=True).first()
    if settled is None:
        return None
    entries = list(fresh.filter(pk__lte=settled).order_by("pk").values_list("pk", "hash")[:MOST])
    number, root = (last.number if last else 0) + 1, root_of(digest for _pk, digest in entries)
    claims = {
        "sub": selectors.checkpoint_uri(number),
        "iat": int(at.timestamp()),
        "number": number,
        "count": len(entries),
        "root": root,
        "previous": last.fingerprint if last else "",
    }
    return Checkpoint.objects.create(
        number=number,
        at=at,
        first_id=entries[0][0],
        last_id=entries[-1][0],
        token=key.jws(json.dumps(claims, separators=(",", ":")).encode(), typ=selectors.CHECKPOINT),
    )


def faults_of(kept: Iterable[str]) -> Iterator[Finding]:
    """What is wrong with checkpoints that somebody kept elsewhere: signed by another, or not what stands here."""
    for token in kept:
        said = selectors.checkpoint_claims(token)
        number = int(said["number"]) if said else 0
        if said is None:
            yield _fault(number, gettext_noop("it is not signed by a key of the register"))
        elif not Checkpoint.objects.filter(number=number, token=token).exists():
            yield _fault(number, gettext_noop("the one that was kept elsewhere is another"))


def _fault(number: int, message: str) -> Finding:
    return Finding("checkpoint", number, 0, "checkpoint", message)


def faults() -> Iterator[Finding]:
    """Every checkpoint that the ledger no longer bears out, or whose signed statement says something else."""
    previous, after = "", 0
    for number, row in enumerate(Checkpoint.objects.order_by("number").iterator(), start=1):
        said = selectors.checkpoint_claims(row.token)
        entries = LedgerEntry.objects.filter(pk__gt=after, pk__lte=row.last_id).order_by("pk")
        root = root_of(entries.values_list("hash", flat=True).iterator(chunk_size=_BATCH))
        if said is None:
            yield _fault(row.number, gettext_noop("it is not signed by a key of the register"))
        elif (said["number"], said["root"], said["previous"]) != (number, root, previous):
            yield _fault(row.number, gettext_noop("its entries were changed, removed or added to"))
        previous, after = row.fingerprint, row.last_id
