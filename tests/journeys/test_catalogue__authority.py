"""What becomes of a right without its holder's wish: revoked, suspended and reinstated, annulled by a court."""

import pytest
from django.test import Client
from django.urls import reverse

from procedures.errors import Invalid
from tests.credentials.test_statuses import opened, places
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import GRANTED, PLAN, REFUSED, REGISTRATION, states
from workflows import selectors
from workflows.credentials import keys
from workflows.models import Licence

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("catalogue.played")]
FINDINGS = {
    "case": "unsafe",
    "record_no": "12/BB-TTr",
    "record_date": "2026-02-25",
    "found": "Ba trong mười máy kiểm tra không đạt thử nghiệm an toàn điện.",
}


@pytest.mark.promise("licence.opened-by-authority")
def test_the_authority_revokes_a_circulation_number_and_hears_its_holder_first() -> None:
    held = Journey("device-registration-cd", REGISTRATION, PLAN).filed().played().licence
    play = Journey("device-registration-revocation", FINDINGS, {}).opened(held, by="chuyenvien_dklh").played()
    assert play.taken == ["assign.assign", "hear.heard", *GRANTED]
    assert states("device_registration") == [(held.number, "revoked")]
    assert not Licence.objects.filter(dossier=play.dossier_id).exists()
    told = play.dossier.papers.get(kind="opening_notice")
    assert told.state == "published"
    assert f"Số lưu hành {held.number}, cấp ngày 02/03/2026, được xem xét" in told.snapshot


@pytest.mark.promise("licence.opened-by-authority")
def test_what_the_authority_opens_may_end_without_revoking() -> None:
    held = Journey("device-registration-cd", REGISTRATION, PLAN).filed().played().licence
    plan = {"appraise": "propose_refusal"}
    play = (
        Journey("device-registration-revocation", FINDINGS, plan).opened(held, by="chuyenvien_dklh").played()
    )
    assert play.taken == ["assign.assign", "hear.heard", *REFUSED]
    assert states("device_registration") == [(held.number, "in_force")]


def listed(licence: Licence) -> int:
    """What the signed list says of the decision that gave the licence."""
    told, signer = selectors.place_of(licence.paper), keys.signing_key()
    assert told
    assert signer
    return places(opened(selectors.status_list(told[0]), signer)[1])[told[1]]


HARMED = {
    "case": "incident",
    "source": "Báo cáo sự cố số 03/BC-BVTƯ ngày 26/02/2026",
    "found": "Máy ngừng bơm khí giữa hai ca mổ, một người bệnh phải hồi sức.",
    "remedies": "kiểm định lại toàn bộ máy đang sử dụng.",
}


@pytest.mark.promise("licence.suspension")
def test_the_authority_suspends_a_circulation_number_and_it_lives_again_when_all_is_remedied() -> None:
    held = Journey("device-registration-cd", REGISTRATION, PLAN).filed().played().licence
    play = Journey("device-registration-suspension", HARMED, {}).opened(held, by="chuyenvien_dklh").played()
    assert play.taken == ["assign.assign", "hear.heard", *GRANTED]
    assert states("device_registration") == [(held.number, "suspended")]
    assert not Licence.objects.filter(dossier=play.dossier_id).exists()
    decision = play.dossier.papers.get(kind="decision")
    assert f"Tạm đình chỉ hiệu lực số lưu hành {held.number}, cấp ngày 02/03/2026" in decision.snapshot
    assert listed(held) == 2
    remedied = {"licence_held": held.number, "remedied": "Đã kiểm định lại 12 máy, thay van của 3 máy."}
    plan = {"appraise": ["ask_supplement", "propose_grant"]}
    back = (
        Journey("device-registration-reinstatement", remedied, plan, items=("remedy_report",))
        .filed()
        .played()
    )
    assert back.taken[-len(GRANTED) :] == GRANTED
    assert states("device_registration") == [(held.number, "in_force")]
    assert list(held.changes.order_by("pk").values_list("before", "state")) == [
        ("", "in_force"),
        ("in_force", "suspended"),
        ("suspended", "in_force"),
    ]
    assert listed(held) == 0


@pytest.mark.promise("licence.suspension")
def test_a_suspended_number_can_be_given_back_or_revoked_but_neither_suspended_again_nor_reinstated_twice() -> (
    None
):
    held = Journey("device-registration-cd", REGISTRATION, PLAN).filed().played().licence
    asks = {"licence_held": held.number, "remedied": "Đã khắc phục."}
    with pytest.raises(Invalid, match="in force"):
        Journey("device-registration-reinstatement", asks, {}).filed()
    Journey("device-registration-suspension", HARMED, {}).opened(held, by="chuyenvien_dklh").played()
    held = Licence.objects.get(pk=held.pk)
    with pytest.raises(Invalid, match="suspended"):
        Journey("device-registration-suspension", HARMED, {}).opened(held, by="chuyenvien_dklh")
    refusal = {"appraise": "propose_refusal"}
    Journey("device-registration-reinstatement", asks, refusal).filed().played()
    assert states("device_registration") == [(held.number, "suspended")]
    Journey("device-registration-revocation", FINDINGS, {}).opened(held, by="chuyenvien_dklh").played()
    assert states("device_registration") == [(held.number, "revoked")]


JUDGMENT = {
    "court": "Tòa án nhân dân cấp cao tại Hà Nội",
    "judgment_no": "12/2026/HC-PT",
    "judged_on": "2026-02-20",
    "in_force_on": "2026-02-20",
    "ordered": "Hủy quyết định cấp số lưu hành do hồ sơ kỹ thuật không phải của sản phẩm đã đăng ký.",
}


@pytest.mark.promise("licence.annulment")
def test_a_court_annuls_a_circulation_number_and_the_register_follows() -> None:
    held = Journey("device-registration-cd", REGISTRATION, PLAN).filed().played().licence
    play = Journey("device-registration-annulment", JUDGMENT, {}).opened(held, by="chuyenvien_dklh").played()
    assert play.taken == ["assign.assign", *GRANTED]
    assert states("device_registration") == [(held.number, "annulled")]
    assert not Licence.objects.filter(dossier=play.dossier_id).exists()
    decision = play.dossier.papers.get(kind="decision")
    assert "theo bản án, quyết định số 12/2026/HC-PT ngày 20/02/2026 của Tòa án nhân dân cấp cao" in (
        decision.snapshot
    )
    assert play.dossier.papers.get(kind="opening_notice").state == "published", "its holder was told"
    assert listed(held) == 1
    assert list(held.changes.order_by("pk").values_list("before", "state")) == [
        ("", "in_force"),
        ("in_force", "annulled"),
    ]
    page = Client().get(reverse("public:licence", args=[held.ref])).content.decode()
    assert "Tòa án đã hủy" in page
    held = Licence.objects.get(pk=held.pk)
    for code, answers in (
        ("device-registration-annulment", JUDGMENT),
        ("device-registration-revocation", FINDINGS),
        ("device-registration-suspension", HARMED),
    ):
        with pytest.raises(Invalid, match="court annulled"):
            Journey(code, answers, {}).opened(held, by="chuyenvien_dklh")


@pytest.mark.promise("licence.annulment")
def test_a_judgment_that_is_not_in_force_changes_nothing() -> None:
    held = Journey("device-registration-cd", REGISTRATION, PLAN).filed().played().licence
    plan = {"appraise": "propose_refusal"}
    play = (
        Journey("device-registration-annulment", JUDGMENT, plan).opened(held, by="chuyenvien_dklh").played()
    )
    assert play.taken == ["assign.assign", *REFUSED]
    assert states("device_registration") == [(held.number, "in_force")]
