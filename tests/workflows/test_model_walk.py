"""Random walks through the real service on PostgreSQL, each step held against a small model written by hand.

The model knows the route from procedure.yaml as text and the law from `law_by_hand`; it calls nothing that is tested.
Papers' bytes are placeholders here. The walk fails unless every act, state, outcome and refusal was met.
"""

from copy import deepcopy
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from procedures import ledger
from procedures import now as clock
from procedures.errors import MotcuaError, Refused
from procedures.models import LedgerEntry
from procedures.now import frozen
from procedures.policy import Actor
from tests import scenarios
from tests.workflows.acts.stages import FIRST_ITEM, PAYMENT, Quick, key, somebody
from tests.workflows.law_by_hand import ACTS, OPEN
from tests.workflows.model_by_hand import (
    ASKS,
    EVERYBODY,
    LIMITED,
    MAIN,
    NODES,
    OUTCOMES,
    OUTSIDE,
    RARE,
    STARTS,
    WHO,
    Model,
    Move,
)
from workflows import service
from workflows.mass import fire_limits
from workflows.models import ClockSpan, NumberReservation, Task
from workflows.service import Done, Input

SEED = st.binary(min_size=6, max_size=6)
SEEN: dict[str, set[Any]] = {
    "acts": set(),
    "states": set(),
    "moves": set(),
    "refused": set(),
    "repeated": set(),
}


