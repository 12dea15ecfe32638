"""Faults of how papers are signed: countersignatures in their number and order, by different people, nothing unread."""

from collections.abc import Callable
from typing import Any

import pytest

from procedures.definition.model import Definition
from procedures.definition.verify import verify
from tests.procedures.test_verify import Source, change, names
from tests.procedures.test_verify__kinds import faults_of
from tests.variants import with_countersigners
from workflows.papers.templates import placeholders


def paper(**values: Any) -> Callable[[Source], None]:
    return lambda source: source["papers"]["decision"].update(values)


def node(name: str, **values: Any) -> Callable[[Source], None]:
    return lambda source: next(n for n in source["route"]["nodes"] if n["id"] == name).update(values)


def annex(**values: Any) -> Callable[[Source], None]:
    return lambda source: source["papers"]["annex"].update(values)


@pytest.mark.promise("papers.annexes")
@pytest.mark.parametrize(
    "seeded",
    [
        annex(annex_of="nothing"),
        annex(annex_of="control_slip"),
        annex(signers=["leader", "seal"]),
        annex(series="PL", pattern="{n}/PL"),
        annex(on_request=True),
        annex(retention={"years": 5, "illustrative": True}),
        change("assign.assign", paper="annex"),
    ],
)
def test_an_annex_belongs_to_what_the_leader_signs(seeded: Callable[[Source], None]) -> None:
    assert ("annex_of_nothing", "papers.annex") in faults_of("device-registration-list", seeded)


@pytest.mark.promise("papers.countersigned")
@pytest.mark.parametrize(
    ("seeded", "code", "where"),
    [
        (paper(countersigners=0), "paper_out_of_step", "countersign.countersign"),
        (paper(countersigners=2), "paper_out_of_step", "sign.sign"),
        (
            change("countersigning.countersigned", to="countersign"),
            "paper_out_of_step",
            "countersign.countersign",
        ),
        (change("rendering.rendered", to="sign"), "paper_out_of_step", "sign.sign"),
        (change("countersigning.countersigned", step=None), "paper_out_of_step", "sign.sign"),
        (change("countersign.countersign", step="approve"), "paper_out_of_step", "countersign.countersign"),
        (paper(signers=["officer", "seal"]), "countersigned_without_leader", "papers.decision"),
        (node("sign", different_from=["appraise", "review"]), "signs_twice", "sign"),
        (node("countersign", different_from=[]), "drafter_signs", "countersign"),
        (change("countersign.countersign", needs=["step_up"]), "signed_unread", "countersign.countersign"),
        (change("countersign.countersign", needs=["hash"]), "signed_unread", "countersign.countersign"),
        (change("sign.sign", needs=["hash"]), "signed_unread", "sign.sign"),
        (change("seal.seal", needs=[]), "signed_unread", "seal.seal"),
    ],
)
def test_what_is_wrong_with_the_signatures_is_named(
    seeded: Callable[[Source], None], code: str, where: str
) -> None:
    assert (code, where) in faults_of("device-registration-list", seeded)


def test_a_template_without_a_place_for_them_is_named(device_import: Definition) -> None:
    definition = Definition.model_validate(with_countersigners(device_import.model_dump(mode="json")))
    assert verify(definition) == []
    asked = placeholders("{{ subject.name }}")
    found = verify(definition, placeholders={"decision.html": asked}, sources=asked)
    assert ("countersigners_without_place", "papers.decision") in names(found)
