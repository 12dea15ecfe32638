"""Where a partner's business answer goes back to its dossier: through the act path, in the same transaction."""

from integrations.envelope import Answer
from integrations.models import Message

__all__ = ["record"]


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
