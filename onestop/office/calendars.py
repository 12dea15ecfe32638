"""The working calendar in the office: read by everybody, changed by two people, and what a change would do."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onestop.access import actor, officials
from onestop.components import formats
from onestop.forms import Form
from onestop.office.reading import language
from onestop.office.views import with_rail
from onestop.office.words import placed, spoken
from onestop.office.work import see_other
from procedures import calendars, policy
from procedures.errors import Conflict, Invalid, Refused
from procedures.models import CalendarProposal, CalendarYear, User
from procedures.now import today

__all__ = ["decide", "this_year", "year"]

KINDS = {"nghỉ": "holiday", "off": "holiday", "làm bù": "makeup", "makeup": "makeup"}
WRITTEN = {"vi": {"holiday": "nghỉ", "makeup": "làm bù"}, "en": {"holiday": "off", "makeup": "makeup"}}
STATUS = {
    "official": (gettext_lazy("Official"), "check", "green"),
    "unchecked": (gettext_lazy("Not checked against the decision"), "warning", "amber"),
    "provisional": (gettext_lazy("Provisional"), "clock", "amber"),
}
PARTS = 4
"""A line has a day, a kind and two names; a fifth part is the decision."""
FIRST, LAST = 2000, 2100


class YearForm(Form):
    """What a year shall be. `days`: a line a day or period, its parts apart by semicolons."""

    status = forms.ChoiceField(
        label=gettext_lazy("How sure it is"),
        choices=[(value, text) for value, (text, _icon, _tone) in STATUS.items()],
        widget=forms.RadioSelect,
    )
    decision = forms.CharField(
        label=gettext_lazy("Number and date of the decision"), max_length=200, required=False
    )
    days = forms.CharField(
        label=gettext_lazy("Days off and make-up working days"),
        help_text=gettext_lazy(
            "One line a day or period: 30/04/2026; off; name in Vietnamese; name in English; decision, if it is "
            "another. A period: 01/09/2026-02/09/2026. A make-up working day: makeup instead of off."
        ),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false"}),
    )

    def clean_days(self) -> list[calendars.Day]:
        """Every line as days; each fault names its line."""
        found: list[calendars.Day] = []
        faults = []
        for number, line in enumerate(self.cleaned_data["days"].splitlines(), 1):
            if not line.strip():
                continue
            try:
                found += _days(line)
            except ValueError:
                faults.append(
                    gettext("Line %(number)s cannot be read: “%(line)s”.")
                    % {"number": number, "line": line[:80]}
                )
        if faults:
            raise ValidationError(faults)
        return found


def _days(line: str) -> list[calendars.Day]:
    """The days of a line. Raises ValueError."""
    parts = [part.strip() for part in line.split(";")]
    if not PARTS <= len(parts) <= PARTS + 1 or not all(parts[:PARTS]):
        raise ValueError(line)
    first, _, last = parts[0].partition("-")
    start = _date(first)
    end = _date(last) if last else start
    kind = KINDS.get(parts[1].lower())
    if kind is None or not start <= end <= start + timedelta(days=31):
        raise ValueError(line)
    decision = parts[PARTS] if len(parts) > PARTS else ""
    return [
        calendars.Day((start + timedelta(days=n)).isoformat(), kind, parts[2], parts[3], decision)
        for n in range((end - start).days + 1)
    ]


def _date(text: str) -> date:
    day, month, year = (int(part) for part in text.strip().split("/"))
    return date(year, month, day)


def _lines(days: Iterable[calendars.Day]) -> str:
    """The days as the form takes them; days in a row of one name are one line."""
    rows: list[list[calendars.Day]] = []
    for one in days:
        before = rows[-1][-1] if rows else None
        if (
            before
            and one.day - before.day == timedelta(days=1)
            and (before.kind, before.vi, before.en, before.decision)
            == (one.kind, one.vi, one.en, one.decision)
        ):
            rows[-1].append(one)
        else:
            rows.append([one])
    lines = []
    for row in rows:
        first, last = row[0], row[-1]
        span = f"{first.day:%d/%m/%Y}" + (f"-{last.day:%d/%m/%Y}" if len(row) > 1 else "")
        parts = [
            span,
            WRITTEN[language()][first.kind],
            first.vi,
            first.en,
            *([first.decision] if first.decision else []),
        ]
        lines.append("; ".join(parts))
    return "\n".join(lines)


@require_safe
@officials
def this_year(request: HttpRequest) -> HttpResponse:
    """To the present year."""
    return HttpResponseRedirect(reverse("office:calendar", args=[today().year]))


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def year(request: HttpRequest, year: int) -> HttpResponse:
    """A year as it is in force, what is proposed, and the form to propose a change."""
    if not FIRST <= year <= LAST:
        raise Http404
    who = actor(request)
    form: YearForm | None = _fresh(year) if policy.can(who, "calendar.change") else None
    if request.method == "POST":
        policy.must(who, "calendar.change")
        form = YearForm(request.POST)
        if form.is_valid() and _proposed(request, year, form):
            messages.success(request, gettext("Proposed. Another person applies it."))
            return see_other(reverse("office:calendar", args=[year]))
    return _page(request, year, form=form)


def _fresh(year: int) -> YearForm:
    row = CalendarYear.objects.filter(pk=year).first()
    return YearForm(
        initial={
            "status": row.status if row else "provisional",
            "decision": row.decision if row else "",
            "days": _lines(calendars.held(year)),
        }
    )


def _proposed(request: HttpRequest, year: int, form: YearForm) -> bool:
    by = request.user
    assert isinstance(by, User)  # `officials` has seen to it
    given = form.cleaned_data
    try:
        calendars.propose(year=year, by=by, actor=actor(request), **given)
    except (Invalid, Conflict) as error:
        placed(form, error.reasons)
        return False
    return True


def _page(
    request: HttpRequest, year: int, *, form: YearForm | None, refused: Refused | Conflict | None = None
) -> HttpResponse:
    with_rail(request)
    who, lang = actor(request), language()
    row = CalendarYear.objects.filter(pk=year).first()
    proposal = (
        CalendarProposal.objects.filter(year=year, state="proposed").select_related("proposed_by").first()
    )
    context: dict[str, Any] = {
        "year": year,
        "row": row,
        "status": STATUS[row.status] if row else None,
        "years": sorted({*CalendarYear.objects.values_list("pk", flat=True), today().year + 1}),
        "days": [_shown(one, lang) for one in calendars.held(year)],
        "form": None if proposal else form,
        "proposal": proposal,
        "proposed_status": STATUS[proposal.content["status"]] if proposal else None,
        "changes": [
            (before and _shown(before, lang), after and _shown(after, lang))
            for before, after in calendars.difference(proposal)
        ]
        if proposal
        else [],
        "may_decide": bool(proposal and policy.can(who, "calendar.decide")),
        "own": bool(proposal and proposal.proposed_by_id == request.user.pk),
        "refused": [spoken(reason) for reason in refused.reasons] if refused else [],
    }
    status = refused.status if refused else 422 if form is not None and form.errors else 200
    return render(request, "office/calendar.html", context, status=status)


def _shown(one: calendars.Day, lang: str) -> dict[str, Any]:
    return {
        "day": formats.day(one.day),
        "kind": gettext("day off") if one.kind == "holiday" else gettext("make-up working day"),
        "name": one.en if lang == "en" else one.vi,
        "decision": one.decision,
    }


@require_POST
@officials
def decide(request: HttpRequest, year: int, decision: str) -> HttpResponse:
    """Apply or decline what is proposed. What is refused comes back with the reason."""
    proposal = get_object_or_404(CalendarProposal, year=year, state="proposed")
    by = request.user
    assert isinstance(by, User)  # `officials` has seen to it
    try:
        calendars.decide(proposal=proposal, by=by, actor=actor(request), apply=decision == "apply")
    except (Refused, Conflict) as error:
        return _page(request, year, form=None, refused=error)
    messages.success(
        request,
        gettext("Applied. The dates of running dossiers are counted anew within two minutes.")
        if decision == "apply"
        else gettext("Declined. The calendar stays as it was."),
    )
    return see_other(reverse("office:calendar", args=[year]))
