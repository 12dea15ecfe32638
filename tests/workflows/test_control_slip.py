"""The control slip: asked for by an official of the route, made of the ledger, signed and sealed, the office's own."""

import io
import json
from datetime import timedelta
from uuid import uuid4

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse

from procedures.errors import Invalid, Refused
from procedures.models import LedgerEntry, User
from procedures.now import advance
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import FOOD, PLAN
from tests.onestop.office_desk import text_of
from tests.scenarios import actor
from workflows import files, outbox, selectors, service
from workflows.models import Paper

pytestmark = [pytest.mark.django_db, pytest.mark.promise("papers.control-slip")]


@pytest.fixture
def play(monday_morning: None) -> Journey:
    """A food dossier on its way to the leader, late at the specialist's."""
    journey = Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed()
    journey.walked(until="appraise")
    advance(timedelta(days=30))
    return journey.walked(until="sign")


def slip_of(play: Journey, who: str = "chuyenvien_attp") -> Paper:
    service.issue_slip(
        actor=actor(who), dossier_id=play.dossier_id, kind="control_slip", idempotency_key=str(uuid4())
    )
    outbox.drain()
    return play.dossier.papers.filter(kind="control_slip").latest("pk")


def test_it_tells_every_handing_over_and_whether_it_was_in_time(play: Journey) -> None:
    paper = slip_of(play)
    lines = json.loads(paper.snapshot)["handovers"]
    assert [(line["step"], line["giver"], line["receiver"], line["result"]) for line in lines] == [
        ("Tiếp nhận", "Người nộp hồ sơ", "Bộ phận Một cửa", "Trước hạn"),
        ("Thu phí", "Bộ phận Một cửa", "Phòng Tài chính", "Trước hạn"),
        ("Tiếp nhận", "Phòng Tài chính", "Bộ phận Một cửa", "Trước hạn"),
        ("Phân công", "Bộ phận Một cửa", "Phòng Quản lý sản phẩm", "Đúng hạn"),
        ("Thẩm định", "Phòng Quản lý sản phẩm", "Phòng Quản lý sản phẩm", "Quá hạn"),
        ("Duyệt của phòng", "Phòng Quản lý sản phẩm", "Phòng Quản lý sản phẩm", "Trước hạn"),
        ("Kiểm tra thể thức, cấp số", "Phòng Quản lý sản phẩm", "Văn thư Cục An toàn thực phẩm", "Đúng hạn"),
        ("Ký", "Văn thư Cục An toàn thực phẩm", "Lãnh đạo Cục An toàn thực phẩm", "Đang xử lý"),
    ]


def test_it_is_signed_and_sealed_stands_in_the_ledger_and_moves_nothing(play: Journey) -> None:
    before = play.dossier
    paper = slip_of(play)
    assert (paper.state, paper.signer.username) == ("published", "chuyenvien_attp")  # type: ignore[union-attr]
    data = files.read(paper.sealed_sha256)
    assert selectors.verify_file(data).paper == paper
    with pikepdf.open(io.BytesIO(data)) as document:
        assert [field.T for field in document.Root.AcroForm.Fields] == ["Officer", "Seal"]
    after = play.dossier
    assert (after.state, after.head_sequence) == (before.state, before.head_sequence + 1)
    entry = LedgerEntry.objects.get(subject_kind="dossier", subject_id=after.pk, act="slip.control_slip")
    assert json.loads(entry.data)["content_sha256"] == paper.snapshot_sha256
    assert list(before.tasks.filter(finished__isnull=True)) == list(after.tasks.filter(finished__isnull=True))


def test_others_and_dossiers_that_were_not_received_are_refused(play: Journey) -> None:
    for who in ("chuyenvien", "doanhnghiep2"):
        with pytest.raises(Refused):
            slip_of(play, who)
    fresh = Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed()
    with pytest.raises(Invalid) as refused:
        slip_of(fresh)
    assert [reason.code for reason in refused.value.reasons] == ["not_received"]
    with pytest.raises(Refused):  # what the route makes, no official makes beside it
        service.issue_slip(
            actor=actor("chuyenvien_attp"), dossier_id=play.dossier_id, kind="receipt", idempotency_key="x"
        )


def test_an_official_makes_it_from_the_page_and_the_applicant_does_not_see_it(play: Journey) -> None:
    office = Client()
    office.force_login(User.objects.get(username="chuyenvien_attp"))
    page = office.get(reverse("office:history", args=[play.dossier.ref])).content.decode()
    assert "Lập thành văn bản ký số" in text_of(page)
    made = office.post(reverse("office:slip", args=[play.dossier.ref, "control_slip"]), {"key": "once"})
    again = office.post(reverse("office:slip", args=[play.dossier.ref, "control_slip"]), {"key": "once"})
    assert (made.status_code, again.status_code) == (303, 303)
    outbox.drain()
    paper = play.dossier.papers.get(kind="control_slip")
    assert "Phiếu kiểm soát quá trình giải quyết hồ sơ" in text_of(
        office.get(made["Location"]).content.decode()
    )
    applicant = Client()
    applicant.force_login(User.objects.get(username="doanhnghiep2"))
    portal = applicant.get(reverse("portal:dossier", args=[play.dossier.ref])).content.decode()
    assert "Phiếu kiểm soát" not in portal
    assert applicant.get(reverse("portal:paper", args=[play.dossier.ref, paper.ref])).status_code == 404
