"""stop: the head of division agrees to a withdrawal; the dossier ends, and a decision under way is given up."""

from procedures.law.life import State
from tests.workflows.acts.proof import ELSEWHERE, Step, Stranger
from tests.workflows.acts.stages import Quick
from workflows.models import Payment

WITHDRAWAL = ELSEWHERE | {
    "the specialist": Stranger("chuyenvien"),
    "the head of another division": Stranger("truongphong_qld"),
    "the leader": Stranger("cuctruong"),
}


class TestStop(Step):
    stage = "withdrawal_requested"
    who, node, outcome, act = "truongphong", "decide_withdrawal", "agree", "stop"
    leads_to, opens, clock = State.STOPPED, set(), None
    strangers = WITHDRAWAL
    spoils = {
        "it was declined": lambda play: play.step(
            "truongphong", "decide_withdrawal", "decline", reason="Sắp có kết quả"
        )
    }

    def test_the_applicant_gets_a_notice(self, play: Quick) -> None:
        self.do(play)
        assert play.dossier.papers.filter(kind="stop_notice").exists()


class TestWhileTheFeeIsDue:
    stage = "fee_due"

    def test_nothing_is_owed_any_more(self, play: Quick) -> None:
        play.withdraw()
        play.step("truongphong", "decide_withdrawal", "agree")
        assert (play.dossier.state, play.dossier.interrupted) == (State.STOPPED, [])
        assert Payment.objects.get(dossier_id=play.dossier_id).state == "cancelled"
        assert not play.open_nodes()
