"""Licences as their holders and the officials who watch over them see them: conditions, reports, inspections."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from procedures.definition.model import Definition
from procedures.errors import NotFound, Reason
from procedures.law.life import State
from procedures.now import today
from procedures.policy import NOTHING, Actor
from workflows.dossier.loading import licence_named
from workflows.dossier.opening import openable
from workflows.dossier.renewal import days as renewal_days
from workflows.dossier.supervision import last_inspected, may_conclude
from workflows.models import (
    ConditionReport,
    Dossier,
    Extract,
    Licence,
    LicenceCondition,
    LicenceLine,
    LicenceUse,
    Piece,
)
from workflows.models.licence import LIVING
from workflows.selectors.dossiers import SEES_ALL
from workflows.selectors.versions import in_force, openings

__all__ = [
    "INSPECTED_WITHIN",
    "ToInspect",
    "condition_at_desk",
    "conditions_of",
    "copies_of",
    "copy_of",
    "licence_given",
    "lines_of",
    "may_conclude",
    "my_condition",
    "my_licence",
    "my_licences",
    "overdue_conditions",
    "procedures_about",
    "quantities_about",
    "renewal_days",
    "report_file",
    "reports_to_read",
    "to_inspect",
]

INSPECTED_WITHIN = timedelta(days=90)
"""How far ahead the plan of inspections looks."""
COPIES = 5
"""How many copies a page names."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


# -- the holder -------------------------------------------------------------------------------------------------------


