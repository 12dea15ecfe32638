"""A small model of one dossier, by hand from procedure.yaml as text and `law_by_hand`; it calls nothing tested."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from procedures.catalog import CATALOGUE
from tests.workflows.law_by_hand import ACTS

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

Move = tuple[str, str]
"""A node and its outcome, or one of the acts from outside: submit, supply, withdraw, collect."""
ASKS: tuple[Move, ...] = (("intake", "ask_fee"), ("intake", "ask_missing"), ("appraise", "ask_supplement"))
LIMITED = {"await_intake", "await_supplement", "collect_fee"}
"""What the applicant has a limit to answer, and where the limit runs."""
RARE: dict[Move, float] = {("withdraw", ""): 0.4, ("intake", "refuse"): 0.7}
"""Rarer than the rest, or most walks would end early."""
REFUSAL = tuple(("appraise", "propose_refusal") if move[0] == "appraise" else move for move in MAIN)
STARTS: tuple[tuple[Move, ...], ...] = (
    *(MAIN[:depth] for depth in (0, 1, 2, 5, 6, 7, 8, 10, 12)),
    (MAIN[0], ("intake", "ask_missing")),
    (*MAIN[:5], ("appraise", "ask_supplement")),
    (*MAIN[:5], ("withdraw", "")),
    REFUSAL[:8],
    REFUSAL[:12],
)
"""Where walks begin, so that each corner of the route is walked from."""
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
