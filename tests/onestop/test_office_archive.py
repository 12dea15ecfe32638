"""The office reads until when its papers can be checked by themselves, and which of them wait too long."""

import csv
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from onestop.office import views
from procedures.now import HANOI, advance, frozen
from tests.onestop.office_desk import Desk, text_of
from tests.scenarios import Play, actor
from workflows import archiving, outbox, selectors, service
from workflows.models import Licence

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.mark.promise("papers.archive-alarm")
def test_the_office_reads_how_long_its_papers_are_kept() -> None:
    play = Play().received()
    play.work()
    said = text_of(Desk("vanthu").get("archive"))
    assert "Không văn bản nào chờ quá lâu" in said
    assert "3 văn bản đã ban hành chưa có dấu." in said
    advance(timedelta(days=5))
    late = text_of(Desk("kiemtoan").get("archive"))
    assert "3 văn bản chờ dấu thời gian quá lâu" in late
    assert "01/TNHS" in late
    assert "01/TNHS" not in text_of(Desk("vanthu_qld").get("archive"))
    archiving.queue_due()
    outbox.drain()
    kept = text_of(Desk("kiemtoan").get("archive"))
    assert "Không văn bản nào chờ quá lâu" in kept
    assert "01/01/2044" in kept


def over(*, refuse: bool) -> Play:
    """A dossier from receipt to the result in the applicant's hands."""
    play = Play().granted(refuse=refuse)
    service.collect_result(actor=actor(play.applicant), dossier_id=play.dossier_id)
    return play


def listed_for(username: str) -> str:
    """What the page says of papers whose retention is over."""
    return text_of(Desk(username).get("archive")).partition("Văn bản đã hết thời hạn lưu trữ")[2]


@pytest.mark.promise("papers.retention")
def test_a_paper_is_listed_once_its_years_are_over() -> None:
    """Fee receipts of the procedure are kept for ten years; everything else of that dossier for ever."""
    over(refuse=True)
    with frozen(datetime(2036, 12, 31, 23, tzinfo=HANOI)):
        assert "Không có văn bản nào." in listed_for("kiemtoan")
    with frozen(datetime(2037, 1, 1, tzinfo=HANOI)):
        desk = Desk("kiemtoan")
        said = listed_for("kiemtoan")
        assert "Biên lai thu phí 01/BLTP" in said
        assert "31/12/2036 10 năm, minh họa" in said
        assert "01/TNHS" not in said
        assert "BLTP" not in listed_for("vanthu_qld")
        sheet = desk.client.get(reverse("office:archive"), {"dang": "csv"})
        assert sheet["Content-Disposition"] == 'attachment; filename="het-thoi-han-luu-tru-2037-01-01.csv"'
        head, line = csv.reader(sheet.content.decode("utf-8-sig").splitlines())
        assert head[5:7] == ["Phải lưu đến hết", "Thời hạn lưu (năm)"]
        assert (line[0], line[1], line[5:]) == (
            "Biên lai thu phí", "01/BLTP", ["31/12/2036", "10", "minh họa"],
        )  # fmt: skip


@pytest.mark.promise("papers.retention")
@pytest.mark.parametrize(("state", "year"), [("in_force", 2037), ("expired", 2037), ("revoked", 2036)])
def test_a_paper_is_kept_as_long_as_the_licence_that_came_of_it(state: str, year: int) -> None:
    """The licence of March 2026 lives until March 2027, whoever closed the dossier before; unless it ended earlier."""
    over(refuse=False)
    licence = Licence.objects.get()
    if state == "revoked":
        licence.revoke()
    elif state == "expired":
        with frozen(datetime(2028, 1, 2, tzinfo=HANOI)):  # the sweep comes late
            licence.expire()
    licence.save()
    for listed, at in (
        (False, datetime(year, 12, 31, tzinfo=HANOI)),
        (True, datetime(year + 1, 1, 1, tzinfo=HANOI)),
    ):
        with frozen(at):
            assert ("01/BLTP" in listed_for("kiemtoan")) == listed


@pytest.mark.promise("papers.retention")
def test_a_dossier_that_is_not_over_keeps_its_papers() -> None:
    Play().received()
    outbox.drain()
    with frozen(datetime(2060, 1, 1, tzinfo=HANOI)):
        assert "Không có văn bản nào." in listed_for("kiemtoan")


def test_the_list_costs_the_same_however_long_it_is(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "OUTLIVED_SHOWN", 1)
    auditor = actor("kiemtoan")
    for count in (1, 2):
        over(refuse=count == 1)
        with frozen(datetime(2038, 1, 1, tzinfo=HANOI)):
            with django_assert_num_queries(2):
                assert len(selectors.outlived(actor=auditor)) == count
            assert ("danh sách tải về có đủ" in listed_for("kiemtoan")) == (count > 1)
