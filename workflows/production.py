"""From a frozen paper to its published bytes, after the commit: rendered, signed, sealed by a worker.

Every step gives the same bytes whenever it is made again, and the row says which steps are done, so a worker that
dies anywhere simply starts over: one paper, one file a step. A slip goes through all its steps at once; a decision
stops where a person must read, and comes back through the act path.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from procedures import catalog
from procedures.models import Agency, User
from procedures.now import now
from workflows import files
from workflows.faults import fault
from workflows.flow.lock import locked
from workflows.models import Extract, Paper, RemoteSignature, SignerCertificate, Timestamp
from workflows.papers import custody, issue, numbering
from workflows.papers.kept import KeptKey
from workflows.papers.keys import Key, KeysAway, KeyStore, OneKey
from workflows.papers.templates import LAYOUTS
from workflows.papers.timestamps import TimestampProblem
from workflows.papers.trust import Certificate, Unfit

__all__ = [
    "CertificateUnfit",
    "KeysAway",
    "TimestampProblem",
    "advance",
    "checked",
    "official",
    "produce_declaration",
    "produce_extract",
    "signatory_of",
    "signers_of",
]

PDF = "application/pdf"


class CertificateUnfit(RuntimeError):
    """The certificate may not sign now; nothing was signed."""

    def __init__(self, ref: str, why: Unfit) -> None:
        super().__init__(f"{ref} may not sign: {why}")
        self.why = why


def checked(signatory: issue.Signatory, *, der: bytes | None = None) -> issue.Signatory:
    """The signatory, whose certificate may sign now: `der`, or else that of the key that signs by itself.

    Raises CertificateUnfit.
    """
    if der is not None:
        certificate: Certificate | None = custody.examined(der, ref=signatory.ref, at=now())
    else:
        certificate = custody.certificate_to_sign(signatory.ref, at=now(), by_hand=False)
    if certificate is not None and certificate.unfit is not None:
        raise CertificateUnfit(signatory.ref, certificate.unfit)
    return signatory


def noted(signatory: issue.Signatory, key: Key | None = None) -> KeyStore:
    """The key that signs for the signatory, `key` or else the one that signs by itself; whose certificate it has is
    noted before it does (`SignerCertificate`). Raises keys.KeyMissing, keys.KeysAway."""
    if key is None:
        names = {"holder": signatory.holder, "organisation": signatory.organisation}
        key = custody.key_store().key(signatory.ref, **names)
    digest = hashlib.sha256(key.chain[0]).hexdigest()
    SignerCertificate.objects.get_or_create(reference=signatory.ref, sha256=digest, defaults={"since": now()})
    return OneKey(key)


def timestamp(imprint: bytes) -> bytes:
    """The time stamp over the SHA-256 of a signature: asked for once and kept, so that a worker that died after
    signing makes the same bytes again. Raises TimestampProblem."""
    kept = Timestamp.objects.filter(imprint=imprint.hex()).first()
    if kept is None:
        token = custody.time_authority().token(imprint)
        kept, _new = Timestamp.objects.get_or_create(
            imprint=imprint.hex(), defaults={"token": token.der, "at": token.at}
        )
    return bytes(kept.token)


def signers_of(paper: Paper) -> tuple[str, ...]:
    """A definition's words for who signs the paper, in their order."""
    return paper.dossier.definition.papers[paper.kind].signatures


def render(paper: Paper) -> str:
    """Render the frozen content; SHA-256 of the stored file."""
    kind = paper.dossier.definition.papers[paper.kind]
    pdf = issue.produce_render(
        paper,
        template=catalog.template(paper.dossier.definition_sha256, kind.template),
        signers=kind.signatures,
        watermark=custody.watermark(kind.signatures),
    )
    return _keep(pdf, "rendered")


def countersign(paper: Paper) -> str:
    """Put the newest countersignature on the newest bytes; SHA-256 of the stored file."""
    newest = paper.countersignatures.latest("place")
    return _sign(paper, newest.place, newest.at, "countersigned")


def sign(paper: Paper) -> str:
    """Put the signer's signature on the newest bytes; SHA-256 of the stored file."""
    assert paper.approved_at is not None
    return _sign(paper, paper.countersigners, paper.approved_at, "signed")


def seal(paper: Paper) -> str:
    """Put the agency's seal on the signed bytes; SHA-256 of the stored file."""
    assert paper.checked_at is not None
    return _sign(paper, signers_of(paper).index("seal"), paper.checked_at, "sealed")


def _sign(paper: Paper, place: int, at: datetime, what: str) -> str:
    kept = _kept(paper, place, at) if what != "sealed" and paper.pk is not None else None
    signatory = checked(signatory_of(paper, place), der=kept.chain[0] if kept else None)
    pdf = issue.produce_signature(
        paper,
        base=paper.file_sha256,
        place=place,
        signers=signers_of(paper),
        signatory=signatory,
        keys=noted(signatory, kept),
        read=files.read,
        at=at,
        timestamp=timestamp,
        evidence=custody.trust_stores,
    )
    return _keep(pdf, what)


