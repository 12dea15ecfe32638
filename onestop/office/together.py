"""One step for several dossiers at once: a council's meeting, decisions to sign one after the other with one code.

Each dossier is an act of its own, in a transaction of its own; what is refused stays on the page with its reason, and
the others are done.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError

from onestop.access import actor, officials
from onestop.errors import sentences
from onestop.forms import ErrorLink, Form, error_links
from onestop.office import reading, stepup, words
from onestop.office.forms import STANDS, ActForm
from onestop.office.views import with_rail
from onestop.office.work import see_other
from procedures.definition.model import Need
from procedures.errors import Busy, Invalid, MotcuaError
from workflows import selectors, service
from workflows.selectors import Asks, Line, Sitting
from workflows.service import Input

__all__ = ["sitting"]

ONCE = (Need.MINUTES, Need.ASSIGNEE, Need.STEP_UP)
"""What is given once for all dossiers of a sitting."""


_TICK = re.compile(r"h\d{1,18}-chosen", re.ASCII)


class LineForm(Form):
    """One dossier of the list: whether it is meant, and what is its own."""

    chosen = forms.BooleanField(required=False, label=gettext_lazy("Take this dossier along"))
    paper_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    conclusion = forms.ChoiceField(
        label=gettext_lazy("Opinion on it"), choices=(("", gettext_lazy("Choose")), *STANDS), required=False
    )
    remark = forms.CharField(
        label=gettext_lazy("Reasons for your opinion"),
        help_text=gettext_lazy("Empty: what the minutes conclude."),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any, *, line: Line, needs: frozenset[Need]) -> None:
        sha256 = line.paper.file_sha256 if line.paper else ""
        # What is signed is ticked by whoever has read it, one by one.
        initial = {"chosen": Need.HASH not in needs, "paper_sha256": sha256}
        super().__init__(data, prefix=f"h{line.task.pk}", initial=initial)
        unneeded = {"paper_sha256"} if Need.HASH not in needs else set()
        unneeded |= {"conclusion", "remark"} if Need.OPINION not in needs else set()
        for name in unneeded:
            del self.fields[name]
        if "conclusion" in self.fields:
            self.fields["conclusion"].required = data is None or f"{self.prefix}-chosen" in data


@dataclass
class _Row:
    line: Line
    form: LineForm
    href: str
    paper: str
    annexes: list[tuple[str, str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def sitting(request: HttpRequest, code: str, node: str, outcome: str) -> HttpResponse:
    """The dossiers that wait for me at one step, ticked, and what is given for all of them at once."""
    lang = reading.language()
    ticked = {int(name[1:].partition("-")[0]) for name in request.POST if _TICK.fullmatch(name)}
    found = selectors.sitting(
        actor=actor(request), procedure=code, node=node, outcome=outcome, lang=lang, first=ticked
    )
    if found is None:
        messages.info(request, _("None of these dossiers waits for you at this step any more."))
        return see_other(reverse("office:inbox"))
    data = request.POST if request.method == "POST" else None
    needs = frozenset(found.outcome.needs)
    rows = [_row(line, data, needs) for line in found.lines]
    form = _shared(found, data, lang, selectors.remote_signing(actor=actor(request), outcome=found.outcome))
    if form.only_a_code():
        return _show(request, found, rows, form, status=stepup.send_code(request, form=form))
    if request.method != "POST":
        return _show(request, found, rows, form)
    valid = all([form.is_valid(), *(row.form.is_valid() for row in rows)])
    chosen = [row for row in rows if row.form.cleaned_data.get("chosen")]
    if ticked - {line.task.pk for line in found.lines}:
        messages.warning(request, _("Somebody was faster: not all that you ticked still waits here."))
    if not chosen:
        return _show(request, found, rows, form, said=[_("Tick at least one dossier.")], status=422)
    if not all([valid, _gives(form, found, chosen)]):
        return _show(request, found, rows, form, status=422)
    return _perform(request, found, rows, chosen, form)


def _row(line: Line, data: Any, needs: frozenset[Need]) -> _Row:
    paper = line.paper
    return _Row(
        line,
        LineForm(data, line=line, needs=needs),
        reading.paper_href(line.task.process, paper) if paper else "",
        words.paper_name(paper) if paper else "",
        reading.annexes(line.task.process, paper) if paper else [],
    )


def _shared(found: Sitting, data: Any, lang: str, asks: Asks | None) -> ActForm:
    """The form of the act with only what is given once."""
    once = found.outcome.model_copy(
        update={"needs": tuple(need for need in found.outcome.needs if need in ONCE)}
    )
    first = found.lines[0].task.process
    return ActForm(data, dossier=first, node=found.node, outcome=once, lang=lang, asks=asks)


def _gives(form: ActForm, found: Sitting, chosen: list[_Row]) -> bool:
    """An opinion needs reasons: its own, or those of the minutes."""
    if Need.OPINION not in found.outcome.needs:
        return True
    for row in chosen:
        if not (row.form.cleaned_data.get("remark", "").strip() or form.cleaned_data.get("minutes_text")):
            row.form.add_error("remark", _("Give the reasons."))
    return not any(row.form.errors for row in chosen)


def _perform(
    request: HttpRequest, found: Sitting, rows: list[_Row], chosen: list[_Row], form: ActForm
) -> HttpResponse:
    key = form.cleaned_data["key"] or str(uuid4())
    meeting, done = _meeting(key), 0
    try:
        given = {row.line.task.pk: _given(form, row, meeting) for row in chosen}
    except ValidationError as error:
        form.place_malformed(error)
        return _show(request, found, rows, form, status=422)
    stepped_up_at: datetime | None = None
    if Need.STEP_UP in found.outcome.needs:
        tasks = [row.line.task for row in chosen]
        steps = [
            service.StepToSign(task.process_id, task.pk, found.outcome.id, given[task.pk]) for task in tasks
        ]
        try:
            stepped_up_at = stepup.prove(request, form=form, steps=steps)
        except (Invalid, Busy) as error:
            form.place(error.reasons)
            return _show(request, found, rows, form, status=error.status)
    for row in chosen:
        try:
            service.perform_step(
                actor=actor(request),
                dossier_id=row.line.task.process_id,
                task_id=row.line.task.pk,
                outcome=found.outcome.id,
                given=given[row.line.task.pk].model_copy(update={"stepped_up_at": stepped_up_at}),
                idempotency_key=f"{key}:{row.line.task.pk}",
            )
        except MotcuaError as error:
            row.reasons = [str(said) for said in sentences(error.reasons)]
        else:
            done += 1
    said = ngettext("Done for %(count)s dossier.", "Done for %(count)s dossiers.", done) % {"count": done}
    if done:
        messages.success(request, said)
    refused = [row for row in chosen if row.reasons]
    if not refused:
        return see_other(reverse("office:inbox"))
    if done:
        finished = {id(row) for row in chosen if not row.reasons}
        rows = [row for row in rows if id(row) not in finished]
    return _show(request, found, rows, form, status=409 if done else 422)


def _meeting(key: str) -> UUID:
    """The meeting that the page is about, the same for each of its dossiers; the page's own key names it."""
    try:
        return UUID(key)
    except ValueError:
        return uuid4()


