"""What integration officers do about messages and lines: each with its reason, each in the ledger of the line.

A message is never changed. What was given up is sent again as it stands, said anew in its turn by today's facts and
codes, or skipped, which takes two people: what the partner should have known it will then never be told.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from integrations import delivery, outgoing
from integrations.envelope import Unmappable
from integrations.models import Connector, Difference, Message, SkipRequest
from procedures import policy
from procedures.definition.model import Role
from procedures.errors import Conflict, Invalid, NotFound, Reason, Refused, Verdict, WrongState
from procedures.ledger import append
from procedures.models import User
from procedures.now import now
from procedures.policy import Actor

__all__ = [
    "MOST_A_MINUTE", "READERS", "ask_skip", "decide_skip", "message_of", "register", "replay", "resend", "retry",
    "set_paused", "settle",
]  # fmt: skip

READERS = (Role.INTEGRATION, Role.CONTROLLER, Role.AUDITOR)
LONGEST_REASON = 500
MOST_A_MINUTE = 600
AT_ONCE = 5000
"""How many messages one replay sends again at most."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def _may_read(actor: Actor, obj: object) -> Verdict:
    return policy.needs_role(actor, roles=READERS)


def _may_act(actor: Actor, obj: object) -> Verdict:
    return policy.needs_role(actor, roles=(Role.INTEGRATION,))


def register() -> None:
    """Tell the policy. Called once, when the app is ready."""
    policy.register("messages.read", _may_read)
    policy.register("messages.act", _may_act)


def message_of(uuid: UUID) -> Message:
    """A message by its identity. Raises NotFound."""
    return _one(Message.objects.select_related("connector", "cites"), uuid)


def _one(rows: QuerySet[Message], uuid: UUID) -> Message:
    found = rows.filter(uuid=uuid).first()
    if found is None:
        raise NotFound(Reason("no_message", gettext_noop("There is no such message.")))
    return found


def retry(*, actor: Actor, uuid: UUID, reason: str) -> None:
    """Send a message that was given up again, as it stands and with a fresh budget; or one that waits at once.

    Raises Refused, NotFound, Invalid (no reason, or no bytes that could be sent), WrongState (neither).
    """
    policy.must(actor, "messages.act", None)
    said = _said(reason)
    with transaction.atomic():
        message = _locked(uuid)
        _no_open_request(message)
        if not message.content:
            raise Invalid(
                Reason(
                    "no_content",
                    gettext_noop("It was given up before it was written, so there is nothing to send again."),
                    remedy=gettext_noop("Mend what is named as the reason, then send a corrected message."),
                )
            )
        if message.state == Message.State.DEAD:
            delivery.requeue(message)
        elif message.state in {Message.State.QUEUED, Message.State.RETRY_WAIT, Message.State.UNKNOWN}:
            delivery.hasten(message)
        else:
            raise _not_now()
        _enter(message.connector, actor, "message.requeue", message, said)


def resend(*, actor: Actor, uuid: UUID, reason: str) -> Message:
    """Say a message that was given up or rejected anew, by the facts, codes and keys of today: a new message that cites
    it and takes its turn.

    Raises Refused, NotFound, Invalid (no reason), WrongState, Conflict (it still cannot be said).
    """
    from workflows import files, selectors  # the door to what there is to say: only when something is said

    policy.must(actor, "messages.act", None)
    said = _said(reason)
    with transaction.atomic():
        old = _locked(uuid)
        if old.state not in {Message.State.DEAD, Message.State.REJECTED}:
            raise _not_now()
        _no_open_request(old)
        facts = selectors.licence_document_of(dossier_id=old.dossier_id)
        try:
            message = outgoing.rewrite(old, facts=facts, paper=files.read(facts["pdf_sha256"]))
        except Unmappable as problem:
            text = gettext_noop("It still cannot be said in the partner's words: %(problem)s")
            raise Conflict(Reason("unmappable", text, {"problem": str(problem)})) from problem
        _enter(old.connector, actor, "message.correct", old, said, corrected=str(message.uuid))
    return message


def ask_skip(*, actor: Actor, uuid: UUID, reason: str) -> None:
    """Ask that a message which was given up be skipped. Raises Refused, NotFound, Invalid, WrongState."""
    policy.must(actor, "messages.act", None)
    said = _said(reason)
    with transaction.atomic():
        message = _locked(uuid)
        if message.state != Message.State.DEAD:
            raise _not_now()
        _no_open_request(message)
        SkipRequest.objects.create(message=message, asked_by=_person(actor), asked_at=now(), reason=said)
        _enter(message.connector, actor, "message.ask_skip", message, said)


