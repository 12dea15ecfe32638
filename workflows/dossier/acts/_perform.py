"""The only writer of a dossier: one read, one pure rule, one write, in one transaction.

Lock the dossier, load the facts, ask the permissions, ask the rule; then the FSM method, the effects of the act, the
tasks, the clock, the ledger entry and the outbox rows, and commit. Whatever is refused rolls everything back.
"""

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model
from django_fsm import TransitionNotAllowed

from procedures import ledger
from procedures.definition.model import Desk, Human, Outcome, Step
from procedures.definition.route import BACK, Gateway
from procedures.errors import Busy, Conflict, Invalid, NotFound, Reason, Refused, Verdict, WrongState
from procedures.law.life import BEGINNINGS, Act, State
from procedures.ledger import Head
from procedures.models import LedgerEntry
from procedures.now import now as present
from procedures.policy import Actor
from workflows import outbox
from workflows.dossier import clock
from workflows.dossier.acts import effects
from workflows.dossier.answers import canonical
from workflows.dossier.command import Command
from workflows.dossier.context import Context
from workflows.dossier.facts import Facts, TaskFact, node_and_outcome, wants
from workflows.dossier.loading import load, tasks_of
from workflows.dossier.permissions import permit
from workflows.dossier.rules import judge
from workflows.flow import engine
from workflows.flow.lock import locked
from workflows.models import ActRecord, Dossier, Task
from workflows.models.statements import write

