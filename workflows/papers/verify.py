"""Is this file a paper of ours, whole and signed by who had to? *Valid*, *invalid* or *indeterminate*, with reasons.

Every check gives a reason; the verdict follows from them: one failed → invalid; one that could not be decided →
indeterminate; else valid. pyHanko judges the signatures and what was changed after them; on top of it stand rules it
does not have (found by tampering): exactly the expected fields in their order; nothing after the last signature but one
revision of evidence and the archive's time stamps, to the last byte; the attached data and the whole file as the
register knows them; the certificate in time at the moment of signing; the right store and the right person. Never calls
the network.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Literal

import pikepdf
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation import SignatureCoverageLevel
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import async_validate_pdf_signature

from workflows.papers.archive import Chain, chain, end_of, holds_nothing_else, judging
from workflows.papers.longterm import updates
from workflows.papers.moments import Signed, stamp_of
from workflows.papers.pki import Store, store_of
from workflows.papers.trust import CertificateFacts, TrustStores, certificate_facts
from workflows.papers.verdicts import Reason, Verdict, conclude, reason
from workflows.papers.waiting import finish

__all__ = [
    "Claims",
    "Expectation",
    "ExpectedSignature",
    "PaperRecord",
    "Reason",
    "TrustStores",
    "Verdict",
    "claims",
    "verify",
]

Role = Literal["certification", "approval"]
logger = logging.getLogger(__name__)
_STORE_OF_FIELD: Mapping[str, Store] = {"Enterprise": "enterprise"}


@dataclass(frozen=True)
class ExpectedSignature:
    """One signature that must be there."""

    field: str
    role: Role
    identity: str = ""
    """Key reference that must stand in the certificate; empty: any of the field's store."""
    certificates: frozenset[str] = frozenset()
    """SHA-256 (hexadecimal) of certificates that are known to be this signer's, whatever stands in them."""


@dataclass(frozen=True)
class Expectation:
    """The signatures a paper must carry, in the order of signing, and no other."""

    signatures: tuple[ExpectedSignature, ...]


@dataclass(frozen=True)
class PaperRecord:
    """What the register knows of a paper."""

    code: str
    state: str
    """A state of the paper's life; only `published` is good."""
    file_sha256: str
    """Hash of the file that was issued; empty while there is none."""
    snapshot_sha256: str
    since: datetime | None = None
    """When the register recorded this file (aware): that it was there by then needs no other proof."""
    number: str = ""
    date: str = ""
    holder: str = ""


@dataclass(frozen=True)
class Claims:
    """What a file says of itself in its attached data: not to be believed, good for finding the record."""

    code: str
    number: str
    date: str
    holder: str
    sha256: str
    """Hash of the attached data."""


def claims(pdf: bytes) -> Claims | None:
    """What the file says of itself, or None where it carries no data of ours. Never raises."""
    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            data = _attached(document)
        facts = json.loads(data) if data is not None else None
        if data is None or not isinstance(facts, dict):
            return None
        return Claims(
            code=str(facts["verification"]["code"]),
            number=str(facts.get("number", "")),
            date=str(facts.get("date", "")),
            holder=str(facts.get("subject", {}).get("name", "")),
            sha256=hashlib.sha256(data).hexdigest(),
        )
    except Exception:  # a stranger's file may break a parser in any way; all of them mean: nothing to read
        return None


def _attached(document: pikepdf.Pdf) -> bytes | None:
    linked = list(document.Root.get("/AF", pikepdf.Array()))
    return bytes(linked[0]["/EF"]["/F"].read_bytes()) if linked else None


