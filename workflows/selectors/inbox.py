"""The office's lists: open steps of my roles and units, by due time, paged by key. A fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Least

from procedures import catalog
from procedures.models import User
from procedures.now import HANOI, now
from procedures.policy import Actor
from workflows.dossier.clock import STANDING, working_calendar
from workflows.dossier.wording import summary
from workflows.models import Task

__all__ = ["MANY", "InboxPage", "InboxRow", "counts", "inbox", "mine"]

MANY = 1000
"""Further than this nobody counts: a screen says "999+"."""

View = Literal["mine", "unit", "waiting"]


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One open step."""

    task_id: int
    ref: str
    code: str
    """Dossier code, or a short reference before acceptance."""
    title: str
    summary: str
    subject: str
    step: str
    owner: str
    """Name of the person it is assigned to; empty for anyone of the role."""
    due_at: datetime
    state: str
    urgency: Literal["late", "soon", "later", "stopped"]
    """late: past due; soon: due today or tomorrow; stopped: the clock stands still."""
    working_days_left: int
    """Negative when late; 0: today."""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page, and the key of the next one; None when there is none."""

    rows: tuple[InboxRow, ...]
    after: str | None


def _lists(actor: Actor, view: View) -> list[QuerySet[Task]]:
    """The open tasks of a view, in lists each of which stands in one index in the order of the page."""
    seats = sorted({(seat.unit_code, seat.role.value) for seat in actor.seats})
    tasks = Task.objects.filter(finished__isnull=True)
    if view == "mine":
        free = Q(owner__isnull=True) | Q(owner_id=actor.id)
        return [tasks.filter(free, unit=unit, role=role, kind="human") for unit, role in seats]
    kind = "human" if view == "unit" else "wait"
    return [tasks.filter(unit=unit, kind=kind) for unit in sorted({unit for unit, _role in seats})]


def _first(lists: list[QuerySet[Task]], how_many: int) -> QuerySet[Task]:
    """The most urgent of several lists together: as many from each, so that none is read to its end."""
    first, *others = [rows.order_by("due_at", "id").values("pk")[:how_many] for rows in lists]
    picked = first.union(*others, all=True) if others else first
    return Task.objects.filter(pk__in=picked).order_by("due_at", "id")[:how_many]


def mine(actor: Actor, how_many: int, **narrowed: object) -> QuerySet[Task]:
    """The open steps that wait for the actor, most urgent first."""
    lists = [rows.filter(**narrowed) for rows in _lists(actor, "mine")]
    return _first(lists, how_many) if lists else Task.objects.none()


def inbox(
    *, actor: Actor, view: View = "mine", after: str = "", text: str = "", limit: int = 25, lang: str = "vi"
) -> InboxPage:
    """A page of open steps, most urgent first. `after` is the key that the last page gave; a wrong one starts anew.

    `text` narrows by dossier code, subject, tax code or number, with or without diacritics.
    """
    lists = _lists(actor, view)
    if not lists:
        return InboxPage((), None)
    key = _read_key(after)
    if key:
        further = Q(due_at__gt=key[0]) | Q(id__gt=key[1])
        lists = [rows.filter(further, due_at__gte=key[0]) for rows in lists]
    if plain := text.strip():
        named = (
            Q(process__code__icontains=plain)
            | Q(process__subject__tax_code__startswith=plain)
            | Q(process__subject__name__icontains=plain)
        )
        lists = [rows.filter(named) for rows in lists]
    found = list(
        _first(lists, limit + 1)
        .select_related("process__subject", "owner")
        .only(
            "id",
            "due_at",
            "node",
            "kind",
            "owner__full_name",
            "process__ref",
            "process__code",
            "process__state",
            "process__answers",
            "process__definition_sha256",
            "process__subject__name",
        )
    )
    more = len(found) > limit
    found = found[:limit]
    present = now()
    return InboxPage(
        tuple(_row(task, present, lang) for task in found),
        f"{found[-1].due_at.isoformat()}_{found[-1].pk}" if more else None,
    )


def _row(task: Task, present: datetime, lang: str) -> InboxRow:
    dossier = task.process
    definition = catalog.definition_of(dossier.definition_sha256)
    node = definition.route.node(task.node)
    left = _working_days_between(present, task.due_at)
    standing = dossier.state in STANDING or dossier.state == "withdrawal_requested"
    urgency: Literal["late", "soon", "later", "stopped"] = (
        "stopped"
        if standing and task.kind == "wait"
        else "late"
        if task.due_at < present
        else "soon"
        if left <= 1
        else "later"
    )
    return InboxRow(
        task_id=task.pk,
        ref=str(dossier.ref),
        code=dossier.code or str(dossier.ref)[:8].upper(),
        title=definition.title.get(lang),
        summary=summary(definition, dossier.answers, lang),
        subject=dossier.subject.name,
        step=node.title.get(lang),
        owner=task.owner.full_name if task.owner else "",
        due_at=task.due_at,
        state=dossier.state,
        urgency=urgency,
        working_days_left=left,
    )


def _working_days_between(present: datetime, due: datetime) -> int:
    """Working days from today to the due day; negative when it has passed."""
    calendar = working_calendar()
    first, last = present.astimezone(HANOI).date(), due.astimezone(HANOI).date()
    sign = 1 if last >= first else -1
    low, high = min(first, last), max(first, last)
    days = sum(1 for n in range(1, (high - low).days + 1) if calendar.is_working(low + timedelta(days=n)))
    return sign * days


def _read_key(after: str) -> tuple[datetime, int] | None:
    try:
        moment, _, pk = after.rpartition("_")
        return datetime.fromisoformat(moment), int(pk)
    except ValueError:
        return None


def counts(*, actor: Actor) -> dict[str, int]:
    """How many open steps each view holds, and how many of mine are late or due within a day. One query.

    None is counted further than MANY, so that the figures cost the same with any backlog.
    """
    assert isinstance(actor.id, int)  # lists are for people
    mine = _lists(actor, "mine")
    found = User.objects.filter(pk=actor.id).values_list(
        _how_many(mine),
        _how_many([rows.filter(due_at__lt=now() + timedelta(days=1)) for rows in mine]),
        _how_many(_lists(actor, "unit")),
        _how_many(_lists(actor, "waiting")),
    )
    return dict(zip(("mine", "urgent", "unit", "waiting"), found.get(), strict=True))


def _how_many(lists: list[QuerySet[Task]]) -> Combinable:
    """How many rows the lists have together, as an expression; of each, MANY are read at most."""
    each = [
        Func(
            ArraySubquery(rows.order_by("due_at", "id").values("pk")[:MANY]),
            function="cardinality",
            output_field=IntegerField(),
        )
        for rows in lists
    ]
    return Least(Value(MANY), sum(each, start=Value(0)))
