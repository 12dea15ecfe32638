"""Faults of a definition that can be seen without walking its route: names, rights, papers, conditions. Pure."""

from collections.abc import Collection, Iterator, Mapping

from procedures.definition import conditions, tables
from procedures.definition.blocks import blocks
from procedures.definition.findings import Finding
from procedures.definition.forms import answer_scope, row_scope
from procedures.definition.licence_faults import licence, quantities, supervision, window
from procedures.definition.list_faults import LISTED, list_faults
from procedures.definition.model import (
    FACTS,
    GATEWAY_FACTS,
    Auto,
    Definition,
    End,
    FieldType,
    Human,
    Need,
    Outcome,
    Section,
    Wait,
)
from procedures.definition.openings import openings
from procedures.definition.paper_faults import outcomes, papers
from procedures.definition.pieces import case_scope, table_inputs
from procedures.definition.route import BACK, AnyNode, Gateway
from procedures.definition.shares import shares
from procedures.definition.signing_faults import signing_faults
from procedures.law.life import Act, Party, edge

__all__ = ["FATAL", "Holders", "shape"]

Holders = Mapping[tuple[str, str], Collection[int]]
"""(role, unit code) → ids of the people who hold it."""
FATAL = frozenset(
    {
        "dangling",
        "bad_condition",
        "no_way_out",
        "join_of_its_own",
        "branch_empty",
        "branch_shared",
        "branch_leaves",
        "branch_entered",
        "act_in_branch",
        "decision_without_rest",
        "gateway_loop",
        "gateway_acts",
        "interruption_goes_on",
    }
)
"""Faults that make a walk impossible, or what it shows worthless."""
DRAFTS = frozenset({Need.DRAFT_GRANT, Need.DRAFT_REFUSAL})


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def shape(
    definition: Definition,
    *,
    templates: Collection[str] | None,
    roles: Collection[tuple[str, str]] | Holders | None,
    placeholders: Mapping[str, Collection[str]] | None,
    sources: Collection[str] | None,
) -> Iterator[Finding]:
    """Every such fault; see `procedures.definition.verify.verify` for the parameters."""
    yield from _form(definition)
    yield from _conditions(definition)
    yield from _tables(definition)
    yield from _edges(definition)
    yield from blocks(definition)
    yield from _limits(definition)
    yield from _parties(definition)
    yield from _people(definition, roles)
    yield from signing_faults(definition)
    yield from openings(definition, roles)
    yield from list_faults(definition)
    yield from shares(definition)
    yield from papers(definition, templates=templates, placeholders=placeholders, sources=sources)
    yield from _references(definition, roles)


def _ways(definition: Definition) -> Iterator[tuple[str, AnyNode, Outcome]]:
    """As `_outcomes`, those of gateways too."""
    for node in definition.route.nodes:
        for outcome in node.outcomes:
            yield f"{node.id}.{outcome.id}", node, outcome


def _form(definition: Definition) -> Iterator[Finding]:
    seen: set[str] = {section.id for section in definition.form if section.repeat}
    for section in definition.form:
        own = [field.id for field in section.fields]
        for field in section.fields:
            where = f"form.{section.id}.{field.id}"
            if (not section.repeat and field.id in seen) or own.count(field.id) > 1:
                yield Finding(
                    "field_twice", where, gettext_noop("%(where)s: this id is used by another field")
                )
            if not section.repeat:
                seen.add(field.id)
            if field.type is FieldType.CHOICE and not field.choices:
                yield Finding(
                    "no_choices", where, gettext_noop("%(where)s: a choice without answers to choose from")
                )
            if (field.type is FieldType.TABLE) is not bool(field.columns) or (
                field.columns and section.repeat
            ):
                message = gettext_noop(
                    "%(where)s: a table has columns and stands on a page without rows; nothing else has"
                )
                yield Finding("table_without_columns", where, message)
            if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
                yield Finding("empty_range", where, gettext_noop("%(where)s: no number is allowed"))
        for where, source in _prefills(section):
            if not _can_prefill(definition, source):
                message = gettext_noop("%(where)s: nothing can be filled in from “%(source)s”")
                yield Finding("unknown_prefill", where, message, {"source": source})
        for name in section.pieces:
            if name not in {piece.id for piece in definition.pieces}:
                message = gettext_noop("%(where)s: “%(name)s” is not a piece")
                yield Finding("unknown_piece", f"form.{section.id}", message, {"name": name})
        if section.pieces and section.repeat:
            message = gettext_noop("%(where)s: papers are handed in on a page without rows")
            yield Finding("pieces_with_rows", f"form.{section.id}", message)
        if section.row_title and section.row_title not in own:
            message = gettext_noop("%(where)s: “%(name)s” is not a field of the section")
            yield Finding("unknown_field", f"form.{section.id}", message, {"name": section.row_title})