def _kept(paper: Paper, place: int, at: datetime) -> KeptKey | None:
    """The signature of that place that a remote service made for that moment, if one did."""
    made = RemoteSignature.objects.filter(paper=paper, place=place, at=at).first()
    if made is None:
        return None
    chain = tuple(bytes(one) for one in made.chain)
    return KeptKey(chain, bytes.fromhex(made.digest), bytes(made.value))


def _keep(pdf: bytes, what: str) -> str:
    fault(f"paper.before_{what}_stored")
    digest = files.put_bytes(pdf, PDF).sha256
    fault(f"paper.after_{what}_stored")
    return digest


def official(paper: Paper, person: User) -> issue.Signatory:
    """An official who signs a paper in their own name."""
    agency = Agency.objects.get(code=paper.dossier.definition.agency)
    return issue.Signatory(f"official:{person.username}", person.full_name, agency.name_vi)


def signatory_of(paper: Paper, place: int) -> issue.Signatory:
    """Who puts the signature of this place on the paper."""
    word = signers_of(paper)[place]
    if word == "seal":
        agency = Agency.objects.get(code=paper.dossier.definition.agency)
        return issue.Signatory(f"agency:{agency.code}", agency.name_vi, agency.name_vi)
    if word == "applicant":
        subject = paper.dossier.subject
        return issue.Signatory(f"enterprise:{subject.tax_code}", subject.name, subject.name)
    if word == "countersigner":
        return official(paper, paper.countersignatures.select_related("signer").get(place=place).signer)
    assert paper.signer is not None
    return official(paper, paper.signer)


def produce_declaration(paper: Paper) -> tuple[str, str]:
    """Render and sign an applicant's declaration that is not saved yet; (rendered, signed) SHA-256."""
    rendered = render(paper)
    paper.rendered_sha256 = rendered
    return rendered, sign(paper)


def advance(paper_id: int) -> tuple[str, dict[str, str]] | None:
    """Make the next bytes of a paper.

    A slip is rendered, signed, sealed and published here. Of a decision, the next step's outcome and files come
    back, to be recorded by the act path; None when nothing is to be made now.
    """
    paper = Paper.objects.select_related("dossier__subject", "signer", "number").get(pk=paper_id)
    if signers_of(paper)[0] == "officer":
        _advance_slip(paper)
        return None
    if paper.state == "reserved":
        return "rendered", {"rendered": render(paper)} | _of_annexes(paper, render)
    if paper.state == "countersigning":
        return "countersigned", {"countersigned": countersign(paper)}
    if paper.state == "approved":
        return "signed", {"signed": sign(paper)}
    if paper.state == "checked":
        outcome = "granted" if paper.kind == "decision" else "refused"
        return outcome, {"sealed": seal(paper)} | _of_annexes(paper, seal)
    return None


def _of_annexes(paper: Paper, make: Callable[[Paper], str]) -> dict[str, str]:
    """The same for each annex of the paper, by its name in the act's files."""
    made = {}
    if paper.dossier.definition.annexes_of(paper.kind):
        for annex in paper.annexes.all():
            annex.dossier = paper.dossier
            made[f"annex-{annex.pk}"] = make(annex)
    return made


def _advance_slip(paper: Paper) -> None:
    """All steps of a slip; the moments of signing are that of its making, so that it can be made again."""
    if paper.state in ("published", "void"):
        return
    paper.approved_at = paper.checked_at = paper.created_at
    rendered = paper.rendered_sha256 = render(paper)
    signed = paper.signed_sha256 = sign(paper)
    sealed = seal(paper)
    fault("paper.before_recorded")
    with transaction.atomic():
        locked(paper.dossier_id)
        row = Paper.objects.select_related("number").get(pk=paper.pk)
        if row.state != "reserved":
            return
        row.rendered(sha256=rendered)
        row.approve()
        row.signed(sha256=signed)
        row.check_form()
        row.sealed(sha256=sealed)
        row.publish()
        row.approved_at = row.checked_at = row.created_at
        row.published_at = now()
        row.save()
        if row.number is not None:
            numbering.use(row.number)
    fault("paper.after_recorded")


def produce_extract(extract_id: int) -> None:
    """Render, sign, seal and publish an extract; its moments are that of its making, so that it can be made again."""
    row = Extract.objects.select_related("signer").get(pk=extract_id)
    if row.state != "reserved":
        return
    agency = Agency.objects.get(code=row.agency_code)
    template = (LAYOUTS / row.layout).read_text("utf-8")
    row.rendered_sha256 = _keep(
        issue.produce_render(
            row, template=template, signers=row.signers, watermark=custody.watermark(row.signers)
        ),
        "rendered",
    )
    names = (*([row.signer.full_name] if row.signer else []), agency.name_vi)
    for place, (reference, holder) in enumerate(zip(row.references, names, strict=True)):
        signatory = issue.Signatory(reference, holder, agency.name_vi)
        column = "sealed_sha256" if row.signers[place] == "seal" else "signed_sha256"
        pdf = issue.produce_signature(
            row,
            base=row.file_sha256,
            place=place,
            signers=row.signers,
            signatory=checked(signatory),
            keys=noted(signatory),
            read=files.read,
            at=row.created_at,
            timestamp=timestamp,
            evidence=custody.trust_stores,
        )
        setattr(row, column, _keep(pdf, column.removesuffix("_sha256")))
    row.publish()
    row.published_at = now()
    row.save()
