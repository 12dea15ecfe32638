"""Is this file a paper of ours? The register is asked by fingerprint and by code; the signatures are examined.

The bytes are looked at and forgotten: nothing here keeps them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from procedures.errors import Busy, Reason
from procedures.models import Agency
from procedures.now import now
from workflows.models import Extract, Paper, SignerCertificate
from workflows.papers import custody, issue
from workflows.papers.verify import Claims, Expectation, Verdict, claims, verify
from workflows.selectors.public import extract_by_code, extract_by_file, paper_by_code, paper_by_file

__all__ = ["Checked", "expected_of", "verify_file"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found out about a file."""

    verdict: Verdict
    paper: Paper | None
    """The published paper that the file is, or says it is; None when the register knows none."""
    extract: Extract | None
    """The published extract of a register that it is, or says it is."""
    claims: Claims | None
    """What the file says of itself: not to be believed."""
    sha256: str
    same_file: bool
    """Byte for byte the file that was issued."""


def verify_file(pdf: bytes) -> Checked:
    """The verdict on a file as of now. Never raises for a bad file. Raises Busy where nobody is trusted here yet."""
    try:
        stores = custody.trust_stores()
    except FileNotFoundError as error:
        message = gettext_noop("Papers cannot be checked here yet: no certificate of an authority is set up.")
        raise Busy(
            Reason("no_trust", message, remedy=gettext_noop("Nothing is lost. Try again later."))
        ) from error
    digest = hashlib.sha256(pdf).hexdigest()
    own = claims(pdf)
    paper = paper_by_file(sha256=digest) or (paper_by_code(code=own.code) if own else None)
    extract = (
        None if paper else extract_by_file(sha256=digest) or (extract_by_code(code=own.code) if own else None)
    )
    known = paper or extract
    record = issue.record_of(known) if known else None
    if known is not None and record is not None:
        archived = known.archive_stamps.filter(file_sha256=digest).first()
        if archived is not None:
            record = replace(record, file_sha256=digest, since=archived.at)
    verdict = verify(
        pdf,
        stores=stores,
        expected=expected_of(known) if known else None,
        record=record,
        at=now(),
    )
    same = record is not None and digest == record.file_sha256
    return Checked(verdict, paper, extract, own, digest, same)


def expected_of(paper: Paper | Extract) -> Expectation:
    """Whose signatures a published paper, or an extract of a register, must carry."""
    if isinstance(paper, Extract):
        return _expected(paper.signers, paper.references)
    definition = paper.dossier.definition
    signers = definition.papers[paper.kind].signatures
    agency = Agency.objects.get(code=definition.agency)
    named = {
        "seal": f"agency:{agency.code}",
        "applicant": f"enterprise:{paper.dossier.subject.tax_code}",
    }
    person = f"official:{paper.signer.username}" if paper.signer else ""
    before = paper.countersignatures.order_by("place").values_list("signer__username", flat=True)
    countersigners = (f"official:{username}" for username in (before if "countersigner" in signers else ()))
    return _expected(
        signers,
        [
            next(countersigners, "nobody") if signer == "countersigner" else named.get(signer, person)
            for signer in signers
        ],
    )


def _expected(signers: Sequence[str], references: Sequence[str]) -> Expectation:
    used: dict[str, set[str]] = {}
    rows = SignerCertificate.objects.filter(reference__in=references)
    for reference, sha256 in rows.values_list("reference", "sha256"):
        used.setdefault(reference, set()).add(sha256)
    certificates = {reference: frozenset(known) for reference, known in used.items()}
    return issue.expectation_of(signers=signers, references=references, certificates=certificates)
