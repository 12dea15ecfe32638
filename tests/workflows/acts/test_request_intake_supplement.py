"""request_intake_supplement: reception asks for what is missing, once, in full; the intake limit stands still."""

from procedures.errors import Invalid
from procedures.law.life import State
from tests.workflows.acts.proof import ELSEWHERE, Lack, Step, Stranger, refusal
from tests.workflows.acts.stages import FIRST_ITEM, Quick
from workflows.models import NumberReservation


class TestRequestIntakeSupplement(Step):
    stage = "submitted"
    who, node, outcome, act = "tiepnhan", "intake", "ask_missing", "request_intake_supplement"
    leads_to, opens = State.INTAKE_SUPPLEMENT, {"await_intake"}
    clock = ("intake", False, "request_intake_supplement")
    strangers = ELSEWHERE | {
        "another role": Stranger("thuquy"),
        "the same role in another unit": Stranger("chuyenvien", seat=("reception", "HTTB-QLNK")),
    }
    lacks = {
        "anything to ask for": Lack({"items": []}, "items"),
        "a piece of this procedure": Lack({"items": [{"target": "piece:birth", "what": "?"}]}, "items"),
        "a section of this form": Lack({"items": [{"target": "section:birth", "what": "?"}]}, "items"),
    }

    def given(self, play: Quick) -> dict[str, object]:
        return FIRST_ITEM

    def test_the_request_is_written_and_numbered(self, play: Quick) -> None:
        self.do(play)
        request = play.dossier.supplements.get()
        assert (request.stage, request.round, request.supplied_at) == ("intake", 1, None)
        assert request.answer_by == play.task("await_intake").due_at
        assert [item.target for item in request.items.all()] == ["piece:iso_13485"]
        slip = play.dossier.papers.get(kind="supplement_request")
        assert NumberReservation.objects.get(paper=slip).state == "reserved"

    def test_it_may_be_asked_once_only(self, play: Quick) -> None:
        self.do(play)
        play.supply()
        reasons = refusal(play, Invalid, 422, lambda: self.do(play))
        assert [reason.code for reason in reasons] == ["condition"]
