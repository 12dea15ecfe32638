"""What the keys of the definition language are called on a page, and what helps to fill them in. Pure."""

from collections.abc import Mapping

from procedures.definition.base import Text

__all__ = ["HELP", "LABELS", "SINGULAR", "label"]


def _t(vi: str, en: str) -> Text:
    return Text(vi=vi, en=en)


def label(kind: str, key: str) -> Text:
    """The name of a key of a model."""
    return LABELS.get(f"{kind}.{key}") or LABELS.get(key) or _t(key, key)


LABELS: Mapping[str, Text] = {
    # everywhere
    "id": _t("Mã", "Id"),
    "title": _t("Tên", "Title"),
    "vi": _t("tiếng Việt", "Vietnamese"),
    "en": _t("tiếng Anh", "English"),
    "basis": _t("Căn cứ (điều, khoản)", "Basis (article)"),
    "illustrative": _t("Minh họa: chưa ai đối chiếu với văn bản", "Illustrative: nobody has read it in the text"),
    "hint": _t("Hướng dẫn", "Hint"),
    "when": _t("Chỉ khi (điều kiện)", "Only when (condition)"),
    "length": _t("Số", "Length"),
    "unit": _t("Đơn vị tính", "Unit"),
    "prefill": _t("Điền sẵn từ", "Prefilled from"),
    # in general
    "effective_to": _t("Ngày cuối có hiệu lực", "Last day in force"),
    "national_code": _t("Mã thủ tục trên Cổng Dịch vụ công quốc gia", "Code on the national portal"),
    "national_code_illustrative": _t("Mã này là minh họa", "This code is illustrative"),
    "abstract": _t("Tóm tắt", "Abstract"),
    "keywords": _t("Từ khóa tìm kiếm", "Keywords"),
    "sector": _t("Lĩnh vực", "Sector"),
    "Sector.code": _t("Mã lĩnh vực", "Code of the sector"),
    "agency": _t("Cơ quan quyết định", "Agency that decides"),
    "result": _t("Kết quả", "Result"),
    "service_level": _t("Mức độ dịch vụ công", "Level of service"),
    "applicants": _t("Ai nộp", "Who may file"),
    "opened_by": _t("Cơ quan tự mở hồ sơ: ai mở", "Opened by the authority: who opens it"),
    "Desk.unit": _t("Đơn vị", "Unit"),
    "channels": _t("Nộp ở đâu", "Where to file"),
    "channels_illustrative": _t("Nơi nộp là minh họa", "Where to file is illustrative"),
    "named_by": _t("Hồ sơ được gọi theo", "Dossiers are named by"),
    # bases
    "LegalBasis.text": _t("Văn bản, như in trên quyết định", "Text, as printed on the decision"),
    "issued": _t("Ngày ban hành", "Issued on"),
    # terms
    "intake": _t("Trả lời khi tiếp nhận", "Answer at intake"),
    "decision": _t("Giải quyết hồ sơ", "Decision"),
    "after_supplement": _t("Sau khi bổ sung, thời hạn", "After a supplement the term"),
    "after_supplement_basis": _t("Căn cứ của cách tính này", "Basis of that"),
    "supplement_notice": _t("Yêu cầu bổ sung trong", "To ask for a supplement within"),
    "supplement_rounds": _t("Số lần yêu cầu bổ sung", "Rounds of supplement"),
    "applicant": _t("Người nộp bổ sung trong", "For the applicant to answer"),
    "fee": _t("Nộp phí trong", "To pay within"),
    "fee_stops_clock": _t("Thời hạn dừng khi chờ nộp phí", "The clock stops while the fee is due"),
    "tacit": _t("Quá hạn mà không trả lời", "What silence decides"),
    "Tacit.outcome": _t("Được coi là", "It counts as"),
    "Tacit.appeal": _t("Khiếu nại ở đâu, đến khi nào", "Before whom and until when to challenge it"),
    "handover_cutoff_hour": _t("Nhận sau giờ này thì giao đầu ngày làm việc sau", "Taken in after this hour: next day"),
    # form
    "intro": _t("Lời dẫn", "Introduction"),
    "repeat": _t("Nhiều dòng", "Many rows"),
    "Section.pieces": _t("Giấy tờ nộp ngay tại trang này", "Papers handed in on this page"),
    "row_title": _t("Mỗi dòng gọi theo", "A row is named by"),
    "min_rows": _t("Ít nhất bao nhiêu dòng", "Rows at least"),
    "max_rows": _t("Nhiều nhất bao nhiêu dòng", "Rows at most"),
    "type": _t("Loại ô", "Kind of field"),
    "required": _t("Bắt buộc", "Required"),
    "minimum": _t("Nhỏ nhất", "Least"),
    "maximum": _t("Lớn nhất", "Most"),
    "max_length": _t("Nhiều nhất bao nhiêu ký tự", "Characters at most"),
    "columns": _t("Các cột", "Columns"),
    "value": _t("Giá trị lưu", "Value kept"),
    # pieces
    "form": _t("Dạng giấy tờ", "Form of the paper"),
    "reusable": _t("Dùng lại được từ kho giấy tờ", "Can be used again from the store"),
    "formats": _t("Dạng tệp", "Kinds of file"),
    # fees, tables
    "amount": _t("Số tiền", "Amount"),
    "by": _t("Theo bảng", "By the table"),
    "inputs": _t("Bảng dựa vào", "The table asks for"),
    "then": _t("Thì kết quả là", "Then the result is"),
    "note": _t("Ghi chú", "Note"),
    # checklist
    "piece": _t("Giấy tờ trả lời câu này", "Paper that answers it"),
    # route
    "units": _t("Các đơn vị tham gia", "Units that take part"),
    "role": _t("Vai trò", "Role"),
    "Human.unit": _t("Đơn vị", "Unit"),
    "share": _t("Phần thời hạn", "Share of the term"),
    "limit": _t("Giới hạn chờ", "Limit of the wait"),
    "at_limit": _t("Hết giới hạn thì", "At the limit"),
    "assigned": _t("Chỉ người được giao làm", "Only whoever is assigned"),
    "different_from": _t("Phải khác người đã làm ở", "Not who performed"),
    "interrupt": _t("Xen vào khi người nộp xin rút", "Entered when a withdrawal is asked for"),
    "party": _t("Chờ ai", "Waits for"),
    "states": _t("Kết thúc ở trạng thái", "Ends in the states"),
    "join": _t("Các nhánh gặp nhau ở", "The branches meet at"),
    "act": _t("Hành vi hành chính", "Administrative act"),
    "to": _t("Đến bước", "Goes to"),
    "needs": _t("Người làm phải có", "Whoever performs it gives"),
    "paper": _t("Văn bản", "Paper"),
    "step": _t("Việc với văn bản", "What happens to the paper"),
    # papers
    "template": _t("Mẫu trình bày", "Template"),
    "series": _t("Dãy số", "Number series"),
    "pattern": _t("Cách viết số", "How the number is written"),
    "signers": _t("Ai ký, theo thứ tự", "Who signs, in order"),
    "countersigners": _t("Số người ký kiểm tra nội dung trước lãnh đạo", "How many countersign before the leader"),
    "annex_of": _t("Là phụ lục (tệp riêng) của văn bản", "Is an annex (a file of its own) of"),
    "is_result": _t("Chính là kết quả, không dự thảo quyết định", "It is itself the result: nothing is drafted"),
    "by_list": _t("Do quyết định theo danh mục thực hiện", "Taken by a decision over a list"),
    "lists": _t("Quyết định theo danh mục", "Its decision is over a list"),
    "procedure": _t("Mã thủ tục có hồ sơ được đưa vào danh mục", "Code of the procedure whose dossiers are listed"),
    "section": _t("Trang lặp lại, mỗi hồ sơ một dòng", "The repeated page with a row a dossier"),
    "most": _t("Nhiều nhất bao nhiêu hồ sơ một danh mục", "Most dossiers in one list"),
    "on_request": _t("Lập khi công chức yêu cầu", "Made when an official asks"),
    "subtitle": _t("Trích yếu, sau chữ “Về việc”", "Subject, after “Về việc”"),
    "authority": _t("Dòng thẩm quyền", "Line of authority"),
    "articles": _t("Các điều của quyết định", "Articles of the decision"),
    "proposal": _t("Theo đề nghị của", "Proposed by"),
    "recipients": _t("Nơi nhận", "Recipients"),
    "retention": _t("Thời hạn lưu trữ (không có: vĩnh viễn)", "Retention (none: for ever)"),
    "years": _t("Lưu bao nhiêu năm", "How many years it is kept"),
    "translation": _t("Bản tiếng Anh, in song song", "English text, printed beside"),
    "Translation.title": _t("Trích yếu bằng tiếng Anh", "Subject in English"),
    "Translation.bases": _t("Căn cứ bằng tiếng Anh, theo thứ tự", "Legal bases in English, in order"),
    "Translation.articles": _t("Các điều bằng tiếng Anh, cùng chỗ điền", "Articles in English, the same names"),
    # licence
    "register_id": _t("Sổ đăng ký", "Register"),
    "number": _t("Số giấy phép", "Number"),
    "validity_months": _t("Giá trị (tháng)", "Valid for (months)"),
    "fields": _t("Sổ đăng ký ghi những gì", "What the register shows"),
    "effect": _t("Khi chấp thuận thì", "What a grant does"),
    "about": _t("Giấy phép được nêu ở ô", "The licence held is named in"),
    "LicenceKind.to": _t("Mã số thuế của chủ mới ở ô", "Tax code of the new holder is in"),
    "conditions": _t("Điều kiện kèm theo", "Conditions that come with it"),
    "supervised_by": _t("Ai đọc báo cáo thực hiện điều kiện", "Who reads reports on conditions"),
    "again": _t("Lặp lại sau chừng ấy tháng", "Falls due again after as many months"),
    "ConditionKind.title": _t("Phải làm gì (viết như trong câu)", "What must be done (as inside a sentence)"),
    "ConditionKind.months": _t("Chậm nhất sau bao nhiêu tháng kể từ ngày cấp", "Within how many months of the issue"),
    "inspection": _t("Bảng tính số tháng đến lần kiểm tra sau", "Table of the months until the next inspection"),
    "window": _t("Thời gian nhận đơn gia hạn", "When a renewal may be asked for"),
    "opens": _t("Từ bao nhiêu ngày trước ngày hết hạn", "From how many days before the last day"),
    "closes": _t("Đến bao nhiêu ngày trước ngày hết hạn", "To how many days before the last day"),
    "drawdown": _t("Trừ lùi số lượng", "Quantities that are used up"),
    "Drawdown.section": _t("Phần lặp lại có số lượng", "The repeated page with the quantities"),
    "quantity": _t("Số lượng ở cột", "The quantity is in the column"),
    "Drawdown.unit": _t("Đơn vị tính ở cột", "The unit is in the column"),
    "Drawdown.same": _t("Cùng hàng hóa khi trùng các cột", "The same goods where these columns agree"),
    # partners, history
    "after": _t("Sau hành vi", "After the act"),
    "partner": _t("Báo cho", "Who is told"),
    "document": _t("Chứng từ", "Document"),
    "same": _t("Cùng câu trả lời ở", "With the same answers in"),
    "months": _t("Trong bao nhiêu tháng", "Within how many months"),
}  # fmt: skip

