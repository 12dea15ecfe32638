"""A version and the dossiers that are there: what it would have changed, and moving those that still run to it."""

from collections import Counter
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from onestop.access import actor, officials
from onestop.components import formats
from onestop.forms import Form
from onestop.office.procedures import found_version
from onestop.office.reading import language, reference
from onestop.office.views import with_rail
from onestop.office.words import spoken
from onestop.office.work import see_other
from procedures import catalog, policy
from procedures.definition.model import Auto, Human, Wait
from procedures.models import ProcedureVersion
from workflows import selectors, service

__all__ = ["dossiers"]

KINDS = {
    "date": gettext_lazy("other dates"),
    "route": gettext_lazy("another way"),
    "paper": gettext_lazy("further papers"),
    "answer": gettext_lazy("answers not taken"),
    "fee": gettext_lazy("other fees"),
}


class StepsForm(Form):
    """For each open step that the version has not: which step it is there."""

    def __init__(self, *args: Any, version: ProcedureVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        route = catalog.definition_of(version.sha256).route
        steps = [
            (node.id, node.title.get(language()))
            for node in route.nodes
            if isinstance(node, Human | Wait | Auto)
        ]
        for node, title in selectors.steps_without_counterpart(version).items():
            self.fields[f"step_{node}"] = forms.ChoiceField(
                label=gettext("“%(step)s” is called there") % {"step": title},
                choices=[("", gettext("no counterpart: leave those dossiers")), *steps],
                required=False,
            )

    @property
    def steps(self) -> dict[str, str]:
        """Node → node of the version, as chosen."""
        given = self.data if self.is_bound else {}
        chosen = {name: str(given.get(self.add_prefix(name), "")) for name in self.fields}
        return {name.removeprefix("step_"): node for name, node in chosen.items() if node}


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def dossiers(request: HttpRequest, code: str, day: str) -> HttpResponse:
    """What the version would have changed; the dry run of a move, and the move itself (`action`: look or move)."""
    row = found_version(code, day)
    who = actor(request)
    may_move = row.state == "published" and bool(policy.can(who, "dossier.migrate", row))
    form = StepsForm(request.POST or None, version=row)
    if request.method == "POST":
        policy.must(who, "dossier.migrate", row)
        if row.state == "published" and form.is_valid() and request.POST.get("action") == "move":
            return _moved(request, row, form)
    with_rail(request)
    tried = selectors.trial(row, lang=language())
    moves = selectors.movable(row, steps=form.steps) if may_move else []
    kinds: Counter[str] = Counter()
    for one in tried:
        kinds.update({difference.kind for difference in one.differences})
    context = {
        "row": row,
        "title": catalog.definition_of(row.sha256).title.get(language()),
        "tried": len(tried),
        "changed": [
            (one.dossier, reference(one.dossier), [_said(difference) for difference in one.differences])
            for one in tried
            if one.differences
        ],
        "counted": [(KINDS[kind], kinds[kind]) for kind in KINDS if kinds[kind]],
        "may_move": may_move,
        "form": form,
        "movable": sum(bool(verdict) for _dossier, verdict in moves),
        "stay": [
            (dossier, reference(dossier), [spoken(reason) for reason in verdict.reasons])
            for dossier, verdict in moves
            if not verdict
        ],
        "running": len(moves),
    }
    return render(request, "office/version_dossiers.html", context, status=422 if form.errors else 200)


def _moved(request: HttpRequest, row: ProcedureVersion, form: StepsForm) -> HttpResponse:
    able = [one.pk for one, verdict in selectors.movable(row, steps=form.steps) if verdict]
    moved, stayed = service.migrate(actor=actor(request), version=row, dossier_ids=able, steps=form.steps)
    said = ngettext("%(n)s dossier has been moved.", "%(n)s dossiers have been moved.", moved) % {"n": moved}
    if stayed:
        said += " " + ngettext(
            "%(n)s has moved on meanwhile and stays.", "%(n)s have moved on meanwhile and stay.", len(stayed)
        ) % {"n": len(stayed)}
    messages.success(request, said)
    return see_other(reverse("office:version_dossiers", args=[row.procedure.code, row.version.isoformat()]))


def _said(difference: Any) -> str:
    params = {
        name: formats.deadline(value)
        if isinstance(value, datetime)
        else formats.money(value)
        if difference.kind == "fee"
        else (gettext("no date") if value is None else value)
        for name, value in difference.params.items()
    }
    return gettext(difference.message) % params
