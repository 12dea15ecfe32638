"""Nobody signs with a certificate that may not: leader, clerk and applicant are told before, and the worker refuses."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from procedures.errors import Invalid
from procedures.models import LedgerEntry, User
from tests.scenarios import MONDAY, Play, actor
from workflows import service
from workflows.models import OutboxRow, Paper
from workflows.papers import custody, pki

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded", "keys")]
REVOKED = "Chứng thư số dùng cho chữ ký này đã bị thu hồi."
EXPIRED = "Chứng thư số dùng cho chữ ký này đã hết hạn."


def make(keys: Path, ref: str, **changes: Any) -> None:
    name = ref.partition(":")[2]
    pki.issue(keys, ref=ref, common_name=name, organisation=name, **changes)


def revoke(keys: Path, ref: str, at: datetime = MONDAY) -> None:
    make(keys, ref)
    pki.revoke(keys, ref=ref, at=at)


def page(username: str, name: str, play: Play) -> str:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client.get(reverse(name, args=[play.dossier.ref])).content.decode()


def refused(play: Play, who: str, node: str, outcome: str, **given: Any) -> None:
    """The act is refused for the certificate, and nothing is written."""
    entries = LedgerEntry.objects.count()
    with pytest.raises(Invalid) as caught:
        play.step(who, node, outcome, paper_sha256=play.result_sha256(), **given)
    assert [reason.code for reason in caught.value.reasons] == ["certificate"]
    assert LedgerEntry.objects.count() == entries


@pytest.mark.promise("papers.certificate-checked")
def test_the_leader_is_told_before_anything_is_signed(keys: Path) -> None:
    play = Play().prepared()
    make(keys, "official:cuctruong")
    assert "Có hiệu lực đến" in page("cuctruong", "office:sign", play)
    make(keys, "official:phocuctruong")
    revoke(keys, "official:cuctruong")
    refused(play, "cuctruong", "sign", "sign", stepped_up_at=MONDAY - timedelta(seconds=20))
    assert REVOKED in page("cuctruong", "office:sign", play)
    other = custody.certificate_to_sign("official:phocuctruong", at=MONDAY, by_hand=False)
    assert other is not None
    assert other.unfit is None, "the list names nobody else"


@pytest.mark.promise("papers.certificate-checked")
def test_the_agencys_certificate_is_checked_before_its_seal(keys: Path) -> None:
    play = Play().signed()
    revoke(keys, f"agency:{play.dossier.definition.agency}")
    refused(play, "vanthu", "seal", "seal")
    assert REVOKED in page("vanthu", "office:sign", play)


@pytest.mark.promise("papers.certificate-checked")
def test_an_enterprise_is_told_on_its_page(keys: Path) -> None:
    play = Play().draft()
    tax_code = play.dossier.subject.tax_code
    make(keys, f"enterprise:{tax_code}", not_after=MONDAY - timedelta(days=1))
    client = Client()
    client.force_login(User.objects.get(username=play.applicant))
    answer = client.post(reverse("portal:sign", args=[play.dossier.ref]))
    assert answer.status_code == 422
    assert EXPIRED in answer.content.decode()
    assert not Paper.objects.filter(dossier=play.dossier_id).exists()


@pytest.mark.promise("papers.certificate-checked")
def test_the_worker_refuses_too(keys: Path) -> None:
    """The certificate of the officer whose slip the system signs was revoked after the act."""
    play = Play().received()
    receipt = Paper.objects.get(dossier=play.dossier_id, kind="receipt")
    assert receipt.signer is not None
    revoke(keys, f"official:{receipt.signer.username}")
    play.work()
    receipt.refresh_from_db()
    assert receipt.state == "reserved"
    row = OutboxRow.objects.filter(subscriber="papers", state="queued").earliest("pk")
    assert "may not sign: revoked" in row.last_error


def test_without_a_current_list_nobody_signs_until_it_comes(keys: Path) -> None:
    play = Play().draft()
    who = actor(play.applicant)
    lists = (keys / "enterprise" / "ca.crl").read_bytes()
    make(keys, f"enterprise:{play.dossier.subject.tax_code}")
    (keys / "enterprise" / "ca.crl").write_bytes((keys / "enterprise" / "root.crl").read_bytes())
    with pytest.raises(Invalid) as caught:
        service.sign_declaration(actor=who, dossier_id=play.dossier_id)
    assert "out of date" in caught.value.reasons[0].message
    (keys / "enterprise" / "ca.crl").write_bytes(lists)
    assert service.sign_declaration(actor=who, dossier_id=play.dossier_id).state == "published"
