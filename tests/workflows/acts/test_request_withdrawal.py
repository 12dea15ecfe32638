"""request_withdrawal: the applicant asks, work rests, and the dossier remembers what was interrupted."""

import pytest

from procedures.errors import WrongState
from procedures.law.life import State
from tests.workflows.acts.proof import Applicant, refusal, told_who
from tests.workflows.acts.stages import Quick
from workflows import service


class TestRequestWithdrawal(Applicant):
    stage = "appraise"
    act = "request_withdrawal"
    leads_to, opens = State.WITHDRAWAL_REQUESTED, {"appraise", "decide_withdrawal"}
    clock = ("decision", False, "request_withdrawal")
    spoils = {
        "the leader signed": lambda play: play.to("seal"),
        "the clerk sealed": lambda play: play.to("sealing"),
        "it was granted": lambda play: play.to("concluded"),
        "it was granted and collected": lambda play: play.to("returned"),
    }

    def given(self, play: Quick) -> dict[str, object]:
        return {"reason": "Đổi kế hoạch"}

    def other_body(self, play: Quick) -> dict[str, object]:
        return {"reason": "Lý do khác"}

    def call(self, play, aim, actor, given, idempotency_key):
        return service.request_withdrawal(
            actor=actor,
            dossier_id=play.dossier_id,
            reason=given["reason"],
            idempotency_key=idempotency_key,
        )

    def test_until_the_leader_has_signed_it_may_be_asked(self, play: Quick) -> None:
        play.to("signing")
        assert self.do(play).state == State.WITHDRAWAL_REQUESTED
        play.step("truongphong", "decide_withdrawal", "agree")
        paper = play.dossier.papers.get(kind="decision")
        assert (paper.state, paper.number.state) == ("void", "void")
        assert paper.number.reason


FROM = {
    "submitted": (State.SUBMITTED, "intake"),
    "intake_supplement": (State.INTAKE_SUPPLEMENT, "await_intake"),
    "fee_due": (State.FEE_DUE, "collect_fee"),
    "received": (State.RECEIVED, "assign"),
    "appraise": (State.IN_PROCESS, "appraise"),
    "supplement_requested": (State.SUPPLEMENT_REQUESTED, "await_supplement"),
}


class TestFromEveryOpenState:
    @pytest.mark.parametrize(("stage", "state", "node"), [(s, *r) for s, r in FROM.items()], ids=list(FROM))
    def test_it_is_remembered(self, play: Quick, stage: str, state: State, node: str) -> None:
        play.to(stage)
        interrupted = play.dossier.interrupted
        play.withdraw()
        assert play.dossier.interrupted == [*interrupted, state]
        assert play.open_nodes() == {node, "decide_withdrawal"}

    def test_a_draft_is_not_withdrawn(self, play: Quick) -> None:
        refusal(play, WrongState, 409, play.withdraw)

    def test_what_was_not_accepted_is_not_withdrawn(self, play: Quick) -> None:
        play.to("submitted")
        play.step("tiepnhan", "intake", "refuse", grounds=["wrong_agency"], reason="Sai cơ quan")
        told_who(play, refusal(play, WrongState, 409, play.withdraw))