class Walk(RuleBasedStateMachine):
    """One dossier, walked at random."""

    draft: Quick
    """Set by the test: a declared draft in the surrounding transaction."""
    actors: dict[str, Actor]
    start: int
    """Which of STARTS these walks begin with."""

    def __init__(self) -> None:
        super().__init__()
        self.held = frozen(scenarios.MONDAY)
        self.held.__enter__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.play = self.draft.again()
        self.model = Model()
        self.last: tuple[Move, str, Any, dict[str, Any], Done] | None = None
        self.jumps = self.steps = 0
        self.seed = b""

    def teardown(self) -> None:
        try:
            assert list(ledger.verify(subject_kind="dossier")) == []
            self.compare_numbers()
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)
            self.held.__exit__(None, None, None)

    # -- the real thing ------------------------------------------------------------------------------------------

    def given(self, move: Move) -> dict[str, Any]:
        """What a right act gives."""
        outcome = move[1]
        if outcome in ("ask_missing", "ask_supplement"):
            return FIRST_ITEM
        if outcome in ("send_back", "decline"):
            return {"reason": "Sửa lại"}
        if move == ("intake", "refuse"):
            return {"grounds": ["wrong_agency"], "reason": "Sai cơ quan"}
        if move == ("collect_fee", "paid"):
            return {"payment": PAYMENT}
        if move == ("assign", "assign"):
            return {"assignee_id": self.actors["chuyenvien"].id}
        if move == ("appraise", "propose_grant"):
            return {"checklist": self.play.checklist()}
        if move == ("appraise", "propose_refusal"):
            return self.play.refusal()
        if move == ("sign", "sign"):
            return self.play.signature() if self.model.paper else {"stepped_up_at": clock.now()}
        if move == ("seal", "seal"):
            return {"paper_sha256": self.play.result_sha256()} if self.model.paper else {}
        return {}

    def do(
        self, move: Move, *, who: str = "", using: str = "", target: Any = None, given: Any = None
    ) -> Done | None:
        """Through the service, as that person would; None when nothing waits for it."""
        play, (node, outcome) = self.play, move
        applicant, using = self.actors[who or "doanhnghiep1"], using or key()
        if node == "submit":
            return service.submit(actor=applicant, dossier_id=play.dossier_id, idempotency_key=using)
        if node == "withdraw":
            return service.request_withdrawal(
                actor=applicant, dossier_id=play.dossier_id, reason="Đổi ý", idempotency_key=using
            )
        if node == "collect":
            return service.collect_result(actor=applicant, dossier_id=play.dossier_id)
        if node == "supply":
            return service.supply(
                actor=applicant, dossier_id=play.dossier_id, answers=given or {}, idempotency_key=using
            )
        if NODES[node]["kind"] == "wait" and not who:
            return play.release(outcome, idempotency_key=using)
        return service.perform_step(
            actor=self.actors[who or WHO.get(node, "system")],
            dossier_id=play.dossier_id,
            task_id=target,
            outcome=outcome,
            given=Input(**(given or {})),
            idempotency_key=using,
        )

    def target(self, move: Move) -> Any:
        """The task that a person would have on the screen: the open one, else the last."""
        tasks = Task.objects.filter(process_id=self.play.dossier_id, node=move[0])
        return tasks.order_by("-pk").values_list("pk", flat=True).first()

    def body(self, move: Move) -> dict[Any, Any]:
        """The content of a move."""
        if move[0] != "supply":
            return {} if move in OUTSIDE else self.given(move)
        request = self.play.dossier.supplements.order_by("-pk").first()
        return {item.pk: "Đã giải trình" for item in request.items.all()} if request else {}

    def compare(self) -> None:
        """The dossier is where the model says."""
        dossier, model = self.play.dossier, self.model
        span = ClockSpan.objects.filter(dossier=dossier, until__isnull=True).first()
        entries = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=dossier.pk)
        found = (
            dossier.state,
            dossier.interrupted,
            self.play.open_nodes(),
            (span.clock, span.running) if span else None,
            entries.count(),
            dossier.head_sequence,
        )
        assert found == (
            model.state,
            model.interrupted,
            model.nodes,
            model.clock,
            model.entries,
            model.entries,
        )
        SEEN["states"].add(model.state)

    def compare_numbers(self) -> None:
        """Numbers of the decision: every one reserved, used or void."""
        states = list(
            NumberReservation.objects.filter(paper__kind__in=["decision", "refusal"]).values_list(
                "state", flat=True
            )
        )
        assert (len(states), states.count("void")) == (self.model.numbers, self.model.voided)

    def take(self, move: Move) -> None:
        """A legal move, really and in the model."""
        given, target, using = self.body(move), self.target(move), key()
        act = self.model.act_of(move) or f"{move[0]}.{move[1]}"
        done = self.do(move, using=using, target=target, given=given)
        assert done is not None
        assert not done.repeated
        self.model.apply(move)
        assert (done.state, done.sequence) == (self.model.state, self.model.entries)
        assert (
            LedgerEntry.objects.get(
                subject_kind="dossier", subject_id=self.play.dossier_id, sequence=done.sequence
            ).act
            == act
        )
        self.last = (move, using, target, given, done)
        SEEN["acts"].add(act)
        SEEN["moves"].add(move)
        self.compare()

    # -- the rules -----------------------------------------------------------------------------------------------

    @initialize(seed=SEED)
    def begin(self, seed: bytes) -> None:
        """Somewhere in the route."""
        self.seed = bytes([self.start]) + seed
        self.compare()
        for move in STARTS[self.start]:
            self.take(move)

    def go_on(self, dice: Random) -> None:
        """Something legal; rather not what ends the walk."""
        legal = [
            m for m in (*OUTSIDE, *OUTCOMES) if m[1] not in ("lapsed", "supplied") and self.model.legal(m)
        ]
        if legal:
            self.take(dice.choices(legal, [RARE.get(m, 1.5 if m in MAIN else 1.0) for m in legal])[0])

    @rule(seed=SEED)
    def step(self, seed: bytes) -> None:
        """Something legal, then perhaps something else; one rule, so that no walk does without any of it.

        Hypothesis likes to draw the same again; the dice are thrown anew in every step of every walk all the same.
        """
        self.steps += 1
        dice = Random(self.seed + seed + bytes([self.steps]))
        then = dice.choice([None, None, *self.THEN])
        if then is Walk.months_pass:
            then(self, dice)
            return
        self.go_on(dice)
        if then:
            then(self, dice)

    def try_what_is_not_open(self, dice: Random) -> None:
        """Something illegal, by the person whose step it is."""
        closed = [m for m in (*OUTSIDE, *OUTCOMES) if m[1] != "supplied" and not self.model.legal(m)]
        closed = [m for m in closed if m in OUTSIDE or NODES[m[0]]["kind"] == "wait" or self.target(m)]
        closed = [m for m in closed if m[1] != "lapsed"]  # only its limit fires it
        if not closed:
            return
        near = [m for m in closed if m[0] in self.model.nodes]
        move = dice.choice(near if near and dice.random() < 0.5 else closed)
        before = deepcopy(self.model)
        try:
            answer = self.do(move, target=self.target(move), given=self.body(move))
        except MotcuaError as refusal:
            SEEN["refused"].add(type(refusal).__name__)
        else:
            assert answer is None, f"{move} was not open"
            SEEN["refused"].add("nothing waited")
        assert self.model == before
        self.compare()

    def try_as_somebody_else(self, dice: Random) -> None:
        """An open step, by somebody whose step it is not; a wait, by anybody."""
        who = dice.choice(EVERYBODY)
        steps = sorted(m for m in OUTCOMES if m[0] in self.model.nodes and WHO.get(m[0]) != who)
        steps = [m for m in steps if not (m[1] == "supplied" and who == "doanhnghiep1")]
        if not steps:
            return
        move = dice.choice(steps)
        with pytest.raises(Refused) as refusal:
            self.do(move, who=who, target=self.target(move), given={})
        assert refusal.value.status == 403
        SEEN["refused"].add("somebody else")
        self.compare()

    def repeat_the_last(self, dice: Random) -> None:
        """The same key again: the same answer, and nothing more."""
        if self.last is None:
            return
        move, using, target, given, first = self.last
        again = self.do(move, using=using, target=target, given=given)
        if again is not None:
            assert (again.repeated, again.sequence) == (True, first.sequence)
            SEEN["repeated"].add(move)
        self.compare()

    def an_hour_passes(self, dice: Random) -> None:
        """Nothing is due but what was due before."""
        clock.advance(timedelta(hours=1))
        self.fire()

    def months_pass(self, dice: Random) -> None:
        """Rather while the applicant is being waited for."""
        if self.jumps == 4:
            return
        asks = [m for m in ASKS if self.model.legal(m)]
        if asks:
            self.take(dice.choice(asks))
        clock.advance(timedelta(days=60))
        self.jumps += 1
        self.model.overdue |= self.model.nodes & LIMITED
        self.fire()

    def fire(self) -> None:
        """Every limit that may fire fires, and no other."""
        due = [m for m in OUTCOMES if m[1] == "lapsed" and self.model.legal(m)]
        assert fire_limits() == len(due)
        for move in due:
            self.model.apply(move)
            SEEN["acts"].add("lapse")
            SEEN["moves"].add(move)
        self.compare()

    THEN = (try_what_is_not_open, try_as_somebody_else, repeat_the_last, an_hour_passes, months_pass)


@pytest.mark.promise("engine.model-walk")
def test_random_walks_agree_with_the_model_and_reach_everything(declared_draft: Quick, db: None) -> None:
    Walk.draft = declared_draft
    with frozen(scenarios.MONDAY):
        Walk.actors = {name: somebody(name) for name in (*EVERYBODY, "system")}
    for seen in SEEN.values():
        seen.clear()
    for Walk.start in range(len(STARTS)):
        run_state_machine_as_test(
            Walk,
            settings=settings(
                max_examples=7,
                stateful_step_count=10,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    internal = {f"{node}.{outcome}" for (node, outcome), row in OUTCOMES.items() if "act" not in row}
    assert SEEN["acts"] == set(ACTS) | internal
    assert SEEN["states"] == {"draft", "withdrawal_requested", *OPEN} | {
        law.target for law in ACTS.values() if law.target
    }
    assert SEEN["moves"] == {*OUTSIDE, *(move for move in OUTCOMES if move[1] != "supplied")}
    assert SEEN["refused"] >= {"WrongState", "Invalid", "nothing waited", "somebody else"}
    assert len(SEEN["repeated"]) >= 10
