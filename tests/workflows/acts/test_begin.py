"""begin: the head of division gives the dossier to a specialist of the division."""

from procedures.law.life import State
from procedures.models import User
from tests.workflows.acts.proof import ELSEWHERE, Lack, Step, Stranger
from tests.workflows.acts.stages import Quick


class TestBegin(Step):
    stage = "received"
    who, node, outcome, act = "truongphong", "assign", "assign", "begin"
    leads_to, opens, clock = State.IN_PROCESS, {"appraise"}, ("decision", True, "accept")
    strangers = ELSEWHERE | {
        "another role of the division": Stranger("chuyenvien"),
        "the head of another division": Stranger("truongphong_qld"),
        "reception": Stranger("tiepnhan"),
    }
    lacks = {
        "a person": Lack({"assignee_id": None}, "assignee_id"),
        "somebody who exists": Lack({"assignee_id": 0}, "assignee_id", "not_in_unit"),
    }

    def given(self, play: Quick) -> dict[str, object]:
        return {"assignee_id": play.handler()}

    def test_only_specialists_of_the_division_can_be_chosen(self, play: Quick) -> None:
        for elsewhere in ("chuyenvien_qld", "truongphong", "doanhnghiep1"):
            person = User.objects.get(username=elsewhere)
            self.lacks_person(play, person.pk)

    def lacks_person(self, play: Quick, person: int) -> None:
        self.test_something_is_missing(play, Lack({"assignee_id": person}, "assignee_id", "not_in_unit"))

    def test_the_step_is_the_specialists_own(self, play: Quick) -> None:
        self.do(play)
        assert play.dossier.handler.username == play.task("appraise").owner.username == "chuyenvien"
