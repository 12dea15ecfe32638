"""The pages of the designer: one thing at a time, its outline beside it, and what the verifier says while one types."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from onestop.access import actor, officials
from onestop.forms import DateField, Form, error_links
from onestop.office.designer.drafts import Draft, fingerprint, opened
from onestop.office.designer.outline import SINGLE, chapter_of, entries, singular, spelled, titled
from onestop.office.designer.sheets import Sheet
from onestop.office.procedures import STATES, BeginForm, found_version
from onestop.office.reading import language
from onestop.office.views import with_rail
from onestop.office.words import spoken
from onestop.office.work import see_other
from procedures import catalog, drafts, editing, policy
from procedures import selectors as organisation
from procedures.definition import things
from procedures.definition.findings import Finding
from procedures.definition.labels import SINGULAR, label
from procedures.definition.model import Definition
from procedures.definition.walk import states
from procedures.definition.words import CHAPTERS
from procedures.editing import MISSING, Path, Texts
from procedures.errors import Invalid, Reason, Refused

__all__ = ["begin", "edit"]

UNDRAWABLE = {"dangling"}
"""Findings with which a route cannot be drawn."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


class AddForm(Form):
    """A further thing of a collection."""

    title = forms.CharField(label=gettext_lazy("Name"), max_length=250)
    ident = forms.RegexField(
        label=gettext_lazy("Id"),
        help_text=gettext_lazy("Empty: made of the name. It never changes, since others speak of it."),
        regex=r"^[a-z][a-z0-9_]*$",
        error_messages={"invalid": gettext_lazy("Letters a-z, digits and _, a letter first")},
        max_length=40,
        required=False,
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of step"),
        choices=[
            ("human", gettext_lazy("a person's step")),
            ("wait", gettext_lazy("a wait")),
            ("auto", gettext_lazy("a step of the system")),
            ("decision", gettext_lazy("a decision by conditions")),
            ("split", gettext_lazy("the start of branches")),
            ("join", gettext_lazy("where branches meet")),
            ("end", gettext_lazy("an end")),
        ],
    )

    def __init__(self, *args: Any, root: Path, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"add-{root[-1]}", **kwargs)
        self.root = root
        if root[-1] != "nodes":
            del self.fields["kind"]
        if root[-1] in {"legal_bases", "choices", "rows", "partners"}:
            del self.fields["ident"]  # named by their place

    @property
    def place(self) -> str:
        """The collection, as an address names it."""
        return spelled(self.root)


class DayForm(Form):
    """From when a draft applies: to schedule it is to date it."""

    day = DateField(label=gettext_lazy("It applies from"))


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
            for reason in error.reasons:
                form.add_error(
                    str(reason.params.get("field")) if reason.params.get("field") else None, spoken(reason)
                )
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
    if not path:
        path = next(
            (one for one in SINGLE.get(chapter, ()) if editing.at(draft.content, one) is not MISSING), ()
        )
        if not path and chapter != "general":
            path = next((found[0].path for _word, _root, found in _outline(draft, chapter, ()) if found), ())
    if path and chapter_of(path) != chapter:
        raise Http404
    if request.method != "POST":
        return _page(request, draft, chapter, path)
    action = request.POST.get("action", "")
    if action == "look":
        return _look(request, draft, path)
    if action == "save":
        return _save(request, draft, chapter, path)
    if action == "day":
        return _dated(request, draft)
    if action == "add":
        return _add(request, draft, chapter, path)
    return _arranged(request, draft, chapter, path, action)


def _outline(draft: Draft, chapter: str, path: Path) -> list[Any]:
    return entries(draft.definition, draft.content, chapter, path, language())


def _sheet(draft: Draft, path: Path, data: Mapping[str, Any] | None = None) -> Sheet | None:
    try:
        kind = things.kind_at(path, draft.content)
    except (KeyError, ValueError) as error:
        raise Http404 from error
    thing = draft.thing(path)
    return Sheet(
        data,
        kind=kind,
        path=path,
        content=thing,
        definition=draft.definition,
        templates=draft.templates,
        lang=language(),
    )


# -- changing ---------------------------------------------------------------------------------------------------------


def _look(request: HttpRequest, draft: Draft, path: Path) -> HttpResponse:
    """What the verifier would say of what is typed; nothing is kept."""
    sheet = _sheet(draft, path, request.POST)
    context: dict[str, Any] = {"unsaved": True}
    if sheet is not None and sheet.is_valid():
        try:
            files = editing.put(draft.files, path, sheet.changes(), order=_order(sheet))
            draft = Draft.of(draft.row, files)
        except Invalid as error:
            context["unread"] = [spoken(reason) for reason in error.reasons]
    elif sheet is not None:
        context["unread"] = [link.text for link in error_links([sheet])]
    context["faults"] = draft.faults(draft.findings(), language())
    return render(request, "office/_proof.html", context)


def _order(sheet: Sheet) -> list[str]:
    return list(sheet.kind.model_fields)


