"""Writing to the outbox, in the transaction of what happened."""

from datetime import datetime

from django.db import connection, transaction

from workflows.models.outbox import OutboxRow
from workflows.outbox.registry import Payload, registry

__all__ = ["CHANNEL", "put", "rows_for", "wake"]

CHANNEL = "motcua_outbox"
MAX_TEXT = 200


def rows_for(
    *, kind: str, dossier_id: int | None, sequence: int, payload: Payload, now: datetime
) -> list[OutboxRow]:
    """The unsaved rows of one event, one a subscriber; the caller inserts them in its transaction and calls `wake`.

    `sequence` grows with the dossier's acts and is assigned under the dossier's lock; `now` is aware.
    Raises ValueError for a payload that holds more than references.
    """
    _check_references(payload)
    return [
        OutboxRow(
            kind=kind,
            subscriber=subscription.name,
            dossier_id=dossier_id,
            sequence=sequence,
            payload=dict(payload),
            created_at=now,
        )
        for subscription in registry.of_kind(kind)
    ]


def put(
    *, kind: str, dossier_id: int | None, sequence: int, payload: Payload, now: datetime
) -> list[OutboxRow]:
    """Tell every subscriber of an event, if and when the surrounding transaction commits. See `rows_for`."""
    rows = rows_for(kind=kind, dossier_id=dossier_id, sequence=sequence, payload=payload, now=now)
    if rows:
        with transaction.atomic():
            OutboxRow.objects.bulk_create(rows)
            wake()
    return rows


def wake() -> None:
    """Tell the relay that there is work; PostgreSQL delivers it at commit, and not at all after a rollback."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _check_references(payload: Payload) -> None:
    for key, value in payload.items():
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, str | int | None) or (isinstance(item, str) and len(item) > MAX_TEXT):
                raise ValueError(
                    f"payload[{key!r}] is not a reference (text up to {MAX_TEXT}, number, yes or no)"
                )
