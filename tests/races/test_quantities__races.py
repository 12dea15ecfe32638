"""Many declarations at once over one licence: together they use no more than it allows."""

import pytest

from procedures import ledger
from procedures.errors import Busy, Conflict
from procedures.now import today
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN
from tests.races.test_acts__races import at_once
from tests.scenarios import ANSWERS
from workflows import service
from workflows.models import LicenceUse

pytestmark = pytest.mark.promise("licence.quantities")


def test_reports_at_once_never_use_more_than_is_left(ministry: None) -> None:
    licence = Journey("device-import", ANSWERS, PLAN).filed().played().licence  # twelve of the second device

    def report(number: int) -> None:
        about = (licence.register, licence.number, 2026, f"10551234567{number}", today())
        service.record_use(partner_name="vnsw", use=service.Use(*about, {2: 5}))

    answers = at_once(*(lambda number=number: report(number) for number in range(6)))  # type: ignore[misc]
    refused = [answer for answer in answers if answer is not None]
    assert all(isinstance(answer, Conflict | Busy) for answer in refused), refused
    goods = licence.lines.get(place=2).goods
    assert goods.used == 5 * LicenceUse.objects.count() <= 12
    assert len(refused) == 6 - LicenceUse.objects.count()
    assert LicenceUse.objects.count() >= 1
    assert not list(ledger.verify(subject_kind="dossier", subject_id=licence.dossier_id))


def test_one_declaration_that_comes_many_times_at_once_is_counted_once(ministry: None) -> None:
    licence = Journey("device-import", ANSWERS, PLAN).filed().played().licence
    about = (licence.register, licence.number, 2026, "105512345670", today())

    def report() -> None:
        service.record_use(partner_name="vnsw", use=service.Use(*about, {1: 2}))

    answers = at_once(*[report] * 5)
    assert all(answer is None or isinstance(answer, Busy) for answer in answers), answers
    assert licence.lines.get(place=1).goods.used == 2
