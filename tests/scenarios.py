"""Bring a dossier to a stage, through the real service, as its people would. For tests, and only for tests.

`world()` seeds the ministry (tests copy it: snapshots.py); each stage builds on the one before and returns the `Play`.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.management import call_command

from procedures import policy
from procedures.models import Subject, User
from procedures.now import HANOI, now
from procedures.policy import Actor
from workflows import outbox, service
from workflows.models import Dossier, Task
from workflows.service import Done, Input

__all__ = ["MONDAY", "Play", "actor", "pdf", "world"]

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=HANOI)
"""A working day with no holiday near: journeys freeze it."""

ANSWERS: dict[str, Any] = {
    "purpose": "training",
    "purpose_detail": "Đào tạo bác sĩ gây mê hồi sức tại Bệnh viện Đa khoa tỉnh Thừa Thiên – Huế",
    "devices": [
        {
            "name": "Máy gây mê kèm thở",
            "model": "AX-700",
            "hs_code": "90192000",
            "quantity": 4,
            "unit": "máy",
            "manufacturer": "Kagayaki Medical Devices Co., Ltd.",
            "country": "JP",
            "year": 2025,
        },
        {
            "name": "Máy theo dõi bệnh nhân 7 thông số",
            "model": "PM-7000 Plus",
            "hs_code": "90181900",
            "quantity": 12,
            "unit": "máy",
            "manufacturer": "Hanseong Medical Systems Inc.",
            "country": "KR",
        },
    ],
}
PIECES = ("technical_summary", "iso_13485", "authorisation")


def world() -> None:
    """The ministry, its people, two enterprises, the calendar and the published procedure. Idempotent."""
    call_command("seed", verbosity=0)


def actor(username: str) -> Actor:
    """Who that person is now."""
    return policy.actor_of(User.objects.get(username=username), now())


def pdf(text: str = "giay to") -> bytes:
    """A small, honest PDF; another text gives other bytes."""
    import pikepdf

    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    document.docinfo["/Title"] = text
    out = io.BytesIO()
    document.save(out, static_id=True)
    return out.getvalue()


@dataclass
class Play:
    """One dossier and the people around it."""

    applicant: str = "doanhnghiep1"
    answers: dict[str, Any] = field(default_factory=lambda: dict(ANSWERS))
    dossier_id: int = 0

    # -- looking ---------------------------------------------------------------------------------------------

    @property
    def dossier(self) -> Dossier:
        """As it stands now."""
        return Dossier.objects.get(pk=self.dossier_id)

    def task(self, node: str) -> Task:
        """The open task of a node."""
        return Task.objects.get(process_id=self.dossier_id, node=node, finished__isnull=True)

    def open_nodes(self) -> set[str]:
        """The nodes of all open tasks."""
        return set(
            Task.objects.filter(process_id=self.dossier_id, finished__isnull=True).values_list(
                "node", flat=True
            )
        )

    # -- doing -----------------------------------------------------------------------------------------------

    def step(self, who: str, node: str, outcome: str, *, key: str = "", **given: Any) -> Done:
        """An official finishes the open step `node`."""
        return service.perform_step(
            actor=actor(who),
            dossier_id=self.dossier_id,
            task_id=self.task(node).pk,
            outcome=outcome,
            given=Input(**given),
            idempotency_key=key or str(uuid4()),
        )

    def work(self) -> None:
        """The worker's turn: everything in the outbox."""
        outbox.drain()

    def draft(self) -> "Play":
        """A filled draft with its papers, not declared."""
        who = actor(self.applicant)
        subject = Subject.objects.get(pk=who.subjects[0])
        dossier = service.start_draft(actor=who, procedure="device-import", subject_id=subject.pk)
        self.dossier_id = dossier.pk
        for section in dossier.definition.form:
            if section.repeat:
                values: Any = self.answers[section.id]
            else:
                values = {
                    f.id: self.answers.get(f.id, dossier.answers.get(f.id))
                    for f in section.fields
                    if f.id in self.answers or f.id in dossier.answers
                }
            dossier, errors = service.save_answers(
                actor=who, dossier_id=dossier.pk, section=section.id, values=values, revision=dossier.revision
            )
            assert not errors, errors
        self.upload(PIECES)
        return self

    def upload(self, pieces: Iterable[str], *, text: str = "") -> None:
        """Hand in a fresh PDF for each piece."""
        for piece in pieces:
            service.upload(
                actor=actor(self.applicant),
                dossier_id=self.dossier_id,
                piece=piece,
                chunks=[pdf(f"{text or piece} {self.dossier_id}")],
                name=f"{piece}.pdf",
            )

    def submitted(self) -> "Play":
        """Declared and submitted."""
        self.draft()
        service.sign_declaration(actor=actor(self.applicant), dossier_id=self.dossier_id)
        service.submit(actor=actor(self.applicant), dossier_id=self.dossier_id, idempotency_key=str(uuid4()))
        return self

    def paid(self) -> "Play":
        """The fee is demanded and recorded."""
        self.submitted()
        self.step("tiepnhan", "intake", "ask_fee")
        self.step(
            "thuquy", "collect_fee", "paid", payment={"amount": 2_000_000, "payer": "Nguyễn Thị Hoàng Yến"}
        )
        return self

    def received(self) -> "Play":
        """Accepted: code and receipt."""
        self.paid()
        self.step("tiepnhan", "intake", "accept")
        return self

    def assigned(self) -> "Play":
        """Given to the specialist."""
        self.received()
        self.step("truongphong", "assign", "assign", assignee_id=User.objects.get(username="chuyenvien").pk)
        return self

    def checklist(self, conclusion: str = "pass") -> dict[str, Any]:
        """The same conclusion on every item."""
        return {item.id: {"conclusion": conclusion} for item in self.dossier.definition.checklist}

    def appraised(self, *, refuse: bool = False) -> "Play":
        """Appraised, with a draft decision."""
        self.assigned()
        if refuse:
            self.step(
                "chuyenvien",
                "appraise",
                "propose_refusal",
                checklist=self.checklist("fail"),
                grounds=["not_eligible"],
                reason="Tài liệu kỹ thuật thiếu kết quả thử nghiệm an toàn điện.",
            )
        else:
            self.step("chuyenvien", "appraise", "propose_grant", checklist=self.checklist())
        return self

    def prepared(self, *, refuse: bool = False) -> "Play":
        """Forwarded, numbered and rendered: the leader may read."""
        self.appraised(refuse=refuse)
        self.step("truongphong", "review", "forward")
        self.step("vanthu", "prepare", "prepare")
        self.work()
        return self

    def result_sha256(self) -> str:
        """The bytes that a person would read now."""
        return self.dossier.papers.filter(kind__in=["decision", "refusal"]).latest("pk").file_sha256

    def signed(self, *, refuse: bool = False) -> "Play":
        """Signed by the leader."""
        self.prepared(refuse=refuse)
        self.step(
            "cuctruong",
            "sign",
            "sign",
            paper_sha256=self.result_sha256(),
            stepped_up_at=now() - timedelta(seconds=20),
        )
        self.work()
        return self

    def granted(self, *, refuse: bool = False) -> "Play":
        """Sealed and published."""
        self.signed(refuse=refuse)
        self.step("vanthu", "seal", "seal", paper_sha256=self.result_sha256())
        self.work()
        return self
