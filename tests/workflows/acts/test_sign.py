"""Signature: the leader named on the paper signs exactly the bytes that were read, with a fresh second factor."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from procedures.law.life import State
from procedures.models import User
from procedures.now import now
from tests.scenarios import MONDAY
from tests.workflows.acts.proof import ELSEWHERE, Lack, Release, Step, Stranger
from tests.workflows.acts.stages import FILES, Quick, key, somebody
from workflows.models import OutboxRow, Task


def performed_by(node: str, username: str) -> Callable[[Quick], object]:
    """As if that person had performed the step."""
    return lambda play: Task.objects.filter(process_id=play.dossier_id, node=node).update(
        performer=User.objects.get(username=username)
    )


class TestSign(Step):
    stage = "sign"
    who, node, outcome, act = "cuctruong", "sign", "sign", "sign.sign"
    leads_to, opens, clock = State.IN_PROCESS, {"signing"}, ("decision", True, "accept")
    strangers = ELSEWHERE | {
        "the clerk": Stranger("vanthu"),
        "the leader of another department": Stranger("cuctruong_qld"),
        "another leader of the department": Stranger(
            "phocuctruong", "assigned_to_other", seat=("leader", "HTTB")
        ),
        "the signer, who appraised it": Stranger(
            "cuctruong", "same_person", before=performed_by("appraise", "cuctruong")
        ),
        "the signer, who reviewed it": Stranger(
            "cuctruong", "same_person", before=performed_by("review", "cuctruong")
        ),
    }
    lacks = {
        "a second factor": Lack({"stepped_up_at": None}, "code", "step_up"),
        "a fresh second factor": Lack(
            {"stepped_up_at": MONDAY - timedelta(minutes=5, seconds=1)}, "code", "step_up"
        ),
        "a second factor of the past": Lack(
            {"stepped_up_at": MONDAY + timedelta(seconds=1)}, "code", "step_up"
        ),
        "the bytes that were read": Lack({"paper_sha256": ""}, "paper_sha256", "other_bytes"),
        "the bytes as they are now": Lack({"paper_sha256": "a" * 64}, "paper_sha256", "other_bytes"),
    }

    def given(self, play: Quick) -> dict[str, object]:
        return play.signature()

    def test_a_second_factor_counts_for_five_minutes(self, play: Quick) -> None:
        assert self.do(play, stepped_up_at=now() - timedelta(minutes=5)).state == State.IN_PROCESS

    def test_the_paper_is_approved_and_its_signature_asked_for(self, play: Quick) -> None:
        asked = OutboxRow.objects.filter(dossier_id=play.dossier_id, kind="paper.produce").count()
        self.do(play)
        paper = play.dossier.papers.get(kind="decision")
        assert (paper.state, paper.approved_at) == ("approved", now())
        assert OutboxRow.objects.filter(dossier_id=play.dossier_id, kind="paper.produce").count() == asked + 1

    def test_a_repetition_with_a_newer_second_factor_is_the_same_act(self, play: Quick) -> None:
        using, task, given = key(), self.aim(play), self.given(play)
        first = self.call(play, task, somebody(self.who), given, using)
        given["stepped_up_at"] = now()
        assert self.call(play, task, somebody(self.who), given, using).sequence == first.sequence


class TestSigned(Release):
    stage = "signing"
    node, outcome, act = "signing", "signed", "signing.signed"
    leads_to, opens, clock = State.IN_PROCESS, {"seal"}, ("decision", True, "accept")
    spoils = {"the applicant asked to withdraw": lambda play: play.withdraw()}
    lacks = {"the signed file": Lack({"signed": ""}, "files.signed", "no_file")}

    def test_the_clerk_gets_the_signed_bytes(self, play: Quick) -> None:
        self.do(play)
        assert play.result_sha256() == sha256(FILES["signed"]).hexdigest()
