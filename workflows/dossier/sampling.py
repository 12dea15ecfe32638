"""The content of a paper of a dossier that never was: so that a paper can be seen before anybody has asked for one.

Everything in it is made up and says so, but the definition's own words. Nothing is written.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID

from procedures.definition import forms
from procedures.definition.model import Definition, Field_, FieldType, Section
from procedures.definition.papers import COMMON
from procedures.models import Subject, User
from procedures.now import HANOI
from workflows.dossier.bilingual import side_by_side
from workflows.dossier.snapshot import (
    annex_part,
    article_values,
    base_of,
    countersigners_part,
    decision_part,
)
from workflows.dossier.supervision import printed
from workflows.dossier.wording import answer_pairs, term_text
from workflows.models import Dossier
from workflows.papers import numbering

__all__ = ["CODE", "REF", "Amount", "sample_answers", "sample_snapshot"]

Amount = Literal["usual", "most", "least"]
"""How much is said: what one would expect; as much as the form lets in; no more than it asks for."""
BEFORE_RECEIPT = frozenset(
    {"declaration", "fee_receipt", "not_accepted", "stop_notice", "supplement_request"}
)
"""Kinds of paper that there may be before valid receipt: no day of receipt and no appointment yet."""
REF = UUID("00000000-0000-4000-8000-000000000001")
CODE = "MAU00000000000000000000000"
_LONG = (
    "Công ty Trách nhiệm hữu hạn Một thành viên Nghiên cứu, Sản xuất và Xuất nhập khẩu Thiết bị y tế, "
    "Dược phẩm và Sinh phẩm Chẩn đoán Thừa Thiên Huế"
)
_WORDS: Mapping[FieldType, Any] = {
    FieldType.DATE: "2026-03-02",
    FieldType.COUNTRY: "JP",
    FieldType.TAX_CODE: "0101234567",
    FieldType.HS_CODE: "9018.12.00",
    FieldType.PHONE: "024 3555 0123",
    FieldType.EMAIL: "lienhe@mau.example",
    FieldType.CITIZEN_NUMBER: "001090123456",
    FieldType.LICENCE: "01/MẪU",
    FieldType.AGENCY_CODE: "000.00.00.G18",
}


def sample_answers(definition: Definition, *, amount: Amount = "usual") -> dict[str, Any]:
    """An answer to every field, its title where it is a text; the `least` answers only those that must be given."""
    longest = amount == "most"
    answers: dict[str, Any] = {}
    for section in definition.form:
        row = {field.id: _answer(field, longest) for field in section.fields}
        if section.repeat:
            least = section.min_rows if amount == "least" else max(section.min_rows, min(2, section.max_rows))
            count = min(section.max_rows, 12) if longest else least
            answers[section.id] = [dict(row) for _number in range(count)]
        else:
            answers |= row
    return _needed(definition, answers) if amount == "least" else answers


def _needed(definition: Definition, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers without those that nobody has to give, or that nothing asks for."""

    def kept(section: Section, row: Mapping[str, Any] | None) -> dict[str, Any]:
        given = answers if row is None else row
        asked = forms.visible_fields(definition, section, answers, row)
        return {field.id: given[field.id] for field in asked if field.required}

    needed: dict[str, Any] = {}
    for section in definition.form:
        if section.repeat:
            needed[section.id] = [kept(section, row) for row in answers[section.id]]
        else:
            needed |= kept(section, None)
    return needed


def _answer(field: Field_, longest: bool) -> Any:
    if field.type is FieldType.CHOICE:
        return field.choices[-1 if longest else 0].value if field.choices else ""
    if field.type is FieldType.TABLE:
        return [{one.id: _answer(one, longest) for one in field.cells}] * (12 if longest else 2)
    if field.type in {FieldType.INTEGER, FieldType.MONEY}:
        low = field.minimum or (1_000_000 if field.type is FieldType.MONEY else 2)
        return field.maximum if longest and field.maximum is not None else low
    if field.type in _WORDS:
        return _WORDS[field.type]
    if longest:
        return (f"{field.title.vi} {_LONG} " * 20)[: min(field.max_length, 600)].strip()
    return f"[{field.title.vi}]"[: field.max_length]


