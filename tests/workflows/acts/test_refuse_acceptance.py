"""refuse_acceptance: reception does not take the dossier, with grounds and reasons; that is final."""

from procedures.law.life import State
from tests.workflows.acts.proof import ELSEWHERE, Lack, Step, Stranger
from tests.workflows.acts.stages import Quick


class TestRefuseAcceptance(Step):
    stage = "submitted"
    who, node, outcome, act = "tiepnhan", "intake", "refuse", "refuse_acceptance"
    leads_to, opens, clock = State.NOT_ACCEPTED, set(), None
    strangers = ELSEWHERE | {
        "another role": Stranger("truongphong"),
        "the same role in another unit": Stranger("chuyenvien", seat=("reception", "HTTB-QLNK")),
    }
    lacks = {
        "a ground": Lack({"grounds": []}, "grounds"),
        "a ground of this procedure": Lack({"grounds": ["dislike"]}, "grounds"),
        "a reason": Lack({"reason": "  "}, "reason"),
    }

    def given(self, play: Quick) -> dict[str, object]:
        return {"grounds": ["wrong_agency"], "reason": "Hồ sơ thuộc thẩm quyền của cơ quan khác."}

    def test_the_applicant_gets_a_slip_with_the_reason(self, play: Quick) -> None:
        self.do(play)
        assert "thẩm quyền của cơ quan khác" in play.dossier.papers.get(kind="not_accepted").snapshot
        assert play.dossier.code is None
