"""Preparation: the clerk reserves number and date, and the content is frozen."""

from datetime import timedelta

import pytest

from procedures import now as present
from procedures.errors import Invalid
from procedures.law.life import State
from procedures.models import Membership
from tests.workflows.acts.proof import ELSEWHERE, Release, Step, Stranger, refusal
from tests.workflows.acts.stages import Quick
from workflows.mass import fire_limits
from workflows.models import NumberSeries, OutboxRow


class TestPrepare(Step):
    stage = "prepare"
    who, node, outcome, act = "vanthu", "prepare", "prepare", "prepare.prepare"
    leads_to, opens, clock = State.IN_PROCESS, {"rendering"}, ("decision", True, "accept")
    strangers = ELSEWHERE | {
        "the head": Stranger("truongphong"),
        "the clerk of another department": Stranger("vanthu_qld"),
    }

    def test_number_content_and_signer_are_fixed(self, play: Quick) -> None:
        self.do(play)
        paper = play.dossier.papers.get(kind="decision")
        assert (paper.state, paper.number.text, paper.number.state) == ("reserved", "01/QĐ-HTTB", "reserved")
        assert paper.signer.username == "cuctruong"
        assert len(paper.snapshot_sha256) == 64
        row = OutboxRow.objects.get(kind="paper.produce", payload__paper_id=paper.pk)
        assert row.state == "queued"

    def test_without_a_signer_no_number_is_taken(self, play: Quick) -> None:
        Membership.objects.filter(role="leader", unit__code="HTTB").delete()
        reasons = refusal(play, Invalid, 422, lambda: self.do(play))
        assert [reason.code for reason in reasons] == ["no_signer"]
        assert not NumberSeries.objects.filter(kind="QD").exists()


class TestRendered(Release):
    stage = "rendering"
    node, outcome, act = "rendering", "rendered", "rendering.rendered"
    leads_to, opens, clock = State.IN_PROCESS, {"sign"}, ("decision", True, "accept")
    spoils = {"the applicant asked to withdraw": lambda play: play.withdraw()}

    @pytest.mark.promise("acts.missing-needs")
    def test_without_the_file(self, play: Quick) -> None:
        reasons = refusal(play, Invalid, 422, lambda: play.release("rendered", rendered=""))
        assert [(r.code, r.params["field"]) for r in reasons] == [("no_file", "files.rendered")]

    def test_the_step_to_sign_is_the_signers_own(self, play: Quick) -> None:
        self.do(play)
        assert play.task("sign").owner.username == "cuctruong"

    def test_an_alarm_decides_nothing(self, play: Quick) -> None:
        present.advance(timedelta(days=10))
        assert fire_limits() == 0
        assert play.open_nodes() == {"rendering"}
        assert self.do(play).state == State.IN_PROCESS, "a late paper is still welcome"
