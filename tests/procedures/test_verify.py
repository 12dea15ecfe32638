"""The verifier: the import licence is sound, and each fault seeded into it is found and named."""

from collections.abc import Callable
from typing import Any

import pytest

from procedures.definition.model import Definition
from procedures.definition.verify import Finding, verify

Source = dict[str, Any]


def node(source: Source, node_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(n for n in source["route"]["nodes"] if n["id"] == node_id)
    return found


def outcome(source: Source, where: str) -> dict[str, Any]:
    node_id, outcome_id = where.split(".")
    found: dict[str, Any] = next(o for o in node(source, node_id)["outcomes"] if o["id"] == outcome_id)
    return found


def change(where: str, **values: Any) -> Callable[[Source], None]:
    """Change a node ("sign") or an outcome ("sign.sign"); None removes."""

    def apply(source: Source) -> None:
        target = outcome(source, where) if "." in where else node(source, where)
        for name, value in values.items():
            target.pop(name, None)
            if value is not None:
                target[name] = value

    return apply


def top(**values: Any) -> Callable[[Source], None]:
    return lambda source: source.update(values)


def drop_outcome(where: str) -> Callable[[Source], None]:
    def apply(source: Source) -> None:
        held = node(source, where.split(".")[0])
        held["outcomes"] = [o for o in held["outcomes"] if o["id"] != where.split(".")[1]]

    return apply


def drop_node(node_id: str) -> Callable[[Source], None]:
    def apply(source: Source) -> None:
        source["route"]["nodes"] = [n for n in source["route"]["nodes"] if n["id"] != node_id]

    return apply


def set_piece(index: int, **values: Any) -> Callable[[Source], None]:
    return lambda source: source["pieces"][index].update(values)


def add_end(source: Source) -> None:
    text = {"vi": "x", "en": "x"}
    source["route"]["nodes"].append({"kind": "end", "id": "limbo", "title": text, "states": ["stopped"]})


def all_of(*changes: Callable[[Source], None]) -> Callable[[Source], None]:
    def apply(source: Source) -> None:
        for one in changes:
            one(source)

    return apply


FAULTS: list[tuple[str, Callable[[Source], None], str, str]] = [
    ("an edge into nowhere", change("review.forward", to="nowhere"), "dangling", "review.forward"),
    ("back outside a withdrawal", change("review.forward", to="back"), "dangling", "review.forward"),
    ("a node nobody reaches", add_end, "dead_node", "limbo"),
    (
        "a way out that is never open",
        change("appraise.ask_supplement", when="facts.rounds > facts.rounds_allowed"),
        "dead_outcome",
        "appraise.ask_supplement",
    ),
    (
        "no way out once the fee is settled",
        change("intake.accept", when="facts.fee_settled && facts.intake_rounds > 5"),
        "dead_outcome",
        "intake.accept",
    ),
    (
        "a draft that refuses, with no way to refuse",
        drop_outcome("sealing.refused"),
        "deadlock",
        "sealing",
    ),
    (
        "a circle without end",
        change("sealing.granted", act=None, to="assign", step=None, paper=None),
        "no_end",
        "",
    ),
    (
        "grant before acceptance",
        change("intake.accept", act="grant", needs=[], paper="decision", to="concluded"),
        "illegal_act",
        "intake.accept",
    ),
    (
        "acceptance forgotten",
        change("intake.accept", act=None, paper=None),
        "illegal_act",
        "intake.accept",
    ),
    ("an act twice", change("review.forward", act="begin"), "illegal_act", "review.forward"),
    ("an end in the wrong state", change("intake.refuse", to="stopped"), "wrong_end", "stopped"),
    ("an end while in process", change("review.forward", to="concluded"), "not_final", "concluded"),
    (
        "a limit that names no way out",
        change("await_supplement", at_limit="vanished"),
        "unknown_at_limit",
        "await_supplement",
    ),
    (
        "a fee without a limit",
        change("collect_fee", limit=None, at_limit=None),
        "wait_without_limit",
        "collect_fee",
    ),
    (
        "a limit without a consequence",
        change("collect_fee", at_limit=None),
        "wait_without_limit",
        "collect_fee",
    ),
    (
        "a clock that refuses",
        change("await_supplement.lapsed", act="refuse", to="concluded"),
        "limit_decides",
        "await_supplement.lapsed",
    ),
    (
        "refusal at intake without ground",
        change("intake.refuse", needs=["reason"]),
        "refusal_without_ground",
        "intake.refuse",
    ),
    (
        "refusal without a draft that gives grounds",
        change("appraise.propose_refusal", needs=["checklist"]),
        "refusal_without_ground",
        "sealing.refused",
    ),
    ("the drafter signs", change("sign", different_from=["review"]), "drafter_signs", "sign"),
    ("must differ from a ghost", change("review", different_from=["ghost"]), "unknown_node", "review"),
    ("a unit that the route lacks", change("seal", unit="registry"), "unknown_unit", "seal"),
    (
        "a condition on an unknown field",
        set_piece(3, when="porpose == 'aid'"),
        "bad_condition",
        "pieces.aid_approval",
    ),
    (
        "a condition on an unknown fact",
        change("intake.accept", when="facts.paid"),
        "bad_condition",
        "intake.accept",
    ),
    (
        "a condition that is no question",
        change("intake.accept", when="facts.rounds"),
        "bad_condition",
        "intake.accept",
    ),
    (
        "a paper that is not defined",
        change("intake.accept", paper="recept"),
        "unknown_paper",
        "intake.accept",
    ),
    (
        "a paper without its template",
        lambda source: source["papers"]["receipt"].update(template="recept.html"),
        "paper_without_template",
        "papers.receipt",
    ),
    (
        "an article about what nobody knows",
        lambda source: source["papers"]["decision"].update(articles=["Điều 1. {colour}."]),
        "place_without_source",
        "papers.decision",
    ),
    (
        "a decision with one signature",
        lambda source: source["papers"]["decision"].update(signers=["leader"]),
        "one_signature",
        "sealing.granted",
    ),
    (
        "a decision nobody signs",
        change("rendering.rendered", to="seal"),
        "paper_out_of_step",
        "seal.seal",
    ),
    (
        "a partner told of what never happens",
        top(partners=[{"after": "tacit_grant", "partner": "vnsw", "document": "import_licence"}]),
        "event_without_act",
        "partners.vnsw",
    ),
    (
        "missing papers asked for twice",
        change("intake.ask_missing", when=None),
        "asked_twice",
        "intake.ask_missing",
    ),
    (
        "more supplements than allowed",
        change("appraise.ask_supplement", when=None),
        "too_many_rounds",
        "appraise.ask_supplement",
    ),
    ("a fee nobody asks for", change("intake.accept", when=None), "fee_forgotten", "sealing.granted"),
    ("nobody decides on withdrawals", drop_node("decide_withdrawal"), "withdrawal", "route"),
    (
        "appraisal without assignment",
        change("assign.assign", needs=[]),
        "nobody_assigned",
        "appraise",
    ),
    (
        "an official supplies for the applicant",
        change("intake.ask_missing", act="supply_intake_supplement"),
        "wrong_party",
        "intake.ask_missing",
    ),
    (
        "a register of unknown answers",
        lambda source: source["licence"].update(fields=["importer_name", "colour"]),
        "unknown_field",
        "licence",
    ),
    (
        "a checklist about an unknown piece",
        lambda source: source["checklist"][1].update(piece="photo"),
        "unknown_piece",
        "checklist.technical_ok",
    ),
    (
        "a page that asks for an unknown paper",
        lambda source: source["form"][0].update(pieces=["photo"]),
        "unknown_piece",
        "form.importer",
    ),
    (
        "papers on a page of rows",
        lambda source: source["form"][2].update(pieces=["technical_summary"]),
        "pieces_with_rows",
        "form.devices",
    ),
    ("a checklist that is missing", top(checklist=[]), "no_checklist", "appraise.propose_grant"),
    (
        "two fields of one name",
        lambda source: source["form"][1]["fields"][2].update(id="tax_code"),
        "field_twice",
        "form.purpose_section.tax_code",
    ),
    ("an end before the beginning", top(effective_to="2025-06-30"), "never_in_force", "effective_to"),
    (
        "two outcomes of one name",
        change("review.send_back", id="forward"),
        "outcome_twice",
        "review.forward",
    ),
]


def names(found: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.code, finding.where) for finding in found}