def decide_skip(*, actor: Actor, uuid: UUID, granted: bool) -> None:
    """Another officer has a message skipped, so that those behind it go on, or declines that.

    Raises Refused (also for whoever asked), NotFound, WrongState (nobody asks).
    """
    policy.must(actor, "messages.act", None)
    with transaction.atomic():
        message = _locked(uuid)
        asked = message.skip_requests.filter(decided_at=None).first()
        if asked is None or message.state != Message.State.DEAD:
            raise _not_now()
        by = _person(actor)
        if asked.asked_by_id == by.pk:
            text = gettext_noop("You asked for it yourself: another integration officer decides.")
            raise Refused(Reason("second_person", text))
        asked.decided_by, asked.decided_at, asked.granted = by, now(), granted
        asked.save(update_fields=["decided_by", "decided_at", "granted"])
        if granted:
            message.skip()
            message.save(update_fields=["state"])
        act = "message.skip" if granted else "message.decline_skip"
        _enter(message.connector, actor, act, message, asked.reason)


def replay(*, actor: Actor, partner: str, a_minute: int, reason: str) -> int:
    """Send every message of a line that was given up again, the oldest first and so many a minute; how many.

    What was never written, and what somebody asks to skip, is left. Raises Refused, NotFound, Invalid.
    """
    policy.must(actor, "messages.act", None)
    said = _said(reason)
    if not 1 <= a_minute <= MOST_A_MINUTE:
        text = gettext_noop("Choose from 1 to %(most)s messages a minute.")
        raise Invalid(Reason("rate", text, {"most": MOST_A_MINUTE, "field": "a_minute"}))
    with transaction.atomic():
        row = _line(partner)
        count = delivery.replay(row, every=60 / a_minute, most=AT_ONCE)
        _enter(row, actor, "line.replay", None, said, messages=count, a_minute=a_minute)
    return count


def set_paused(*, actor: Actor, partner: str, paused: bool, reason: str) -> None:
    """Send nothing on a line until it is opened again; messages are still written.

    Raises Refused, NotFound, Invalid.
    """
    policy.must(actor, "messages.act", None)
    said = _said(reason)
    with transaction.atomic():
        row = _line(partner)
        if row.paused == paused:
            return
        row.paused = paused
        row.save(update_fields=["paused"])
        _enter(row, actor, "line.pause" if paused else "line.open", None, said)


def settle(*, actor: Actor, number: int, reason: str) -> None:
    """An officer has looked after a difference between two books. Raises Refused, NotFound, Invalid, WrongState."""
    policy.must(actor, "messages.act", None)
    said = _said(reason)
    with transaction.atomic():
        rows = Difference.objects.select_for_update(no_key=True, of=("self",))
        found = rows.select_related("reconciliation__connector").filter(pk=number).first()
        if found is None:
            raise NotFound(Reason("no_difference", gettext_noop("There is no such difference.")))
        if found.settled_at is not None:
            raise WrongState(Reason("settled", gettext_noop("Somebody has looked after this already.")))
        found.settled_by, found.settled_at, found.remark = _person(actor), now(), said
        found.save(update_fields=["settled_by", "settled_at", "remark"])
        _enter(
            found.reconciliation.connector,
            actor,
            "difference.settle",
            found.message,
            said,
            wire_id=found.wire_id,
            kind=found.kind,
            day=found.reconciliation.day.isoformat(),
        )


def _line(partner: str) -> Connector:
    row = Connector.objects.select_for_update(no_key=True).filter(name=partner).first()
    if row is None:
        raise NotFound(Reason("no_partner", gettext_noop("There is no such partner.")))
    return row


def _locked(uuid: UUID) -> Message:
    rows = Message.objects.select_for_update(no_key=True, of=("self",))
    return _one(rows.select_related("connector"), uuid)


def _no_open_request(message: Message) -> None:
    if message.skip_requests.filter(decided_at=None).exists():
        text = gettext_noop("Somebody has asked that it be skipped. Decide on that first.")
        raise WrongState(Reason("skip_asked", text))


def _not_now() -> WrongState:
    text = gettext_noop("This cannot be done with the message as it stands now. Read it again.")
    return WrongState(Reason("message_state", text))


def _said(reason: str) -> str:
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        text = gettext_noop("Say in at most %(most)s characters why; it stands in the ledger.")
        raise Invalid(Reason("no_reason", text, {"most": LONGEST_REASON, "field": "reason"}))
    return said


def _person(actor: Actor) -> User:
    return User.objects.get(pk=int(actor.id or 0))


def _enter(
    row: Connector, actor: Actor, act: str, message: Message | None, reason: str, **more: object
) -> None:
    about = {"message": str(message.uuid), "sha256": message.sha256} if message else {}
    append(
        subject_kind="connector",
        subject_id=row.pk,
        actor=actor.ref,
        act=act,
        data={**about, "reason": reason, **more},
    )
