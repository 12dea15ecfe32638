"""The content of a paper, frozen: everything that it says, as the contract of workflows.papers.snapshot names it.

Papers are in Vietnamese: they are acts of a Vietnamese authority.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings

from procedures.definition.model import Definition, PaperKind
from procedures.definition.papers import fill_article, places
from procedures.definition.phrases import FORMS
from procedures.definition.pieces import required_pieces
from procedures.law.terms import Explanation
from procedures.models import Agency, LedgerEntry, Membership, User
from procedures.now import HANOI
from workflows.dossier import clock
from workflows.dossier.bilingual import IN_VIETNAMESE, side_by_side
from workflows.dossier.context import Context
from workflows.dossier.handovers import Handover, handovers
from workflows.dossier.supervision import printed
from workflows.dossier.wording import (
    answer_lines,
    answer_pairs,
    device_lines,
    tables,
    term_text,
)
from workflows.models import Dossier, Draft, Supplement

__all__ = [
    "RECEIVES",
    "agency_facts",
    "annex_part",
    "article_values",
    "base_of",
    "countersigners_part",
    "decision_part",
    "declaration_snapshot",
    "snapshot",
]

CODE_LABELS = {"enterprise": "Mã số doanh nghiệp", "person": "Mã số thuế"}
APPLICANT = "Người nộp hồ sơ"
RECEIVES = ("accept", "open")
"""The acts by which a dossier is validly received."""
STAGES = {
    "submitted": "Tiếp nhận",
    "intake_supplement": "Chờ bổ sung khi tiếp nhận",
    "received": "Đã tiếp nhận",
    "in_process": "Thẩm định",
    "supplement_requested": "Chờ bổ sung",
    "fee_due": "Chờ nộp phí",
}


def agency_facts(agency: Agency) -> dict[str, str]:
    """What every paper says of the agency that issues it."""
    return {
        "parent": agency.parent.name_vi if agency.parent else "",
        "name": agency.name_vi,
        "short": agency.short,
        "place": agency.place,
    }


def snapshot(
    ctx: Context,
    kind: str,
    *,
    number: str,
    on: date,
    signer: User | None,
    code: str,
    annexes: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """The content of a paper of `kind`, made by the act in `ctx`; `annexes`: what it says of its annexes."""
    dossier, definition = ctx.dossier, ctx.facts.definition
    paper_kind = definition.papers[kind]
    received = _received_at(ctx)
    base = base_of(dossier, definition, number=number, on=on, code=code, received_at=received)
    person = _person(signer, definition)
    base["officer"] = person
    base["signer"] = {
        "name": person["name"],
        "title": person["title"],
        "capacity_lines": [person["title"].upper()] if person["title"] else [],
    }
    base |= countersigners_part(definition, paper_kind) | annex_part(definition, paper_kind)
    if annexes:
        base["annexes"] = list(annexes)
    explanation = _promised(ctx)
    base["deadline"] = {
        "due_at": explanation.due_at.isoformat() if explanation and explanation.due_at else None,
        "term_text": term_text(definition.terms.decision),
    }
    if kind == "supplement_request":
        _fill_supplement(base, ctx)
    if paper_kind.on_request:
        base |= {"made_at": ctx.now.isoformat(), "handovers": _handovers(ctx)}
    draft = ctx.draft
    own = draft.body.get("conditions", "") if draft else ""
    base["decision"] = decision_part(
        definition,
        paper_kind,
        values=_article_values(ctx, base, on, "vi", own),
        dossier_code=dossier.code,
        reasons=_reasons(ctx, kind, draft),
    )
    if paper_kind.translation is not None:
        base |= side_by_side(
            definition,
            paper_kind,
            base,
            answers=dossier.answers,
            values=_article_values(ctx, base, on, "en", IN_VIETNAMESE if own or ctx.own_conditions else ""),
        )
    if ctx.input.payment is not None:
        base["fee"] = {
            "name": ", ".join(fee.title.vi for fee in definition.fees),
            "amount": ctx.input.payment.amount,
            "receipt_no": number or ctx.input.payment.receipt_no,
            "paid_at": ctx.now.isoformat(),
            "method": ctx.input.payment.receipt_no and f"Chứng từ {ctx.input.payment.receipt_no}",
        }
    if ctx.command.name == "extend":
        base["extension"] = {
            "before": ctx.data["due_before"],
            "after": ctx.data["due_after"],
            "reason": ctx.input.reason,
        }
    if kind == "tacit_notice":
        base["tacit"] = _tacit(dossier)
    base["stop"] = {
        "stage": STAGES.get(_interrupted_stage(ctx), ""),
        "reason": "",
        "fee_note": "",
        "decided_at": ctx.now.isoformat(),
    }
    return base


def countersigners_part(definition: Definition, kind: PaperKind) -> dict[str, Any]:
    """Beside which words each countersignature stands; nothing where nobody countersigns."""
    steps = definition.route.countersigning[: kind.countersigners]
    return {"countersigners": [{"title": node.title.vi} for node in steps]} if steps else {}


def annex_part(definition: Definition, kind: PaperKind) -> dict[str, Any]:
    """What an annex says of the paper to which it belongs; nothing of any other paper."""
    main = definition.papers.get(kind.annex_of)
    return {"annex": {"of": main.title.vi}} if main else {}


def _interrupted_stage(ctx: Context) -> str:
    """The state in which the dossier was stopped: a slip that was owed looks back at the act that owes it."""
    if ctx.command.slip:
        entries = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=ctx.dossier.pk)
        last = (
            entries.filter(to_state=ctx.before).exclude(from_state=ctx.before).order_by("-sequence").first()
        )
        return last.from_state if last else ""
    return str(ctx.facts.interrupted[-1] if ctx.facts.interrupted else ctx.before)


def _tacit(dossier: Dossier) -> dict[str, str]:
    """What silence decided, by which rule, and how it can be challenged."""
    tacit = dossier.definition.terms.tacit
    assert tacit is not None  # the rule has seen to it
    assert dossier.due_at is not None
    return {
        "outcome": "được coi là chấp thuận" if tacit.outcome == "grant" else "được coi là bị từ chối",
        "basis": tacit.basis,
        "due_at": dossier.due_at.isoformat(),
        "appeal": tacit.appeal.vi,
    }


def declaration_snapshot(dossier: Dossier, *, on: date, code: str) -> dict[str, Any]:
    """The content of the applicant's declaration: every answer and the list of papers."""
    definition = dossier.definition
    base = base_of(dossier, definition, number="", on=on, code=code, received_at=None)
    base["answers"] = [
        {"label": label, "value": value} for label, value in answer_lines(definition, dossier.answers, "vi")
    ]
    return base


