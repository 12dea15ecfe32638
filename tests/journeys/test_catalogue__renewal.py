"""When the renewal of a licence can be asked for, and that its holder hears of it in time."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from procedures.errors import Invalid
from procedures.models import LedgerEntry
from procedures.now import advance, today
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN, practising
from tests.onestop.office_desk import text_of
from tests.onestop.test_http_rules import signed_in, text
from tests.variants import Source, publish
from workflows import mass, outbox
from workflows.models import Licence, Notice

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("licence.renewal-window")]
RENEWAL = "practising-licence-renewal"


def asks(held: Licence) -> Journey:
    answers = {"licence_held": held.number, "training_hours": 120}
    return Journey(RENEWAL, answers, PLAN, applicant="bacsi")


def until(day: date) -> None:
    advance(timedelta(days=(day - today()).days))


def notices() -> list[str]:
    outbox.drain()
    return list(
        Notice.objects.filter(kind__startswith="renewal").order_by("pk").values_list("kind", flat=True)
    )


def page_of(held: Licence) -> str:
    return text_of(text(signed_in("bacsi").get(reverse("portal:licence", args=[held.ref]))))


def test_before_its_first_day_a_renewal_is_refused_with_the_day() -> None:
    held = practising().licence
    first = held.valid_until - timedelta(days=180)
    assert f"Từ {first:%d/%m/%Y}" in page_of(held)
    until(first - timedelta(days=1))
    with pytest.raises(Invalid) as refusal:
        asks(held).filed()
    [reason] = refusal.value.reasons
    assert (reason.code, reason.params["day"]) == ("renewal_too_early", first)
    address = reverse("portal:start", args=[RENEWAL])
    shown = signed_in("bacsi").get(reverse("portal:licence", args=[held.ref])).content.decode()
    assert address not in shown
    until(first)
    assert address in signed_in("bacsi").get(reverse("portal:licence", args=[held.ref])).content.decode()
    assert asks(held).filed().played().licence.replaces == held


def test_the_holder_is_told_when_the_first_day_has_come_and_once_more_before_the_end() -> None:
    held = practising().licence
    first = held.valid_until - timedelta(days=180)
    until(first - timedelta(days=1))
    assert (mass.sweep_renewals(), notices()) == (0, [])
    until(first)
    assert [mass.sweep_renewals(), mass.sweep_renewals()] == [1, 0]
    until(held.valid_until - timedelta(days=31))
    assert mass.sweep_renewals() == 0
    until(held.valid_until - timedelta(days=30))
    assert [mass.sweep_renewals(), mass.sweep_renewals()] == [1, 0]
    assert notices() == ["renewal_opens", "renewal_ends"]
    acts = LedgerEntry.objects.filter(subject_id=held.dossier_id, act__startswith="renewal")
    assert acts.count() == 2
    until(held.valid_until + timedelta(days=1))
    assert mass.sweep_renewals() == 0


def test_whoever_is_asking_already_is_not_reminded() -> None:
    held = practising().licence
    until(held.valid_until - timedelta(days=20))
    asks(held).filed()
    assert (mass.sweep_renewals(), notices()) == (0, [])


def test_a_licence_that_is_over_is_not_renewed_in_time() -> None:
    held = practising().licence
    Licence.objects.filter(pk=held.pk).update(state="revoked")
    until(held.valid_until - timedelta(days=20))
    assert (mass.sweep_renewals(), notices()) == (0, [])


def closing(source: Source) -> Source:
    source["licence"]["window"] = {"opens": 180, "closes": 60, "illustrative": True}
    return source


def test_after_its_last_day_a_renewal_is_refused_with_the_day_and_the_remedy(tmp_path: Path) -> None:
    held = practising().licence
    publish(tmp_path, closing, day=today() + timedelta(days=1), code=RENEWAL)
    last = held.valid_until - timedelta(days=60)
    until(last - timedelta(days=30))
    assert mass.sweep_renewals() == 1
    assert notices() == ["renewal_ends"]
    until(last)
    assert f"đến {last:%d/%m/%Y}" in page_of(held)
    draft = asks(held)
    until(last + timedelta(days=1))
    with pytest.raises(Invalid) as refusal:
        draft.filed()
    [reason] = refusal.value.reasons
    assert (reason.code, reason.params["day"]) == ("renewal_too_late", last)
    assert reason.remedy
    assert f"Chỉ nhận đơn đến ngày {last:%d/%m/%Y}" in page_of(held)
