"""Sending back: with a reason that the receiver reads; a number already reserved is void for that reason."""

from typing import Any, ClassVar

from procedures.law.life import State
from tests.workflows.acts.proof import ELSEWHERE, Lack, Step, Stranger
from tests.workflows.acts.stages import Quick
from workflows.models import Note, NumberReservation


class SendBack(Step):
    outcome = "send_back"
    leads_to, clock = State.IN_PROCESS, ("decision", True, "accept")
    lacks = {"a reason": Lack({"reason": "  "}, "reason")}
    voids: ClassVar[bool] = False

    def given(self, play: Quick) -> dict[str, Any]:
        return {"reason": "Sửa Điều 2"}

    def test_the_receiver_reads_why(self, play: Quick) -> None:
        done = self.do(play)
        assert Note.objects.get(dossier_id=play.dossier_id, sequence=done.sequence).text == "Sửa Điều 2"
        voided = NumberReservation.objects.filter(state="void").values_list("reason", flat=True)
        assert list(voided) == (["Sửa Điều 2"] if self.voids else [])

    def test_it_goes_on_from_there_to_the_end(self, play: Quick) -> None:
        self.do(play)
        play.__dict__["_stage"] = {"appraise": 4, "review": 5, "prepare": 6}[next(iter(self.opens))]
        play.to("concluded")
        assert play.dossier.state == State.CONCLUDED
        used = play.dossier.licence.paper.number
        assert (used.number, used.state) == (2 if self.voids else 1, "used")


class TestFromReview(SendBack):
    stage = node = "review"
    who, act, opens = "truongphong", "review.send_back", {"appraise"}
    strangers = ELSEWHERE | {"the head of another division": Stranger("truongphong_qld")}


class TestFromPrepare(SendBack):
    stage = node = "prepare"
    who, act, opens = "vanthu", "prepare.send_back", {"review"}
    strangers = ELSEWHERE | {"the clerk of another department": Stranger("vanthu_qld")}


class TestFromSign(SendBack):
    stage = node = "sign"
    who, act, opens = "cuctruong", "sign.send_back", {"appraise"}
    voids = True
    strangers = ELSEWHERE | {
        "another leader of the department": Stranger(
            "phocuctruong", "assigned_to_other", seat=("leader", "HTTB")
        )
    }


class TestFromSeal(SendBack):
    stage = node = "seal"
    who, act, opens = "vanthu", "seal.send_back", {"prepare"}
    voids = True
    strangers = ELSEWHERE | {"the leader": Stranger("cuctruong")}
    spoils = {
        "it was sealed": lambda play: play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())
    }


del SendBack  # only the four above are asked
