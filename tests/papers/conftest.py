"""A test PKI, a renderer and one signed decision, made once for all tests of papers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.papers import samples
from workflows.papers import issue, pki
from workflows.papers.cms import TimeStamp
from workflows.papers.keys import WATERMARK, TestKeyStore
from workflows.papers.render import Renderer, WeasyRenderer
from workflows.papers.snapshot import canonical, sha256
from workflows.papers.timestamps import TestTimeAuthority, Timestamper
from workflows.papers.trust import TrustStore, TrustStores
from workflows.papers.verify import Expectation, PaperRecord

SIGNED_AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SEALED_AT = SIGNED_AT + timedelta(minutes=7)
LATER = datetime(2026, 3, 3, tzinfo=UTC)
LEADER = issue.Signatory("official:phuong.nth", "Nguyễn Thị Hồng Phượng", "Cục Hạ tầng và Thiết bị y tế")
SEAL = issue.Signatory("agency:HTTB", "Cục Hạ tầng và Thiết bị y tế", "Bộ Y tế")
ENTERPRISE = issue.Signatory(
    "enterprise:0101234567",
    "Công ty Cổ phần Thiết bị Y tế Ánh Dương",
    "Công ty Cổ phần Thiết bị Y tế Ánh Dương",
)
SIGNERS = {"decision": ("leader", "seal"), "refusal": ("leader", "seal"), "declaration": ("applicant",)}


@dataclass
class Row:
    """A paper's row without a database."""

    kind: str
    snapshot: str
    template: str
    title: str = "Quyết định"
    code: str = samples.CODE
    state: str = "published"
    ref: uuid.UUID = field(default_factory=lambda: uuid.UUID(int=7))
    rendered_sha256: str = ""
    signed_sha256: str = ""
    sealed_sha256: str = ""
    created_at: datetime = SIGNED_AT - timedelta(hours=1)
    published_at: datetime | None = SEALED_AT + timedelta(minutes=1)

    @property
    def statement(self) -> str:
        return samples.STATEMENT if self.kind == "decision" else ""

    @property
    def snapshot_sha256(self) -> str:
        return sha256(self.snapshot)

    @property
    def template_sha256(self) -> str:
        return sha256(self.template)

    @property
    def signers(self) -> tuple[str, ...]:
        return SIGNERS.get(self.kind, ("officer", "seal"))


@dataclass
class Signed:
    """A decision at each stage."""

    row: Row
    rendered: bytes
    signed: bytes
    sealed: bytes
    record: PaperRecord
    expected: Expectation


@pytest.fixture(scope="session", autouse=True)
def _short_keys() -> Iterator[None]:
    """Tests make many keys; 2048 bits are made several times faster, and nothing else depends on the length."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pki, "KEY_BITS", 2048)
        yield


@pytest.fixture(scope="session")
def keys_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def keys(keys_folder: Path) -> TestKeyStore:
    return TestKeyStore(keys_folder)


@pytest.fixture(scope="session")
def stores(keys: TestKeyStore, keys_folder: Path) -> TrustStores:
    keys.key(LEADER.ref, holder=LEADER.holder, organisation=LEADER.organisation)
    return TrustStores.load(keys_folder)


def stamping(folder: Path, *, at: datetime = SEALED_AT) -> TimeStamp:
    """The test authority's time stamps, all of one moment, kept as the product keeps them: one for each signature."""
    stamper = Timestamper(
        TestTimeAuthority(folder, clock=lambda: at).answer, TrustStore.load(folder, "time"), clock=lambda: at
    )
    kept: dict[bytes, bytes] = {}

    def stamp(imprint: bytes) -> bytes:
        if imprint not in kept:
            kept[imprint] = stamper.token(imprint).der
        return kept[imprint]

    return stamp


@pytest.fixture(scope="session")
def timestamp(keys_folder: Path) -> TimeStamp:
    return stamping(keys_folder)


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return WeasyRenderer()


@pytest.fixture(scope="session")
def make(
    keys: TestKeyStore, renderer: Renderer, timestamp: TimeStamp, stores: TrustStores
) -> Callable[..., Signed]:
    """Make and sign a decision; `leader` and `seal` say who signs, the times when."""

    def make_one(
        *,
        leader: issue.Signatory = LEADER,
        seal: issue.Signatory = SEAL,
        signed_at: datetime = SIGNED_AT,
        sealed_at: datetime = SEALED_AT,
        store: TestKeyStore = keys,
        timestamp: TimeStamp | None = timestamp,
        **changes: object,
    ) -> Signed:
        row = Row("decision", canonical(samples.decision(**changes)), samples.template("decision"))
        files: dict[str, bytes] = {}
        rendered = issue.produce_render(
            row, template=row.template, signers=row.signers, watermark=WATERMARK, renderer=renderer
        )
        files[sha256(rendered)] = rendered
        row.rendered_sha256 = sha256(rendered)
        signed = issue.produce_signature(
            row,
            base=row.rendered_sha256,
            place=0,
            signers=row.signers,
            signatory=leader,
            keys=store,
            read=files.__getitem__,
            at=signed_at,
            timestamp=timestamp,
            evidence=lambda: stores,
        )
        files[sha256(signed)] = signed
        row.signed_sha256 = sha256(signed)
        sealed = issue.produce_signature(
            row,
            base=row.signed_sha256,
            place=1,
            signers=row.signers,
            signatory=seal,
            keys=store,
            read=files.__getitem__,
            at=sealed_at,
            timestamp=timestamp,
            evidence=lambda: stores,
        )
        row.sealed_sha256 = sha256(sealed)
        expected = issue.expectation_of(signers=row.signers, references=(leader.ref, seal.ref))
        return Signed(row, rendered, signed, sealed, issue.record_of(row), expected)

    return make_one


@pytest.fixture(scope="session")
def decision(make: Callable[..., Signed]) -> Signed:
    return make()
