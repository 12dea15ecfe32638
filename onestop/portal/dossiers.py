"""My dossiers, one dossier, its papers, and the way out of it."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onestop.access import applicants
from onestop.asking import asked_number
from onestop.components.states import stage_rows
from onestop.errors import sentences
from onestop.moment import of_one_moment
from onestop.portal import words
from onestop.portal.asked import request_of
from onestop.portal.forms import WithdrawForm
from onestop.portal.reading import (
    applicant,
    file_rows,
    name_of,
    own_dossier,
    paper_links,
    parts_of,
    timeline_of,
    who_holds_it,
)
from onestop.portal.serving import download, see_other
from onestop.portal.uploading import Taken
from procedures.errors import Conflict, Invalid, NotFound, Reason, WrongState
from procedures.law.life import State
from workflows import files, selectors, service
from workflows.models import Dossier

__all__ = ["dossier", "dossiers", "paper", "piece", "result", "show_dossier", "withdraw"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@applicants
@require_safe
def dossiers(request: HttpRequest) -> HttpResponse:
    """The dossiers of all subjects that I file for, newest first."""
    after = asked_number(request, "sau")
    rows, following = selectors.my_dossiers(
        actor=applicant(request),
        after=after,
        lang=words.language(),
    )
    context = {
        "section": "dossiers",
        "rows": [
            {
                "dossier": row.dossier,
                "name": name_of(row.dossier),
                "title": row.title,
                "summary": row.summary,
                "your_turn": selectors.your_turn(row.dossier),
            }
            for row in rows
        ],
        "first": after is None,
        "following": f"?sau={following}" if following else "",
    }
    return render(request, "portal/dossiers.html", context)


@applicants
@require_safe
@of_one_moment
def dossier(request: HttpRequest, ref: UUID) -> HttpResponse:
    """One dossier: what I must do, where it is, when it is done and why, what happened."""
    return show_dossier(request, own_dossier(request, ref))


def show_dossier(
    request: HttpRequest,
    dossier: Dossier,
    *,
    taken: Taken | None = None,
    typed: dict[int, str] | None = None,
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; with what was typed and what is wrong when an answer to a request could not be taken whole."""
    lang = words.language()
    state = State(dossier.state)
    if state is State.DRAFT:
        return _show_draft(request, dossier, lang)
    events = selectors.history(dossier, internal=True, lang=lang)
    outward = [event for event in events if not event.internal]
    explanation = selectors.deadline(dossier)
    papers = selectors.published_papers(dossier)
    asked = selectors.open_request(dossier)
    context: dict[str, Any] = {
        "section": "dossiers",
        "dossier": dossier,
        "name": name_of(dossier),
        "title": dossier.definition.title.get(lang),
        "summary": selectors.summary(dossier.definition, dossier.answers, lang),
        "subject": dossier.subject,
        "explanation": explanation.as_dict(lang=lang, translate=gettext) if explanation else None,
        "stages": stage_rows(selectors.tracker(dossier, events), state=dossier.state),
        "holder": who_holds_it(dossier),
        "entries": timeline_of(dossier, outward),
        "papers": paper_links(dossier, [p for p in papers if p.kind != "declaration"]),
        "declarations": paper_links(dossier, [p for p in papers if p.kind == "declaration"]),
        "pieces": [
            {"title": view.title, "files": file_rows(dossier, view.files, removable=False)}
            for view in selectors.pieces_of(dossier, lang=lang)
        ],
        "asked": request_of(dossier, asked, taken=taken, typed=typed or {}) if asked else None,
        "errors": errors or [],
        "may_withdraw": selectors.may_withdraw(actor=applicant(request), dossier=dossier),
        "handler": dossier.handler,
        "key": str(uuid4()),
        **_ending(dossier, state, outward, papers),
    }
    if state is State.FEE_DUE:
        context["fee"] = _fee(dossier, lang)
    return render(request, "portal/dossier.html", context, status=status)


def _show_draft(request: HttpRequest, dossier: Dossier, lang: str) -> HttpResponse:
    parts = parts_of(dossier)
    context = {
        "section": "dossiers",
        "dossier": dossier,
        "title": dossier.definition.title.get(lang),
        "summary": selectors.summary(dossier.definition, dossier.answers, lang),
        "subject": dossier.subject,
        "steps": [part.step("") for part in parts],
        "next": next((part for part in parts if not part.done), parts[-1]),
        "ready": all(part.done for part in parts[:-1]),
    }
    return render(request, "portal/draft.html", context)


