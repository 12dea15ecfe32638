"""One's own dossier as the portal shows it: found for its applicant alone, then put into words."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onestop.access import actor
from onestop.answers import moved_date
from onestop.components import formats
from onestop.errors import sentences
from onestop.portal import words
from procedures.definition import forms
from procedures.definition.forms import FieldError
from procedures.definition.model import Section
from procedures.law.life import FINAL, State
from procedures.policy import Actor
from workflows import selectors
from workflows.models import Dossier, Paper, Piece

__all__ = [
    "Part",
    "applicant",
    "errors_by_section",
    "file_rows",
    "name_of",
    "next_part",
    "own_dossier",
    "paper_links",
    "parts_of",
    "rows_of",
    "timeline_of",
    "who_holds_it",
]


def applicant(request: HttpRequest) -> Actor:
    """The person as somebody who files: the roles they hold in an office count for nothing here."""
    return replace(actor(request), seats=())


def own_dossier(request: HttpRequest, ref: UUID) -> Dossier:
    """A dossier of the applicant's subjects. Raises NotFound also for one that belongs to others."""
    return selectors.dossier_of(actor=applicant(request), ref=ref)


def name_of(dossier: Dossier) -> str:
    """Dossier code, or the short reference before acceptance."""
    return dossier.code or str(dossier.ref)[:8].upper()


# -- the draft and its parts ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a draft: a page of the form, the papers, or the check before submitting."""

    id: str
    title: str
    href: str
    done: bool
    errors: int
    """Answers that are wrong; what is not answered yet does not count."""

    def step(self, current: str) -> dict[str, Any]:
        """As the component takes it."""
        status = "current" if self.id == current else "done" if self.done else "todo"
        return {"title": self.title, "href": self.href, "status": status, "errors": self.errors}


def rows_of(answers: Mapping[str, Any], section: Section) -> list[dict[str, Any]]:
    """The rows of a repeated section; what is not a row is left out."""
    given = answers.get(section.id)
    return [dict(row) for row in given if isinstance(row, Mapping)] if isinstance(given, list) else []


def errors_by_section(dossier: Dossier) -> dict[str, list[FieldError]]:
    """Every wrong or missing answer, by section."""
    _clean, errors = forms.validate(dossier.definition, dossier.answers)
    found: dict[str, list[FieldError]] = {section.id: [] for section in dossier.definition.form}
    for error in errors:
        found[error.section].append(error)
    return found


def _answered(dossier: Dossier, error: FieldError) -> bool:
    """Whether something was typed where the error is: wrong, not missing."""
    if not error.field:
        return False
    given: Any = dossier.answers
    if error.row is not None:
        rows = given.get(error.section)
        given = rows[error.row] if isinstance(rows, list) and error.row < len(rows) else {}
    return isinstance(given, Mapping) and str(given.get(error.field) or "").strip() != ""


def parts_of(dossier: Dossier, *, pieces: Sequence[selectors.PieceView] | None = None) -> list[Part]:
    """The parts of a draft in order, the last one being the check. One query unless `pieces` are given."""
    lang = words.language()
    errors = errors_by_section(dossier)
    if pieces is None:
        pieces = selectors.pieces_of(dossier, lang=lang)
    open_papers = {piece.id for piece in pieces if piece.state not in {"ready", "checking"}}
    parts = [
        Part(
            section.id,
            section.title.get(lang),
            reverse("portal:section", args=[dossier.ref, section.id]),
            not errors[section.id] and open_papers.isdisjoint(section.pieces),
            sum(_answered(dossier, error) for error in errors[section.id]),
        )
        for section in dossier.definition.form
    ]
    papers = reverse("portal:pieces", args=[dossier.ref])
    parts.append(Part("papers", _("Papers"), papers, not open_papers, 0))
    parts.append(Part("check", _("Check and submit"), reverse("portal:check", args=[dossier.ref]), False, 0))
    return parts


