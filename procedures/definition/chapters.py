"""The chapters of a definition in words: each tells its rules as (key, name, text). Pure."""

from collections.abc import Callable, Iterator, Mapping

from procedures.definition.base import Sourced, Term, Text
from procedures.definition.diagram import lane_title, term_text
from procedures.definition.model import Definition, End, Field_, Human, Split, Wait
from procedures.definition.phrases import (
    CHANNELS,
    EFFECTS,
    FORMS,
    KINDS,
    NEEDS,
    SIGNERS,
    WHO,
    asked,
    choice_title,
    only_when,
    say,
)
from procedures.definition.route import BACK, AnyNode, Outcome, PaperStep
from procedures.law.life import edge

__all__ = ["TELLERS", "Translate"]

Translate = Callable[[str], str]
"""English message id → what the reader reads."""
Line = tuple[str, str, str]


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _sourced(thing: Sourced, lang: str) -> str:
    unchecked = say(lang, "minh họa", "illustrative") if thing.illustrative else ""
    return (
        f" ({', '.join(part for part in (thing.basis, unchecked) if part)})"
        if thing.basis or unchecked
        else ""
    )


def _general(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    yield "title", say(lang, "Tên thủ tục", "Title"), definition.title.get(lang)
    yield "abstract", say(lang, "Tóm tắt", "Abstract"), definition.abstract.get(lang)
    yield "result", say(lang, "Kết quả", "Result"), definition.result.get(lang)
    yield "agency", say(lang, "Cơ quan quyết định", "Agency"), definition.agency
    yield "code", say(lang, "Mã thủ tục", "National code"), definition.national_code
    yield "sector", say(lang, "Lĩnh vực", "Sector"), definition.sector.title.get(lang)
    yield (
        "applicants",
        say(lang, "Ai nộp", "Who may file"),
        ", ".join(WHO[who].get(lang) for who in definition.applicants),
    )
    channels = ", ".join(CHANNELS[channel].get(lang) for channel in definition.channels)
    yield "channels", say(lang, "Nộp ở đâu", "Where to file"), channels
    named = asked(definition, definition.named_by, lang) if definition.named_by else ""
    yield "named_by", say(lang, "Hồ sơ được gọi theo", "Dossiers are named by"), named
    history = definition.history
    counted = ""
    if history is not None:
        same = ", ".join(asked(definition, name, lang) for name in history.same)
        counted = say(lang, f"{history.months} tháng, cùng: {same}", f"{history.months} months, same: {same}")
    yield "history", say(lang, "Kết quả trước được tính trong", "Earlier results count for"), counted
    last = f"{definition.effective_to:%d/%m/%Y}" if definition.effective_to else ""
    yield "effective_to", say(lang, "Hết hiệu lực", "Last day in force"), last


def _bases(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for basis in definition.legal_bases:
        yield basis.text, basis.text, f"{basis.text}{_sourced(basis, lang)}"


def _terms(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    terms = definition.terms

    def term(value: Term) -> str:
        return f"{term_text(value, lang=lang)}{_sourced(value, lang)}"

    yield "decision", say(lang, "Giải quyết hồ sơ", "Decision"), term(terms.decision)
    yield "intake", say(lang, "Trả lời khi tiếp nhận", "Answer at intake"), term(terms.intake)
    yield (
        "supplement_notice",
        say(lang, "Yêu cầu bổ sung trong", "To ask for a supplement"),
        term(terms.supplement_notice),
    )
    yield (
        "applicant",
        say(lang, "Người nộp bổ sung trong", "For the applicant to answer"),
        term(terms.applicant),
    )
    yield "fee", say(lang, "Nộp phí trong", "To pay"), term(terms.fee)
    yield "rounds", say(lang, "Số lần yêu cầu bổ sung", "Rounds of supplement"), str(terms.supplement_rounds)
    restart = terms.after_supplement == "restart"
    again = say(lang, "tính lại từ đầu", "counted anew") if restart else say(lang, "tính tiếp", "goes on")
    yield "after", say(lang, "Sau khi bổ sung", "After a supplement"), again
    stops = say(lang, "có", "yes") if terms.fee_stops_clock else say(lang, "không", "no")
    yield "fee_stops", say(lang, "Tạm dừng khi chờ nộp phí", "Stopped while the fee is due"), stops
    yield (
        "cutoff",
        say(lang, "Nhận sau giờ này thì giao hôm sau", "Handed over next day after"),
        f"{terms.handover_cutoff_hour}:00",
    )


def _form(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for section in definition.form:
        rows = (
            say(lang, f"nhiều dòng, tối đa {section.max_rows}", f"rows, at most {section.max_rows}")
            if section.repeat
            else ""
        )
        yield (
            section.id,
            section.title.get(lang),
            _joined(say(lang, "phần của tờ khai", "a page of the form"), rows),
        )
        for field in section.fields:
            yield (
                f"{section.id}.{field.id}",
                f"{section.title.get(lang)}: {field.title.get(lang)}",
                _field(definition, field, lang),
            )


def _field(definition: Definition, field: Field_, lang: str) -> str:
    limits = ""
    if field.minimum is not None or field.maximum is not None:
        low = "" if field.minimum is None else say(lang, f"từ {field.minimum}", f"from {field.minimum}")
        high = "" if field.maximum is None else say(lang, f"đến {field.maximum}", f"to {field.maximum}")
        limits = " ".join(part for part in (low, high) if part)
    return _joined(
        KINDS[field.type].get(lang),
        ", ".join(f"“{choice.title.get(lang)}”" for choice in field.choices),
        limits,
        "" if field.required else say(lang, "không bắt buộc", "optional"),
        only_when(definition, field.when, lang),
    )


def _pieces(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for piece in definition.pieces:
        always = (
            say(lang, "luôn cần", "always") if not piece.when else only_when(definition, piece.when, lang)
        )
        text = _joined(FORMS[piece.form].get(lang), always) + _sourced(piece, lang)
        yield piece.id, piece.title.get(lang), text


def _fees(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for fee in definition.fees:
        amount = (
            f"{fee.amount:,} ₫".replace(",", ".")
            if not fee.by
            else say(lang, "theo bảng ", "by the table ") + asked(definition, f"tables.{fee.by}", lang)
        )
        yield (
            fee.id,
            fee.title.get(lang),
            _joined(amount, only_when(definition, fee.when, lang)) + _sourced(fee, lang),
        )
    for name, table in definition.tables.items():
        for number, row in enumerate(table.rows, 1):
            cells = [
                f"{asked(definition, key, lang)} {_cell(definition, key, cell, lang)}"
                for key, cell in row.when.items()
            ]
            case = say(lang, " và ", " and ").join(cells) or say(
                lang, "mọi trường hợp khác", "everything else"
            )
            result = f"{row.then:,}".replace(",", ".") if isinstance(row.then, int) else row.then
            yield (
                f"table.{name}.{number}",
                f"{table.title.get(lang)} {number}",
                f"{case}: {result}{_sourced(row, lang)}",
            )


def _cell(definition: Definition, key: str, cell: object, lang: str) -> str:
    values = getattr(cell, "values", ())
    if values:
        return say(lang, "là ", "is ") + say(lang, " hoặc ", " or ").join(
            f"“{choice_title(definition, key, v, lang)}”" for v in values
        )
    low, high = getattr(cell, "least", None), getattr(cell, "most", None)
    parts = [
        say(lang, f"từ {low}", f"at least {low}") if low is not None else "",
        say(lang, f"đến {high}", f"at most {high}") if high is not None else "",
    ]
    return " ".join(part for part in parts if part)


def _checklist(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for item in definition.checklist:
        piece = next((p.title.get(lang) for p in definition.pieces if p.id == item.piece), item.piece)
        yield item.id, item.title.get(lang), _joined(item.title.get(lang), piece) + _sourced(item, lang)


def _grounds(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for ground in definition.grounds:
        yield ground.id, ground.title.get(lang), f"{ground.title.get(lang)}{_sourced(ground, lang)}"


def _route(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    names = definition.route.units
    for node in definition.route.nodes:
        title = node.title.get(lang)
        yield node.id, title, _node(definition, node, names, lang)
        for outcome in node.outcomes:
            yield (
                f"{node.id}.{outcome.id}",
                f"{title}: {outcome.title.get(lang)}",
                _outcome(definition, outcome, lang, translate),
            )


def _title(definition: Definition, node_id: str, lang: str) -> str:
    """What a step is called; its id where a draft names one that is not there."""
    if node_id == BACK:
        return say(lang, "trở lại việc đang làm", "back to what was open")
    found = (node.title.get(lang) for node in definition.route.nodes if node.id == node_id)
    return next(found, node_id)


def _node(definition: Definition, node: AnyNode, units: Mapping[str, str], lang: str) -> str:
    match node:
        case Human():
            others = ", ".join(_title(definition, other, lang) for other in node.different_from)
            return _joined(
                f"{lane_title(f'{node.role.value}:{node.unit}', lang=lang)} ({units.get(node.unit, node.unit)})",
                term_text(node.share, lang=lang),
                say(lang, "người được giao", "whoever is assigned") if node.assigned else "",
                say(lang, f"khác người làm: {others}", f"not who performed: {others}") if others else "",
                say(lang, "xen vào khi xin rút", "when a withdrawal is asked for") if node.interrupt else "",
                _limit(node, node.limit, node.at_limit, lang),
            )
        case Wait():
            return _joined(lane_title(node.party, lang=lang), _limit(node, node.limit, node.at_limit, lang))
        case Split():
            joined = _title(definition, node.join, lang)
            return say(lang, f"song song, gặp nhau ở: {joined}", f"side by side, until: {joined}")
        case End():
            return say(lang, "kết thúc: ", "end: ") + ", ".join(node.states)
        case _:
            return say(lang, "hệ thống", "the system")


def _limit(node: AnyNode, limit: Term | None, at_limit: str | None, lang: str) -> str:
    if limit is None:
        return ""
    then = next((o.title.get(lang) for o in node.outcomes if o.id == at_limit), at_limit or "")
    most = term_text(limit, lang=lang)
    return say(lang, f"tối đa {most}, quá hạn thì: {then}", f"at most {most}, then: {then}")


def _outcome(definition: Definition, outcome: Outcome, lang: str, translate: Translate) -> str:
    paper = definition.papers.get(outcome.paper)
    return _joined(
        f"→ {_title(definition, outcome.to, lang)}",
        translate(edge(outcome.act).title) if outcome.act else "",
        _step(outcome, lang),
        paper.title.get(lang) if paper else _RESULT.get(lang) if outcome.paper == "result" else outcome.paper,
        ", ".join(NEEDS[need].get(lang) for need in outcome.needs),
        only_when(definition, outcome.when, lang),
    )


_RESULT = Text(
    vi="quyết định hoặc văn bản từ chối, theo dự thảo", en="the decision or the refusal, as drafted"
)


def _step(outcome: Outcome, lang: str) -> str:
    return _STEPS[outcome.step].get(lang) if outcome.step else ""


_STEPS = {
    PaperStep.MAKE: Text(vi="giữ số, ngày", en="number and date reserved"),
    PaperStep.RENDERED: Text(vi="bản ký đã dựng", en="the paper is rendered"),
    PaperStep.APPROVE: Text(vi="ký", en="signed as read"),
    PaperStep.SIGNED: Text(vi="đã có chữ ký", en="the signature stands"),
    PaperStep.CHECK: Text(vi="đóng dấu", en="sealed as checked"),
    PaperStep.PUBLISH: Text(vi="văn bản có hiệu lực", en="the paper takes effect"),
    PaperStep.VOID: Text(vi="hủy số", en="the number is void"),
}


def _papers(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for name, kind in definition.papers.items():
        title = kind.title.get(lang)
        yield (
            name,
            title,
            _joined(
                title,
                kind.template,
                kind.series,
                kind.pattern,
                ", ".join(SIGNERS[signer].get(lang) for signer in kind.signers),
            ),
        )
        for number, article in enumerate(kind.articles, 1):
            yield (
                f"{name}.{number}",
                say(lang, f"{title}, Điều {number}", f"{title}, Article {number}"),
                article,
            )
        if kind.recipients:
            yield (
                f"{name}.to",
                say(lang, f"{title}, nơi nhận", f"{title}, recipients"),
                " ".join(kind.recipients),
            )


def _licence(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    kind = definition.licence
    if kind is None:
        return
    yield (
        "title",
        say(lang, "Loại giấy phép", "Kind of licence"),
        f"{kind.title.get(lang)}{_sourced(kind, lang)}",
    )
    yield (
        "effect",
        say(lang, "Hiệu lực của việc chấp thuận", "What a grant does"),
        EFFECTS[kind.effect].get(lang),
    )
    months = kind.validity_months
    valid = (
        say(lang, f"{months} tháng", f"{months} months")
        if months
        else say(lang, "không ghi thời hạn", "no end of its own")
    )
    yield "validity", say(lang, "Giá trị", "Validity"), valid
    yield (
        "fields",
        say(lang, "Sổ đăng ký ghi", "The register shows"),
        ", ".join(asked(definition, name, lang) for name in kind.fields),
    )


def _partners(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for told in definition.partners:
        yield (
            f"{told.partner}.{told.document}",
            told.partner,
            f"{translate(edge(told.after).title)}: {told.document}",
        )


TELLERS: Mapping[str, Callable[[Definition, str, Translate], Iterator[Line]]] = {
    "general": _general,
    "bases": _bases,
    "terms": _terms,
    "form": _form,
    "pieces": _pieces,
    "fees": _fees,
    "checklist": _checklist,
    "grounds": _grounds,
    "route": _route,
    "papers": _papers,
    "licence": _licence,
    "partners": _partners,
}
