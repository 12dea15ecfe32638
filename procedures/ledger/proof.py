"""Proving the chain: recompute every entry, compare with heads kept elsewhere, and see that the guards stand.

The database refuses changes, gaps and wrong hashes; this finds what a superuser did behind its back.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db import connection

from procedures.ledger.chain import GENESIS, Head, hash_of
from procedures.models.ledger import LedgerEntry

__all__ = ["Finding", "register_check", "register_heads", "verify"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


KeptHead = tuple[str, int, int, str]
"""Subject kind, subject id, sequence and hash of a head that another table keeps."""

_heads: list[Callable[[], Iterable[KeptHead]]] = []


def register_heads(source: Callable[[], Iterable[KeptHead]]) -> None:
    """Name a table that keeps heads of chains: `source()` yields (kind, id, sequence, hash). Idempotent."""
    if source not in _heads:
        _heads.append(source)


_checks: list[Callable[[], Iterable["Finding"]]] = []


def register_check(check: Callable[[], Iterable["Finding"]]) -> None:
    """Name something else that the whole ledger must bear out: `check()` yields what is wrong. Idempotent."""
    if check not in _checks:
        _checks.append(check)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with the ledger, and where. `sequence` 0: the chain or the table as a whole."""

    subject_kind: str
    subject_id: int
    sequence: int
    code: str
    """"hash", "chain", "gap", "data", "head", "guard" or "checkpoint"."""
    message: str
    """English message id."""

    def __str__(self) -> str:
        where = f"{self.subject_kind}:{self.subject_id}" if self.subject_kind else "ledger"
        return f"{where} #{self.sequence} {self.code}: {self.message}"


GUARDS = frozenset({"ledger_chain", "ledger_frozen"})


def verify(*, subject_kind: str | None = None, subject_id: int | None = None) -> Iterator[Finding]:
    """Recompute every chain (or that of one kind, or of one subject) and name each faulty row.

    Finds changed, missing and inserted rows, heads kept elsewhere that the chain does not bear out, and guards
    of the database that somebody switched off. Reads row by row; run it in one REPEATABLE READ transaction when
    acts may be going on.
    """
    yield from _verify_guards()
    wanted = {"subject_kind": subject_kind, "subject_id": subject_id}
    rows = LedgerEntry.objects.filter(**{name: value for name, value in wanted.items() if value is not None})
    kept: dict[tuple[str, int], Head] = {}
    for source in _heads:
        for kind, number, sequence, digest in source():
            if subject_kind in (None, kind) and subject_id in (None, number):
                kept[kind, number] = Head(sequence, digest)
    subject: tuple[str, int] | None = None
    head = GENESIS
    for row in rows.order_by("subject_kind", "subject_id", "sequence").iterator(chunk_size=2000):
        if (row.subject_kind, row.subject_id) != subject:
            if subject is not None:
                yield from _compare_head(subject, head, kept)
            subject, head = (row.subject_kind, row.subject_id), GENESIS
        yield from _verify_row(row, head)
        head = Head(row.sequence, row.hash)
    if subject is not None:
        yield from _compare_head(subject, head, kept)
    for lost, expected in kept.items():
        if expected.sequence:
            message = gettext_noop("the whole chain is missing")
            yield Finding(*lost, expected.sequence, "head", message)
    for check in _checks if subject_kind is None else ():
        yield from check()


def _verify_row(row: LedgerEntry, head: Head) -> Iterator[Finding]:
    def finding(code: str, message: str) -> Finding:
        return Finding(row.subject_kind, row.subject_id, row.sequence, code, message)

    if row.sequence != head.sequence + 1:
        yield finding("gap", gettext_noop("entries before this one are missing"))
    if row.prev_hash != head.hash:
        yield finding("chain", gettext_noop("does not follow the entry before it"))
    if hash_of(row) != row.hash:
        yield finding("hash", gettext_noop("was changed: its hash is not that of its content"))
    try:
        if (
            json.dumps(json.loads(row.data), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            != row.data
        ):
            yield finding("data", gettext_noop("its data are not in canonical form"))
    except ValueError:
        yield finding("data", gettext_noop("its data cannot be read"))


def _compare_head(
    subject: tuple[str, int], head: Head, kept: dict[tuple[str, int], Head]
) -> Iterator[Finding]:
    """`kept` loses the heads that were compared; those left over belong to chains that are gone."""
    expected = kept.pop(subject, None)
    if expected is not None and expected != head:
        yield Finding(
            *subject,
            head.sequence,
            "head",
            gettext_noop("the chain does not end where the head kept elsewhere says"),
        )


def _verify_guards() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled IN ('O', 'A')",
            [LedgerEntry._meta.db_table],
        )
        active = {str(name) for (name,) in cursor.fetchall()}
    for name in sorted(GUARDS - active):
        yield Finding("", 0, 0, "guard", f"trigger {name} is missing or switched off")
