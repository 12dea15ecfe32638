"""The chapters of a definition in words: each tells its rules as (key, name, text). Pure."""

from collections.abc import Callable, Iterator, Mapping

from procedures.definition.base import Retention
from procedures.definition.chapter_route import Line, Translate, route
from procedures.definition.diagram import ROLES
from procedures.definition.licence import Drawdown, RenewalWindow
from procedures.definition.model import Definition, Desk, Field_, FieldType, Section, Tacit
from procedures.definition.phrases import (
    CHANNELS,
    EFFECTS,
    FORMS,
    KINDS,
    LEVELS,
    SIGNERS,
    WHO,
    asked,
    choice_title,
    joined,
    only_when,
    prefilled,
    say,
    sourced,
    term,
    unchecked,
)
from procedures.law.life import edge

__all__ = ["TELLERS", "Translate"]


def _general(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    yield "title", say(lang, "Tên thủ tục", "Title"), definition.title.get(lang)
    yield "abstract", say(lang, "Tóm tắt", "Abstract"), definition.abstract.get(lang)
    yield "result", say(lang, "Kết quả", "Result"), definition.result.get(lang)
    yield "agency", say(lang, "Cơ quan quyết định", "Agency"), definition.agency
    number = definition.national_code + unchecked(definition.national_code_illustrative, lang)
    yield "code", say(lang, "Mã thủ tục", "National code"), number
    sector = f"{definition.sector.title.get(lang)} ({definition.sector.code})"
    yield "sector", say(lang, "Lĩnh vực", "Sector"), sector
    yield "keywords", say(lang, "Từ khóa tìm kiếm", "Keywords"), ", ".join(definition.keywords)
    level = LEVELS[definition.service_level].get(lang)
    yield "level", say(lang, "Mức độ dịch vụ công", "Level of service"), level
    yield (
        "applicants",
        say(lang, "Ai nộp", "Who may file"),
        ", ".join(WHO[who].get(lang) for who in definition.applicants),
    )
    who = _desk(definition, definition.opened_by, lang) if definition.opened_by else ""
    yield "opened_by", say(lang, "Cơ quan tự mở hồ sơ", "Opened by the authority"), who
    channels = ", ".join(CHANNELS[channel].get(lang) for channel in definition.channels)
    channels += unchecked(definition.channels_illustrative, lang)
    yield "channels", say(lang, "Nộp ở đâu", "Where to file"), channels
    lists, over = definition.lists, ""
    if lists is not None:
        code, most = lists.procedure, lists.most
        over = say(lang, f"hồ sơ {code}, nhiều nhất {most}", f"dossiers of {code}, at most {most}")
    yield "lists", say(lang, "Quyết định theo danh mục", "Decides over a list"), over
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


def _desk(definition: Definition, desk: Desk, lang: str) -> str:
    return f"{ROLES[desk.role].get(lang)}, {definition.route.units.get(desk.unit, desk.unit)}"


def _bases(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for basis in definition.legal_bases:
        issued = ""
        if basis.issued:
            issued = say(lang, "ban hành ", "issued ") + f"{basis.issued:%d/%m/%Y}"
        yield basis.text, basis.text, joined(basis.text, issued) + sourced(basis, lang)


def _terms(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    terms = definition.terms

    yield "decision", say(lang, "Giải quyết hồ sơ", "Decision"), term(terms.decision, lang)
    yield "intake", say(lang, "Trả lời khi tiếp nhận", "Answer at intake"), term(terms.intake, lang)
    yield (
        "supplement_notice",
        say(lang, "Yêu cầu bổ sung trong", "To ask for a supplement"),
        term(terms.supplement_notice, lang),
    )
    yield (
        "applicant",
        say(lang, "Người nộp bổ sung trong", "For the applicant to answer"),
        term(terms.applicant, lang),
    )
    yield "fee", say(lang, "Nộp phí trong", "To pay"), term(terms.fee, lang)
    yield "rounds", say(lang, "Số lần yêu cầu bổ sung", "Rounds of supplement"), str(terms.supplement_rounds)
    restart = terms.after_supplement == "restart"
    again = say(lang, "tính lại từ đầu", "counted anew") if restart else say(lang, "tính tiếp", "goes on")
    again += f" ({terms.after_supplement_basis})" if terms.after_supplement_basis else ""
    yield "after", say(lang, "Sau khi bổ sung", "After a supplement"), again
    yield "tacit", say(lang, "Quá hạn mà không trả lời", "What silence decides"), _silence(terms.tacit, lang)
    stops = say(lang, "có", "yes") if terms.fee_stops_clock else say(lang, "không", "no")
    yield "fee_stops", say(lang, "Tạm dừng khi chờ nộp phí", "Stopped while the fee is due"), stops
    yield (
        "cutoff",
        say(lang, "Nhận sau giờ này thì giao hôm sau", "Handed over next day after"),
        f"{terms.handover_cutoff_hour}:00",
    )


def _silence(tacit: Tacit | None, lang: str) -> str:
    if tacit is None:
        return say(lang, "không quyết định điều gì", "nothing")
    granted = say(lang, "coi như chấp thuận", "it counts as granted")
    refused = say(lang, "coi như từ chối", "it counts as refused")
    said = granted if tacit.outcome == "grant" else refused
    return joined(said + sourced(tacit, lang), tacit.appeal.get(lang))


def _form(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for section in definition.form:
        yield section.id, section.title.get(lang), _section(definition, section, lang)
        for field in section.fields:
            yield (
                f"{section.id}.{field.id}",
                f"{section.title.get(lang)}: {field.title.get(lang)}",
                _field(definition, field, lang),
            )


def _section(definition: Definition, section: Section, lang: str) -> str:
    rows = named = ""
    if section.repeat:
        low, high = section.min_rows, section.max_rows
        rows = say(lang, f"từ {low} đến {high} dòng", f"{low} to {high} rows")
    if section.row_title:
        asked_for = asked(definition, section.row_title, lang)
        named = say(lang, f"mỗi dòng gọi theo: {asked_for}", f"a row is named by: {asked_for}")
    titles = {piece.id: piece.title.get(lang) for piece in definition.pieces}
    papers = ", ".join(titles.get(name, name) for name in section.pieces)
    said = joined(
        say(lang, "phần của tờ khai", "a page of the form"),
        rows,
        named,
        prefilled(section.prefill, lang),
        say(lang, f"nộp tại đây: {papers}", f"handed in here: {papers}") if papers else "",
    )
    return joined(said, section.intro.get(lang) if section.intro else "")


def _field(definition: Definition, field: Field_, lang: str) -> str:
    limits = ""
    if field.minimum is not None or field.maximum is not None:
        low = "" if field.minimum is None else say(lang, f"từ {field.minimum}", f"from {field.minimum}")
        high = "" if field.maximum is None else say(lang, f"đến {field.maximum}", f"to {field.maximum}")
        limits = " ".join(part for part in (low, high) if part)
    return joined(
        KINDS[field.type].get(lang),
        ", ".join(f"“{choice.title.get(lang)}” ({choice.value})" for choice in field.choices),
        ", ".join(f"{column.title.get(lang)} ({_kind(column, lang)})" for column in field.cells),
        limits,
        say(lang, f"tối đa {field.max_length} ký tự", f"at most {field.max_length} characters")
        if field.type in _TYPED
        else "",
        prefilled(field.prefill, lang),
        "" if field.required else say(lang, "không bắt buộc", "optional"),
        only_when(definition, field.when, lang),
        field.hint.get(lang) if field.hint else "",
    )


def _kind(column: Field_, lang: str) -> str:
    optional = "" if column.required else say(lang, "không bắt buộc", "optional")
    return joined(KINDS[column.type].get(lang), optional)


_TYPED = {FieldType.TEXT, FieldType.TEXTAREA}
"""The fields that take as many characters as they say."""


def _pieces(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for piece in definition.pieces:
        always = (
            say(lang, "luôn cần", "always") if not piece.when else only_when(definition, piece.when, lang)
        )
        reusable = say(lang, "dùng lại được", "can be used again") if piece.reusable else ""
        formats = ", ".join(piece.formats).upper()
        said = joined(FORMS[piece.form].get(lang), formats, always, reusable) + sourced(piece, lang)
        yield piece.id, piece.title.get(lang), joined(said, piece.hint.get(lang) if piece.hint else "")


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
            joined(amount, only_when(definition, fee.when, lang)) + sourced(fee, lang),
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
                f"{case}: {result}{sourced(row, lang)}",
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
        yield item.id, item.title.get(lang), joined(item.title.get(lang), piece) + sourced(item, lang)


def _grounds(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for ground in definition.grounds:
        yield ground.id, ground.title.get(lang), f"{ground.title.get(lang)}{sourced(ground, lang)}"


def _papers(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    for name, kind in definition.papers.items():
        title = kind.title.get(lang)
        yield (
            name,
            title,
            joined(
                title,
                say(lang, "chính là kết quả", "is itself the result") if kind.is_result else "",
                say(lang, f"phụ lục của {kind.annex_of}", f"annex of {kind.annex_of}")
                if kind.annex_of
                else "",
                say(lang, "lập khi công chức yêu cầu", "made when an official asks for it")
                if kind.on_request
                else "",
                kind.authority,
                kind.subtitle,
                kind.proposal,
                kind.template,
                kind.series,
                kind.pattern,
                ", ".join(SIGNERS[signer].get(lang) for signer in kind.signatures),
                _kept(kind.retention, lang),
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


def _kept(retention: Retention | None, lang: str) -> str:
    if retention is None:
        return ""
    years = say(lang, f"lưu {retention.years} năm", f"kept for {retention.years} years")
    return years + sourced(retention, lang)


def _window(window: RenewalWindow, lang: str) -> str:
    first = say(lang, f"từ {window.opens} ngày trước khi hết hạn", f"from {window.opens} days before it ends")
    last = window.closes
    until = (
        say(lang, ", cả sau khi hết hạn", ", also after it has ended")
        if last is None
        else say(lang, f" đến {last} ngày trước khi hết hạn", f" to {last} days before it ends")
    )
    return f"{first}{until}{sourced(window, lang)}"


def _drawdown(definition: Definition, drawn: Drawdown, lang: str) -> str:
    section = next((one for one in definition.form if one.id == drawn.section), None)
    titles = {one.id: one.title.get(lang) for one in section.fields} if section else {}
    title = section.title.get(lang) if section else drawn.section
    columns = ", ".join(titles.get(name, name) for name in (drawn.quantity, drawn.unit) if name)
    same = ", ".join(titles.get(name, name) for name in drawn.same)
    goods = say(lang, f"; cùng hàng hóa khi trùng: {same}", f"; the same goods by: {same}") if same else ""
    return f"{title}: {columns}{goods}"


def _licence(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    kind = definition.licence
    if kind is None:
        return
    yield (
        "title",
        say(lang, "Loại giấy phép", "Kind of licence"),
        f"{kind.title.get(lang)}{sourced(kind, lang)}",
    )
    yield "register", say(lang, "Sổ đăng ký", "Register"), kind.register_id
    yield "number", say(lang, "Số giấy phép", "Number"), kind.number
    about = asked(definition, kind.about, lang) if kind.about else ""
    yield "about", say(lang, "Về giấy phép ghi ở", "About the licence named in"), about
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
    if kind.window:
        yield "window", say(lang, "Nhận đơn gia hạn", "Renewal may be asked for"), _window(kind.window, lang)
    if kind.drawdown:
        yield (
            "drawdown",
            say(lang, "Trừ lùi số lượng ở", "Quantities used up, in"),
            _drawdown(definition, kind.drawdown, lang),
        )
    if kind.to:
        yield "to", say(lang, "Chủ mới ghi ở", "The new holder is in"), asked(definition, kind.to, lang)
    for one in kind.conditions:
        limit = say(lang, f"trong {one.months} tháng", f"within {one.months} months")
        anew = say(lang, ", rồi lặp lại", ", and again") if one.again else ""
        when = joined(limit + anew, only_when(definition, one.when, lang))
        yield (
            f"conditions.{one.id}",
            say(lang, "Điều kiện", "Condition"),
            f"{one.title.get(lang)} ({when}){sourced(one, lang)}",
        )
    if kind.supervised_by:
        yield (
            "supervised_by",
            say(lang, "Ai đọc báo cáo điều kiện", "Who reads reports on conditions"),
            _desk(definition, kind.supervised_by, lang),
        )
    if kind.inspection:
        table = definition.tables.get(kind.inspection)
        yield (
            "inspection",
            say(lang, "Kiểm tra theo bảng", "Inspected by the table"),
            table.title.get(lang) if table else kind.inspection,
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
    "route": route,
    "papers": _papers,
    "licence": _licence,
    "partners": _partners,
}
