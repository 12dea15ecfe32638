"""The phrases with which a definition is told: what kinds are called, and conditions in words. Pure."""

import re

from procedures.definition.base import Sourced, Term, Text
from procedures.definition.diagram import term_text
from procedures.definition.model import Definition, FieldType
from procedures.definition.route import Need

__all__ = [
    "CHANNELS",
    "EFFECTS",
    "FORMS",
    "KINDS",
    "LEVELS",
    "NEEDS",
    "SIGNERS",
    "WHO",
    "asked",
    "choice_title",
    "condition",
    "joined",
    "only_when",
    "prefilled",
    "say",
    "sourced",
    "term",
    "unchecked",
]


def say(lang: str, vi: str, en: str) -> str:
    """One of two texts."""
    return en if lang == "en" else vi


def joined(*parts: str) -> str:
    """What is said, without what is not."""
    return "; ".join(part for part in parts if part)


def sourced(thing: Sourced, lang: str) -> str:
    """The article in brackets, and whether nobody has checked it."""
    said = [thing.basis] * bool(thing.basis) + [say(lang, "minh họa", "illustrative")] * thing.illustrative
    return f" ({', '.join(said)})" if said else ""


def unchecked(illustrative: bool, lang: str) -> str:
    """That nobody has checked it, where it is so."""
    return say(lang, " (minh họa)", " (illustrative)") if illustrative else ""


def term(value: Term, lang: str) -> str:
    """A length of time with its article."""
    return term_text(value, lang=lang) + sourced(value, lang)


_SOURCES = {
    "subject": Text(vi="hồ sơ của bên nộp", en="the applicant's profile"),
    "licence": Text(vi="giấy phép đang giữ", en="the licence held"),
    "earlier": Text(vi="hồ sơ trước", en="the dossier before"),
    "inspection": Text(vi="lần kiểm tra có vi phạm", en="the inspection that found something"),
}


def prefilled(source: str, lang: str) -> str:
    """Where a first value comes from, or nothing."""
    if not source:
        return ""
    kind, _, name = source.partition(".")
    where = _SOURCES[kind].get(lang) if kind in _SOURCES else kind
    return say(lang, "điền sẵn từ ", "prefilled from ") + where + (f" ({name})" if name else "")


WHO = {"enterprise": Text(vi="doanh nghiệp", en="enterprises"), "person": Text(vi="cá nhân", en="persons")}
CHANNELS = {
    "portal": Text(vi="cổng dịch vụ công", en="this portal"),
    "counter": Text(vi="Bộ phận Một cửa", en="the one-stop desk"),
    "national_portal": Text(vi="Cổng Dịch vụ công quốc gia", en="the national portal"),
    "single_window": Text(vi="Cổng một cửa quốc gia", en="the national single window"),
}
LEVELS = {
    "full": Text(vi="toàn trình", en="wholly online"),
    "partial": Text(vi="một phần", en="partly online"),
}


KINDS = {
    FieldType.TEXT: Text(vi="chữ", en="text"),
    FieldType.TEXTAREA: Text(vi="đoạn văn", en="long text"),
    FieldType.INTEGER: Text(vi="số", en="number"),
    FieldType.MONEY: Text(vi="số tiền", en="amount"),
    FieldType.DATE: Text(vi="ngày", en="date"),
    FieldType.CHOICE: Text(vi="chọn", en="choice"),
    FieldType.COUNTRY: Text(vi="nước", en="country"),
    FieldType.TAX_CODE: Text(vi="mã số thuế", en="tax code"),
    FieldType.HS_CODE: Text(vi="mã HS", en="HS code"),
    FieldType.PHONE: Text(vi="điện thoại", en="telephone"),
    FieldType.EMAIL: Text(vi="thư điện tử", en="e-mail"),
    FieldType.CITIZEN_NUMBER: Text(vi="số định danh", en="identity number"),
    FieldType.LICENCE: Text(vi="giấy phép đang giữ", en="licence held"),
    FieldType.AGENCY_CODE: Text(vi="mã cơ quan", en="agency code"),
    FieldType.TABLE: Text(vi="bảng", en="table"),
}


FORMS = {
    "original": Text(vi="bản chính", en="original"),
    "copy": Text(vi="bản chụp", en="plain copy"),
    "electronic": Text(vi="bản điện tử", en="electronic document"),
    "certified_copy": Text(vi="bản sao chứng thực", en="certified copy"),
}


