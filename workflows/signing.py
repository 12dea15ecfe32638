"""Signing by hand with a key at a remote service: the holder authorises there, then the acts follow.

What will be signed is known before the act: the bytes that were read, and the moment. So the digests of all papers go
to the service under one authorisation, the signatures are kept (`RemoteSignature`), and each act that follows says at
which moment its paper was authorised. The worker writes the file from what was kept, and never asks the service.

An act that would be refused is not authorised: permissions and rules are asked first. One that is refused after all,
because somebody was faster in that second, leaves a signature that is in no file.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from procedures.errors import Busy, Invalid, MotcuaError, Reason
from procedures.models import User
from procedures.now import now
from procedures.policy import Actor
from workflows import files, production
from workflows.dossier.acts import rehearse
from workflows.dossier.command import Command, Input
from workflows.dossier.rules.papers import SIGNING_AWAY, UNFIT
from workflows.faults import fault
from workflows.models import Paper, RemoteSignature
from workflows.papers import custody, issue
from workflows.papers.kept import digest_taker
from workflows.papers.keys import Key, KeyMissing, KeysAway, OneKey
from workflows.papers.remote import Credential, RemoteRefused, RemoteSigning

__all__ = ["StepToSign", "authorise", "send_code"]

logger = logging.getLogger(__name__)


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class StepToSign:
    """An open step whose outcome signs a paper, and what is given for it."""

    dossier_id: int
    task_id: int
    outcome: str
    given: Input


def send_code(*, actor: Actor) -> None:
    """Let the actor's signing service send a one-time code. Raises Busy, Invalid."""
    ref, service = _service_of(actor)
    try:
        service.send_code(ref)
    except (KeysAway, KeyMissing) as problem:
        raise _away(problem) from problem
    except RemoteRefused as refusal:
        raise _refused(refusal) from refusal


def authorise(*, actor: Actor, steps: Sequence[StepToSign], pin: str, code: str) -> datetime:
    """Have the papers of these steps signed under one authorisation; the moment (aware) to give to each act as its
    second factor. Steps that would be refused are left out: their acts tell why.

    Raises Invalid (a wrong PIN or code, named by its field; too many at once; an unfit certificate), Busy.
    """
    at = now().replace(microsecond=0)  # as the signature says it
    papers = [paper for step in steps if (paper := _ready(actor, step, at)) is not None]
    if not papers:
        return at
    ref, service = _service_of(actor)
    try:
        credential = service.credential(ref)
        if len(papers) > credential.asks.most:
            raise Invalid(
                Reason(
                    "too_many",
                    gettext_noop("Your signing service signs at most %(most)s papers at once."),
                    {"most": credential.asks.most},
                )
            )
        person = User.objects.get(pk=actor.id or 0)
        digests = [_digest(paper, person, credential, at) for paper in papers]
        about = ", ".join(f"{paper.title} {paper.number or ''}".strip() for paper in papers)
        values = service.sign(ref, digests, pin=pin, code=code, about=about)
    except production.CertificateUnfit as unfit:
        raise Invalid(UNFIT[unfit.why]) from unfit
    except (KeysAway, KeyMissing) as problem:
        raise _away(problem) from problem
    except RemoteRefused as refusal:
        raise _refused(refusal) from refusal
    fault("signing.before_kept")
    with transaction.atomic():
        RemoteSignature.objects.bulk_create(
            RemoteSignature(
                paper=paper,
                place=paper.next_place,
                digest=digest.hex(),
                value=value,
                chain=list(credential.chain),
                at=at,
            )
            for paper, digest, value in zip(papers, digests, values, strict=True)
        )
    fault("signing.after_kept")
    return at


def _service_of(actor: Actor) -> tuple[str, RemoteSigning]:
    ref = f"official:{User.objects.get(pk=actor.id or 0).username}"
    try:
        service = custody.remote_keys(ref)
    except KeysAway as problem:
        raise _away(problem) from problem
    if service is None:
        raise Invalid(UNFIT["missing"])
    return ref, service


def _ready(actor: Actor, step: StepToSign, at: datetime) -> Paper | None:
    """The paper that the step would sign; None where the act would be refused, was performed before, or where the paper
    was authorised in this same second."""
    given = step.given.model_copy(update={"stepped_up_at": at})
    command = Command(None, outcome=step.outcome, task_id=step.task_id, input=given)
    try:
        rehearse(actor=actor, dossier_id=step.dossier_id, command=command)
    except MotcuaError:
        return None
    paper = (
        Paper.objects.select_related("dossier__subject", "signer", "number")
        .filter(dossier_id=step.dossier_id, state="rendered")
        .first()
    )
    if paper is None or paper.file_sha256 != given.paper_sha256:
        return None
    if not paper.to_countersign and paper.signer_id != actor.id:
        return None
    return None if paper.remote_signatures.filter(place=paper.next_place, at=at).exists() else paper


def _digest(paper: Paper, person: User, credential: Credential, at: datetime) -> bytes:
    """What the service signs for this paper: the worker, who writes the file later, comes to the same bytes."""
    signatory = production.checked(production.official(paper, person), der=credential.chain[0])

    def begin(key: Key) -> object:
        return issue.produce_signature(
            paper,
            base=paper.file_sha256,
            place=paper.next_place,
            signers=production.signers_of(paper),
            signatory=signatory,
            keys=OneKey(key),
            read=files.read,
            at=at,
            timestamp=None,
            evidence=None,
        )

    return digest_taker(credential.chain, begin)


def _away(problem: Exception) -> Busy:
    logger.warning("nothing was signed remotely: %s", problem)
    return Busy(SIGNING_AWAY)


_SAID = {
    "pin": gettext_noop("Your signing service does not accept this PIN."),
    "code": gettext_noop("Your signing service does not accept this code: wrong, expired or used before."),
}


def _refused(refusal: RemoteRefused) -> Invalid:
    if refusal.field:
        reason = Reason("step_up", _SAID[refusal.field], {"field": refusal.field})
    else:
        message = gettext_noop("Your signing service refused: “%(said)s”.")
        reason = Reason("step_up", message, {"said": refusal.said})
    return Invalid(reason)
