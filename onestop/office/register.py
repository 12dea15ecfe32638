"""The books of an agency, month by month: the register of dossiers, and lists of the licences that it has given.

Each is read, taken along as CSV, and made as a signed extract.
"""

import calendar
from dataclasses import astuple
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from onestop.access import actor, officials
from onestop.office.downloads import spreadsheet
from onestop.office.reading import language
from onestop.office.views import with_rail
from onestop.office.work import see_other
from procedures import policy
from procedures.models import Agency, Unit, User
from procedures.now import today
from workflows import files, selectors, service
from workflows.models import Extract
from workflows.selectors.books import SEES_ALL

__all__ = ["dossier_register", "extract"]

FIRST_YEAR = 2000
HEAD = [
    "TT", "Mã hồ sơ", "Tên thủ tục", "Bên nộp", "Địa chỉ, liên hệ", "Cơ quan giải quyết", "Ngày nhận",
    "Ngày chuyển xử lý", "Ngày hẹn trả", "Ngày có kết quả", "Ngày trả", "Ghi chú",
]  # fmt: skip


LICENCE_HEAD = ["TT", "Số", "Ngày cấp", "Chủ giấy phép", "Địa chỉ", "Nội dung", "Có giá trị đến", "Ghi chú"]


def _agencies(request: HttpRequest) -> list[Agency]:
    """Whose register the actor may read: of the agencies of the actor's units; auditors and controllers all."""
    who = actor(request)
    found = Agency.objects.filter(procedures__isnull=False)
    if not any(seat.role in SEES_ALL for seat in who.seats):
        # The one-stop desk and the ministry's office receive for every agency below.
        own = Unit.objects.filter(code__in={seat.unit_code for seat in who.seats}).values("agency")
        found = found.filter(pk__in=own) | found.filter(parent__in=own)
    return list(found.distinct().order_by("name_vi"))


def _month(text: str) -> tuple[date, date]:
    """First and last day of `yyyy-mm`; of the present month for anything else."""
    try:
        first = date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        first = today().replace(day=1)
    if first.year < FIRST_YEAR:
        first = today().replace(day=1)
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def dossier_register(request: HttpRequest) -> HttpResponse:
    """A month of a book: `so` chooses a register of licences, `dang=csv` a spreadsheet; POST makes the extract."""
    agencies = _agencies(request)
    wanted = request.GET.get("co-quan", "")
    agency = next((one for one in agencies if one.code == wanted), agencies[0] if agencies else None)
    since, until = _month(request.GET.get("thang", ""))
    books = selectors.registers_of(agency, lang=language()) if agency else []
    book = next((name for name, _title in books if name == request.GET.get("so", "")), "")
    if request.method == "POST":
        if agency is None:
            raise Http404
        by = request.user
        assert isinstance(by, User)  # `officials` has seen to it
        service.extract_register(
            actor=actor(request), by=by, agency=agency, since=since, until=until, book=book
        )
        messages.success(request, _("It is being made and will stand below in a moment."))
        return see_other(request.get_full_path())
    lines: list[Any] = _lines(agency, book, since, until) if agency else []
    if request.GET.get("dang") == "csv":
        return _csv(lines, since, book)
    with_rail(request)
    context = {
        "agencies": agencies,
        "agency": agency,
        "since": since,
        "until": until,
        "month": f"{since:%Y-%m}",
        "books": books,
        "book": book,
        "book_title": dict(books).get(book, ""),
        "lines": lines,
        "csv_href": f"?{urlencode({'dang': 'csv', 'thang': f'{since:%Y-%m}', 'co-quan': agency.code, 'so': book})}"
        if agency
        else "",
        "extracts": selectors.extracts(agency_code=agency.code, book=book, since=since) if agency else [],
        "may_extract": bool(agency and policy.can(actor(request), "register.extract", agency)),
    }
    return render(request, "office/register.html", context)


def _lines(agency: Agency, book: str, since: date, until: date) -> list[Any]:
    """The lines of a book for a period, as `workflows.selectors` gives them."""
    asked: dict[str, Any] = {"agency": agency, "since": since, "until": until, "lang": language()}
    return selectors.licence_lines(book=book, **asked) if book else selectors.register_lines(**asked)


def _file_name(book: str) -> str:
    return f"danh-muc-{book}".replace("_", "-") if book else "so-theo-doi"


def _csv(lines: list[Any], since: date, book: str) -> HttpResponse:
    rows = ((number, *astuple(line)) for number, line in enumerate(lines, 1))
    return spreadsheet(f"{_file_name(book)}-{since:%Y-%m}", LICENCE_HEAD if book else HEAD, rows)


@require_safe
@officials
def extract(request: HttpRequest, ref: UUID) -> HttpResponse:
    """The PDF of a signed extract, for who may read the register."""
    row = get_object_or_404(Extract, ref=ref, state="published")
    if row.agency_code not in {agency.code for agency in _agencies(request)}:
        raise Http404
    answer = HttpResponse(files.read(row.file_sha256), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{_file_name(row.book)}-{row.since:%Y-%m}.pdf"'
    return answer
