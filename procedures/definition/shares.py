"""Do the steps' shares of time fit into the term that the receipt promises? Pure.

Counted along the longest way forward from acceptance to the decision, in working hours; ways that lead back start the
clock anew or are mended within it, and while the applicant is asked it stands. A calendar day counts as five sevenths
of a working day, a month as thirty of them: near enough to find a route that cannot be on time.
"""

from collections.abc import Iterator

from procedures.definition.base import Term
from procedures.definition.findings import Finding
from procedures.definition.model import Definition
from procedures.definition.route import BACK, AnyNode, Human
from procedures.law.life import Act
from procedures.law.vocabulary import Unit

__all__ = ["shares"]

DAY = 8.0
_HOURS = {
    Unit.WORKING_HOURS: 1.0,
    Unit.WORKING_DAYS: DAY,
    Unit.CALENDAR_DAYS: DAY * 5 / 7,
    Unit.MONTHS: DAY * 30 * 5 / 7,
}


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def shares(definition: Definition) -> Iterator[Finding]:
    """A finding when somebody who takes no longer than the shares allow is late all the same."""
    nodes = {node.id: node for node in definition.route.nodes}
    after = {o.to for n in nodes.values() for o in n.outcomes if o.act is Act.ACCEPT and o.to in nodes}
    after |= {definition.route.first.id} if definition.opened_by else set()
    spent = max((_longest(nodes, node, frozenset(), {}) for node in after), default=0.0)
    allowed = _hours(definition.terms.decision)
    if spent > allowed:
        message = gettext_noop(
            "%(where)s: the steps may take %(spent)s working hours, and the term has %(allowed)s"
        )
        params = {"spent": round(spent), "allowed": round(allowed)}
        yield Finding("shares_beyond_term", "terms.decision", message, params)


def _hours(term: Term) -> float:
    return term.length * _HOURS[term.unit]


def _longest(nodes: dict[str, AnyNode], at: str, before: frozenset[str], known: dict[str, float]) -> float:
    """Hours of the longest way on from a node; what leads back to an open one counts for nothing."""
    if at in known:
        return known[at]
    node = nodes[at]
    own = _hours(node.share) if isinstance(node, Human) and node.limit is None else 0.0
    onward = {
        o.to for o in node.outcomes if o.to != BACK and o.to in nodes and o.to not in before and o.to != at
    }
    longest = own + max((_longest(nodes, to, before | {at}, known) for to in onward), default=0.0)
    known[at] = longest
    return longest
