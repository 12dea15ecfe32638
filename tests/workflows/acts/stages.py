"""A dossier at any stage, cheaply: the files of the decision are placeholders, for papers have tests of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from procedures import policy
from procedures.models import Membership, Unit, User
from procedures.now import now, today
from procedures.policy import ANONYMOUS, SYSTEM, Actor
from tests import scenarios
from tests.scenarios import Play
from tests.snapshots import ministry_once
from workflows import files, service
from workflows.models import Dossier, Task
from workflows.service import Done

__all__ = ["FILES", "FIRST_ITEM", "Quick", "declared_once", "key", "seat", "somebody"]

FILES = {stage: f"%PDF-1.7 {stage}".encode() for stage in ("rendered", "signed", "sealed")}
"""Placeholders for what the workers make: stage → bytes."""
FIRST_ITEM: dict[str, Any] = {
    "items": [{"target": "piece:iso_13485", "what": "Thiếu trang 2", "why": "Bản chụp thiếu trang"}]
}


def key() -> str:
    """A fresh idempotency key."""
    return str(uuid4())


def somebody(name: str) -> Actor:
    """A person by username, or "system", "partner", "anonymous"."""
    others = {"system": SYSTEM, "anonymous": ANONYMOUS, "partner": policy.partner(code="vnsw")}
    return others.get(name) or scenarios.actor(name)


def seat(username: str, role: str, unit: str) -> None:
    """Give somebody one role more."""
    Membership.objects.create(
        user=User.objects.get(username=username), unit=Unit.objects.get(code=unit), role=role, since=today()
    )


@contextmanager
def declared_once() -> "Iterator[Quick]":
    """The ministry on its Monday and a draft that is ready to be submitted, in a transaction that is undone.

    For many tests: each works in a savepoint, and makes its own view of the draft with `again`.
    """
    with ministry_once():
        for placeholder in FILES.values():
            files.put_bytes(placeholder, "application/pdf")
        yield Quick().declared()


class Quick(Play):
    """A dossier that walks without waiting for papers."""

    def declared(self) -> "Quick":
        """Ready to be submitted."""
        self.draft()
        service.sign_declaration(actor=somebody(self.applicant), dossier_id=self.dossier_id)
        return self

    def copy(self) -> "Quick":
        """Another draft with the same answers, pieces and declaration."""
        original = self.dossier
        who = somebody(self.applicant)
        dossier = service.start_draft(actor=who, procedure="device-import", subject_id=original.subject_id)
        Dossier.objects.filter(pk=dossier.pk).update(answers=original.answers)
        for piece in original.pieces.all():
            piece.pk, piece.dossier_id = None, dossier.pk
            piece.save(force_insert=True)
        declaration = original.papers.get(kind="declaration")
        declaration.pk, declaration.ref, declaration.code = None, uuid4(), uuid4().hex.upper()
        declaration.dossier_id = dossier.pk
        declaration.save(force_insert=True)
        return Quick(applicant=self.applicant, dossier_id=dossier.pk)

    def release(self, outcome: str, *, idempotency_key: str = "", **stages: str) -> Done | None:
        """The workers' turn, with a placeholder."""
        stage = "sealed" if outcome in ("granted", "refused") else outcome
        return service.release(
            dossier_id=self.dossier_id,
            outcome=outcome,
            stages=stages or {stage: sha256(FILES[stage]).hexdigest()},
            idempotency_key=idempotency_key or key(),
        )

    def withdraw(self, *, reason: str = "Đổi kế hoạch") -> Done:
        """The applicant asks to withdraw."""
        return service.request_withdrawal(
            actor=somebody(self.applicant), dossier_id=self.dossier_id, reason=reason, idempotency_key=key()
        )

    def supply(self) -> Done:
        """The applicant explains every item of the open request."""
        request = self.dossier.supplements.get(supplied_at__isnull=True)
        answers = {item.pk: "Đã giải trình" for item in request.items.all()}
        return service.supply(
            actor=somebody(self.applicant), dossier_id=self.dossier_id, answers=answers, idempotency_key=key()
        )

    def open_task(self) -> Task:
        """The one open task that is not the decision on a withdrawal."""
        open_ = Task.objects.filter(process_id=self.dossier_id, finished__isnull=True)
        return open_.exclude(node="decide_withdrawal").get()

    def to(self, stage: str, *, refuse: bool = False) -> "Quick":
        """Walk on, from wherever it is on the way, to a stage of `WAY` or `BESIDE`."""
        if stage in BESIDE:
            before, act = BESIDE[stage]
            self.to(before, refuse=refuse)
            act(self)
            return self
        names = list(WAY)
        done = self.__dict__.setdefault("_stage", -1)
        for number in range(done + 1, names.index(stage) + 1):
            if names[number] == "review" and refuse:
                self.step("chuyenvien", "appraise", "propose_refusal", **self.refusal())
            else:
                WAY[names[number]](self)
            self.__dict__["_stage"] = number
        return self

    def again(self) -> "Quick":
        """The same dossier and stage for a test of its own."""
        same = Quick(applicant=self.applicant, dossier_id=self.dossier_id)
        same.__dict__["_stage"] = self.__dict__.get("_stage", -1)
        return same

    def refusal(self) -> dict[str, Any]:
        """What a drafted refusal gives."""
        return {
            "checklist": self.checklist("fail"),
            "grounds": ["not_eligible"],
            "reason": "Tài liệu kỹ thuật thiếu kết quả thử nghiệm an toàn điện.",
        }

    def handler(self) -> int:
        """The specialist who is usually chosen."""
        return User.objects.get(username="chuyenvien").pk

    def signature(self) -> dict[str, Any]:
        """What the leader gives: the bytes read, and a fresh second factor."""
        return {"paper_sha256": self.result_sha256(), "stepped_up_at": now() - timedelta(seconds=20)}


