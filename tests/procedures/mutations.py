"""Mutation operators over a definition's plain data: each makes one fault that somebody could make.

An operator yields (where, mutant). `OPERATORS` names them; `mutants` applies one to every site of a definition.
"""

from collections.abc import Callable, Iterator

from tests.procedures.mutating import (
    OPERATORS,
    Mutant,
    Source,
    any_outcome,
    changed,
    kind,
    mutants,
    nodes,
    of_nodes,
    of_outcomes,
    operator,
    sites,
    without,
)

__all__ = ["OPERATORS", "Source", "mutants"]

# -- the graph ------------------------------------------------------------------------------------------------


@operator
def node_gone(source: Source) -> Iterator[Mutant]:
    for n, node in enumerate(nodes(source)):
        yield node["id"], changed(source, lambda m, n=n: nodes(m).pop(n))  # type: ignore[misc]


@operator
def outcome_gone(source: Source) -> Iterator[Mutant]:
    for n, o, node, outcome in sites(source):
        if len(node["outcomes"]) > 1:
            yield (
                f"{node['id']}.{outcome['id']}",
                changed(source, lambda m, n=n, o=o: nodes(m)[n]["outcomes"].pop(o)),  # type: ignore[misc]
            )


@operator
def outcome_leads_nowhere(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(source, any_outcome, lambda o: o.update(to="nowhere"))


@operator
def outcome_leads_to_itself(source: Source) -> Iterator[Mutant]:
    for n, o, node, outcome in sites(source):
        if outcome["to"] != node["id"]:
            yield (
                f"{node['id']}.{outcome['id']}",
                changed(source, lambda m, n=n, o=o: nodes(m)[n]["outcomes"][o].update(to=nodes(m)[n]["id"])),  # type: ignore[misc]
            )


@operator
def outcome_leads_to_the_start(source: Source) -> Iterator[Mutant]:
    first = nodes(source)[0]["id"]
    yield from of_outcomes(source, lambda _n, o: o["to"] != first, lambda o: o.update(to=first))


@operator
def outcome_leads_to_the_end(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(source, lambda _n, o: o["to"] != "concluded", lambda o: o.update(to="concluded"))


@operator
def outcome_id_twice(source: Source) -> Iterator[Mutant]:
    for n, node in enumerate(nodes(source)):
        if len(node.get("outcomes", ())) > 1:
            yield (
                node["id"],
                changed(
                    source,
                    lambda m, n=n: nodes(m)[n]["outcomes"][1].update(id=nodes(m)[n]["outcomes"][0]["id"]),  # type: ignore[misc]
                ),
            )


@operator
def end_in_another_state(source: Source) -> Iterator[Mutant]:
    others = {"concluded": "stopped", "stopped": "not_accepted", "not_accepted": "concluded"}
    yield from of_nodes(source, kind("end"), lambda n: n.update(states=[others[n["states"][0]]]))


@operator
def end_in_an_open_state(source: Source) -> Iterator[Mutant]:
    yield from of_nodes(source, kind("end"), lambda n: n.update(states=["in_process"]))


@operator
def join_gone(source: Source) -> Iterator[Mutant]:
    yield from of_nodes(source, kind("split"), lambda n: n.update(join="nowhere"))


@operator
def branch_leaves(source: Source) -> Iterator[Mutant]:
    joins = {node["join"] for node in nodes(source) if node["kind"] == "split"}
    yield from of_outcomes(
        source, lambda n, o: o["to"] in joins and n["kind"] != "split", lambda o: o.update(to="appraise")
    )


@operator
def branch_acts(source: Source) -> Iterator[Mutant]:
    joins = {node["join"] for node in nodes(source) if node["kind"] == "split"}
    yield from of_outcomes(source, lambda _n, o: o["to"] in joins, lambda o: o.update(act="begin"))


@operator
def decision_without_rest(source: Source) -> Iterator[Mutant]:
    yield from of_nodes(
        source, kind("decision"), lambda n: n["outcomes"][-1].update(when="facts.rounds == 1")
    )


@operator
def interruption_gone(source: Source) -> Iterator[Mutant]:
    yield from of_nodes(source, lambda n: bool(n.get("interrupt")), lambda n: n.update(interrupt=False))


# -- the law --------------------------------------------------------------------------------------------------


@operator
def act_forgotten(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(source, lambda _n, o: bool(o.get("act")), lambda o: o.pop("act"))


@operator
def act_invented(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(source, lambda _n, o: not o.get("act"), lambda o: o.update(act="accept"))


@operator
def act_exchanged(source: Source) -> Iterator[Mutant]:
    others = {"grant": "refuse", "refuse": "grant", "accept": "begin", "begin": "accept", "pay": "resume"}
    yield from of_outcomes(
        source, lambda _n, o: o.get("act") in others, lambda o: o.update(act=others[o["act"]])
    )


@operator
def ground_not_asked(source: Source) -> Iterator[Mutant]:
    def change(outcome: Source) -> None:
        outcome["needs"] = without(outcome["needs"], "grounds", "draft_refusal")

    yield from of_outcomes(
        source, lambda _n, o: bool({"grounds", "draft_refusal"} & set(o.get("needs", ()))), change
    )


@operator
def condition_dropped(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(source, lambda _n, o: bool(o.get("when")), lambda o: o.pop("when"))


@operator
def condition_turned_round(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(
        source, lambda _n, o: bool(o.get("when")), lambda o: o.update(when=f"!({o['when']})")
    )


@operator
def condition_of_an_unknown_name(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(source, any_outcome, lambda o: o.update(when="facts.weather == 'fine'"))


@operator
def condition_that_is_no_question(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(source, any_outcome, lambda o: o.update(when="facts.rounds + 1"))


@operator
def limit_gone(source: Source) -> Iterator[Mutant]:
    def change(node: Source) -> None:
        node.pop("limit")
        node.pop("at_limit")

    yield from of_nodes(source, lambda n: "at_limit" in n, change)


@operator
def limit_without_consequence(source: Source) -> Iterator[Mutant]:
    yield from of_nodes(source, lambda n: "at_limit" in n, lambda n: n.update(at_limit="nothing"))


@operator
def limit_decides(source: Source) -> Iterator[Mutant]:
    def change(node: Source) -> None:
        node["at_limit"] = node["outcomes"][0]["id"]

    yield from of_nodes(source, lambda n: n.get("at_limit") == "lapsed", change)


@operator
def applicant_waited_for_as_a_partner(source: Source) -> Iterator[Mutant]:
    yield from of_nodes(source, lambda n: n.get("party") == "applicant", lambda n: n.update(party="partner"))


# -- people ---------------------------------------------------------------------------------------------------


@operator
def role_that_nobody_holds(source: Source) -> Iterator[Mutant]:
    yield from of_nodes(source, kind("human"), lambda n: n.update(role="auditor"))


@operator
def unit_that_is_not_there(source: Source) -> Iterator[Mutant]:
    yield from of_nodes(source, kind("human"), lambda n: n.update(unit="moon"))


@operator
def signer_may_have_drafted(source: Source) -> Iterator[Mutant]:
    yield from of_nodes(source, lambda n: n["id"] == "sign", lambda n: n.update(different_from=[]))


@operator
def differs_from_nobody(source: Source) -> Iterator[Mutant]:
    yield from of_nodes(
        source, lambda n: bool(n.get("different_from")), lambda n: n.update(different_from=["ghost"])
    )


@operator
def nobody_is_assigned(source: Source) -> Iterator[Mutant]:
    def change(outcome: Source) -> None:
        outcome["needs"] = without(outcome["needs"], "assignee")

    yield from of_outcomes(source, lambda _n, o: "assignee" in o.get("needs", ()), change)


# -- papers ---------------------------------------------------------------------------------------------------


@operator
def paper_step_forgotten(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(source, lambda _n, o: bool(o.get("step")), lambda o: o.pop("step"))


@operator
def paper_forgotten_in_a_step(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(source, lambda _n, o: bool(o.get("step")), lambda o: o.pop("paper"))


@operator
def paper_unknown(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(source, lambda _n, o: bool(o.get("paper")), lambda o: o.update(paper="poem"))


@operator
def paper_exchanged(source: Source) -> Iterator[Mutant]:
    others = {"decision": "refusal", "refusal": "decision"}
    yield from of_outcomes(
        source, lambda _n, o: o.get("paper") in others, lambda o: o.update(paper=others[o["paper"]])
    )


def of_papers(source: Source, change: Callable[[Source], None]) -> Iterator[Mutant]:
    for name in source["papers"]:
        yield name, changed(source, lambda m, name=name: change(m["papers"][name]))  # type: ignore[misc]


@operator
def template_gone(source: Source) -> Iterator[Mutant]:
    yield from of_papers(source, lambda p: p.update(template="gone.html"))


@operator
def pattern_gone(source: Source) -> Iterator[Mutant]:
    for name, paper in source["papers"].items():
        if paper.get("pattern"):
            yield name, changed(source, lambda m, name=name: m["papers"][name].pop("pattern"))  # type: ignore[misc]


@operator
def pattern_without_the_number(source: Source) -> Iterator[Mutant]:
    for name, paper in source["papers"].items():
        if paper.get("pattern"):
            yield name, changed(source, lambda m, name=name: m["papers"][name].update(pattern="{year}/QĐ"))  # type: ignore[misc]


@operator
def seal_forgotten(source: Source) -> Iterator[Mutant]:
    for name in ("decision", "refusal"):
        if "leader" in source["papers"].get(name, {}).get("signers", ()):
            yield name, changed(source, lambda m, name=name: m["papers"][name].update(signers=["leader"]))  # type: ignore[misc]


@operator
def one_countersignature_more(source: Source) -> Iterator[Mutant]:
    def change(paper: Source) -> None:
        paper["countersigners"] = paper.get("countersigners", 0) + 1

    for name in ("decision", "refusal"):
        if "leader" in source["papers"].get(name, {}).get("signers", ()):
            yield name, changed(source, lambda m, name=name: change(m["papers"][name]))  # type: ignore[misc]


@operator
def signed_unread(source: Source) -> Iterator[Mutant]:
    def change(outcome: Source) -> None:
        outcome["needs"] = without(outcome["needs"], "hash")

    yield from of_outcomes(source, lambda _n, o: "hash" in o.get("needs", ()), change)


@operator
def signed_without_a_second_factor(source: Source) -> Iterator[Mutant]:
    def change(outcome: Source) -> None:
        outcome["needs"] = without(outcome["needs"], "step_up")

    yield from of_outcomes(source, lambda _n, o: "step_up" in o.get("needs", ()), change)


@operator
def asked_for_and_made_by_a_step(source: Source) -> Iterator[Mutant]:
    for name, paper in source["papers"].items():
        if not paper.get("on_request") and name != "declaration":
            yield name, changed(source, lambda m, name=name: m["papers"][name].update(on_request=True))  # type: ignore[misc]


@operator
def paper_that_nobody_makes(source: Source) -> Iterator[Mutant]:
    spare = next(iter(source["papers"].values())) | {"on_request": False}
    yield "papers.spare", changed(source, lambda m: m["papers"].update(spare=spare))


APPEAL = {"vi": "Khiếu nại tới Cục trưởng.", "en": "Complain to the director."}


@operator
def silence_without_an_article_or_a_notice(source: Source) -> Iterator[Mutant]:
    for outcome in ("grant", "refusal"):
        for illustrative in (True, False):
            tacit = {"outcome": outcome, "appeal": APPEAL, "illustrative": illustrative}
            yield f"{outcome} {illustrative}", changed(source, lambda m, t=tacit: m["terms"].update(tacit=t))  # type: ignore[misc]


@operator
def prefilled_from_nowhere(source: Source) -> Iterator[Mutant]:
    for section in source["form"]:

        def change(mutant: Source, name: str = section["id"]) -> None:
            found = next(one for one in mutant["form"] if one["id"] == name)
            (found if found.get("repeat") else found["fields"][0])["prefill"] = "subject.shoe_size"

        yield section["id"], changed(source, change)


@operator
def silence_as_a_step(source: Source) -> Iterator[Mutant]:
    yield from of_outcomes(
        source, lambda _n, o: o.get("act") == "lapse", lambda o: o.update(act="tacit_refusal")
    )


@operator
def article_speaks_of_the_unknown(source: Source) -> Iterator[Mutant]:
    yield from of_papers(source, lambda p: p.update(articles=["Cho {cat}."]))


# -- the form and the rest ------------------------------------------------------------------------------------


@operator
def field_twice(source: Source) -> Iterator[Mutant]:
    for s, section in enumerate(source["form"]):
        yield (
            section["id"],
            changed(source, lambda m, s=s: m["form"][s]["fields"].append(dict(m["form"][s]["fields"][0]))),  # type: ignore[misc]
        )


@operator
def choices_gone(source: Source) -> Iterator[Mutant]:
    for s, section in enumerate(source["form"]):
        for f, field in enumerate(section["fields"]):
            if field.get("choices"):
                yield (
                    field["id"],
                    changed(source, lambda m, s=s, f=f: m["form"][s]["fields"][f].pop("choices")),  # type: ignore[misc]
                )


@operator
def no_number_is_allowed(source: Source) -> Iterator[Mutant]:
    for s, section in enumerate(source["form"]):
        for f, field in enumerate(section["fields"]):
            if field["type"] == "integer":
                yield (
                    field["id"],
                    changed(
                        source,
                        lambda m, s=s, f=f: m["form"][s]["fields"][f].update(minimum=9, maximum=1),  # type: ignore[misc]
                    ),
                )


@operator
def field_condition_of_an_unknown_name(source: Source) -> Iterator[Mutant]:
    for what in ("pieces", "fees"):
        for p, thing in enumerate(source[what]):
            yield (
                f"{what}.{thing['id']}",
                changed(source, lambda m, what=what, p=p: m[what][p].update(when="colour == 'red'")),  # type: ignore[misc]
            )


@operator
def table_without_its_last_row(source: Source) -> Iterator[Mutant]:
    for name in source.get("tables", {}):
        yield name, changed(source, lambda m, name=name: m["tables"][name]["rows"].pop())  # type: ignore[misc]


@operator
def table_row_hidden(source: Source) -> Iterator[Mutant]:
    for name in source.get("tables", {}):
        yield (
            name,
            changed(source, lambda m, name=name: m["tables"][name]["rows"][0].pop("when")),  # type: ignore[misc]
        )


@operator
def fee_of_a_table_that_is_not_there(source: Source) -> Iterator[Mutant]:
    for p, fee in enumerate(source["fees"]):
        yield fee["id"], changed(source, lambda m, p=p: m["fees"][p].update(by="nothing", amount=0))  # type: ignore[misc]


@operator
def licence_shows_what_nobody_answers(source: Source) -> Iterator[Mutant]:
    if source.get("licence"):
        yield "licence", changed(source, lambda m: m["licence"].update(fields=["nothing"]))


@operator
def licence_about_nothing(source: Source) -> Iterator[Mutant]:
    if source.get("licence"):
        new = source["licence"].get("effect", "new") == "new"
        yield "licence", changed(source, lambda m: m["licence"].update(effect="amend" if new else "new"))


@operator
def partner_told_after_what_never_happens(source: Source) -> Iterator[Mutant]:
    event = {"after": "tacit_grant", "partner": "vnsw", "document": "x"}
    yield "partners", changed(source, lambda m: m.update(partners=[event]))


@operator
def checklist_gone(source: Source) -> Iterator[Mutant]:
    if source.get("checklist"):
        yield "checklist", changed(source, lambda m: m.pop("checklist"))


@operator
def checklist_of_an_unknown_piece(source: Source) -> Iterator[Mutant]:
    if source.get("checklist"):
        yield "checklist", changed(source, lambda m: m["checklist"][0].update(piece="nothing"))


@operator
def ends_before_it_begins(source: Source) -> Iterator[Mutant]:
    yield "effective_to", changed(source, lambda m: m.update(effective_to="2001-01-01"))


@operator
def named_by_nothing(source: Source) -> Iterator[Mutant]:
    yield "named_by", changed(source, lambda m: m.update(named_by="nothing"))
