"""The work page of a dossier, its history, its time limit, and notes."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from integrations import selectors as partners
from onestop.access import actor, officials
from onestop.components.states import MESSAGE_STATES
from onestop.moment import of_one_moment
from onestop.office import acting, reading, words
from onestop.office.dated_lines import as_lines
from onestop.office.forms import ActForm, NoteForm
from procedures.policy import Actor
from workflows import selectors, service
from workflows.models import Dossier
from workflows.selectors import Event

__all__ = ["dossier", "find", "history", "note", "see_other", "slip", "time_limit", "waiting", "work_page"]

TABS = ("to-khai", "tham-dinh", "van-ban", "phi", "lien-thong")


def find(request: HttpRequest, ref: UUID) -> Dossier:
    """The dossier, for somebody whose unit has or had it. Raises NotFound."""
    return selectors.dossier_of(actor=selectors.as_official(actor(request)), ref=ref)


@require_safe
@officials
@of_one_moment
def dossier(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Facts, one paper and the acts side by side."""
    return work_page(request, find(request, ref))


def work_page(
    request: HttpRequest,
    found: Dossier,
    *,
    bound: ActForm | None = None,
    note_form: NoteForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with a form that was refused in its place when there is one."""
    lang = reading.language()
    who = actor(request)
    papers = selectors.papers_of(found)
    result = next((p for p in reversed(papers) if p.kind in selectors.RESULTS and p.state != "void"), None)
    draft = selectors.draft_of(found)
    events = selectors.history(found, internal=True, lang=lang)
    context = {
        "dossier": found,
        "reference": reading.reference(found),
        "title": found.definition.title.get(lang),
        "clock": reading.clock(found, lang=lang),
        "desk": acting.desk(actor=who, dossier=found, lang=lang, paper=result, draft=draft, bound=bound),
        "bound": bound,
        "result": result,
        "result_name": words.paper_name(result) if result else "",
        "notes": selectors.notes_of(found),
        "note_form": note_form or _fresh_note(who, found),
        "told": _told(found, events),
        "list_href": _list_href(who, found),
        "recent": reading.events(found, events[:4]),
        "events": len(events),
        **_facts(request, found, lang, papers, draft),
        **_viewer(request, found, lang, papers),
    }
    return render(request, "office/dossier.html", context, status=status)


def _fresh_note(who: Actor, found: Dossier) -> NoteForm | None:
    return NoteForm(prefix="note") if selectors.may_note(actor=who, dossier=found) else None


def _list_href(who: Actor, found: Dossier) -> str:
    """Where a list is opened for a dossier that waits to stand on one; empty for who may open none."""
    if not selectors.waits_to_be_listed(found):
        return ""
    mine = selectors.openings(actor=who)
    code = next((one.code for one in mine if one.lists and one.lists.procedure == found.definition.code), "")
    return reverse("office:list", args=[code]) if code else ""


def _told(found: Dossier, events: list[Event]) -> dict[str, Any] | None:
    """The words that came with the last act, for whoever holds the dossier now."""
    return (
        reading.events(found, events[:1])[0] if events and events[0].reason and not found.is_final else None
    )


def _facts(request: HttpRequest, found: Dossier, lang: str, papers: Any, draft: Any) -> dict[str, Any]:
    """The tab on the left and what it shows."""
    tab = request.GET.get("muc", TABS[0])
    tab = tab if tab in TABS else TABS[0]
    titles = (pgettext("office", "Form"), _("Appraisal"), _("Papers issued"), _("Fee"), _("Partners told"))
    here = reverse("office:dossier", args=[found.ref])
    shown: dict[str, Any] = {
        "tab": tab,
        "tabs": [
            (title, here if name == TABS[0] else f"{here}?muc={name}", name == tab)
            for name, title in zip(TABS, titles, strict=True)
        ],
    }
    if tab == "to-khai":
        shown["sections"] = reading.answers(found.definition, found.answers, lang=lang)
        shown["lines"] = selectors.quantities_about(found)
    elif tab == "tham-dinh":
        opinions = selectors.opinions_of(found, lang=lang)
        others = selectors.same_meeting([row for _step, row in opinions], actor=actor(request))
        shown |= {
            "opinions": [
                (step, row, others.get(row.meeting, ()) if row.meeting else ()) for step, row in opinions
            ],
            "draft": _draft(found, draft, lang),
            "supplements": _supplements(found, lang),
        }
    elif tab == "van-ban":
        shown["papers"] = [(paper, reading.paper_href(found, paper)) for paper in papers]
    elif tab == "phi":
        shown |= {"payments": selectors.payments_of(found), "amount_due": selectors.amount_due(found)}
    else:
        shown["messages_sent"] = [(one, MESSAGE_STATES[one.state]) for one in partners.for_dossier(found.pk)]
    return shown


def _draft(found: Dossier, draft: Any, lang: str) -> dict[str, Any] | None:
    if draft is None:
        return None
    grounds = {ground.id: ground for ground in found.definition.grounds}
    return {
        "row": draft,
        "checks": [
            (
                item.title.get(lang),
                draft.checklist[item.id]["conclusion"],
                draft.checklist[item.id].get("note"),
            )
            for item in found.definition.checklist
            if item.id in draft.checklist
        ],
        "grounds": [
            grounds[name].title.get(lang) for name in draft.body.get("grounds", []) if name in grounds
        ],
        "reasons": draft.body.get("reasons", ""),
        "conditions": draft.body.get("conditions", ""),
        "own_conditions": as_lines(draft),
    }


def _supplements(found: Dossier, lang: str) -> list[dict[str, Any]]:
    titles = {f"piece:{piece.id}": piece.title.get(lang) for piece in found.definition.pieces}
    titles |= {f"section:{section.id}": section.title.get(lang) for section in found.definition.form}
    return [
        {"row": row, "items": [(titles.get(item.target, item.target), item) for item in row.items.all()]}
        for row in selectors.supplements_of(found)
    ]


def _viewer(request: HttpRequest, found: Dossier, lang: str, papers: Any) -> dict[str, Any]:
    views = selectors.pieces_of(found, lang=lang)
    declaration = next(
        (p for p in reversed(papers) if p.kind == "declaration" and p.state == "published"), None
    )
    chosen = request.GET.get("giay-to", "")[:60]
    tabs, chosen = reading.pieces(found, views, declaration, chosen=chosen)
    file_id = request.GET.get("tep", "")
    return {
        "piece_tabs": tabs,
        "shown": reading.shown_piece(found, views, declaration, chosen=chosen, file_id=file_id),
    }


@require_safe
@officials
def history(request: HttpRequest, ref: UUID) -> HttpResponse:
    """The whole ledger of the dossier, and the control slip: which unit gave it to which, and whether in time."""
    found = find(request, ref)
    lang = reading.language()
    handed = selectors.handovers(found, lang=lang)
    context = {
        "dossier": found,
        "reference": reading.reference(found),
        "title": found.definition.title.get(lang),
        "entries": reading.events(found, selectors.history(found, internal=True, lang=lang)),
        "handovers": handed,
        **reading.way(found, handed),
        "slips": _slips(request, found, lang),
        "key": str(uuid4()),
    }
    return render(request, "office/history.html", context)


def _slips(request: HttpRequest, found: Dossier, lang: str) -> list[tuple[str, str]]:
    """What the actor may ask for: (address, title); nothing before valid receipt."""
    if not found.code or not selectors.may_note(actor=actor(request), dossier=found):
        return []
    return [
        (reverse("office:slip", args=[found.ref, name]), kind.title.get(lang))
        for name, kind in found.definition.papers.items()
        if kind.on_request
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def slip(request: HttpRequest, ref: UUID, kind: str) -> HttpResponse:
    """Make a slip that no step makes, e.g. the control slip. A refused one, reloaded, leads back to the ledger."""
    found = find(request, ref)
    if request.method != "POST":
        return HttpResponseRedirect(reverse("office:history", args=[found.ref]))
    key = request.POST.get("key", "")[:100] or str(uuid4())
    service.issue_slip(actor=actor(request), dossier_id=found.pk, kind=kind, idempotency_key=key)
    messages.success(request, _("It is being made and will stand among the papers issued in a moment."))
    return see_other(f"{reverse('office:dossier', args=[found.ref])}?muc=van-ban")


@require_safe
@officials
def time_limit(request: HttpRequest, ref: UUID) -> HttpResponse:
    """How the promised date follows from the rule, day by day."""
    found = find(request, ref)
    lang = reading.language()
    context = {
        "dossier": found,
        "reference": reading.reference(found),
        "title": found.definition.title.get(lang),
        "clock": reading.clock(found, lang=lang),
    }
    return render(request, "office/time_limit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def note(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Keep an internal note. A refused one, reloaded, leads back to the dossier."""
    found = find(request, ref)
    if request.method != "POST":
        return HttpResponseRedirect(reverse("office:dossier", args=[found.ref]))
    form = NoteForm(request.POST, prefix="note")
    if not form.is_valid() and selectors.may_note(actor=actor(request), dossier=found):
        return work_page(request, found, note_form=form, status=422)
    service.add_note(actor=actor(request), dossier_id=found.pk, text=form.cleaned_data.get("text", ""))
    messages.success(request, _("The note is kept."))
    return see_other(reverse("office:dossier", args=[found.ref]) + "#ghi-chu")


@require_safe
@officials
def waiting(request: HttpRequest, ref: UUID, task_id: int) -> HttpResponse:
    """For the page that watches the system at work: the same words, or a fresh page once it is done."""
    found = find(request, ref)
    for task, step, _owner, _unit in selectors.holder(found, lang=reading.language()):
        if task.pk == task_id:
            wait = {"title": step, "task_id": task.pk, "system": True}
            return render(request, "office/wait.html", {"dossier": found, "wait": wait})
    return HttpResponseClientRefresh()


def see_other(address: str) -> HttpResponse:
    """To the next page, by GET (303)."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response
