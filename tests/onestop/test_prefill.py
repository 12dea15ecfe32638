"""What the applicant need not type or hand in again: from the profile, a licence, an earlier dossier, the store."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from procedures.errors import NotFound
from procedures.models import User
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN, inspection
from tests.onestop.office_desk import text_of
from tests.scenarios import ANSWERS, Play, actor
from workflows import service
from workflows.models import Dossier, Piece

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("forms.prefilled")]


def draft(procedure: str, who: str = "doanhnghiep1") -> Dossier:
    one = actor(who)
    return service.start_draft(actor=one, procedure=procedure, subject_id=one.subjects[0])


def save(dossier: Dossier, section: str, values: Any, who: str = "doanhnghiep1") -> Dossier:
    dossier, errors = service.save_answers(
        actor=actor(who), dossier_id=dossier.pk, section=section, values=values, revision=dossier.revision
    )
    assert not errors
    return dossier


def test_the_devices_of_a_licence_stand_in_its_amendment_once_it_is_named() -> None:
    held = Journey("device-import", ANSWERS, PLAN).filed().played().licence
    dossier = draft("device-import-amendment")
    assert "devices" not in dossier.answers
    dossier = save(
        dossier,
        "change",
        {"licence_held": held.number, "why": "Giảm số lượng.", "importer_name": "Sông Hồng"},
    )
    rows = dossier.answers["devices"]
    assert [row["name"] for row in rows] == [row["name"] for row in ANSWERS["devices"]]
    assert "year" not in rows[0]  # the amendment does not ask for it
    dossier = save(dossier, "devices", rows[:1])
    dossier = save(
        dossier, "change", {"licence_held": held.number, "why": "Giảm nữa.", "importer_name": "Sông Hồng"}
    )
    assert len(dossier.answers["devices"]) == 1  # what the applicant wrote is not overwritten


def test_a_licence_of_somebody_else_fills_in_nothing() -> None:
    held = Journey("device-import", ANSWERS, PLAN).filed().played().licence
    other = draft("device-import-amendment", "doanhnghiep2")
    service.save_answers(
        actor=actor("doanhnghiep2"),
        dossier_id=other.pk,
        section="change",
        values={"licence_held": held.number, "why": "x", "importer_name": "y"},
        revision=other.revision,
    )
    assert "devices" not in Dossier.objects.get(pk=other.pk).answers


def test_the_next_batch_begins_as_the_last_one_was() -> None:
    assert "manufacturer" not in draft("food-import-inspection").answers
    inspection({})
    answers = draft("food-import-inspection").answers
    assert (answers["product_name"], answers["manufacturer"]) == ("Sữa bột nguyên kem", "Southern Dairy Ltd.")
    assert "arrival" not in answers
    assert "manufacturer" not in draft("food-import-inspection", "doanhnghiep2").answers


@pytest.mark.promise("pieces.reused")
class TestStore:
    """A certificate that was handed in with one dossier is used again in another."""

    @pytest.fixture
    def earlier(self) -> Piece:
        play = Play().received()
        return Piece.objects.get(dossier=play.dossier_id, piece="iso_13485")

    def address(self, ref: UUID) -> str:
        return reverse("portal:pieces", args=[ref])

    def client(self, who: str = "doanhnghiep1") -> Client:
        one = Client()
        one.force_login(User.objects.get(username=who))
        return one

    def test_it_is_offered_and_handed_in_again_without_an_upload(self, earlier: Piece) -> None:
        dossier = draft("device-free-sale")
        page = self.client().get(self.address(dossier.ref)).content.decode()
        assert f'value="iso_13485.{earlier.pk}"' in page
        assert f"đã nộp ngày 02/03/2026 trong hồ sơ {earlier.dossier.code}" in text_of(page)
        answer = self.client().post(self.address(dossier.ref), {"reuse": f"iso_13485.{earlier.pk}"})
        assert answer.status_code == 302 or answer.status_code == 303
        again = Piece.objects.get(dossier=dossier)
        assert (again.file_id, again.name, again.piece) == (earlier.file_id, earlier.name, "iso_13485")
        assert (
            f'value="iso_13485.{earlier.pk}"'
            not in self.client().get(self.address(dossier.ref)).content.decode()
        )

    @pytest.mark.parametrize("what", ["of somebody else", "for another paper", "not there", "not reusable"])
    def test_what_is_not_ones_own_or_not_reusable_is_unknown(self, earlier: Piece, what: str) -> None:
        who = "doanhnghiep2" if what == "of somebody else" else "doanhnghiep1"
        dossier = draft("device-free-sale", who)
        other = next(piece.id for piece in dossier.definition.pieces if not piece.reusable)
        piece = {"for another paper": other, "not reusable": other}.get(what, "iso_13485")
        number = {"not there": 10**9}.get(what, earlier.pk)
        with pytest.raises(NotFound):
            service.reuse_piece(actor=actor(who), dossier_id=dossier.pk, piece=piece, earlier=number)
        answer = self.client(who).post(self.address(dossier.ref), {"reuse": f"{piece}.{number}"})
        assert answer.status_code == 404
        assert not Piece.objects.filter(dossier=dossier).exists()
