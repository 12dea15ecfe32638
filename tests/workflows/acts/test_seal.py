"""Seal: the clerk checks the signed bytes and seals them; whoever signed may not."""

from procedures.law.life import State
from procedures.now import now
from tests.workflows.acts.proof import ELSEWHERE, Lack, Step, Stranger
from tests.workflows.acts.stages import Quick
from tests.workflows.acts.test_sign import performed_by


class TestSeal(Step):
    stage = "seal"
    who, node, outcome, act = "vanthu", "seal", "seal", "seal.seal"
    leads_to, opens, clock = State.IN_PROCESS, {"sealing"}, ("decision", True, "accept")
    strangers = ELSEWHERE | {
        "the leader": Stranger("cuctruong"),
        "the clerk of another department": Stranger("vanthu_qld"),
        "the signer, clerk meanwhile": Stranger("cuctruong", "same_person", seat=("clerk", "HTTB-VT")),
        "the clerk, who signed": Stranger("vanthu", "same_person", before=performed_by("sign", "vanthu")),
    }
    lacks = {
        "the bytes that were read": Lack({"paper_sha256": ""}, "paper_sha256", "other_bytes"),
        "the signed bytes, not those before": Lack({"paper_sha256": "a" * 64}, "paper_sha256", "other_bytes"),
    }
    spoils = {
        "it was sent back": lambda play: play.step("vanthu", "seal", "send_back", reason="Sai thể thức"),
    }

    def given(self, play: Quick) -> dict[str, object]:
        return {"paper_sha256": play.result_sha256()}

    def test_the_paper_is_checked(self, play: Quick) -> None:
        self.do(play)
        paper = play.dossier.papers.get(kind="decision")
        assert (paper.state, paper.checked_at) == ("checked", now())

    def test_what_the_leader_read_is_no_longer_what_is_sealed(self, play: Quick) -> None:
        paper = play.dossier.papers.get(kind="decision")
        assert paper.rendered_sha256 != paper.signed_sha256
        lack = Lack({"paper_sha256": paper.rendered_sha256}, "paper_sha256", "other_bytes")
        self.test_something_is_missing(play, lack)
