"""accept: reception takes a complete, paid dossier; code, receipt and the date of the result."""

from procedures.errors import Busy, Invalid
from procedures.law.life import State
from procedures.now import now
from tests.workflows.acts.proof import ELSEWHERE, Lack, Step, Stranger, refusal
from tests.workflows.acts.stages import Quick
from workflows import selectors
from workflows.models import NumberReservation, Piece, StoredFile


def taken_away(play: Quick) -> None:
    """A required piece is not there any more."""
    Piece.objects.filter(dossier_id=play.dossier_id, piece="authorisation").update(superseded_at=now())


class TestAccept(Step):
    stage = "paid"
    who, node, outcome, act = "tiepnhan", "intake", "accept", "accept"
    leads_to, opens, clock = State.RECEIVED, {"assign"}, ("decision", True, "accept")
    strangers = ELSEWHERE | {
        "another role": Stranger("truongphong"),
        "the same role in another unit": Stranger("chuyenvien", seat=("reception", "HTTB-QLNK")),
    }
    lacks = {"a required piece": Lack({}, "piece:authorisation", "piece_missing", taken_away)}

    def test_code_receipt_and_the_date_of_the_result(self, play: Quick) -> None:
        done = self.do(play)
        assert done.code == play.dossier.code == "000.00.00.G18-260302-0001"
        receipt = play.dossier.papers.get(kind="receipt")
        assert NumberReservation.objects.get(paper=receipt).text == "01/TNHS"
        assert selectors.deadline(play.dossier).due_at.date().isoformat() == "2026-03-23"

    def test_a_refused_acceptance_uses_no_code(self, play: Quick) -> None:
        other = play.copy().to("paid")
        taken_away(play)
        refusal(play, Invalid, 422, lambda: self.do(play))
        assert self.do(other).code.endswith("-0001")

    def test_a_piece_that_is_still_being_checked_is_waited_for(self, play: Quick) -> None:
        StoredFile.objects.filter(media_type="application/pdf", state="clean").update(state="quarantined")
        reasons = refusal(play, Busy, 503, lambda: self.do(play))
        assert {reason.code for reason in reasons} == {"file_checking"}


class TestBeforeTheFee:
    stage = "submitted"

    def test_the_fee_comes_first(self, play: Quick) -> None:
        reasons = refusal(play, Invalid, 422, lambda: play.step("tiepnhan", "intake", "accept"))
        assert [reason.code for reason in reasons] == ["condition"]
