"""The door: everything that may be done to a dossier. Other apps act here and nowhere else.

Each act takes the actor and an idempotency key (the same key gets the first answer again) and raises an error of
procedures.errors with every reason when it is refused; then nothing was written.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from procedures import policy
from procedures.definition.forms import FieldError
from procedures.definition.model import Auto
from procedures.errors import Busy, Conflict, Invalid, NotFound, Reason, Refused, WrongState
from procedures.law.life import Act, State
from procedures.models import Agency, LedgerEntry, ProcedureVersion, User
from procedures.now import now
from procedures.policy import SYSTEM, Actor
from workflows import files, production, selectors, signing
from workflows.dossier import books, copies, drafting, migration, offering, quantities, supervision, telling
from workflows.dossier import recount as recounting
from workflows.dossier.acts import Done, perform
from workflows.dossier.command import Command, Input, OwnCondition
from workflows.dossier.entering import enter
from workflows.dossier.facts import node_and_outcome
from workflows.dossier.opening import open_dossier, open_list
from workflows.dossier.quantities import Use
from workflows.dossier.rules.papers import UNFIT
from workflows.flow.lock import locked
from workflows.models import (
    ActRecord,
    ConditionReport,
    Dossier,
    Extract,
    Licence,
    LicenceCondition,
    Note,
    Paper,
    Piece,
    StoredFile,
    Task,
)
from workflows.selectors.office import may_note
from workflows.signing import StepToSign

__all__ = [
    "Done",
    "Input",
    "OwnCondition",
    "StepToSign",
    "Use",
    "add_note",
    "authorise_signatures",
    "challenge",
    "collect_result",
    "conclude_report",
    "copy_licence",
    "extract_register",
    "go_on",
    "grant_listed",
    "issue_credential",
    "issue_slip",
    "keep_explanations",
    "lapse",
    "mark_read",
    "migrate",
    "offer_credential",
    "open_dossier",
    "open_list",
    "pass_in_silence",
    "perform_step",
    "record_partner_answer",
    "recount",
    "redeem_offer",
    "release",
    "remind",
    "remove_piece",
    "report_condition",
    "request_withdrawal",
    "reuse_piece",
    "save_answers",
    "send_signing_code",
    "sign_declaration",
    "start_draft",
    "submit",
    "supply",
    "take_in",
    "upload",
]


logger = logging.getLogger(__name__)


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


# -- the applicant ------------------------------------------------------------------------------------------


def start_draft(*, actor: Actor, procedure: str, subject_id: int, licence: Licence | None = None) -> Dossier:
    """Open a draft of the procedure in force, about a licence of the subject if given. Raises NotFound, Refused."""
    return drafting.start(actor=actor, procedure=procedure, subject_id=subject_id, licence=licence)


def save_answers(
    *, actor: Actor, dossier_id: int, section: str, values: Any, revision: int
) -> tuple[Dossier, list[FieldError]]:
    """Keep what was typed on one page of the form and tell its errors. Raises Conflict for a stale page."""
    return drafting.save_answers(
        actor=actor, dossier_id=dossier_id, section=section, values=values, revision=revision
    )


def upload(*, actor: Actor, dossier_id: int, piece: str, chunks: Iterable[bytes], name: str) -> Piece:
    """Take in a file for a required piece, check it, and hand it in.

    Raises files.FileRefused (with its status) for a file that may not stand, NotFound, WrongState, Invalid.
    """
    dossier = Dossier.objects.filter(pk=dossier_id, subject_id__in=actor.subjects).first()
    if dossier is None:
        raise NotFound(Reason("no_dossier", gettext_noop("There is no such dossier.")))
    stored = take_in(chunks=chunks, name=name)
    return drafting.add_piece(actor=actor, dossier_id=dossier_id, piece=piece, file=stored, name=name)


def remove_piece(*, actor: Actor, dossier_id: int, piece_id: int) -> None:
    """Take back a paper that has not been submitted yet."""
    drafting.remove_piece(actor=actor, dossier_id=dossier_id, piece_id=piece_id)


def reuse_piece(*, actor: Actor, dossier_id: int, piece: str, earlier: int) -> Piece:
    """Hand in again a file from the applicant's store. Raises NotFound, WrongState."""
    return drafting.reuse_piece(actor=actor, dossier_id=dossier_id, piece=piece, earlier=earlier)


def sign_declaration(*, actor: Actor, dossier_id: int) -> Paper:
    """Render the answers as the declaration and sign it with the enterprise's key. Raises Invalid, Conflict, Busy."""
    paper = drafting.declaration_of(actor=actor, dossier_id=dossier_id)
    try:
        rendered, signed = production.produce_declaration(paper)
    except production.CertificateUnfit as unfit:
        raise Invalid(UNFIT[unfit.why]) from unfit
    except (production.TimestampProblem, production.KeysAway) as problem:
        logger.warning("a declaration could not be signed: %s", problem)
        message = gettext_noop("A service that signing needs does not answer, so nothing was signed.")
        remedy = gettext_noop("Your answers are kept. Try again in a few minutes.")
        raise Busy(Reason("signing_away", message, remedy=remedy)) from problem
    return drafting.record_declaration(actor=actor, paper=paper, rendered=rendered, signed=signed)


