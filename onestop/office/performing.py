"""Performing an act from its form: what is refused comes back with every reason, beside what was typed."""

from datetime import datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError

from onestop.access import actor, officials
from onestop.office import acting, reading, stepup, words
from onestop.office.forms import ActForm
from onestop.office.signing import sign_page
from onestop.office.work import find, see_other, work_page
from procedures.definition.model import Human, Need, Outcome
from procedures.errors import Busy, Conflict, Invalid, Reason, Refused, WrongState
from workflows import selectors, service
from workflows.models import Dossier, Task

__all__ = ["act"]


def _step(found: Dossier, task_id: int, outcome_id: str) -> tuple[Task, Human, Outcome]:
    task = selectors.task_of(found, task_id=task_id)
    if task is None:
        raise Http404
    node = found.definition.route.node(task.node)
    outcome = next((o for o in getattr(node, "outcomes", ()) if o.id == outcome_id), None)
    if not isinstance(node, Human) or outcome is None:
        raise Http404
    return task, node, outcome


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def act(request: HttpRequest, ref: UUID, task_id: int, outcome: str) -> HttpResponse:
    """Perform an act. What is refused comes back with every reason beside what was typed; nothing is lost.

    Somebody who reloads such an answer, or reads it in the other language, is led back to the dossier.
    """
    found = find(request, ref)
    if request.method != "POST":
        return HttpResponseRedirect(reverse("office:dossier", args=[found.ref]))
    task, node, chosen = _step(found, task_id, outcome)
    verdict = selectors.may_perform(
        actor=actor(request), dossier=found, node=node, outcome=chosen, task_id=task.pk
    )
    if not verdict:  # before the form, so that the answer does not depend on what was typed
        raise Refused(*verdict.reasons)
    form = ActForm(
        request.POST,
        dossier=found,
        node=node,
        outcome=chosen,
        lang=reading.language(),
        asks=selectors.remote_signing(actor=actor(request), outcome=chosen),
    )
    if form.only_more_lines():
        return _again(request, found, form, status=200)
    if form.only_a_code():
        return _again(request, found, form, status=stepup.send_code(request, form=form))
    if not form.is_valid():
        if not _is_open(found, task):
            return _stale(request, found, form, ())
        return _again(request, found, form, status=422)
    try:
        done = _perform(request, found, task, form)
    except Invalid as error:
        form.place(error.reasons)
        return _again(request, found, form, status=422)
    except ValidationError as error:
        form.place_malformed(error)
        return _again(request, found, form, status=422)
    except (WrongState, Conflict) as error:
        return _stale(request, found, form, error.reasons)
    except Busy as error:
        form.place(error.reasons)
        return _again(request, found, form, status=error.status)
    title = chosen.title.get(reading.language())
    messages.success(request, _("Done: %(act)s.") % {"act": title[:1].lower() + title[1:]})
    return see_other(reverse("office:dossier", args=[done.ref]))


def _perform(request: HttpRequest, found: Dossier, task: Task, form: ActForm) -> service.Done:
    """Ask the service; a wrong one-time code is one more reason, so that all of them are told at once."""
    stepped_up_at: datetime | None = None
    wrong_code: tuple[Reason, ...] = ()
    if Need.STEP_UP in form.needs:
        step = service.StepToSign(found.pk, task.pk, form.outcome.id, form.given())
        try:
            stepped_up_at = stepup.prove(request, form=form, steps=[step])
        except Invalid as error:
            wrong_code = error.reasons
    try:
        return service.perform_step(
            actor=actor(request),
            dossier_id=found.pk,
            task_id=task.pk,
            outcome=form.outcome.id,
            given=form.given(stepped_up_at=stepped_up_at),
            idempotency_key=form.cleaned_data["key"] or str(uuid4()),
        )
    except Invalid as error:
        others = tuple(reason for reason in error.reasons if reason.code != "step_up" or not wrong_code)
        raise Invalid(*wrong_code, *others) from None


def _again(request: HttpRequest, found: Dossier, form: ActForm, *, status: int) -> HttpResponse:
    if acting.signs(form.node):
        return sign_page(request, found, bound=form, status=status)
    return work_page(request, found, bound=form, status=status)


def _is_open(found: Dossier, task: Task) -> bool:
    return any(row.pk == task.pk for row, *_rest in selectors.holder(found, lang=reading.language()))


def _stale(request: HttpRequest, found: Dossier, form: ActForm, reasons: tuple[Reason, ...]) -> HttpResponse:
    """Somebody was faster: who did what, what was typed here, and the way to the present state."""
    found = find(request, found.ref)
    events = selectors.history(found, internal=True, lang=reading.language())
    typed = [
        (field.label, field.value())
        for field in [*form.others, *(part for _item, *pair in form.checks for part in pair)]
        if field.value() not in (None, "", [])
    ]
    for number, item, _open in form.lines:
        text = words.listed(str(item[name].value() or "") for name in ("what", "why", "basis"))
        typed += [(_("Missing %(number)s") % {"number": number}, text)] if text else []
    context = {
        "dossier": found,
        "reference": reading.reference(found),
        "act": form.outcome.title.get(reading.language()),
        "last": next(iter(reading.events(found, events[:1])), None),
        "reasons": [words.spoken(reason) for reason in reasons if reason.code != "faster"],
        "typed": typed,
    }
    return render(request, "office/stale.html", context, status=409)
