"""My licences: what each is worth today, what its conditions ask of me and until when, and what I can apply for."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onestop.access import applicants
from onestop.asking import asked_number
from onestop.components.states import CONDITION_STATES, LICENCE_STATES
from onestop.errors import sentences
from onestop.keeping import received
from onestop.portal import words
from onestop.portal.forms import ReportForm
from onestop.portal.reading import applicant
from onestop.portal.serving import download, see_other
from onestop.portal.uploading import accepted
from procedures.definition.model import Definition
from procedures.errors import Conflict, Invalid, WrongState
from procedures.now import today
from workflows import files, selectors, service
from workflows.models import ConditionReport, Licence, LicenceCondition
from workflows.models.licence import LIVING

__all__ = ["copy", "licence", "licences", "make_copy", "report", "report_paper"]

FORMATS = ("pdf", "jpg", "png")
"""What a report may bring along."""


def _asks(condition: LicenceCondition, licence: Licence) -> bool:
    """Whether the holder is waited for."""
    return condition.state in {"due", "overdue"} and licence.standing(today()) in LIVING


def _name(row: Licence) -> dict[str, Any]:
    kind = row.dossier.definition.licence
    return {
        "licence": row,
        "kind": kind.title.get(words.language()) if kind else row.register,
        "about": selectors.summary(row.dossier.definition, row.dossier.answers, words.language()),
        "state": LICENCE_STATES[row.standing(today())],
    }


@applicants
@require_safe
def licences(request: HttpRequest) -> HttpResponse:
    """The licences of all subjects that I file for, newest first, and the next day that a condition names."""
    after = asked_number(request, "sau")
    rows, following = selectors.my_licences(actor=applicant(request), after=after)
    context = {
        "section": "licences",
        "rows": [
            {
                **_name(row),
                "next": min(
                    (one for one in row.conditions.all() if _asks(one, row)),
                    key=lambda one: one.due_on,
                    default=None,
                ),
            }
            for row in rows
        ],
        "today": today(),
        "first": after is None,
        "following": f"?sau={following}" if following else "",
    }
    return render(request, "portal/licences.html", context)


@applicants
@require_safe
def licence(request: HttpRequest, ref: UUID) -> HttpResponse:
    """One licence: its state, its conditions with what was reported, and what I can apply for about it."""
    row = selectors.my_licence(actor=applicant(request), ref=ref)
    lang = words.language()
    context = {
        "section": "licences",
        **_name(row),
        "conditions": [
            {
                "condition": one,
                "title": one.kind.title.get(lang),
                "state": CONDITION_STATES[one.standing(today())],
                "asks": _asks(one, row),
                "reports": [_told(row, made) for made in one.reports.all()],
            }
            for one in selectors.conditions_of(row)
        ],
        "asked": [_asked(definition, row) for definition in selectors.procedures_about(row)],
        "lines": selectors.lines_of(row),
        "replaced_by": row.successors.order_by("pk").first(),
        "mine": row.dossier.subject_id == row.subject_id,
        "for_wallet": selectors.no_credential(row) is None,
        "pdf_href": reverse("public:pdf", args=[row.paper.code]),
        "copies": selectors.copies_of(row),
    }
    return render(request, "portal/licence.html", context)


def _asked(definition: Definition, row: Licence) -> dict[str, Any]:
    """What can be asked for about a licence, and on which days; without an address before and after them."""
    first, last = selectors.renewal_days(definition, row) or (None, None)
    window = definition.licence.window if definition.licence else None
    start = reverse("portal:start", args=[definition.code])
    in_time = (first is None or first <= today()) and (last is None or today() <= last)
    return {
        "title": definition.title.get(words.language()),
        "href": f"{start}?{urlencode({'giay-phep': str(row.ref)})}" if in_time else "",
        "first": first,
        "last": last,
        "over": last is not None and last < today(),
        "illustrative": window is not None and window.illustrative,
    }


def _told(row: Licence, made: ConditionReport) -> dict[str, Any]:
    return {
        "made": made,
        "files": [
            (piece.name, reverse("portal:report_paper", args=[row.ref, made.condition_id, piece.pk]))
            for piece in made.pieces.all()
        ],
    }


@applicants
@require_POST
def make_copy(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Ask for a copy from the register, as of today."""
    made = service.copy_licence(actor=applicant(request), licence=ref)
    if made.state != "published":
        messages.success(request, _("Your copy is being made and stands on this page in a moment."))
    return see_other("portal:licence", ref)


@applicants
@require_safe
def copy(request: HttpRequest, ref: UUID, copy: UUID) -> HttpResponse:
    """The PDF of a copy that was made of a licence of mine."""
    row = selectors.my_licence(actor=applicant(request), ref=ref)
    found = selectors.copy_of(row, ref=copy)
    name = f"ban-sao-{row.number.replace('/', '-')}-{found.since:%Y-%m-%d}.pdf"
    return download(files.read(found.file_sha256), name=name, media_type="application/pdf")


@applicants
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, ref: UUID, condition: int) -> HttpResponse:
    """Say how a condition is met, with papers; what is wrong comes back beside what was typed."""
    who = applicant(request)
    row = selectors.my_licence(actor=who, ref=ref)
    found = selectors.my_condition(row, number=condition)
    form, given, said, status = ReportForm(), received(request, "report", FORMATS), [], 200
    if request.method == "POST":
        form = ReportForm(request.POST)
        if not form.is_valid() or given.errors:
            status = given.status if given.errors else 422
        else:
            try:
                service.report_condition(
                    actor=who, condition_id=found.pk, text=form.cleaned_data["text"], files=given.files
                )
            except (Conflict, Invalid, WrongState) as error:
                status, said = error.status, [str(one) for one in sentences(error.reasons)]
            else:
                messages.success(
                    request, _("Your report is sent. You are told what the authority makes of it.")
                )
                return see_other("portal:licence", row.ref)
    elif not _asks(found, row):
        messages.info(request, _("Nothing is asked for on this condition now."))
        return see_other("portal:licence", row.ref)
    back = next((one for one in found.reports.all() if one.met is False), None)
    context = {
        "section": "licences",
        **_name(row),
        "condition": found,
        "condition_title": found.kind.title.get(words.language()),
        "condition_state": CONDITION_STATES[found.standing(today())],
        "form": form,
        "given": given,
        "accept": accepted(FORMATS),
        "refusal": said,
        "sent_back": back if found.state in {"due", "overdue"} else None,
    }
    return render(request, "portal/report.html", context, status=status)


@applicants
@require_safe
def report_paper(request: HttpRequest, ref: UUID, condition: int, piece: int) -> HttpResponse:
    """A paper that came with a report of mine. It is saved, never opened inside our own page."""
    row = selectors.my_licence(actor=applicant(request), ref=ref)
    found = selectors.report_file(selectors.my_condition(row, number=condition), piece_id=piece)
    return download(
        files.read_clean(found.file), name=found.name, media_type=found.file.media_type, attachment=True
    )