PROFILE = frozenset({"name", "tax_code", "address", "phone", "email"})
"""What a subject's profile holds."""
INSPECTED = frozenset({"paper", "findings"})
"""What the last inspection of the licence gives, where it ended with findings: its paper by number and day, and what
was found."""


def _prefills(section: Section) -> Iterator[tuple[str, str]]:
    """(where, source) of a section and of its fields; a row takes its values with its section."""
    if section.prefill:
        yield f"form.{section.id}", section.prefill if section.repeat else ""
    for field in section.fields:
        if field.prefill:
            alone = not section.repeat or field.prefill.startswith(f"{LISTED}.")
            yield f"form.{section.id}.{field.id}", field.prefill if alone else ""


def _can_prefill(definition: Definition, source: str) -> bool:
    kind, _, name = source.partition(".")
    if kind == "inspection":
        return definition.opened_by is not None and name in INSPECTED
    if kind == LISTED:
        return bool(name) and definition.lists is not None
    if kind == "licence":
        return bool(name) and definition.licence is not None and bool(definition.licence.about)
    return source == "earlier" or (kind == "subject" and name in PROFILE)


def _conditions(definition: Definition) -> Iterator[Finding]:
    answers = answer_scope(definition)
    asked: list[tuple[str, str, conditions.Scope]] = []
    for section in definition.form:
        scope = row_scope(definition, section) if section.repeat else answers
        asked += [(f"form.{section.id}.{field.id}", field.when, scope) for field in section.fields]
    case = case_scope(definition)
    asked += [(f"pieces.{piece.id}", piece.when, case) for piece in definition.pieces]
    asked += [(f"fees.{fee.id}", fee.when, case) for fee in definition.fees]
    kind = definition.licence
    asked += [(f"licence.conditions.{one.id}", one.when, case) for one in (kind.conditions if kind else ())]
    asked += [
        (where, outcome.when, {**case, **GATEWAY_FACTS} if isinstance(node, Gateway) else FACTS)
        for where, node, outcome in _ways(definition)
    ]
    for where, source, scope in asked:
        try:
            conditions.check(source, scope=scope)
        except conditions.ConditionError as error:
            message = gettext_noop("%(where)s: the condition “%(source)s” %(problem)s")
            yield Finding("bad_condition", where, message, {"source": source, "problem": str(error)})


_TABLE_FAULTS = {
    "row_never_first": gettext_noop("%(where)s: an earlier row always fits first"),
    "table_without_rest": gettext_noop(
        "%(where)s: no row fits everything else; end with one that asks nothing"
    ),
    "too_many_cases": gettext_noop("%(where)s: has more cases than can be tried; use fewer inputs"),
    "cell_of_wrong_kind": gettext_noop("%(where)s: compares a text with numbers, or a number with texts"),
}


def _tables(definition: Definition) -> Iterator[Finding]:
    for name, table in definition.tables.items():
        known = table_inputs(definition, name)
        strange = sorted(set(table.inputs) - set(known))
        if strange:
            message = gettext_noop("%(where)s: asks for “%(name)s”, which is no single answer or fact")
            yield Finding("unknown_field", f"tables.{name}", message, {"name": ", ".join(strange)})
            continue
        for code, row in tables.faults(table, kinds=known):
            where = f"tables.{name}.{row}" if row else f"tables.{name}"
            yield Finding(code, where, _TABLE_FAULTS[code])
    for fee in definition.fees:
        made = definition.tables.get(fee.by)
        if fee.by and (made is None or isinstance(made.empty, str)):
            message = gettext_noop(
                "%(where)s: its amount comes from “%(name)s”, which is no table of amounts"
            )
            yield Finding("fee_without_amount", f"fees.{fee.id}", message, {"name": fee.by})
        elif fee.by and fee.amount:
            message = gettext_noop("%(where)s: has an amount and a table for it; only one may say it")
            yield Finding("fee_without_amount", f"fees.{fee.id}", message)


