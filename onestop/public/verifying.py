"""Is this paper genuine? By the code beside its QR, or by dropping the file. The file is examined and forgotten."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from onestop.access import public
from onestop.answers import language
from onestop.asking import asked
from onestop.components import formats
from onestop.components.states import LICENCE_STATES
from onestop.errors import sentence
from onestop.public.limits import limited
from procedures.errors import Invalid, MotcuaError, NotFound, Reason
from procedures.models import Agency
from procedures.now import now, today
from workflows import files, selectors
from workflows.files import FileRefused
from workflows.models import Extract, Paper
from workflows.papers.verdicts import FIELD_TITLES
from workflows.papers.verify import Verdict

__all__ = ["by_code", "checkable", "pdf", "record_of", "technical", "verify"]

LARGEST = files.LIMIT
"""The largest file that is examined, in bytes."""
MAGIC = b"%PDF-"


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@public
@limited("verify", most=20, methods=("POST",))
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Drop the file, or type the code."""
    if code := asked(request, "code"):
        plain = "".join(code.split()).replace("-", "").upper()[:64]
        if plain.isascii() and plain.isalnum():
            return redirect("public:code", plain)
    if request.method != "POST":
        return render(request, "public/verify.html", {"section": "verify"})
    return _examine(request, None)


@public
@limited("code", most=60)
@require_http_methods(["GET", "HEAD", "POST"])
def by_code(request: HttpRequest, code: str, statement: str = "") -> HttpResponse:
    """What the register says of the paper with this code; and the place to drop the file that bears it.

    `statement`: the rest of the address in a QR code; where it is not the one that this paper bears, the page says so.
    """
    context: dict[str, Any]
    paper = selectors.paper_by_code(code=code)
    if request.method == "POST":
        return _examine(request, paper)
    extract = selectors.extract_by_code(code=code) if paper is None else None
    if extract is not None:
        context = {"section": "verify", "record": record_of(extract)}
        return render(request, "public/record.html", context)
    if paper is None:
        context = {"section": "verify", "unknown": code.upper()[:64]}
        return render(request, "public/verify.html", context, status=404)
    context = {"section": "verify", "record": record_of(paper), "paper": paper}
    if statement:
        context["genuine"] = statement.upper() == paper.statement
    return render(request, "public/record.html", context)


