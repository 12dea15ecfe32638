"""Every procedure of the catalogue, from the application to the collected result, through the real service.

Real signatures, real papers. Each test names the way that its dossier takes, step by step.
"""

import io
import json
from datetime import date, timedelta
from typing import Any

import pikepdf
import pytest

from procedures import catalog
from procedures.errors import Invalid
from procedures.now import advance
from tests.journeys.catalogue_play import Journey
from tests.scenarios import ANSWERS
from workflows import files
from workflows.models import Licence

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("catalogue.played")]

PAID = ["intake.ask_fee", "collect_fee.paid", "intake.accept", "assign.assign"]
PLAN = {"intake": ["ask_fee", "accept"]}
SIGNED = ["review.forward", "prepare.prepare", "sign.sign", "seal.seal"]
GRANTED = ["appraise.propose_grant", *SIGNED]
LISTED = ["appraise.propose_grant", "review.to_list", "listed.granted"]
REFUSED = ["appraise.propose_refusal", *SIGNED]


# -- medical devices ------------------------------------------------------------------------------------------

MODELS = [{"name": "AX-700", "manufacturer": "Kagayaki Medical Devices Co., Ltd.", "country": "JP"}]
REGISTRATION = {
    "device_name": "Máy gây mê kèm thở",
    "device_class": "d",
    "invasive": "no",
    "owner": "Kagayaki Medical Devices Co., Ltd.",
    "owner_country": "JP",
    "intended_use": "Gây mê và hỗ trợ hô hấp cho người bệnh trong phẫu thuật.",
    "models": MODELS,
}


def test_device_import() -> None:
    play = Journey("device-import", ANSWERS, PLAN).filed().played()
    assert play.taken == [*PAID, *GRANTED]
    assert play.licence.valid_until == date(2027, 3, 2)


def test_device_registration_hears_its_experts_side_by_side_and_again_after_a_supplement() -> None:
    plan = PLAN | {"appraise": ["ask_supplement", "propose_grant"], "supplement_check": "to_experts"}
    play = Journey("device-registration-cd", REGISTRATION, plan, items=("csdt",)).filed().played()
    opinions = ["legal_opinion.given", "quality_opinion.given", "clinical_opinion.given"]
    council = [*opinions, "council.concluded"]
    supplement = ["appraise.ask_supplement", "await_supplement.supplied", "supplement_check.to_experts"]
    assert play.taken == [*PAID, *council, *supplement, *council, *LISTED]
    assert play.licence.valid_until is None
    assert play.licence.facts["models"] == MODELS


def test_device_registration_of_class_c_asks_no_clinician_and_may_be_refused() -> None:
    plan = PLAN | {"appraise": "propose_refusal"}
    answers = REGISTRATION | {"device_class": "c"}
    against = frozenset({"quality_opinion"})
    play = Journey("device-registration-cd", answers, plan, against=against).filed().played()
    opinions = ["legal_opinion.given", "quality_opinion.given", "council.concluded"]
    assert play.taken == [*PAID, *opinions, *REFUSED]
    assert not Licence.objects.filter(dossier=play.dossier_id).exists()


def test_class_a_declaration_has_its_number_on_receipt() -> None:
    answers = {
        "device_name": "Giường bệnh một tay quay",
        "device_class": "a",
        "standard": "TCCS 01:2026/SH",
        "owner": "Công ty TNHH Thiết bị y tế Sông Hồng",
        "owner_country": "VN",
        "models": [{"name": "GB-01", "manufacturer": "Nhà máy Sông Hồng", "country": "VN"}],
    }
    play = Journey("device-declaration-ab", answers, PLAN).filed().played()
    assert play.taken == PAID[:3]
    assert play.licence.number == "000000001/PCB-SYT"
    assert play.licence.issued_on == date(2026, 3, 2)
    paper = play.licence.paper
    assert (paper.kind, paper.state) == ("decision", "published")
    with pikepdf.open(io.BytesIO(files.read(paper.sealed_sha256))) as document:
        assert len(document.pages) == 1
    assert not play.dossier.drafts.exists()


def test_free_sale_certificate() -> None:
    products = [{"name": "Nhiệt kế điện tử", "model": "NK-2", "circulation_number": "2400123/ĐKLH"}]
    answers = {"destination": "LA", "copies": 2, "products": products}
    play = Journey("device-free-sale", answers, PLAN).filed().played()
    assert play.taken == [*PAID, *GRANTED]
    assert play.licence.valid_until == date(2028, 3, 2)


