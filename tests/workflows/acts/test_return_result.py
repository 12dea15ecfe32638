"""return_result: the applicant fetches the result; it is handed over once."""

import pytest

from procedures.law.life import State
from tests.workflows.acts.proof import Applicant, entries, trace
from tests.workflows.acts.stages import Quick, somebody
from workflows import service


class TestReturnResult(Applicant):
    stage = "concluded"
    act = "return_result"
    leads_to, opens, clock = State.RETURNED, set(), None
    strangers = {
        name: one
        for name, one in Applicant.strangers.items()
        if one.who in ("doanhnghiep2", "tiepnhan", "kiemtoan")
    }

    def call(self, play, aim, actor, given, idempotency_key):
        return service.collect_result(actor=actor, dossier_id=play.dossier_id)

    def test_somebody_was_faster(self, play: Quick) -> None:
        """The second fetch is a download like any other."""
        self.do(play)
        before = trace(play)
        assert service.collect_result(actor=somebody("doanhnghiep1b"), dossier_id=play.dossier_id) is None
        assert trace(play) == before

    def test_twice_with_one_key_is_once(self, play: Quick) -> None:
        self.do(play)
        before = trace(play)
        assert self.do(play) is None
        assert trace(play) == before
        assert entries(play).count("return_result") == 1

    test_the_same_key_with_another_body = None  # there is no body, and the key is the dossier's


class TestTooEarly:
    @pytest.mark.parametrize("stage", ["submitted", "appraise", "sealing", "intake_supplement"])
    def test_there_is_no_result_yet(self, play: Quick, stage: str) -> None:
        play.to(stage)
        before = trace(play)
        assert service.collect_result(actor=somebody("doanhnghiep1"), dossier_id=play.dossier_id) is None
        assert trace(play) == before
