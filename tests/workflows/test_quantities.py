"""Licences to quantities: what partners report as used is counted once, never beyond what is left, and kept by the
database itself."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from procedures.errors import Conflict
from procedures.models import LedgerEntry
from procedures.now import advance, now, today
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN
from tests.onestop.office_desk import text_of
from tests.onestop.test_http_rules import signed_in, text
from tests.scenarios import ANSWERS
from workflows import service
from workflows.models import Licence, LicenceGoods, LicenceUse

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("licence.quantities")]
DECLARATION = "105512345670"


def given() -> Licence:
    """Four of the first device, twelve of the second."""
    return Journey("device-import", ANSWERS, PLAN).filed().played().licence


def amended(held: Licence, *devices: dict[str, Any]) -> Licence:
    rows = [{name: value for name, value in device.items() if name != "year"} for device in devices]
    answers = {"licence_held": held.number, "why": "Điều chỉnh số lượng.", "devices": rows}
    return Journey("device-import-amendment", answers, PLAN).filed().played().licence


def use(licence: Licence, lines: dict[int, int], declaration: str = DECLARATION, **other: Any) -> None:
    about = {"used_on": today(), "register": licence.register, "number": licence.number, "year": 2026} | other
    service.record_use(partner_name="vnsw", use=service.Use(declaration=declaration, lines=lines, **about))


def refused(licence: Licence, lines: dict[int, int], *args: Any, **other: Any) -> list[str]:
    before = LicenceUse.objects.count()
    with pytest.raises(Conflict) as refusal:
        use(licence, lines, *args, **other)
    assert LicenceUse.objects.count() == before
    return [reason.code for reason in refusal.value.reasons]


def standing(licence: Licence) -> list[tuple[int, int, int]]:
    """(allowed, used, left) of each line."""
    return [
        (one.goods.allowed, one.goods.used, one.goods.left)
        for one in licence.lines.select_related("goods").order_by("place")
    ]


def entries(act: str) -> list[dict[str, Any]]:
    return [json.loads(row.data) for row in LedgerEntry.objects.filter(act=act).order_by("sequence")]


def test_what_is_used_is_counted_once_and_never_beyond_what_is_left() -> None:
    licence = given()
    assert standing(licence) == [(4, 0, 4), (12, 0, 12)]
    use(licence, {1: 3, 2: 5})
    assert standing(licence) == [(4, 3, 1), (12, 5, 7)]
    use(licence, {2: 5, 1: 3})  # the same report under another message
    assert standing(licence) == [(4, 3, 1), (12, 5, 7)]
    assert refused(licence, {1: 1}) == ["counted_otherwise"]
    assert refused(licence, {1: 2, 2: 8}, "105512345671") == ["more_than_left", "more_than_left"]
    assert refused(licence, {1: 1, 3: 1}, "105512345671") == ["no_line"]
    assert refused(licence, {}, "105512345671") == ["no_line"]
    assert refused(licence, {1: 0}, "105512345671") == ["no_line"]
    use(licence, {1: 1}, "105512345671")
    assert standing(licence) == [(4, 4, 0), (12, 5, 7)]
    told = entries("use_licence")
    assert [one["lines"] for one in told] == [{"1": 3, "2": 5}, {"1": 1}]
    assert {one["licence"] for one in told} == {str(licence.ref)}


def test_a_cancelled_declaration_gives_back_what_it_used_once() -> None:
    licence = given()
    assert refused(licence, {}, taken_back=True) == ["nothing_to_take_back"]
    use(licence, {1: 4})
    for _again in range(2):
        use(licence, {}, taken_back=True)
        assert standing(licence) == [(4, 0, 4), (12, 0, 12)]
    assert [one["lines"] for one in entries("take_back_use")] == [{"1": 4}]
    use(licence, {1: 2})  # declared anew
    assert standing(licence)[0] == (4, 2, 2)


def test_a_use_counts_where_the_licence_was_in_force_on_its_day() -> None:
    licence = given()
    first = today()
    assert refused(licence, {1: 1}, used_on=first - timedelta(days=1)) == ["not_in_force"]
    assert refused(licence, {1: 1}, used_on=first + timedelta(days=1)) == ["not_in_force"]
    advance(timedelta(days=10))
    Licence.objects.filter(pk=licence.pk).update(state="suspended", changed_at=now())
    use(licence, {1: 1}, used_on=first + timedelta(days=3))  # reported late, and true all the same
    advance(timedelta(days=5))
    assert refused(licence, {1: 1}, "2", used_on=today()) == ["not_in_force"]
    assert refused(licence, {1: 1}, "2", number="99/QĐ-HTTB") == ["no_licence"]
    assert refused(licence, {1: 1}, "2", year=2025) == ["no_licence"]
    about = service.Use("device_import", licence.number, 2026, "2", first, {1: 1})
    with pytest.raises(Conflict) as stranger:
        service.record_use(partner_name="elsewhere", use=about)
    assert [one.code for one in stranger.value.reasons] == ["no_licence"]


def test_after_its_last_day_nothing_is_used() -> None:
    licence = given()
    assert licence.valid_until == date(2027, 3, 2)
    advance(timedelta(days=366))
    assert today() == date(2027, 3, 3)
    assert refused(licence, {1: 1}) == ["not_in_force"]
    use(licence, {1: 1}, used_on=date(2027, 3, 2))


def test_an_amendment_goes_on_counting_the_same_goods_whichever_number_is_named() -> None:
    licence = given()
    use(licence, {1: 3, 2: 5})
    advance(timedelta(days=30))
    first, second = ANSWERS["devices"]
    other = second | {"name": "Máy hút dịch", "quantity": 7}
    later = amended(licence, second | {"quantity": 20}, other, first | {"quantity": 2})
    assert standing(later) == [(20, 5, 15), (7, 0, 7), (2, 3, 0)]  # fewer than were used: none is left
    use(licence, {2: 6}, "105512345680")  # customs still names the number it knew
    use(later, {1: 1, 2: 7}, "105512345681")
    assert standing(later) == [(20, 12, 8), (7, 7, 0), (2, 3, 0)]
    assert refused(later, {3: 1}, "105512345682") == ["more_than_left"]
    use(later, {}, taken_back=True)  # the first declaration, of the licence before
    assert standing(later) == [(20, 7, 13), (7, 7, 0), (2, 0, 2)]


def test_goods_that_an_amendment_drops_are_not_used_any_more() -> None:
    licence = given()
    use(licence, {1: 1})
    advance(timedelta(days=30))
    later = amended(licence, ANSWERS["devices"][1])
    advance(timedelta(days=1))
    assert refused(licence, {1: 1}, "105512345680") == ["no_line"]
    use(
        licence, {1: 1}, "105512345681", used_on=today() - timedelta(days=1)
    )  # the day on which it still named them
    assert standing(licence) == [(4, 2, 2), (12, 0, 12)]
    assert standing(later) == [(12, 0, 12)]


def test_the_database_keeps_the_count() -> None:
    licence = given()
    goods = licence.lines.get(place=1).goods
    wrong: list[Any] = [
        lambda: LicenceGoods.objects.filter(pk=goods.pk).update(used=1),
        lambda: LicenceGoods.objects.create(name="Khác", allowed=5, used=2),
        lambda: LicenceUse.objects.create(
            goods=goods, amount=5, source="vnsw", declaration="1", used_on=today(), at=licence.changed_at
        ),
    ]
    for one in wrong:
        with pytest.raises(DatabaseError), transaction.atomic():
            one()
    use(licence, {1: 2})
    taken = LicenceUse.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        LicenceUse.objects.create(
            goods=goods,
            amount=3,
            source="vnsw",
            declaration="1",
            used_on=today(),
            at=taken.at,
            takes_back=taken,
        )
    assert standing(licence)[0] == (4, 2, 2)


def test_holder_and_officials_see_what_is_left() -> None:
    licence = given()
    use(licence, {1: 3, 2: 5})
    use(licence, {2: 1}, "105512345699")
    use(licence, {}, "105512345699", taken_back=True)
    mine = text_of(text(signed_in("doanhnghiep1").get(reverse("portal:licence", args=[licence.ref]))))
    office = text_of(text(signed_in("chuyenvien").get(reverse("office:dossier", args=[licence.dossier.ref]))))
    for page in (mine, office):
        assert f"tờ khai {DECLARATION}" in page
        assert "Đã hủy tờ khai" in page
        assert "Còn lại" in page
    assert DECLARATION not in text_of(
        Client().get(reverse("public:licence", args=[licence.ref])).content.decode()
    )
