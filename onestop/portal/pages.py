"""One page of the form on its way to the reader: as it is saved, as it was typed, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onestop.answering import AnswerForm, asked_fields, error_text
from onestop.answers import answer_text
from onestop.portal import words
from onestop.portal.forms import with_held
from onestop.portal.papers import asked_papers, refused_papers
from onestop.portal.reading import parts_of, rows_of
from onestop.portal.uploading import Taken
from procedures.definition.forms import FieldError, validate
from procedures.definition.model import Section
from workflows import selectors
from workflows.models import Dossier

__all__ = ["NEW", "ROW", "Page", "differences", "open_row", "show", "stored"]

NEW = "moi"
"""The row that is not there yet, in the address and in the form."""
ROW = "row"
"""Prefix of the controls of the open row."""


@dataclass
class Page:
    """One page of the form on its way to the reader."""

    dossier: Dossier
    section: Section
    revision: int
    form: AnswerForm | None = None
    open: int | None = None
    """Index of the open row; the number of rows for a new one."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    conflict: list[tuple[str, str, str]] = field(default_factory=list)
    """(question, what is saved now, what was typed), where they differ."""
    status: int = 200
    taken: Taken = field(default_factory=Taken)
    """What became of the files that the page sent."""


def stored(request: HttpRequest, dossier: Dossier, section: Section) -> Page:
    """The page as it is saved; with `?loi` also what is wrong with it."""
    page = Page(dossier, section, dossier.revision)
    if "loi" in request.GET:
        page.errors = validate(dossier.definition, dossier.answers, sections={section.id})[1]
    if not section.repeat:
        fields = asked_fields(dossier.definition, section, dossier.answers)
        page.form = AnswerForm(fields=with_held(fields, dossier), values=dossier.answers, errors=page.errors)
        return page
    page.rows = rows_of(dossier.answers, section)
    wanted = request.GET.get("dong", "")
    if wanted.isdecimal() and 1 <= int(wanted) <= len(page.rows):
        page.open = int(wanted) - 1
    elif wanted == NEW or not page.rows:
        page.open = len(page.rows)
    elif page.errors:
        page.open = next((error.row for error in page.errors if error.row is not None), None)
    open_row(page)
    return page


def open_row(page: Page, values: Mapping[str, Any] | None = None) -> None:
    """Draw the form of the open row, with the errors that are about it."""
    if page.open is None:
        return
    stored = page.rows[page.open] if page.open < len(page.rows) else {}
    row = stored if values is None else values
    page.form = AnswerForm(
        fields=asked_fields(page.dossier.definition, page.section, {**page.dossier.answers, **row}),
        values=row,
        errors=[error for error in page.errors if error.row == page.open],
        prefix=ROW,
    )


def differences(
    fields: Any, saved: Mapping[str, Any], typed: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    lang = words.language()
    rows = []
    for item in fields:
        now = answer_text(item, saved.get(item.id), lang=lang)
        mine = answer_text(item, typed.get(item.id), lang=lang)
        if now != mine:
            rows.append((item.title.get(lang), now, mine))
    return rows


def show(request: HttpRequest, page: Page) -> HttpResponse:
    lang = words.language()
    views = selectors.pieces_of(page.dossier, lang=lang) if page.section.pieces else None
    parts = parts_of(page.dossier, pieces=views)
    here = [view for view in views or () if view.id in page.section.pieces]
    papers = asked_papers(page.dossier, here, page.taken) if here else []
    number = next(index for index, part in enumerate(parts, 1) if part.id == page.section.id)
    context: dict[str, Any] = {
        "section": "dossiers",
        "dossier": page.dossier,
        "title": page.section.title.get(lang),
        "intro": page.section.intro.get(lang) if page.section.intro else "",
        "procedure": page.dossier.definition.title.get(lang),
        "steps": [part.step(page.section.id) for part in parts],
        "number": number,
        "total": len(parts),
        "form": page.form,
        "revision": page.revision,
        "conflict": page.conflict,
        "stale": page.status == 409,
        "notes": [*_notes(page), *refused_papers(papers)],
        "pieces": papers,
    }
    if page.section.repeat:
        context["lines"] = _lines(page, lang)
        context["new"] = page.open == len(page.rows) and page.form is not None
        context["open"] = page.open
        context["row_number"] = (page.open or 0) + 1
        context["full"] = len(page.rows) >= page.section.max_rows
    template = "portal/rows.html" if page.section.repeat else "portal/section.html"
    return render(request, template, context, status=page.status)


def _lines(page: Page, lang: str) -> list[dict[str, Any]]:
    wrong = {error.row for error in page.errors}
    return [
        {
            "number": index + 1,
            "title": words.row_title(page.section, row, index + 1),
            "summary": words.row_summary(page.section, row, lang=lang),
            "open": index == page.open,
            "wrong": index in wrong,
        }
        for index, row in enumerate(page.rows)
    ]


def _notes(page: Page) -> list[Any]:
    """Errors of the summary that are about no control on this page: other rows, or the list itself."""
    found: list[Any] = []
    titles = {item.id: item.title.get(words.language()) for item in page.section.fields}
    for error in page.errors:
        if not page.section.repeat or (error.row is not None and error.row == page.open and error.field):
            continue
        if error.row is None:
            found.append((error_text(error), "lines"))
        else:
            row = page.rows[error.row] if error.row < len(page.rows) else {}
            name = words.row_title(page.section, row, error.row + 1)
            said = f"{name}, {titles.get(error.field, '')}: {error_text(error)}"
            found.append((said, f"dong-{error.row + 1}"))
    return found