HELP: Mapping[str, Text] = {
    "when": _t(
        "Để trống là luôn luôn. Ví dụ: copies > 5, hoặc facts.rounds < facts.rounds_allowed.",
        "Empty: always. For example copies > 5, or facts.rounds < facts.rounds_allowed.",
    ),
    "prefill": _t(
        "subject.name (hồ sơ của bên nộp), licence.<tên> (giấy phép đang giữ) hoặc earlier (hồ sơ trước).",
        "subject.name (the profile), licence.<name> (the licence held) or earlier (the dossier before).",
    ),
    "basis": _t(
        "Ví dụ: Khoản 4 Điều 48 Nghị định 98/2021/NĐ-CP. Chưa đọc văn bản thì để trống và đánh dấu minh họa.",
        "For example: Khoản 4 Điều 48 Nghị định 98/2021/NĐ-CP. Not read: leave it empty and mark it illustrative.",
    ),
    "keywords": _t("Mỗi dòng một từ khóa.", "One a line."),
    "formats": _t("Mỗi dòng một dạng, ví dụ pdf.", "One a line, for example pdf."),
    "articles": _t(
        "Mỗi dòng một điều. Tên trong ngoặc nhọn được điền từ hồ sơ, ví dụ {subject_name}.",
        "One article a line. Names in braces are filled from the dossier, for example {subject_name}.",
    ),
    "recipients": _t("Mỗi dòng một nơi nhận.", "One a line."),
    "pattern": _t("Ví dụ {n:02d}/GPNK-BYT.", "For example {n:02d}/GPNK-BYT."),
    "LicenceKind.number": _t(
        "{paper}: mang số của quyết định; hoặc cách viết riêng.", "{paper}: the decision's; or a pattern of its own."
    ),
    "validity_months": _t("Để trống là không ghi thời hạn.", "Empty: no end of its own."),
    "closes": _t("Để trống là cả sau khi hết hạn.", "Empty: also after it has ended."),
    "by": _t("Thay cho số tiền cố định.", "Instead of a fixed amount."),
    "cells": _t(
        "Mỗi dòng một giá trị. Để trống là giá trị nào cũng được. Hàng đầu tiên khớp sẽ quyết định.",
        "One value a line. Empty: anything. The first row that fits decides.",
    ),
}  # fmt: skip

SINGULAR: Mapping[str, Text] = {
    "form": _t("phần của tờ khai", "page of the form"),
    "Section.fields": _t("ô", "field"),
    "choices": _t("câu trả lời", "answer"),
    "columns": _t("cột", "column"),
    "pieces": _t("giấy tờ", "paper to hand in"),
    "fees": _t("khoản phí", "fee"),
    "tables": _t("bảng quyết định", "decision table"),
    "rows": _t("hàng", "row"),
    "legal_bases": _t("căn cứ pháp lý", "legal basis"),
    "checklist": _t("nội dung thẩm định", "question of the appraisal"),
    "grounds": _t("căn cứ từ chối", "ground of refusal"),
    "nodes": _t("bước", "step"),
    "outcomes": _t("kết cục", "outcome"),
    "papers": _t("văn bản", "paper issued"),
    "conditions": _t("điều kiện của giấy phép", "condition of the licence"),
    "partners": _t("việc báo ra ngoài", "notice to a partner"),
}  # fmt: skip
"""One thing of a collection."""