@public
@limited("code", most=60)
@require_safe
def pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF of a published decision, or of its annex; of no other paper."""
    paper = selectors.paper_by_code(code=code)
    if paper is None or not _is_public(paper):
        raise NotFound(Reason("no_paper", gettext_noop("No decision was published under this code.")))
    response = HttpResponse(files.read(paper.file_sha256), content_type="application/pdf")
    number = paper.number.text.replace("/", "-") if paper.number else paper.code
    response.headers["Content-Disposition"] = content_disposition_header(False, f"{number}.pdf") or "inline"
    return response


def _is_public(paper: Paper) -> bool:
    return "decision" in (paper.kind, paper.annex_of.kind if paper.annex_of else "")


# -- examining a file -------------------------------------------------------------------------------------------------


def checkable(given: UploadedFile | HttpRequest, size: int) -> bytes:
    """A file that somebody wants checked, read; `size`: bytes that were announced. Raises FileRefused: too large (413),
    no PDF (415)."""
    data = given.read(LARGEST + 1) if size <= LARGEST else b""
    if (size := max(size, len(data))) > LARGEST:
        params = {"size": formats.file_size(size), "limit": formats.file_size(LARGEST)}
        message = gettext_noop("The file has %(size)s; at most %(limit)s can be checked.")
        raise FileRefused(Reason("too_large", message, params), status=413)
    if MAGIC not in data[:1024]:
        message = gettext_noop(
            "This is no PDF file. Drop the PDF that you received, not a photo or a scan of it."
        )
        raise FileRefused(Reason("no_pdf", message), status=415)
    return data


def _examine(request: HttpRequest, expected: Paper | None) -> HttpResponse:
    given = request.FILES.get("tep")
    try:
        if given is None:
            raise Invalid(Reason("no_file", gettext_noop("Choose the PDF file to check")))
        data = checkable(given, given.size or 0)
    except MotcuaError as refusal:
        again: dict[str, Any] = {"section": "verify", "error": sentence(refusal.reasons[0]).text}
        if expected is not None:
            again |= {"record": record_of(expected), "paper": expected}
        template = "public/record.html" if expected is not None else "public/verify.html"
        return render(request, template, again, status=refusal.status)
    checked = selectors.verify_file(data)
    other = expected is not None and checked.paper is not None and checked.paper.pk != expected.pk
    known = checked.paper or checked.extract
    record = record_of(known) if known else None
    context: dict[str, Any] = {
        "section": "verify",
        "verdict": checked.verdict,
        "said": _said(checked.verdict),
        "checks": _checks(checked.verdict),
        "technical": technical(checked.verdict),
        "sha256": checked.sha256,
        "name": given.name,
        "at": now(),
        "record": record,
        "claims": checked.claims if record is None else None,
        "other": other,
    }
    return render(request, "public/verdict.html", context)


def record_of(known: Paper | Extract) -> dict[str, Any]:
    """What the register shows of a paper: of a licence its holder too, of any other paper none."""
    return _of_extract(known) if isinstance(known, Extract) else _of_paper(known)


def _of_paper(paper: Paper) -> dict[str, Any]:
    lang = language()
    definition = paper.dossier.definition
    licence = getattr(paper, "licence", None)
    kind = definition.papers.get(paper.kind)
    agency = Agency.objects.get(code=definition.agency)
    return {
        "title": kind.title.get(lang) if kind else paper.title,
        "number": paper.number.text if paper.number else "",
        "date": paper.number.date if paper.number else paper.published_at,
        "agency": agency.name(lang),
        "signer": paper.signer.full_name if paper.signer and licence else "",
        "signer_title": paper.signer.title if paper.signer and licence else "",
        "holder": licence.subject.name if licence else "",
        "code": paper.code,
        "state": LICENCE_STATES[licence.standing(today())] if licence else None,
        "valid_until": licence.valid_until if licence else None,
        "licence_href": reverse("public:licence", args=[licence.ref]) if licence else "",
        "pdf_href": reverse("public:pdf", args=[paper.code]) if _is_public(paper) else "",
        "beside": [
            (one.title, reverse("public:code", args=[one.code]))
            for one in (*selectors.annexes_of(paper, definition=definition), *filter(None, [paper.annex_of]))
        ],
        "href": reverse("public:code", args=[paper.code]),
        "checkpoint": (held := selectors.checkpoint_of(paper)),
        "proof_href": reverse("public:proof", args=[paper.code]) if held else "",
    }


def _of_extract(extract: Extract) -> dict[str, Any]:
    """What anybody may know of an extract of a register: that it was made, not what it says of whom. Of a copy of a
    licence how that stands now."""
    said = {
        "date": extract.published_at,
        "agency": Agency.objects.get(code=extract.agency_code).name(language()),
        "code": extract.code,
        "href": reverse("public:code", args=[extract.code]),
    }
    licence = extract.licence
    if licence is not None:
        kind = licence.dossier.definition.licence
        of = kind.title.get(language()) if kind else licence.register
        return said | {
            "title": _("Copy from the register: %(kind)s") % {"kind": of},
            "number": licence.number,
            "holder": licence.subject.name,
            "state": LICENCE_STATES[licence.standing(today())],
            "valid_until": licence.valid_until,
            "licence_href": reverse("public:licence", args=[licence.ref]),
        }
    period = _("%(since)s to %(until)s") % {
        "since": formats.day(extract.since),
        "until": formats.day(extract.until),
    }
    return said | {
        "title": f"{extract.title}, {period}"
        if extract.book
        else _("Register of dossiers, %(period)s") % {"period": period}
    }


TOUCHED = frozenset({"signature.intact", "signature.unchanged"})
"""Checks of a signature that speak of the content: where one fails, nobody may read that the content is whole."""
_TITLES = {
    "valid": gettext_noop("The document is valid"),
    "indeterminate": gettext_noop("No conclusion yet"),
    "invalid": gettext_noop("The document is not valid"),
}
_TEXTS = {
    "valid": gettext_noop(
        "Every signature that this paper must bear is right. Nothing was changed after signing."
    ),
    "indeterminate": gettext_noop("Do not rely on this document until it has been checked again."),
    "invalid": gettext_noop("Do not use this file. Ask its holder for the original, or download it here."),
}


def _said(verdict: Verdict) -> dict[str, str]:
    """Title and text of the panel; the text begins with the first thing that speaks against the document."""
    against = False if verdict.verdict == "invalid" else None
    first = next((one for one in verdict.reasons if one.passed is against), None)
    said = gettext(_TEXTS[verdict.verdict])
    if verdict.verdict != "valid" and first is not None:
        where = gettext(FIELD_TITLES[first.subject]) if first.subject in FIELD_TITLES else ""
        said = f"{where + ': ' if where else ''}{gettext(first.message)} {said}"
    return {"title": gettext(_TITLES[verdict.verdict]), "text": said}


def _checks(verdict: Verdict) -> list[dict[str, str]]:
    """The checks in the words of the page: one row a signature, one for the content, one for the register."""
    signatures: dict[str, list[Any]] = {}
    content, register = [], []
    for one in verdict.reasons:
        if one.subject:
            signatures.setdefault(one.subject, []).append(one)
            if one.code in TOUCHED and one.passed is not True:
                content.append(one)
        elif one.code.startswith("register."):
            register.append(one)
        else:
            content.append(one)
    rows = [
        _row(gettext(FIELD_TITLES.get(field, field)), reasons, good=_signed_by(reasons))
        for field, reasons in signatures.items()
    ]
    if content:
        rows.append(
            _row(_("Content whole"), content, good=_("As it was issued: nothing added, nothing changed"))
        )
    if register:
        rows.append(_row(_("Known to the register"), register, good=_("This very file was issued by us")))
    return rows


def _row(title: str, reasons: Iterable[Any], *, good: str) -> dict[str, str]:
    reasons = list(reasons)
    outcomes = {one.passed for one in reasons}
    outcome = "failed" if False in outcomes else "indeterminate" if None in outcomes else "passed"
    wrong = [one for one in reasons if one.passed is (False if outcome == "failed" else None)]
    note = good if outcome == "passed" else " ".join(dict.fromkeys(gettext(one.message) for one in wrong))
    return {"title": title, "note": note, "outcome": outcome}


def _signed_by(reasons: Iterable[Any]) -> str:
    """Who signed, and when, and whether anybody but the signer says so."""
    details = {one.code: one.detail for one in reasons}
    said = [details.get("signature.signer", "")]
    if details.get("signature.time"):
        said.append(formats.stamp(datetime.fromisoformat(details["signature.time"])))
    if "signature.timestamp" in details:
        said.append(_("time confirmed by an authority"))
    return " · ".join(part for part in said if part)


def technical(verdict: Verdict) -> list[dict[str, str]]:
    """Every single check, as the verifier named it."""
    return [
        {
            "code": one.code,
            "subject": one.subject,
            "message": gettext(one.message),
            "detail": one.detail,
            "outcome": "failed" if one.passed is False else "passed" if one.passed else "indeterminate",
        }
        for one in verdict.reasons
    ]
