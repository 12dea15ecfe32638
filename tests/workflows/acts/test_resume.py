"""resume: the head of division declines a withdrawal, with a reason; the dossier is exactly where it was."""

import pytest

from procedures.law.life import State
from tests.workflows.acts.proof import Lack, Step
from tests.workflows.acts.stages import Quick
from tests.workflows.acts.test_request_withdrawal import FROM
from tests.workflows.acts.test_stop import WITHDRAWAL
from workflows.models import ClockSpan, Note


class TestResume(Step):
    stage = "withdrawal_requested"
    who, node, outcome, act = "truongphong", "decide_withdrawal", "decline", "resume"
    leads_to, opens, clock = State.IN_PROCESS, {"appraise"}, ("decision", True, "resume")
    strangers = WITHDRAWAL
    lacks = {"a reason": Lack({"reason": ""}, "reason")}
    spoils = {"it was agreed to": lambda play: play.step("truongphong", "decide_withdrawal", "agree")}

    def given(self, play: Quick) -> dict[str, object]:
        return {"reason": "Sắp có kết quả"}

    def test_the_reason_is_kept_beside_the_ledger(self, play: Quick) -> None:
        done = self.do(play)
        note = Note.objects.get(dossier_id=play.dossier_id, sequence=done.sequence)
        assert (note.kind, note.text) == ("reason", "Sắp có kết quả")


CLOCKS = {
    "submitted": ("intake", True),
    "intake_supplement": ("intake", False),
    "fee_due": ("intake", False),
    "received": ("decision", True),
    "appraise": ("decision", True),
    "supplement_requested": ("decision", False),
}


class TestBackToEveryState:
    @pytest.mark.parametrize("stage", FROM)
    def test_where_it_was(self, play: Quick, stage: str) -> None:
        play.to(stage)
        before = play.dossier
        play.withdraw()
        play.step("truongphong", "decide_withdrawal", "decline", reason="Sắp có kết quả")
        state, node = FROM[stage]
        after = play.dossier
        assert (after.state, after.interrupted) == (state, before.interrupted)
        assert play.open_nodes() == {node}
        span = ClockSpan.objects.get(dossier=after, until__isnull=True)
        assert (span.clock, span.running) == CLOCKS[stage]
