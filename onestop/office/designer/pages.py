"""The pages of the designer: one thing at a time, its outline beside it, and what the verifier says while one types."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from onestop.access import actor, officials
from onestop.forms import error_links
from onestop.office.designer.drafts import STALE, Draft, fingerprint, opened
from onestop.office.designer.outline import SINGLE, chapter_of, spelled
from onestop.office.designer.sheets import Sheet
from onestop.office.designer.showing import AddForm, DayForm, listed, outline_of, sheet_of, show
from onestop.office.procedures import BeginForm, found_version
from onestop.office.reading import language
from onestop.office.views import with_rail
from onestop.office.words import placed, spoken
from onestop.office.work import see_other
from procedures import catalog, drafts, editing, policy
from procedures.definition import things
from procedures.definition.model import Definition
from procedures.editing import MISSING, Path, Texts
from procedures.errors import Invalid, Reason, Refused
from procedures.models import ProcedureVersion

__all__ = ["begin", "edit"]

Change = Callable[[Texts], Texts]
"""What is done to the texts of a draft."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@require_POST
@officials
def begin(request: HttpRequest, code: str, day: str) -> HttpResponse:
    """A draft that says what the version says; another date, or another procedure."""
    row = found_version(code, day)
    policy.must(actor(request), "procedure.load", row)
    form = BeginForm(request.POST)
    if form.is_valid():
        try:
            made = drafts.begin(of=row, actor=actor(request), **form.cleaned_data)
        except (Refused, Invalid) as error:
            placed(form, error.reasons)
            status = error.status
        else:
            messages.success(request, gettext("A draft has been made. Nothing of it applies yet."))
            return see_other(_address(made, "general"))
    else:
        status = 422
    with_rail(request)
    return render(request, "office/begin_draft.html", {"row": row, "form": form}, status=status)


def _address(row: Any, chapter: str, path: Path = ()) -> str:
    href = reverse("office:edit", args=[row.procedure.code, row.version.isoformat(), chapter])
    return f"{href}?muc={spelled(path)}#muc" if path else href


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def edit(request: HttpRequest, code: str, day: str, chapter: str) -> HttpResponse:
    """One thing of a draft (`muc`: its place); `action` saves it, adds, drops or moves one, or only looks."""
    draft = opened(request, code, day)
    path = tuple(part for part in request.GET.get("muc", "").split(".") if part)
    named = bool(path)
    if not path:
        path = next(
            (one for one in SINGLE.get(chapter, ()) if editing.at(draft.content, one) is not MISSING), ()
        )
        if not path and chapter != "general":
            path = next(
                (found[0].path for _word, _root, found in outline_of(draft, chapter, ()) if found), ()
            )
    if path and chapter_of(path) != chapter:
        raise Http404
    if request.method != "POST":
        return show(request, draft, chapter, path)
    action = request.POST.get("action", "")
    if action == "look":
        return _look(request, draft, path)
    if action == "save":
        return _save(request, draft, chapter, path)
    if action == "day":
        return _dated(request, draft)
    if action == "add":
        return _add(request, draft, chapter, path)
    if not named:
        raise Http404  # what is moved or taken away is named, never guessed
    return _arranged(request, draft, chapter, path, action)


def _look(request: HttpRequest, draft: Draft, path: Path) -> HttpResponse:
    """What the verifier would say of what is typed; nothing is kept."""
    sheet = sheet_of(draft, path, request.POST)
    context: dict[str, Any] = {"unsaved": True}
    if sheet.is_valid():
        try:
            files = editing.put(draft.files, path, sheet.changes(), order=_order(sheet))
            draft = Draft.of(draft.row, files)
        except Invalid as error:
            context["unread"] = [spoken(reason) for reason in error.reasons]
    else:
        context["unread"] = [link.text for link in error_links([sheet])]
    context["faults"] = draft.faults(draft.findings(), language())
    return render(request, "office/_proof.html", context)


def _order(sheet: Sheet) -> list[str]:
    return list(sheet.kind.model_fields)


def _save(request: HttpRequest, draft: Draft, chapter: str, path: Path) -> HttpResponse:
    sheet = sheet_of(draft, path, request.POST)
    stale = request.POST.get("seen") != fingerprint(sheet.content)
    if not sheet.is_valid():
        return show(request, draft, chapter, path, sheet=sheet, status=422)
    if stale:
        sheet.add_error(None, gettext(STALE))
        return show(request, draft, chapter, path, sheet=sheet, status=409)
    changes = sheet.changes()
    if not changes:
        messages.info(request, gettext("Nothing was changed."))
        return see_other(_address(draft.row, chapter, path))
    try:
        _kept(request, draft, lambda files: editing.put(files, path, changes, order=_order(sheet)))
    except (Invalid, Refused) as error:
        for reason in error.reasons:
            sheet.add_error(None, spoken(reason))
        return show(request, draft, chapter, path, sheet=sheet, status=error.status)
    messages.success(request, gettext("Saved in the draft."))
    return see_other(_address(draft.row, chapter, path))