def my_licences(
    *, actor: Actor, after: int | None = None, limit: int = 20
) -> tuple[list[Licence], int | None]:
    """The licences that the actor's subjects hold or held, newest first, with their conditions; and the key of the next
    page. Two queries."""
    rows = _licences().filter(subject_id__in=actor.subjects).order_by("-id")
    if after:
        rows = rows.filter(pk__lt=after)
    found = list(rows.prefetch_related("conditions")[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else None


def my_licence(*, actor: Actor, ref: UUID) -> Licence:
    """A licence that one of the actor's subjects holds or held. Raises NotFound also for one of others."""
    found = _licences().filter(subject_id__in=actor.subjects, ref=ref).first()
    if found is None:
        raise NotFound(Reason("no_licence", gettext_noop("You hold no such licence.")))
    return found


def copies_of(licence: Licence) -> list[Extract]:
    """The newest copies from the register that were made of a licence, without what they say. One query."""
    return list(licence.copies.defer("snapshot").order_by("-pk")[:COPIES])


def copy_of(licence: Licence, *, ref: UUID) -> Extract:
    """A copy that was made of a licence, with its bytes. Raises NotFound."""
    found = licence.copies.filter(ref=ref, state="published").first()
    if found is None:
        raise NotFound(Reason("no_copy", gettext_noop("No such copy was made of this licence.")))
    return found


def lines_of(licence: Licence) -> list[LicenceLine]:
    """What a licence to quantities allows, line by line, with what was used under which declaration. Two queries."""
    uses = LicenceUse.objects.select_related("taken_back").filter(takes_back=None).order_by("-pk")
    rows = licence.lines.select_related("goods").prefetch_related(Prefetch("goods__uses", uses))
    return list(rows.order_by("place"))


def quantities_about(dossier: Dossier) -> list[LicenceLine]:
    """The quantities of the licence that the dossier gave, or asks to alter. Asks nothing where there are none."""
    kind = dossier.definition.licence
    if kind is None or kind.drawdown is None:
        return []
    found = (
        Licence.objects.filter(dossier=dossier).first()
        if dossier.state in {State.CONCLUDED, State.RETURNED}
        else licence_named(dossier.definition, dossier.answers, dossier.subject_id)
    )
    return lines_of(found) if found else []


def licence_given(dossier: Dossier) -> Licence | None:
    """The licence that the dossier gave, where its own subject holds it. One query."""
    return Licence.objects.filter(dossier=dossier, subject=dossier.subject_id).first()


def _licences() -> QuerySet[Licence]:
    return Licence.objects.select_related("subject", "paper__number__series", "dossier")


def procedures_about(licence: Licence) -> list[Definition]:
    """What its holder can ask for about it as it stands; of a renewal `workflows.dossier.renewal.days` says when."""
    return [
        one
        for one in in_force()
        if one.opened_by is None and licence.subject.kind in one.applicants and openable(one, licence)
    ]


def conditions_of(licence: Licence) -> list[LicenceCondition]:
    """Its conditions by their days, each with its reports, newest first, and their papers. Three queries."""
    rows = LicenceCondition.objects.filter(licence=licence).select_related("given__dossier")
    return list(_with_reports(rows).order_by("due_on", "pk"))


def _with_reports(rows: QuerySet[LicenceCondition]) -> QuerySet[LicenceCondition]:
    papers = Prefetch("pieces", Piece.objects.select_related("file").order_by("pk"))
    reports = ConditionReport.objects.select_related("by", "concluded_by").order_by("-pk")
    return rows.prefetch_related(Prefetch("reports", reports.prefetch_related(papers)))


def my_condition(licence: Licence, *, number: int) -> LicenceCondition:
    """One of its conditions. Raises NotFound."""
    found = next((one for one in conditions_of(licence) if one.pk == number), None)
    if found is None:
        raise NotFound(_NO_CONDITION)
    return found


_NO_CONDITION = Reason("no_condition", gettext_noop("There is no such condition of a licence."))


def report_file(condition: LicenceCondition, *, piece_id: int) -> Piece:
    """A paper that came with a report on the condition. Raises NotFound."""
    rows = Piece.objects.filter(report__condition=condition, pk=piece_id).select_related("file")
    found = rows.first()
    if found is None:
        raise NotFound(Reason("no_file", gettext_noop("There is no such file.")))
    return found


# -- the desk ---------------------------------------------------------------------------------------------------------


def _at_desk(actor: Actor) -> QuerySet[LicenceCondition]:
    rows = LicenceCondition.objects.select_related("licence__subject", "licence__dossier", "given__dossier")
    if any(seat.role in SEES_ALL for seat in actor.seats):
        return rows
    reach = NOTHING
    for seat in actor.seats:
        reach |= Q(unit=seat.unit_code, role=seat.role)
    return rows.filter(reach)


def reports_to_read(*, actor: Actor, limit: int = 100) -> list[LicenceCondition]:
    """The conditions on which a report waits at the actor's desks, the oldest report first. Three queries."""
    rows = _at_desk(actor).filter(reports__concluded_at__isnull=True, reports__isnull=False)
    return list(_with_reports(rows).order_by("reports__pk")[:limit])


def overdue_conditions(*, actor: Actor, limit: int = 100) -> list[LicenceCondition]:
    """Those whose day has passed unreported, of licences that are not over, the oldest first. One query."""
    rows = _at_desk(actor).filter(state__in=["due", "overdue"], due_on__lt=today(), licence__state__in=LIVING)
    return list(rows.order_by("due_on", "pk")[:limit])


def condition_at_desk(*, actor: Actor, number: int) -> LicenceCondition:
    """A condition that the actor's desks watch over. Raises NotFound."""
    found = _with_reports(_at_desk(actor).filter(pk=number)).first()
    if found is None:
        raise NotFound(_NO_CONDITION)
    return found


class ToInspect(NamedTuple):
    """A licence whose inspection is due."""

    licence: Licence
    by: date
    procedure: Definition
    last: date | None
    """The day of the last inspection."""
    under_way: Dossier | None
    """The dossier of an inspection that was begun."""


def to_inspect(*, actor: Actor, limit: int = 100) -> list[ToInspect]:
    """The licences to be inspected within INSPECTED_WITHIN, by procedures that the actor may open, soonest first."""
    mine = {
        one.licence.register_id: one
        for one in openings(actor=actor)
        if one.licence and one.effect == "inspect"
    }
    if not mine:
        return []
    rows = Licence.objects.filter(
        register__in=mine, inspect_by__lte=today() + INSPECTED_WITHIN, state__in=LIVING
    ).select_related("subject", "dossier", "inspection")
    due = [row for row in rows.order_by("inspect_by", "pk")[:limit] if row.standing(today()) in LIVING]
    begun = _begun(mine.values(), {row.subject_id for row in due})
    return [
        ToInspect(
            row,
            row.inspect_by,
            mine[row.register],
            last_inspected(row),
            begun.get((row.subject_id, row.number))
            or begun.get((row.subject_id, f"{row.number} ({row.issued_on.year})")),
        )
        for row in due
        if row.inspect_by is not None
    ]


def _begun(procedures: Iterable[Definition], subjects: Iterable[int]) -> dict[tuple[int, str], Dossier]:
    """(subject, name of the licence) → the dossier under way. One query."""
    about = {one.code: one.licence.about for one in procedures if one.licence}
    rows = Dossier.objects.filter(
        procedure__code__in=about, subject_id__in=subjects, finished__isnull=True
    ).select_related("procedure")
    return {
        (row.subject_id, str(row.answers.get(about[row.procedure.code], ""))): row
        for row in rows.order_by("pk")
    }
