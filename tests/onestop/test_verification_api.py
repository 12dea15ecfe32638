"""The public check for programs: the verdict as JSON, errors as problem details, nothing kept."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from procedures.now import advance
from tests.scenarios import Play, pdf
from workflows import checkpoints, files
from workflows.models import Paper, StoredFile

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("verify.api")]
MANUAL = Path(__file__).parents[2] / "docs" / "verification.md"


@pytest.fixture
def decision() -> Paper:
    """A published decision."""
    return Play().granted().dossier.papers.select_related("number").get(kind="decision")


def asked(body: bytes, kind: str = "application/pdf", **headers: str) -> Any:
    client = Client(enforce_csrf_checks=True, headers=headers)
    return client.post(reverse("public:verify_api"), body, content_type=kind)


def test_the_issued_file_is_valid_and_named(decision: Paper) -> None:
    rows = StoredFile.objects.count()
    answer = asked(files.read(decision.file_sha256))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    said = answer.json()
    assert (said["verdict"], said["issued_file"], said["test_keys"]) == ("valid", True, True)
    assert said["sha256"] == decision.file_sha256
    assert said["checked_at"].endswith("+07:00")
    assert {one["outcome"] for one in said["checks"]} == {"passed"}
    assert {one["subject"] for one in said["checks"]} == {"", "Leader", "Seal"}
    assert decision.number is not None
    assert said["record"]["number"] == decision.number.text
    assert said["record"]["licence"]["state"] == "in_force"
    assert said["record"]["licence"]["holder"] == decision.dossier.subject.name
    assert Client().get(said["record"]["href"]).status_code == 200
    assert Client().get(said["record"]["licence"]["href"]).status_code == 200
    assert StoredFile.objects.count() == rows


def test_a_changed_file_and_a_strange_one(decision: Paper) -> None:
    changed = asked(files.read(decision.file_sha256) + b"\n").json()
    assert (changed["verdict"], changed["issued_file"]) == ("invalid", False)
    assert "file.end" in {one["code"] for one in changed["checks"] if one["outcome"] == "failed"}
    strange = asked(pdf("cua nguoi khac")).json()
    assert (strange["verdict"], strange["record"]) == ("indeterminate", None)
    signed_only = asked(files.read(decision.signed_sha256)).json()
    assert signed_only["verdict"] == "invalid"


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"", "application/pdf", 422, "no_file"),
        (b"\x89PNG", "application/pdf", 415, "no_pdf"),
        (b"%PDF-1.7", "multipart/form-data; boundary=x", 415, "content_type"),
        (b"%PDF-" + b"0" * (files.LIMIT + 1), "application/pdf", 413, "too_large"),
    ],
    ids=["empty", "no PDF", "a form", "too large"],
)
def test_what_cannot_be_checked_is_told_as_a_problem(body: bytes, kind: str, status: int, code: str) -> None:
    answer = asked(body, kind, **{"accept-language": "en"})
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    said = answer.json()
    assert (said["status"], said["code"]) == (status, code)
    assert said["title"].endswith(".")
    in_vietnamese = asked(body, kind, **{"accept-language": "vi"}).json()
    assert in_vietnamese["title"] != said["title"]


def test_before_anybody_is_trusted_nothing_is_checked(tmp_path: Path, settings: Any) -> None:
    settings.KEYS_DIR = tmp_path
    answer = asked(b"%PDF-1.7", **{"accept-language": "en"})
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "no_trust", "5")
    page = Client().post(reverse("public:verify"), {"tep": SimpleUploadedFile("a.pdf", b"%PDF-1.7")})
    assert page.status_code == 503
    assert "chưa thiết lập chứng thư" in page.content.decode()


@pytest.mark.usefixtures("decision")
def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    cache.clear()
    answers = [asked(b"%PDF-1.7") for _ in range(21)]
    assert {one.status_code for one in answers[:20]} == {200}
    assert answers[20].status_code == 429
    assert answers[20]["Content-Type"] == "application/problem+json"
    assert answers[20]["Retry-After"]
    cache.clear()


def test_the_register_answers_by_code(decision: Paper) -> None:
    said = Client().get(reverse("public:record", args=[decision.code]))
    assert said.status_code == 200
    assert said.json() == asked(files.read(decision.file_sha256)).json()["record"]
    unknown = Client().get(reverse("public:record", args=["KHONGCO"]))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_paper")


def test_the_manual_shows_what_is_answered(decision: Paper) -> None:
    """Every name in the manual's examples is one that the answer has, and the other way round."""
    examples = [
        json.loads(one) for one in re.findall(r"```json\n(.*?)```", MANUAL.read_text("utf-8"), flags=re.S)
    ]

    def names(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: names(one) for key, one in value.items()}
        return [names(value[0])] if isinstance(value, list) else None

    advance(timedelta(hours=2))
    assert checkpoints.make_due()
    verdict = asked(files.read(decision.file_sha256)).json()
    problem = asked(b"").json()
    assert [names(one) for one in examples] == [names(verdict), names(problem)]