def base_of(
    dossier: Dossier, definition: Definition, *, number: str, on: date, code: str, received_at: str | None
) -> dict[str, Any]:
    """What every paper says. One query: the agency."""
    agency = Agency.objects.select_related("parent").get(code=definition.agency)
    subject = dossier.subject
    pieces = {piece.id: piece for piece in required_pieces(definition, dossier.answers)}
    return {
        "agency": agency_facts(agency),
        "number": number,
        "date": on.isoformat(),
        "dossier": {
            "code": dossier.code or f"(cấp khi tiếp nhận) {str(dossier.ref)[:8].upper()}",
            "received_at": received_at,
            "procedure_title": definition.title.vi,
            "serial": "",
            "term_text": term_text(definition.terms.decision),
        },
        "subject": {
            "name": subject.name,
            "tax_code": subject.tax_code or "",
            "code_label": CODE_LABELS.get(subject.kind, ""),
            "address": subject.address,
            "phone": subject.phone,
            "email": subject.email,
        },
        "submitter": {"name": dossier.applicant.full_name, "phone": dossier.applicant.phone},
        "pieces": [
            {"title": piece.title.vi, "copies": 1, "form": FORMS[piece.form].vi.capitalize()}
            for piece in pieces.values()
        ],
        "devices": device_lines(definition, dossier.answers),
        "tables": tables(definition, dossier.answers),
        "answers": [],
        "items": [],
        "result": {"channel": "Trên cổng dịch vụ công", "place": ""},
        "verification": {"url": f"{settings.BASE_URL}/v", "code": code},
        "lang": "vi",
    }


def _person(user: User | None, definition: Definition) -> dict[str, str]:
    if user is None:
        return {"name": "", "title": "", "unit": "", "phone": ""}
    seat = Membership.objects.filter(user=user).select_related("unit").order_by("id").first()
    return {
        "name": user.full_name,
        "title": user.title,
        "unit": seat.unit.name_vi if seat else "",
        "phone": user.phone,
    }


def _received_at(ctx: Context) -> str | None:
    if ctx.command.name in RECEIVES:
        return ctx.now.isoformat()
    at = (
        LedgerEntry.objects.filter(subject_kind="dossier", subject_id=ctx.dossier.pk, act__in=RECEIVES)
        .values_list("at", flat=True)
        .first()
    )
    return at.astimezone(HANOI).isoformat() if at else None


def _promised(ctx: Context) -> Explanation | None:
    """The date that the paper promises; for a receipt, as if the clock ran from this very act."""
    if ctx.command.name not in RECEIVES:
        return clock.explain(dossier=ctx.dossier, calendar=ctx.calendar, now=ctx.now)
    span = clock.stretch(("decision", True), act=ctx.command.name, at=ctx.now, late=ctx.evening)
    return clock.explain_spans(
        definition=ctx.facts.definition, spans=[span], clock="decision", calendar=ctx.calendar, now=ctx.now
    )


