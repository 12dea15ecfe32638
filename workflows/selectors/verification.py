"""Is this file a paper of ours? The register is asked by fingerprint and by code; the signatures are examined.

The bytes are looked at and forgotten: nothing here keeps them.
"""

import hashlib
from dataclasses import dataclass

from procedures.models import Agency
from procedures.now import now
from workflows.dossier.books import SIGNERS
from workflows.models import Extract, Paper
from workflows.papers import custody, issue
from workflows.papers.verify import Claims, Expectation, Verdict, claims, verify
from workflows.selectors.public import extract_by_code, extract_by_file, paper_by_code, paper_by_file

__all__ = ["Checked", "verify_file"]


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
    """The verdict on a file as of now. Never raises for a bad file.

    Raises FileNotFoundError where no trust store has been set up on this machine.
    """
    digest = hashlib.sha256(pdf).hexdigest()
    own = claims(pdf)
    paper = paper_by_file(sha256=digest) or (paper_by_code(code=own.code) if own else None)
    extract = (
        None if paper else extract_by_file(sha256=digest) or (extract_by_code(code=own.code) if own else None)
    )
    known = paper or extract
    verdict = verify(
        pdf,
        stores=custody.trust_stores(),
        expected=_expected(paper) if paper else _expected_of(extract) if extract else None,
        record=issue.record_of(known) if known else None,
        at=now(),
    )
    same = known is not None and digest == (known.sealed_sha256 or known.signed_sha256)
    return Checked(verdict, paper, extract, own, digest, same)


def _expected_of(extract: Extract) -> Expectation:
    references = [f"official:{extract.signer.username}", f"agency:{extract.agency_code}"]
    return issue.expectation_of(signers=SIGNERS, references=references)


def _expected(paper: Paper) -> Expectation:
    definition = paper.dossier.definition
    signers = definition.papers[paper.kind].signers
    agency = Agency.objects.get(code=definition.agency)
    named = {
        "seal": f"agency:{agency.code}",
        "applicant": f"enterprise:{paper.dossier.subject.tax_code}",
    }
    person = f"official:{paper.signer.username}" if paper.signer else ""
    return issue.expectation_of(signers=signers, references=[named.get(signer, person) for signer in signers])
