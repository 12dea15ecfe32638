"""Whether a certificate may sign, before it does: in force, not revoked by a current list, with a path to its root."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.papers.conftest import LEADER, SIGNED_AT
from workflows.papers import pki
from workflows.papers.keys import TestKeyStore
from workflows.papers.trust import TrustStore, TrustStores, examine

REF = "official:fit"


@pytest.fixture(scope="module")
def certificate(keys: TestKeyStore) -> bytes:
    assert keys.certificate(REF) is None
    made = keys.key(REF, holder=LEADER.holder, organisation=LEADER.organisation).chain[0]
    assert keys.certificate(REF) == made
    return made


def fit(certificate: bytes, store: TrustStore, at: datetime = SIGNED_AT) -> str | None:
    return examine(certificate, store=store, at=at).unfit


def test_a_certificate_in_force_may_sign(certificate: bytes, stores: TrustStores) -> None:
    assert fit(certificate, stores.public) is None


@pytest.mark.promise("papers.certificate-checked")
@pytest.mark.parametrize(
    ("at", "why"),
    [
        (pki.SIGNER_FROM, None),
        (pki.SIGNER_FROM - timedelta(seconds=1), "not_yet"),
        (pki.SIGNER_UNTIL, None),
        (pki.SIGNER_UNTIL + timedelta(seconds=1), "expired"),
    ],
)
def test_only_while_it_is_in_force(
    at: datetime, why: str | None, certificate: bytes, stores: TrustStores
) -> None:
    assert fit(certificate, stores.public, at) == why


@pytest.mark.promise("papers.certificate-checked")
def test_a_revoked_one_may_not(keys: TestKeyStore, keys_folder: Path) -> None:
    ref = "official:unfit-revoked"
    revoked = keys.key(ref, holder="A", organisation="B").chain[0]
    pki.revoke(keys_folder, ref=ref, at=SIGNED_AT)
    assert fit(revoked, TrustStores.load(keys_folder).public) == "revoked"


@pytest.mark.promise("papers.certificate-checked")
def test_without_a_current_list_nobody_signs(certificate: bytes, stores: TrustStores) -> None:
    assert fit(certificate, replace(stores.public, revocation_lists=())) == "unknown"


@pytest.mark.promise("papers.certificate-checked")
def test_another_world_is_a_stranger(certificate: bytes, stores: TrustStores) -> None:
    assert fit(certificate, stores.enterprise) == "stranger"


@pytest.mark.promise("papers.certificate-checked")
def test_an_authority_without_its_root_is_a_stranger(
    certificate: bytes, stores: TrustStores, keys_folder: Path
) -> None:
    """Issued by an authority that we hold, whose own root we do not trust."""
    assert fit(certificate, replace(stores.public, roots=stores.enterprise.roots)) == "stranger"


def test_a_certificate_for_the_time_signs_no_paper(keys_folder: Path, stores: TrustStores) -> None:
    made: dict[str, Any] = {"common_name": "A", "organisation": "B"}
    pki.issue(keys_folder, ref="time:other", not_after=datetime(2044, 1, 1, tzinfo=UTC), **made)
    found = pki.certificate(keys_folder, ref="time:other")
    assert found is not None
    assert fit(found, stores.public) == "stranger"
