"""What everybody may know: where a dossier is by its code, the registers, and the papers by their codes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from procedures.law.life import State
from procedures.models import Agency
from procedures.selectors import folded
from workflows.models import ArchiveStamp, Dossier, Extract, Licence, Paper
from workflows.selectors.dossiers import Event, Stage, deadline, history, tracker

__all__ = [
    "Tracked",
    "extract_by_code",
    "extract_by_file",
    "licence_document",
    "licence_document_of",
    "licence_of",
    "paper_by_code",
    "paper_by_file",
    "register",
    "track",
]


@dataclass(frozen=True, slots=True)
class Tracked:
    """What anybody who knows the code may see: procedure, state and stages, no names (Decree 61/2018)."""

    code: str
    title: str
    state: State
    stages: tuple[Stage, ...]
    due_at: datetime | None
    standing: bool


def track(*, code: str, lang: str = "vi") -> Tracked | None:
    """The public look-up by dossier code; None when there is none."""
    dossier = Dossier.objects.filter(code=code.strip().upper()).select_related("subject").first()
    if dossier is None:
        return None
    events: list[Event] = history(dossier, internal=True, lang=lang)
    explanation = deadline(dossier)
    return Tracked(
        code=dossier.code or "",
        title=dossier.definition.title.get(lang),
        state=State(dossier.state),
        stages=tuple(tracker(dossier, events)),
        due_at=explanation.due_at if explanation else None,
        standing=bool(explanation and explanation.status == "stopped"),
    )


def register(
    *, text: str = "", kind: str = "", after: int | None = None, limit: int = 20
) -> tuple[list[Licence], int | None]:
    """Licences of the public registers, newest first, by number, holder or device; and the key of the next page."""
    rows = Licence.objects.select_related("subject", "paper__number", "dossier").order_by("-id")
    if kind:
        rows = rows.filter(register=kind)
    for word in folded(text)[:200].split():
        rows = rows.filter(search__contains=word)
    if after:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else None


def licence_of(*, ref: UUID) -> Licence | None:
    """A licence by its public identity."""
    return Licence.objects.filter(ref=ref).select_related("subject", "paper__number", "dossier").first()


def paper_by_code(*, code: str) -> Paper | None:
    """A published paper by its verification code."""
    plain = "".join(code.split()).replace("-", "").upper()
    return _papers().filter(code=plain, state="published").first()


def paper_by_file(*, sha256: str) -> Paper | None:
    """The published paper whose file has, or had before a later archive time stamp, exactly these bytes."""
    archived = ArchiveStamp.objects.filter(file_sha256=sha256).values("paper")
    return _papers().filter(Q(sealed_sha256=sha256) | Q(pk__in=archived), state="published").first()


def extract_by_code(*, code: str) -> Extract | None:
    """A published extract of a register by its verification code."""
    plain = "".join(code.split()).replace("-", "").upper()
    return _extracts().filter(code=plain, state="published").first()


def extract_by_file(*, sha256: str) -> Extract | None:
    """The published extract whose file has, or had before a later archive time stamp, exactly these bytes."""
    archived = ArchiveStamp.objects.filter(file_sha256=sha256).values("extract")
    found = _extracts().filter(Q(sealed_sha256=sha256) | Q(pk__in=archived), state="published")
    return found.first()


def _extracts() -> QuerySet[Extract]:
    return Extract.objects.select_related("signer", "licence__subject", "licence__dossier")


def _papers() -> QuerySet[Paper]:
    return Paper.objects.select_related("number__series", "signer", "dossier__subject", "licence")


def licence_document_of(*, dossier_id: int) -> dict[str, Any]:
    """The facts of the licence that a dossier gave. Raises Licence.DoesNotExist."""
    return licence_document(Licence.objects.values_list("pk", flat=True).get(dossier=dossier_id))


def licence_document(licence_id: int) -> dict[str, Any]:
    """The facts of a licence as partners are told them: what its own form did not ask stands as its forerunners say.

    `replaces`: the licence in whose place it stands, or None. Raises Licence.DoesNotExist.
    """
    licence = Licence.objects.select_related("subject", "dossier", "paper__number", "paper__signer").get(
        pk=licence_id
    )
    dossier, paper, subject = licence.dossier, licence.paper, licence.subject
    definition = dossier.definition
    agency = Agency.objects.get(code=definition.agency)
    answers: dict[str, Any] = dict(dossier.answers)
    before = licence.replaces
    while before is not None:
        answers = before.dossier.answers | answers
        before = before.replaces
    section = next((s for s in licence.sections() if s.repeat), None)
    return {
        "register": licence.register,
        "number": licence.number,
        "issued_on": licence.issued_on,
        "valid_until": licence.valid_until,
        "replaces": {"number": licence.replaces.number, "year": licence.replaces.issued_on.year}
        if licence.replaces
        else None,
        "decision_number": paper.number.text if paper.number else "",
        "agency": {"code": agency.code, "national_code": agency.national_code, "name": agency.name_vi},
        "signer": paper.signer.full_name if paper.signer else "",
        "dossier_code": dossier.code or "",
        "national_code": definition.national_code,
        "holder": {
            "name": subject.name,
            "tax_code": subject.tax_code,
            "address": subject.address,
            "phone": subject.phone,
            "email": subject.email,
        },
        "purpose": str(answers.get("purpose", "")),
        "border_gate": str(answers.get("border_gate", "")),
        "devices": list(answers.get(section.id, [])) if section else [],
        "pdf_sha256": paper.sealed_sha256,
        "verification_url": f"{settings.BASE_URL}/v/{paper.code}",
        "verification_code": paper.code,
        "partners": [{"partner": told.partner, "document": told.document} for told in definition.partners],
    }
