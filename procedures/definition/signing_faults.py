"""Faults of how a paper is signed: what is countersigned, that nobody signs twice, that nobody signs unread. Pure."""

from collections.abc import Iterator
from itertools import combinations

from procedures.definition.findings import Finding
from procedures.definition.model import Definition, Human, Need, PaperStep

__all__ = ["signing_faults"]

_BY_HAND = frozenset({PaperStep.COUNTERSIGN, PaperStep.APPROVE})
"""Steps by which a person signs in their own name."""
_ASKS = {
    PaperStep.COUNTERSIGN: frozenset({Need.HASH, Need.STEP_UP}),
    PaperStep.APPROVE: frozenset({Need.HASH, Need.STEP_UP}),
    PaperStep.CHECK: frozenset({Need.HASH}),
}
"""What must be given with a signature: the very bytes that were read, and of a person a second factor."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def signing_faults(definition: Definition) -> Iterator[Finding]:
    """Every such fault. That a paper has all its signatures in their order is for the walk."""
    for name, kind in definition.papers.items():
        if kind.countersigners and "leader" not in kind.signers:
            message = gettext_noop("%(where)s: only what the leader signs is countersigned")
            yield Finding("countersigned_without_leader", f"papers.{name}", message)
    people = definition.route.people
    for node in people:
        for outcome in node.outcomes:
            if outcome.step in _ASKS and not _ASKS[outcome.step] <= set(outcome.needs):
                message = gettext_noop("%(where)s: could be signed unread, or without a second factor")
                yield Finding("signed_unread", f"{node.id}.{outcome.id}", message)
    signing_nodes = [node for node in people if any(outcome.step in _BY_HAND for outcome in node.outcomes)]
    for one, other in combinations(signing_nodes, 2):
        if not _apart(one, other):
            message = gettext_noop("%(where)s: whoever signs at “%(other)s” could also sign here")
            yield Finding("signs_twice", other.id, message, {"other": one.id})


def _apart(one: Human, other: Human) -> bool:
    return one.id in other.different_from or other.id in one.different_from
