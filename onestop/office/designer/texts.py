"""A draft as text: its YAML and the templates of its papers, and each paper printed on sample data."""

from typing import Any, Final, Literal

from csp.decorators import csp_replace
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from onestop.access import actor, officials
from onestop.forms import Form, error_links
from onestop.office.designer.drafts import STALE, Draft, fingerprint, opened
from onestop.office.downloads import FRAMED
from onestop.office.procedures import found_version
from onestop.office.reading import language
from onestop.office.words import spoken
from onestop.office.work import see_other
from procedures import catalog, editing, policy
from procedures.definition.papers import places
from procedures.errors import Conflict, Invalid, Reason, Refused
from procedures.folders import BASE, DEFINITION
from procedures.reading import LARGEST
from workflows import selectors

__all__ = ["preview", "text"]

AMOUNTS: Final[dict[str, Literal["most", "least"]]] = {"dai": "most", "it": "least"}
"""What `luong` asks for, besides a usual paper."""


class TextForm(Form):
    """A file of a draft."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=LARGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "class": "typed", "wrap": "off"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def text(request: HttpRequest, code: str, day: str, name: str) -> HttpResponse:
    """A file of a draft as text. What cannot be read is said with its place, and what was typed stays."""
    draft = opened(request, code, day)
    if name not in draft.files:
        raise Http404
    if request.method != "POST" or name == BASE:
        return _page(request, draft, name, TextForm(initial={"text": draft.files[name]}))
    form = TextForm(request.POST)
    if not form.is_valid():
        return _page(request, draft, name, form, status=422)

    def change(files: editing.Texts) -> editing.Texts:
        if request.POST.get("seen") != fingerprint(files[name]):
            raise Conflict(Reason("stale", STALE))
        return editing.written(files, form.cleaned_data["text"], name)

    try:
        row = catalog.revise(version=draft.row, change=change, actor=actor(request))
    except (Invalid, Refused, Conflict) as error:
        for reason in error.reasons:
            form.add_error("text" if isinstance(error, Invalid) else None, spoken(reason))
        return _page(request, draft, name, form, status=error.status)
    messages.success(request, gettext("Saved in the draft."))
    return see_other(reverse("office:text", args=[code, row.version.isoformat(), name]))


def _page(
    request: HttpRequest, draft: Draft, name: str, form: TextForm, *, status: int = 200
) -> HttpResponse:
    lang = language()
    printed = [
        (kind, paper.title.get(lang))
        for kind, paper in draft.definition.papers.items()
        if paper.template == name
    ]
    context = {
        "row": draft.row,
        "title": draft.definition.title.get(lang),
        "name": name,
        "names": [DEFINITION, *draft.templates, *([BASE] if BASE in draft.files else [])],
        "form": form,
        "fixed": name == BASE,
        "seen": fingerprint(draft.files[name]),
        "printed": printed,
        "places": sorted(places(draft.definition)) if printed else [],
        "faults": draft.faults(draft.findings(), lang),
    }
    return render(request, "office/draft_text.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@officials
@xframe_options_sameorigin
@csp_replace(FRAMED)  # type: ignore[arg-type]
def preview(request: HttpRequest, code: str, day: str, kind: str) -> HttpResponse:
    """A paper of a version on sample data (`luong`: how much); posted with a text, by that text, which is not kept."""
    row = found_version(code, day)
    draft = Draft.of(row, row.files)
    paper = draft.definition.papers.get(kind)
    if paper is None:
        raise Http404
    templates = dict(draft.files)
    form = TextForm(request.POST)
    context: dict[str, Any] = {"title": paper.title.get(language())}
    if request.method == "POST":
        policy.must(actor(request), "procedure.load", row)  # a text of one's own is run as a template
        if not form.is_valid():
            context["texts"] = [link.text for link in error_links([form])]
            return render(request, "office/preview_fault.html", context, status=422)
        templates = editing.written(templates, form.cleaned_data["text"], paper.template)
    wanted = (request.POST if request.method == "POST" else request.GET).get("luong", "")
    try:
        pdf = selectors.preview(draft.definition, templates, kind, amount=AMOUNTS.get(wanted, "usual"))
    except Invalid as error:
        context["texts"] = [spoken(reason) for reason in error.reasons]
        return render(request, "office/preview_fault.html", context, status=422)
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(False, f"{kind}.pdf") or "inline"
    answer["Cache-Control"] = "private, no-store"
    return answer