def next_part(dossier: Dossier, current: str) -> str:
    """The address of the part after this one."""
    order = parts_of(dossier)
    at = next(index for index, part in enumerate(order) if part.id == current)
    return order[at + 1].href


def file_rows(
    dossier: Dossier, pieces: Iterable[Piece], *, removable: bool, note: str = ""
) -> list[dict[str, Any]]:
    """Files for the component: name, state, size, and the button that takes one back."""
    rows = []
    for piece in pieces:
        state = {"clean": "ready", "quarantined": "checking"}.get(piece.file.state, "failed")
        clean = state == "ready"
        if state == "failed":
            said = " ".join(str(reason) for reason in sentences(piece.file.reasons))
        elif clean:
            said = note or _("%(size)s, no malware found") % {"size": formats.file_size(piece.file.size)}
        else:
            said = ""
        rows.append(
            {
                "name": piece.name,
                "href": reverse("portal:piece", args=[dossier.ref, piece.pk]) if clean else "",
                "note": said,
                "state": state,
                "size": piece.file.size,
                "actions": [{"text": _("Remove"), "name": "remove", "value": piece.pk}] if removable else [],
            }
        )
    return rows


# -- the dossier under way --------------------------------------------------------------------------------------------


def who_holds_it(dossier: Dossier) -> str:
    """A sentence: who works on it now, at what; empty when nobody does."""
    if State(dossier.state) in FINAL:
        return ""
    said = []
    for task, step, person, unit in selectors.holder(dossier, lang=words.language()):
        node = dossier.definition.route.node(task.node)
        if task.kind == "wait":
            if getattr(node, "party", "") == "applicant":
                said.append(_("We are waiting for your answer. The clock stands still meanwhile."))
            else:
                said.append(_("Our system is at work: %(step)s.") % {"step": step.lower()})
        elif person:
            params = {"person": person, "unit": unit, "step": step.lower()}
            said.append(_("%(person)s, %(unit)s, has it now: %(step)s.") % params)
        else:
            said.append(_("It is with %(unit)s: %(step)s.") % {"unit": unit, "step": step.lower()})
    return " ".join(said)


def paper_links(dossier: Dossier, papers: Iterable[Paper]) -> list[dict[str, Any]]:
    """Papers with their titles, days and addresses."""
    return [
        {
            "text": words.paper_title(paper),
            "href": reverse("portal:paper", args=[dossier.ref, paper.ref]),
            "at": paper.published_at,
            "kind": paper.kind,
        }
        for paper in papers
    ]


def timeline_of(dossier: Dossier, events: Iterable[selectors.Event]) -> list[dict[str, Any]]:
    """What happened, newest first, for the component."""
    entries = []
    for event in events:
        from_partner = event.act.startswith("partner.")
        said = words.act_words(
            event.act, effect=dossier.definition.effect, partner=event.actor if from_partner else ""
        )
        people = [event.actor, event.actor_title] if not from_partner else []
        if event.on_behalf_of:
            people.append(_("for %(name)s") % {"name": event.on_behalf_of})
        entries.append(
            {
                "at": event.at,
                "title": said.title,
                "icon": said.icon,
                "tone": said.tone,
                "actor": ", ".join(part for part in people if part),
                "text": _what_more(event),
                "links": paper_links(dossier, event.papers),
            }
        )
    return entries


def _what_more(event: selectors.Event) -> str:
    """The words that go with an entry, and what the ledger itself can tell."""
    said = [event.reason] if event.reason else []
    data = event.data if isinstance(event.data, Mapping) else json.loads(str(event.data))
    items = data.get("items")
    if event.act in {"request_supplement", "request_intake_supplement"} and isinstance(items, list):
        count = len(items)
        said.append(
            ngettext("%(count)s thing asked for.", "%(count)s things asked for.", count) % {"count": count}
        )
    if "due_after" in data:
        said.append(moved_date(data))
    if event.act in {"demand_fee", "pay"} and isinstance(data.get("amount"), int):
        said.append(formats.money(data["amount"]))
    return " ".join(said)
