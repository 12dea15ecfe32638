"""lapse: the applicant's limit has passed, and the system closes the dossier. Nobody does it by hand, or early."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from procedures import now as clock
from procedures.errors import Refused, WrongState
from procedures.law.life import State
from tests.workflows.acts.proof import entries, refusal, told_who, trace
from tests.workflows.acts.stages import Quick, key, somebody
from workflows import outbox, service
from workflows.mass import fire_limits
from workflows.models import ClockSpan, Payment, Task
from workflows.service import Input

WAITS = {
    "intake_supplement": "await_intake",
    "supplement_requested": "await_supplement",
    "fee_due": "collect_fee",
}


@pytest.mark.parametrize("waiting", WAITS)
class TestLapse:
    stage = "submitted"

    @pytest.fixture
    def play(self, play: Quick, waiting: str) -> Quick:
        """Waiting for the applicant."""
        return play.to(waiting)

    @pytest.mark.promise("acts.right")
    def test_right(self, play: Quick, waiting: str) -> None:
        clock.advance(timedelta(days=31))
        assert fire_limits() == 1
        assert (play.dossier.state, play.open_nodes()) == (State.STOPPED, set())
        assert entries(play)[-1] == "lapse"
        assert not ClockSpan.objects.filter(dossier_id=play.dossier_id, until__isnull=True).exists()
        assert not Payment.objects.filter(dossier_id=play.dossier_id, state="due").exists()
        outbox.drain()
        assert play.dossier.papers.get(kind="stop_notice").state == "published"

    @pytest.mark.promise("acts.wrong-time")
    def test_too_early(self, play: Quick, waiting: str) -> None:
        task = play.task(WAITS[waiting])
        clock.advance(task.due_at - clock.now())
        assert fire_limits() == 0
        reasons = refusal(play, WrongState, 409, lambda: service.lapse(task=task))
        assert "not_due" in {reason.code for reason in reasons}

    @pytest.mark.promise("acts.wrong-person")
    @pytest.mark.parametrize(
        "who", ["tiepnhan", "thuquy", "chuyenvien", "doanhnghiep1", "kiemtoan", "partner"]
    )
    def test_wrong_person(self, play: Quick, waiting: str, who: str) -> None:
        task = play.task(WAITS[waiting])
        clock.advance(timedelta(days=31))

        def lapse() -> object:
            return service.perform_step(
                actor=somebody(who),
                dossier_id=play.dossier_id,
                task_id=task.pk,
                outcome="lapsed",
                given=Input(),
                idempotency_key=key(),
            )

        # An applicant is of the party that the wait waits for, but the act is the system's all the same.
        assert [reason.code for reason in refusal(play, Refused, 403, lapse)] == ["system_only"]

    @pytest.mark.promise("acts.wrong-state")
    def test_wrong_state(self, play: Quick, waiting: str) -> None:
        task = play.task(WAITS[waiting])
        play.withdraw()
        clock.advance(timedelta(days=31))
        told_who(play, refusal(play, WrongState, 409, lambda: service.lapse(task=task)))
        assert fire_limits() == 0

    @pytest.mark.promise("acts.idempotent")
    def test_twice_is_once(self, play: Quick, waiting: str) -> None:
        task = play.task(WAITS[waiting])
        clock.advance(timedelta(days=31))
        first = service.lapse(task=task)
        before = trace(play)
        second = service.lapse(task=task)
        assert (first.repeated, second.repeated, second.sequence) == (False, True, first.sequence)
        assert fire_limits() == 0
        assert trace(play) == before


class TestSweep:
    stage = "submitted"

    @pytest.mark.promise("timers.one-failure-stops-nothing")
    @pytest.mark.parametrize(
        "break_it",
        [
            lambda play: Task.objects.filter(process_id=play.dossier_id).update(node="gone"),
            lambda play: (
                type(play.dossier).objects.filter(pk=play.dossier_id).update(definition_sha256="0" * 64)
            ),
        ],
        ids=["a node that is gone", "a version that is gone"],
    )
    def test_one_broken_dossier_stops_nobody_else(
        self, play: Quick, break_it: Callable[[Quick], object]
    ) -> None:
        others = [play.copy(), play.copy()]
        play.step("tiepnhan", "intake", "ask_fee")
        for other in others:
            other.to("intake_supplement")
        Task.objects.filter(process_id=play.dossier_id).update(kind="wait")
        break_it(play)
        clock.advance(timedelta(days=40))
        assert fire_limits() == 2
        assert {other.dossier.state for other in others} == {State.STOPPED}
        assert fire_limits() == 0

    def test_waits_that_only_alarm_are_not_in_the_way(self, play: Quick) -> None:
        """As many as a page holds, all older: those behind them still fire."""
        others = [play.copy().to("rendering") for _ in range(2)]
        play.to("fee_due")
        clock.advance(timedelta(days=40))
        assert fire_limits(batch=2) == 1
        assert play.dossier.state == State.STOPPED
        assert {other.dossier.state for other in others} == {State.IN_PROCESS}
