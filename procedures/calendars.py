"""The writers of the working calendar: seeded from a file, then changed by two people, every change ledgered.

The library of the catalogue seeds the calendar; it is never the authority (Labour Code 2019 Art. 111-112: the
Government decides the days each year). A year that people have decided is left alone by the file. Ledger subject:
"calendar" with the year.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import IntegrityError, transaction

from procedures import ledger, policy
from procedures.errors import Conflict, Invalid, Reason
from procedures.models import CalendarDay, CalendarProposal, CalendarYear, LedgerEntry, User
from procedures.now import now
from procedures.policy import Actor
from procedures.proposals import settle

__all__ = ["CALENDAR", "Day", "decide", "difference", "load_calendar", "propose"]

CALENDAR = Path(__file__).parent / "catalogue" / "calendar.yaml"
SATURDAY = 5


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A day that is not what its weekday says."""

    on: str
    """The day, ISO."""
    kind: str
    """holiday or makeup."""
    vi: str
    en: str
    decision: str = ""
    """The decision that sets this very day, where it is another than the year's."""

    @property
    def day(self) -> date:
        """The date."""
        return date.fromisoformat(self.on)


def held(year: int) -> list[Day]:
    """The days of a year as they are in force."""
    rows = CalendarDay.objects.filter(year=year).order_by("date")
    return [Day(row.date.isoformat(), row.kind, row.name_vi, row.name_en, row.decision) for row in rows]


def _of_file(year: int, content: Mapping[str, Any]) -> Iterator[Day]:
    for key, kind in (("holidays", "holiday"), ("makeup", "makeup")):
        for row in content.get(key, ()):
            first, last = row["day"], row.get("to", row["day"])
            if not (isinstance(first, date) and first.year == last.year == year and first <= last):
                raise ValueError(f"calendar {year}: {first} to {last} is not a period of that year")
            for offset in range((last - first).days + 1):
                on = first + timedelta(days=offset)
                yield Day(on.isoformat(), kind, row["vi"], row["en"], row.get("decision", ""))


@transaction.atomic
def load_calendar(*, by: Actor, path: Path = CALENDAR) -> list[int]:
    """Bring the calendar to what a file says, year by year; years that are the same, or decided by people, stay.

    Returns the years that changed, each with an entry in its ledger. Deadlines are computed from the calendar, so
    they follow. Raises Refused, or ValueError for a file that cannot be.
    """
    policy.must(by, "calendar.change")
    changed = []
    decided = set(
        LedgerEntry.objects.filter(subject_kind="calendar", act="apply").values_list("subject_id", flat=True)
    )
    for year, content in yaml.safe_load(path.read_text("utf-8")).items():
        wanted = list(_of_file(year, content))
        status, decision = content["status"], content.get("decision", "")
        row = CalendarYear.objects.filter(pk=year).first()
        same = row and (row.status, row.decision) == (status, decision) and held(year) == sorted(wanted)
        if not same and year not in decided:
            _write(year, status=status, decision=decision, days=wanted, by=by, act="load")
            changed.append(year)
    return changed


def _write(year: int, *, status: str, decision: str, days: Iterable[Day], by: Actor, act: str) -> None:
    row, _created = CalendarYear.objects.update_or_create(
        pk=year, defaults={"status": status, "decision": decision}
    )
    CalendarDay.objects.filter(year=row).delete()
    days = sorted(days)
    CalendarDay.objects.bulk_create(
        CalendarDay(
            date=one.day, kind=one.kind, name_vi=one.vi, name_en=one.en, decision=one.decision, year=row
        )
        for one in days
    )
    ledger.append(
        subject_kind="calendar",
        subject_id=year,
        actor=by.ref,
        act=act,
        data={"status": status, "decision": decision, "days": [[one.on, one.kind] for one in days]},
    )


# -- changed by two people --------------------------------------------------------------------------------------------


@transaction.atomic
def propose(
    *, year: int, status: str, decision: str, days: Sequence[Day], by: User, actor: Actor
) -> CalendarProposal:
    """What a year's calendar shall be, for somebody else to decide. Raises Refused; Invalid with every fault; Conflict.

    Refused, too, while another proposal for the year is open.
    """
    policy.must(actor, "calendar.change")
    if faults := [*_faults(year, days), *_undecided(status, decision)]:
        raise Invalid(*faults)
    content = {"status": status, "decision": decision, "days": [asdict(one) for one in sorted(days)]}
    try:
        with transaction.atomic():
            row = CalendarProposal.objects.create(
                year=year, content=content, proposed_by=by, proposed_at=now(), based_on=0
            )
    except IntegrityError as error:
        message = gettext_noop("A change of this year is proposed already. Decide that one first.")
        raise Conflict(Reason("proposed_already", message)) from error
    entry = ledger.append(
        subject_kind="calendar", subject_id=year, actor=actor.ref, act="propose", data={"proposal": row.pk}
    )
    row.based_on = entry.sequence
    row.save(update_fields=["based_on"])
    return row


@transaction.atomic
def decide(*, proposal: CalendarProposal, by: User, actor: Actor, apply: bool) -> None:
    """Another person applies the change, or declines it. Raises Refused; Conflict where it was decided already."""
    policy.must(actor, "calendar.decide")
    row = CalendarProposal.objects.select_for_update().get(pk=proposal.pk)
    # What was proposed for another state of the calendar can still be declined: else nothing new could be proposed.
    if row.state != "proposed" or (apply and row.based_on != _head(row.year)):
        message = gettext_noop("This change was decided already, or the calendar has changed since.")
        raise Conflict(Reason("decided_already", message))
    settle(row, by=by, apply=apply)
    if apply:
        days = [Day(**one) for one in row.content["days"]]
        status, decision = row.content["status"], row.content["decision"]
        _write(row.year, status=status, decision=decision, days=days, by=actor, act="apply")
    else:
        ledger.append(
            subject_kind="calendar",
            subject_id=row.year,
            actor=actor.ref,
            act="decline",
            data={"proposal": row.pk},
        )


def difference(proposal: CalendarProposal) -> list[tuple[Day | None, Day | None]]:
    """Day by day what the proposal changes: (in force, proposed), None where there is none."""
    before = {one.on: one for one in held(proposal.year)}
    after = {one["on"]: Day(**one) for one in proposal.content["days"]}
    days = sorted(before.keys() | after.keys())
    return [(before.get(on), after.get(on)) for on in days if before.get(on) != after.get(on)]


def _head(year: int) -> int:
    return ledger.head_of(subject_kind="calendar", subject_id=year).sequence


def _faults(year: int, days: Sequence[Day]) -> Iterator[Reason]:
    seen: set[str] = set()
    for one in days:
        params: dict[str, object] = {"field": "days", "day": f"{one.day:%d/%m/%Y}"}
        if one.day.year != year:
            yield Reason("other_year", gettext_noop("%(day)s is not a day of this year."), params)
        if one.on in seen:
            yield Reason("day_twice", gettext_noop("%(day)s stands there twice."), params)
        seen.add(one.on)
        if one.kind == "makeup" and one.day.weekday() < SATURDAY:
            message = gettext_noop("%(day)s is a weekday, so nobody makes up for work on it.")
            yield Reason("makeup_on_weekday", message, params)


def _undecided(status: str, decision: str) -> Iterator[Reason]:
    if status == CalendarYear.Status.OFFICIAL and not decision.strip():
        message = gettext_noop("An official calendar names the number and date of its decision.")
        yield Reason("no_decision", message, {"field": "decision"})