def sample_snapshot(
    definition: Definition, kind: str, *, on: date, amount: Amount = "usual"
) -> dict[str, Any]:
    """The content of a paper of `kind` on made-up facts, as `snapshot` gives it on real ones. One query.

    The `least`: nobody said more than had to be said, on either side of the desk.
    """
    paper = definition.papers[kind]
    name = _LONG if amount == "most" else "Công ty Cổ phần Mẫu"
    dossier = Dossier(
        ref=REF, code="000.00.00.MAU-260302-0001", answers=sample_answers(definition, amount=amount)
    )
    dossier.subject = Subject(
        kind="enterprise", name=name, tax_code="0101234567", phone="024 3555 0123", email="lienhe@mau.example",
        address="Số 1 phố Mẫu, phường Mẫu, thành phố Hà Nội",
    )  # fmt: skip
    dossier.applicant = User(full_name="Nguyễn Thị Mẫu", phone="0912 345 678")
    at = datetime.combine(on, time(9), HANOI).isoformat()
    number = numbering.written(paper.pattern, 1, on=on) if paper.pattern else ""
    base = base_of(dossier, definition, number=number, on=on, code=CODE, received_at=at)
    if definition.lists:  # it is in the name of the agency itself
        base["subject"] |= {"name": base["agency"]["name"], "tax_code": ""}
    official = {
        "name": "Trần Văn Mẫu",
        "title": "Chức vụ mẫu",
        "unit": "Đơn vị mẫu",
        "phone": "024 3555 0124",
    }
    values = _sample_values(definition, base, dossier.answers, on=on, lang="vi")
    ground = definition.grounds[0]
    reasons = [ground.title.vi + (f" ({ground.basis})" if ground.basis else ""), "Lý do mẫu."]
    piece = definition.pieces[0].title.vi if definition.pieces else definition.form[0].title.vi
    tacit = definition.terms.tacit
    decision = decision_part(definition, paper, values=values, dossier_code=dossier.code, reasons=reasons)
    english = _sample_values(definition, base, dossier.answers, on=on, lang="en")
    beside = (
        side_by_side(
            definition, paper, base | {"decision": decision}, answers=dossier.answers, values=english
        )
        if paper.translation
        else {}
    )
    own = countersigners_part(definition, paper) | annex_part(definition, paper)
    if annexes := definition.annexes_of(kind):
        titles = [definition.papers[name].title.vi for name in annexes]
        own["annexes"] = [{"title": title, "code": CODE, "sha256": "0" * 64} for title in titles]
    if paper.annex_of:
        number = numbering.written(definition.papers[paper.annex_of].pattern, 1, on=on)
    content = base | beside | own | {
        "number": number,
        "officer": official,
        "signer": {"name": official["name"], "title": official["title"], "capacity_lines": ["CHỨC VỤ MẪU"]},
        "deadline": {"due_at": at, "term_text": term_text(definition.terms.decision)},
        "items": [{"piece": piece, "what": "Nội dung mẫu", "why": "Lý do mẫu", "basis": ""}],
        "decision": decision,
        "fee": {"name": ", ".join(fee.title.vi for fee in definition.fees), "amount": 1_000_000,
                "receipt_no": number, "paid_at": at, "method": "Chứng từ MẪU"},
        "extension": {"before": at, "after": at, "reason": "Lý do mẫu."},
        "tacit": {"outcome": "được coi là chấp thuận", "basis": tacit.basis if tacit else "", "due_at": at,
                  "appeal": tacit.appeal.vi if tacit else ""},
        "stop": {"stage": "Thẩm định", "reason": "", "fee_note": "", "decided_at": at},
        "made_at": at,
        "handovers": [{"giver": "Bộ phận Một cửa", "giver_person": "Trần Văn Mẫu", "receiver": "Đơn vị mẫu",
                       "at": at, "result": "Đúng hạn", "step": definition.route.first.title.vi}],
    }  # fmt: skip
    return _bare(content, kind) if amount == "least" else content


def _bare(content: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The content without what need not be known when a paper of that kind is made."""
    bare = dict(content)

    def without(part: str, *names: str) -> None:
        bare[part] = bare[part] | dict.fromkeys(names, "")

    without("agency", "parent")  # the ministry itself decides
    without("subject", "phone", "email")
    without("submitter", "phone")
    without("officer", "title", "phone")
    without("signer", "title")
    bare["signer"]["capacity_lines"] = []
    without("fee", "method", *(() if bare["fee"]["name"] else ("name",)))
    without("tacit", "basis")
    bare["items"] = [one | {"basis": ""} for one in bare["items"]]
    bare["handovers"] = [one | {"giver_person": ""} for one in bare["handovers"]]
    if kind in BEFORE_RECEIPT:
        bare["dossier"] = bare["dossier"] | {"received_at": None}
        bare["deadline"] = bare["deadline"] | {"due_at": None}
    return bare


def _sample_values(
    definition: Definition, base: Mapping[str, Any], answers: Mapping[str, Any], *, on: date, lang: str
) -> dict[str, str]:
    return {
        **dict.fromkeys(COMMON, "[…]"),
        **article_values(definition, base, dict(answer_pairs(definition, answers, lang)), lang=lang),
        "valid_until": "31/12/2030",
        "conditions": printed(definition.licence, on, lambda _when: True, lang=lang),
        "licence_number": "01/MẪU",
        "licence_issued_on": "01/03/2025",
        "new_holder": "Công ty nhận chuyển MẪU",
        "list_number": "02/QĐ-MẪU",
        "list_date": "01/03/2026",
        "list_place": "3",
    }