def _given(form: ActForm, row: _Row, meeting: UUID) -> Input:
    """What is given once, with what is this dossier's own. Raises pydantic's ValidationError."""
    given = form.given().model_dump()
    own = row.form.cleaned_data
    if given["minutes"]:
        given["minutes"]["meeting"] = meeting
    if "conclusion" in own:
        text = own.get("remark", "").strip() or (given["minutes"] or {}).get("text", "")
        given["opinion"] = {"conclusion": own["conclusion"], "text": text}
    given["paper_sha256"] = own.get("paper_sha256", "")
    return Input.model_validate(given)


def _show(
    request: HttpRequest,
    found: Sitting,
    rows: list[_Row],
    form: ActForm,
    *,
    said: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    lang = reading.language()
    with_rail(request)
    lines = [row.form for row in rows]
    errors = error_links([form, *lines], said or ())
    errors += [
        ErrorLink(f"{reading.reference(row.line.task.process)}: {text}", f"id_{row.form.prefix}-chosen")
        for row in rows
        for text in row.reasons
    ]
    context = {
        "title": found.definition.title.get(lang),
        "step": found.node.title.get(lang),
        "act": found.outcome.title.get(lang),
        "rows": [(row, reading.reference(row.line.task.process)) for row in rows],
        "form": form,
        "errors": errors,
        "reads": Need.HASH in found.outcome.needs,
        "opines": Need.OPINION in found.outcome.needs,
        "signs": Need.STEP_UP in found.outcome.needs,
        "most": selectors.MOST_TOGETHER,
    }
    return render(request, "office/together.html", context, status=status)
