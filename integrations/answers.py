"""Where what a partner says goes back to its dossier: through the act path, in the same transaction."""

from collections.abc import Sequence

from integrations.envelope import Answer, PeerFault, UseReport
from integrations.models import Message

__all__ = ["record", "record_use"]


def record(*, message: Message, answer: Answer) -> None:
    """Write the answer into the dossier's ledger and notices. Idempotent by the wire id and the outcome.

    Raises what the act path raises (a busy dossier); the caller's transaction then rolls back as a whole.
    """
    from workflows import service  # the act path reaches models: only when an answer is really there

    service.record_partner_answer(
        dossier_id=message.dossier_id,
        partner_name=message.connector.name,
        message_id=str(message.uuid),
        outcome=answer.kind.value,
        detail={
            "peer_id": answer.peer_id,
            "reference": answer.reference,
            "faults": [fault.code for fault in answer.faults],  # a peer's sentences may name a person
        },
        idempotency_key=f"{message.connector.name}:{message.wire_id}:{answer.kind.value}",
    )


def record_use(*, partner: str, report: UseReport) -> Sequence[PeerFault]:
    """Count what a partner reports as used; why it has no effect, as codes of ours with sentences in Vietnamese.

    Raises what the act path raises for a busy dossier; the caller's transaction then rolls back as a whole.
    """
    from django.utils.translation import gettext, override

    from procedures.errors import Conflict
    from workflows import service

    use = service.Use(
        register=report.register,
        number=report.number,
        year=report.year,
        declaration=report.declaration,
        used_on=report.used_on,
        lines=report.lines,
        taken_back=report.cancelled,
    )
    try:
        service.record_use(partner_name=partner, use=use)
    except Conflict as refusal:
        with override("vi"):
            return [PeerFault(one.code, gettext(one.message) % one.params) for one in refusal.reasons]
    return []
