"""What follows an act, after its commit: papers are made and applicants are told. Idempotent, re-reading the rows."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _

from procedures.errors import MotcuaError, WrongState
from procedures.law.life import Act
from procedures.now import now
from procedures.policy import SYSTEM
from workflows import production, service
from workflows.dossier.listing import listed_in
from workflows.dossier.migration import MIGRATE
from workflows.dossier.recount import RECOUNT
from workflows.dossier.telling import (
    CONFIRMED,
    CREDENTIAL,
    DUE_SOON,
    EXPIRED,
    OF_LICENCES,
    OVERDUE,
    REMINDER,
    RENEWABLE,
    RENEWAL_ENDS,
    SENT_BACK,
    TAKEN_OVER,
)
from workflows.faults import fault
from workflows.models import Dossier, Licence, Notice
from workflows.outbox import Event, Later, subscribe

__all__ = ["notice_title", "produce_paper", "tell_applicant", "waiting_for_others"]


REST = 60.0
"""Seconds until what the system does is tried again, when the dossier rests because the applicant asked to withdraw."""
AWAY = 60.0
"""Seconds until a signature is tried again for which no key was to be reached, or no time stamp to be had."""
logger = logging.getLogger(__name__)


@contextmanager
def waiting_for_others() -> Iterator[None]:
    """A time authority, or a device with keys, that is away for a day costs no paper its attempts."""
    try:
        yield
    except (production.TimestampProblem, production.KeysAway) as problem:
        logger.warning("a paper waits: %s", problem)
        raise Later(AWAY) from problem


@subscribe("paper.produce", name="papers")
def produce_paper(event: Event) -> None:
    """Make the next bytes of a paper; a decision's come back through the act path.

    While work on the dossier rests, the paper waits without an attempt counted: when the withdrawal is declined, it
    goes on; when it is granted, the paper is void and nothing is left to do. So it waits for keys and time stamps.
    """
    paper_id = int(str(event.payload["paper_id"]))
    with waiting_for_others():
        made = production.advance(paper_id)
    if made is None:
        return
    outcome, stages = made
    fault("paper.before_recorded")
    try:
        service.release(
            dossier_id=int(event.dossier_id or 0),
            outcome=outcome,
            stages=stages,
            idempotency_key=f"paper:{paper_id}:{outcome}:{next(iter(stages.values()))[:16]}",
        )
    except WrongState as refusal:
        if any(reason.code == "resting" for reason in refusal.reasons):
            raise Later(REST) from refusal
        raise
    fault("paper.after_recorded")


@subscribe("step.auto", name="steps")
def go_on(event: Event) -> None:
    """Perform the steps that the system performs by itself; while work on the dossier rests, they wait."""
    nodes = event.payload["nodes"]
    assert isinstance(nodes, list)
    for node in nodes:
        try:
            service.go_on(dossier_id=int(event.dossier_id or 0), node=str(node))
        except WrongState as refusal:
            if any(reason.code == "resting" for reason in refusal.reasons):
                raise Later(REST) from refusal
            raise


@subscribe("list.decided", name="lists")
def end_list(event: Event) -> None:
    """A decision over a list has taken effect: each dossier that stands on it gets its result, in an act of its own,
    and with that the list is done. Where no list is issued, they wait for another.

    One that cannot have it keeps no other waiting: the rest go on, and it is tried again.
    """
    dossier = Dossier.objects.get(pk=event.dossier_id)
    refused: list[MotcuaError] = []
    for number in listed_in(dossier) if event.payload["issued"] else ():
        try:
            service.grant_listed(dossier_id=number)
        except MotcuaError as refusal:
            logger.warning("dossier %s on list %s has no result yet: %s", number, dossier, refusal)
            refused.append(refusal)
    if refused:
        raise refused[0]
    service.collect_result(actor=SYSTEM, dossier_id=dossier.pk)


@subscribe("extract.produce", name="papers")
def produce_extract(event: Event) -> None:
    """Make the bytes of an extract of a register."""
    with waiting_for_others():
        production.produce_extract(int(str(event.payload["extract_id"])))


@subscribe("slip.owed", name="papers")
def make_owed_slip(event: Event) -> None:
    """Make the slip that an act of the system owes: its dossier has ended, so the facts change no more."""
    service.issue_slip(
        actor=SYSTEM,
        dossier_id=int(event.dossier_id or 0),
        kind=str(event.payload["paper_kind"]),
        idempotency_key=f"owed:{event.sequence}:{event.dossier_id}",
    )


TOLD = (
    Act.SUBMIT,
    Act.OPEN,
    Act.REQUEST_INTAKE_SUPPLEMENT,
    Act.REFUSE_ACCEPTANCE,
    Act.DEMAND_FEE,
    Act.PAY,
    Act.ACCEPT,
    Act.BEGIN,
    Act.REQUEST_SUPPLEMENT,
    Act.EXTEND,
    Act.LAPSE,
    Act.REQUEST_WITHDRAWAL,
    Act.STOP,
    Act.RESUME,
    Act.GRANT,
    Act.REFUSE,
    Act.TACIT_GRANT,
    Act.TACIT_REFUSAL,
)
"""Acts of which the applicant is told."""


def tell_applicant(event: Event) -> None:
    """A notice in the portal and a mail, once each, for one entry of the ledger: to the applicant, or to the holder of
    the licence that the dossier gave, where it is the holder's business."""
    dossier = Dossier.objects.select_related("subject", "applicant").get(pk=event.dossier_id)
    kind, subject = str(event.payload["act"]), dossier.subject
    if kind in OF_LICENCES:
        subject = Licence.objects.select_related("subject").get(dossier=dossier).subject
    with transaction.atomic():
        notice, _created = Notice.objects.select_for_update().get_or_create(
            dossier=dossier,
            sequence=event.sequence,
            kind=kind,
            defaults={"subject": subject, "at": event.occurred_at},
        )
        if notice.mailed_at is None:
            _mail(dossier, notice)
            notice.mailed_at = now()
            notice.save(update_fields=["mailed_at"])


