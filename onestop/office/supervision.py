"""After the grant: what holders report on their conditions, what is overdue, and which inspections are due."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from onestop.access import actor, officials
from onestop.components.states import CONDITION_STATES, LICENCE_STATES
from onestop.errors import sentences
from onestop.forms import Form
from onestop.office.downloads import clean_file
from onestop.office.reading import language
from onestop.office.views import with_rail
from onestop.office.work import see_other
from procedures.errors import Conflict, Invalid, WrongState
from procedures.now import today
from workflows import selectors, service
from workflows.models import LicenceCondition

__all__ = ["paper", "report", "supervision"]


class ConclusionForm(Form):
    """What an official makes of a report."""

    remark = forms.CharField(
        label=gettext_lazy("A word to the holder"),
        help_text=gettext_lazy("Needed when the report is sent back: what is missing, and how to show it."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@require_safe
@officials
def supervision(request: HttpRequest) -> HttpResponse:
    """What waits at my desks about licences that were given."""
    who, lang = actor(request), language()
    with_rail(request)
    context = {
        "reports": [(one, one.kind.title.get(lang)) for one in selectors.reports_to_read(actor=who)],
        "overdue": [(one, one.kind.title.get(lang)) for one in selectors.overdue_conditions(actor=who)],
        "inspections": [
            {
                "due": one,
                "about": selectors.summary(one.licence.dossier.definition, one.licence.dossier.answers, lang),
                "late": one.by < today(),
                "href": reverse("office:open", args=[one.procedure.code, one.licence.ref]),
            }
            for one in selectors.to_inspect(actor=who)
        ],
        "days": selectors.INSPECTED_WITHIN.days,
    }
    return render(request, "office/supervision.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def report(request: HttpRequest, number: int) -> HttpResponse:
    """One condition with everything that was reported on it; whoever reads reports concludes on the last."""
    who = actor(request)
    found = selectors.condition_at_desk(actor=who, number=number)
    form, said, status = ConclusionForm(), [], 200
    if request.method == "POST":
        form = ConclusionForm(request.POST)
        met = request.POST.get("conclusion") == "met"
        if form.is_valid():
            try:
                service.conclude_report(
                    actor=who, condition_id=found.pk, met=met, remark=form.cleaned_data["remark"]
                )
            except (Conflict, Invalid, WrongState) as error:
                said, status = [str(one) for one in sentences(error.reasons)], error.status
            else:
                told = _("The condition is met, and the holder is told.")
                sent_back = _("The report went back to the holder with your words.")
                messages.success(request, told if met else sent_back)
                return see_other(reverse("office:supervision"))
        else:
            status = 422
    with_rail(request)
    context = {
        "condition": found,
        "title": found.kind.title.get(language()),
        "state": CONDITION_STATES[found.standing(today())],
        "licence": found.licence,
        "licence_state": LICENCE_STATES[found.licence.standing(today())],
        "reports": found.reports.all(),
        "may": found.state == "reported" and selectors.may_conclude(who, found),
        "form": form,
        "refusal": said,
        "to_open": _openings(request, found),
    }
    return render(request, "office/report.html", context, status=status)


def _openings(request: HttpRequest, condition: LicenceCondition) -> list[tuple[str, str]]:
    """What the reader may open about the licence where a condition stays unmet."""
    if condition.standing(today()) != "overdue":
        return []
    return [
        (
            definition.title.get(language()),
            reverse("office:open", args=[definition.code, condition.licence.ref]),
        )
        for definition in selectors.openings(actor=actor(request))
        if selectors.openable(definition, condition.licence)
    ]


@require_safe
@officials
def paper(request: HttpRequest, number: int, piece: int) -> HttpResponse:
    """A paper that came with a report, once it has passed the checks."""
    found = selectors.condition_at_desk(actor=actor(request), number=number)
    row = selectors.report_file(found, piece_id=piece)
    return clean_file(row.file, row.name)
