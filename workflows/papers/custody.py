"""Where this installation keeps its keys, whom it trusts, and who tells it the time: for whoever signs or verifies."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from procedures.now import now
from workflows.papers import pki
from workflows.papers.keys import KeyStore, TestKeyStore
from workflows.papers.timestamps import TestTimeAuthority, Timestamper, over_http
from workflows.papers.trust import Certificate, TrustStore, TrustStores, examine

__all__ = ["certificate_to_sign", "key_store", "time_authority", "trust_stores"]


def _folder() -> Path:
    return Path(settings.KEYS_DIR)


def key_store() -> KeyStore:
    """Where the signing keys are. Only test keys so far; their papers bear the watermark BẢN THỬ."""
    return _keys(_folder())


@lru_cache(maxsize=1)
def _keys(folder: Path) -> KeyStore:
    return TestKeyStore(folder)


def trust_stores() -> TrustStores:
    """The worlds of signatures below KEYS_DIR. Raises FileNotFoundError where none has been set up."""
    if (_folder() / "public").exists() and not (_folder() / "time").exists():
        pki.ensure(_folder())  # test keys from before signatures were stamped
    return TrustStores.load(_folder())


def time_authority() -> Timestamper:
    """Who stamps the time of a signature: the authority at TSA_URL, else that of the test keys.

    Raises FileNotFoundError before the first key was asked for.
    """
    ask = over_http(settings.TSA_URL) if settings.TSA_URL else _test_authority(_folder()).answer
    return Timestamper(ask, trusted=TrustStore.load(_folder(), "time"), clock=now)


@lru_cache(maxsize=1)
def _test_authority(folder: Path) -> TestTimeAuthority:
    return TestTimeAuthority(folder, clock=now)


def certificate_to_sign(ref: str, *, at: datetime) -> Certificate | None:
    """The certificate that a key reference signs with, and whether it may at `at` (aware).

    Validity and path are checked before each signature (Decree 68/2024/ND-CP Art. 31-32, as reported). None for a test
    key that has not been made yet: it is made when it is needed, so nothing speaks against it.
    """
    der = key_store().certificate(ref)
    if der is None:
        return None
    return examine(der, store=TrustStore.load(_folder(), pki.store_of(ref)), at=at)