@pytest.mark.promise("papers.two-languages")
def test_the_certificate_of_free_sale_says_the_same_in_english_beside() -> None:
    products = [{"name": "Nhiệt kế điện tử", "model": "NK-2", "circulation_number": "2400123/ĐKLH"}]
    answers = {"destination": "JP", "copies": 2, "products": products}
    play = Journey("device-free-sale", answers, PLAN).filed().played()
    said = json.loads(play.dossier.papers.get(kind="decision").snapshot)
    first, second, _third = said["bilingual_articles"]
    assert first["vi"].endswith("để xuất khẩu sang Nhật Bản:")
    assert first["en"].endswith("for export to Japan:")
    assert second["vi"].startswith("Giấy chứng nhận được cấp 2 bản và có giá trị đến hết ngày 02/03/2028.")
    assert second["en"].startswith(
        "Copies issued of this certificate: 2. It is valid until the end of 02/03/2028."
    )
    draft = play.dossier.drafts.get().body["conditions"]
    assert second["vi"].endswith(draft or "02/03/2028.")
    assert ("Further conditions: see the Vietnamese text." in second["en"]) is bool(draft)
    assert [pair["en"] for pair in said["bilingual_bases"]][-2:] == [
        f"Having considered dossier No. {play.dossier.code};",
        "At the proposal of the appraising unit.",
    ]
    assert said["tables"][0]["columns"][0] == "Tên trang thiết bị y tế / Name of the device"
    assert said["tables"][0]["rows"] == [["Nhiệt kế điện tử", "NK-2", "2400123/ĐKLH"]]


# -- pharmacy and cosmetics -----------------------------------------------------------------------------------

PHARMACY = {
    "business": "storing",
    "assessed": "no",
    "person_in_charge": "Dược sĩ Lê Thị Hà",
    "practising_number": "0123/CCHN-D",
}


def test_pharmacy_is_assessed_on_site_and_remedies_what_was_found() -> None:
    plan = PLAN | {"site_assessment": "remediate"}
    play = Journey("pharmacy-eligibility", PHARMACY, plan, items=("technical_file",)).filed().played()
    assert play.taken == [
        *PAID,
        "desk_check.complete",
        "site_assessment.remediate",
        "await_remediation.remedied",
        "recheck.remedied",
        *GRANTED,
    ]
    assert play.licence.valid_until is None


def test_pharmacy_with_good_practice_assessed_before_is_not_visited() -> None:
    answers = PHARMACY | {"assessed": "yes", "assessment_number": "12/GSP-QLD"}
    play = Journey("pharmacy-eligibility", answers, PLAN).filed().played()
    assert play.taken == [*PAID, "desk_check.complete", *GRANTED]


NARCOTICS = {
    "eligibility_number": "45/ĐKKDD-QLD",
    "purpose": "treatment",
    "exporter": "Hameln Pharma GmbH",
    "exporting_country": "DE",
    "border_gate": "VNSGN",
    "stock_date": "2026-02-28",
    "drugs": [
        {
            "name": "Morphin hydroclorid",
            "model": "10 mg/ml, dung dịch tiêm",
            "hs_code": "30049030",
            "quantity": 20000,
            "unit": "ống",
            "stock": 1500,
            "used": 18000,
            "manufacturer": "Hameln Pharma GmbH",
            "country": "DE",
        }
    ],
}


def test_narcotic_import_waits_for_stock_check_and_police() -> None:
    play = Journey("narcotic-import", NARCOTICS, PLAN, applicant="doanhnghiep2").filed().played()
    assert play.taken == [*PAID, "stock_check.checked", "police_opinion.given", *GRANTED]
    assert play.licence.valid_until == date(2027, 3, 2)


def test_cosmetic_proclamation_has_a_number_of_its_own_series() -> None:
    answers = {
        "brand": "Sen Việt",
        "product_name": "Kem dưỡng ẩm hoa sen",
        "product_type": "skin",
        "intended_use": "Dưỡng ẩm da mặt hằng ngày.",
        "manufacturer": "Fleur de Lotus SAS",
        "country": "FR",
        "ingredients": [{"name": "Aqua"}, {"name": "Phenoxyethanol", "share": "0,8%"}],
    }
    play = Journey("cosmetic-proclamation", answers, PLAN, applicant="doanhnghiep2").filed().played()
    assert play.taken == [*PAID, *GRANTED]
    assert play.licence.number == "001/26/CBMP-QLD"
    assert play.licence.valid_until == date(2031, 3, 2)


# -- food -----------------------------------------------------------------------------------------------------


FOOD = {
    "product_name": "Viên uống Sâm Ngọc Linh",
    "product_group": "supplement",
    "origin": "domestic",
    "manufacturer": "Nhà máy GMP Cửu Long",
    "claims": "Hỗ trợ nâng cao sức khỏe.",
    "shelf_life": "36 tháng",
    "ingredients": [{"name": "Cao sâm Ngọc Linh", "amount": "120 mg"}],
}