EFFECTS = {
    "new": Text(vi="cấp mới", en="a new right"),
    "amend": Text(vi="điều chỉnh", en="amends"),
    "renew": Text(vi="gia hạn", en="renews"),
    "reissue": Text(vi="cấp lại", en="issues again"),
    "transfer": Text(vi="chuyển cho chủ sở hữu khác", en="passes to another holder"),
    "suspend": Text(vi="tạm đình chỉ", en="suspends"),
    "reinstate": Text(vi="khôi phục hiệu lực", en="reinstates"),
    "surrender": Text(vi="thu hồi theo đề nghị", en="ends at the holder's wish"),
    "revoke": Text(vi="thu hồi", en="revokes"),
    "annul": Text(vi="ghi nhận bị Tòa án hủy", en="enters as annulled by a court"),
    "inspect": Text(vi="ghi nhận kết quả kiểm tra", en="records an inspection"),
}
SIGNERS = {
    "countersigner": Text(vi="người kiểm tra nội dung ký", en="countersigned"),
    "leader": Text(vi="người có thẩm quyền ký", en="signed by the leader"),
    "officer": Text(vi="công chức ký", en="signed by the officer"),
    "applicant": Text(vi="người nộp ký", en="signed by the applicant"),
    "seal": Text(vi="đóng dấu cơ quan", en="sealed by the agency"),
}
NEEDS = {
    Need.REASON: Text(vi="nêu lý do", en="a reason"),
    Need.ITEMS: Text(vi="liệt kê nội dung cần bổ sung", en="what is missing, item by item"),
    Need.ASSIGNEE: Text(vi="chọn người được giao", en="the person assigned"),
    Need.CHECKLIST: Text(vi="kết luận từng nội dung thẩm định", en="the whole checklist"),
    Need.DRAFT_GRANT: Text(vi="dự thảo chấp thuận", en="a draft that grants"),
    Need.DRAFT_REFUSAL: Text(vi="dự thảo từ chối, có căn cứ", en="a draft that refuses, with grounds"),
    Need.GROUNDS: Text(vi="nêu căn cứ pháp lý", en="legal grounds"),
    Need.PAYMENT: Text(vi="ghi số tiền, người nộp", en="amount and payer"),
    Need.STEP_UP: Text(vi="mã một lần", en="a one-time code"),
    Need.HASH: Text(vi="đúng bản đã đọc", en="the very bytes that were read"),
    Need.MINUTES: Text(vi="biên bản", en="minutes"),
    Need.OPINION: Text(vi="ý kiến", en="an opinion"),
    Need.NEW_DATE: Text(vi="ngày hẹn mới", en="the new date"),
}


_FACTS = {
    "facts.fee_settled": Text(vi="phí đã nộp đủ", en="the fee is settled"),
    "facts.fee_total": Text(vi="tổng phí", en="the fees in all"),
    "facts.intake_rounds": Text(vi="số lần yêu cầu bổ sung khi tiếp nhận", en="requests at intake"),
    "facts.rounds_allowed": Text(vi="số lần được phép", en="the rounds allowed"),
    "facts.rounds": Text(vi="số lần yêu cầu bổ sung", en="rounds of supplement"),
    "facts.extended": Text(vi="đã hẹn lại một lần", en="the date was moved once"),
    "facts.opinions_against": Text(vi="số ý kiến không đồng ý", en="opinions against"),
    "facts.passes": Text(vi="số lần đạt liên tiếp", en="passes in a row"),
    "facts.overdue": Text(vi="số điều kiện quá hạn", en="conditions overdue"),
    "facts.suspensions": Text(vi="số lần bị tạm đình chỉ", en="times suspended"),
    "facts.findings": Text(vi="lần kiểm tra trước có vi phạm", en="findings at the last inspection"),
}
_COMPARISON = re.compile(r"([a-z_][a-z0-9_.]*) (==|!=) '([^']*)'")
_NAME = re.compile(r"(!?)\b([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?)\b(?![^“]*”)")
_SIGNS = (
    (" && ", " và ", " and "),
    (" || ", " hoặc ", " or "),
    (" == ", " bằng ", " equals "),
    (" >= ", " từ ", " at least "),
    (" < ", " ít hơn ", " less than "),
    (" > ", " nhiều hơn ", " more than "),
)


def condition(definition: Definition, when: str, *, lang: str) -> str:
    """A condition in words: names as the form and the law call them, choices by their titles."""

    def compared(found: re.Match[str]) -> str:
        name, sign, value = found.groups()
        is_ = say(lang, "là", "is") if sign == "==" else say(lang, "không phải là", "is not")
        return f"“{asked(definition, name, lang)}” {is_} “{choice_title(definition, name, value, lang)}”"

    def named(found: re.Match[str]) -> str:
        negated, name = found.groups()
        known = _FACTS.get(name)
        words = known.get(lang) if known else asked(definition, name, lang)
        if words == name:
            return found[0]
        return (say(lang, "chưa: ", "not: ") if negated else "") + words

    said = _NAME.sub(named, _COMPARISON.sub(compared, when))
    for sign, vi, en in _SIGNS:
        said = said.replace(sign, say(lang, vi, en))
    return said


def asked(definition: Definition, name: str, lang: str) -> str:
    """What the form calls a field or a section, or the law a fact; the name itself where nobody calls it anything."""
    if name in _FACTS:
        return _FACTS[name].get(lang)
    table = definition.tables.get(name.removeprefix("tables."))
    if name.startswith("tables.") and table is not None:
        return table.title.get(lang)
    for section in definition.form:
        if section.id == name:
            return section.title.get(lang)
        for field in section.fields:
            if field.id == name:
                return field.title.get(lang)
    return name


def choice_title(definition: Definition, name: str, value: str, lang: str) -> str:
    """What the form calls an answer; the answer itself where it is none of a choice."""
    fields = (field for section in definition.form for field in section.fields if field.id == name)
    titles = {choice.value: choice.title.get(lang) for field in fields for choice in field.choices}
    return titles.get(value, value)


def only_when(definition: Definition, when: str, lang: str) -> str:
    """ "when …", or nothing where it always is."""
    return say(lang, "khi ", "when ") + condition(definition, when, lang=lang) if when else ""
