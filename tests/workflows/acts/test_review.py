"""Review: the head of division forwards the draft; whoever appraised it may not."""

from procedures.law.life import State
from tests.workflows.acts.proof import ELSEWHERE, Step, Stranger
from tests.workflows.acts.stages import Quick, seat


class TestForward(Step):
    stage = "review"
    who, node, outcome, act = "truongphong", "review", "forward", "review.forward"
    leads_to, opens, clock = State.IN_PROCESS, {"prepare"}, ("decision", True, "accept")
    strangers = ELSEWHERE | {
        "the specialist": Stranger("chuyenvien"),
        "the head of another division": Stranger("truongphong_qld"),
        "the appraiser, head meanwhile": Stranger("chuyenvien", "same_person", seat=("head", "HTTB-QLNK")),
    }

    def test_somebody_who_has_just_become_head_may(self, play: Quick) -> None:
        seat("chuyenvien2", "head", "HTTB-QLNK")
        assert self.do(play, who="chuyenvien2").state == State.IN_PROCESS