def _fill_supplement(base: dict[str, Any], ctx: Context) -> None:
    definition = ctx.facts.definition
    titles = {f"piece:{piece.id}": piece.title.vi for piece in definition.pieces}
    titles |= {f"section:{section.id}": section.title.vi for section in definition.form}
    base["items"] = [
        {"piece": titles[item.target], "what": item.what, "why": item.why, "basis": item.basis}
        for item in ctx.input.items
    ]
    request = Supplement.objects.filter(dossier=ctx.dossier).order_by("-id").first()
    base["deadline"] = {
        "due_at": request.answer_by.astimezone(HANOI).isoformat() if request else None,
        "term_text": term_text(definition.terms.applicant),
    }


def _handovers(ctx: Context) -> list[dict[str, str]]:
    """The lines of the control slip; a step that goes on has no result yet."""

    def result(line: Handover) -> str:
        if line.done_at is None:
            return "Đang xử lý"
        if line.late:
            return "Quá hạn"
        on_the_day = line.done_at.astimezone(HANOI).date() == line.due_at.astimezone(HANOI).date()
        return "Đúng hạn" if on_the_day else "Trước hạn"

    return [
        {
            "giver": line.giver or APPLICANT,
            "giver_person": line.giver_person,
            "receiver": line.receiver or APPLICANT,
            "at": line.at.isoformat(),
            "result": result(line),
            "step": line.step,
        }
        for line in handovers(ctx.dossier, lang="vi")
    ]


def _reasons(ctx: Context, kind: str, draft: Draft | None) -> list[str]:
    titles = {ground.id: ground for ground in ctx.facts.definition.grounds}
    grounds, words = list(ctx.input.grounds), ctx.input.reason
    if kind == "refusal" and draft is not None:
        grounds, words = draft.body["grounds"], draft.body["reasons"]
    lines = [
        titles[ground].title.vi + (f" ({titles[ground].basis})" if titles[ground].basis else "")
        for ground in grounds
    ]
    if kind == "stop_notice" and not words:
        words = (
            "Quá thời hạn mà người nộp chưa bổ sung hoặc chưa nộp phí."
            if ctx.command.slip or ctx.command.name == "lapse"
            else "Người nộp đề nghị rút hồ sơ và cơ quan đồng ý."
        )
    return [*lines, *([words] if words else [])]


def decision_part(
    definition: Definition,
    kind: PaperKind,
    *,
    values: Mapping[str, str],
    dossier_code: str | None,
    reasons: Sequence[str],
) -> dict[str, Any]:
    """What a decision says: its bases, its articles with their names filled by `values`, who gets it, the reasons."""
    return {
        "bases": [f"Căn cứ {basis.text};" for basis in definition.legal_bases]
        + ([f"Xét hồ sơ số {dossier_code};"] if dossier_code else [])
        + ([kind.proposal] if kind.proposal else []),
        "title": kind.subtitle,
        "subtitle": kind.subtitle,
        "authority": kind.authority,
        "articles": [text for article in kind.articles if (text := fill_article(article, values))],
        "recipients": [fill_article(line, values) for line in kind.recipients],
        "reasons": list(reasons),
    }


def article_values(
    definition: Definition, base: Mapping[str, Any], shown: Mapping[str, str], *, lang: str = "vi"
) -> dict[str, str]:
    """What the names of an article stand for, as far as the paper's own content says it; `shown`: answers in words."""
    received = base["dossier"]["received_at"]
    return (
        dict.fromkeys(places(definition), "")
        | dict(shown)
        | {
            "subject_name": base["subject"]["name"],
            "subject_tax_code": base["subject"]["tax_code"],
            "subject_address": base["subject"]["address"],
            "dossier_code": base["dossier"]["code"],
            "received_on": f"{datetime.fromisoformat(received):%d/%m/%Y}" if received else "",
            "procedure_title": definition.title.get(lang),
            "agency_name": base["agency"]["name"],
        }
    )


def _article_values(ctx: Context, base: Mapping[str, Any], on: date, lang: str, own: str) -> dict[str, str]:
    """`own`: what the specialist wrote of conditions."""
    definition = ctx.facts.definition
    about, kind, listing = ctx.facts.licence, definition.licence, ctx.facts.listing
    until = kind.last_day(on, about.valid_until if about else None) if kind else None
    shown = dict(answer_pairs(definition, ctx.facts.answers, lang))
    # Nobody has translated what a specialist wrote.
    with_days = ctx.own_conditions if lang == "vi" else ()
    conditions = printed(kind, on, ctx.answered, lang=lang, own=with_days)
    return article_values(definition, base, shown, lang=lang) | {
        "valid_until": f"{until:%d/%m/%Y}" if until else "",
        "conditions": " ".join(filter(None, [conditions, own])),
        "licence_number": about.number if about else "",
        "licence_issued_on": f"{about.issued_on:%d/%m/%Y}" if about else "",
        "new_holder": ctx.facts.taker.name if ctx.facts.taker else "",
        "list_number": listing.number if listing else "",
        "list_date": f"{listing.on:%d/%m/%Y}" if listing and listing.on else "",
        "list_place": str(listing.place) if listing else "",
    }
