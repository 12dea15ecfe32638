"""refuse: the sealed refusal takes effect, with its reasons; no right comes of it."""

from procedures.errors import Invalid
from procedures.law.life import State
from tests.workflows.acts.proof import Lack, Release, refusal
from tests.workflows.acts.stages import Quick
from workflows.models import Licence, Paper


class TestRefuse(Release):
    stage, refuse = "sealing", True
    node, outcome, act = "sealing", "refused", "refuse"
    leads_to, opens, clock = State.CONCLUDED, set(), None
    lacks = {"the sealed file": Lack({"sealed": ""}, "files.sealed", "no_file")}

    def test_no_licence(self, play: Quick) -> None:
        self.do(play)
        paper = Paper.objects.get(dossier_id=play.dossier_id, kind="refusal")
        assert "an toàn điện" in paper.snapshot
        assert (paper.state, paper.number.state) == ("published", "used")
        assert not Licence.objects.exists()

    def test_it_cannot_grant_what_was_drafted_as_a_refusal(self, play: Quick) -> None:
        reasons = refusal(play, Invalid, 422, lambda: play.release("granted"))
        assert [reason.code for reason in reasons] == ["other_paper"]
