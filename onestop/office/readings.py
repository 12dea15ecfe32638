"""How agencies read the evening hour: read by every official, stated by two of them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from onestop.access import actor, officials
from onestop.forms import DateField, Form
from onestop.office.reading import language
from onestop.office.views import with_rail
from onestop.office.words import placed, spoken
from onestop.office.work import see_other
from procedures import policy, readings
from procedures.errors import Conflict, Invalid, Refused
from procedures.models import Agency, TermReading, User
from procedures.now import today
from procedures.selectors import versions_in_force

__all__ = ["all_readings", "decide"]

READS = {
    False: gettext_lazy("From the receipt: day 1 is the day after it"),
    True: gettext_lazy("From the handing over: day 1 is the day after the next working day"),
}


class ReadingForm(Form):
    """How an agency shall read it, and from which day."""

    agency = forms.ModelChoiceField(label=gettext_lazy("Agency"), queryset=Agency.objects.none())
    from_handover = forms.TypedChoiceField(
        label=gettext_lazy("From when the term counts"),
        choices=[("0", READS[False]), ("1", READS[True])],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    since = DateField(
        label=gettext_lazy("From which day"),
        help_text=gettext_lazy("For what is taken in from that day on. Dates that were promised stay."),
    )
    basis = forms.CharField(label=gettext_lazy("Number and date of the document"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = _deciding()  # type: ignore[attr-defined]
        self.fields["agency"].label_from_instance = lambda agency: agency.name(language())  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def all_readings(request: HttpRequest) -> HttpResponse:
    """What each agency reads, what is proposed, and the form to propose another."""
    who = actor(request)
    form: ReadingForm | None = ReadingForm() if policy.can(who, "calendar.change") else None
    if request.method == "POST":
        policy.must(who, "calendar.change")
        form = ReadingForm(request.POST)
        if form.is_valid() and _proposed(request, form):
            messages.success(request, gettext("Proposed. Another person applies it."))
            return see_other(reverse("office:readings"))
    return _page(request, form=form)


def _proposed(request: HttpRequest, form: ReadingForm) -> bool:
    by = request.user
    assert isinstance(by, User)  # `officials` has seen to it
    try:
        readings.propose(by=by, actor=actor(request), **form.cleaned_data)
    except (Invalid, Conflict) as error:
        placed(form, error.reasons)
        return False
    return True


def _page(
    request: HttpRequest, *, form: ReadingForm | None, refused: Refused | Conflict | None = None
) -> HttpResponse:
    with_rail(request)
    who, lang = actor(request), language()
    may_decide = policy.can(who, "calendar.decide")
    rows = TermReading.objects.select_related("agency", "proposed_by", "decided_by")
    applied = list(rows.filter(state="applied").order_by("-since", "-pk"))
    context: dict[str, Any] = {
        "agencies": [(agency.name(lang), _in_force(agency, applied)) for agency in _deciding()],
        "stated": [_shown(row, lang) for row in applied],
        "proposals": [
            _shown(row, lang) | {"own": row.proposed_by_id == request.user.pk}
            for row in rows.filter(state="proposed").order_by("pk")
        ],
        "may_decide": may_decide,
        "form": form,
        "refused": [spoken(reason) for reason in refused.reasons] if refused else [],
    }
    status = refused.status if refused else 422 if form is not None and form.errors else 200
    return render(request, "office/readings.html", context, status=status)


def _deciding() -> QuerySet[Agency]:
    """The agencies that decide on some procedure in force."""
    decide = versions_in_force(on=today()).values("procedure__agency")
    return Agency.objects.filter(pk__in=decide).order_by("code")


def _in_force(agency: Agency, applied: list[TermReading]) -> Any:
    """The newest reading that has begun; from the receipt, where none was stated."""
    found = (row.from_handover for row in applied if row.agency_id == agency.pk and row.since <= today())
    return READS[next(found, False)]


def _shown(row: TermReading, lang: str) -> dict[str, Any]:
    return {"row": row, "agency": row.agency.name(lang), "reads": READS[row.from_handover]}


@require_POST
@officials
def decide(request: HttpRequest, reading: int, decision: str) -> HttpResponse:
    """Apply or decline what is proposed. What is refused comes back with the reason."""
    row = get_object_or_404(TermReading, pk=reading)
    by = request.user
    assert isinstance(by, User)  # `officials` has seen to it
    try:
        readings.decide(reading=row, by=by, actor=actor(request), apply=decision == "apply")
    except (Refused, Conflict) as error:
        return _page(request, form=None, refused=error)
    said = gettext("Applied.") if decision == "apply" else gettext("Declined. The reading stays as it was.")
    messages.success(request, said)
    return see_other(reverse("office:readings"))
