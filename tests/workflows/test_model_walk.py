"""Random walks through the real service on PostgreSQL, each step held against a small model written by hand.

The model knows the route from procedure.yaml as text and the law from `law_by_hand`; it calls nothing that is tested.
Papers' bytes are placeholders here. The walk fails unless every act, state, outcome and refusal was met.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import yaml
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from procedures import ledger
from procedures import now as clock
from procedures.catalog import CATALOGUE
from procedures.errors import MotcuaError, Refused
from procedures.models import LedgerEntry
from procedures.now import frozen
from procedures.policy import Actor
from tests import scenarios
from tests.workflows.acts.stages import FIRST_ITEM, PAYMENT, Quick, key, somebody
from tests.workflows.law_by_hand import ACTS, OPEN
from workflows import service
from workflows.mass import fire_limits
from workflows.models import ClockSpan, NumberReservation, Task
from workflows.service import Done, Input

FILE = CATALOGUE / "device-import" / "2025-07-01" / "procedure.yaml"
NODES: dict[str, dict[str, Any]] = {
    node["id"]: node for node in yaml.safe_load(FILE.read_text(encoding="utf-8"))["route"]["nodes"]
}
OUTCOMES: dict[tuple[str, str], dict[str, Any]] = {
    (node["id"], outcome["id"]): outcome for node in NODES.values() for outcome in node.get("outcomes", ())
}
ROUNDS = 2
INTERRUPTING = {"fee_due", "withdrawal_requested"}
STANDING = {"intake_supplement", "supplement_requested", "fee_due"}
PAPER = {
    "make": ("", "reserved"),
    "rendered": ("reserved", "rendered"),
    "approve": ("rendered", "approved"),
    "signed": ("approved", "signed"),
    "check": ("signed", "checked"),
    "publish": ("checked", "published"),
}
WHO = {
    "intake": "tiepnhan",
    "collect_fee": "thuquy",
    "assign": "truongphong",
    "appraise": "chuyenvien",
    "review": "truongphong",
    "prepare": "vanthu",
    "sign": "cuctruong",
    "seal": "vanthu",
    "decide_withdrawal": "truongphong",
}
EVERYBODY = (
    *sorted(set(WHO.values())),
    "chuyenvien2",
    "truongphong_qld",
    "doanhnghiep1",
    "doanhnghiep2",
    "kiemtoan",
)
MAIN = (
    ("submit", ""),
    ("intake", "ask_fee"),
    ("collect_fee", "paid"),
    ("intake", "accept"),
    ("assign", "assign"),
    ("appraise", "propose_grant"),
    ("review", "forward"),
    ("prepare", "prepare"),
    ("rendering", "rendered"),
    ("sign", "sign"),
    ("signing", "signed"),
    ("seal", "seal"),
    ("sealing", "granted"),
    ("collect", ""),
)
"""The straight way; the walk prefers it a little, so that it reaches the end often enough."""

DICE = st.integers(0, 2**48).map(Random)
ASKS: tuple["Move", ...] = (("intake", "ask_fee"), ("intake", "ask_missing"), ("appraise", "ask_supplement"))
"""What the applicant has a limit to answer."""
RARE: dict["Move", float] = {
    ("withdraw", ""): 0.2,
    ("intake", "refuse"): 0.7,
    ("decide_withdrawal", "agree"): 0.7,
}
"""Rarer, or most walks would end early."""

Move = tuple[str, str]
"""A node and its outcome, or one of the acts from outside: submit, supply, withdraw, collect."""
OUTSIDE: tuple[Move, ...] = (("submit", ""), ("supply", ""), ("withdraw", ""), ("collect", ""))


@dataclass
class Model:
    """Where the dossier should be."""

    state: str = "draft"
    interrupted: list[str] = field(default_factory=list)
    nodes: set[str] = field(default_factory=set)
    clock: tuple[str, bool] | None = None
    entries: int = 0
    paid: bool = False
    intake_rounds: int = 0
    rounds: int = 0
    draft: str = ""
    paper: str = ""
    numbers: int = 0
    voided: int = 0
    overdue: set[str] = field(default_factory=set)

    # -- what may be ---------------------------------------------------------------------------------------------

    def act_of(self, move: Move) -> str:
        """The legal act of a move; "" for an internal step."""
        if move in OUTSIDE:
            names = {"submit": "submit", "withdraw": "request_withdrawal", "collect": "return_result"}
            if move[0] == "supply":
                return "supply_intake_supplement" if "await_intake" in self.nodes else "supply_supplement"
            return names[move[0]]
        return str(OUTCOMES[move].get("act", ""))

    def legal(self, move: Move) -> bool:
        """May it be done now, by the right person, in the right way?"""
        act = self.act_of(move)
        if act and self.state not in ACTS[act].sources:
            return False
        if move[0] == "withdraw":
            return self.paper not in ("signed", "checked", "published")
        if move[0] == "supply":
            waits = self.nodes & {"await_intake", "await_supplement"}
            return bool(waits) and not waits & self.overdue
        if move in OUTSIDE:
            return True
        node, outcome = move[0], OUTCOMES[move]
        if node not in self.nodes or (not act and self.state != "in_process"):
            return False
        if outcome["id"] == "lapsed":
            return node in self.overdue
        if act in ("grant", "refuse") and self.draft != act:
            return False
        return self._open(outcome.get("when", ""))

    def _open(self, when: str) -> bool:
        return {
            "": True,
            "facts.fee_settled": self.paid,
            "!facts.fee_settled": not self.paid,
            "facts.intake_rounds == 0": self.intake_rounds == 0,
            "facts.rounds < facts.rounds_allowed": self.rounds < ROUNDS,
        }[when]

    # -- what follows --------------------------------------------------------------------------------------------

    def apply(self, move: Move) -> None:
        """The dossier after a move."""
        act = self.act_of(move)
        if act:
            self._move_on(act)
        if move in OUTSIDE:
            self._outside(move[0])
        else:
            self._step(move)
        self.entries += 1

    def _move_on(self, act: str) -> None:
        law = ACTS[act]
        if law.target in INTERRUPTING:
            self.interrupted.append(self.state)
            self.state = law.target
        elif law.target:
            self.interrupted, self.state = [], law.target
        else:
            self.state = self.interrupted.pop()
        name = self.clock[0] if self.clock else ""
        if law.clock in ("intake", "decision"):
            self.clock = (law.clock, True)
        elif law.clock == "stop":
            self.clock = (name, False)
        elif law.clock == "back":
            self.clock = (name, self.state not in STANDING)
        elif law.clock == "close":
            self.clock = None
        if act == "pay":
            self.paid = True
        self.intake_rounds += act == "request_intake_supplement"
        self.rounds += act == "request_supplement"
        if act in ("stop", "lapse") and self.paper:
            self.paper, self.voided = "", self.voided + 1

    def _outside(self, name: str) -> None:
        if name == "submit":
            self.nodes = {"intake"}
        elif name == "withdraw":
            self.nodes |= {"decide_withdrawal"}
        elif name == "supply":
            wait = next(iter(self.nodes & {"await_intake", "await_supplement"}))
            self._leave(wait, OUTCOMES[wait, "supplied"]["to"])

    def _step(self, move: Move) -> None:
        outcome = OUTCOMES[move]
        needs = outcome.get("needs", ())
        if "draft_grant" in needs:
            self.draft = "grant"
        if "draft_refusal" in needs:
            self.draft = "refuse"
        step = outcome.get("step")
        if step == "void":
            self.voided += bool(self.paper)
            self.paper = ""
        elif step:
            before, self.paper = PAPER[step]
            assert before in ("", "reserved", "rendered", "approved", "signed", "checked")
            self.numbers += step == "make"
        self._leave(move[0], outcome["to"])

    def _leave(self, node: str, to: str) -> None:
        self.nodes -= {node}
        self.overdue -= {node}
        if to == "back":
            return
        if NODES[to]["kind"] == "end":
            self.nodes, self.overdue = set(), set()
        else:
            self.nodes |= {to}


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

    def __init__(self) -> None:
        super().__init__()
        self.held = frozen(scenarios.MONDAY)
        self.held.__enter__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.play = self.draft.again()
        self.model = Model()
        self.last: tuple[Move, str, Any, dict[str, Any], Done] | None = None
        self.jumps = 0

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

    @initialize(depth=st.sampled_from((0, 0, 1, 1, 2, 3, 5, 6, 8, 10, 12)), refuse=st.booleans())
    def begin(self, depth: int, refuse: bool) -> None:
        """Somewhere on the straight way to a licence, or to a refusal."""
        self.compare()
        for move in MAIN[:depth]:
            self.take(("appraise", "propose_refusal") if refuse and move[0] == "appraise" else move)

    def go_on(self, dice: Random) -> None:
        """Something legal, with which every rule begins; rather not what ends the walk."""
        legal = [
            m for m in (*OUTSIDE, *OUTCOMES) if m[1] not in ("lapsed", "supplied") and self.model.legal(m)
        ]
        if legal:
            self.take(dice.choices(legal, [RARE.get(m, 1.5 if m in MAIN else 1.0) for m in legal])[0])

    @rule(dice=DICE)
    def act(self, dice: Random) -> None:
        """Something legal, and nothing else."""
        self.go_on(dice)

    @rule(dice=DICE)
    def try_what_is_not_open(self, dice: Random) -> None:
        """Something illegal, by the person whose step it is."""
        self.go_on(dice)
        closed = [m for m in (*OUTSIDE, *OUTCOMES) if m[1] != "supplied" and not self.model.legal(m)]
        closed = [m for m in closed if m in OUTSIDE or NODES[m[0]]["kind"] == "wait" or self.target(m)]
        closed = [m for m in closed if m[1] != "lapsed"]  # only its limit fires it
        if not closed:
            return
        move = dice.choice(closed)
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

    @rule(dice=DICE, who=st.sampled_from(EVERYBODY))
    def try_as_somebody_else(self, dice: Random, who: str) -> None:
        """An open step, by somebody whose step it is not; a wait, by anybody."""
        self.go_on(dice)
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

    @rule(dice=DICE)
    def repeat_the_last(self, dice: Random) -> None:
        """The same key again: the same answer, and nothing more."""
        self.go_on(dice)
        if self.last is None:
            return
        move, using, target, given, first = self.last
        again = self.do(move, using=using, target=target, given=given)
        if again is not None:
            assert (again.repeated, again.sequence) == (True, first.sequence)
            SEEN["repeated"].add(move)
        self.compare()

    @precondition(lambda self: self.jumps < 4)
    @rule(dice=DICE, long=st.sampled_from([False, True]))
    def time_passes(self, dice: Random, long: bool) -> None:
        """An hour, or two months: then every limit that may fire fires, and no other."""
        asks = [m for m in (*ASKS, ("withdraw", "")) if self.model.legal(m)]
        if long and asks:
            self.take(dice.choice(asks))
        else:
            self.go_on(dice)
        clock.advance(timedelta(days=60) if long else timedelta(hours=1))
        if long:
            self.jumps += 1
            self.model.overdue |= self.model.nodes & {"await_intake", "await_supplement", "collect_fee"}
        due = [m for m in OUTCOMES if m[1] == "lapsed" and self.model.legal(m)]
        assert fire_limits() == len(due)
        for move in due:
            self.model.apply(move)
            SEEN["acts"].add("lapse")
            SEEN["moves"].add(move)
        self.compare()


@pytest.mark.promise("engine.model-walk")
def test_random_walks_agree_with_the_model_and_reach_everything(declared_draft: Quick, db: None) -> None:
    Walk.draft = declared_draft
    with frozen(scenarios.MONDAY):
        Walk.actors = {name: somebody(name) for name in (*EVERYBODY, "system")}
    for seen in SEEN.values():
        seen.clear()
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=50,
            stateful_step_count=15,
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