def _edges(definition: Definition) -> Iterator[Finding]:
    ids = {node.id for node in definition.route.nodes}
    if isinstance(definition.route.first, End):
        yield Finding(
            "no_way_out", definition.route.first.id, gettext_noop("%(where)s: the route begins with its end")
        )
    for where, node, outcome in _ways(definition):
        inside = isinstance(node, Human) and node.interrupt
        if outcome.to == BACK and not inside:
            message = gettext_noop("%(where)s: “back” is only for a node that interrupts")
            yield Finding("dangling", where, message)
        elif outcome.to != BACK and outcome.to not in ids:
            message = gettext_noop("%(where)s: leads to “%(to)s”, which does not exist")
            yield Finding("dangling", where, message, {"to": outcome.to})
        elif outcome.act is Act.EXTEND:
            if outcome.to != node.id or outcome.when != "!facts.extended":
                message = gettext_noop(
                    "%(where)s: an extension stays at its step, and only while “!facts.extended”"
                )
                yield Finding("extended_twice", where, message)
        elif outcome.to == node.id:
            yield Finding("leads_to_itself", where, gettext_noop("%(where)s: leads to its own step again"))
    for node in definition.route.nodes:
        ids_here = [outcome.id for outcome in node.outcomes]
        for twice in sorted({name for name in ids_here if ids_here.count(name) > 1}):
            yield Finding(
                "outcome_twice", f"{node.id}.{twice}", gettext_noop("%(where)s: this id is used twice")
            )
    for node in definition.route.people:
        ends = {outcome.to for outcome in node.outcomes} - {BACK} if node.interrupt else set()
        for to in sorted(to for to in ends & ids if not isinstance(definition.route.node(to), End)):
            message = gettext_noop(
                "%(where)s: an interruption ends the route or goes “back”, never to “%(to)s”"
            )
            yield Finding("interruption_goes_on", node.id, message, {"to": to})
    interrupting = [node for node in definition.route.people if node.interrupt]
    if definition.opened_by and interrupting:
        message = gettext_noop("%(where)s: what the authority opens nobody can withdraw")
        yield Finding("withdrawal", interrupting[0].id, message)
    elif not definition.opened_by and len(interrupting) != 1:
        message = gettext_noop("%(where)s: exactly one node must decide on withdrawals; there are %(count)s")
        yield Finding("withdrawal", "route", message, {"count": len(interrupting)})
    for node in interrupting if not definition.opened_by else ():
        if Act.STOP not in {outcome.act for outcome in node.outcomes}:
            message = gettext_noop("%(where)s: nobody could agree to a withdrawal")
            yield Finding("withdrawal", node.id, message)


def _limits(definition: Definition) -> Iterator[Finding]:
    for node in definition.route.steps:
        if isinstance(node, Auto):
            continue
        at_limit = node.at_limit
        if (node.limit is None) != (at_limit is None):
            message = gettext_noop("%(where)s: a limit and what happens at it belong together")
            yield Finding("wait_without_limit", node.id, message)
        if at_limit is None or at_limit == "alarm":
            continue
        fired = next((outcome for outcome in node.outcomes if outcome.id == at_limit), None)
        if fired is None:
            message = gettext_noop(
                "%(where)s: at its limit “%(name)s” should happen, which is no way out of it"
            )
            yield Finding("unknown_at_limit", node.id, message, {"name": at_limit})
        elif fired.act is not None and edge(fired.act).party is not Party.SYSTEM:
            message = gettext_noop(
                "%(where)s: a time limit may not decide “%(act)s”, which is a person's act"
            )
            yield Finding("limit_decides", f"{node.id}.{fired.id}", message, {"act": str(fired.act)})


