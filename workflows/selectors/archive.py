"""How long the published papers can be proven by themselves, and which of them a person must look after."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from procedures import policy
from procedures.models import Unit
from procedures.now import now
from procedures.policy import Actor
from workflows.models import Dossier, Extract, OutboxRow, Paper
from workflows.models.archive import late
from workflows.papers.archive import ArchiveFaulty
from workflows.selectors.books import SEES_ALL
from workflows.selectors.office import as_official

__all__ = ["Ending", "Kept", "Late", "archive", "in_reach"]


@dataclass(frozen=True, slots=True)
class Ending:
    """Papers whose newest archive time stamp proves them until the same moment."""

    until: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Late:
    """A paper or extract that has no archive time stamp in time."""

    title: str
    number: str
    dossier_ref: UUID | None
    """None for an extract, which belongs to no dossier."""
    dossier_code: str
    published_at: datetime | None
    until: datetime | None
    """When the newest stamp ends; None where there is none."""
    faulty: bool
    """Its signatures did not hold by themselves when a stamp was to be put on."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The archive in figures, and what is late within the reader's reach."""

    endings: tuple[Ending, ...]
    """The first to end first."""
    waiting: int
    """Published papers that have no archive time stamp yet."""
    late_count: int
    """Over the whole archive."""
    late: tuple[Late, ...]
    """Those the reader may see, at most `limit`, the most urgent first."""


def archive(*, actor: Actor, limit: int = 50) -> Kept:
    """The archive as an official may see it: figures of all, names of those in reach. Nine queries."""
    at = now()
    counts: dict[datetime, int] = {}
    waiting = late_count = 0
    for model in (Paper, Extract):
        published = model.objects.filter(state="published")
        for until, count in (
            published.filter(archived_until__isnull=False)
            .values_list("archived_until")
            .annotate(count=Count("pk"))
        ):
            counts[until] = counts.get(until, 0) + count
        waiting += published.filter(archived_until=None).count()
        late_count += model.objects.filter(late(at)).count()
    return Kept(
        endings=tuple(Ending(until, counts[until]) for until in sorted(counts)),
        waiting=waiting,
        late_count=late_count,
        late=_late(actor, at, limit) if late_count else (),
    )


def _late(actor: Actor, at: datetime, limit: int) -> tuple[Late, ...]:
    papers, extracts = in_reach(actor)
    first = ("archived_until", "published_at", "pk")  # NULL, which is never archived, sorts last
    found = list(
        papers.filter(late(at)).select_related("number", "dossier").defer("snapshot").order_by(*first)[:limit]
    )
    more = list(extracts.filter(late(at)).defer("snapshot").order_by(*first)[: limit - len(found)])
    troubled = _troubled({"paper": [one.pk for one in found], "extract": [one.pk for one in more]})
    return (
        *(_line(one, ("paper", one.pk) in troubled) for one in found),
        *(_line(one, ("extract", one.pk) in troubled) for one in more),
    )


def _line(row: Paper | Extract, faulty: bool) -> Late:
    paper = row if isinstance(row, Paper) else None
    return Late(
        title=row.title,
        number=paper.number.text if paper and paper.number else "",
        dossier_ref=paper.dossier.ref if paper else None,
        dossier_code=(paper.dossier.code or "") if paper else "",
        published_at=row.published_at,
        until=row.archived_until,
        faulty=faulty,
    )


def in_reach(actor: Actor) -> tuple[QuerySet[Paper], QuerySet[Extract]]:
    """The papers and extracts that an official may read of."""
    if any(seat.role in SEES_ALL for seat in actor.seats):
        return Paper.objects.all(), Extract.objects.all()
    agencies = Unit.objects.filter(code__in={seat.unit_code for seat in actor.seats}).values("agency__code")
    reached = Dossier.objects.filter(policy.scope(as_official(actor), "dossiers"))
    return Paper.objects.filter(dossier__in=reached), Extract.objects.filter(agency_code__in=agencies)


def _troubled(keys: dict[str, list[int]]) -> set[tuple[str, int]]:
    wanted = Q()
    for kind, numbers in keys.items():
        wanted |= Q(**{f"payload__{kind}__in": numbers})
    tried = OutboxRow.objects.filter(
        wanted, kind="paper.archive", last_error__contains=ArchiveFaulty.__name__
    )
    return {
        (kind, payload[kind])
        for payload in tried.values_list("payload", flat=True)
        for kind in keys
        if kind in payload
    }
