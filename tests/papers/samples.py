"""Snapshots to make papers of: ordinary, long, bare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).parents[2] / "procedures/catalogue/device-import/2025-07-01"
CODE = "B70A14EE1E15D7AA94BD810EC0"
STATEMENT = "MOTCUA234567" * 40
"""As long as the signed statement of a decision, in its letters."""


def template(name: str) -> str:
    return (CATALOGUE / f"{name}.html").read_text(encoding="utf-8")


def device(index: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Máy siêu âm tim, mạch 4D chuyên dụng",
        "model": f"EchoViệt X{index}",
        "hs_code": "9018.12.00",
        "quantity": "2",
        "unit": "bộ",
        "country": "Nhật Bản",
        "manufacturer": "Fujimori Medical Systems Corporation",
        "purpose": "Nghiên cứu khoa học",
    } | changes


def decision(*, devices: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "lang": "vi",
        "agency": {
            "parent": "Bộ Y tế",
            "name": "Cục Hạ tầng và Thiết bị y tế",
            "short": "HTTB",
            "place": "Hà Nội",
        },
        "number": "05/GPNK-BYT",
        "date": "2026-03-02",
        "dossier": {
            "code": "000.00.16.G18-260302-0001",
            "received_at": "2026-03-02T09:00:00+07:00",
            "procedure_title": "Cấp giấy phép nhập khẩu trang thiết bị y tế",
        },
        "subject": {
            "name": "Công ty Cổ phần Thiết bị Y tế Ánh Dương",
            "tax_code": "0101234567",
            "address": "Số 12 phố Nguyễn Huy Tưởng, phường Thanh Xuân, thành phố Hà Nội",
            "phone": "024 3555 0123",
            "email": "lienhe@anhduong.example",
        },
        "decision": {
            "title": "cấp Giấy phép nhập khẩu trang thiết bị y tế",
            "authority": "",
            "bases": [
                "Căn cứ Nghị định số 98/2021/NĐ-CP ngày 08 tháng 11 năm 2021 của Chính phủ về quản lý trang thiết bị "
                "y tế, được sửa đổi, bổ sung bởi các Nghị định số 07/2023/NĐ-CP và số 04/2025/NĐ-CP;",
                "Xét hồ sơ số 000.00.16.G18-260302-0001 và kết quả thẩm định ngày 16 tháng 3 năm 2026;",
                "Theo đề nghị của Trưởng phòng Quản lý thiết bị.",
            ],
            "articles": [
                "Cho phép Công ty Cổ phần Thiết bị Y tế Ánh Dương, mã số doanh nghiệp 0101234567, địa chỉ: số 12 phố "
                "Nguyễn Huy Tưởng, phường Thanh Xuân, thành phố Hà Nội, nhập khẩu trang thiết bị y tế sau đây:",
                "Giấy phép có hiệu lực kể từ ngày ký. Doanh nghiệp chịu trách nhiệm về chất lượng và sử dụng trang "
                "thiết bị y tế đúng mục đích nhập khẩu.",
                "Chánh Văn phòng Cục, Trưởng các phòng có liên quan và doanh nghiệp nêu tại Điều 1 chịu trách nhiệm "
                "thi hành Quyết định này./.",
            ],
            "recipients": ["Như Điều 3;", "Bộ trưởng (để báo cáo);", "Cục Hải quan;", "Lưu: VT, TB (02b)."],
            "reasons": [],
        },
        "devices": [device(index) for index in range(1, devices + 1)],
        "signer": {"name": "Nguyễn Thị Hồng Phượng", "title": "Cục trưởng", "capacity_lines": ["Cục trưởng"]},
        "verification": {"url": "https://dvc.moh.gov.vn/v", "code": CODE},
    } | changes


OFFICER = {
    "name": "Lê Thị Mỹ Hạnh",
    "title": "Công chức tiếp nhận",
    "unit": "Bộ phận Một cửa, Văn phòng Bộ",
    "phone": "024 6273 2273",
}


def slip(kind: str, **changes: Any) -> dict[str, Any]:
    """The snapshot of a slip or of a declaration; `kind` names its template."""
    snapshot = decision() | {
        "officer": OFFICER,
        "deadline": {
            "due_at": "2026-03-23T17:00:00+07:00",
            "term_text": "15 ngày làm việc kể từ ngày tiếp nhận đủ hồ sơ hợp lệ",
        },
        "pieces": [
            {"title": "Tài liệu kỹ thuật bằng tiếng Việt", "copies": 1, "form": "Bản điện tử"},
            {
                "title": "Giấy chứng nhận ISO 13485 của nhà sản xuất",
                "copies": 1,
                "form": "Bản sao chứng thực",
            },
        ],
        "result": {"channel": "Trực tuyến", "place": "Kho giấy tờ của doanh nghiệp"},
        "items": [
            {
                "piece": "Giấy ủy quyền của chủ sở hữu thiết bị",
                "what": "Bản đã hợp pháp hóa lãnh sự",
                "why": "Bản nộp ngày 02/03/2026 chưa được hợp pháp hóa",
                "basis": "Điều 48 Nghị định 98/2021/NĐ-CP",
            }
        ],
        "fee": {
            "name": "Phí thẩm định cấp phép nhập khẩu",
            "amount": 2000000,
            "receipt_no": "07/BLTP",
            "paid_at": "2026-03-02T10:12:00+07:00",
            "method": "Chuyển khoản",
        },
        "stop": {"stage": "Đang thẩm định", "reason": "", "fee_note": "Không hoàn lại", "decided_at": ""},
        "answers": [{"label": "Mục đích nhập khẩu", "value": "Nghiên cứu khoa học, kiểm nghiệm"}],
    }
    snapshot["number"] = {"supplement_request": "12/HDHS", "receipt": "31/TNHS", "declaration": ""}.get(
        kind, "03/TB-HTTB"
    )
    snapshot["decision"] = dict(
        snapshot["decision"],
        reasons=[
            "Tài liệu kỹ thuật không chứng minh được chất lượng và an toàn (Điều 48 Nghị định 98/2021/NĐ-CP)."
        ],
        title="từ chối cấp Giấy phép nhập khẩu trang thiết bị y tế",
    )
    if kind == "refusal":
        snapshot["decision"]["articles"] = []
        snapshot["decision"]["bases"] = []
    return snapshot | changes


KINDS = (
    "decision",
    "refusal",
    "receipt",
    "supplement_request",
    "not_accepted",
    "stop_notice",
    "fee_receipt",
    "declaration",
)


def snapshot_of(kind: str) -> dict[str, Any]:
    return decision() if kind == "decision" else slip(kind)
