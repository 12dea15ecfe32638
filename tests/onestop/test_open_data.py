"""The registers as data: whole, in order, described by their schema, with nothing that the register does not show."""

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from procedures.now import advance, now
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN
from tests.onestop.office_desk import text_of
from tests.scenarios import ANSWERS, Play
from workflows import mass, selectors
from workflows.models import Licence, LicenceChange

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("register.open-data")]
ROOM = "/so-dang-ky/du-lieu/"


def granted() -> Licence:
    return Licence.objects.select_related("subject", "paper").get(dossier=Play().granted().dossier_id)


def amended(held: Licence) -> Licence:
    advance(timedelta(days=3))
    answers = {"licence_held": held.number, "why": "Giảm số lượng.", "devices": ANSWERS["devices"][:1]}
    return Journey("device-import-amendment", answers, PLAN).filed().played().licence


def body(path: str) -> bytes:
    answer = Client().get(path)
    assert answer.status_code == 200
    return b"".join(answer) if answer.streaming else answer.content


def feed(path: str = f"{ROOM}thay-doi.json") -> dict[str, Any]:
    said: dict[str, Any] = json.loads(body(path))
    return said


def valid(data: Any, what: str) -> None:
    """As the published schema says."""
    described = json.loads(body(f"{ROOM}luoc-do.json"))["$defs"][what]
    Draft202012Validator.check_schema(described)
    checked = Draft202012Validator(described, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [one.message for one in checked.iter_errors(data)] == []


def test_json_holds_every_licence_of_a_register_as_its_schema_says() -> None:
    first = granted()
    second = amended(first)
    said = json.loads(body(f"{ROOM}device_import.json"))
    assert (said["register"], said["as_of"]) == ("device_import", "2026-03-05")
    assert said["licence"].startswith("https://")
    one, other = said["licences"]
    valid(one, "licence")
    valid(other, "licence")
    assert (one["ref"], one["state"], one["replaces"]) == (str(first.ref), "replaced", None)
    assert (other["ref"], other["state"], other["replaces"]) == (str(second.ref), "in_force", str(first.ref))
    assert one["holder"] == first.subject.name
    assert one["facts"]["devices"][0]["model"] == "AX-700"
    assert Client().get(one["href"]).status_code == 200


def test_csv_is_read_by_spreadsheets_and_runs_no_formula() -> None:
    licence = granted()
    licence.subject.name = "=HYPERLINK(1)"
    licence.subject.save()
    answer = Client().get(f"{ROOM}device_import.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="device_import.csv"'
    text = b"".join(answer).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["number"], row["state"], row["register"]) == (licence.number, "in_force", "device_import")
    assert row["holder"] == "'=HYPERLINK(1)"


def test_the_feed_tells_all_that_became_of_licences_in_order() -> None:
    start = feed()
    valid(start, "feed")
    assert start["changes"] == []
    first = granted()
    held = Licence.objects.get(pk=first.pk)
    held.suspend()
    held.save()
    held.reinstate()
    held.save()
    second = amended(held)
    said = feed(start["next"])
    valid(said, "feed")
    assert [(one["ref"], one["before"], one["state"]) for one in said["changes"]] == [
        (str(first.ref), None, "in_force"),
        (str(first.ref), "in_force", "suspended"),
        (str(first.ref), "suspended", "in_force"),
        (str(second.ref), None, "in_force"),
        (str(first.ref), "in_force", "replaced"),
    ]
    assert said["changes"][0]["at"] == "2026-03-02T09:00:00+07:00"
    assert said["changes"][4]["at"].startswith("2026-03-05")
    assert feed(said["next"])["changes"] == []
    assert feed(f"{ROOM}thay-doi.json?so=device_import")["changes"] == said["changes"]


def history_of(licence: Licence) -> list[str]:
    """What the licence's page says became of it, newest first: "day what"."""
    page = Client().get(f"/so-dang-ky/{licence.ref}/").content.decode()
    listed = re.search(r'id="history".*?<dl[^>]*>(.*?)</dl>', page, re.S)
    assert listed
    return [" ".join(text_of(one).split()) for one in re.findall(r"<div>(.*?)</div>", listed[1], re.S)]


def test_a_licence_whose_day_has_passed_expires_in_the_feed_when_it_is_swept() -> None:
    licence = granted()
    Licence.objects.filter(pk=licence.pk).update(valid_until="2026-03-05")
    advance(timedelta(days=4))
    ended = ["06/03/2026 Hết hiệu lực", "02/03/2026 Được cấp"]
    assert history_of(licence) == ended
    assert mass.expire_licences() == 1
    (told,) = LicenceChange.objects.filter(licence=licence, state="expired")
    assert (told.before, told.at) == ("in_force", now())
    assert history_of(licence) == ended


def test_a_page_tells_what_became_of_a_licence() -> None:
    licence = granted()
    for act in ("suspend", "reinstate"):
        advance(timedelta(days=1))
        getattr(licence, act)()
        licence.save()
    amended(licence)
    assert history_of(licence) == [
        "07/03/2026 Đã được thay thế",
        "04/03/2026 Có hiệu lực trở lại",
        "03/03/2026 Tạm đình chỉ",
        "02/03/2026 Được cấp",
    ]


def test_pages_of_the_feed_join_without_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    licence = granted()
    for act in ("suspend", "reinstate") * 3:
        getattr(licence, act)()
        licence.save()
    monkeypatch.setattr("onestop.public.open_data.MOST", 2)
    seen, page = [], feed()
    while page["changes"]:
        seen += [one["sequence"] for one in page["changes"]]
        page = feed(page["next"])
    assert seen == sorted(LicenceChange.objects.values_list("pk", flat=True))
    assert len(seen) == 7


@pytest.mark.parametrize("given", ["x", "-1", "9" * 400, "²", "%00"])
def test_a_damaged_number_begins_at_the_beginning(given: str) -> None:
    granted()
    assert len(feed(f"{ROOM}thay-doi.json?sau={given}")["changes"]) == 1


@pytest.mark.parametrize(
    "path", ["khong_co.json", "khong_co.csv", "thay-doi.json?so=khong_co", "thay-doi.json?so=%00x"]
)
def test_a_register_that_is_not_there_is_not_found(path: str) -> None:
    answer = Client().get(ROOM + path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["title"] == "Không có sổ đăng ký này."


def test_the_page_names_every_register_and_its_terms(settings: Any) -> None:
    assert "Chưa có giấy phép nào được cấp" in Client().get(ROOM).content.decode()
    granted()
    page = Client().get(ROOM).content.decode()
    assert "Giấy phép nhập khẩu trang thiết bị y tế" in page
    assert "Minh hoạ" in page
    settings.OPEN_DATA_LICENCE_DECIDED = True
    assert "Minh hoạ" not in Client().get(ROOM).content.decode()
    assert Client().get(f"{ROOM}device_import.json")["Link"].endswith('rel="license"')


def test_a_register_costs_the_same_queries_however_long_it_is(django_assert_num_queries: Any) -> None:
    granted()
    with django_assert_num_queries(1):
        list(selectors.licences(register="device_import"))
    granted()
    with django_assert_num_queries(1):
        assert len(list(selectors.licences(register="device_import"))) == 2
    with django_assert_num_queries(1):
        selectors.changes(after=0, register="device_import")
