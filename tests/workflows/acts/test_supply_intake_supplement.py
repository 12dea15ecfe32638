"""supply_intake_supplement: the applicant answers every item; the intake limit starts anew."""

from datetime import timedelta
from typing import Any

from procedures import now as clock
from procedures.errors import Invalid, WrongState
from procedures.law.life import State
from tests.workflows.acts.proof import Applicant, refusal
from tests.workflows.acts.stages import Quick
from workflows import service
from workflows.mass import fire_limits
from workflows.models import Piece


def lapsed(play: Quick) -> None:
    """Nobody answered in time."""
    clock.advance(timedelta(days=31))
    assert fire_limits() == 1


class Supply(Applicant):
    """Both supplements are answered alike."""

    spoils = {"the applicant asked to withdraw": lambda play: play.withdraw(), "the limit passed": lapsed}

    def given(self, play: Quick) -> dict[str, Any]:
        items = play.dossier.supplements.latest("pk").items.all()
        return {"answers": {item.pk: "Đã giải trình" for item in items}}

    def other_body(self, play: Quick) -> dict[str, Any]:
        items = play.dossier.supplements.latest("pk").items.all()
        return {"answers": {item.pk: "Giải trình khác" for item in items}}

    def call(self, play, aim, actor, given, idempotency_key):
        return service.supply(
            actor=actor,
            dossier_id=play.dossier_id,
            answers=given["answers"],
            idempotency_key=idempotency_key,
        )

    def test_an_item_is_left_open(self, play: Quick) -> None:
        item = play.dossier.supplements.latest("pk").items.get()
        reasons = refusal(play, Invalid, 422, lambda: self.do(play, answers={item.pk: "  "}))
        assert [(r.code, r.params["field"]) for r in reasons] == [("item_open", f"item:{item.pk}")]

    def test_a_new_paper_answers_too(self, play: Quick) -> None:
        """The same bytes again: their check was passed before."""
        old = Piece.objects.get(dossier_id=play.dossier_id, piece="iso_13485")
        play.upload(["iso_13485"])
        done = self.do(play, answers={})
        old.refresh_from_db()
        assert (done.state, old.superseded_at is not None) == (self.leads_to, True)

    def test_the_limit_counts_even_before_the_sweep(self, play: Quick) -> None:
        clock.advance(timedelta(days=31))
        reasons = refusal(play, WrongState, 409, lambda: self.do(play))
        assert "limit_passed" in {reason.code for reason in reasons}

    def test_on_the_last_day_it_is_in_time(self, play: Quick) -> None:
        due = play.open_task().due_at
        clock.advance(due - clock.now())
        assert self.do(play).state == self.leads_to


class TestSupplyIntakeSupplement(Supply):
    stage = "intake_supplement"
    act = "supply_intake_supplement"
    leads_to, opens, clock = State.SUBMITTED, {"intake"}, ("intake", True, "supply_intake_supplement")
