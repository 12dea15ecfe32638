"""The office's lists: what waits for whom, in a fixed number of queries; search and the register, within reach only."""

from copy import copy
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from procedures.models import User
from procedures.now import advance
from tests.onestop.office_desk import Desk, text_of
from tests.scenarios import Play
from workflows.models import Task
from workflows.selectors import MANY

pytestmark = pytest.mark.usefixtures("monday_morning")

INBOX_QUERIES = 7


def many(task: Task, count: int) -> None:
    """Copies of an open step, each due an hour later than the one before."""
    rows = [copy(task) for _number in range(count)]
    for number, row in enumerate(rows, 1):
        row.pk, row.due_at = None, task.due_at + timedelta(hours=number)
    Task.objects.bulk_create(rows)


def queries(desk: Desk, name: str, *args: Any, **query: Any) -> int:
    """How many queries a page takes, when what is kept in memory for half a minute (the calendar) is there."""
    counted = []
    for _round in range(3):
        with CaptureQueriesContext(connection) as captured:
            desk.get(name, *args, **query)
        counted.append(len(captured))
    return min(counted)


@pytest.mark.promise("office.inbox-fixed-queries")
def test_the_inbox_pages_by_key_in_a_fixed_number_of_queries() -> None:
    play = Play().submitted()
    desk = Desk("tiepnhan")
    assert queries(desk, "inbox") == INBOX_QUERIES
    many(play.task("intake"), 40)
    assert queries(desk, "inbox") == INBOX_QUERIES

    first = desk.client.get(reverse("office:inbox"))
    assert first.context["shown"] == 25
    assert first.context["total"] == 41
    second = desk.client.get(reverse("office:inbox") + first.context["next_page"])
    assert second.context["shown"] == 16
    assert not second.context["next_page"]
    seen = [
        row.task_id for page in (first, second) for group in page.context["groups"] for row in group["rows"]
    ]
    assert len(seen) == len(set(seen)) == 41
    assert second.context["first_page"] in second.content.decode()


def test_nobody_counts_further_than_a_thousand() -> None:
    task = Play().submitted().task("intake")
    many(task, MANY - 2)
    desk = Desk("tiepnhan")
    page = desk.client.get(reverse("office:inbox"))
    assert page.context["total"] == MANY - 1
    assert '<p class="muted">999 hồ sơ' in page.content.decode()
    many(task, 5)
    page = desk.client.get(reverse("office:inbox"))
    assert page.context["total"] == MANY
    assert '<p class="muted">999+ hồ sơ' in page.content.decode()
    assert '<span class="n">999+</span>' in page.content.decode()


def test_the_inbox_groups_by_urgency_and_narrows() -> None:
    Play().submitted()
    desk = Desk("tiepnhan")
    assert [group["rows"][0].urgency for group in _groups(desk)] == ["soon"]
    advance(timedelta(days=3))
    assert [group["rows"][0].urgency for group in _groups(desk)] == ["late"]
    assert _groups(desk, loc="sông hồng") or _groups(desk, loc="Sông Hồng")
    assert _groups(desk, loc="0109998881")
    assert not _groups(desk, loc="không có")
    assert not _groups(desk, loc="không có", sau="bừa")


def _groups(desk: Desk, **query: Any) -> list[dict[str, Any]]:
    return list(desk.client.get(reverse("office:inbox"), query).context["groups"])


def test_the_three_views_hold_what_they_say() -> None:
    play = Play().assigned()
    head, specialist, other = Desk("truongphong"), Desk("chuyenvien"), Desk("chuyenvien2")
    assert _groups(specialist)
    assert not _groups(other), "assigned to somebody else"
    assert _groups(other, xem="don-vi")
    assert not _groups(head)
    play.step(
        "chuyenvien",
        "appraise",
        "ask_supplement",
        items=[{"target": "piece:iso_13485", "what": "Thiếu trang 2"}],
    )
    assert not _groups(specialist)
    assert [g["rows"][0].urgency for g in _groups(head, xem="cho")] == ["stopped"]
    assert not _groups(Desk("truongphong_qld"), xem="cho")


def test_search_finds_by_code_name_tax_code_and_reference_within_reach() -> None:
    play = Play().received()
    dossier = play.dossier
    desk, there = Desk("truongphong"), reverse("office:dossier", args=[dossier.ref])
    for text in (dossier.code, "Sông Hồng", "0109998881", "01/TNHS", str(dossier.ref)[:8]):
        assert there in desk.get("search", q=text), text
    assert "khác hẳn" in text_of(desk.get("search", q="khác hẳn"))
    assert there not in Desk("truongphong_qld").get("search", q=dossier.code)
    assert there in Desk("kiemsoat").get("search", q=dossier.code)
    desk.get("search")


def test_the_register_of_numbers_shows_series_and_states_within_reach() -> None:
    Play().received()
    clerk = Desk("vanthu")
    said = text_of(clerk.get("numbers"))
    assert "01/TNHS" in said
    assert "01/BLTP" in said
    assert "01/TNHS" not in text_of(clerk.get("numbers", loai="used"))
    series = clerk.client.get(reverse("office:numbers")).context["series"]
    chosen = next(row for row in series if row.kind == "BLTP")
    only = text_of(clerk.get("numbers", so=chosen.pk))
    assert "01/BLTP" in only
    assert "01/TNHS" not in only
    assert "01/TNHS" not in text_of(Desk("vanthu_qld").get("numbers"))


def test_the_office_is_closed_to_applicants_and_strangers() -> None:
    play = Play().submitted()
    inbox = reverse("office:inbox")
    assert Client().get(inbox).status_code == 302
    applicant = Client()
    applicant.force_login(User.objects.get(username="doanhnghiep1"))
    assert applicant.get(inbox).status_code == 403
    assert applicant.get(reverse("office:dossier", args=[play.dossier.ref])).status_code == 403
    stranger = Desk("truongphong_qld")
    for name in ("dossier", "history", "time_limit", "sign"):
        stranger.get(name, play.dossier.ref, status=404)


@pytest.mark.promise("office.every-route-has-a-rule")
def test_every_route_of_the_office_declares_that_it_is_for_officials() -> None:
    resolvers = [r for r in get_resolver().url_patterns if getattr(r, "namespace", "") == "office"]
    patterns = [pattern for resolver in resolvers for pattern in resolver.url_patterns]
    assert len(patterns) >= 12
    assert {pattern.name: getattr(pattern.callback, "access", None) for pattern in patterns} == {
        pattern.name: "officials" for pattern in patterns
    }