for _act in TOLD:
    subscribe(f"act.{_act.value}", name="notices")(tell_applicant)


for _told in (
    RECOUNT,
    MIGRATE,
    CREDENTIAL,
    EXPIRED,
    CONFIRMED,
    SENT_BACK,
    DUE_SOON,
    OVERDUE,
    RENEWABLE,
    RENEWAL_ENDS,
):
    subscribe(f"act.{_told}", name="notices")(tell_applicant)
for _told in (REMINDER, TAKEN_OVER):
    subscribe(f"notice.{_told}", name="notices")(tell_applicant)


def _mail(dossier: Dossier, notice: Notice) -> None:
    opened = dossier.definition.opened_by is not None  # then an official stands where the applicant does
    other = opened or notice.subject_id != dossier.subject_id
    address = notice.subject.email or ("" if other else dossier.applicant.email)
    if not address:
        return
    with translation.override(dossier.applicant.language):
        title = notice_title(notice.kind, effect=dossier.definition.effect)
        name = dossier.code or str(dossier.ref)[:8].upper()
        lines = [
            title + ".",
            "",
            _("Dossier: %(name)s, %(procedure)s")
            % {
                "name": name,
                "procedure": dossier.definition.title.get(dossier.applicant.language),
            },
            _("See it at: %(address)s") % {"address": settings.BASE_URL + _address(dossier, notice)},
        ]
        EmailMessage(
            subject=f"[{name}] {title}",
            body="\n".join(lines),
            to=[address],
            # The same notice always has the same message id: a mail sent twice after a crash is recognised.
            headers={
                "Message-ID": f"<notice-{notice.dossier_id}-{notice.sequence}-{notice.kind}@motcua.invalid>"
            },
        ).send()


def _address(dossier: Dossier, notice: Notice) -> str:
    try:
        if notice.kind in OF_LICENCES:
            return reverse("portal:licences")
        return reverse("portal:dossier", args=[dossier.ref])
    except NoReverseMatch:
        return "/"


def notice_title(kind: str, *, effect: str = "") -> str:
    """What a notice says, in the active language; `effect`: what the procedure does to a licence."""
    ended = {
        ("surrender", "grant"): _("Your licence is given back, as you asked"),
        ("suspend", "grant"): _("Your licence is suspended"),
        ("suspend", "refuse"): _("Your licence is not suspended"),
        ("reinstate", "grant"): _("Your licence is in force again"),
        ("reinstate", "refuse"): _("Your licence stays suspended"),
        ("annul", "grant"): _("Your licence is annulled by a court"),
        ("annul", "refuse"): _("No annulment of your licence is entered"),
        ("revoke", "grant"): _("Your licence is revoked"),
        ("revoke", "refuse"): _("Your licence is not revoked"),
        ("inspect", "grant"): _("The inspection found everything in order"),
        ("inspect", "refuse"): _("The inspection ended with findings"),
        ("transfer", "grant"): _("Your licence has passed to its new holder"),
    }
    if (effect, kind) in ended:
        return ended[effect, kind]
    return {
        "submit": _("We have got your dossier"),
        "open": _("The authority has opened a dossier about your licence"),
        "request_intake_supplement": _("Papers are missing: please add them"),
        "refuse_acceptance": _("Your dossier was not accepted"),
        "demand_fee": _("Please pay the fee"),
        "pay": _("We have recorded your fee"),
        "accept": _("Your dossier is accepted; see the date of the result"),
        "begin": _("A specialist has begun to appraise your dossier"),
        "request_supplement": _("The specialist asks for a supplement"),
        "extend": _("We apologise: the result comes later, on the new date"),
        "lapse": _("Your dossier was closed: the limit has passed"),
        "request_withdrawal": _("We have got your request to withdraw"),
        "stop": _("Your dossier is withdrawn"),
        "resume": _("Your request to withdraw was declined; work goes on"),
        "grant": _("Your licence is granted"),
        "refuse": _("Your application is refused"),
        "answer_by": _("Your time to answer ends soon"),
        "migrate": _("Your dossier goes on under another version of the procedure"),
        "recount": _("The date of your result has moved: the calendar was corrected"),
        EXPIRED: _("Your licence has expired"),
        CONFIRMED: _("A condition of your licence is met"),
        SENT_BACK: _("Your report on a condition of your licence came back"),
        OVERDUE: _("A condition of your licence is overdue: please report on it"),
        TAKEN_OVER: _("You hold a licence that was transferred to you"),
        DUE_SOON: _("A condition of your licence falls due soon: please report on it"),
        CREDENTIAL: _("Your licence was put into a wallet"),
        RENEWABLE: _("The renewal of your licence can be asked for now"),
        RENEWAL_ENDS: _("The time to ask for the renewal of your licence ends soon"),
        "tacit_grant": _("The time limit has passed: your application counts as granted"),
        "tacit_refusal": _("The time limit has passed: your application counts as refused"),
    }.get(kind, kind)
