"""The ledger's checkpoints, and the proof that what published a paper is in one of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from joserfc import jws
from joserfc.errors import JoseError

from procedures.errors import NotFound, Reason
from procedures.ledger import canonical_entry
from procedures.ledger.tree import path_of
from procedures.models import LedgerEntry
from workflows.credentials.keys import known_keys
from workflows.models import Checkpoint, Paper, Timestamp

__all__ = [
    "CHECKPOINT",
    "Inclusion",
    "checkpoint",
    "checkpoint_claims",
    "checkpoint_of",
    "checkpoint_stamps",
    "checkpoint_uri",
    "checkpoints",
    "inclusion",
]

PAGE = 100
CHECKPOINT = "ledger-checkpoint+jwt"
"""Type of the signed statement."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That an entry is in a checkpoint: its hash and `path` lead to the root that is signed in `token`."""

    entry: str
    """The bytes that are hashed, as text (docs/ledger.md)."""
    hash: str
    index: int
    path: tuple[str, ...]
    checkpoint: Checkpoint


def checkpoint_uri(number: int) -> str:
    """The address of a checkpoint, which is signed into it."""
    return f"{settings.BASE_URL}/so-cai/{number}"


def checkpoint_claims(token: str) -> dict[str, Any] | None:
    """What a checkpoint's statement says; None where it is none, or no key of the register signed it."""
    for key in known_keys():
        try:
            read = jws.deserialize_compact(token, key.key, algorithms=["ES256"])
        except (JoseError, ValueError):
            continue
        if read.headers().get("typ") != CHECKPOINT:  # the same key signs lists, credentials and QR codes
            return None
        said: dict[str, Any] = json.loads(read.payload)
        return said
    return None


def checkpoints(*, before: int | None = None) -> list[Checkpoint]:
    """The newest checkpoints, or those before a number, newest first; at most PAGE. One query."""
    rows = Checkpoint.objects.order_by("-number")
    return list((rows if before is None else rows.filter(number__lt=before))[:PAGE])


def checkpoint_stamps(rows: Iterable[Checkpoint]) -> dict[str, bytes]:
    """The time stamps (RFC 3161, DER) that an authority gave for these, by their fingerprint. One query."""
    stamps = Timestamp.objects.filter(imprint__in=[row.fingerprint for row in rows])
    return {imprint: bytes(token) for imprint, token in stamps.values_list("imprint", "token")}


def checkpoint(*, number: int) -> Checkpoint:
    """One by its number. Raises NotFound."""
    row = Checkpoint.objects.filter(number=number).first()
    if row is None:
        raise NotFound(Reason("no_checkpoint", gettext_noop("There is no such checkpoint.")))
    return row


def _entry_of(paper: Paper) -> LedgerEntry | None:
    """The entry by which a paper was published, which names the hash of its sealed file; None where there is none."""
    if not paper.sealed_sha256 or paper.dossier_id is None:
        return None
    rows = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=paper.dossier_id)
    return rows.filter(data__contains=f'"sealed_sha256":"{paper.sealed_sha256}"').order_by("sequence").first()


def checkpoint_of(paper: Paper) -> Checkpoint | None:
    """The checkpoint that holds the entry by which a paper was published; None until there is one. Two queries."""
    return _holding(_entry_of(paper))


def _holding(entry: LedgerEntry | None) -> Checkpoint | None:
    if entry is None:
        return None
    return Checkpoint.objects.filter(first_id__lte=entry.pk, last_id__gte=entry.pk).first()


def inclusion(paper: Paper) -> Inclusion | None:
    """The proof for a published paper; None until its entry is in a checkpoint."""
    entry = _entry_of(paper)
    row = _holding(entry)
    if entry is None or row is None:
        return None
    entries = LedgerEntry.objects.filter(pk__gte=row.first_id, pk__lte=row.last_id).order_by("pk")
    digests = dict(entries.values_list("pk", "hash"))
    index = list(digests).index(entry.pk)
    path = path_of(list(digests.values()), index)
    return Inclusion(canonical_entry(entry), entry.hash, index, tuple(path), row)
