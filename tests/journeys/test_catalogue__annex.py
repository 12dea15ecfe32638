"""An annex in a file of its own: made, read, sealed, published and given up with the paper to which it belongs."""

import json
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse

from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue__list import over, waiting
from tests.onestop.office_desk import Desk, text_of
from tests.papers.test_sign import pdfsig
from workflows import files, selectors
from workflows.models import Paper
from workflows.papers.textlayer import page_text, squeezed

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("papers.annexes")]


@pytest.fixture
def sheet() -> Journey:
    """A list whose decision waits for the head's countersignature."""
    return over(waiting("Máy thở")).walked(until="countersign")


def papers(sheet: Journey) -> tuple[Paper, Paper]:
    """The decision and its annex."""
    decision = sheet.dossier.papers.exclude(state="void").get(kind="decision")
    return decision, decision.annexes.get()


def text(pdf: bytes) -> str:
    with pikepdf.open(BytesIO(pdf)) as document:
        return squeezed("".join(page_text(page) for page in document.pages))


def test_it_is_read_sealed_and_published_with_the_decision(sheet: Journey, tmp_path: Path) -> None:
    decision, annex = papers(sheet)
    assert (decision.state, annex.state) == ("rendered", "rendered")
    assert annex.title in text_of(Desk("truongphong_dklh").page(sheet.dossier, "sign"))
    assert annex.file_sha256 in Desk("truongphong_dklh").page(sheet.dossier, "sign")
    sheet.walked()
    decision, annex = papers(sheet)
    assert (decision.state, annex.state) == ("published", "published")
    assert annex.published_at == decision.published_at
    assert annex.number is None, "it has the decision's"
    pdf = files.read(annex.file_sha256)
    assert pdfsig(pdf, tmp_path) == ["Signature is Valid."]
    verdict = selectors.verify_file(pdf).verdict
    assert verdict.verdict == "valid", [one for one in verdict.reasons if one.outcome != "passed"]
    assert [one.subject for one in verdict.reasons if one.code == "signature.signer"] == ["Seal"]
    read = text(pdf)
    for words in (
        f"số {decision.number.text} ngày 02 tháng 3 năm 2026",
        "Máy thở",
        "Kèm theo",
        annex.code[:8],
    ):
        assert squeezed(words) in read, words
    main = text(files.read(decision.file_sha256))
    assert squeezed("Máy thở") not in main, "the list is in the annex alone"
    assert squeezed(annex.title) in main
    said = json.loads(decision.snapshot)["annexes"]
    assert said == [{"title": annex.title, "code": annex.code, "sha256": annex.snapshot_sha256}]


def test_each_leads_to_the_other_for_everybody(sheet: Journey) -> None:
    sheet.walked()
    decision, annex = papers(sheet)
    for one, other in ((decision, annex), (annex, decision)):
        page = Client().get(reverse("public:code", args=[one.code])).content.decode()
        assert reverse("public:code", args=[other.code]) in page
        assert Client().get(reverse("public:pdf", args=[one.code])).status_code == 200
    (event,) = [
        one for one in selectors.history(sheet.dossier, internal=False, lang="vi") if one.act == "grant"
    ]
    assert [paper.kind for paper in event.papers] == ["decision", "annex"]


def test_it_is_given_up_with_the_decision_and_made_anew(sheet: Journey) -> None:
    first = papers(sheet)
    sheet.plan = {"countersign": ["send_back", "countersign"], "appraise": "propose_grant"}
    sheet.walked()
    assert {Paper.objects.get(pk=one.pk).state for one in first} == {"void"}
    decision, annex = papers(sheet)
    assert annex.pk != first[1].pk
    assert decision.state == annex.state == "published"
    assert selectors.verify_file(files.read(first[1].rendered_sha256)).verdict.verdict != "valid"


def test_a_refusal_has_none(sheet: Journey) -> None:
    sheet.plan = {"countersign": ["send_back", "countersign"], "appraise": "propose_refusal"}
    sheet.walked()
    refusal = sheet.dossier.papers.get(kind="refusal")
    assert refusal.state == "published"
    assert not refusal.annexes.exists()