def test_food_registration() -> None:
    play = Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed().played()
    assert play.taken == [*PAID, *GRANTED]
    assert play.licence.number == "1/2026/ĐKSP"


def inspection(plan: dict[str, Any], **answers: Any) -> Journey:
    """One batch of the same food, inspected."""
    batch = {
        "product_name": "Sữa bột nguyên kem",
        "manufacturer": "Southern Dairy Ltd.",
        "country": "NZ",
        "declaration_number": "02/SH/2025",
        "risk": "low",
        "border_gate": "VNHPH",
        "arrival": "2026-03-05",
        "items": [
            {
                "name": "Bao 25 kg",
                "hs_code": "04022120",
                "quantity": 800,
                "unit": "bao",
                "expiry": "2027-12-31",
            }
        ],
    }
    against = frozenset({"laboratory"}) if "propose_refusal" in plan.values() else frozenset()
    return Journey("food-import-inspection", batch | answers, PLAN | plan, against=against).filed().played()


def test_three_passes_make_the_inspection_of_food_lighter_and_a_fail_makes_it_normal_again() -> None:
    normal = [*PAID, "dossier_check.in_order", *GRANTED]
    sampled = [*PAID, "dossier_check.sample", "laboratory.reported"]
    for _batch in range(3):
        assert inspection({}).taken == normal
        advance(timedelta(days=7))
    assert inspection({}, manufacturer="Another Dairy Ltd.").taken == normal
    assert inspection({}).taken == [*PAID, *GRANTED]
    tight = [*PAID, "tight_sampling.taken", "laboratory.reported"]
    assert inspection({"appraise": "propose_refusal"}, risk="high").taken == [*tight, *REFUSED]
    assert inspection({"dossier_check": "sample"}).taken == [*sampled, *GRANTED]


def test_passes_count_for_twelve_months() -> None:
    for _batch in range(3):
        inspection({})
    advance(timedelta(days=370))
    assert inspection({}).taken == [*PAID, "dossier_check.in_order", *GRANTED]


# -- medical care ---------------------------------------------------------------------------------------------


def test_facility_licence_after_a_visit() -> None:
    answers = {
        "facility_name": "Phòng khám đa khoa Sông Hồng",
        "facility_kind": "polyclinic",
        "technical_head": "Bác sĩ Trương Thị Ngân",
        "technical_head_licence": "000123/BYT-GPHN",
        "working_hours": "07:30 đến 17:00, thứ Hai đến thứ Bảy",
        "practitioners": [
            {"name": "Trương Thị Ngân", "licence_number": "000123/BYT-GPHN", "position": "Nội tổng hợp"}
        ],
    }
    play = Journey("facility-licence", answers, PLAN).filed().played()
    assert play.taken == [*PAID, "site_visit.visited", *GRANTED]
    assert play.licence.valid_until is None


PERSON = {
    "born_on": "1988-05-20",
    "identity_number": "046188001234",
    "title_kind": "physician",
    "speciality": "Nội khoa",
    "competency": "practice",
}


def practising() -> Journey:
    """A person's practising licence, granted."""
    return Journey("practising-licence", PERSON, PLAN, applicant="bacsi").filed().played()


def test_practising_licence_of_a_person_by_the_council() -> None:
    play = practising()
    assert play.taken == [*PAID, "prepare_batch.listed", "council.concluded", *GRANTED]
    assert play.licence.valid_until == date(2031, 3, 2)
    assert "identity_number" not in play.licence.facts


LABORATORY = {
    "laboratory_name": "Phòng xét nghiệm vi sinh Sông Hồng",
    "head": "Thạc sĩ Vũ Minh Quân",
    "agents": "Mycobacterium tuberculosis; nuôi cấy, kháng sinh đồ.",
    "staff": [{"name": "Vũ Minh Quân", "qualification": "Thạc sĩ vi sinh", "training": "12/ATSH"}],
}


def biosafety() -> Journey:
    """A laboratory's certificate, granted."""
    return Journey("biosafety-three", LABORATORY, PLAN).filed().played()


def test_biosafety_certificate_holds_for_one_year() -> None:
    play = biosafety()
    assert play.taken == [*PAID, "dossier_appraisal.appraised", "site_visit.visited", *GRANTED]
    assert play.licence.valid_until == date(2027, 3, 2)


# -- what follows a licence -----------------------------------------------------------------------------------


def states(register: str) -> list[tuple[str, str]]:
    """(number, state) of a register, oldest first."""
    return list(Licence.objects.filter(register=register).order_by("pk").values_list("number", "state"))