def _save(request: HttpRequest, draft: Draft, chapter: str, path: Path) -> HttpResponse:
    sheet = _sheet(draft, path, request.POST)
    assert sheet is not None
    stale = request.POST.get("seen") != fingerprint(sheet.content)
    if not sheet.is_valid():
        return _page(request, draft, chapter, path, sheet=sheet, status=422)
    if stale:
        sheet.add_error(
            None,
            gettext(
                "Somebody else has changed this meanwhile. Below is what you typed; save again to replace theirs."
            ),
        )
        return _page(request, draft, chapter, path, sheet=sheet, status=409)
    changes = sheet.changes()
    if not changes:
        messages.info(request, gettext("Nothing was changed."))
        return see_other(_address(draft.row, chapter, path))
    try:
        files = editing.put(draft.files, path, changes, order=_order(sheet))
        _kept(request, draft, files)
    except (Invalid, Refused) as error:
        for reason in error.reasons:
            sheet.add_error(None, spoken(reason))
        return _page(request, draft, chapter, path, sheet=sheet, status=error.status)
    messages.success(request, gettext("Saved in the draft."))
    return see_other(_address(draft.row, chapter, path))


def _kept(request: HttpRequest, draft: Draft, files: Texts) -> Any:
    return catalog.revise(version=draft.row, files=files, actor=actor(request))


def _dated(request: HttpRequest, draft: Draft) -> HttpResponse:
    form = DayForm(request.POST)
    if not form.is_valid():
        return _page(request, draft, "general", (), day=form, status=422)
    try:
        row = _kept(request, draft, editing.put(draft.files, (), {"version": form.cleaned_data["day"]}))
    except (Invalid, Refused) as error:
        for reason in error.reasons:
            form.add_error("day", spoken(reason))
        return _page(request, draft, "general", (), day=form, status=error.status)
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
        files = editing.put(draft.files, into[:-1], {into[-1]: made}, order=list(Definition.model_fields))
        return _applied(request, draft, chapter, path, files, to=into)
    form = AddForm(request.POST, root=into)
    if not form.is_valid():
        return _page(request, draft, chapter, path, add=form, status=422)
    try:
        grown, made_at = _with_new(draft, into, form.cleaned_data)
    except (Invalid, KeyError) as error:
        reasons = [spoken(reason) for reason in error.reasons] if isinstance(error, Invalid) else []
        form.add_error(None, reasons or [gettext("Nothing can be added there.")])
        return _page(request, draft, chapter, path, add=form, status=422)
    return _applied(request, draft, chapter, path, grown, to=made_at)


def _with_new(draft: Draft, into: Path, typed: Mapping[str, Any]) -> tuple[Texts, Path]:
    """The files with a further thing, and where it stands. Raises Invalid, KeyError."""
    holder = things.kind_at(into[:-1], draft.content)
    collection = next(one for one in things.held(holder) if one.key == into[-1])
    kind = collection.kind or things.NODES[typed["kind"]]
    held = editing.at(draft.content, into)
    taken = set(held) if isinstance(held, Mapping) else {str(one.get("id")) for one in _listed(held)}
    ident = typed.get("ident") or drafts.named(typed["title"], taken)
    made = things.blank(kind, draft.content, ident=ident, title=typed["title"])
    if ident in taken:
        raise Invalid(
            Reason("id_taken", gettext_noop("“%(id)s” is in use; choose another id."), {"id": ident})
        )
    if collection.by == "key":
        return editing.add(draft.files, into, made, key=ident), (*into, ident)
    name = ident if collection.by == "id" else str(len(_listed(held)))
    return editing.add(draft.files, into, made), (*into, name)


def _listed(held: Any) -> list[Any]:
    return held if isinstance(held, list) else []


def _arranged(request: HttpRequest, draft: Draft, chapter: str, path: Path, action: str) -> HttpResponse:
    if not path or action not in {"up", "down", "drop"}:
        raise Http404
    to = path
    try:
        if action == "drop":
            single = path in SINGLE.get(chapter, ())
            files = (
                editing.put(draft.files, (), {path[0]: MISSING})
                if single
                else editing.drop(draft.files, path)
            )
            to = path[:-2] if len(path) > 2 and path[:-1] != ("route", "nodes") else ()
        else:
            files = editing.move(draft.files, path, -1 if action == "up" else 1)
            if path[-1].isdigit():
                to = (*path[:-1], str(int(path[-1]) + (-1 if action == "up" else 1)))
    except Invalid as error:
        return _page(request, draft, chapter, path, refused=error, status=422)
    return _applied(request, draft, chapter, path, files, to=to)


def _applied(
    request: HttpRequest, draft: Draft, chapter: str, path: Path, files: Texts, *, to: Path
) -> HttpResponse:
    try:
        _kept(request, draft, files)
    except (Invalid, Refused) as error:
        return _page(request, draft, chapter, path, refused=error, status=error.status)
    messages.success(request, gettext("Saved in the draft."))
    return see_other(_address(draft.row, chapter, to))


