"""How a person signs: with a key that the system uses, or with one at a remote service, which asks its holder."""

from procedures.definition.model import Outcome, PaperStep
from procedures.models import User
from procedures.policy import Actor
from workflows.papers import custody
from workflows.papers.keys import KeyMissing, KeysAway
from workflows.papers.remote import AWAY, Asks

__all__ = ["Asks", "remote_signing"]


def remote_signing(*, actor: Actor, outcome: Outcome) -> Asks | None:
    """What the actor's signing service asks for before this outcome; None where the key is not at such a service."""
    if outcome.step not in (PaperStep.COUNTERSIGN, PaperStep.APPROVE) or custody.remote_service() is None:
        return None
    username = User.objects.values_list("username", flat=True).filter(pk=actor.id or 0).first()
    ref = f"official:{username}"
    try:
        service = custody.remote_keys(ref)
        return service.credential(ref).asks if service else None
    except (KeysAway, KeyMissing):
        return AWAY