__all__ = ["Done", "key_reused", "perform", "rehearse"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


MOVED_ON = frozenset({"wrong_state", "task_done", "resting", "already_signed", "not_due", "limit_passed"})
"""Reasons that say where the dossier is, or when it is: the page is stale, and the person is told who was faster."""


@dataclass(frozen=True, slots=True)
class Done:
    """The answer of an act that took effect. A repetition under the same key gets the same answer."""

    dossier_id: int
    ref: str
    code: str
    state: str
    sequence: int
    """Ledger sequence of the entry that the act wrote."""
    repeated: bool = False


def perform(*, actor: Actor, dossier_id: int, command: Command, key: str = "") -> Done:
    """Perform one act, or raise with every reason.

    `key` is the idempotency key: the same actor, act and key gets the first answer again; with another body it is a
    Conflict. Raises Refused (403), WrongState (409, naming who was faster), Invalid (422), Conflict (409),
    NotFound (404), Busy (503). Nothing is written when it raises.
    """
    body = hashlib.sha256(
        canonical(
            {
                "dossier": dossier_id,
                "command": [command.outcome or command.name, command.task_id],
                "input": command.input.model_dump(mode="json", exclude={"stepped_up_at"}),
            }
        )
    ).hexdigest()
    try:
        with transaction.atomic():
            return _perform(actor, dossier_id, command, key, body)
    except IntegrityError as error:
        if "act_once" in str(error):
            first = _first_answer(actor, dossier_id, command, key, body)
            if first is not None:
                return first
        raise
    except (Refused, Invalid, Busy):
        first = _first_answer(actor, dossier_id, command, key, body) if key else None
        if first is not None:
            return first
        raise


def rehearse(*, actor: Actor, dossier_id: int, command: Command) -> None:
    """Whether the act would take effect now: raises as `perform` does, and writes nothing."""
    with transaction.atomic():
        _judged(actor, locked(dossier_id), command, present())


def _judged(
    actor: Actor, dossier: Dossier, command: Command, now: datetime
) -> tuple[Facts, Command, Step | None, Outcome | None]:
    """What is known of the dossier and the command, if permissions and rules let it pass."""
    tasks = tasks_of(dossier.pk)
    command = _named(command, dossier, tasks)
    node, outcome = _of_route(dossier, command)
    facts = load(dossier, wants(outcome, command.act), tasks=tasks)
    _must(permit(actor, facts, command, node), dossier)
    _must(judge(facts, command, node, outcome, now), dossier)
    return facts, command, node, outcome


def _perform(actor: Actor, dossier_id: int, command: Command, key: str, body: str) -> Done:
    now = present()
    dossier = locked(dossier_id)
    facts, command, node, outcome = _judged(actor, dossier, command, now)
    ctx = Context(
        dossier=dossier,
        facts=facts,
        command=command,
        actor=actor,
        now=now,
        node=node,
        outcome=outcome,
        task=facts.open_task(node.id) if node else None,
        before=State(dossier.state),
    )
    if command.act is not None:
        try:
            getattr(dossier, command.act.value)()
        except TransitionNotAllowed:
            raise WrongState(
                Reason(
                    "wrong_state", gettext_noop("This is not possible any more: the dossier has moved on.")
                )
            ) from None
        ctx.dirty |= {"state", "interrupted"}
    effects.apply(ctx)
    _walk(ctx)
    if command.act is not None:
        ctx.span = clock.move(
            dossier=dossier, definition=facts.definition, act=command.act, now=now, late=ctx.evening
        )
        due_at = clock.promise(dossier=dossier, act=command.act, span=ctx.span, now=now)
        if due_at != dossier.due_at:
            ctx.set(due_at=due_at)
    entry = _entry(ctx)
    _flush(ctx, entry, key, body)
    return _answer(dossier, entry.sequence)


def _named(command: Command, dossier: Dossier, tasks: tuple[TaskFact, ...]) -> Command:
    """The command with its step and its legal act; somebody at a screen names a task and an outcome only."""
    if command.node or command.task_id is None:
        return command
    task = next((task for task in tasks if task.id == command.task_id), None)
    if task is None:
        raise NotFound(Reason("no_task", gettext_noop("There is no such step.")))
    found = node_and_outcome(dossier.definition, task.node, command.outcome)
    return replace(command, act=found[1].act if found else None, node=task.node)


def _of_route(dossier: Dossier, command: Command) -> tuple[Step | None, Outcome | None]:
    if not command.node:
        return None, None
    found = node_and_outcome(dossier.definition, command.node, command.outcome)
    if found is None:
        raise Invalid(
            Reason(
                "no_such_step",
                gettext_noop("This procedure has no step “%(step)s”."),
                {"step": f"{command.node}.{command.outcome}"},
            )
        )
    return found


def _must(verdict: Verdict, dossier: Dossier) -> None:
    if verdict:
        return
    codes = {reason.code for reason in verdict.reasons}
    if codes & MOVED_ON:
        raise WrongState(*verdict.reasons, *_who_was_faster(dossier))
    if verdict.allowed is None:
        raise Busy(*verdict.reasons)
    if codes & {
        "wrong_role",
        "assigned_to_other",
        "same_person",
        "not_applicant",
        "system_only",
        "not_enabled",
    }:
        raise Refused(*verdict.reasons)
    raise Invalid(*verdict.reasons)


def _who_was_faster(dossier: Dossier) -> list[Reason]:
    """The last act, so that the other is told who did what and when."""
    last = (
        LedgerEntry.objects.filter(subject_kind="dossier", subject_id=dossier.pk)
        .order_by("-sequence")
        .first()
    )
    if last is None:
        return []
    return [
        Reason(
            "faster",
            gettext_noop("Last act: “%(act)s” at %(at)s, by %(actor)s."),
            {"act": last.act, "at": last.at, "actor": last.actor},
        )
    ]


def _walk(ctx: Context) -> None:
    """Finish the task and let viewflow walk on, or enter the route."""
    if ctx.task is not None and ctx.node is not None and ctx.outcome is not None:
        known = ctx.task
        task = Task(pk=known.id, process=ctx.dossier, node=known.node, unit=known.unit, status="NEW")
        task.flow_task = engine.node_of(engine.flow_of(ctx.dossier), ctx.node.id)
        engine.finish(
            dossier=ctx.dossier,
            work=ctx.work,
            task=task,
            token=known.token,
            outcome=ctx.outcome.id,
            performer_id=ctx.user_id,
        )
        if ctx.work.ended:
            ctx.dirty |= {"status", "finished"}
    elif ctx.act is not None:
        entered = effects.enters(ctx)
        if entered is not None:
            engine.enter(dossier=ctx.dossier, work=ctx.work, node=entered)
            ctx.dirty |= {"flow_class"}


def _entry(ctx: Context) -> LedgerEntry:
    dossier = ctx.dossier
    if _passes_gateway(ctx):
        ctx.data["opened"] = [task.node for task in ctx.work.created]
    if ctx.evening is not None:
        ctx.data["handed_over_at"] = ctx.evening.handed_over_at.isoformat()
        ctx.data["term_from"] = "handover" if ctx.evening.counts else "receipt"
    seat, route = None, ctx.facts.definition.route
    by = ctx.facts.definition.opened_by if ctx.act is Act.OPEN else ctx.node
    if isinstance(by, Human | Desk):
        seat = ctx.actor.seat(by.role, route.units[by.unit])
    entry = ledger.entry(
        head=Head(dossier.head_sequence, dossier.head_hash) if dossier.head_sequence else ledger.GENESIS,
        subject_kind="dossier",
        subject_id=dossier.pk,
        at=ctx.now,
        actor=ctx.actor.ref,
        on_behalf_of=seat.on_behalf_of if seat else "",
        act=ctx.command.name,
        from_state=ctx.before.value,
        to_state=dossier.state,
        node=ctx.command.node,
        data=ctx.data,
        definition_sha256=dossier.definition_sha256,
    )
    ctx.set(head_sequence=entry.sequence, head_hash=entry.hash)
    return entry


def _passes_gateway(ctx: Context) -> bool:
    """Whether the definition alone does not tell which step follows, so that the entry must."""
    route = ctx.facts.definition.route
    if ctx.act in BEGINNINGS:
        return isinstance(route.first, Gateway)
    return (
        ctx.outcome is not None and ctx.outcome.to != BACK and isinstance(route.node(ctx.outcome.to), Gateway)
    )


def _flush(ctx: Context, entry: LedgerEntry, key: str, body: str) -> None:
    """Everything that the act writes, except what its effects wrote before: one statement."""
    dossier = ctx.dossier
    new: list[Model] = [*ctx.work.created, entry, *ctx.notes, *([ctx.span] if ctx.span else [])]
    if key:
        answer = asdict(_answer(dossier, entry.sequence))
        del answer["repeated"]
        new.append(
            ActRecord(
                actor=ctx.actor.ref,
                act=ctx.command.name,
                key=key,
                body_sha256=body,
                dossier=dossier,
                sequence=entry.sequence,
                answer=answer,
                at=ctx.now,
            )
        )
    events: list[tuple[str, dict[str, Any]]] = [
        (
            f"act.{ctx.command.name}" if ctx.act else "step",
            {
                "act": ctx.command.name,
                "from": entry.from_state,
                "to": entry.to_state,
                "ledger_sequence": entry.sequence,
            },
        ),
        *ctx.events,
    ]
    if by_itself := [task.node for task in ctx.work.created if task.kind == "auto"]:
        events.append(("step.auto", {"nodes": by_itself}))
    for kind, payload in events:
        new += outbox.rows_for(
            kind=kind, dossier_id=dossier.pk, sequence=entry.sequence, payload=payload, now=ctx.now
        )
    finished = [(task, engine.FINISHED) for task in ctx.work.finished]
    write(changed=[(dossier, ctx.dirty), *finished], new=new)
    engine.close(dossier, ctx.work)


def _answer(dossier: Dossier, sequence: int) -> Done:
    return Done(dossier.pk, str(dossier.ref), dossier.code or "", dossier.state, sequence)


def _first_answer(actor: Actor, dossier_id: int, command: Command, key: str, body: str) -> Done | None:
    """The recorded answer of this key, if the act took effect before."""
    if not command.act and not command.node:
        command = _named(command, Dossier.objects.get(pk=dossier_id), tasks_of(dossier_id))
    record = ActRecord.objects.filter(actor=actor.ref, act=command.name, key=key).first()
    if record is None:
        return None
    if record.body_sha256 != body:
        raise key_reused()
    return Done(**record.answer, repeated=True)


def key_reused() -> Conflict:
    """The key of an act came a second time, with something else."""
    message = gettext_noop("This form was already sent with other content. Reload the page and try again.")
    return Conflict(Reason("key_reused", message))
