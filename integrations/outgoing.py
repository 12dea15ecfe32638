"""Writing a message: composed, validated and signed first, then queued once, under its business key.

The bytes that are stored are the bytes that are sent, at every attempt. What cannot be said in the partner's words is
stored too, as given up before sending: an officer sees it and the reason.
"""

import hashlib
from uuid import uuid4

from django.db import connection, transaction

from integrations.envelope import Document, Facts, Unmappable, Unreadable
from integrations.models import Connector, Message
from integrations.registry import Partner, connector, registry
from procedures.now import now

__all__ = ["BUDGET_SECONDS", "enqueue", "rewrite"]

BUDGET_SECONDS = 72 * 3600
"""How long a message is tried before an officer must look."""


def enqueue(
    *, partner: str, dossier_id: int, facts: Facts, paper: bytes, revision: int = 1
) -> Message | None:
    """The queued message about a licence; the one that is there already when it was written before.

    None when the connector is off. `facts` are `workflows.selectors.licence_document`'s, `paper` its PDF.
    """
    adapter, row = registry.get(partner), connector(partner)
    if row.mode == Connector.Mode.OFF:
        return None
    known = Message.objects.filter(
        connector=row, dossier_id=dossier_id, document=adapter.document, revision=revision
    ).first()
    if known is not None:
        return known
    message = _written(adapter, row, dossier_id=dossier_id, facts=facts, paper=paper, revision=revision)
    with transaction.atomic():
        return _insert(message)


def rewrite(old: Message, *, facts: Facts, paper: bytes) -> Message:
    """Say what a message said anew, by the facts, codes and keys of today, in its turn; the old one is superseded.

    The caller has locked `old`, in a transaction. Raises Unmappable where it still cannot be said.
    """
    adapter, row = registry.get(old.connector.name), old.connector
    siblings = Message.objects.filter(connector=row, dossier_id=old.dossier_id)
    revision = max(siblings.values_list("revision", flat=True)) + 1
    message = _written(adapter, row, dossier_id=old.dossier_id, facts=facts, paper=paper, revision=revision)
    if message.state == Message.State.DEAD:
        raise Unmappable(message.last_error)
    message.cites, message.position = old, old.position
    old.supersede()
    old.save(update_fields=["state"])
    return _insert(message)


def _written(
    adapter: Partner, row: Connector, *, dossier_id: int, facts: Facts, paper: bytes, revision: int
) -> Message:
    identity, at = uuid4(), now()
    wire_id, reason = str(identity), ""
    try:
        document = adapter.compose(facts=facts, paper=paper, wire_id=wire_id, at=at)
    except (Unmappable, Unreadable) as error:
        document, reason = (
            Document(type=adapter.document[:20], function="", content=b"", content_type=""),
            str(error)[:500],
        )
    message = Message(
        uuid=identity,
        connector=row,
        dossier_id=dossier_id,
        dossier_code=facts["dossier_code"],
        subject=facts["number"],
        document=adapter.document,
        type=document.type,
        function=document.function,
        revision=revision,
        wire_id=wire_id,
        content=document.content,
        content_type=document.content_type,
        sha256=hashlib.sha256(document.content).hexdigest(),
        created_at=at,
        last_error=reason,
    )
    if reason:
        message.give_up()
    return message


def _insert(message: Message) -> Message:
    """Give the message its place in the order of its dossier; two writers at once get one message."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('integrations.message:' || %s || ':' || %s, 0))",
            [message.connector_id, message.dossier_id],
        )
        cursor.execute(
            "SELECT clock_timestamp(), clock_timestamp() + make_interval(secs => %s)", [BUDGET_SECONDS]
        )
        message.due_at, message.dead_after = cursor.fetchone()
    siblings = Message.objects.filter(connector=message.connector, dossier_id=message.dossier_id)
    known = siblings.filter(document=message.document, revision=message.revision).first()
    if known is not None:
        return known
    message.sequence = (siblings.order_by("-sequence").values_list("sequence", flat=True).first() or 0) + 1
    message.position = message.position or message.sequence
    message.save(force_insert=True)
    return message