def _fee(dossier: Dossier, lang: str) -> dict[str, Any]:
    """What is owed, where it is paid and until when."""
    due = selectors.payments_due(dossier)
    kinds = {fee.id: fee for fee in dossier.definition.fees}
    held = [row for row in selectors.holder(dossier, lang=lang) if row[0].role == "cashier"]
    return {
        "rows": [
            {
                "title": kinds[payment.fee].title.get(lang) if payment.fee in kinds else payment.title,
                "amount": payment.amount,
                "illustrative": payment.fee in kinds and kinds[payment.fee].illustrative,
                "basis": kinds[payment.fee].basis if payment.fee in kinds else "",
            }
            for payment in due
        ],
        "total": sum(payment.amount for payment in due),
        "until": held[0][0].due_at if held else None,
        "where": held[0][3] if held else "",
    }


def _ending(
    dossier: Dossier, state: State, events: list[selectors.Event], papers: list[Any]
) -> dict[str, Any]:
    """How it ended: the result, or why it went no further."""
    if state in {State.CONCLUDED, State.RETURNED}:
        found = next((paper for paper in papers if paper.kind in selectors.RESULTS), None)
        link = paper_links(dossier, [found])[0] if found else None
        granted = found is not None and found.kind == "decision"
        act = "grant" if granted else "refuse"
        return {
            "result": link,
            "granted": granted,
            "ending": words.act_words(act, effect=dossier.definition.effect),
            "gives": granted and not (dossier.definition.licence and dossier.definition.licence.alters),
            "to_collect": state is State.CONCLUDED,
            "gave": selectors.licence_given(dossier) if granted and state is State.RETURNED else None,
        }
    if state in {State.NOT_ACCEPTED, State.STOPPED}:
        last = next((event for event in events if not event.act.startswith("partner.")), None)
        return {
            "closed": words.act_words(last.act, effect=dossier.definition.effect) if last else None,
            "why": last.reason if last else "",
        }
    return {}


@applicants
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Ask to withdraw, with a reason."""
    dossier = own_dossier(request, ref)
    who = applicant(request)
    status, form, refusal = 200, WithdrawForm(initial={"key": str(uuid4())}), []
    if request.method == "POST":
        form = WithdrawForm(request.POST)
        if form.is_valid():
            try:
                service.request_withdrawal(
                    actor=who,
                    dossier_id=dossier.pk,
                    reason=form.cleaned_data["reason"],
                    idempotency_key=form.cleaned_data["key"],
                )
            except (Invalid, Conflict, WrongState) as error:
                status, refusal = error.status, [str(said) for said in sentences(error.reasons)]
            else:
                messages.success(request, _("Your request to withdraw has been sent. Work rests meanwhile."))
                return see_other("portal:dossier", dossier.ref)
        else:
            status = 422
    elif not selectors.may_withdraw(actor=who, dossier=dossier):
        messages.warning(request, _("This dossier cannot be withdrawn now."))
        return see_other("portal:dossier", dossier.ref)
    context = {
        "section": "dossiers",
        "dossier": dossier,
        "name": name_of(dossier),
        "title": dossier.definition.title.get(words.language()),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "portal/withdraw.html", context, status=status)


@applicants
@require_POST
def result(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Fetch the result: the first time it is handed over, which the ledger keeps."""
    dossier = own_dossier(request, ref)
    found = next((p for p in selectors.published_papers(dossier) if p.kind in selectors.RESULTS), None)
    if found is None:
        raise NotFound(Reason("no_result", gettext_noop("This dossier has no result yet.")))
    service.collect_result(actor=applicant(request), dossier_id=dossier.pk)
    return see_other("portal:paper", dossier.ref, found.ref)


@applicants
@require_safe
def paper(request: HttpRequest, ref: UUID, paper: UUID) -> HttpResponse:
    """A published paper of the dossier, as PDF. The result is fetched first, so that it counts as handed over."""
    dossier = own_dossier(request, ref)
    found = selectors.published_paper(dossier, ref=paper)
    if found is None:
        raise NotFound(Reason("no_paper", gettext_noop("There is no such paper in this dossier.")))
    if found.kind in selectors.RESULTS and dossier.state == "concluded":
        messages.info(request, _("The result is ready: press “Receive the result”."))
        return see_other("portal:dossier", dossier.ref)
    number = found.number.text.replace("/", "-") if found.number else name_of(dossier)
    return download(
        files.read(found.file_sha256), name=f"{found.kind}-{number}.pdf", media_type="application/pdf"
    )


@applicants
@require_safe
def piece(request: HttpRequest, ref: UUID, piece: int) -> HttpResponse:
    """A file that was handed in, as it was received. It is saved, never opened inside our own page."""
    dossier = own_dossier(request, ref)
    found = selectors.piece_file(dossier, piece_id=piece)
    if found is None:
        raise NotFound(Reason("no_file", gettext_noop("There is no such file in this dossier.")))
    return download(
        files.read_clean(found.file), name=found.name, media_type=found.file.media_type, attachment=True
    )
