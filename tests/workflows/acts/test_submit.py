"""submit: a declared draft becomes a dossier; its version is pinned and the intake limit starts."""

import pytest

from procedures.errors import Busy, Conflict, WrongState
from procedures.law.life import State
from procedures.models import LedgerEntry
from procedures.now import now
from tests.workflows.acts.proof import Applicant, Lack, refusal
from tests.workflows.acts.stages import Quick, key, somebody
from workflows import service
from workflows.models import Dossier, Piece, StoredFile


def change(play: Quick, **answers: object) -> None:
    """What the applicant typed after signing."""
    dossier = play.dossier
    Dossier.objects.filter(pk=dossier.pk).update(answers=dossier.answers | answers)


class TestSubmit(Applicant):
    act = "submit"
    leads_to, opens, clock = State.SUBMITTED, {"intake"}, ("intake", True, "submit")
    lacks = {
        "a required piece": Lack(
            {},
            "piece:iso_13485",
            "piece_missing",
            lambda play: Piece.objects.filter(dossier_id=play.dossier_id, piece="iso_13485").update(
                superseded_at=now()
            ),
        ),
        "a declaration over these answers": Lack(
            {}, "declaration", "not_declared", lambda play: change(play, purpose_detail="Nội dung sửa sau")
        ),
        "a right answer": Lack(
            {}, "purpose_section.purpose", "answer", lambda play: change(play, purpose="resale")
        ),
        "any device": Lack({}, "devices.", "answer", lambda play: change(play, devices=[])),
    }
    spoils = {
        "the other representative was faster": lambda play: service.submit(
            actor=somebody("doanhnghiep1b"), dossier_id=play.dossier_id, idempotency_key=key()
        ),
    }

    def call(self, play, aim, actor, given, idempotency_key):
        return service.submit(actor=actor, dossier_id=play.dossier_id, idempotency_key=idempotency_key)

    def test_the_same_key_with_another_body(self, play: Quick) -> None:
        """There is no body but the dossier: the same key for another one."""
        using, other = key(), play.copy()
        self.do(play, using=using)
        reasons = refusal(other, Conflict, 409, lambda: self.do(other, using=using))
        assert [reason.code for reason in reasons] == ["key_reused"]

    def test_a_piece_that_is_still_being_checked_is_waited_for(self, play: Quick) -> None:
        piece = Piece.objects.filter(dossier_id=play.dossier_id).first()
        StoredFile.objects.filter(pk=piece.file_id).update(state="quarantined")
        reasons = refusal(play, Busy, 503, lambda: self.do(play))
        assert {reason.code for reason in reasons} == {"file_checking"}

    def test_version_and_answers_are_pinned(self, play: Quick) -> None:
        self.do(play)
        entry = LedgerEntry.objects.get(subject_kind="dossier", subject_id=play.dossier_id)
        dossier = play.dossier
        assert entry.definition_sha256 == dossier.definition_sha256 == dossier.version.sha256
        assert "device-import 2025-07-01" in entry.data
        assert "answers_sha256" in entry.data

    def test_what_was_submitted_can_no_longer_be_edited(self, play: Quick) -> None:
        self.do(play)
        with pytest.raises(WrongState):
            service.save_answers(
                actor=somebody("doanhnghiep1"),
                dossier_id=play.dossier_id,
                section="purpose_section",
                values={},
                revision=play.dossier.revision,
            )
