"""What happened in a dossier, and which partners must hear of it.

Handlers run outside a transaction, at least once. Writing the message is idempotent by its business key; the wire is
tried once at once, so a partner usually knows within the second, and `manage.py deliver` carries on
with whatever is left.
"""

import logging

from integrations import delivery, outgoing
from integrations.models import Message
from integrations.registry import registry
from workflows.outbox import Event, subscribe

__all__ = ["tell_asean", "tell_customs"]

log = logging.getLogger(__name__)
PATIENCE = 300.0
"""Seconds after which a silent worker counts as dead; longer than any exchange."""


@subscribe("licence.granted", name="integrations.vnsw", patience=PATIENCE)
def tell_customs(event: Event) -> None:
    """Customs must see each import licence."""
    _announce(event, partner="vnsw")


@subscribe("licence.granted", name="integrations.asw", patience=PATIENCE)
def tell_asean(event: Event) -> None:
    """The other member must be able to check the licence that a declaration cites."""
    _announce(event, partner="asw")


def _announce(event: Event, *, partner: str) -> None:
    from workflows import files, selectors  # doors that reach models: only when something happened

    if event.dossier_id is None:
        raise ValueError("a licence is granted in a dossier")
    facts = selectors.licence_document(int(str(event.payload["licence_id"])))
    wanted = facts.get("partners")
    if wanted is not None and {"partner": partner, "document": registry.get(partner).document} not in wanted:
        return
    paper = files.read(facts["pdf_sha256"])
    message = outgoing.enqueue(partner=partner, dossier_id=event.dossier_id, facts=facts, paper=paper)
    if message is not None and message.state == Message.State.QUEUED:
        delivery.attempt_now(message)
