"""Playing any procedure of the catalogue through the real service, as its people would.

`Journey` files an application and then walks the route: at each open step it takes the outcome that the plan names, as
somebody who holds the role there and is not barred by the separation of duties, and gives what the outcome needs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from procedures import catalog, selectors
from procedures.definition.model import Definition, Human, Need, Outcome
from procedures.definition.pieces import required_pieces
from procedures.law.life import BEGINNINGS
from procedures.models import LedgerEntry, Subject, User
from procedures.now import HANOI, advance, now, today
from tests.scenarios import actor, pdf
from workflows import outbox, service
from workflows.dossier.trying import Trial
from workflows.models import ClockSpan, Dossier, Licence, StoredFile, Task
from workflows.selectors import amount_due, deadline, first_open, try_out
from workflows.selectors.versions import in_force
from workflows.service import Input

__all__ = ["Journey"]

MOST_STEPS = 60
MEETING = {"session": "Phiên họp thứ 3 năm 2026", "held_on": "2026-02-27"}
"""What a list says besides its rows."""
MONEY = {"payer": "Nguyễn Thị Hoàng Yến"}

Plan = Mapping[str, str | Iterable[str]]
"""Node → the outcome to take there, or one for each time that it is reached."""


def _outcome(definition: Definition, entry: LedgerEntry) -> str:
    for outcome in definition.route.node(entry.node).outcomes:
        if entry.act in (outcome.act, f"{entry.node}.{outcome.id}"):
            return outcome.id
    return ""


def _written(span: ClockSpan) -> tuple[object, ...]:
    return span.clock, span.running, span.since, span.cause, span.late, span.from_handover


def _replay(
    definition: Definition, filed: datetime, steps: list[tuple[LedgerEntry, str]], moves: list[str]
) -> Trial | None:
    """The trial that follows every step; where a gateway may lead to several places, whichever lets it go on."""
    trial, count = try_out(definition, filed=filed, moves=moves)
    done = [(line.node, line.outcome, line.state) for line in trial.lines if line.kind in {"done", "limit"}]
    real = [(entry.node, outcome, entry.to_state) for entry, outcome in steps]
    if count < len(moves) or done != real[: len(done)]:
        return None
    if len(done) == len(steps):
        return trial
    entry, outcome = steps[len(done)]
    clock = f"@{entry.at.astimezone(HANOI).replace(tzinfo=None).isoformat()}"
    for pick in range(4):
        found = _replay(definition, filed, steps, [*moves, clock, f"{entry.node}.{outcome}~{pick}"])
        if found is not None:
            return found
    return None


def pieces_for(definition: Definition, answers: Mapping[str, Any]) -> list[tuple[str, StoredFile, str]]:
    """A fresh PDF for each required piece, as an official adds it."""
    names = [(piece.id, f"{piece.id}.pdf") for piece in required_pieces(definition, answers)]
    return [(piece, service.take_in(chunks=[pdf(piece)], name=name), name) for piece, name in names]


@dataclass
class Journey:
    """One dossier of one procedure."""

    procedure: str
    answers: dict[str, Any]
    plan: Plan
    applicant: str = "doanhnghiep1"
    items: tuple[str, ...] = ()
    """Pieces that a request for a supplement asks for."""
    against: frozenset[str] = frozenset()
    """Steps whose opinion is against."""
    taken: list[str] = field(default_factory=list)
    """Every "node.outcome" in the order in which it was taken; those of the system too."""
    dossier_id: int = 0

    @property
    def dossier(self) -> Dossier:
        """As it stands now."""
        return Dossier.objects.get(pk=self.dossier_id)

    @property
    def definition(self) -> Definition:
        """Its version's."""
        return self.dossier.definition

    @property
    def licence(self) -> Licence:
        """What the grant entered in the register."""
        return Licence.objects.get(dossier=self.dossier_id)

    # -- the applicant ---------------------------------------------------------------------------------------

    def filed(self) -> "Journey":
        """Filled page by page, every required piece handed in, signed and submitted."""
        who = actor(self.applicant)
        subject = Subject.objects.get(pk=who.subjects[0])
        dossier = service.start_draft(actor=who, procedure=self.procedure, subject_id=subject.pk)
        self.dossier_id = dossier.pk
        for section in dossier.definition.form:
            given = dossier.answers | self.answers
            values = (
                given[section.id]
                if section.repeat
                else {item.id: given[item.id] for item in section.fields if item.id in given}
            )
            dossier, errors = service.save_answers(
                actor=who, dossier_id=dossier.pk, section=section.id, values=values, revision=dossier.revision
            )
            assert not errors, errors
        self.hand_in(piece.id for piece in required_pieces(dossier.definition, dossier.answers))
        service.sign_declaration(actor=who, dossier_id=dossier.pk)
        service.submit(actor=who, dossier_id=dossier.pk, idempotency_key=str(uuid4()))
        return self

    def hand_in(self, pieces: Iterable[str]) -> None:
        """A fresh PDF for each piece."""
        for piece in pieces:
            service.upload(
                actor=actor(self.applicant),
                dossier_id=self.dossier_id,
                piece=piece,
                chunks=[pdf(f"{piece} {self.dossier_id} {len(self.taken)}")],
                name=f"{piece}.pdf",
            )

    def answered(self) -> None:
        """The open request for a supplement is answered, item by item."""
        self.hand_in(self.items)
        request = self.dossier.supplements.get(supplied_at__isnull=True)
        answers = {item.pk: "Đã bổ sung theo yêu cầu." for item in request.items.all()}
        service.supply(
            actor=actor(self.applicant),
            dossier_id=self.dossier_id,
            answers=answers,
            idempotency_key=str(uuid4()),
        )

    # -- the authority ---------------------------------------------------------------------------------------

    def opened(self, licence: Licence, *, by: str) -> "Journey":
        """Opened by an official about a licence, with every required piece."""
        definition = catalog.definition_of(catalog.in_force(self.procedure, today()).sha256)
        done = service.open_dossier(
            actor=actor(by),
            procedure=self.procedure,
            licence=licence,
            answers=self.answers,
            files=pieces_for(definition, self.answers),
            idempotency_key=str(uuid4()),
        )
        self.dossier_id = done.dossier_id
        return self

    def opened_over(self, dossiers: Iterable[int], *, by: str) -> "Journey":
        """A list, opened by an official over dossiers that wait to be listed."""
        definition = catalog.definition_of(catalog.in_force(self.procedure, today()).sha256)
        done = service.open_list(
            actor=actor(by),
            procedure=self.procedure,
            dossiers=list(dossiers),
            answers=self.answers,
            files=pieces_for(definition, self.answers),
            idempotency_key=str(uuid4()),
        )
        self.dossier_id = done.dossier_id
        return self

    def listed(self) -> None:
        """Put on a list alone, whose decision is signed and sealed: it gets its result."""
        code = next(one.code for one in in_force() if one.lists and one.lists.procedure == self.procedure)
        Journey(code, MEETING, {}).opened_over([self.dossier_id], by="chuyenvien_dklh").walked()

    # -- the route -------------------------------------------------------------------------------------------

    def played(self) -> "Journey":
        """Walked until the route ends and the result, if there is one, is collected; then it is in a final state."""
        self.walked()
        if self.dossier.state == "concluded":
            service.collect_result(actor=actor(self.applicant), dossier_id=self.dossier_id)
        assert self.dossier.is_final, (self.dossier.state, self.taken)
        self.replayed()
        return self

    def replayed(self) -> None:
        """The try-out, given the same steps at the same moments, has the same states, clock and end."""
        entries = list(
            LedgerEntry.objects.filter(subject_kind="dossier", subject_id=self.dossier_id).order_by(
                "sequence"
            )
        )
        filed = next(entry.at for entry in entries if entry.act in BEGINNINGS)
        steps = [(entry, _outcome(self.definition, entry)) for entry in entries if entry.node]
        steps = [(entry, outcome) for entry, outcome in steps if outcome]
        trial = _replay(self.definition, filed, steps, [])
        assert trial is not None, "the try-out cannot follow what the service did"
        assert trial.ended
        real = ClockSpan.objects.filter(dossier=self.dossier_id).order_by("id")
        # When the last span ends is left out: what the system does by itself, a trial does at once.
        told, kept = ([_written(span) for span in spans] for spans in (trial.spans, real))
        assert told == kept, (told, kept)

    def walked(self, *, until: str = "") -> "Journey":
        """Walked until the node `until` is the next to be performed, or to the end of the route."""
        plan = {node: [ways] if isinstance(ways, str) else list(ways) for node, ways in self.plan.items()}
        for _step in range(MOST_STEPS):
            outbox.drain()
            task = (
                Task.objects.filter(
                    process=self.dossier_id, finished__isnull=True, kind__in=["human", "wait"]
                )
                .order_by("id")
                .first()
            )
            if task is None or task.node == until:
                break
            node = self.definition.route.node(task.node)
            assert task.kind == "human" or node.party == "applicant", f"{task.node} waits for {node.party}"
            ways = plan.get(task.node, [])
            if isinstance(node, Human):
                wanted = ways.pop(0) if len(ways) > 1 else ways[0] if ways else ""
                outcome = next(
                    (one for one in node.outcomes if one.id == wanted),
                    first_open(dossier=self.dossier, outcomes=node.outcomes),
                )
                if outcome.by_list:
                    self.listed()
                else:
                    self.perform(task, node, outcome)
                self.taken.append(f"{node.id}.{outcome.id}")
            else:
                self.answered()
                self.taken.append(f"{node.id}.{node.outcomes[0].id}")
            self.promised()
            advance(timedelta(minutes=20))
        return self

    def promised(self) -> None:
        """What the dossier keeps as its promised date is what the explanation of the clock says."""
        dossier = self.dossier
        explained = deadline(dossier)
        if dossier.finished is None:
            assert dossier.due_at == (explained.due_at if explained else None), self.taken[-1]

    def perform(self, task: Task, node: Human, outcome: Outcome) -> None:
        """One step, by somebody who may."""
        service.perform_step(
            actor=actor(self.somebody(task, node)),
            dossier_id=self.dossier_id,
            task_id=task.pk,
            outcome=outcome.id,
            given=self.given(node, outcome),
            idempotency_key=str(uuid4()),
        )

    def somebody(self, task: Task, node: Human) -> str:
        """Who holds the role there, is the one it is assigned to, and has not performed what must be another's."""
        if task.owner is not None:
            return str(task.owner.username)
        barred = set(
            Task.objects.filter(process=self.dossier_id, node__in=node.different_from).values_list(
                "performer", flat=True
            )
        )
        holders = selectors.holders(role=node.role, unit_code=task.unit)
        return next(person.username for person in holders if person.pk not in barred)

    def given(self, node: Human, outcome: Outcome) -> Input:
        """What the outcome needs, in full."""
        refuses = Need.DRAFT_REFUSAL in outcome.needs
        grounds = [self.definition.grounds[0].id]
        found: dict[str, Any] = {}
        for need in outcome.needs:
            match need:
                case Need.REASON:
                    found["reason"] = "Đã xem xét đầy đủ hồ sơ."
                case Need.ITEMS:
                    targets = [f"piece:{piece}" for piece in self.items] or [
                        f"section:{self.definition.form[0].id}"
                    ]
                    found["items"] = [
                        {"target": target, "what": "Bổ sung bản rõ, đủ trang."} for target in targets
                    ]
                case Need.ASSIGNEE:
                    found["assignee_id"] = self.assignee().pk
                case Need.CHECKLIST:
                    conclusion = "fail" if refuses else "pass"
                    found["checklist"] = {
                        item.id: {"conclusion": conclusion} for item in self.definition.checklist
                    }
                case Need.DRAFT_REFUSAL:
                    found |= {"grounds": grounds, "reason": "Chưa đáp ứng điều kiện đã nêu."}
                case Need.GROUNDS:
                    found["grounds"] = grounds
                case Need.PAYMENT:
                    found["payment"] = MONEY | {"amount": self.amount_due()}
                case Need.OPINION:
                    stand = "against" if node.id in self.against else "for"
                    found["opinion"] = {"conclusion": stand, "text": "Ý kiến theo hồ sơ."}
                case Need.MINUTES:
                    found["minutes"] = {
                        "held_on": today(),
                        "place": "Tại cơ sở",
                        "members": "Trưởng đoàn\nThư ký",
                        "text": "Đã kiểm tra từng nội dung.",
                    }
                case Need.HASH:
                    found["paper_sha256"] = (
                        self.dossier.papers.filter(kind__in=["decision", "refusal"]).latest("pk").file_sha256
                    )
                case Need.STEP_UP:
                    found["stepped_up_at"] = now() - timedelta(seconds=20)
                case Need.DRAFT_GRANT:
                    pass
        return Input(**found)

    def assignee(self) -> User:
        """The first specialist of the division."""
        unit = self.definition.route.units["division"]
        found = selectors.holders(role="specialist", unit_code=unit).first()
        assert found is not None
        return found

    def amount_due(self) -> int:
        """What the fees of the version come to for these answers."""
        return amount_due(self.dossier)