def submit(*, actor: Actor, dossier_id: int, idempotency_key: str) -> Done:
    """Submit the draft: its version is pinned and the route begins."""
    return perform(actor=actor, dossier_id=dossier_id, command=Command(Act.SUBMIT), key=idempotency_key)


def supply(*, actor: Actor, dossier_id: int, answers: Mapping[int, str], idempotency_key: str) -> Done:
    """Answer the open request for a supplement: explanations by item id; its new papers are there already."""
    given = Input(answers=dict(answers))
    command = _answer_to_request(dossier_id, given, actor=actor, key=idempotency_key)
    return perform(actor=actor, dossier_id=dossier_id, command=command, key=idempotency_key)


def keep_explanations(*, actor: Actor, dossier_id: int, answers: Mapping[int, str]) -> int:
    """Keep explanations (by item id) for the open request without sending them. Raises NotFound."""
    return telling.keep_explanations(actor=actor, dossier_id=dossier_id, answers=answers)


def mark_read(*, actor: Actor) -> int:
    """The actor has read every notice to their subjects; how many were new."""
    return telling.mark_read(actor=actor)


def request_withdrawal(*, actor: Actor, dossier_id: int, reason: str, idempotency_key: str) -> Done:
    """Ask to withdraw: work rests until the authority agrees or declines."""
    command = Command(Act.REQUEST_WITHDRAWAL, input=Input(reason=reason))
    return perform(actor=actor, dossier_id=dossier_id, command=command, key=idempotency_key)


def collect_result(*, actor: Actor, dossier_id: int) -> Done | None:
    """The applicant fetches the result for the first time: it is handed over. None when it was before."""
    if not Dossier.objects.filter(pk=dossier_id, state="concluded").exists():
        return None
    return perform(
        actor=actor, dossier_id=dossier_id, command=Command(Act.RETURN_RESULT), key=f"collect:{dossier_id}"
    )


def offer_credential(*, actor: Actor, licence: UUID) -> offering.Offered:
    """Offer a licence to a wallet of its holder. Raises NotFound, WrongState."""
    return offering.offer(actor=actor, ref=licence)


def redeem_offer(*, code: str, digits: str) -> tuple[str, int]:
    """(token, seconds that it is good for) for an offer's code and digits, once. Raises Invalid "invalid_grant"."""
    return offering.redeem(code=code, digits=digits)


def challenge() -> str:
    """A fresh value that a wallet puts into the proof of its key."""
    return offering.challenge()


def issue_credential(*, token: str, proof: str, register: str) -> str:
    """The credential that a token is for, bound to the key of the wallet's proof. Raises NotFound, Invalid, Busy."""
    return offering.issue(token=token, proof=proof, register=register)


def report_condition(
    *, actor: Actor, condition_id: int, text: str, files: Iterable[tuple[StoredFile, str]]
) -> ConditionReport:
    """Report how a condition of a licence is met; `files`: (file, name).

    Raises NotFound, WrongState, Invalid, Conflict.
    """
    return supervision.report(actor=actor, condition_id=condition_id, text=text, files=files)


def _answer_to_request(dossier_id: int, given: Input, *, actor: Actor, key: str) -> Command:
    """The command that answers the open request; for a repetition, the one that its key was first used for.

    It names no task: which request is meant follows from the dossier and the items, so that a repetition has the
    same body even when the wait is over or another one is open.
    """
    acts = (Act.SUPPLY_INTAKE_SUPPLEMENT, Act.SUPPLY_SUPPLEMENT)
    dossier = Dossier.objects.filter(pk=dossier_id).first()
    if dossier is not None:
        seen = ActRecord.objects.filter(actor=actor.ref, key=key, dossier_id=dossier_id, act__in=acts)
        first = seen.values_list("act", flat=True).first()
        for node in dossier.definition.route.nodes if first else ():
            for outcome in getattr(node, "outcomes", ()):
                if outcome.act == first:
                    return Command(outcome.act, outcome=outcome.id, input=given)
        for task in Task.objects.filter(process=dossier, finished__isnull=True):
            node = dossier.definition.route.node(task.node)
            for outcome in getattr(node, "outcomes", ()):
                if outcome.act in acts:
                    return Command(outcome.act, node=node.id, outcome=outcome.id, input=given)
    return Command(acts[-1], input=given)


# -- officials ----------------------------------------------------------------------------------------------


