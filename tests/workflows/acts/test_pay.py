"""pay: the cashier records the fee, and the dossier is where it was."""

from datetime import timedelta

from procedures import now as present
from procedures.errors import Invalid
from procedures.law.life import State
from tests.workflows.acts.proof import ELSEWHERE, Lack, Step, Stranger, refusal
from tests.workflows.acts.stages import PAYMENT, Quick
from workflows.mass import fire_limits
from workflows.models import Payment


def lapsed(play: Quick) -> None:
    """Nobody paid in time."""
    present.advance(timedelta(days=31))
    assert fire_limits() == 1


class TestPay(Step):
    stage = "fee_due"
    who, node, outcome, act = "thuquy", "collect_fee", "paid", "pay"
    leads_to, opens, clock = State.SUBMITTED, {"intake"}, ("intake", True, "pay")
    strangers = ELSEWHERE | {
        "another role": Stranger("tiepnhan"),
        "the same role in another unit": Stranger("chuyenvien", seat=("cashier", "HTTB-QLNK")),
    }
    lacks = {
        "the payment": Lack({"payment": None}, "payment"),
        "the whole amount": Lack({"payment": PAYMENT | {"amount": 1}}, "payment.amount", "wrong_amount"),
        "no more than the amount": Lack(
            {"payment": PAYMENT | {"amount": 2_000_001}}, "payment.amount", "wrong_amount"
        ),
    }
    spoils = Step.spoils | {"the limit passed": lapsed}

    def given(self, play: Quick) -> dict[str, object]:
        return {"payment": PAYMENT}

    def test_the_payment_is_settled_with_a_receipt(self, play: Quick) -> None:
        self.do(play)
        payment = Payment.objects.get(dossier_id=play.dossier_id)
        assert (payment.state, payment.payer) == ("settled", PAYMENT["payer"])
        assert payment.recorded_by.username == "thuquy"
        assert play.dossier.papers.filter(kind="fee_receipt").exists()
        assert play.dossier.interrupted == []

    def test_what_is_paid_is_not_asked_for_again(self, play: Quick) -> None:
        self.do(play)
        again = refusal(play, Invalid, 422, lambda: play.step("tiepnhan", "intake", "ask_fee"))
        assert [reason.code for reason in again] == ["condition"]
