"""What the verifier says of a version, in the words of its route."""

from django.utils.translation import gettext as _

from onestop.components.states import STATES
from procedures.definition.findings import Finding
from procedures.definition.model import Definition
from procedures.law.life import Act, edge

__all__ = ["fault_text", "way_text"]

_STEPS = frozenset({"drafter", "other", "to", "join", "split"})
"""Details of a finding that name a step."""


def fault_text(definition: Definition, finding: Finding, *, lang: str) -> str:
    """The sentence of a finding; steps, acts and states have their names."""
    params = {name: _said(definition, name, value, lang) for name, value in finding.params.items()}
    where = _named(definition, finding.where, lang)
    return _(finding.message) % {**params, "where": where, "path": way_text(definition, finding, lang=lang)}


def way_text(definition: Definition, finding: Finding, *, lang: str) -> str:
    """The shortest way of a dossier to the fault; empty where none is needed."""
    return " → ".join(_named(definition, step, lang) for step in finding.path)


def _said(definition: Definition, name: str, value: object, lang: str) -> object:
    if name in _STEPS:
        return _named(definition, str(value), lang)
    if name == "act" and value in set(Act):
        return _(edge(Act(str(value))).title)
    if name == "state" and value in STATES:
        return STATES[str(value)].office
    return value


def _named(definition: Definition, where: str, lang: str) -> str:
    """A step or an outcome in the words of the route; what is no step, as the language names it."""
    node_id, _dot, outcome_id = where.partition(".")
    for node in definition.route.nodes:
        if node.id == node_id:
            titles = {outcome.id: outcome.title.get(lang) for outcome in node.outcomes}
            return node.title.get(lang) + (f": {titles.get(outcome_id, outcome_id)}" if outcome_id else "")
    return where