def take_in(*, chunks: Iterable[bytes], name: str) -> StoredFile:
    """Take in a file that belongs to no dossier yet, and check it. Raises files.FileRefused."""
    stored = files.check(files.store(chunks=chunks, declared_name=name))
    if stored.state == stored.State.REFUSED:
        raise files.FileRefused(*stored.reasons)
    return stored


def perform_step(
    *, actor: Actor, dossier_id: int, task_id: int, outcome: str, given: Input, idempotency_key: str
) -> Done:
    """Finish an open step with one of its outcomes.

    Raises Refused (wrong person), WrongState (somebody was faster, named), Invalid (something is missing, each
    reason naming its field), Busy, Conflict, NotFound.
    """
    command = Command(None, outcome=outcome, task_id=task_id, input=given)
    return perform(actor=actor, dossier_id=dossier_id, command=command, key=idempotency_key)


def authorise_signatures(*, actor: Actor, steps: Sequence[StepToSign], pin: str, code: str) -> datetime:
    """For a key at a remote signing service: have the papers of these steps signed under one authorisation.

    The moment (aware) that each act then takes as its second factor. Raises Invalid naming `pin` or `code`, Busy.
    """
    return signing.authorise(actor=actor, steps=steps, pin=pin, code=code)


def send_signing_code(*, actor: Actor) -> None:
    """Let the actor's remote signing service send a one-time code. Raises Invalid, Busy."""
    signing.send_code(actor=actor)


def issue_slip(*, actor: Actor, dossier_id: int, kind: str, idempotency_key: str) -> Done:
    """Make a slip that no step makes, e.g. the control slip, from the dossier's own facts. Raises Refused, Invalid."""
    return perform(actor=actor, dossier_id=dossier_id, command=Command(None, slip=kind), key=idempotency_key)


def conclude_report(*, actor: Actor, condition_id: int, met: bool, remark: str) -> LicenceCondition:
    """Find a condition of a licence met, or send its report back.

    Raises NotFound, Refused, WrongState, Invalid, Conflict.
    """
    return supervision.conclude(actor=actor, condition_id=condition_id, met=met, remark=remark)


def add_note(*, actor: Actor, dossier_id: int, text: str) -> Note:
    """Keep an internal note; the applicant does not see it. Raises Refused for who has no part in the dossier."""
    dossier = Dossier.objects.filter(pk=dossier_id).first()
    if dossier is None:
        raise NotFound(Reason("no_dossier", gettext_noop("There is no such dossier.")))
    if not may_note(actor=actor, dossier=dossier):
        raise Refused(Reason("not_involved", gettext_noop("Only officials on the route may add notes.")))
    return Note.objects.create(
        dossier=dossier, author_id=actor.id, at=now(), text=text.strip()[:5000], kind="internal"
    )


# -- the system and partners --------------------------------------------------------------------------------


def release(*, dossier_id: int, outcome: str, stages: Mapping[str, str], idempotency_key: str) -> Done | None:
    """The system has what a wait was waiting for: `stages` maps "rendered", "countersigned", "signed" or "sealed", and
    "annex-<id>" of each annex, to a SHA-256.

    None when nothing waits for it (any more): somebody withdrew or sent back meanwhile.
    """
    with transaction.atomic():
        dossier = locked(dossier_id)
        for task in Task.objects.filter(process=dossier, finished__isnull=True, kind="wait"):
            found = node_and_outcome(dossier.definition, task.node, outcome)
            if found is not None:
                command = Command(
                    found[1].act,
                    node=task.node,
                    outcome=outcome,
                    task_id=task.pk,
                    input=Input(files=dict(stages)),
                )
                return perform(actor=SYSTEM, dossier_id=dossier_id, command=command, key=idempotency_key)
    return None


def go_on(*, dossier_id: int, node: str) -> Done | None:
    """Perform an open step that the system performs by itself: the first of its outcomes that is open.

    None when it is not open (any more). Raises WrongState while work on the dossier rests.
    """
    with transaction.atomic():
        dossier = locked(dossier_id)
        step = dossier.definition.route.node(node)
        task = Task.objects.filter(process=dossier, node=node, kind="auto", finished__isnull=True).first()
        if task is None or not isinstance(step, Auto):
            return None
        if dossier.state == State.WITHDRAWAL_REQUESTED:
            raise WrongState(Reason("resting", gettext_noop("Work on this dossier rests at the moment.")))
        outcome = selectors.first_open(dossier=dossier, outcomes=step.outcomes)
        command = Command(outcome.act, node=node, outcome=outcome.id, task_id=task.pk)
        return perform(actor=SYSTEM, dossier_id=dossier_id, command=command, key=f"auto:{task.pk}")