def _kept(request: HttpRequest, draft: Draft, change: Change) -> ProcedureVersion:
    return catalog.revise(version=draft.row, change=change, actor=actor(request))


def _dated(request: HttpRequest, draft: Draft) -> HttpResponse:
    form = DayForm(request.POST)
    if not form.is_valid():
        return show(request, draft, "general", (), day=form, status=422)
    try:
        day = form.cleaned_data["day"]
        row = _kept(request, draft, lambda files: editing.put(files, (), {"version": day}))
    except (Invalid, Refused) as error:
        for reason in error.reasons:
            form.add_error("day", spoken(reason))
        return show(request, draft, "general", (), day=form, status=error.status)
    messages.success(request, gettext("The draft applies from another day."))
    return see_other(_address(row, "general"))


def _add(request: HttpRequest, draft: Draft, chapter: str, path: Path) -> HttpResponse:
    """A further thing in the collection `into`, or one that there is at most one of."""
    into = tuple(part for part in request.POST.get("into", "").split(".") if part)
    if not into or chapter_of(into) != chapter:
        raise Http404
    if into in SINGLE.get(chapter, ()):
        kind = things.kind_at(into, draft.content)
        made = things.blank(kind, draft.content, ident=into[-1], title=draft.definition.result.vi)
        order = list(Definition.model_fields)
        return _applied(
            request,
            draft,
            chapter,
            path,
            lambda files: editing.put(files, (), {into[-1]: made}, order=order),
            to=into,
        )
    form = AddForm(request.POST, root=into)
    if not form.is_valid():
        return show(request, draft, chapter, path, add=form, status=422)
    try:
        change, made_at = _with_new(draft, into, form.cleaned_data)
    except (Invalid, KeyError) as error:
        reasons = [spoken(reason) for reason in error.reasons] if isinstance(error, Invalid) else []
        form.add_error(None, reasons or [gettext("Nothing can be added there.")])
        return show(request, draft, chapter, path, add=form, status=422)
    return _applied(request, draft, chapter, path, change, to=made_at)


def _with_new(draft: Draft, into: Path, typed: Mapping[str, Any]) -> tuple[Change, Path]:
    """How a further thing is added, and where it will stand. Raises Invalid, KeyError."""
    holder = things.kind_at(into[:-1], draft.content)
    collection = {one.key: one for one in things.held(holder)}[into[-1]]
    kind = collection.kind or things.NODES[typed["kind"]]
    held = editing.at(draft.content, into)
    taken = set(held) if isinstance(held, Mapping) else {str(one.get("id")) for one in listed(held)}
    ident = typed.get("ident") or drafts.named(typed["title"], taken)
    made = things.blank(kind, draft.content, ident=ident, title=typed["title"])
    if ident in taken:
        raise Invalid(
            Reason("id_taken", gettext_noop("“%(id)s” is in use; choose another id."), {"id": ident})
        )
    if collection.by == "key":
        return partial(editing.add, path=into, item=made, key=ident), (*into, ident)
    name = ident if collection.by == "id" else str(len(listed(held)))
    return partial(editing.add, path=into, item=made), (*into, name)


def _arranged(request: HttpRequest, draft: Draft, chapter: str, path: Path, action: str) -> HttpResponse:
    if action not in {"up", "down", "drop"}:
        raise Http404
    draft.thing(path)  # or there is no such page
    to = path
    change: Change
    if action == "drop" and path in SINGLE.get(chapter, ()):
        change, to = partial(editing.put, path=(), values={path[0]: MISSING}), ()
    elif action == "drop":
        change = partial(editing.drop, path=path)
        to = path[:-2] if len(path) > 2 and path[:-1] != ("route", "nodes") else ()
    else:
        by = -1 if action == "up" else 1
        change = partial(editing.move, path=path, by=by)
        if path[-1].isdecimal():
            to = (*path[:-1], str(int(path[-1]) + by))
    return _applied(request, draft, chapter, path, change, to=to)


def _applied(
    request: HttpRequest, draft: Draft, chapter: str, path: Path, change: Change, *, to: Path
) -> HttpResponse:
    try:
        _kept(request, draft, change)
    except (Invalid, Refused) as error:
        return show(request, draft, chapter, path, refused=error, status=error.status)
    messages.success(request, gettext("Saved in the draft."))
    return see_other(_address(draft.row, chapter, to))
