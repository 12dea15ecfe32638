"""The office's lists: what waits for me, search, and the register of paper numbers."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from integrations import books
from onestop.access import actor, officials
from onestop.asking import asked, asked_number
from onestop.components import formats
from onestop.context import shell_of
from onestop.office.downloads import spreadsheet
from onestop.office.reading import VIEWS, language, rail
from procedures import policy
from procedures.now import now, today
from procedures.selectors import unit_names
from workflows import selectors

__all__ = ["archive", "inbox", "numbers", "search", "with_rail"]

GROUPS = (
    ("late", pgettext_lazy("office", "Late")),
    ("soon", gettext_lazy("Today and tomorrow")),
    ("later", pgettext_lazy("office", "After that")),
    ("stopped", gettext_lazy("Clock stopped")),
)
TITLES = {
    "mine": gettext_lazy("Waiting for me"),
    "unit": gettext_lazy("The whole unit"),
    "waiting": gettext_lazy("Waiting for others"),
}


def with_rail(request: HttpRequest) -> dict[str, int]:
    """Put the saved views with their counts beside the page. Two queries: the counts, the units' names; two more for
    whoever reads messages with partners."""
    who = actor(request)
    counts = selectors.counts(actor=who)
    names = unit_names(codes=[seat.unit_code for seat in who.seats], lang=language())
    reads = policy.can(who, "messages.read", None)
    waiting = books.waiting_for_people() if reads else None
    shell_of(request).rail = rail(request, counts, list(names.values()), messages=waiting)
    return counts


def _link(**parameters: object) -> str:
    given = {name: value for name, value in parameters.items() if value not in ("", None)}
    return f"?{urlencode(given)}" if given else "?"


@require_safe
@officials
def inbox(request: HttpRequest) -> HttpResponse:
    """Open steps by urgency, most urgent first; `xem` chooses the view, `sau` the page, `loc` narrows."""
    name = request.GET.get("xem", "toi")
    name = name if name in VIEWS else "toi"
    view = VIEWS[name]
    text, after = asked(request, "loc", most=100), request.GET.get("sau", "")[:60]
    page = selectors.inbox(
        actor=actor(request),
        view=view,  # type: ignore[arg-type]
        after=after,
        text=text,
        lang=language(),
    )
    whole = not after and page.after is None
    groups = [
        {"title": title, "rows": rows, "count": len(rows) if whole else None}
        for key, title in GROUPS
        if (rows := [row for row in page.rows if row.urgency == key])
    ]
    counts = with_rail(request)
    several = view == "mine" and not text
    context = {
        "title": TITLES[view],
        "together": selectors.steps_together(actor=actor(request), lang=language()) if several else [],
        "view": name,
        "groups": groups,
        "shown": len(page.rows),
        "total": counts[view],
        "urgent": counts["urgent"] if view == "mine" else 0,
        "text": text,
        "first_page": _link(xem=name, loc=text) if after else "",
        "next_page": _link(xem=name, loc=text, sau=page.after) if page.after else "",
        "now": now(),
        "all": _link(xem=name),
        "reload": request.get_full_path(),
    }
    return render(request, "office/inbox.html", context)


@require_safe
@officials
def search(request: HttpRequest) -> HttpResponse:
    """Dossiers in my reach by code, enterprise, tax code or paper number (`q`), newest first."""
    text = asked(request, "q", most=100)
    after = asked_number(request, "sau")
    rows, more = selectors.find_dossiers(
        actor=actor(request),
        text=text,
        after=after,
        lang=language(),
    )
    with_rail(request)
    context = {
        "text": text,
        "rows": rows,
        "first_page": _link(q=text) if after else "",
        "next_page": _link(q=text, sau=more) if more else "",
    }
    return render(request, "office/search.html", context)


STATES = (
    ("", pgettext_lazy("office", "All")),
    ("reserved", pgettext_lazy("office", "Reserved")),
    ("used", pgettext_lazy("office", "Used")),
    ("void", pgettext_lazy("office", "Void")),
)


@require_safe
@officials
def numbers(request: HttpRequest) -> HttpResponse:
    """The register of numbers: reserved, used, or void with the reason; `so` chooses a series, `loai` a state."""
    who = actor(request)
    series = selectors.number_series(actor=who)
    series_id, after = asked_number(request, "so"), asked_number(request, "sau")
    state = request.GET.get("loai", "")
    rows, more = selectors.numbers(
        actor=who,
        series_id=series_id,
        state=state,
        after=after,
    )
    with_rail(request)
    context = {
        "series": series,
        "series_id": series_id,
        "states": STATES,
        "state": state,
        "rows": rows,
        "first_page": _link(so=series_id, loai=state) if after else "",
        "next_page": _link(so=series_id, loai=state, sau=more) if more else "",
        "title": _("Register of papers"),
        "here": reverse("office:numbers"),
    }
    return render(request, "office/numbers.html", context)


OUTLIVED_SHOWN = 50
OUTLIVED = [
    "Văn bản",
    "Số",
    "Mã hồ sơ",
    "Ban hành",
    "Kết thúc",
    "Phải lưu đến hết",
    "Thời hạn lưu (năm)",
    "Ghi chú",
]


@require_safe
@officials
def archive(request: HttpRequest) -> HttpResponse:
    """Until when the published papers can be checked by themselves, which wait too long for their time stamp, and which
    need not be kept any longer: those also as a spreadsheet (`dang=csv`), for the council that decides on them."""
    if request.GET.get("dang") == "csv":
        return _outlived(selectors.outlived(actor=actor(request)))
    with_rail(request)
    outlived = selectors.outlived(actor=actor(request), limit=OUTLIVED_SHOWN + 1)
    context = {
        "kept": selectors.archive(actor=actor(request)),
        "outlived": outlived[:OUTLIVED_SHOWN],
        "more": len(outlived) > OUTLIVED_SHOWN,
    }
    return render(request, "office/archive.html", context)


def _outlived(papers: list[selectors.Outlived]) -> HttpResponse:
    return spreadsheet(
        f"het-thoi-han-luu-tru-{today():%Y-%m-%d}",
        OUTLIVED,
        (
            (
                one.title, one.number, one.dossier_code, formats.day(one.published_at), formats.day(one.over_on),
                formats.day(one.kept_until), one.retention.years,
                ", ".join(filter(None, [one.retention.basis, "minh họa" if one.retention.illustrative else ""])),
            )
            for one in papers
        ),
    )  # fmt: skip
