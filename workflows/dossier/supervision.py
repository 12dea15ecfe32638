"""What goes on about a right that was given: conditions that its holder reports on, and inspections that are planned.

No legal act: the right stays what it is. What is said stands in the ledger of the dossier that gave the right; what
people write stands beside it, where it can be erased.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from procedures.definition.licence import LicenceKind
from procedures.definition.model import Definition, Role
from procedures.definition.pieces import table_result
from procedures.errors import Conflict, Invalid, NotFound, Reason, Refused, WrongState
from procedures.law.working_time import month_later
from procedures.models import User
from procedures.now import HANOI, now, today
from procedures.policy import SYSTEM, Actor, holds
from workflows.dossier.entering import enter
from workflows.dossier.telling import CONFIRMED, DUE_SOON, OVERDUE, REPORTED, SENT_BACK
from workflows.files import clean_name
from workflows.flow.lock import locked
from workflows.models import ConditionReport, Dossier, Licence, LicenceCondition, Note, Piece, StoredFile
from workflows.models.licence import LIVING

__all__ = [
    "attach", "conclude", "fall_overdue", "inspected", "last_inspected", "may_conclude", "plan", "printed", "remind",
    "replan", "report",
]  # fmt: skip

LONGEST = 5000


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


# -- with the grant ---------------------------------------------------------------------------------------------------


Own = Sequence[Mapping[str, str]]
"""The conditions with days that a draft adds, `due_on` and `text` of each."""


def printed(
    kind: LicenceKind | None, issued: date, holds_: Callable[[str], bool], *, lang: str = "vi", own: Own = ()
) -> str:
    """The conditions as the decision says them, its own after those of every such licence; nothing where there are
    none."""
    head, by, every = _PRINTED[lang]
    said = []
    for one, due in kind.conditions_from(issued, holds_) if kind else ():
        anew = every.format(months=one.months) if one.again else ""
        said.append(f"{one.title.get(lang)}{by.format(day=due)}{anew}")
    said += [one["text"] + by.format(day=date.fromisoformat(one["due_on"])) for one in own]
    return f"{head} {'; '.join(f'({n}) {text}' for n, text in enumerate(said, 1))}." if said else ""


_PRINTED = {
    "vi": ("Điều kiện kèm theo:", ", chậm nhất ngày {day:%d/%m/%Y}", ", sau đó {months} tháng một lần"),
    "en": ("Conditions:", ", by {day:%d/%m/%Y}", ", then every {months} months"),
}


def attach(
    licence: Licence,
    kind: LicenceKind,
    units: Mapping[str, str],
    holds_: Callable[[str], bool],
    own: Own = (),
) -> None:
    """The conditions of a right just given, as its decision prints them. What is not yet met of the one in whose place
    it stands passes on to it, but for what the decision says anew."""
    desk = kind.supervised_by
    given = (
        [(one.id, due, "") for one, due in kind.conditions_from(licence.issued_on, holds_)] if desk else []
    )
    if licence.replaces_id is not None:
        open_ones = LicenceCondition.objects.filter(licence=licence.replaces_id).exclude(state="met")
        open_ones.exclude(condition__in=[name for name, _due, _text in given]).update(licence=licence)
    given += [
        (f"own-{licence.pk}-{number}", date.fromisoformat(one["due_on"]), one["text"])
        for number, one in enumerate(own, 1)
    ]
    LicenceCondition.objects.bulk_create(
        LicenceCondition(
            given=licence,
            licence=licence,
            condition=name,
            text=text,
            due_on=due,
            unit=units[desk.unit],
            role=desk.role,
        )
        for name, due, text in given
        if desk is not None
    )


# -- reports ----------------------------------------------------------------------------------------------------------


def _condition(condition_id: int) -> LicenceCondition:
    """The condition, the dossier of its licence locked before it. Raises NotFound, Conflict."""
    rows = LicenceCondition.objects.filter(pk=condition_id)
    dossier = rows.values_list("licence__dossier", flat=True).first()
    if dossier is None:
        raise _unknown()
    locked(dossier)
    found = rows.select_for_update().get()
    if found.licence.dossier_id != dossier:  # it passed on to another licence while we waited
        message = gettext_noop("The licence has changed meanwhile. Read it again, then act.")
        raise Conflict(Reason("licence_changed", message))
    return found


def _unknown() -> NotFound:
    return NotFound(Reason("no_condition", gettext_noop("There is no such condition of a licence.")))


def report(
    *, actor: Actor, condition_id: int, text: str, files: Iterable[tuple[StoredFile, str]]
) -> ConditionReport:
    """Report how a condition is met; `files`: (file, name as it was given).

    Raises NotFound for a licence of others, WrongState where nothing is to be reported, Invalid for an empty report.
    """
    with transaction.atomic():
        condition = _condition(condition_id)
        licence = condition.licence
        if licence.subject_id not in actor.subjects:
            raise _unknown()
        if licence.standing(today()) not in LIVING:
            message = gettext_noop("This licence is over, so its conditions no longer bind.")
            raise WrongState(Reason("licence_over", message))
        if condition.state not in {"due", "overdue"}:
            message = gettext_noop("This condition has been reported on already.")
            raise WrongState(Reason("reported_already", message))
        said = text.strip()
        if not said or len(said) > LONGEST:
            message = gettext_noop("Say in at most %(most)s characters how the condition is met.")
            raise Invalid(Reason("no_report", message, {"field": "text", "most": LONGEST}))
        at = now()
        made = ConditionReport.objects.create(
            condition=condition, due_on=condition.due_on, at=at, by=_person(actor), text=said
        )
        given = list(files)
        Piece.objects.bulk_create(
            Piece(
                dossier=licence.dossier,
                piece=f"report:{made.pk}",
                report=made,
                file=file,
                name=clean_name(name=name),
                uploaded_by=made.by,
                uploaded_at=at,
            )
            for file, name in given
        )
        condition.report()
        condition.save(update_fields=["state"])
        data = {**_about(condition), "report": made.pk, "files": [file.sha256 for file, _name in given]}
        enter(licence.dossier, act=REPORTED, actor=actor.ref, at=at, data=data)
    return made


def may_conclude(actor: Actor, condition: LicenceCondition) -> bool:
    """Whether the actor reads reports on this condition."""
    return holds(actor, Role(condition.role), condition.unit)


def conclude(*, actor: Actor, condition_id: int, met: bool, remark: str = "") -> LicenceCondition:
    """Find a condition met by what was reported, or send the report back with the reason; the holder is told.

    Raises NotFound, Refused (another desk reads it), WrongState (nothing waits), Invalid (sent back without a reason).
    """
    with transaction.atomic():
        condition = _condition(condition_id)
        if not may_conclude(actor, condition):
            message = gettext_noop("Reports on this condition are read by another role or unit.")
            raise Refused(Reason("wrong_role", message))
        made = condition.reports.filter(concluded_at__isnull=True).first()
        if made is None:
            raise WrongState(
                Reason("no_report_open", gettext_noop("No report waits to be read here any more."))
            )
        said = remark.strip()[:2000]
        if not met and not said:
            message = gettext_noop("Say why the report does not show that the condition is met.")
            raise Invalid(Reason("no_reason", message, {"field": "remark"}))
        at = now()
        made.concluded_at, made.concluded_by, made.met, made.remark = at, _person(actor), met, said
        made.save(update_fields=["concluded_at", "concluded_by", "met", "remark"])
        data = {**_about(condition), "report": made.pk}
        if met:
            condition.meet()
            if condition.kind.again:
                condition.fall_due()
                condition.due_on = month_later(condition.due_on, condition.kind.months)
        else:
            condition.send_back()
        condition.save(update_fields=["state", "due_on"])
        if met:
            replan(condition.licence)
        dossier = condition.licence.dossier
        entry = enter(
            dossier, act=CONFIRMED if met else SENT_BACK, actor=actor.ref, at=at, data=data, tell={}
        )
        if said:
            Note.objects.create(
                dossier=dossier,
                author=made.concluded_by,
                at=at,
                text=said,
                kind="reason",
                sequence=entry.sequence,
            )
    return condition


def _person(actor: Actor) -> User:
    if not isinstance(actor.id, int):
        raise Refused(Reason("not_permitted", gettext_noop("You may not do this.")))
    return User.objects.get(pk=actor.id)


def _about(condition: LicenceCondition) -> dict[str, object]:
    return {
        "licence": str(condition.licence.ref),
        "condition": condition.condition,
        "due_on": condition.due_on.isoformat(),
    }


# -- what time does ---------------------------------------------------------------------------------------------------


def remind(condition_id: int) -> bool:
    """The holder is told that a condition falls due soon. False where that was done, or it was reported meanwhile."""
    with transaction.atomic():
        condition = _condition(condition_id)
        if not _waits(condition) or condition.reminded_for == condition.due_on:
            return False
        condition.reminded_for = condition.due_on
        condition.save(update_fields=["reminded_for"])
        _enter(condition, DUE_SOON)
    return True


def fall_overdue(condition_id: int) -> bool:
    """A condition whose day has passed without a report is overdue: the holder is told, the next inspection comes the
    sooner. False where it was reported meanwhile."""
    with transaction.atomic():
        condition = _condition(condition_id)
        if not _waits(condition) or condition.due_on >= today():
            return False
        condition.fall_overdue()
        condition.save(update_fields=["state"])
        _enter(condition, OVERDUE)
        replan(condition.licence)
    return True


def _waits(condition: LicenceCondition) -> bool:
    return condition.state == "due" and condition.licence.standing(today()) in LIVING


def _enter(condition: LicenceCondition, act: str) -> None:
    """What time does is in the ledger too: that the holder was told may be asked for one day."""
    data = _about(condition)
    enter(condition.licence.dossier, act=act, actor=SYSTEM.ref, at=now(), data=data, tell={})


# -- inspections ------------------------------------------------------------------------------------------------------


def inspected(licence: Licence, dossier: Dossier, *, on: date) -> None:
    """An inspection was concluded on a day in Hanoi: the next one is planned by what it found."""
    licence.inspection = dossier
    licence.inspect_by = plan(licence, since=on)
    licence.save(update_fields=["inspection", "inspect_by"])


def replan(licence: Licence) -> None:
    """Count anew until when the licence is inspected next."""
    by = plan(licence)
    if by != licence.inspect_by:
        licence.inspect_by = by
        licence.save(update_fields=["inspect_by"])


def plan(licence: Licence, *, since: date | None = None) -> date | None:
    """Until when the licence is inspected next: by the table of its kind, or of the kind of a forerunner, from its last
    inspection (`since`, where its dossier is just ending) or else from the first issue; None where its kind is not
    inspected."""
    first, definition = licence, _inspecting(licence.dossier.definition)
    while first.replaces is not None:
        first = first.replaces
        definition = definition or _inspecting(first.dossier.definition)
    if definition is None:
        return None
    assert definition.licence is not None
    answers = {**first.dossier.answers, **licence.facts}
    months = table_result(definition, definition.licence.inspection, answers, _risks(licence))
    return month_later(since or last_inspected(licence) or first.issued_on, int(months))


def last_inspected(licence: Licence) -> date | None:
    """The day in Hanoi on which its last inspection was concluded. No query if `inspection` is loaded."""
    ended = licence.inspection.finished if licence.inspection else None
    return ended.astimezone(HANOI).date() if ended else None


def _inspecting(definition: Definition) -> Definition | None:
    return definition if definition.licence and definition.licence.inspection else None


def _risks(licence: Licence) -> dict[str, Any]:
    """What `procedures.definition.model.LICENCE_FACTS` names."""
    found = (
        licence.inspection is not None
        and licence.inspection.papers.filter(kind="refusal", state="published").exists()
    )
    return {
        "overdue": licence.conditions.filter(state="overdue").count(),
        "suspensions": licence.changes.filter(state="suspended").count(),
        "findings": int(found),
    }
