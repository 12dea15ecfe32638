"""The office reads until when its papers can be checked by themselves, and which of them wait too long."""

from datetime import timedelta

import pytest

from procedures.now import advance
from tests.onestop.office_desk import Desk, text_of
from tests.scenarios import Play
from workflows import archiving, outbox

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
