"""demand_fee: reception asks for the fee; the dossier waits, and remembers what it interrupted."""

from procedures.law.life import State
from tests.workflows.acts.proof import ELSEWHERE, Step, Stranger
from tests.workflows.acts.stages import Quick
from workflows.models import Payment


class TestDemandFee(Step):
    stage = "submitted"
    who, node, outcome, act = "tiepnhan", "intake", "ask_fee", "demand_fee"
    leads_to, opens, clock = State.FEE_DUE, {"collect_fee"}, ("intake", False, "demand_fee")
    strangers = ELSEWHERE | {
        "another role": Stranger("thuquy"),
        "the same role in another unit": Stranger("chuyenvien", seat=("reception", "HTTB-QLNK")),
    }

    def test_the_fee_is_owed(self, play: Quick) -> None:
        self.do(play)
        payment = Payment.objects.get(dossier_id=play.dossier_id)
        assert (payment.fee, payment.amount, payment.state) == ("appraisal", 2_000_000, "due")
        assert play.dossier.interrupted == [State.SUBMITTED]
