"""Our book of a day against a partner's, both ways: what one side has and the other has not is a task for an officer.

The partner's book is asked for an hour more at both ends, because its clock is not ours; what it holds is looked up by
the wire id, whenever it was sent, and what we say it took that day must be in that book.
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from django.db import transaction

from integrations.envelope import AnswerKind, DeliveryError, Held, Unreadable, Unverified, excerpt
from integrations.models import Connector, Difference, Message, Reconciliation
from integrations.registry import registry, wire
from procedures.now import HANOI, now, today
from workflows.timers import every

__all__ = ["reconcile", "reconcile_yesterday"]

log = logging.getLogger(__name__)
AROUND = timedelta(hours=1)
TAKEN = {
    Message.State.RECEIVED: AnswerKind.RECEIPT,
    Message.State.ACCEPTED: AnswerKind.ACCEPTED,
    Message.State.REJECTED: AnswerKind.REJECTED,
}
"""States in which the partner has the message, and what it said of it."""
Kind = Difference.Kind


@every(3600, name="reconciliation")
def reconcile_yesterday() -> int:
    """Hold yesterday's books of every line against each other, once; a partner that does not answer is asked again in
    an hour. How many were."""
    day, done = today() - timedelta(days=1), 0
    lines = Connector.objects.exclude(mode=Connector.Mode.OFF).exclude(reconciliations__day=day)
    for row in lines.filter(messages__isnull=False).distinct().order_by("name"):
        try:
            done += reconcile(row, day=day) is not None
        except (DeliveryError, Unreadable, Unverified) as error:
            log.warning(
                "the books could not be compared", extra={"partner": row.name, "reason": excerpt(str(error))}
            )
    return done


def reconcile(row: Connector, *, day: date) -> Reconciliation | None:
    """Compare the books of a day in Hanoi; None where that was done. Raises DeliveryError, Unreadable, Unverified."""
    since = datetime.combine(day, time(), HANOI)
    until = since + timedelta(days=1)
    book = registry.get(row.name).held(line=wire(row), since=since - AROUND, until=until + AROUND)
    theirs = {one.wire_id: one for one in book}
    known = {
        one.wire_id: one for one in Message.objects.filter(connector=row, wire_id__in=theirs).defer("content")
    }
    taken = Message.objects.filter(
        connector=row, received_at__gte=since, received_at__lt=until, state__in=TAKEN
    )
    ours = {one.wire_id: one for one in taken.defer("content")}
    with transaction.atomic():
        run, fresh = Reconciliation.objects.get_or_create(
            connector=row, day=day, defaults={"at": now(), "ours": len(ours), "theirs": len(theirs)}
        )
        if not fresh:
            return None
        found = [
            Difference(
                reconciliation=run,
                message=known.get(wire_id) or ours.get(wire_id),
                wire_id=wire_id,
                kind=kind,
            )
            for wire_id, kind in _differences(ours, known, theirs)
        ]
        Difference.objects.bulk_create(found)
    if found:
        log.error("the books differ", extra={"partner": row.name, "differences": len(found)})
    return run


def _differences(
    ours: Mapping[str, Message], known: Mapping[str, Message], theirs: Mapping[str, Held]
) -> Iterator[tuple[str, Kind]]:
    for wire_id in ours.keys() - theirs.keys():
        yield wire_id, Kind.MISSING_THERE
    for wire_id, held in theirs.items():
        message = known.get(wire_id)
        if message is None:
            yield wire_id, Kind.UNKNOWN_HERE
            continue
        if message.sha256 != held.sha256:
            yield wire_id, Kind.OTHER_BYTES
        if held.verdict == AnswerKind.RECEIPT:
            continue
        said = TAKEN.get(Message.State(message.state))
        if said in {None, AnswerKind.RECEIPT}:
            yield wire_id, Kind.ANSWER_MISSING
        elif said != held.verdict:
            yield wire_id, Kind.OTHER_VERDICT
