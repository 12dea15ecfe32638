"""Templates print every fact or nothing at all, and can do no more than print."""

from __future__ import annotations

import pytest

from tests.papers import samples
from workflows.papers.snapshot import canonical
from workflows.papers.templates import TemplateProblem, fill, placeholders


@pytest.mark.parametrize("kind", samples.KINDS)
def test_every_paper_of_the_catalogue_can_be_filled(kind: str) -> None:
    html = fill(template=samples.template(kind), snapshot=samples.snapshot_of(kind))
    assert "Công ty Cổ phần Thiết bị Y tế Ánh Dương" in html


@pytest.mark.parametrize("kind", samples.KINDS)
def test_optional_facts_may_be_missing(kind: str) -> None:
    bare = samples.snapshot_of(kind)
    bare["subject"] = dict(bare["subject"], phone="", email="")
    bare["devices"] = [samples.device(model="", hs_code="", manufacturer="", unit="", purpose="")]
    bare["items"] = [dict(item, basis="") for item in bare.get("items", [])]
    assert "None" not in fill(template=samples.template(kind), snapshot=bare)


@pytest.mark.promise("papers.no-gaps")
@pytest.mark.parametrize(
    ("template", "named"),
    [
        pytest.param("{{ subject.phone }}", "subject.phone", id="known place, missing fact"),
        pytest.param("{{ subject.fone }}", "subject.fone", id="unknown place printed"),
        pytest.param("{% if sbject.name %}x{% endif %}", "sbject.name", id="unknown place asked"),
        pytest.param("{% for d in devics %}x{% endfor %}", "devics", id="unknown list"),
        pytest.param(
            "{% for d in devices %}{{ d.nme }}{% endfor %}", "devices.nme", id="unknown place in a row"
        ),
        pytest.param("{{ date|day }}", "date", id="empty date"),
    ],
)
def test_a_missing_fact_is_an_error_not_a_gap(template: str, named: str) -> None:
    with pytest.raises(TemplateProblem, match=named):
        fill(template=template, snapshot={"subject": {"name": "A"}, "date": ""})


@pytest.mark.parametrize(
    "template",
    [
        "{% load i18n %}",
        "{% debug %}",
        "{% include '/etc/hostname' %}",
        "{% include '../paper.css' %}",
        "{% include subject.name %}",
        "{% now 'Y' %}",
        "{{ subject.name|safe }}",
        "{% url 'x' %}",
    ],
)
def test_a_template_can_only_print(template: str) -> None:
    with pytest.raises(TemplateProblem):
        fill(template=template, snapshot=samples.decision())


def test_facts_are_escaped() -> None:
    filled = fill(template="{{ subject.name }}", snapshot={"subject": {"name": "<b onclick='x'>&"}})
    assert filled == "&lt;b onclick=&#x27;x&#x27;&gt;&amp;"


def test_placeholders_are_named_through_loops_names_and_layouts() -> None:
    template = (
        '{% extends "slip.html" %}{% block text %}{% for row in devices %}{{ row.name|upper }}{{ forloop.counter }}'
        "{% endfor %}{% with who=signer %}{{ who.name }}{% endwith %}{% endblock %}"
    )
    found = placeholders(template)
    assert {"devices", "devices.name", "signer.name", "officer.name", "agency.parent", "date"} <= found


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-02-05", "ngày 05 tháng 02 năm 2026"),
        ("2026-03-10", "ngày 10 tháng 3 năm 2026"),
        ("2026-12-31", "ngày 31 tháng 12 năm 2026"),
        ("2026-12-31T17:00:00+00:00", "ngày 01 tháng 01 năm 2027"),
    ],
)
def test_dates_are_padded_as_the_decree_says_and_counted_in_hanoi(day: str, words: str) -> None:
    assert fill(template="{{ date|place_date }}", snapshot={"date": day}) == words


def test_the_checking_page_and_its_code_are_shown_as_one_types_them() -> None:
    code = "B70A14EE1E15D7AA94BD810EC0A1B2C3"
    template = "{{ verification.url|page_address }} {{ verification.code|grouped }}"
    for url in ("https://dvc.moh.gov.vn/v", f"HTTPS://DVC.MOH.GOV.VN/V/{code}"):
        shown = fill(template=template, snapshot={"verification": {"url": url, "code": code}})
        assert shown == "https://dvc.moh.gov.vn/v B70A14EE 1E15D7AA 94BD810E C0A1B2C3"


def test_the_canonical_text_does_not_depend_on_order_or_composition() -> None:
    decomposed = {"b": "e\u0302\u0301", "a": [1, None, True]}  # ế in three code points
    assert canonical(decomposed) == '{"a":[1,null,true],"b":"ế"}'
    with pytest.raises(TypeError, match="float"):
        canonical({"a": 1.5})