@pytest.mark.promise("procedures.proven-sound")
def test_the_import_licence_is_sound(device_import: Definition) -> None:
    templates = {kind.template for kind in device_import.papers.values()}
    assert verify(device_import, templates=templates) == []


@pytest.mark.promise("procedures.faults-named")
@pytest.mark.parametrize(("seeded", "code", "where"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_seeded_fault_is_found_and_named(
    source: Source, device_import: Definition, seeded: Callable[[Source], None], code: str, where: str
) -> None:
    templates = {kind.template for kind in device_import.papers.values()}
    seeded(source)
    found = verify(Definition.model_validate(source), templates=templates)
    if where:
        assert (code, where) in names(found)
    else:
        assert code in {finding.code for finding in found}
    for finding in found:
        assert "%(" not in str(finding)


def test_the_way_to_a_fault_is_a_shortest_one(source: Source) -> None:
    change("review.forward", to="concluded")(source)
    found = next(f for f in verify(Definition.model_validate(source)) if f.code == "not_final")
    assert found.path == ("intake.accept", "assign.assign", "appraise.propose_grant", "review.forward")
    assert "in_process" in str(found)


def test_a_role_that_nobody_holds(device_import: Definition) -> None:
    held = {
        (str(n.role), device_import.route.units[n.unit])
        for n in device_import.route.nodes
        if n.kind == "human"
    }
    assert verify(device_import, roles=held) == []
    found = verify(device_import, roles=held - {("leader", "HTTB")})
    assert names(found) == {("role_nobody_holds", "sign")}


def test_a_template_that_asks_for_what_nothing_provides(device_import: Definition) -> None:
    asked = {
        "decision.html": {"number", "subject.name", "colour"},
        "receipt.html": {"number", "subject.name"},
    }
    found = verify(device_import, placeholders=asked, sources={"number", "subject.name"})
    assert names(found) == {("place_without_source", "papers.decision")}
    assert "colour" in str(found[0])


def test_what_is_not_given_is_not_asked(source: Source) -> None:
    source["papers"]["receipt"]["template"] = "nowhere.html"
    assert verify(Definition.model_validate(source)) == []


def test_a_withdrawal_that_is_declined_goes_back_to_where_it_was(source: Source) -> None:
    """Were the interrupted node lost, the route would end nowhere after `decline`."""
    change("decide_withdrawal.decline", act=None)(source)
    found = verify(Definition.model_validate(source))
    assert ("illegal_act", "decide_withdrawal.decline") in names(found)