def grant_listed(*, dossier_id: int) -> Done | None:
    """The decision over the list on which a dossier stands has taken effect: it gets its result.

    None when it waits for none (any more).
    """
    with transaction.atomic():
        dossier = locked(dossier_id)
        waits = dossier.definition.listed_at
        task = Task.objects.filter(process=dossier, node__in=waits, finished__isnull=True).first()
        if task is None:
            return None
        node = dossier.definition.route.node(task.node)
        outcome = next(one for one in node.outcomes if one.by_list)
        command = Command(outcome.act, node=task.node, outcome=outcome.id, task_id=task.pk)
        return perform(actor=SYSTEM, dossier_id=dossier_id, command=command, key=f"list:{task.pk}")


def lapse(*, task: Task) -> Done | None:
    """The limit of a step has passed: fire the outcome that its definition names. None when there is none."""
    node = task.process.definition.route.node(task.node)
    name = getattr(node, "at_limit", None)
    if not name or name == "alarm":
        return None
    found = node_and_outcome(task.process.definition, task.node, name)
    assert found is not None
    command = Command(found[1].act, node=task.node, outcome=name, task_id=task.pk)
    return perform(actor=SYSTEM, dossier_id=task.process_id, command=command, key=f"limit:{task.pk}")


def pass_in_silence(*, dossier_id: int) -> Done:
    """The promised date has passed: silence decides as the version says. Raises Refused, Invalid, WrongState."""
    dossier = Dossier.objects.filter(pk=dossier_id).first()
    act = next(iter(dossier.definition.silent), None) if dossier else None
    if act is None:
        raise Refused(Reason("not_enabled", gettext_noop("In this procedure silence decides nothing.")))
    return perform(actor=SYSTEM, dossier_id=dossier_id, command=Command(act), key=f"silence:{dossier_id}")


def remind(ids: Sequence[int]) -> int:
    """Remind the applicants of these dossiers that they are waited for; how many were told."""
    return telling.remind(ids)


def recount(*, dossier_id: int, heads: Mapping[str, int]) -> bool:
    """Count the dates of a running dossier by the calendar of today; whether one has moved."""
    return recounting.recount(dossier_id=dossier_id, heads=heads)


def migrate(
    *, actor: Actor, version: ProcedureVersion, dossier_ids: Iterable[int], steps: Mapping[str, str]
) -> tuple[int, list[tuple[int, tuple[Reason, ...]]]]:
    """Move running dossiers to a version, each in a transaction of its own: how many, and who stayed and why.

    Whoever is cut off simply asks again: what is moved stays moved. Raises Refused before the first.
    """
    policy.must(actor, "dossier.migrate", version)
    moved, stayed = 0, []
    for number in dossier_ids:
        try:
            moved += migration.move(actor=actor, dossier_id=number, version=version, steps=steps)
        except Conflict as refusal:
            stayed.append((number, refusal.reasons))
    return moved, stayed


def extract_register(
    *, actor: Actor, by: User, agency: Agency, since: date, until: date, book: str = ""
) -> Extract:
    """A signed extract for a period: of the register of dossiers, or of a register of licences. Raises Refused."""
    policy.must(actor, "register.extract", agency)
    with transaction.atomic():
        return books.make(agency=agency, since=since, until=until, signer=by, book=book)


def copy_licence(*, actor: Actor, licence: UUID) -> Extract:
    """A copy of a licence from its register, signed by the agency, for its holder. Raises NotFound."""
    return copies.make(actor=actor, ref=licence)


def record_partner_answer(
    *,
    dossier_id: int,
    partner_name: str,
    message_id: str,
    outcome: str,
    detail: Mapping[str, Any],
    idempotency_key: str,
) -> int:
    """A partner's verified business answer goes into the dossier's ledger, once. Returns the ledger sequence.

    `outcome`: "accepted" or "rejected". `detail`: references only. It moves no legal state.
    """
    with transaction.atomic():
        dossier = locked(dossier_id)
        act = f"partner.{outcome}"
        earlier = _recorded(dossier, act, idempotency_key)
        if earlier is not None:
            return earlier
        entry = enter(
            dossier,
            act=act,
            actor=policy.partner(code=partner_name).ref,
            at=now(),
            data={"message": message_id, "key": idempotency_key, **detail},
            tell={"partner": partner_name},
        )
        return entry.sequence


def record_use(*, partner_name: str, use: Use) -> None:
    """A partner's verified report that goods of a licence were used, or that they were not after all. Once each.

    Raises Conflict with what the partner is told; see `workflows.dossier.quantities.record`.
    """
    quantities.record(partner=partner_name, use=use)


def _recorded(dossier: Dossier, act: str, key: str) -> int | None:
    return (
        LedgerEntry.objects.filter(
            subject_kind="dossier", subject_id=dossier.pk, act=act, data__contains=f'"key":"{key}"'
        )
        .values_list("sequence", flat=True)
        .first()
    )
