"""From the frozen facts of a paper to its bytes: render, sign, seal. Pure steps: no row is written here.

Each step depends on the paper's row and on files that never change, and gives the same bytes whenever it is made
again. So a worker killed at any point may simply start over: the content-addressed store holds one file.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Protocol

from workflows.papers import guard, longterm, sign
from workflows.papers.cms import TimeStamp
from workflows.papers.keys import KeyStore
from workflows.papers.render import Renderer, WeasyRenderer, qr_text
from workflows.papers.snapshot import ATTACHMENT_NAME, sha256
from workflows.papers.stamps import (
    CornerStamp,
    CountersignerStamp,
    EnterpriseStamp,
    PersonStamp,
    SealStamp,
    Stamp,
)
from workflows.papers.templates import fill
from workflows.papers.trust import TrustStores
from workflows.papers.verify import Expectation, ExpectedSignature, PaperRecord

__all__ = [
    "PaperFacts",
    "PaperFaulty",
    "Signatory",
    "expectation_of",
    "fields_of",
    "produce_render",
    "produce_signature",
    "record_of",
]

_FIELDS = {"leader": "Leader", "officer": "Officer", "applicant": "Enterprise", "seal": "Seal"}
"""A definition's word for a signer → name of the signature field in the layout. Countersigners are numbered."""


class PaperFaulty(RuntimeError):
    """The paper must not go on: its facts or files are not those of the row, or the guard found faults."""

    def __init__(self, message: str, findings: Sequence[guard.Finding] = ()) -> None:
        details = "; ".join(f"{one.code} {one.detail}".strip() for one in findings)
        super().__init__(f"{message}: {details}" if details else message)
        self.findings = tuple(findings)


class PaperFacts(Protocol):
    """What a step reads of a paper's row."""

    ref: uuid.UUID
    title: str
    code: str
    statement: str
    state: str
    snapshot: str
    snapshot_sha256: str
    template_sha256: str
    signed_sha256: str
    sealed_sha256: str
    created_at: datetime
    published_at: datetime | None


@dataclass(frozen=True)
class Signatory:
    """Who signs: a key reference and the names that a test key is made for."""

    ref: str
    """`official:<username>`, `agency:<code>` or `enterprise:<tax code>`."""
    holder: str
    organisation: str


@cache
def _renderer() -> Renderer:
    return WeasyRenderer()


def fields_of(signers: Sequence[str]) -> tuple[str, ...]:
    """The signature fields of a kind of paper, in the order of signing: `("leader", "seal")` → Leader, Seal."""
    return tuple(_FIELDS.get(signer, f"Countersigner{place}") for place, signer in enumerate(signers, 1))


def produce_render(
    paper: PaperFacts,
    *,
    template: str,
    signers: Sequence[str],
    watermark: str | None,
    renderer: Renderer | None = None,
) -> bytes:
    """The paper as PDF/A-3, guarded, ready to be read and signed; `watermark`: words that every page must carry.

    `template` is the text whose hash the row holds; `signers` come from the definition. Raises PaperFaulty,
    templates.TemplateProblem or render.RenderProblem; then nothing may be signed.
    """
    if sha256(paper.snapshot) != paper.snapshot_sha256:
        raise PaperFaulty("the frozen facts are not those of the recorded hash")
    if sha256(template) != paper.template_sha256:
        raise PaperFaulty("the template is not that of the recorded hash")
    facts = json.loads(paper.snapshot)
    pdf = (renderer or _renderer()).render(
        html=fill(template=template, snapshot=facts),
        attachment=paper.snapshot.encode(),
        attachment_name=ATTACHMENT_NAME,
        title=_title(paper, facts),
        identifier=paper.ref.bytes,
        created=paper.created_at,
        watermark=watermark,
        qr=qr_text(
            url=facts["verification"]["url"], code=facts["verification"]["code"], statement=paper.statement
        ),
    )
    if findings := guard.check(
        pdf,
        attachment_sha256=paper.snapshot_sha256,
        expected_text=_must_be_readable(facts, watermark),
        fields=fields_of(signers),
    ):
        raise PaperFaulty("the rendered paper breaks the rules", findings)
    return pdf


