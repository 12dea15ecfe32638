"""Keys on a PKCS#11 device, a real one (SoftHSM): found by reference, used for digests only, away and back again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from tests.papers.conftest import LEADER, SEAL, Signed
from tests.papers.hsm import PIN, Hsm, needs_softhsm
from tests.papers.test_sign import pdfsig
from tests.papers.test_verify__tampering import judge
from workflows.papers import pki
from workflows.papers.keys import KeyMissing, KeysAway
from workflows.papers.tokens import TokenKeyStore
from workflows.papers.trust import TrustStores

pytestmark = needs_softhsm
DIGEST = hashlib.sha256(b"Motcua").digest()


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authorities")
    pki.ensure(folder)
    return folder


@pytest.fixture
def hsm(tmp_path: Path) -> Hsm:
    found = Hsm.begin(tmp_path / "hsm")
    found.insert()
    return found


def issue(keys: Path, ref: str, **changes: object) -> Path:
    return pki.issue(keys, ref=ref, common_name="Lê Văn Tám", organisation="Bộ Y tế", **changes)  # type: ignore[arg-type]


@pytest.fixture
def store(hsm: Hsm, authorities: Path) -> TokenKeyStore:
    hsm.put(issue(authorities, LEADER.ref), ref=LEADER.ref)
    return hsm.store(authorities)


def signs(store: TokenKeyStore, ref: str = LEADER.ref) -> bool:
    key = store.key(ref)
    public = x509.load_der_x509_certificate(key.chain[0]).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(key.sign(digest=DIGEST), DIGEST, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    return True


@pytest.mark.promise("papers.keys-on-a-token")
def test_a_key_on_the_token_signs_and_shows_its_path(store: TokenKeyStore, authorities: Path) -> None:
    key = store.key(LEADER.ref)
    assert signs(store)
    assert key.holder == "Lê Văn Tám"
    assert key is store.key(LEADER.ref), "what is prepared for a key is prepared once"
    names = [x509.load_der_x509_certificate(der).subject.rfc4514_string() for der in key.chain]
    assert len(names) == 3
    assert "Test root" in names[2]
    assert not list((authorities / "signers").glob("official*")), "no private key lies in a file"
    assert store.references() == [LEADER.ref]
    with pytest.raises(ValueError, match="32 bytes"):
        key.sign(digest=b"short")


@pytest.mark.promise("papers.keys-on-a-token")
def test_whom_the_token_does_not_know_has_no_key(store: TokenKeyStore, hsm: Hsm, authorities: Path) -> None:
    with pytest.raises(KeyMissing):
        store.key("official:somebody")
    with pytest.raises(ValueError, match="not a key reference"):
        store.certificate("somebody")
    hsm.put(issue(authorities, "agency:BYT"), ref="agency:BYT", key_id=b"\2", key=False)
    with pytest.raises(KeyMissing):
        store.certificate("agency:BYT")


@pytest.mark.promise("papers.keys-on-a-token")
def test_a_renewed_certificate_is_taken_at_once(store: TokenKeyStore, hsm: Hsm, authorities: Path) -> None:
    old = store.key(LEADER.ref)
    newer = issue(authorities, LEADER.ref, not_before=datetime(2026, 1, 1, tzinfo=UTC))
    hsm.put(newer, ref=LEADER.ref, key_id=b"\7")
    assert store.certificate(LEADER.ref) != old.chain[0]
    assert store.key(LEADER.ref) is not old
    assert signs(store)


@pytest.mark.promise("papers.keys-away")
def test_a_token_that_is_away_is_waited_for(store: TokenKeyStore, hsm: Hsm) -> None:
    key = store.key(LEADER.ref)
    hsm.take_away()
    for ask in (lambda: key.sign(digest=DIGEST), lambda: store.key(LEADER.ref), store.references):
        with pytest.raises(KeysAway):
            ask()
    hsm.bring_back()
    assert signs(store)
    assert key.sign(digest=DIGEST)


@pytest.mark.promise("papers.keys-away")
def test_before_it_is_there_and_with_another_library_it_is_away(
    tmp_path: Path, authorities: Path, hsm: Hsm
) -> None:
    empty = Hsm.begin(tmp_path / "other").store(authorities)
    with pytest.raises(KeysAway):
        empty.certificate(LEADER.ref)
    empty.module = tmp_path / "no-library.so"
    with pytest.raises(KeysAway, match="cannot be loaded"):
        empty.certificate(LEADER.ref)
    empty.pin_file = tmp_path / "no-pin"
    with pytest.raises(KeysAway):
        empty.certificate(LEADER.ref)


@pytest.mark.promise("papers.keys-away")
def test_a_refused_pin_is_not_tried_again_until_its_file_changes(
    store: TokenKeyStore, hsm: Hsm, authorities: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device locks itself after some wrong PINs, and a queue would go on trying."""
    hsm.pin_file.write_text("1111-wrong")
    with pytest.raises(KeysAway):
        store.certificate(LEADER.ref)
    monkeypatch.setattr(
        "workflows.papers.tokens.load_library", lambda _path: pytest.fail("the device was asked again")
    )
    for one in (store, hsm.store(authorities)):
        with pytest.raises(KeysAway, match="not tried again"):
            one.certificate(LEADER.ref)
    monkeypatch.undo()
    hsm.pin_file.write_text(PIN)
    os.utime(hsm.pin_file, ns=(0, 0))
    assert signs(store)
    assert "2468" not in (hsm.folder / "refused").read_text()


@pytest.mark.promise("papers.keys-on-a-token")
def test_a_process_that_was_forked_asks_in_a_session_of_its_own(store: TokenKeyStore) -> None:
    assert signs(store)
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if signs(store) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert signs(store)


@pytest.mark.promise("papers.keys-on-a-token")
def test_a_paper_signed_on_the_token_is_as_good_as_any(
    hsm: Hsm, make: Callable[..., Signed], keys_folder: Path, stores: TrustStores, tmp_path: Path
) -> None:
    """Signed twice there: the bytes are the same, as they are from a file."""
    names = {"leader": ("official:on.token", b"\1"), "seal": ("agency:TOKEN", b"\2")}
    for ref, key_id in names.values():
        home = pki.issue(keys_folder, ref=ref, common_name=LEADER.holder, organisation=SEAL.holder)
        hsm.put(home, ref=ref, key_id=key_id)
    device = hsm.store(keys_folder)
    who = {role: type(LEADER)(ref, LEADER.holder, SEAL.holder) for role, (ref, _id) in names.items()}
    paper = make(**who, store=device)
    verdict = judge(paper.sealed, paper, stores)
    assert verdict.verdict == "valid"
    assert pdfsig(paper.sealed, tmp_path) == ["Signature is Valid."] * 2
    assert make(**who, store=device).sealed == paper.sealed