def _parties(definition: Definition) -> Iterator[Finding]:
    """Who performs an act must be who the law says: the applicant's acts are the applicant's."""
    for where, node, outcome in outcomes(definition):
        if outcome.act is None:
            continue
        party = edge(outcome.act).party
        applicant_waits = isinstance(node, Wait) and node.party == "applicant"
        wrong = (
            (party is Party.APPLICANT and not applicant_waits)
            or (party is Party.OFFICIAL and applicant_waits)
            or (party is Party.SYSTEM and isinstance(node, Human) and node.at_limit != outcome.id)
        )
        if wrong:
            message = gettext_noop("%(where)s: “%(act)s” is an act of the %(party)s, who does not act here")
            yield Finding("wrong_party", where, message, {"act": str(outcome.act), "party": str(party)})
        if outcome.act is Act.REFUSE_ACCEPTANCE and Need.GROUNDS not in outcome.needs:
            yield Finding(
                "refusal_without_ground", where, gettext_noop("%(where)s: refuses without a legal ground")
            )


def _people(definition: Definition, roles: Collection[tuple[str, str]] | Holders | None) -> Iterator[Finding]:
    ids = {node.id for node in definition.route.nodes}
    drafting = {node.id for _where, node, outcome in outcomes(definition) if DRAFTS & set(outcome.needs)}
    for node in definition.route.people:
        unit = definition.route.units.get(node.unit)
        if unit is None:
            message = gettext_noop("%(where)s: the unit “%(unit)s” is not among the units of the route")
            yield Finding("unknown_unit", node.id, message, {"unit": node.unit})
        elif roles is not None and (node.role, unit) not in roles:
            message = gettext_noop("%(where)s: nobody holds the role “%(role)s” in %(unit)s")
            yield Finding("role_nobody_holds", node.id, message, {"role": str(node.role), "unit": unit})
        for other in node.different_from:
            if other not in ids or other == node.id:
                message = gettext_noop("%(where)s: must differ from “%(other)s”, which is no other node")
                yield Finding("unknown_node", node.id, message, {"other": other})
            elif isinstance(roles, Mapping) and not _two_people(definition, node, other, roles):
                message = gettext_noop(
                    "%(where)s: must differ from “%(other)s”, and one person alone holds both"
                )
                yield Finding("one_person_left", node.id, message, {"other": other})
        signs = any(Need.STEP_UP in outcome.needs for outcome in node.outcomes)
        for drafter in sorted(drafting - set(node.different_from)) if signs else ():
            message = gettext_noop("%(where)s: whoever drafts at “%(drafter)s” could also sign")
            yield Finding("drafter_signs", node.id, message, {"drafter": drafter})


def _two_people(definition: Definition, node: Human, other: str, holders: Holders) -> bool:
    """Whether two different people can perform the two steps."""
    before = definition.route.node(other)
    if not isinstance(before, Human):
        return True
    units = definition.route.units
    here = set(holders.get((node.role, units.get(node.unit, "")), ()))
    there = set(holders.get((before.role, units.get(before.unit, "")), ()))
    return not (here and here == there and len(here) == 1)


def _references(
    definition: Definition, roles: Collection[tuple[str, str]] | Holders | None
) -> Iterator[Finding]:
    for event in definition.partners:
        if event.after not in definition.acts:
            message = gettext_noop("%(where)s: is told after “%(act)s”, which the route never performs")
            yield Finding(
                "event_without_act", f"partners.{event.partner}", message, {"act": str(event.after)}
            )
    pieces = {piece.id for piece in definition.pieces}
    for item in definition.checklist:
        if item.piece and item.piece not in pieces:
            message = gettext_noop("%(where)s: “%(name)s” is not a piece")
            yield Finding("unknown_piece", f"checklist.{item.id}", message, {"name": item.piece})
    if not definition.checklist:
        for where, _node, outcome in outcomes(definition):
            if Need.CHECKLIST in outcome.needs:
                message = gettext_noop("%(where)s: needs a checklist, and there is none")
                yield Finding("no_checklist", where, message)
    yield from licence(definition)
    yield from supervision(definition, roles)
    yield from window(definition)
    yield from quantities(definition)
    if definition.effective_to is not None and definition.effective_to < definition.version:
        yield Finding("never_in_force", "effective_to", gettext_noop("%(where)s: ends before it begins"))