# -- showing ----------------------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    draft: Draft,
    chapter: str,
    path: Path,
    *,
    sheet: Sheet | None = None,
    add: AddForm | None = None,
    day: DayForm | None = None,
    refused: Invalid | Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    lang, row = language(), draft.row
    found = draft.findings()
    faults = draft.faults(found, lang)
    shown = bool(path) or chapter == "general"
    if sheet is None and shown:
        sheet = _sheet(draft, path)
    outline = _outline(draft, chapter, path)
    for _word, _root, lines in outline:
        for line in lines:
            line.faults = sum(fault.path[: len(line.path)] == line.path for fault in faults)
    kind = things.kind_at(path, draft.content) if shown else None
    context = {
        "row": row,
        "title": draft.definition.title.get(lang),
        "state": STATES[row.state],
        "chapter": chapter,
        "chapter_title": CHAPTERS[chapter].get(lang),  # type: ignore[index]
        "chapters": [
            (name, title.get(lang), sum(chapter_of(fault.path) == name for fault in faults))
            for name, title in CHAPTERS.items()
        ],
        "outline": [(word, spelled(root), lines, _add_form(add, root)) for word, root, lines in outline],
        "singles": _singles(draft, chapter, path, lang),
        "path": path,
        "place": spelled(path),
        "thing": _thing_title(draft, path, lang) if shown else "",
        "sheet": sheet,
        "seen": fingerprint(sheet.content) if sheet is not None else "",
        "inside": _inside(draft, kind, path, add, lang) if kind is not None and path else [],
        "movable": editing.may_move(draft.files, path),
        "droppable": bool(path) and path not in {("terms",), ("route",)},
        "faults": faults,
        "paper": path[1] if path[:1] == ("papers",) and len(path) == 2 else "",
        "day": (day or DayForm(initial={"day": row.version})) if chapter == "general" else None,
        "refused": error_links([], [spoken(reason) for reason in refused.reasons]) if refused else [],
        "adding": add,
        **(_drawn(draft, found, path, lang) if chapter == "route" else {}),
    }
    return render(request, "office/edit.html", context, status=status)


def _add_form(add: AddForm | None, root: Path) -> AddForm:
    return add if add is not None and add.root == root else AddForm(root=root)


def _singles(draft: Draft, chapter: str, path: Path, lang: str) -> list[tuple[str, str, bool, bool]]:
    """The things of a chapter that there is one of: title, place, whether it is there, whether it is shown."""
    names = {("licence",): CHAPTERS["licence"].get(lang), ("history",): gettext("Earlier results that count")}
    names |= {("route",): label("Route", "units").get(lang)}
    return [
        (names[one], spelled(one), editing.at(draft.content, one) is not MISSING, one == path)
        for one in SINGLE.get(chapter, ())
        if one in names
    ]


def _thing_title(draft: Draft, path: Path, lang: str) -> str:
    if not path:
        return CHAPTERS["general"].get(lang)
    if path == ("route",):
        return label("Route", "units").get(lang)
    if path == ("terms",):
        return CHAPTERS["terms"].get(lang)
    return titled(draft.thing(path), lang, path[-1])


def _inside(draft: Draft, kind: Any, path: Path, add: AddForm | None, lang: str) -> list[dict[str, Any]]:
    """The collections in the thing at hand: what each holds, and the form for one more."""
    found = []
    for collection in things.held(kind):
        root = (*path, collection.key)
        if root == ("route", "nodes"):
            continue
        held = editing.at(draft.content, root)
        items = [
            (
                titled(thing, lang, str(index)),
                spelled((*root, str(thing.get("id", index)))),
                _goes_to(draft, thing, lang),
            )
            for index, thing in enumerate(_listed(held))
        ]
        word = SINGULAR[singular(root)].get(lang)
        found.append({"word": word, "items": items, "place": spelled(root), "form": _add_form(add, root)})
    return found


def _goes_to(draft: Draft, thing: Mapping[str, Any], lang: str) -> str:
    """Where an outcome leads."""
    titles = {node.id: node.title.get(lang) for node in draft.definition.route.nodes}
    to = thing.get("to")
    return titles.get(str(to), gettext("back to what was open")) if to else ""


def _drawn(draft: Draft, found: list[Finding], path: Path, lang: str) -> dict[str, Any]:
    route = draft.definition.route
    if any(finding.code in UNDRAWABLE for finding in found):
        return {"undrawable": True}
    names = organisation.unit_names(codes=route.units.values(), lang=lang)
    lanes = {node.unit: names.get(route.units.get(node.unit, ""), node.unit) for node in route.people}
    here = path[2] if path[:2] == ("route", "nodes") and len(path) > 2 else ""
    return {
        "route": route,
        "names": lanes,
        "legal": states(draft.definition) if not found else {},
        "position": {"open": [here], "done": []} if here else None,
    }
