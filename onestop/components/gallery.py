"""Every component on one page, with hard cases: for the eye, for axe, and for those who build screens.

Routed only in development and in a demonstration. The people, figures and dates are invented; nothing on the page
is read from or written to the database.
"""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onestop.components.formats import VIETNAM
from onestop.components.states import STATES, stage_rows
from onestop.forms import DateField, Form, MoneyField, ShownIf, UploadField, UploadsField, WholeNumberField
from procedures.catalog import folders, load

__all__ = ["explanation", "gallery"]

LONG = (
    "Công ty Trách nhiệm hữu hạn Một thành viên Xuất nhập khẩu Thiết bị Y tế và Giải pháp Chẩn đoán Hình ảnh "
    "Ế Ặ Ữ Ỹ Việt – Nhật chi nhánh Thành phố Hồ Chí Minh"
)


class SampleForm(Form):
    """One field of each kind, one of them open only under an answer."""

    name = forms.CharField(
        label="Tên cơ sở nhập khẩu", help_text="Như trong giấy chứng nhận đăng ký doanh nghiệp"
    )
    tax_code = forms.CharField(label="Mã số thuế", widget=forms.TextInput(attrs={"class": "width-20"}))
    purpose = forms.ChoiceField(
        label="Nhập khẩu để làm gì?",
        widget=forms.RadioSelect,
        choices=[
            ("research", "Nghiên cứu khoa học, kiểm nghiệm, đào tạo"),
            ("aid", "Viện trợ, viện trợ nhân đạo"),
            ("gift", "Quà tặng cho cơ sở y tế"),
        ],
    )
    aid_decision = forms.CharField(
        label="Số quyết định phê duyệt tiếp nhận viện trợ",
        help_text="Ví dụ 1234/QĐ-UBND ngày 05/06/2026",
        required=False,
    )
    risk = forms.ChoiceField(label="Loại", choices=[("", "Chọn loại"), ("a", "A"), ("c", "C"), ("d", "D")])
    channels = forms.MultipleChoiceField(
        label="Nhận kết quả ở đâu",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("portal", "Trên cổng"), ("post", "Qua bưu điện")],
    )
    quantity = WholeNumberField(label="Số lượng", min_value=1)
    value = MoneyField(label="Trị giá", required=False)
    issued = DateField(label="Ngày cấp giấy chứng nhận")
    note = forms.CharField(label="Giải thích", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    truthful = forms.BooleanField(label="Tôi chịu trách nhiệm về những điều đã khai")
    catalogue = UploadField(label="Catalogue của thiết bị", help_text="PDF, tối đa 50 MB", required=False)
    manuals = UploadsField(label="Tài liệu kỹ thuật", help_text="PDF, tối đa 50 MB mỗi tệp", required=False)


SampleForm.base_fields["aid_decision"].shown_if = ShownIf("purpose", ("aid",))  # type: ignore[attr-defined]


def explanation() -> dict[str, Any]:
    """A stopped clock over a public holiday, a make-up Saturday and two supplements."""
    kinds: dict[date, tuple[str, int | None, str]] = {
        date(2026, 8, 18): ("none", None, "nộp"),
        date(2026, 8, 19): ("received", None, ""),
        date(2026, 8, 22): ("makeup", 3, ""),
        date(2026, 8, 31): ("holiday", None, "nghỉ bù"),
        date(2026, 9, 1): ("holiday", None, ""),
        date(2026, 9, 2): ("holiday", None, "Quốc khánh"),
        date(2026, 9, 15): ("paused", None, "hôm nay"),
        date(2026, 9, 21): ("due", 15, ""),
    }
    n, days = 0, []
    on = date(2026, 8, 17)
    while on <= date(2026, 9, 25):
        kind, count, note = kinds.get(on, ("", None, ""))
        if kind == "makeup":
            n += 1
        elif not kind:
            if on.weekday() > 4:
                kind = "weekend"
            elif date(2026, 8, 28) <= on <= date(2026, 9, 8):
                kind = "paused"
            elif date(2026, 8, 19) < on < date(2026, 9, 15):
                n += 1
                kind, count = "counted", n
            elif date(2026, 9, 15) < on < date(2026, 9, 21):
                kind, count = "future", n + on.day - 15
            else:
                kind = "none"
        days.append({"date": on, "kind": kind, "n": count, "note": note, "today": on == date(2026, 9, 15)})
        on += timedelta(days=1)
    return {
        "received_at": datetime(2026, 8, 19, 10, 2, tzinfo=VIETNAM),
        "term": {
            "length": 15,
            "unit": "working_days",
            "text": "15 ngày làm việc",
            "basis": "ví dụ, không phải điều luật",
            "illustrative": True,
        },
        "days": days,
        "lines": [
            {"text": "Tiếp nhận 10:02 ngày 19/08/2026, tính từ ngày hôm sau", "value": "15 ngày"},
            {"text": "Đã tính: 20/08 đến 27/08 và 09/09 đến 14/09", "value": "− 11 ngày"},
            {"text": "Không tính: bổ sung lần 1 từ 28/08 đến 08/09, lần 2 từ 15/09", "value": "dừng"},
            {"text": "Không tính: nghỉ lễ Quốc khánh và ngày nghỉ hằng tuần", "value": "nghỉ"},
        ],
        "due_at": datetime(2026, 9, 21, 17, 0, tzinfo=VIETNAM),
        "status": "stopped",
        "used": 11,
        "total": 15,
    }


def _context() -> dict[str, Any]:
    wrong = SampleForm(
        {
            "wrong-name": LONG,
            "wrong-purpose": "aid",
            "wrong-quantity": "mười hai",
            "wrong-value": "2.000.000",
            "wrong-issued": "31/02/2026",
        },
        prefix="wrong",
    )
    at = datetime(2026, 9, 14, 16, 20, tzinfo=VIETNAM)
    return {
        "section": "procedures",
        "route": next(load(folder).definition.route for folder in folders()),
        "long": LONG,
        "form": SampleForm(prefix="fresh"),
        "wrong": wrong,
        "states": list(STATES),
        "days": [-2, 0, 1, 3, 12],
        "explanation": explanation(),
        "running": {**explanation(), "status": "running"},
        "stages": stage_rows(
            [
                SimpleNamespace(id="submitted", state="done", at=at - timedelta(days=27)),
                SimpleNamespace(id="received", state="done", at=at - timedelta(days=26)),
                SimpleNamespace(id="appraisal", state="stopped", at=None),
                SimpleNamespace(id="signing", state="todo", at=None),
                SimpleNamespace(id="result", state="todo", at=None),
            ],
            state="supplement_requested",
        ),
        "ended": stage_rows(
            [
                SimpleNamespace(id="submitted", state="done", at=at),
                SimpleNamespace(id="received", state="stopped", at=at),
                SimpleNamespace(id="result", state="todo", at=None),
            ],
            state="not_accepted",
        ),
        "history": [
            {
                "at": at,
                "title": "Yêu cầu bổ sung lần 2",
                "actor": "Lê Hữu Ước, chuyên viên · duyệt: Phạm Thị Quỳnh Nga, Trưởng phòng",
                "text": "3 mục. Tạm dừng tính thời hạn.",
                "links": [{"href": "#", "text": "Phiếu số 118 (PDF, 96 KB)"}],
                "icon": "warning",
                "tone": "amber",
            },
            {"at": at - timedelta(days=6), "title": "Anh/chị gửi bổ sung lần 1", "actor": LONG, "icon": "up"},
            {"at": at - timedelta(days=26), "title": "Tiếp nhận hồ sơ", "icon": "check", "tone": "green"},
        ],
        "rows": [
            {
                "name": "tai-lieu-ky-thuat-AX700.pdf",
                "href": "#",
                "note": "6,4 MB · chữ ký số hợp lệ",
                "state": "ready",
                "actions": [{"text": "Xóa", "name": "remove", "value": "1"}],
            },
            {
                "name": "tai-lieu-ky-thuat-PM7000-ban-dich-cong-chung-co-ten-rat-dai-khong-dau-cach.pdf",
                "state": "uploading",
                "done": 18_200_000,
                "size": 29_400_000,
            },
            {"name": "huong-dan-su-dung-PM7000.pdf", "state": "checking"},
            {"name": "ISO 13485, MD 704512", "href": "#", "note": "Lấy từ kho giấy tờ", "state": "reused"},
            {
                "name": "catalogue-AX700.pdf",
                "state": "failed",
                "note": "Tệp 73 MB, quá 50 MB. Hãy chia thành nhiều tệp.",
                "actions": [{"text": "Chọn tệp khác", "href": "#"}],
            },
        ],
        "facts": [
            {
                "icon": "clock",
                "label": "Thời hạn",
                "value": "15 ngày làm việc",
                "note": "kể từ ngày tiếp nhận",
            },
            {"icon": "fee", "label": "Phí", "value": "2.000.000\u00a0₫", "illustrative": True},
            {"icon": "home", "label": "Nộp ở đâu", "value": "Toàn trình", "note": "hoặc tại Một cửa"},
            {
                "icon": "medal",
                "label": "Kết quả",
                "value": "Giấy phép điện tử",
                "note": "Hải quan nhận ngay khi ký",
            },
        ],
        "answers": [
            {"key": "Tên cơ sở nhập khẩu", "value": LONG, "href": "#"},
            {"key": "Trị giá", "value": "", "href": "#"},
            {"key": "Mã số thuế", "value": "0312345678"},
        ],
        "parts": [
            {"title": "Người nộp", "href": "#", "status": "done"},
            {"title": "Thiết bị và giấy tờ", "status": "current", "errors": 2},
            {"title": "Xem lại và nộp", "status": "todo"},
        ],
        "checks": [
            {"title": "Chữ ký của người ký", "note": "22/11/2026 08:00:00 +07:00", "outcome": "passed"},
            {
                "title": "Tình trạng chứng thư",
                "note": "Máy chủ không trả lời lúc 09:41",
                "outcome": "indeterminate",
            },
            {
                "title": "Nội dung nguyên vẹn",
                "note": "Bị sửa sau khi ký: khác ở Điều 2.",
                "outcome": "failed",
                "href": "#",
                "link": "Xem chỗ khác",
            },
        ],
        "locked": [
            {"text": "Người soạn không được ký. Thẩm quyền: Cục trưởng.", "basis": "ví dụ"},
            {"text": "Còn 2 thành phần chưa kết luận.", "href": "#", "link": "Đến thành phần 5"},
        ],
        "dossiers": [
            {
                "code": "000.00.19.G18-260821-0007",
                "days": -2,
                "applicant": LONG,
                "task": "Thẩm định",
                "group": "Quá hạn",
            },
            {
                "code": "000.00.19.G18-260904-0044",
                "days": 3,
                "applicant": "Bệnh viện Đa khoa",
                "task": "Soạn giấy phép",
                "group": "Trong tuần này",
            },
        ],
        "shell": {
            "user_name": "Lê Hữu Ước",
            "user_role": "Chuyên viên, Phòng Quản lý nhập khẩu",
            "notices": 4,
            "rail": [
                {
                    "title": "Việc của tôi",
                    "views": [
                        {"label": "Chờ tôi xử lý", "href": "#", "count": 18, "current": True},
                        {"label": "Quá hạn, sắp hạn", "href": "#", "count": 5, "late": True},
                    ],
                },
                {"title": "Tra cứu", "views": [{"label": "Tất cả hồ sơ", "href": "#"}]},
            ],
        },
    }


def gallery(request: HttpRequest, mood: str = "portal") -> HttpResponse:
    """The portal's components, or with `mood="office"` the office's."""
    template = "components/gallery_office.html" if mood == "office" else "components/gallery.html"
    return render(request, template, _context())
