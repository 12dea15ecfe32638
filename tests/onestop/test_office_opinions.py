"""Experts and councils in the office: their forms, what is refused, and what the others then read."""

import pytest

from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN, REGISTRATION
from tests.onestop.office_desk import Desk, text_of

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("office.opinions")]


@pytest.fixture
def play() -> Journey:
    """A registration that has come to its experts."""
    return Journey("device-registration-cd", REGISTRATION, PLAN).filed().walked(until="legal_opinion")


def test_an_expert_gives_an_opinion_and_the_specialist_reads_it(play: Journey) -> None:
    expert = Desk("chuyengia1")
    kept = expert.do(play.dossier, "given", status=422, opinion_text="Giấy ủy quyền hợp lệ.")
    assert "Giấy ủy quyền hợp lệ." in kept
    assert "given-opinion_conclusion_error" in kept
    kept = expert.do(play.dossier, "given", status=422, opinion_conclusion="against")
    assert "given-opinion_text_error" in kept
    expert.do(
        play.dossier, "given", opinion_conclusion="against", opinion_text="Giấy ủy quyền hết hạn 31/12/2025."
    )
    read = text_of(Desk("chuyenvien_dklh").page(play.dossier, muc="tham-dinh"))
    assert "Ý kiến tiểu ban pháp lý Tống Văn Lâm" in read
    assert "Không đồng ý Giấy ủy quyền hết hạn 31/12/2025." in read


def test_the_council_puts_its_minutes_on_record(play: Journey) -> None:
    play.walked(until="council")
    council = Desk("hoidong_httb")
    minutes = {
        "opinion_conclusion": "for",
        "opinion_text": "Đủ điều kiện cấp số lưu hành.",
        "minutes_held_on": "02/03/2026",
        "minutes_place": "Phòng họp tầng 5",
        "minutes_members": "Vương Đình Phong, chủ tịch\nKiều Thị Minh, ủy viên",
        "minutes_text": "Hội đồng thống nhất 7/7.",
    }
    kept = council.do(play.dossier, "concluded", status=422, **minutes | {"minutes_held_on": "03/03/2026"})
    assert "minutes_held_on_error" in kept
    assert "Hội đồng thống nhất 7/7." in kept
    kept = council.do(play.dossier, "concluded", status=422, **minutes | {"minutes_held_on": "hôm qua"})
    assert "minutes_held_on_error" in kept
    council.do(play.dossier, "concluded", **minutes)
    assert play.walked(until="appraise").dossier.state == "in_process"
    read = text_of(Desk("chuyenvien_dklh").page(play.dossier, muc="tham-dinh"))
    assert "02/03/2026, Phòng họp tầng 5" in read
    assert "Kiều Thị Minh, ủy viên" in read
