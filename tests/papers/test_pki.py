"""The test PKI: private files, one key a reference, also when two processes ask at once."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography import x509

from tests.papers.conftest import LEADER
from workflows.papers import pki
from workflows.papers.keys import WATERMARK, TestKeyStore
from workflows.papers.trust import TrustStores


def test_nobody_else_can_read_a_key(keys: TestKeyStore, keys_folder: Path) -> None:
    keys.key(LEADER.ref, holder=LEADER.holder, organisation=LEADER.organisation)
    files = [path for path in keys_folder.rglob("*") if path.is_file()]
    assert any(path.name == "key.pem" for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    folders = [path for path in keys_folder.rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_a_key_is_made_once_whoever_asks(keys_folder: Path, keys: TestKeyStore) -> None:
    pki.ensure(keys_folder)
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda _: TestKeyStore(keys_folder).key("official:race", holder="A").chain[0], range(4))
        )
    assert len(set(found)) == 1
    assert keys.key("official:race", holder="Somebody else").chain[0] == found[0]


def test_references_that_look_alike_have_their_own_keys(keys_folder: Path) -> None:
    one = pki.issue(keys_folder, ref="official:a.b", common_name="A", organisation="X")
    other = pki.issue(keys_folder, ref="official:a-b", common_name="A", organisation="X")
    assert one != other


def test_the_two_worlds_have_their_own_roots(stores: TrustStores) -> None:
    assert stores.public.roots != stores.enterprise.roots
    for store in (stores.public, stores.enterprise):
        assert store.is_test
        root = x509.load_der_x509_certificate(store.roots[0])
        assert WATERMARK in root.subject.rfc4514_string()


def test_a_real_root_is_left_alone(tmp_path: Path) -> None:
    """The test PKI makes its other worlds beside it."""
    real = tmp_path / "public"
    real.mkdir()
    (real / "root-2026.pem").write_bytes(b"somebody else's")
    pki.issue(tmp_path, ref="enterprise:0101234567", common_name="A", organisation="A")
    assert [path.name for path in real.iterdir()] == ["root-2026.pem"]
    assert (tmp_path / "time" / "ca.crl").exists()