def verify(
    pdf: bytes,
    *,
    stores: TrustStores,
    expected: Expectation | None,
    record: PaperRecord | None,
    at: datetime,
    ask_register: bool = True,
) -> Verdict:
    """The verdict on `pdf`, as of `at` (aware).

    `expected` None takes the signatures that are there, at least one. `record` None with `ask_register` means the
    register knows no such paper, which alone makes the verdict indeterminate at best. Never raises for a bad file.
    """
    if at.tzinfo is None:
        raise ValueError("a verification needs the time zone of its moment")
    known = record is not None and record.file_sha256 == hashlib.sha256(pdf).hexdigest()
    since = record.since if record is not None and known else None
    try:
        reasons, test_keys = _examine(pdf, stores, expected, at, min(since or at, at))
    except Exception as error:  # same: a hostile file must give a verdict, not a traceback
        logger.info("a file could not be examined", exc_info=True)
        reasons, test_keys = [reason("file.readable", False, type(error).__name__), *_added(pdf)], False
    if record is not None:
        own = claims(pdf)
        same = own is not None and own.sha256 == record.snapshot_sha256
        reasons.append(reason("data.matches", same, record.number))
    if ask_register:
        reasons += _register(record, known)
    return conclude(reasons, test_keys=test_keys)


def _added(pdf: bytes) -> list[Reason]:
    """What can still be told of a file that no parser reads: whether it goes on after its last signature."""
    ranges = re.findall(rb"/ByteRange\s*\[\s*\d+\s+\d+\s+(\d+)\s+(\d+)", pdf)
    return [reason("file.end", False)] if ranges and sum(map(int, ranges[-1])) < len(pdf) else []


def _register(record: PaperRecord | None, known: bool) -> list[Reason]:
    if record is None:
        return [reason("register.known", None)]
    state = {"published": True, "void": False}.get(record.state)
    # Another file under a known code is no forgery by itself (its own signatures tell), but it was not issued.
    return [
        reason("register.known", True if known else None, record.number),
        reason("register.state", state, record.state),
    ]


@dataclass(frozen=True)
class _File:
    """What is the same for all signatures of a file."""

    stores: TrustStores
    kept: Chain
    extended: bool
    """Something stands after the last signature; whether it may is another check."""
    at: datetime


def _examine(
    pdf: bytes, stores: TrustStores, expected: Expectation | None, at: datetime, since: datetime
) -> tuple[list[Reason], bool]:
    """`since`: the file was there by then, whoever may ask now."""
    reader = PdfFileReader(BytesIO(pdf), strict=True)
    signatures = list(reader.embedded_regular_signatures)
    names = [str(signature.field_name) for signature in signatures]
    reasons = [reason("file.readable", True)]
    if expected is None:
        reasons.append(reason("signatures.expected", True if names else None, ", ".join(names)))
        expected = Expectation(tuple(_guess(name, index) for index, name in enumerate(names)))
    else:
        wanted = [one.field for one in expected.signatures]
        reasons.append(reason("signatures.expected", names == wanted, ", ".join(names)))
    kept = chain(reader, trusted=stores.time, at=since)
    end = end_of(signatures[-1]) if signatures else None
    reasons.append(reason("file.end", None if end is None else kept.is_all_after(updates(pdf, start=end))))
    if kept.count:
        reasons.append(reason("file.archived", kept.passed, kept.moment.isoformat() if kept.passed else ""))
    file = _File(stores, kept, extended=end != len(pdf), at=at)
    by_name = {one.field: one for one in expected.signatures}
    test_keys = False
    for index, signature in enumerate(signatures):
        wanted_one = by_name.get(names[index]) or _guess(names[index], index)
        found, is_test = _signature(signature, wanted_one, file, last=index == len(signatures) - 1)
        reasons += found
        test_keys = test_keys or is_test
    return reasons, test_keys


def _guess(name: str, index: int) -> ExpectedSignature:
    return ExpectedSignature(field=name, role="approval" if index else "certification")


def _store(wanted: ExpectedSignature) -> Store:
    return store_of(wanted.identity) if wanted.identity else _STORE_OF_FIELD.get(wanted.field, "public")


