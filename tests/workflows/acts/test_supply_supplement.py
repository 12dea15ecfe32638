"""supply_supplement: the applicant answers the specialist, and the term starts anew, as this procedure says."""

from procedures.law.life import State
from tests.workflows.acts.stages import Quick, key
from tests.workflows.acts.test_supply_intake_supplement import Supply
from workflows import selectors


class TestSupplySupplement(Supply):
    stage = "supplement_requested"
    act = "supply_supplement"
    leads_to, opens, clock = State.IN_PROCESS, {"appraise"}, ("decision", True, "supply_supplement")

    def test_the_same_specialist_goes_on_and_the_term_runs_again(self, play: Quick) -> None:
        assert selectors.deadline(play.dossier).status == "stopped"
        self.do(play)
        assert play.task("appraise").owner.username == "chuyenvien"
        assert selectors.deadline(play.dossier).status == "running"

    def test_an_old_key_gets_its_answer_while_another_request_is_open(self, play: Quick) -> None:
        using = key()
        given = self.given(play)
        first = self.do(play, using=using)
        play.step(
            "chuyenvien", "appraise", "ask_supplement", items=[{"target": "section:devices", "what": "?"}]
        )
        assert self.do(play, using=using, **given).sequence == first.sequence
        assert play.open_nodes() == {"await_supplement"}


del Supply  # its questions are put here in a class of their own