@pytest.mark.promise("licence.follow-ups")
def test_an_amendment_puts_another_licence_in_the_place_of_the_one_held() -> None:
    held = Journey("device-import", ANSWERS, PLAN).filed().played().licence
    advance(timedelta(days=30))
    devices = [
        {name: value for name, value in device.items() if name != "year"} for device in ANSWERS["devices"][:1]
    ]
    answers = {"licence_held": held.number, "why": "Giảm số lượng thiết bị.", "devices": devices}
    play = Journey("device-import-amendment", answers, PLAN).filed().played()
    assert play.taken == [*PAID, *GRANTED]
    new = play.licence
    assert states("device_import") == [("01/QĐ-HTTB", "replaced"), ("02/QĐ-HTTB", "in_force")]
    assert (new.replaces, new.valid_until) == (held, held.valid_until)
    assert new.facts["devices"] == devices
    assert new.facts["purpose"] == held.facts["purpose"]  # what was not amended stands
    snapshot = play.dossier.papers.get(kind="decision").snapshot
    assert "số 01/QĐ-HTTB cấp ngày 02/03/2026" in snapshot
    again = Journey("device-import-amendment", answers, PLAN)
    with pytest.raises(Invalid) as refused:
        again.filed()
    assert [reason.code for reason in refused.value.reasons] == ["licence_state"]


@pytest.mark.promise("licence.follow-ups")
def test_nobody_amends_a_licence_of_somebody_else() -> None:
    held = Journey("device-import", ANSWERS, PLAN).filed().played().licence
    answers = {"licence_held": held.number, "why": "Không phải của mình.", "devices": ANSWERS["devices"][1:]}
    with pytest.raises(Invalid) as refused:
        Journey("device-import-amendment", answers, PLAN, applicant="doanhnghiep2").filed()
    assert [reason.code for reason in refused.value.reasons] == ["no_licence"]


@pytest.mark.promise("licence.follow-ups")
def test_a_practising_licence_is_renewed_for_five_years_even_after_it_has_ended() -> None:
    held = practising().licence
    advance(timedelta(days=5 * 365 + 10))
    assert held.standing(date(2031, 3, 12)) == "expired"
    answers = {"licence_held": held.number, "training_hours": 120}
    play = Journey("practising-licence-renewal", answers, PLAN, applicant="bacsi").filed().played()
    assert play.taken == [*PAID, *GRANTED]
    assert Licence.objects.get(pk=held.pk).state == "replaced"
    assert (play.licence.issued_on.year, play.licence.valid_until.year) == (2031, 2036)  # type: ignore[union-attr]
    assert play.licence.facts["speciality"] == "Nội khoa"


@pytest.mark.promise("licence.follow-ups")
def test_a_biosafety_certificate_is_issued_again_before_it_ends() -> None:
    held = biosafety().licence
    advance(timedelta(days=280))
    play = Journey("biosafety-three-reissue", {"licence_held": held.number}, PLAN).filed().played()
    assert play.taken == [*PAID, "site_visit.visited", *GRANTED]
    assert play.licence.replaces == held
    assert play.licence.valid_until is not None
    assert play.licence.valid_until > held.valid_until


@pytest.mark.promise("licence.follow-ups")
def test_a_circulation_number_is_given_back_free_of_charge() -> None:
    held = Journey("device-registration-cd", REGISTRATION, PLAN).filed().played().licence
    answers = {"licence_held": held.number, "why": "Ngừng kinh doanh.", "stock_left": "Không còn."}
    play = Journey("device-registration-surrender", answers, {}).filed().played()
    assert play.taken == ["intake.accept", "assign.assign", *GRANTED]
    assert states("device_registration") == [(held.number, "surrendered")]
    assert not Licence.objects.filter(dossier=play.dossier_id).exists()


def test_departments_that_share_a_national_code_share_its_serials() -> None:
    devices = Journey("device-import", ANSWERS, PLAN).filed().walked(until="assign")
    medicines = (
        Journey("narcotic-import", NARCOTICS, PLAN, applicant="doanhnghiep2").filed().walked(until="assign")
    )
    assert [play.dossier.code for play in (devices, medicines)] == [
        "000.00.00.G18-260302-0001",
        "000.00.00.G18-260302-0002",
    ]


# -- the catalogue as a whole ---------------------------------------------------------------------------------


def test_every_procedure_of_the_catalogue_has_a_journey(request: pytest.FixtureRequest) -> None:
    source = "".join(file.read_text("utf-8") for file in request.path.parent.glob("test_catalogue*.py"))
    codes = {folder.parent.name for folder in catalog.folders()}
    assert len(codes) >= 20
    assert [code for code in sorted(codes) if f'Journey("{code}"' not in source] == []
