"""What the pages say of licences that stand in one another's place, and of what a procedure asks and costs."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from procedures.models import User
from procedures.now import advance
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN, biosafety
from tests.onestop.office_desk import text_of
from tests.scenarios import ANSWERS, actor
from workflows import service
from workflows.models import Licence

pytestmark = pytest.mark.usefixtures("monday_morning")


def read(client: Client, name: str, *args: Any) -> str:
    """The words of a page."""
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return text_of(answer.content.decode())


def register_page(licence: Licence) -> str:
    return read(Client(), "public:licence", licence.ref)


def test_the_page_of_a_procedure_tells_the_range_of_a_fee_that_depends_on_answers() -> None:
    page = read(Client(), "portal:procedure", "pharmacy-eligibility")
    assert "4.000.000 đến 30.000.000 ₫, tùy nội dung khai" in page


def test_a_piece_that_a_yes_or_no_decides_names_the_question() -> None:
    page = read(Client(), "portal:procedure", "pharmacy-eligibility")
    assert "Nếu trả lời “Rồi, còn hiệu lực” cho “Cơ sở đã được đánh giá đáp ứng thực hành tốt chưa”" in page


@pytest.mark.promise("licence.follow-ups")
def test_a_follow_up_offers_the_licences_held_and_the_register_shows_the_chain() -> None:
    held = Journey("device-import", ANSWERS, PLAN).filed().played().licence
    advance(timedelta(days=30))
    who = actor("doanhnghiep1")
    draft = service.start_draft(actor=who, procedure="device-import-amendment", subject_id=who.subjects[0])
    client = Client()
    client.force_login(User.objects.get(username="doanhnghiep1"))
    section = next(
        section.id for section in draft.definition.form for f in section.fields if f.id == "licence_held"
    )
    form = client.get(reverse("portal:section", args=[draft.ref, section])).content.decode()
    assert f'value="{held.number}"' in form
    devices = ANSWERS["devices"][:1]
    answers = {"licence_held": held.number, "why": "Giảm số lượng thiết bị.", "devices": devices}
    play = Journey("device-import-amendment", answers, PLAN).filed().played()
    assert f"Thay thế cho {held.number}" in register_page(play.licence)
    assert f"Được thay thế bởi {play.licence.number}" in register_page(held)
    assert "Nhập khẩu để làm gì?" in register_page(play.licence)  # stands from the licence before
    assert "Có hiệu lực đến 02/03/2027" in register_page(play.licence)  # as the first would have


def test_a_licence_whose_time_is_over_is_shown_so_wherever_it_is_looked_up() -> None:
    licence = biosafety().licence
    at = reverse("public:code", args=[licence.paper.code])
    assert "Đang có hiệu lực" in text_of(Client().get(at).content.decode())
    advance(timedelta(days=370))
    for page in (text_of(Client().get(at).content.decode()), register_page(licence)):
        assert "Hết hiệu lực" in page
        assert "Đang có hiệu lực" not in page
