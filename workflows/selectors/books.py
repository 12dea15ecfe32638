"""The office's books: every dossier in reach by code, name or number, and the register of paper numbers."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from procedures import policy
from procedures.definition.model import Role
from procedures.models import Unit
from procedures.policy import Actor
from workflows.dossier.wording import summary
from workflows.models import Dossier, Extract, NumberReservation, NumberSeries, Paper
from workflows.selectors.dossiers import DossierRow
from workflows.selectors.office import as_official

__all__ = ["extracts", "find_dossiers", "number_series", "numbers"]

SEES_ALL = frozenset({Role.AUDITOR, Role.CONTROLLER})


def find_dossiers(
    *, actor: Actor, text: str, after: int | None = None, limit: int = 20, lang: str = "vi"
) -> tuple[list[DossierRow], int | None]:
    """Dossiers in an official's reach by code, enterprise, tax code or paper number, newest first. One query.

    Before acceptance a dossier is found by the first characters of its reference. An empty text finds nothing.
    """
    plain = text.strip()[:100]
    if not plain or not actor.seats:
        return [], None
    reference = "".join(c for c in plain.lower() if c in "0123456789abcdef-")
    wanted = (
        Q(code__icontains=plain)
        | Q(subject__tax_code__startswith=plain)
        | Q(subject__name__icontains=plain)
        | Q(Exists(Paper.objects.filter(dossier=OuterRef("pk"), number__text__istartswith=plain)))
    )
    if len(reference) == len(plain) >= 8:
        wanted |= Q(ref__startswith=reference)
    rows = (
        Dossier.objects.filter(policy.scope(as_official(actor), "dossiers"), wanted)
        .select_related("subject", "applicant")
        .order_by("-id")
    )
    if after:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: limit + 1])
    shown = found[:limit]
    return (
        [
            DossierRow(d, d.definition.title.get(lang), summary(d.definition, d.answers, lang), False)
            for d in shown
        ],
        shown[-1].pk if len(found) > limit else None,
    )


def _readable(actor: Actor) -> QuerySet[NumberReservation]:
    """The numbers of an official's own agency, and of dossiers that came through his or her units."""
    rows = NumberReservation.objects.select_related("series", "paper__dossier__subject", "paper__signer")
    if any(seat.role in SEES_ALL for seat in actor.seats):
        return rows
    units = {seat.unit_code for seat in actor.seats}
    reached = Dossier.objects.filter(policy.scope(as_official(actor), "dossiers"))
    return rows.filter(
        Q(series__agency_code__in=Unit.objects.filter(code__in=units).values("agency__code"))
        | Q(paper__dossier__in=reached)
    )


def number_series(*, actor: Actor) -> list[NumberSeries]:
    """The yearly series of which the actor may read at least one number, newest year first. One query."""
    return list(
        NumberSeries.objects.filter(pk__in=_readable(actor).values("series")).order_by(
            "-year", "agency_code", "kind"
        )
    )


def numbers(
    *,
    actor: Actor,
    series_id: int | None = None,
    state: str = "",
    since: date | None = None,
    after: int | None = None,
    limit: int = 50,
) -> tuple[list[NumberReservation], int | None]:
    """The register of numbers, newest first: reserved, used, or void with the reason; and the key of the next page."""
    rows = _readable(actor).defer("paper__snapshot").order_by("-id")
    if series_id:
        rows = rows.filter(series=series_id)
    if state in ("reserved", "used", "void"):
        rows = rows.filter(state=state)
    if since:
        rows = rows.filter(date__gte=since)
    if after:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else None


def extracts(*, agency_code: str, book: str, since: date) -> list[Extract]:
    """The signed extracts of a book for the period that begins on that day, newest first. One query."""
    rows = Extract.objects.filter(agency_code=agency_code, book=book, since=since).select_related("signer")
    return list(rows.defer("snapshot").order_by("-pk"))
