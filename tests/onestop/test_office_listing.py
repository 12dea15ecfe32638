"""A decision over a list at the office: what waits is ticked, the list opened, and what is wrong comes back."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue__list import waiting
from tests.onestop.office_desk import Desk, text_of
from tests.onestop.test_office_openings import person
from tests.scenarios import pdf
from workflows.models import Dossier, ListedDossier

pytestmark = [pytest.mark.django_db, pytest.mark.promise("licence.lists")]
CODE, OPENER = "device-registration-list", "chuyenvien_dklh"
TYPED = {"session": "Phiên họp thứ 3 năm 2026", "held_on": "27/02/2026", "key": "k1"}


@pytest.fixture(scope="module")
def made(seeded: None) -> list[int]:
    """Two dossiers that wait to be listed; made once."""
    return [waiting(name).dossier_id for name in ("Máy thở chức năng cao", "Máy gây mê kèm thở")]


@pytest.fixture
def plays(made: list[int], monday_morning: None) -> list[Dossier]:
    """They, for one test."""
    return list(Dossier.objects.filter(pk__in=made).order_by("pk"))


def address() -> str:
    return reverse("office:list", args=[CODE])


def send(*dossiers: Dossier, who: str = OPENER, minutes: bool = True, **typed: Any) -> tuple[int, str]:
    data: dict[str, Any] = {**TYPED, "dossier": [one.pk for one in dossiers], **typed}
    if minutes:
        data["tep-minutes"] = SimpleUploadedFile("bien-ban.pdf", pdf("biên bản"))
    answer = person(who).post(address(), data)
    return answer.status_code, answer.content.decode()


def test_who_opens_lists_finds_what_waits_with_its_term(plays: list[Dossier]) -> None:
    found = person(OPENER).get(reverse("office:openings")).content.decode()
    assert address() in found
    assert "2 hồ sơ chờ đưa vào danh mục" in text_of(found)
    page = person(OPENER).get(address()).content.decode()
    assert page.index("Máy thở chức năng cao") < page.index("Máy gây mê kèm thở")
    assert page.count(" checked") == 2
    own = Desk(OPENER).page(plays[0])
    assert address() in own
    assert "Rút lại để thẩm định tiếp" in text_of(own)
    assert "Được cấp theo danh mục" not in text_of(own), "no button for what the list does"
    for who in ("truongphong_dklh", "chuyenvien", "doanhnghiep1"):
        assert person(who).get(address()).status_code == 403
    assert address() not in Desk("truongphong_dklh").page(plays[0])
    assert Client().get(address()).status_code == 302


def test_a_list_is_opened_over_what_is_ticked(plays: list[Dossier]) -> None:
    assert send(plays[1])[0] == 303
    assert send(plays[1])[0] == 303, "pressed twice"
    sheet = Dossier.objects.get(procedure__code=CODE)
    assert list(ListedDossier.objects.values_list("list", "dossier")) == [(sheet.pk, plays[1].pk)]
    read = text_of(Desk("truongphong_dklh").page(sheet))
    assert "Máy gây mê kèm thở" in read
    assert "Công ty" in read
    page = text_of(person(OPENER).get(address()).content.decode())
    assert "Máy thở chức năng cao" in page
    assert "Máy gây mê kèm thở" not in page
    assert send(plays[0])[0] == 409, "the key was for another list"


def test_what_is_wrong_comes_back_and_what_was_ticked_stays(plays: list[Dossier]) -> None:
    status, body = send(plays[0], held_on="31/02/2026", minutes=False)
    assert status == 422
    assert body.count(" checked") == 1
    assert "Phiên họp thứ 3 năm 2026" in body
    assert "id_held_on_error" in body
    assert "Biên bản họp Hội đồng" in text_of(body)
    status, body = send()
    assert status == 422
    assert "Chọn ít nhất một hồ sơ" in text_of(body)
    assert "bien-ban.pdf đã có ở đây" in text_of(body)
    for stranger in ("0", "99999999999999999999", "x", str(plays[0].pk + 1000)):
        assert send(dossier=[stranger])[0] == 422
    Journey(CODE, {"session": "1", "held_on": "2026-02-27"}, {}).opened_over([plays[0].pk], by=OPENER)
    status, body = send(plays[0], plays[1], key="k9")
    assert status == 422
    assert f"{plays[0].code} không còn chờ" in text_of(body)


def test_when_all_stand_on_a_list_nothing_waits(plays: list[Dossier]) -> None:
    assert send(*plays)[0] == 303
    page = text_of(person(OPENER).get(address()).content.decode())
    assert "Không có hồ sơ nào chờ" in page
    assert "0 hồ sơ chờ" in text_of(person(OPENER).get(reverse("office:openings")).content.decode())