def produce_signature(
    paper: PaperFacts,
    *,
    base: str,
    place: int,
    signers: Sequence[str],
    signatory: Signatory,
    keys: KeyStore,
    read: Callable[[str], bytes],
    at: datetime,
    timestamp: TimeStamp | None,
    evidence: Callable[[], TrustStores] | None,
) -> bytes:
    """The paper with one signature more, that of `signers[place]`, on the file whose SHA-256 is `base`: the first
    certifies, each later one approves all before it.

    `read` gives a file by its SHA-256; `at` (aware) is the moment recorded in the row, never the present, and
    `timestamp` gives the same token for the same signature, so that the same bytes come out again. With the last
    signature comes what a later validation needs, from the stores that `evidence` gives (longterm.py). Raises
    PaperFaulty, keys.KeyMissing, keys.KeysAway, sign.SignatureProblem or timestamps.TimestampProblem.
    """
    pdf = read(base) if base else b""
    if not pdf or sha256(pdf) != base:
        raise PaperFaulty("the file to sign is not the one of the recorded hash")
    if not 0 <= place < len(signers):
        raise PaperFaulty(f"this kind of paper has no signature {place + 1}")
    role, field = signers[place], fields_of(signers)[place]
    key = keys.key(signatory.ref, holder=signatory.holder, organisation=signatory.organisation)
    stamp = _stamp(role, signatory.holder or key.holder, json.loads(paper.snapshot), at)
    put = sign.approve if place else sign.certify
    signed = put(pdf, key=key, field=field, stamp=stamp, at=at, timestamp=timestamp)
    if evidence is None or place != len(signers) - 1:
        return signed
    return longterm.with_evidence(signed, stores=evidence())


def expectation_of(
    *,
    signers: Sequence[str],
    references: Sequence[str],
    certificates: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> Expectation:
    """Whose signatures the paper must carry: `references` are the key references, in the order of `signers`;
    `certificates` those that are known to be theirs (reference → SHA-256, hexadecimal)."""
    return Expectation(
        tuple(
            ExpectedSignature(
                field=field,
                role="approval" if index else "certification",
                identity=reference,
                certificates=certificates.get(reference, frozenset()),
            )
            for index, (field, reference) in enumerate(zip(fields_of(signers), references, strict=True))
        )
    )


def record_of(paper: PaperFacts) -> PaperRecord:
    """The register's record of a paper, for a verification."""
    facts = json.loads(paper.snapshot)
    return PaperRecord(
        code=paper.code,
        state=paper.state,
        file_sha256=paper.sealed_sha256 or paper.signed_sha256,
        snapshot_sha256=paper.snapshot_sha256,
        since=paper.published_at,
        number=facts.get("number") or "",
        date=facts.get("date") or "",
        holder=facts.get("subject", {}).get("name", ""),
    )


def _title(paper: PaperFacts, facts: dict[str, Any]) -> str:
    return f"{paper.title} {facts['number']}" if facts.get("number") else paper.title


def _must_be_readable(facts: dict[str, Any], watermark: str | None) -> list[str]:
    wanted = [
        facts["subject"]["name"],
        facts["verification"]["code"],
        facts.get("number") or "",
        watermark or "",
    ]
    return [text for text in wanted if text]


def _stamp(role: str, holder: str, facts: dict[str, Any], at: datetime) -> Stamp:
    if role == "seal" and "annex" in facts:
        return CornerStamp(at=at, number=f"Số: {facts['number']}", name=holder)
    if role == "seal" and "copied" in facts:
        return CornerStamp(at=at, name=holder)
    if role == "seal":
        return SealStamp(at=at, name=holder, parent=facts["agency"]["parent"])
    if role == "applicant":
        # A certificate holds at most 64 characters of a name; the page shows the whole of it.
        full = facts["subject"]["name"]
        return EnterpriseStamp(
            at=at, name=full if full.startswith(holder) else holder, tax_code=facts["subject"]["tax_code"]
        )
    stamp = CountersignerStamp if role == "countersigner" else PersonStamp
    return stamp(at=at, name=holder)
