"""The lines to partners, for integration officers: their health, what was done on them, paused, opened, replayed."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from integrations import books
from integrations import console as acts
from integrations import selectors as partners
from integrations.models import Connector
from integrations.registry import registry
from onestop.access import actor, officials
from onestop.components.states import LINE_STATES
from onestop.errors import sentences
from onestop.forms import Form
from onestop.office.views import with_rail
from onestop.office.work import see_other
from procedures import policy
from procedures import selectors as organisation
from procedures.errors import Conflict, Invalid, NotFound, Reason, Refused
from procedures.models import LedgerEntry

__all__ = ["ReasonForm", "act_on_line", "line", "of_line", "reconciliation", "settle"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


DONE = {
    "message.requeue": gettext_noop("Sent a message again"),
    "message.correct": gettext_noop("Sent a corrected message"),
    "message.ask_skip": gettext_noop("Asked to skip a message"),
    "message.skip": gettext_noop("Skipped a message"),
    "message.decline_skip": gettext_noop("Declined to skip a message"),
    "line.replay": gettext_noop("Sent again what was given up"),
    "difference.settle": gettext_noop("Looked after a difference of the books"),
    "line.pause": gettext_noop("Paused the line"),
    "line.open": gettext_noop("Opened the line again"),
}


class ReasonForm(Form):
    """Why an officer does something; it stands in the ledger."""

    reason = forms.CharField(
        label=gettext_lazy("Reason (stands in the ledger)"),
        max_length=acts.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReplayForm(ReasonForm):
    """How fast what was given up is sent again."""

    a_minute = forms.IntegerField(label=gettext_lazy("Messages a minute"), initial=60)


def of_line(one: partners.LineView) -> dict[str, Any]:
    """What pages show of the health of a line."""
    return {
        "line": one,
        "mode": Connector.Mode(one.mode).label,
        "badge": LINE_STATES[one.state],
        "share": round(100 * one.taken / one.tried) if one.tried else None,
        "alerts": [str(said) for said in sentences(partners.alerts(one))],
    }


@require_safe
@officials
def line(request: HttpRequest, partner: str) -> HttpResponse:
    """The health of one line, what officers did on it, and how to pause it or to send again what was given up."""
    policy.must(actor(request), "messages.read", None)
    return _line_page(request, partner)


def _line_page(
    request: HttpRequest,
    partner: str,
    *,
    form: ReplayForm | None = None,
    said: Iterable[str] = (),
    status: int = 200,
) -> HttpResponse:
    found = next((one for one in partners.lines() if one.name == partner), None)
    if found is None:
        raise NotFound(Reason("no_partner", gettext_noop("There is no such partner.")))
    done = books.done_on(partner)
    names = organisation.people_of(row.actor for row in done)
    with_rail(request)
    context = {
        **of_line(found),
        "done": [_done(row, names) for row in done],
        "may": policy.can(actor(request), "messages.act", None),
        "form": form or ReplayForm(),
        "refusal": list(said),
    }
    return render(request, "office/line.html", context, status=status)


@require_safe
@officials
def reconciliation(request: HttpRequest) -> HttpResponse:
    """What our books and those of partners do not agree about, and the last comparisons."""
    policy.must(actor(request), "messages.read", None)
    return _books_page(request)


def _books_page(
    request: HttpRequest, *, number: int = 0, said: Iterable[str] = (), status: int = 200
) -> HttpResponse:
    open_, more = books.differences()
    with_rail(request)
    context = {
        "differences": [
            {
                "row": one,
                "partner": registry.get(one.reconciliation.connector.name).title,
                "said": list(said) if one.pk == number else [],
                "typed": request.POST.get("reason", "") if one.pk == number else "",
            }
            for one in open_
        ],
        "more": more,
        "runs": [(one, registry.get(one.connector.name).title) for one in books.reconciliations()],
        "may": policy.can(actor(request), "messages.act", None),
        "longest": acts.LONGEST_REASON,
    }
    return render(request, "office/reconciliation.html", context, status=status)


@require_POST
@officials
def settle(request: HttpRequest, number: int) -> HttpResponse:
    """An officer has looked after a difference; what was typed stays where it is refused."""
    try:
        acts.settle(actor=actor(request), number=number, reason=request.POST.get("reason", ""))
    except Invalid as refusal:
        said = [str(one) for one in sentences(refusal.reasons)]
        return _books_page(request, number=number, said=said, status=refusal.status)
    messages.success(request, _("It is off the list; what you wrote stands in the ledger of the line."))
    return see_other(reverse("office:reconciliation"))


def _done(row: LedgerEntry, names: dict[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(row.data)
    return {
        "at": row.at,
        "who": names.get(row.actor, row.actor),
        "title": _(DONE[row.act]) if row.act in DONE else row.act,
        "reason": data.get("reason", ""),
        "message": data.get("message", ""),
    }


@require_POST
@officials
def act_on_line(request: HttpRequest, partner: str, line_act: str) -> HttpResponse:
    """Pause a line, open it again, or send again what was given up on it."""
    who, form = actor(request), ReplayForm(request.POST)
    policy.must(who, "messages.read", None)
    reason = request.POST.get("reason", "")
    try:
        if line_act == "replay":
            rate = form.cleaned_data.get("a_minute") if form.is_valid() else None
            count = acts.replay(actor=who, partner=partner, a_minute=rate or 0, reason=reason)
            said = _("%(count)s messages are being sent again, one after the other.") % {"count": count}
        else:
            acts.set_paused(actor=who, partner=partner, paused=line_act == "pause", reason=reason)
            said = _("The line is paused.") if line_act == "pause" else _("The line is open again.")
    except (Conflict, Invalid, Refused) as refusal:
        return _line_page(
            request,
            partner,
            form=form,
            said=[str(one) for one in sentences(refusal.reasons)],
            status=refusal.status,
        )
    messages.success(request, said)
    return see_other(reverse("office:line", args=[partner]))
