"""grant: the sealed decision takes effect; the licence stands in the register."""

import pytest

from procedures.errors import Invalid
from procedures.law.life import State
from tests.workflows.acts.proof import Lack, Release, refusal, trace
from tests.workflows.acts.stages import Quick
from workflows.models import Licence, Paper


class TestGrant(Release):
    stage = "sealing"
    node, outcome, act = "sealing", "granted", "grant"
    leads_to, opens, clock = State.CONCLUDED, set(), None
    lacks = {"the sealed file": Lack({"sealed": ""}, "files.sealed", "no_file")}

    def test_a_licence_comes_into_being(self, play: Quick) -> None:
        self.do(play)
        licence = Licence.objects.get(dossier_id=play.dossier_id)
        paper = Paper.objects.get(dossier_id=play.dossier_id, kind="decision")
        assert (licence.paper, licence.number, licence.state) == (paper, paper.number.text, "in_force")
        assert (paper.state, paper.number.state) == ("published", "used")

    def test_it_cannot_refuse_what_was_drafted_as_a_grant(self, play: Quick) -> None:
        reasons = refusal(play, Invalid, 422, lambda: play.release("refused"))
        assert [reason.code for reason in reasons] == ["other_paper"]


class TestTooEarly:
    """Nothing waits for the sealed paper before the clerk has sealed it."""

    @pytest.mark.parametrize("stage", ["submitted", "appraise", "rendering", "sign", "signing", "seal"])
    def test_nothing_is_granted(self, play: Quick, stage: str) -> None:
        play.to(stage)
        before = trace(play)
        assert play.release("granted") is None
        assert trace(play) == before
        assert not Licence.objects.exists()
