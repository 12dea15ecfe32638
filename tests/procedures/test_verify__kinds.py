"""Faults of what only some procedures have: officials who open, lists, what follows a grant, a translation."""

from collections.abc import Callable
from typing import Any

import pytest

from procedures import catalog
from procedures.definition.model import Definition
from procedures.definition.verify import verify
from tests.procedures.test_verify import Source, change, drop_outcome, names


def sound_and_held(code: str) -> tuple[Source, set[tuple[str, str]]]:
    """A procedure of the catalogue, which is sound, as it is written, and who holds its steps."""
    sound = catalog.load(catalog.CATALOGUE / code / "2025-07-01").definition
    held = {(str(n.role), sound.route.units[n.unit]) for n in sound.route.people}
    assert verify(sound, roles=held) == []
    return sound.model_dump(mode="json"), held


def faults_of(procedure: str, seeded: Callable[[Source], None]) -> set[tuple[str, str]]:
    """What the verifier names in a sound procedure after something was seeded into it."""
    source, held = sound_and_held(procedure)
    seeded(source)
    return names(verify(Definition.model_validate(source), roles=held))


def opener(**values: str) -> Callable[[Source], None]:
    return lambda source: source["route"].update(opened_by=values)


def not_opened(source: Source) -> None:
    del source["route"]["opened_by"]


def about_nothing(source: Source) -> None:
    del source["licence"]


def with_rows(source: Source) -> None:
    rows = {"id": "rows", "title": {"vi": "x", "en": "x"}, "repeat": True}
    field = {"id": "one", "type": "text", "title": {"vi": "x", "en": "x"}}
    source["form"].append(rows | {"fields": [field]})


def field_of(section: int, field: int, **values: object) -> Callable[[Source], None]:
    return lambda source: source["form"][section]["fields"][field].update(values)


def listing(**values: object) -> Callable[[Source], None]:
    return lambda source: source["lists"].update(values)


@pytest.mark.promise("licence.lists")
@pytest.mark.parametrize(
    ("procedure", "seeded", "code", "where"),
    [
        ("registration-cd", change("review.forward", by_list=True), "list_without_result", "review.forward"),
        (
            "registration-cd",
            change("listed.granted", paper="refusal"),
            "list_without_result",
            "listed.granted",
        ),
        ("registration-cd", change("review.to_list", when=""), "listed_ungranted", "listed"),
        ("registration-cd", change("review.forward", when=""), "deadlock", "sealing"),
        (
            "registration-cd",
            field_of(0, 0, prefill="listed.name"),
            "list_rows",
            "form.registrant.registrant_name",
        ),
        (
            "registration-cd",
            drop_outcome("listed.granted"),
            "never_granted",
            "appraise.propose_grant",
        ),
        ("registration-list", field_of(1, 0, prefill=""), "list_rows", "form.devices.device_name"),
        ("registration-list", listing(section="meeting"), "list_rows", "lists"),
        ("registration-list", not_opened, "list_of_nobody", "lists"),
    ],
)
def test_a_decision_over_a_list_has_faults_of_its_own(
    procedure: str, seeded: Callable[[Source], None], code: str, where: str
) -> None:
    assert (code, where) in faults_of(f"device-{procedure}", seeded)


@pytest.mark.promise("licence.opened-by-authority")
@pytest.mark.parametrize(
    ("seeded", "code", "where"),
    [
        (not_opened, "revoked_by_applicant", "licence"),
        (not_opened, "withdrawal", "route"),
        (about_nothing, "opened_about_nothing", "route.opened_by"),
        (with_rows, "opened_with_rows", "form.rows"),
        (opener(role="leader", unit="department"), "opener_signs", "sign"),
        (opener(role="specialist", unit="nowhere"), "unknown_unit", "route.opened_by"),
        (opener(role="cashier", unit="division"), "role_nobody_holds", "route.opened_by"),
        (change("assign", interrupt=True), "withdrawal", "assign"),
        (change("assign.assign", act="accept"), "illegal_act", "assign.assign"),
    ],
)
def test_what_the_authority_opens_has_faults_of_its_own(
    seeded: Callable[[Source], None], code: str, where: str
) -> None:
    assert (code, where) in faults_of("device-registration-revocation", seeded)


def licence_with(**values: Any) -> Callable[[Source], None]:
    return lambda source: source["licence"].update(values)


def unprinted(source: Source) -> None:
    decision = source["papers"]["decision"]
    decision["articles"] = [text.replace("{conditions}", "") for text in decision["articles"]]


