"""Which decisions of a series still hold, for the signed status lists."""

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from procedures.errors import NotFound, Reason
from procedures.now import now, today
from workflows.credentials import statuses
from workflows.credentials.keys import RegisterKey, known_keys, needed_key
from workflows.credentials.lists import ListName, place_of
from workflows.credentials.statuses import Status
from workflows.models import Licence, NumberReservation, NumberSeries, Paper

__all__ = ["ListName", "place_of", "register_keys", "status_list", "status_lists"]

_OF_LICENCE = {
    "in_force": Status.HOLDS,
    "suspended": Status.SUSPENDED,
    "replaced": Status.REPLACED,
    "expired": Status.HOLDS_NOT,
    "revoked": Status.HOLDS_NOT,
    "surrendered": Status.HOLDS_NOT,
    "annulled": Status.HOLDS_NOT,
}


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def status_lists() -> list[ListName]:
    """Every list there is, in order; one query."""
    stated = NumberReservation.objects.filter(series=OuterRef("pk"), paper__in=_stated())
    rows = NumberSeries.objects.filter(Exists(stated)).values_list("agency_code", "kind", "year")
    return sorted(ListName(*row) for row in rows)


def status_list(name: ListName) -> str:
    """The signed list as of now. One query.

    Raises NotFound where no decision of that series bears a statement, Busy where the register has no key.
    """
    key, on = needed_key(), today()
    papers = (
        _stated()
        .filter(number__series__agency_code=name.agency, number__series__kind=name.series)
        .filter(number__series__year=name.year)
        .select_related("number", "licence")
        .only("state", "number__number", "licence__state", "licence__valid_until")
    )
    found = {paper.number.number: _status(paper, on) for paper in papers if paper.number is not None}
    if not found:
        raise NotFound(Reason("no_list", gettext_noop("There is no such list.")))
    return statuses.token(found, uri=name.uri, at=now(), key=key)


def _stated() -> QuerySet[Paper]:
    """The papers that bear a statement: decisions with a number."""
    return Paper.objects.filter(number__isnull=False).exclude(statement="")


def _status(paper: Paper, on: date) -> Status:
    licence: Licence | None = getattr(paper, "licence", None)
    if paper.state != "published":
        return Status.HOLDS_NOT if paper.state == "void" else Status.NOT_YET
    return Status.HOLDS if licence is None else _OF_LICENCE[licence.standing(on)]


def register_keys() -> tuple[RegisterKey, ...]:
    """The keys whose statements and lists are believed, the one that signs now first."""
    return known_keys()
