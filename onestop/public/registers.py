"""Where a dossier is, by its code; and the public registers of licences. Nothing that the register does not show."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from onestop.access import public
from onestop.answers import answer_text, language
from onestop.asking import asked, asked_number
from onestop.components.states import LICENCE_STATES, stage_rows
from onestop.public.limits import limited
from procedures.definition.model import FieldType, Section
from procedures.errors import NotFound, Reason
from procedures.now import HANOI, today
from workflows import selectors
from workflows.models import Licence

__all__ = ["licence", "licence_facts", "licence_history", "register", "track"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@public
@limited("track", most=30)
@require_safe
def track(request: HttpRequest) -> HttpResponse:
    """Where a dossier is: procedure, state and stage, no names."""
    code = asked(request, "code", most=60)
    found = selectors.track(code=code, lang=language()) if code else None
    context = {
        "code": code,
        "found": found,
        "stages": stage_rows(found.stages, state=found.state) if found else [],
        "unknown": bool(code) and found is None,
    }
    return render(request, "public/track.html", context, status=404 if context["unknown"] else 200)


@public
@limited("register", most=120)
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """The licences, newest first, by number, holder or device, with or without diacritics."""
    text = asked(request, "q")
    after = asked_number(request, "sau")
    rows, following = selectors.register(text=text, after=after)
    query = request.GET.copy()
    if following:
        query["sau"] = str(following)
    context = {
        "section": "register",
        "text": text,
        "rows": [
            {
                "number": row.number,
                "href": reverse("public:licence", args=[row.ref]),
                "kind": _title(row),
                "holder": row.subject.name,
                "tax_code": row.subject.tax_code,
                "about": selectors.summary(row.dossier.definition, row.dossier.answers, language()),
                "issued_on": row.issued_on,
                "valid_until": row.valid_until,
                "state": LICENCE_STATES[row.standing(today())],
            }
            for row in rows
        ],
        "first": after is None,
        "following": f"?{query.urlencode()}" if following else "",
    }
    return render(request, "public/register.html", context)


def _title(row: Licence) -> str:
    kind = row.dossier.definition.licence
    return kind.title.get(language()) if kind else row.register


@public
@limited("register", most=120)
@require_safe
def licence(request: HttpRequest, ref: UUID) -> HttpResponse:
    """One licence as the register shows it."""
    found = selectors.licence_of(ref=ref)
    if found is None:
        raise NotFound(Reason("no_licence", gettext_noop("The register has no such licence.")))
    kind = found.dossier.definition.licence
    context = {
        "section": "register",
        "licence": found,
        "kind": _title(found),
        "state": LICENCE_STATES[found.standing(today())],
        "illustrative": bool(kind and kind.illustrative),
        "facts": licence_facts(found),
        "chain": [(_("In place of"), found.replaces)] * bool(found.replaces)
        + [(_("Replaced by"), other) for other in found.successors.order_by("pk")],
        "history": licence_history(found),
        "conditions": [(one, one.kind.title.get(language())) for one in found.binding_conditions(today())],
        "verify_href": reverse("public:code", args=[found.paper.code]),
        "pdf_href": reverse("public:pdf", args=[found.paper.code]),
    }
    return render(request, "public/licence.html", context)


def licence_history(row: Licence) -> list[tuple[date, tuple[Any, str, str]]]:
    """(day in Hanoi, what became of it), newest first; the end of its time too, where no sweep has come by yet."""
    told = []
    for one in row.changes.order_by("pk"):
        text, icon, tone = LICENCE_STATES[one.state]
        if one.state == "in_force":
            text = _("In force again") if one.before else _("Given")
        told.append((one.at.astimezone(HANOI).date(), (text, icon, tone)))
    if row.standing(today()) != row.state and row.valid_until:
        told.append((row.valid_until + timedelta(days=1), LICENCE_STATES["expired"]))
    return told[::-1]


def licence_facts(row: Licence) -> list[dict[str, Any]]:
    """What the register shows, under the titles of the form: {"title", "text"} or {"title", "head", "rows"}."""
    lang = language()
    shown = [
        _table(asked, value, lang)
        if isinstance(asked, Section)
        else {"title": asked.title.get(lang), "text": answer_text(asked, value, lang=lang)}
        for asked, value in row.entries()
    ]
    return [entry for entry in shown if entry.get("text") or entry.get("rows")]


def _table(section: Section, rows: list[Any], lang: str) -> dict[str, Any]:
    return {
        "title": section.title.get(lang),
        "head": [item.title.get(lang) for item in section.fields],
        "rows": [
            [
                (item.title.get(lang), answer_text(item, row.get(item.id), lang=lang), item.type in _NUMBERS)
                for item in section.fields
            ]
            for row in rows
            if isinstance(row, dict)
        ],
    }


_NUMBERS = {FieldType.INTEGER, FieldType.MONEY, FieldType.HS_CODE}
