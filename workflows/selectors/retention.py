"""Papers that need not be kept any longer, by the retention of their kinds. Nothing destroys them: people decide.

A paper's time begins with the year after everything is over that it belongs to: its dossier, and the licence that this
gave, however long it lived. Kinds without a retention are kept for ever.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import Q, QuerySet

from procedures import catalog
from procedures.definition.base import Retention
from procedures.models import ProcedureVersion
from procedures.now import HANOI, today
from procedures.policy import Actor
from workflows.models import Dossier, Licence, Paper
from workflows.models.licence import LIVING
from workflows.selectors.archive import in_reach

__all__ = ["Outlived", "outlived"]

_BY_ITS_DAY = (*LIVING, "expired")
"""States of a licence that is over by its last day, whenever a sweep comes by to say so; all others are by an act."""


@dataclass(frozen=True, slots=True)
class Outlived:
    """A paper whose retention is over."""

    title: str
    number: str
    dossier_ref: UUID
    dossier_code: str
    published_at: datetime
    over_on: date
    """When its dossier and the licence that it gave were both over, in Hanoi."""
    kept_until: date
    """The last day on which it had to be kept."""
    retention: Retention


def outlived(*, actor: Actor, limit: int | None = None) -> list[Outlived]:
    """Published papers in an official's reach whose retention is over today, the oldest first. Two queries."""
    papers = (
        _outlived(in_reach(actor)[0], today())
        .select_related("number", "dossier__licence")
        .defer("snapshot", "dossier__answers")
        .order_by("published_at", "pk")
    )
    return [_line(paper) for paper in papers[:limit]]


def _outlived(papers: QuerySet[Paper], on: date) -> QuerySet[Paper]:
    kinds: dict[Retention, Q] = defaultdict(Q)
    for sha256 in ProcedureVersion.objects.exclude(state="draft").values_list("sha256", flat=True):
        definition = catalog.definition_of(sha256)
        kept = defaultdict(list)
        for name in definition.papers:
            if retention := definition.retention_of(name):
                kept[retention].append(name)
        for retention, names in kept.items():
            kinds[retention] |= Q(dossier__definition_sha256=sha256, kind__in=names)
    wanted = Q(pk__in=())
    for retention, of in kinds.items():
        wanted |= of & _over_before(retention.over_before(on))
    return papers.filter(wanted, state="published")


def _over_before(day: date) -> Q:
    at = datetime.combine(day, time(), HANOI)
    by_its_day = Q(dossier__licence__state__in=_BY_ITS_DAY)
    return Q(dossier__finished__lt=at) & (
        Q(dossier__licence=None)
        | (by_its_day & Q(dossier__licence__valid_until__lt=day))
        | (~by_its_day & Q(dossier__licence__changed_at__lt=at))
    )


def _line(paper: Paper) -> Outlived:
    dossier = paper.dossier
    retention = dossier.definition.retention_of(paper.kind)
    assert retention is not None  # its kind was asked for because it has one
    assert paper.published_at is not None
    over = _over_on(dossier)
    return Outlived(
        title=paper.title,
        number=paper.number.text if paper.number else "",
        dossier_ref=dossier.ref,
        dossier_code=dossier.code or "",
        published_at=paper.published_at,
        over_on=over,
        kept_until=retention.last_day(over),
        retention=retention,
    )


def _over_on(dossier: Dossier) -> date:
    over: date = dossier.finished.astimezone(HANOI).date()
    licence: Licence | None = getattr(dossier, "licence", None)
    if licence is None:
        return over
    by_its_day = licence.state in _BY_ITS_DAY
    ended = licence.valid_until if by_its_day else licence.changed_at.astimezone(HANOI).date()
    assert ended is not None  # one that lives without end keeps its papers
    return max(over, ended)
