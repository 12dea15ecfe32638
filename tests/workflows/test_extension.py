"""The one new date with an apology: when it may be promised, what it moves, and that it is promised once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from procedures.errors import Invalid
from procedures.models import LedgerEntry
from procedures.now import HANOI, advance, frozen, now
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import FOOD, PLAN
from tests.onestop.office_desk import Desk, text_of
from tests.scenarios import MONDAY, actor
from workflows import outbox, selectors, service
from workflows.models import Notice
from workflows.service import Done, Input

pytestmark = [pytest.mark.django_db, pytest.mark.promise("time.one-extension")]

REASON = "Chờ kết quả kiểm nghiệm bổ sung của Viện Kiểm nghiệm."
DUE = date(2026, 3, 31)
"""21 working days after Monday 2 March 2026, the first of them Tuesday 3 March: none of them is a holiday."""


@pytest.fixture(scope="module")
def appraised(seeded: None) -> tuple[Journey, datetime]:
    """A food dossier on the specialist's desk, on the day of its receipt; made once."""
    made = Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed()
    return made.walked(until="appraise"), now()


@pytest.fixture
def play(appraised: tuple[Journey, datetime], monday_morning: None) -> Iterator[Journey]:
    """It, for one test, at the moment at which it came there."""
    made, at = appraised
    with frozen(at):
        yield replace(made, taken=list(made.taken))


def extend(play: Journey, node: str = "appraise", **given: Any) -> Done:
    """The specialist apologises and names a new date."""
    who = "chuyenvien_attp" if node == "appraise" else "truongphong_attp"
    task = play.dossier.tasks.get(node=node, finished__isnull=True)
    return service.perform_step(
        actor=actor(who),
        dossier_id=play.dossier_id,
        task_id=task.pk,
        outcome="extend",
        given=Input(**{"reason": REASON, "new_date": date(2026, 4, 10)} | given),
        idempotency_key=str(uuid4()),
    )


def due(play: Journey) -> date:
    """The day of the promised result."""
    explained = selectors.deadline(play.dossier)
    assert explained is not None
    assert explained.due_at is not None
    return explained.due_at.astimezone(HANOI).date()


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def test_the_date_moves_once_in_the_open(play: Journey) -> None:
    assert due(play) == DUE
    before = play.dossier.handler_id
    extend(play)
    outbox.drain()
    assert due(play) == date(2026, 4, 10)
    entry = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=play.dossier_id).latest("sequence")
    assert (entry.act, entry.from_state, entry.to_state) == ("extend", "in_process", "in_process")
    assert '"due_after":"2026-04-10T17:00:00+07:00"' in entry.data
    paper = play.dossier.papers.get(kind="apology")
    assert paper.state == "published"
    assert REASON in paper.snapshot
    assert Notice.objects.filter(dossier=play.dossier_id, kind="extend").count() == 1
    explained = selectors.deadline(play.dossier)
    assert explained is not None
    assert "New date, once, with an apology" in [line.text for line in explained.lines]
    # The specialist goes on where the dossier was, and nobody may move the date again.
    assert play.dossier.tasks.get(finished__isnull=True).owner_id == before
    with pytest.raises(Invalid) as refused:
        extend(play, new_date=date(2026, 5, 20))
    assert codes(refused) == ["condition"]
    play.played()
    assert play.licence.issued_on == date(2026, 3, 2)


def test_the_head_of_division_may_do_it_too(play: Journey) -> None:
    play.walked(until="review")
    extend(play, "review")
    assert due(play) == date(2026, 4, 10)


@pytest.mark.parametrize(("given", "then"), [(date(2026, 4, 11), 13), (date(2026, 4, 25), 28)])
def test_a_new_date_on_a_day_of_rest_moves_on(play: Journey, given: date, then: int) -> None:
    """11 April 2026 is a Saturday; 25 April a Saturday before the Hùng Kings' day, kept on Monday the 27th."""
    extend(play, new_date=given)
    assert due(play) == date(2026, 4, then)


def test_an_earlier_date_or_none_is_refused(play: Journey) -> None:
    for given in (DUE, date(2026, 3, 20)):
        with pytest.raises(Invalid) as refused:
            extend(play, new_date=given)
        assert codes(refused) == ["not_later"]
    with pytest.raises(Invalid) as refused:
        extend(play, new_date=None, reason="")
    assert codes(refused) == ["missing", "missing"]
    assert due(play) == DUE


def test_the_apology_goes_out_a_day_before_at_the_latest(play: Journey) -> None:
    advance(timedelta(days=28))  # Monday 30 March, one day before
    with frozen(MONDAY + timedelta(days=29)):
        with pytest.raises(Invalid) as refused:
            extend(play)
        assert codes(refused) == ["apology_too_late"]
    extend(play)
    assert due(play) == date(2026, 4, 10)


def test_a_new_start_after_the_apology_counts_by_the_rule(play: Journey) -> None:
    play.items = ("test_report",)
    extend(play)
    advance(timedelta(days=14))
    play.plan = PLAN | {"appraise": "ask_supplement"}
    play.walked(until="await_supplement")
    assert selectors.deadline(play.dossier).due_at is None  # type: ignore[union-attr]
    advance(timedelta(days=7))
    play.answered()
    assert due(play) > date(2026, 4, 10)


def test_the_specialist_extends_on_the_page_of_the_dossier(play: Journey) -> None:
    desk = Desk("chuyenvien_attp")
    told = desk.do(play.dossier, "extend", status=422, reason=REASON, new_date="31/03/2026")
    assert "Ngày hẹn mới phải sau" in text_of(told)
    assert REASON in told
    desk.do(play.dossier, "extend", reason=REASON, new_date="10/04/2026")
    assert due(play) == date(2026, 4, 10)
    assert "Ngày hẹn đã được dời một lần" in text_of(desk.page(play.dossier))


def test_why_it_is_closed_cites_the_law_in_the_reader_s_language(play: Journey) -> None:
    advance(timedelta(days=60))
    desk = Desk("chuyenvien_attp")
    assert "(Điều 19 Nghị định 61/2018/NĐ-CP)" in text_of(desk.page(play.dossier))
    desk.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "(Decree 61/2018/ND-CP Art. 19)" in text_of(desk.page(play.dossier))
