"""A page of the designer as it is shown: the outline, the thing at hand, the verifier, the route drawn."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy

from onestop.forms import DateField, Form, error_links
from onestop.office.designer.drafts import Draft, fingerprint
from onestop.office.designer.outline import SINGLE, chapter_of, entries, singular, spelled, titled
from onestop.office.designer.sheets import Sheet
from onestop.office.procedures import STATES
from onestop.office.reading import language
from onestop.office.words import spoken
from procedures import editing
from procedures import selectors as organisation
from procedures.definition import things
from procedures.definition.findings import Finding
from procedures.definition.labels import SINGULAR, label
from procedures.definition.walk import states
from procedures.definition.words import CHAPTERS
from procedures.editing import MISSING, Path
from procedures.errors import Invalid, Refused

__all__ = ["AddForm", "DayForm", "listed", "outline_of", "sheet_of", "show"]

UNDRAWABLE = {"dangling"}
"""Findings with which a route cannot be drawn."""


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


def outline_of(draft: Draft, chapter: str, path: Path) -> list[Any]:
    return entries(draft.content, chapter, path, language())


def sheet_of(draft: Draft, path: Path, data: Mapping[str, Any] | None = None) -> Sheet:
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


def listed(held: Any) -> list[Any]:
    return held if isinstance(held, list) else []


def show(
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
        sheet = sheet_of(draft, path)
    outline = outline_of(draft, chapter, path)
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
        "movable": isinstance(editing.at(draft.content, path[:-1]), list)
        and not editing.of_base(draft.files, path),
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
            for index, thing in enumerate(listed(held))
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
