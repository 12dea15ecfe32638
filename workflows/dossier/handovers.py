"""Who held a dossier when: the lines of the control slip, from the ledger and the pinned definition.

The times of tasks are bookkeeping; the ledger is what a court reads.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from procedures import catalog
from procedures.definition.model import Definition, End, Human, Outcome, Route, Wait
from procedures.definition.route import BACK, AnyNode, Gateway
from procedures.errors import NotFound
from procedures.law.life import BEGINNINGS
from procedures.law.terms import add
from procedures.law.working_time import worked_minutes
from procedures.models import LedgerEntry, User
from procedures.now import now
from procedures.selectors import unit_names
from workflows.dossier import clock
from workflows.models import Dossier

__all__ = ["Handover", "definition_at", "handovers", "worked"]


@dataclass(frozen=True, slots=True)
class Handover:
    """One line of the control slip: who gave the dossier to whom, until when, and when it went on."""

    at: datetime
    giver: str
    """Unit, or empty for the applicant."""
    giver_person: str
    receiver: str
    """Unit, or empty for the applicant."""
    step: str
    node: str
    due_at: datetime
    """End of the step's share of time (of the limit, where the applicant is waited for)."""
    done_at: datetime | None
    kind: Literal["human", "applicant"]

    @property
    def late(self) -> bool | None:
        """Whether the step took longer than its share; None while it goes on."""
        return None if self.done_at is None else self.done_at > self.due_at


def handovers(dossier: Dossier, *, lang: str) -> list[Handover]:
    """The control slip (phiếu kiểm soát), oldest first. Three queries; what the system waits for is left out."""
    entries = list(
        LedgerEntry.objects.filter(subject_kind="dossier", subject_id=dossier.pk).order_by("sequence")
    )
    routes = [definition_at(entry, dossier).route for entry in entries]
    codes = {code for route in routes for code in route.units.values()}
    units = unit_names(codes=codes, lang=lang)
    calendar = clock.working_calendar()
    found: list[Handover] = []
    held: dict[str, int] = {}
    """Step → its line that goes on."""
    giver = ""
    persons = _last_persons(entries)
    for entry, nodes, route in _entered(dossier, entries):
        over = [entry.node] if entry.node in held and nodes is not None else list(held)
        for step in over:
            line = held.pop(step)
            # Whoever acted on it in the evening had it in hand then.
            found[line] = replace(found[line], at=min(found[line].at, entry.at), done_at=entry.at)
        gave = giver
        in_the_morning = json.loads(entry.data).get("handed_over_at")
        for node in nodes or ():
            at = entry.at
            if in_the_morning and clock.hands_over(route.node(entry.node), node):
                at = datetime.fromisoformat(in_the_morning)
            receiver = units.get(route.units[node.unit], "") if isinstance(node, Human) else ""
            held[node.id] = len(found)
            found.append(
                Handover(
                    at=at,
                    giver=gave,
                    giver_person=persons.get(entry.sequence, ""),
                    receiver=receiver,
                    step=node.title.get(lang),
                    node=node.id,
                    due_at=add(node.time, at, calendar),
                    done_at=None,
                    kind="human" if isinstance(node, Human) else "applicant",
                )
            )
            giver = receiver
    return found


def worked(line: Handover) -> int:
    """Whole minutes of working time during which the step had the dossier; until now, while it has."""
    return worked_minutes(since=line.at, until=line.done_at or now(), calendar=clock.working_calendar())


def _last_persons(entries: list[LedgerEntry]) -> dict[int, str]:
    """Sequence → who acted last by then: what the system hands on, that person gave. One query."""
    ids = {int(entry.actor[5:]) for entry in entries if entry.actor.startswith("user:")}
    people, person, found = User.objects.in_bulk(ids), "", {}
    for entry in entries:
        if entry.actor.startswith("user:") and (who := people.get(int(entry.actor[5:]))):
            person = who.full_name
        found[entry.sequence] = person
    return found


def _entered(
    dossier: Dossier, entries: list[LedgerEntry]
) -> Iterator[tuple[LedgerEntry, list[Human | Wait] | None, Route]]:
    """The entries after which others hold the dossier, at which steps, and by which route; None: nobody any more.

    An empty list: a branch is done while others are under way. What opened behind a gateway, the entry tells.
    """
    for entry in entries:
        route = definition_at(entry, dossier).route
        if not entry.node:
            target: AnyNode | None = route.first if entry.act in BEGINNINGS else None
            if entry.act == "request_withdrawal":
                target = next((node for node in route.people if node.interrupt), None)
        else:
            outcome = _outcome(route, entry)
            if outcome is not None and outcome.to == BACK:
                yield entry, None, route
                continue
            target = route.node(outcome.to) if outcome is not None else None
        if target is None:
            continue
        if isinstance(target, End):
            yield entry, None, route
            continue
        opened = json.loads(entry.data).get("opened", []) if isinstance(target, Gateway) else [target.id]
        nodes = [route.node(name) for name in opened]
        seen = [
            node for node in nodes if isinstance(node, Human) or getattr(node, "party", "") == "applicant"
        ]
        if seen or not nodes:
            yield entry, [node for node in seen if isinstance(node, Human | Wait)], route


def definition_at(entry: LedgerEntry, dossier: Dossier) -> Definition:
    """The version under which the entry was made: the dossier may have been moved to another since."""
    if entry.definition_sha256 in ("", dossier.definition_sha256):
        return dossier.definition
    try:
        return catalog.definition_of(entry.definition_sha256)
    except NotFound:
        # Lost or damaged, as the check of the ledger tells; what can be read is read all the same.
        return dossier.definition


def _outcome(route: Route, entry: LedgerEntry) -> Outcome | None:
    """The outcome that an entry records, by its legal act or by its own name."""
    try:
        node = route.node(entry.node)
    except KeyError:
        return None
    for outcome in node.outcomes:
        if entry.act in (outcome.act, f"{node.id}.{outcome.id}"):
            return outcome
    return None
