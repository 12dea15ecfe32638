"""What every act must show. A file of this folder says of one act what is right, and who, when and what is not.

Each refusal is compared with the rows before it: what is refused leaves no trace.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from django.db import connection

from procedures.errors import Conflict, Invalid, MotcuaError, Refused, WrongState
from procedures.law.life import State
from procedures.models import LedgerEntry
from procedures.policy import Actor
from tests.workflows.acts.stages import Quick, key, seat, somebody
from workflows import service
from workflows.models import (
    ActRecord,
    ClockSpan,
    Dossier,
    DossierCounter,
    Draft,
    Licence,
    Note,
    NumberReservation,
    NumberSeries,
    OutboxRow,
    Paper,
    Payment,
    Supplement,
    Task,
)
from workflows.service import Done, Input

__all__ = [
    "ELSEWHERE",
    "Applicant",
    "Lack",
    "Proof",
    "Release",
    "Step",
    "Stranger",
    "entries",
    "refusal",
    "told_who",
    "trace",
]


@dataclass(frozen=True)
class Stranger:
    """Somebody who may not, and why not: of the wrong role, whatever else is wrong; else for this one reason."""

    who: str
    code: str = "wrong_role"
    seat: tuple[str, str] | None = None
    """A role and a unit that this person gets for the test, so that only one thing is wrong."""
    before: Callable[[Quick], object] | None = None


@dataclass(frozen=True)
class Lack:
    """Something that the act needs and does not get."""

    given: dict[str, Any]
    field: str
    code: str = "missing"
    before: Callable[[Quick], object] | None = field(default=None)


ELSEWHERE: dict[str, Stranger] = {
    "the applicant": Stranger("doanhnghiep1"),
    "another enterprise": Stranger("doanhnghiep2"),
    "the auditor": Stranger("kiemtoan"),
    "the administrator": Stranger("quantri"),
    "nobody signed in": Stranger("anonymous"),
    "the system": Stranger("system"),
    "a partner": Stranger("partner"),
}
"""Who may perform no step of any official."""


_OF_DOSSIER = (ActRecord, ClockSpan, Draft, Licence, Note, OutboxRow, Paper, Payment, Supplement, Task)
_OF_ALL = (DossierCounter, NumberReservation, NumberSeries)
_TRACE = " UNION ALL ".join(
    f"SELECT '{model.__name__}', md5(string_agg(row::text, '|' ORDER BY row.id)) "
    f"FROM {model._meta.db_table} row {where}"
    for models, where in (
        ((Dossier,), "WHERE row.id = %(dossier)s"),
        (_OF_DOSSIER, "WHERE row.dossier_id = %(dossier)s"),
        (_OF_ALL, ""),
        ((LedgerEntry,), "WHERE row.subject_kind = 'dossier' AND row.subject_id = %(dossier)s"),
    )
    for model in models
)


def trace(play: Quick) -> dict[str, str]:
    """Fingerprints of everything that an act could have written, by table; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_TRACE, {"dossier": play.dossier_id})
        return dict(cursor.fetchall())


def entries(play: Quick) -> list[str]:
    """The acts in the dossier's ledger, in order."""
    rows = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=play.dossier_id)
    return list(rows.order_by("sequence").values_list("act", flat=True))


def refusal(play: Quick, kind: type[MotcuaError], status: int, call: Callable[[], object]) -> list[Any]:
    """The reasons for which the call is refused; nothing was written."""
    before = trace(play)
    with pytest.raises(MotcuaError) as caught:
        call()
    assert type(caught.value) is kind, caught.value
    assert caught.value.status == status
    assert str(caught.value)
    assert trace(play) == before
    return list(caught.value.reasons)


def told_who(play: Quick, reasons: list[Any]) -> None:
    """Whoever comes too late is told who did what and when."""
    faster = next(reason for reason in reasons if reason.code == "faster")
    last = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=play.dossier_id).latest("sequence")
    assert faster.params == {"act": last.act, "at": last.at, "actor": last.actor}


