"""The writers of who and what exists: rights of people, mandates, and the working calendar. Each change is ledgered.

Rights reach people only through here, so that "who gave whom which right, when" can be answered for ever. Ledger
subjects: "rights" with the user's id, "calendar" with the year.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from procedures import ledger, policy
from procedures.definition.model import Role
from procedures.models import (
    CalendarDay,
    CalendarYear,
    Delegation,
    Membership,
    Representation,
    Subject,
    Unit,
    User,
)
from procedures.now import today
from procedures.policy import Actor

__all__ = ["appoint", "authorise", "delegate", "dismiss", "load_calendar"]

CALENDAR = Path(__file__).parent / "catalogue" / "calendar.yaml"


def _record_right(user: User, act: str, by: Actor, **data: str | int | None) -> None:
    ledger.append(subject_kind="rights", subject_id=user.pk, actor=by.ref, act=act, data=data)


@transaction.atomic
def appoint(
    *, user: User, unit: Unit, role: Role, by: Actor, since: date | None = None, until: date | None = None
) -> Membership:
    """Give a person a role in a unit from a day on (today when left out). Raises Refused."""
    policy.must(by, "rights.change", user)
    seat = Membership.objects.create(user=user, unit=unit, role=role, since=since or today(), until=until)
    _record_right(
        user,
        "appoint",
        by,
        role=role.value,
        unit=unit.code,
        since=seat.since.isoformat(),
        until=until.isoformat() if until else None,
    )
    return seat


@transaction.atomic
def dismiss(*, membership: Membership, last_day: date, by: Actor) -> Membership:
    """End a membership; the last day still counts. Raises Refused."""
    policy.must(by, "rights.change", membership.user)
    membership.until = last_day
    membership.save(update_fields=["until"])
    _record_right(
        membership.user,
        "dismiss",
        by,
        role=membership.role,
        unit=membership.unit.code,
        until=last_day.isoformat(),
    )
    return membership


@transaction.atomic
def delegate(
    *, giver: User, taker: User, unit: Unit, role: Role, since: date, until: date, basis: str, by: Actor
) -> Delegation:
    """Lend a role that `giver` holds to `taker` for a period. It holds only while the giver holds the role."""
    policy.must(by, "rights.change", giver)
    row = Delegation.objects.create(
        giver=giver, taker=taker, unit=unit, role=role, since=since, until=until, basis=basis
    )
    _record_right(
        taker,
        "delegate",
        by,
        role=role.value,
        unit=unit.code,
        giver=giver.pk,
        since=since.isoformat(),
        until=until.isoformat(),
    )
    return row


@transaction.atomic
def authorise(
    *,
    user: User,
    subject: Subject,
    basis: str,
    by: Actor,
    since: date | None = None,
    until: date | None = None,
) -> Representation:
    """Let a user file for a subject from a day on. Raises Refused."""
    policy.must(by, "rights.change", user)
    row = Representation.objects.create(
        user=user, subject=subject, since=since or today(), until=until, basis=basis
    )
    _record_right(user, "authorise", by, subject=subject.pk, since=row.since.isoformat())
    return row


# -- calendar ---------------------------------------------------------------------------------------------------------


def _days(year: int, content: Mapping[str, Any]) -> Iterator[CalendarDay]:
    for key, kind in (("holidays", CalendarDay.Kind.HOLIDAY), ("makeup", CalendarDay.Kind.MAKEUP)):
        for row in content.get(key, ()):
            first, last = row["day"], row.get("to", row["day"])
            if not (isinstance(first, date) and first.year == last.year == year and first <= last):
                raise ValueError(f"calendar {year}: {first} to {last} is not a period of that year")
            for offset in range((last - first).days + 1):
                yield CalendarDay(
                    date=first + timedelta(days=offset),
                    kind=kind,
                    name_vi=row["vi"],
                    name_en=row["en"],
                    decision=row.get("decision", ""),
                    year_id=year,
                )


@transaction.atomic
def load_calendar(*, by: Actor, path: Path = CALENDAR) -> list[int]:
    """Bring the calendar to what a file says, year by year; years that are the same are left alone.

    Returns the years that changed, each with an entry in its ledger. Deadlines are computed from the calendar, so
    they follow. Raises Refused, or ValueError for a file that cannot be.
    """
    policy.must(by, "calendar.change")
    changed = []
    for year, content in yaml.safe_load(path.read_text("utf-8")).items():
        wanted = list(_days(year, content))
        row, created = CalendarYear.objects.get_or_create(
            pk=year, defaults={"status": content["status"], "decision": content.get("decision", "")}
        )
        compared = ("date", "kind", "name_vi", "name_en", "decision")
        held = set(CalendarDay.objects.filter(year=row).values_list(*compared))
        meant = {
            tuple(str(v) if name == "kind" else v for name in compared for v in [getattr(day, name)])
            for day in wanted
        }
        same_year = (row.status, row.decision) == (content["status"], content.get("decision", ""))
        if not created and held == meant and same_year:
            continue
        row.status, row.decision = content["status"], content.get("decision", "")
        row.save()
        CalendarDay.objects.filter(year=row).delete()
        CalendarDay.objects.bulk_create(wanted)
        ledger.append(
            subject_kind="calendar",
            subject_id=year,
            actor=by.ref,
            act="load",
            data={
                "status": row.status,
                "decision": row.decision,
                "days": [[day.date.isoformat(), str(day.kind)] for day in wanted],
            },
        )
        changed.append(year)
    return changed
