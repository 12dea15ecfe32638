"""Reading what exists: procedures in force, search without diacritics, holders of roles, the calendar."""

import unicodedata
from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from procedures.definition.model import Role
from procedures.law.working_time import Calendar, DayKind
from procedures.models import (
    CalendarDay,
    CalendarYear,
    Membership,
    ProcedureVersion,
    TermReading,
    Unit,
    User,
)
from procedures.now import today

__all__ = [
    "calendar",
    "folded",
    "held_roles",
    "holders",
    "people_of",
    "search",
    "term_readings",
    "unit_names",
    "versions_in_force",
]

State = ProcedureVersion.State


def folded(text: str) -> str:
    """Text for searching: lower case, without diacritics, đ as d; "Thiết bị Đo" and "thiet bi do" are the same."""
    plain = "".join(
        character
        for character in unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
        if not unicodedata.combining(character)
    )
    return " ".join(plain.split())


def versions_in_force(*, on: date) -> QuerySet[ProcedureVersion]:
    """The published version of each procedure that applies on a day: the newest one that began by then.

    A version that was retired still applies up to its last day.
    """
    return (
        ProcedureVersion.objects.filter(
            Q(effective_to__isnull=True) | Q(effective_to__gte=on),
            state__in=[State.PUBLISHED, State.RETIRED],
            effective_from__lte=on,
        )
        .order_by("procedure_id", "-effective_from")
        .distinct("procedure_id")
        .select_related("procedure")
    )


def search(*, text: str, on: date | None = None) -> list[ProcedureVersion]:
    """Versions in force whose title, abstract, keywords or codes hold every word of `text`, diacritics or not.

    Ordered by title in Vietnamese; an empty text finds all.
    """
    found = ProcedureVersion.objects.filter(
        pk__in=versions_in_force(on=on or today()).values("pk").order_by("procedure_id", "-effective_from")
    )
    for word in folded(text)[:200].split():
        found = found.filter(search_text__contains=word)
    return sorted(
        found.select_related("procedure__agency"), key=lambda row: folded(row.content["title"]["vi"])
    )


def holders(*, role: Role, unit_code: str, on: date | None = None) -> QuerySet[User]:
    """The people who hold a role in a unit on a day (today when left out), by name; delegations not counted."""
    day = on or today()
    seats = Membership.objects.on(day).filter(role=role, unit__code=unit_code)
    return User.objects.filter(is_active=True, pk__in=seats.values("user")).order_by("full_name", "pk")


def held_roles(*, on: date | None = None) -> dict[tuple[str, str], set[int]]:
    """Every (role, unit code) that some active person holds on a day, with the ids of who does; for the verifier."""
    active = Membership.objects.on(on or today()).filter(user__is_active=True)
    found: dict[tuple[str, str], set[int]] = {}
    for role, unit, user in active.values_list("role", "unit__code", "user"):
        found.setdefault((Role(role), unit), set()).add(user)
    return found


def people_of(refs: Iterable[str]) -> dict[str, str]:
    """Names of the people among actors as the ledger refers to them ("user:7"), by reference. One query."""
    ids = {int(ref.removeprefix("user:")) for ref in refs if ref.startswith("user:")}
    rows = User.objects.filter(pk__in=ids).values_list("pk", "full_name")
    return {f"user:{key}": name for key, name in rows}


def unit_names(*, codes: Iterable[str], lang: str) -> dict[str, str]:
    """Unit code → name in `lang`; unknown codes are left out. One query."""
    return {unit.code: unit.name(lang) for unit in Unit.objects.filter(code__in=set(codes))}


def term_readings(*, agency: str) -> tuple[tuple[date, bool], ...]:
    """How an agency counts the term of what it takes in late, newest first: (since, whether from the handing over).

    `agency`: its code. Empty, where it has stated none. One query. docs/law.md, reading 2.
    """
    rows = TermReading.objects.filter(agency__code=agency, state="applied").order_by("-since", "-pk")
    return tuple(rows.values_list("since", "from_handover"))


def calendar() -> Calendar:
    """The whole working calendar as the pure rules take it. Two small queries."""
    kinds: dict[date, DayKind] = {}
    names: dict[date, dict[str, str]] = {}
    for day, kind, name_vi, name_en in CalendarDay.objects.values_list("date", "kind", "name_vi", "name_en"):
        kinds[day], names[day] = DayKind(kind), {"vi": name_vi, "en": name_en}
    years = dict(CalendarYear.objects.values_list("year", "status"))
    undecided = CalendarYear.Status.PROVISIONAL
    return Calendar(
        days=kinds,
        names=names,
        known_years=frozenset(years),
        provisional_years=frozenset(year for year, status in years.items() if status == undecided),
    )