class Proof:
    """The questions that are put to every act."""

    stage: ClassVar[str] = ""
    refuse: ClassVar[bool] = False
    who: ClassVar[str]
    act: ClassVar[str]
    """As the ledger calls it."""
    leads_to: ClassVar[State]
    opens: ClassVar[set[str]]
    clock: ClassVar[tuple[str, bool, str] | None]
    """The open span after the act: clock, running, cause."""
    strangers: ClassVar[dict[str, Stranger]] = {}
    lacks: ClassVar[dict[str, Lack]] = {}
    spoils: ClassVar[dict[str, Callable[[Quick], object]]] = {}
    """What makes the act impossible meanwhile."""

    def __init_subclass__(cls, **options: Any) -> None:
        """A question with an empty table is not put."""
        super().__init_subclass__(**options)
        asked = {"lacks": "test_something_is_missing", "spoils": "test_wrong_state"}
        for table, question in asked.items():
            setattr(cls, question, getattr(Proof, question) if getattr(cls, table) else None)

    def given(self, play: Quick) -> dict[str, Any]:
        """What a right act gives."""
        return {}

    def aim(self, play: Quick) -> Any:
        """What the person has in front of them (for instance the task), held before anything else happens."""
        return None

    def call(self, play: Quick, aim: Any, actor: Actor, given: dict[str, Any], idempotency_key: str) -> Done:
        """Perform the act through the service."""
        raise NotImplementedError

    def do(self, play: Quick, *, who: str = "", using: str = "", **changes: Any) -> Done:
        """The right act, with changes."""
        given = self.given(play) | changes
        return self.call(play, self.aim(play), somebody(who or self.who), given, using or key())

    def other_body(self, play: Quick) -> dict[str, Any]:
        """A change that makes another act of it."""
        return {"conditions": "Nội dung khác"}

    # -- the questions -------------------------------------------------------------------------------------------

    @pytest.mark.promise("acts.right")
    def test_right(self, play: Quick) -> None:
        before, told = play.dossier, OutboxRow.objects.filter(dossier_id=play.dossier_id).count()
        done = self.do(play)
        after = play.dossier
        assert (done.state, done.sequence, done.repeated) == (self.leads_to, before.head_sequence + 1, False)
        assert after.state == self.leads_to
        assert play.open_nodes() == self.opens
        entry = LedgerEntry.objects.get(
            subject_kind="dossier", subject_id=play.dossier_id, sequence=done.sequence
        )
        assert (entry.act, entry.actor) == (self.act, somebody(self.who).ref)
        assert (entry.from_state, entry.to_state) == (before.state, self.leads_to)
        assert after.head_hash == entry.hash
        span = ClockSpan.objects.filter(dossier=after, until__isnull=True).first()
        assert (span and (span.clock, span.running, span.cause)) == self.clock
        assert OutboxRow.objects.filter(dossier_id=play.dossier_id).count() >= told

    @pytest.mark.promise("acts.wrong-person")
    def test_wrong_person(self, play: Quick, stranger: Stranger) -> None:
        if stranger.seat:
            seat(stranger.who, *stranger.seat)
        if stranger.before:
            stranger.before(play)
        reasons = refusal(play, Refused, 403, lambda: self.do(play, who=stranger.who))
        codes = [reason.code for reason in reasons]
        assert (stranger.code in codes) if stranger.code == "wrong_role" else (codes == [stranger.code])

    @pytest.mark.promise("acts.missing-needs")
    def test_something_is_missing(self, play: Quick, lack: Lack) -> None:
        if lack.before:
            lack.before(play)
        reasons = refusal(play, Invalid, 422, lambda: self.do(play, **lack.given))
        assert (lack.code, lack.field) in {(reason.code, reason.params.get("field")) for reason in reasons}

    @pytest.mark.promise("acts.wrong-state")
    def test_wrong_state(self, play: Quick, spoiled: Callable[[Quick], object]) -> None:
        given, aim = self.given(play), self.aim(play)
        spoiled(play)
        late = lambda: self.call(play, aim, somebody(self.who), given, key())  # noqa: E731
        told_who(play, refusal(play, WrongState, 409, late))

    @pytest.mark.promise("acts.wrong-state")
    def test_somebody_was_faster(self, play: Quick) -> None:
        given, aim = self.given(play), self.aim(play)
        self.call(play, aim, somebody(self.who), given, key())
        again = lambda: self.call(play, aim, somebody(self.who), given, key())  # noqa: E731
        told_who(play, refusal(play, WrongState, 409, again))

    @pytest.mark.promise("acts.idempotent")
    def test_twice_with_one_key_is_once(self, play: Quick) -> None:
        given, aim, using = self.given(play), self.aim(play), key()
        first = self.call(play, aim, somebody(self.who), given, using)
        before = trace(play)
        second = self.call(play, aim, somebody(self.who), given, using)
        assert (second.repeated, first.repeated) == (True, False)
        assert (second.sequence, second.state, second.code) == (first.sequence, first.state, first.code)
        assert trace(play) == before
        assert entries(play).count(self.act) == 1

    @pytest.mark.promise("acts.idempotent")
    def test_the_same_key_with_another_body(self, play: Quick) -> None:
        given, aim, using = self.given(play), self.aim(play), key()
        self.call(play, aim, somebody(self.who), given, using)
        other = given | self.other_body(play)
        again = lambda: self.call(play, aim, somebody(self.who), other, using)  # noqa: E731
        assert [reason.code for reason in refusal(play, Conflict, 409, again)] == ["key_reused"]