def _signature(
    signature: Any, wanted: ExpectedSignature, file: _File, *, last: bool
) -> tuple[list[Reason], bool]:
    """The checks of one signature, and whether it was made with a test key."""
    field, kept = wanted.field, file.kept
    own, of_time = file.stores.named(_store(wanted)), file.stores.time
    certificate = signature.signer_cert.dump()
    facts = certificate_facts(certificate, store=own, at=file.at)
    if facts.revocation == "unknown":
        own = own.also(kept.lists)  # only then: an old list could not speak against a newer one of ours
    claimed = signature.self_reported_timestamp
    if claimed is not None and claimed.tzinfo is None:
        claimed = None
    if (attached := next(extract_tst_data_iter(signature.signer_info, signed=False), None)) is not None:
        authority = extract_certificate_info(attached).signer_cert.dump()
        of_time = judging(authority, trusted=of_time, lists=kept.lists, at=kept.moment)
    status = finish(
        async_validate_pdf_signature(
            signature,
            signer_validation_context=own.context(claimed or file.at),
            ts_validation_context=of_time.context(kept.moment),
        )
    )
    stamp = stamp_of(status, by=kept.moment)
    stamped = stamp.proven if stamp else None
    proven = min(stamped or kept.moment, kept.moment)
    if facts.revocation == "unknown" and proven < file.at:
        # Nobody here knows of the certificate any more; the lists in the file do, as of the proven time.
        facts = certificate_facts(certificate, store=own, at=proven)
    signed = Signed(facts, claimed, proven)
    whole = (
        SignatureCoverageLevel.ENTIRE_FILE
        if last and not file.extended
        else SignatureCoverageLevel.ENTIRE_REVISION
    )
    # After the last signature nothing may come but what proves it; before, what the first one allows.
    calm = status.modification_level <= ModificationLevel.LTA_UPDATES if last else bool(status.docmdp_ok)
    level = signature.docmdp_level
    role = (
        level in (MDPPerm.NO_CHANGES, MDPPerm.FILL_FORMS) if wanted.role == "certification" else level is None
    )
    intact = bool(status.intact and status.valid) and holds_nothing_else(signature)
    unchanged = status.coverage >= whole and calm and role
    beside = (
        facts.organisation if facts.organisation != facts.holder else ""
    )  # a seal's holder is the agency itself
    holder = f"{facts.holder}, {beside}" if beside else facts.holder
    reasons = [
        reason("signature.intact", intact, holder, subject=field),
        reason("signature.unchanged", unchanged, subject=field),
        reason("signature.signer", _signer(wanted, facts, certificate), holder, subject=field),
        reason("signature.time", signed.in_time(), claimed.isoformat() if claimed else "", subject=field),
        *(
            [reason("signature.timestamp", stamp.passed, stamp.at.isoformat(), subject=field)]
            if stamp
            else []
        ),
        reason(
            "signature.revocation",
            signed.unrevoked(),
            facts.revoked_at.isoformat() if facts.revoked_at else "",
            subject=field,
        ),
        reason("signature.path", _path(status, facts, claimed), subject=field),
    ]
    return reasons, own.is_test and facts.issued_here


def _signer(wanted: ExpectedSignature, facts: CertificateFacts, certificate: bytes) -> bool | None:
    if wanted.identity:
        known = hashlib.sha256(certificate).hexdigest() in wanted.certificates
        return facts.issued_here and (known or facts.identity == wanted.identity)
    return True if facts.issued_here else None


def _path(status: Any, facts: CertificateFacts, moment: datetime | None) -> bool | None:
    """The whole path to the root, as the validator sees it at the moment of signing."""
    if status.trusted:
        return True
    explained = (
        not (status.intact and status.valid)
        or not facts.issued_here
        or facts.revocation != "good"
        or moment is None
        or not facts.valid_from <= moment <= facts.valid_until
    )
    return None if explained else False  # what other reasons say already does not count twice
