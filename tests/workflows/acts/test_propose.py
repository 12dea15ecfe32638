"""Appraisal: the specialist concludes on every line and drafts a grant or a refusal. No legal act yet."""

from procedures.law.life import State
from procedures.models import LedgerEntry
from tests.workflows.acts.proof import ELSEWHERE, Lack, Step, Stranger
from tests.workflows.acts.stages import Quick

APPRAISERS = {name: s for name, s in ELSEWHERE.items() if name in ("the applicant", "the auditor")} | {
    "a colleague to whom it is not assigned": Stranger("chuyenvien2", "assigned_to_other"),
}
PASS, FAIL = {"conclusion": "pass"}, {"conclusion": "fail"}
LINES = ("form_complete", "technical_ok", "iso_ok", "authorisation_ok", "purpose_ok")


class TestProposeGrant(Step):
    stage = "appraise"
    who, node, outcome, act = "chuyenvien", "appraise", "propose_grant", "appraise.propose_grant"
    leads_to, opens, clock = State.IN_PROCESS, {"review"}, ("decision", True, "accept")
    strangers = APPRAISERS
    lacks = {
        "any conclusion": Lack({"checklist": {}}, "checklist"),
        "one conclusion": Lack({"checklist": dict.fromkeys(LINES[:-1], PASS)}, "checklist"),
        "a line that is met": Lack({"checklist": dict.fromkeys(LINES, PASS) | {"iso_ok": FAIL}}, "checklist"),
    }

    def given(self, play: Quick) -> dict[str, object]:
        return {"checklist": play.checklist(), "conditions": "Chỉ dùng cho đào tạo."}

    def test_the_draft_is_kept(self, play: Quick) -> None:
        done = self.do(play)
        draft = play.dossier.drafts.get()
        assert (draft.kind, draft.author.username) == ("grant", "chuyenvien")
        assert draft.body["conditions"] == "Chỉ dùng cho đào tạo."
        entry = LedgerEntry.objects.get(
            subject_id=play.dossier_id, subject_kind="dossier", sequence=done.sequence
        )
        assert "Chỉ dùng" not in entry.data, "words live where they can be erased"


class TestProposeRefusal(Step):
    stage = "appraise"
    who, node, outcome, act = "chuyenvien", "appraise", "propose_refusal", "appraise.propose_refusal"
    leads_to, opens, clock = State.IN_PROCESS, {"review"}, ("decision", True, "accept")
    strangers = APPRAISERS
    lacks = {
        "a conclusion": Lack({"checklist": {}}, "checklist"),
        "a ground": Lack({"grounds": []}, "grounds"),
        "a ground of this procedure": Lack({"grounds": ["dislike"]}, "grounds"),
        "a reason": Lack({"reason": ""}, "reason"),
    }

    def given(self, play: Quick) -> dict[str, object]:
        return play.refusal()

    def test_the_last_draft_counts(self, play: Quick) -> None:
        play.step("chuyenvien", "appraise", "propose_grant", checklist=play.checklist())
        play.step("truongphong", "review", "send_back", reason="Thiếu thử nghiệm")
        self.do(play)
        assert [draft.kind for draft in play.dossier.drafts.order_by("pk")] == ["grant", "refusal"]
        play.step("truongphong", "review", "forward")
        play.step("vanthu", "prepare", "prepare")
        assert play.dossier.papers.filter(kind="refusal").exists()
