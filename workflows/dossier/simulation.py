"""A version tried on dossiers that are already there: what would have changed in dates, steps, papers and fees.

Nothing is written. What people decided is taken as it was: the question is where the version would have led them, not
what they would have done there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from procedures.definition import forms
from procedures.definition.model import Definition, End, Outcome, Route
from procedures.definition.pieces import fees_due, holds_for, required_pieces
from procedures.definition.route import BACK, AnyNode, Gateway, Split
from procedures.models import LedgerEntry
from procedures.now import now
from workflows.dossier import clock
from workflows.dossier.facts import GATEWAY_PARTS
from workflows.dossier.loading import load
from workflows.models import ClockSpan, Dossier

__all__ = ["Difference", "Simulated", "simulate"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that would have been otherwise: an English message id with its parameters."""

    kind: Literal["date", "route", "paper", "answer", "fee"]
    message: str
    params: dict[str, object]


@dataclass(frozen=True, slots=True)
class Simulated:
    """One dossier under the version."""

    dossier: Dossier
    differences: tuple[Difference, ...]


def simulate(definition: Definition, dossiers: Iterable[Dossier], *, lang: str) -> list[Simulated]:
    """What the version would have changed for each dossier, in their order. Some queries a dossier."""
    return [Simulated(one, tuple(_differences(definition, one, lang))) for one in dossiers]


def _differences(definition: Definition, dossier: Dossier, lang: str) -> Iterator[Difference]:
    yield from _dates(definition, dossier)
    yield from _papers(definition, dossier, lang)
    yield from _fees(definition, dossier)
    yield from _route(definition, dossier, lang)


def _dates(definition: Definition, dossier: Dossier) -> Iterator[Difference]:
    """The promised date by the terms of the version, along the stretches that the clock really had."""
    spans = list(ClockSpan.objects.filter(dossier=dossier).order_by("id"))
    at = dossier.finished or now()

    def due(rules: Definition) -> datetime | None:
        explained = clock.explain_spans(
            definition=rules,
            spans=spans,
            clock="decision",
            calendar=clock.working_calendar(),
            now=at,
            extended_to=dossier.extended_to,
        )
        return explained.due_at if explained else None

    before, after = due(dossier.definition), due(definition)
    if before != after:
        message = gettext_noop("The result would have been due %(after)s instead of %(before)s.")
        yield Difference("date", message, {"before": before, "after": after})


def _papers(definition: Definition, dossier: Dossier, lang: str) -> Iterator[Difference]:
    """What the version would have asked for besides, and the answers that it would not have taken."""
    asked = {piece.id for piece in required_pieces(dossier.definition, dossier.answers)}
    for piece in required_pieces(definition, dossier.answers):
        if piece.id not in asked:
            message = gettext_noop("“%(piece)s” would have been asked for.")
            yield Difference("paper", message, {"piece": piece.title.get(lang)})
    _clean, errors = forms.validate(definition, dossier.answers)
    titles = {field.id: field.title.get(lang) for section in definition.form for field in section.fields}
    for name in dict.fromkeys(error.field or error.section for error in errors):
        message = gettext_noop("“%(field)s” would not have been taken as it was answered.")
        yield Difference("answer", message, {"field": titles.get(name, name)})


def _fees(definition: Definition, dossier: Dossier) -> Iterator[Difference]:
    before = fees_due(dossier.definition, dossier.answers).total
    after = fees_due(definition, dossier.answers).total
    if before != after:
        message = gettext_noop("The fees would have been %(after)s instead of %(before)s.")
        yield Difference("fee", message, {"before": before, "after": after})


def _route(definition: Definition, dossier: Dossier, lang: str) -> Iterator[Difference]:
    """The first step at which the version would have led elsewhere; what comes after it is another story."""
    facts = load(dossier, GATEWAY_PARTS).for_conditions()
    old, new = dossier.definition, definition

    def leads_to(rules: Definition, outcome: Outcome) -> str:
        return BACK if outcome.to == BACK else _behind(rules, rules.route.node(outcome.to), dossier, facts)

    entries = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=dossier.pk).order_by("sequence")
    for entry in entries:
        taken = _taken(old.route, entry)
        if taken is None:
            continue
        title = old.route.node(entry.node).title.get(lang)
        same = _taken(new.route, entry)
        if same is None:
            message = gettext_noop("“%(step)s”: the version has no such step or outcome.")
            yield Difference("route", message, {"step": title})
            return
        was, would = leads_to(old, taken), leads_to(new, same)
        if was != would:
            message = gettext_noop("After “%(step)s” it would have gone to “%(to)s”.")
            to = title if would == BACK else new.route.node(would).title.get(lang)
            yield Difference("route", message, {"step": title, "to": to})
            return


def _taken(route: Route, entry: LedgerEntry) -> Outcome | None:
    """The outcome that the entry records, in a route that may not have it."""
    node = next((one for one in route.nodes if one.id == entry.node), None)
    for outcome in node.outcomes if node else ():
        if entry.act in (outcome.act, f"{entry.node}.{outcome.id}"):
            return outcome
    return None


def _behind(definition: Definition, node: AnyNode, dossier: Dossier, facts: dict[str, object]) -> str:
    """The id of the node that people see behind a gateway: decisions are taken, a split is a place of its own."""
    while isinstance(node, Gateway) and not isinstance(node, End | Split) and node.outcomes:
        chosen = next(
            (o for o in node.outcomes if holds_for(definition, o.when, dossier.answers, facts)),
            node.outcomes[-1],
        )
        node = definition.route.node(chosen.to)
    return node.id