PAYMENT = {"amount": 2_000_000, "payer": "Nguyễn Thị Hoàng Yến"}

WAY: dict[str, Callable[[Quick], object]] = {
    "submitted": lambda play: service.submit(
        actor=somebody(play.applicant), dossier_id=play.dossier_id, idempotency_key=key()
    ),
    "fee_due": lambda play: play.step("tiepnhan", "intake", "ask_fee"),
    "paid": lambda play: play.step("thuquy", "collect_fee", "paid", payment=PAYMENT),
    "received": lambda play: play.step("tiepnhan", "intake", "accept"),
    "appraise": lambda play: play.step("truongphong", "assign", "assign", assignee_id=play.handler()),
    "review": lambda play: play.step("chuyenvien", "appraise", "propose_grant", checklist=play.checklist()),
    "prepare": lambda play: play.step("truongphong", "review", "forward"),
    "rendering": lambda play: play.step("vanthu", "prepare", "prepare"),
    "sign": lambda play: play.release("rendered"),
    "signing": lambda play: play.step("cuctruong", "sign", "sign", **play.signature()),
    "seal": lambda play: play.release("signed"),
    "sealing": lambda play: play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256()),
    "concluded": lambda play: play.release(
        "granted" if play.dossier.drafts.latest("pk").kind == "grant" else "refused"
    ),
    "returned": lambda play: service.collect_result(
        actor=somebody(play.applicant), dossier_id=play.dossier_id
    ),
}
"""The straight way to the licence: stage → what leads there from the one before."""

BESIDE: dict[str, tuple[str, Callable[[Quick], object]]] = {
    "intake_supplement": (
        "submitted",
        lambda play: play.step("tiepnhan", "intake", "ask_missing", **FIRST_ITEM),
    ),
    "supplement_requested": (
        "appraise",
        lambda play: play.step("chuyenvien", "appraise", "ask_supplement", **FIRST_ITEM),
    ),
    "withdrawal_requested": ("appraise", lambda play: play.withdraw()),
}
"""Side states: stage → from where, and what leads there."""