def doubled(source: Source) -> None:
    source["licence"]["conditions"] *= 2


def months_of_none(source: Source) -> None:
    for row in source["tables"]["inspection_months"]["rows"]:
        row["then"] = 0


def bad_when(source: Source) -> None:
    source["licence"]["conditions"][0]["when"] = "no_such_field == 'x'"


@pytest.mark.promise("licence.conditions")
@pytest.mark.parametrize(
    ("seeded", "code", "where"),
    [
        (unprinted, "conditions_not_printed", "licence.conditions"),
        (doubled, "condition_twice", "licence.conditions.yearly_report"),
        (bad_when, "bad_condition", "licence.conditions.yearly_report"),
        (licence_with(supervised_by=None), "conditions_unread", "licence.conditions"),
        (
            licence_with(supervised_by={"role": "specialist", "unit": "nowhere"}),
            "unknown_unit",
            "licence.supervised_by",
        ),
        (
            licence_with(supervised_by={"role": "cashier", "unit": "division"}),
            "role_nobody_holds",
            "licence.supervised_by",
        ),
        (licence_with(effect="suspend"), "conditions_of_nothing", "licence"),
        (
            licence_with(inspection="none"),
            "inspection_without_months",
            "licence.inspection",
        ),
        (months_of_none, "inspection_without_months", "licence.inspection"),
        (licence_with(effect="transfer", about="device_name"), "transfer_to_nobody", "licence"),
        (licence_with(to="owner"), "transfer_to_nobody", "licence"),
        (licence_with(window={"opens": 90}), "window_without_days", "licence.window"),
    ],
)
def test_what_follows_a_grant_has_faults_of_its_own(
    seeded: Callable[[Source], None], code: str, where: str
) -> None:
    assert (code, where) in faults_of("device-registration-cd", seeded)


DRAWN = {"section": "devices", "quantity": "quantity", "unit": "unit", "same": ["name"]}


def optional(source: Source) -> None:
    section = next(one for one in source["form"] if one["id"] == "devices")
    next(field for field in section["fields"] if field["id"] == "quantity")["required"] = False


def not_shown(source: Source) -> None:
    source["licence"]["fields"].remove("devices")


@pytest.mark.promise("licence.quantities")
@pytest.mark.parametrize(
    "seeded",
    [
        licence_with(drawdown=DRAWN | {"section": "change"}),
        licence_with(drawdown=DRAWN | {"section": "nowhere"}),
        licence_with(drawdown=DRAWN | {"quantity": "unit"}),
        licence_with(drawdown=DRAWN | {"unit": "litres"}),
        licence_with(drawdown=DRAWN | {"same": ["colour"]}),
        licence_with(effect="suspend"),
        optional,
        not_shown,
    ],
)
def test_what_is_used_up_is_a_number_that_the_register_shows(seeded: Callable[[Source], None]) -> None:
    assert ("drawdown_of_nothing", "licence.drawdown") in faults_of("device-import-amendment", seeded)


@pytest.mark.promise("licence.renewal-window")
@pytest.mark.parametrize(("opens", "closes"), [(60, 60), (60, 90)])
def test_a_renewal_opens_before_it_closes(opens: int, closes: int) -> None:
    seeded = licence_with(window={"opens": opens, "closes": closes})
    assert ("window_without_days", "licence.window") in faults_of("practising-licence-renewal", seeded)


def english(**values: Any) -> Callable[[Source], None]:
    return lambda source: source["papers"]["decision"]["translation"].update(values)


def another_place(source: Source) -> None:
    lines = source["papers"]["decision"]["translation"]["articles"]
    lines[0] = lines[0].replace("{destination}", "{copies}")


@pytest.mark.promise("papers.two-languages")
@pytest.mark.parametrize(
    ("seeded", "code"),
    [
        (another_place, "translation_differs"),
        (english(articles=["One."]), "translation_incomplete"),
        (english(bases=[]), "translation_incomplete"),
        (english(proposal=""), "translation_incomplete"),
        (english(articles=["{subject_name", "b", "c"]), "translation_differs"),
    ],
)
def test_a_translation_says_line_for_line_the_same(seeded: Callable[[Source], None], code: str) -> None:
    sound = catalog.load(catalog.CATALOGUE / "device-free-sale" / "2025-07-01").definition
    assert verify(sound) == []
    source = sound.model_dump(mode="json")
    seeded(source)
    assert (code, "papers.decision.translation") in names(verify(Definition.model_validate(source)))
