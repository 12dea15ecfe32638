"""Two at once: exactly one takes effect, and the other is told who did what. Real threads on PostgreSQL."""

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection

from procedures import ledger
from procedures.errors import MotcuaError, WrongState
from procedures.models import LedgerEntry
from tests.scenarios import Play, actor
from workflows import service
from workflows.models import Dossier, Task
from workflows.service import Done, Input

ROUNDS = 50


def at_once(*calls: Callable[[], Done]) -> list[Done | MotcuaError]:
    """Run the calls in threads that start together behind a barrier; their answers or refusals, in order."""
    barrier = threading.Barrier(len(calls))
    answers: list[Done | MotcuaError] = [None] * len(calls)  # type: ignore[list-item]

    def run(number: int, call: Callable[[], Done]) -> None:
        barrier.wait(timeout=10)
        try:
            answers[number] = call()
        except MotcuaError as refusal:
            answers[number] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return answers


def submitted_copies(count: int) -> list[int]:
    """Many submitted dossiers from one, through the service: the draft is copied, each is submitted by itself."""
    first = Play().draft()
    service.sign_declaration(actor=actor(first.applicant), dossier_id=first.dossier_id)
    found = []
    for _ in range(count):
        copy = Play()
        who = actor(copy.applicant)
        dossier = service.start_draft(actor=who, procedure="device-import", subject_id=who.subjects[0])
        copy.dossier_id = dossier.pk
        original = Dossier.objects.get(pk=first.dossier_id)
        Dossier.objects.filter(pk=dossier.pk).update(answers=original.answers)
        for piece in original.pieces.all():
            piece.pk, piece.dossier_id = None, dossier.pk
            piece.save(force_insert=True)
        declaration = original.papers.get(kind="declaration")
        declaration.pk, declaration.ref, declaration.code = None, uuid4(), uuid4().hex.upper()
        declaration.dossier_id = dossier.pk
        declaration.save(force_insert=True)
        service.submit(actor=who, dossier_id=dossier.pk, idempotency_key=str(uuid4()))
        found.append(dossier.pk)
    return found


@pytest.mark.promise("acts.two-at-once")
def test_two_officials_at_once_have_one_winner(ministry: None) -> None:
    reception = actor("tiepnhan")
    for dossier_id in submitted_copies(ROUNDS):
        task = Task.objects.get(process_id=dossier_id, finished__isnull=True)

        def ask_fee(dossier_id: int = dossier_id, task_id: int = task.pk) -> Done:
            return service.perform_step(
                actor=reception,
                dossier_id=dossier_id,
                task_id=task_id,
                outcome="ask_fee",
                given=Input(),
                idempotency_key=str(uuid4()),
            )

        answers = at_once(ask_fee, ask_fee)
        winners = [answer for answer in answers if isinstance(answer, Done)]
        losers = [answer for answer in answers if isinstance(answer, WrongState)]
        assert (len(winners), len(losers)) == (1, 1), answers
        faster = next(reason for reason in losers[0].reasons if reason.code == "faster")
        assert faster.params["act"] == "demand_fee"
        assert faster.params["actor"] == reception.ref
        acts = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=dossier_id)
        assert list(acts.order_by("sequence").values_list("act", flat=True)) == ["submit", "demand_fee"]
        assert Task.objects.filter(process_id=dossier_id, finished__isnull=True).count() == 1
    assert not list(ledger.verify(subject_kind="dossier"))


@pytest.mark.promise("acts.idempotent")
def test_one_key_at_once_takes_effect_once_and_answers_alike(ministry: None) -> None:
    reception = actor("tiepnhan")
    for dossier_id in submitted_copies(10):
        task = Task.objects.get(process_id=dossier_id, finished__isnull=True)
        key = str(uuid4())

        def ask_fee(dossier_id: int = dossier_id, task_id: int = task.pk, key: str = key) -> Done:
            return service.perform_step(
                actor=reception,
                dossier_id=dossier_id,
                task_id=task_id,
                outcome="ask_fee",
                given=Input(),
                idempotency_key=key,
            )

        first, second = at_once(ask_fee, ask_fee)
        assert isinstance(first, Done)
        assert isinstance(second, Done)
        assert first.sequence == second.sequence
        assert {first.repeated, second.repeated} == {True, False}


@pytest.mark.promise("acts.two-at-once")
def test_withdrawal_against_an_official_leaves_one_story(ministry: None) -> None:
    applicant, reception = actor("doanhnghiep1"), actor("tiepnhan")
    for dossier_id in submitted_copies(ROUNDS):
        task = Task.objects.get(process_id=dossier_id, finished__isnull=True)

        def withdraw(dossier_id: int = dossier_id) -> Done:
            return service.request_withdrawal(
                actor=applicant, dossier_id=dossier_id, reason="", idempotency_key=str(uuid4())
            )

        def ask_fee(dossier_id: int = dossier_id, task_id: int = task.pk) -> Done:
            return service.perform_step(
                actor=reception,
                dossier_id=dossier_id,
                task_id=task_id,
                outcome="ask_fee",
                given=Input(),
                idempotency_key=str(uuid4()),
            )

        withdrawn, asked = at_once(withdraw, ask_fee)
        assert isinstance(withdrawn, Done), withdrawn
        dossier = Dossier.objects.get(pk=dossier_id)
        assert dossier.state == "withdrawal_requested"
        expected = ["submitted", "fee_due"] if isinstance(asked, Done) else ["submitted"]
        assert dossier.interrupted == expected
    assert not list(ledger.verify(subject_kind="dossier"))
