"""Writing the chain: the canonical form of an entry, its hash, and the next entry of a subject.

The bytes that are hashed are specified in docs/ledger.md and computed alike here and in SQL (`ledger_hash`, migration
0002).
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection, transaction

from procedures.models.ledger import LedgerEntry
from procedures.now import now

__all__ = [
    "GENESIS",
    "Head",
    "append",
    "canonical",
    "canonical_entry",
    "entry",
    "hash_of",
    "head_of",
    "salted",
]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the sequence and hash of its last entry."""

    sequence: int
    hash: str


GENESIS = Head(0, "0" * 64)
"""The head of a chain without entries."""

PERSONAL_KEYS = frozenset(
    {"full_name", "email", "phone", "address", "birthday", "national_id", "tax_code", "password", "answers"}
)
"""Keys that `data` may not have at any depth: what they hold belongs to rows that can be erased."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def salted(value: str, *, salt: str = "") -> str:
    """A keyed SHA-256 of a personal value, as 64 hexadecimal digits, for `data`.

    Keep `salt` in the row that holds the value and erase both together: nobody can then guess the value back.
    Without `salt`, the key derives from SECRET_KEY: enough to recognise a value, not to forget it.
    """
    key = salt or f"motcua.ledger:{settings.SECRET_KEY}"
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()


def canonical(data: Mapping[str, object]) -> str:
    """The one text of `data`: compact JSON, keys sorted, UTF-8 unescaped.

    Raises ValueError for what would not be the same text everywhere (floats, NUL, lone surrogates, other types) and
    for personal data (a key of PERSONAL_KEYS, or a mail address).
    """
    _check(data, "data")
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _check(value: object, where: str) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError(f"ledger {where}: a key is not text")
            if key in PERSONAL_KEYS:
                raise ValueError(f"ledger {where}.{key}: personal data; store a reference or salted()")
            _check(key, where)
            _check(item, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item, where)
    elif isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError(f"ledger {where}: NUL or half a character")
        if _EMAIL.search(value):
            raise ValueError(
                f"ledger {where}: a mail address is personal data; store a reference or salted()"
            )
    elif value is not None and not isinstance(value, bool | int):
        raise ValueError(f"ledger {where}: {type(value).__name__} has no canonical form")


def canonical_entry(row: LedgerEntry) -> str:
    """The one text of an entry, which is hashed (docs/ledger.md)."""
    body = {
        "subject_kind": row.subject_kind,
        "subject_id": row.subject_id,
        "sequence": row.sequence,
        "at": row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "actor": row.actor,
        "on_behalf_of": row.on_behalf_of,
        "act": row.act,
        "from_state": row.from_state,
        "to_state": row.to_state,
        "node": row.node,
        "data": row.data,
        "definition_sha256": row.definition_sha256,
        "prev_hash": row.prev_hash,
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(row: LedgerEntry) -> str:
    """The hash that the row must bear, recomputed from its columns (docs/ledger.md)."""
    return hashlib.sha256(canonical_entry(row).encode()).hexdigest()


def entry(
    *,
    head: Head,
    subject_kind: str,
    subject_id: int,
    at: datetime,
    actor: str,
    act: str,
    data: Mapping[str, object],
    on_behalf_of: str = "",
    from_state: str = "",
    to_state: str = "",
    node: str = "",
    definition_sha256: str = "",
) -> LedgerEntry:
    """The next entry after `head`, with its hash, not saved: the caller holds the subject's lock and writes it.

    Raises ValueError for a naive `at` and for `data` that `canonical` refuses.
    """
    if at.tzinfo is None:
        raise ValueError("a ledger entry needs a moment with its time zone")
    row = LedgerEntry(
        subject_kind=subject_kind,
        subject_id=subject_id,
        sequence=head.sequence + 1,
        at=at.astimezone(UTC),
        actor=actor,
        on_behalf_of=on_behalf_of,
        act=act,
        from_state=from_state,
        to_state=to_state,
        node=node,
        data=canonical(data),
        definition_sha256=definition_sha256,
        prev_hash=head.hash,
    )
    row.hash = hash_of(row)
    return row


def head_of(*, subject_kind: str, subject_id: int) -> Head:
    """The end of the subject's chain as the ledger has it; GENESIS when there is none."""
    last = (
        LedgerEntry.objects.filter(subject_kind=subject_kind, subject_id=subject_id)
        .order_by("-sequence")
        .values_list("sequence", "hash")
        .first()
    )
    return Head(*last) if last else GENESIS


def append(
    *,
    subject_kind: str,
    subject_id: int,
    actor: str,
    act: str,
    data: Mapping[str, object],
    at: datetime | None = None,
    on_behalf_of: str = "",
    from_state: str = "",
    to_state: str = "",
    node: str = "",
    definition_sha256: str = "",
) -> LedgerEntry:
    """Write the next entry of a subject that has no row lock of its own: the chain is locked here.

    One transaction with what the caller does, if it opened one. `at` is the present when left out.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"ledger:{subject_kind}:{subject_id}"],
            )
        row = entry(
            head=head_of(subject_kind=subject_kind, subject_id=subject_id),
            subject_kind=subject_kind,
            subject_id=subject_id,
            at=at or now(),
            actor=actor,
            on_behalf_of=on_behalf_of,
            act=act,
            from_state=from_state,
            to_state=to_state,
            node=node,
            data=data,
            definition_sha256=definition_sha256,
        )
        row.save(force_insert=True)
    return row
