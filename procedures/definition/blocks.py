"""Faults of gateways: branches must start at their split, meet at its join, and stay internal in between. Pure.

With that, parallel work is sound by construction: a join can wait for nothing that never comes, nothing is left behind
after it, and what a branch does can change neither the legal state nor another branch.
"""

from collections.abc import Iterator

from procedures.definition.findings import Finding
from procedures.definition.model import Decide, Definition, End, Human, Join, Need, Outcome, Split
from procedures.definition.route import BACK, AnyNode, Gateway

__all__ = ["blocks"]

WHOLE = frozenset(
    {Need.DRAFT_GRANT, Need.DRAFT_REFUSAL, Need.ASSIGNEE, Need.PAYMENT, Need.ITEMS, Need.HASH, Need.STEP_UP}
)
"""What concerns the whole dossier, and so cannot be asked of a branch."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def blocks(definition: Definition) -> Iterator[Finding]:
    """Every fault of splits, joins and decisions; edges that lead nowhere are passed over."""
    nodes = {node.id: node for node in definition.route.nodes}
    yield from _decisions(definition)
    yield from _loops(nodes)
    splits = [node for node in nodes.values() if isinstance(node, Split)]
    used: dict[str, str] = {}
    for split in splits:
        join = nodes.get(split.join)
        if not isinstance(join, Join) or split.join in used:
            message = gettext_noop("%(where)s: must meet at a join of its own; “%(join)s” is none")
            yield Finding("join_of_its_own", split.id, message, {"join": split.join})
            continue
        used[split.join] = split.id
        regions = [_region(nodes, outcome.to, split.join) for outcome in split.outcomes]
        yield from _branches(nodes, split, regions)
    for node in nodes.values():
        if isinstance(node, Join) and node.id not in used:
            message = gettext_noop("%(where)s: no split meets here")
            yield Finding("join_of_its_own", node.id, message)


def _region(nodes: dict[str, AnyNode], start: str, join: str) -> frozenset[str]:
    """The nodes of a branch: what can be reached from its start without passing the join."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        node = nodes.get(name)
        if node is None or name == join or name in found:
            continue
        found.add(name)
        waiting += [outcome.to for outcome in node.outcomes if outcome.to != BACK]
    return frozenset(found)


def _branches(nodes: dict[str, AnyNode], split: Split, regions: list[frozenset[str]]) -> Iterator[Finding]:
    for outcome, region in zip(split.outcomes, regions, strict=True):
        where = f"{split.id}.{outcome.id}"
        if split.join in _through_gateways(nodes, outcome.to):
            message = gettext_noop("%(where)s: the branch could meet the join without any step")
            yield Finding("branch_empty", where, message)
        shared = sorted(set().union(*(other for other in regions if other is not region)) & region)
        if shared:
            message = gettext_noop("%(where)s: shares “%(nodes)s” with another branch")
            yield Finding("branch_shared", where, message, {"nodes": ", ".join(shared)})
        if not any(o.to == split.join for name in region for o in nodes[name].outcomes):
            message = gettext_noop("%(where)s: the branch never meets “%(join)s”")
            yield Finding("branch_leaves", where, message, {"join": split.join})
        for name in sorted(region):
            yield from _in_branch(nodes[name], split)
    whole = frozenset().union(*regions)
    for node in nodes.values():
        if node.id in whole:
            continue
        for outcome in node.outcomes:
            entered = outcome.to in whole and node is not split
            early = outcome.to == split.join
            if entered or early:
                message = gettext_noop("%(where)s: leads into the branches of “%(split)s” from outside")
                yield Finding("branch_entered", f"{node.id}.{outcome.id}", message, {"split": split.id})


def _in_branch(node: AnyNode, split: Split) -> Iterator[Finding]:
    if isinstance(node, End) or node is split or (isinstance(node, Human) and node.interrupt):
        message = gettext_noop("%(where)s: the branches of “%(split)s” lead here before they have met")
        yield Finding("branch_leaves", node.id, message, {"split": split.id})
        return
    for outcome in node.outcomes:
        if outcome.act is not None or outcome.step is not None or WHOLE & set(outcome.needs):
            message = gettext_noop(
                "%(where)s: concerns the whole dossier, so it cannot happen in a branch of “%(split)s”"
            )
            yield Finding("act_in_branch", f"{node.id}.{outcome.id}", message, {"split": split.id})


def _decisions(definition: Definition) -> Iterator[Finding]:
    for node in definition.route.nodes:
        if not isinstance(node, Gateway):
            continue
        for outcome in node.outcomes:
            if outcome.act is not None or outcome.needs or outcome.paper or outcome.step is not None:
                message = gettext_noop("%(where)s: a gateway only leads on; it performs nothing")
                yield Finding("gateway_acts", f"{node.id}.{outcome.id}", message)
        if isinstance(node, Decide):
            rest = [outcome for outcome in node.outcomes if not outcome.when]
            if rest != [node.outcomes[-1]]:
                message = gettext_noop("%(where)s: its last way, and no other, must be open to all the rest")
                yield Finding("decision_without_rest", node.id, message)


def _loops(nodes: dict[str, AnyNode]) -> Iterator[Finding]:
    """A circle of gateways alone would never come to a step."""
    for node in nodes.values():
        if isinstance(node, Gateway) and node.id in _after(nodes, node.outcomes):
            message = gettext_noop("%(where)s: gateways lead round in a circle without any step")
            yield Finding("gateway_loop", node.id, message)


def _through_gateways(nodes: dict[str, AnyNode], start: str) -> set[str]:
    """What a token comes to from `start` without stopping at a step, the start itself among it."""
    return {start} | (
        _after(nodes, nodes[start].outcomes) if isinstance(nodes.get(start), Gateway) else set()
    )


def _after(nodes: dict[str, AnyNode], outcomes: tuple[Outcome, ...]) -> set[str]:
    found: set[str] = set()
    waiting = [outcome.to for outcome in outcomes]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        node = nodes.get(name)
        if isinstance(node, Gateway):
            waiting += [outcome.to for outcome in node.outcomes]
    return found