class Step(Proof):
    """An official finishes an open step with one of its outcomes."""

    node: ClassVar[str]
    outcome: ClassVar[str]
    spoils: ClassVar[dict[str, Callable[[Quick], object]]] = {
        "the applicant asks to withdraw": lambda play: play.withdraw(),
        "the dossier was withdrawn": lambda play: (
            play.withdraw(),
            play.step("truongphong", "decide_withdrawal", "agree"),
        ),
    }

    def aim(self, play: Quick) -> int:
        """The open task."""
        return play.task(self.node).pk

    def call(self, play: Quick, aim: Any, actor: Actor, given: dict[str, Any], idempotency_key: str) -> Done:
        """Through the service's one door for steps."""
        return service.perform_step(
            actor=actor,
            dossier_id=play.dossier_id,
            task_id=aim,
            outcome=self.outcome,
            given=Input(**given),
            idempotency_key=idempotency_key,
        )

    def test_the_task_says_who_and_how(self, play: Quick) -> None:
        task = self.aim(play)
        self.do(play)
        finished = Task.objects.get(pk=task)
        assert (finished.outcome, finished.performer.username) == (self.outcome, self.who)
        assert finished.finished is not None


class Applicant(Proof):
    """The applicant acts from outside; whoever files for the same enterprise may."""

    who = "doanhnghiep1"
    strangers: ClassVar[dict[str, Stranger]] = {
        "another enterprise": Stranger("doanhnghiep2", "not_applicant"),
        "an official": Stranger("tiepnhan", "not_applicant"),
        "the auditor": Stranger("kiemtoan", "not_applicant"),
        "nobody signed in": Stranger("anonymous", "not_applicant"),
        "the system": Stranger("system", "not_applicant"),
        "a partner": Stranger("partner", "not_applicant"),
    }

    def test_another_representative_may(self, play: Quick) -> None:
        assert self.do(play, who="doanhnghiep1b").state == self.leads_to


class Release(Proof):
    """The system has what a wait waits for. Nobody else may say so, and a late answer changes nothing."""

    who = "system"
    node: ClassVar[str]
    outcome: ClassVar[str]
    strangers: ClassVar[dict[str, Stranger]] = {
        name: Stranger(who, "system_only")
        for name, who in {
            "the leader": "cuctruong",
            "the clerk": "vanthu",
            "the specialist": "chuyenvien",
            "the applicant": "doanhnghiep1",
            "the auditor": "kiemtoan",
            "a partner": "partner",
        }.items()
    }

    def aim(self, play: Quick) -> int:
        """The open wait."""
        return play.task(self.node).pk

    def call(self, play: Quick, aim: Any, actor: Actor, given: dict[str, Any], idempotency_key: str) -> Done:
        """As the worker does; a person has only the door for steps."""
        if actor.kind == "system":
            return play.release(self.outcome, idempotency_key=idempotency_key, **given)  # type: ignore[return-value]
        return service.perform_step(
            actor=actor,
            dossier_id=play.dossier_id,
            task_id=aim,
            outcome=self.outcome,
            given=Input(),
            idempotency_key=idempotency_key,
        )

    def nothing_waits(self, play: Quick, *, using: str = "") -> None:
        """A late answer is no error, and leaves no trace."""
        before = trace(play)
        assert play.release(self.outcome, idempotency_key=using or key()) is None
        assert trace(play) == before

    def test_somebody_was_faster(self, play: Quick) -> None:
        self.do(play)
        self.nothing_waits(play)

    def test_twice_with_one_key_is_once(self, play: Quick) -> None:
        using = key()
        self.do(play, using=using)
        self.nothing_waits(play, using=using)
        assert entries(play).count(self.act) == 1

    test_the_same_key_with_another_body = None  # what comes second finds nothing waiting
