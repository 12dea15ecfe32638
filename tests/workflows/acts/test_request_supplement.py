"""request_supplement: the specialist asks, as often as the procedure allows; the term stops."""

from procedures.errors import Invalid
from procedures.law.life import State
from tests.workflows.acts.proof import ELSEWHERE, Lack, Step, Stranger, refusal
from tests.workflows.acts.stages import FIRST_ITEM, Quick
from workflows import selectors


class TestRequestSupplement(Step):
    stage = "appraise"
    who, node, outcome, act = "chuyenvien", "appraise", "ask_supplement", "request_supplement"
    leads_to, opens = State.SUPPLEMENT_REQUESTED, {"await_supplement"}
    clock = ("decision", False, "request_supplement")
    strangers = {name: s for name, s in ELSEWHERE.items() if name != "nobody signed in"} | {
        "a colleague to whom it is not assigned": Stranger("chuyenvien2", "assigned_to_other"),
    }
    lacks = {
        "anything to ask for": Lack({"items": []}, "items"),
        "a piece of this procedure": Lack({"items": [{"target": "piece:birth", "what": "?"}]}, "items"),
    }

    def given(self, play: Quick) -> dict[str, object]:
        return FIRST_ITEM

    def test_the_promised_date_stands_still(self, play: Quick) -> None:
        assert selectors.deadline(play.dossier).status == "running"
        self.do(play)
        assert selectors.deadline(play.dossier).due_at is None

    def test_all_rounds_used(self, play: Quick) -> None:
        for round_ in (1, 2):
            self.do(play)
            assert play.dossier.supplements.latest("pk").round == round_
            play.supply()
        reasons = refusal(play, Invalid, 422, lambda: self.do(play))
        assert [reason.code for reason in reasons] == ["condition"]
