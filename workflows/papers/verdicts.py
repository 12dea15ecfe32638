"""The three-valued verdict on a file, and the sentences of its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["FIELD_TITLES", "Outcome", "Reason", "Verdict", "conclude", "reason"]

Outcome = Literal["valid", "invalid", "indeterminate"]


def gettext_noop(message: str) -> str:
    return message


@dataclass(frozen=True)
class Reason:
    """One check."""

    code: str
    """Stable name, such as `signature.intact`."""
    passed: bool | None
    """None: could not be decided."""
    message: str
    """English sentence, a message id for translation."""
    detail: str = ""
    """A name, a number, a moment (ISO 8601): data, never a sentence."""
    subject: str = ""
    """The signature field it is about; empty: the whole file. Titles: FIELD_TITLES."""


@dataclass(frozen=True)
class Verdict:
    """What was concluded, and why."""

    verdict: Outcome
    reasons: tuple[Reason, ...]
    test_keys: bool = False
    """Signed with keys of a test PKI: whatever the verdict, the paper has no legal value."""


FIELD_TITLES = {
    **{f"Countersigner{place}": gettext_noop("Countersignature") for place in (1, 2, 3)},
    "Leader": gettext_noop("Signature of the competent person"),
    "Officer": gettext_noop("Signature of the officer"),
    "Seal": gettext_noop("Digital seal of the agency"),
    "Enterprise": gettext_noop("Signature of the enterprise"),
}

_MESSAGES: dict[str, tuple[str, str, str]] = {
    # code: (passed, failed, could not be decided)
    "file.readable": (
        gettext_noop("The file can be read."),
        gettext_noop("The file is not a PDF that can be read."),
        "",
    ),
    "file.end": (
        gettext_noop("Nothing was added after the last signature but what proves it."),
        gettext_noop("Something was added after the last signature."),
        gettext_noop("The file carries no signature."),
    ),
    "file.archived": (
        gettext_noop("Time stamps over the whole file prove since when it has existed."),
        gettext_noop("A time stamp over the whole file is damaged, or not in its place."),
        gettext_noop(
            "The newest time stamp over the whole file proves nothing any more: its authority is not trusted, or has "
            "ended before another one was put on."
        ),
    ),
    "signatures.expected": (
        gettext_noop("The file carries the signatures that this kind of paper needs."),
        gettext_noop("The file does not carry exactly the signatures that this kind of paper needs."),
        gettext_noop("The file carries no signature."),
    ),
    "signature.intact": (
        gettext_noop("The signature matches the content it covers."),
        gettext_noop("The content was changed after it was signed, or the signature is damaged."),
        "",
    ),
    "signature.unchanged": (
        gettext_noop("No change was made that the signature does not allow."),
        gettext_noop("A change was made that the signature does not allow."),
        "",
    ),
    "signature.signer": (
        gettext_noop("The signer is the one who had to sign."),
        gettext_noop("The signer is not the one who had to sign."),
        gettext_noop("The certificate was issued by an authority that we do not know."),
    ),
    "signature.time": (
        gettext_noop("The certificate was in force when the paper was signed."),
        gettext_noop(
            "The certificate was not in force when the paper was signed, or that moment cannot be true."
        ),
        gettext_noop("The certificate has expired since, and nothing proves when the paper was signed."),
    ),
    "signature.timestamp": (
        gettext_noop("A time-stamping authority confirms that it was signed by then."),
        gettext_noop("The time stamp does not belong to this signature."),
        gettext_noop("The time stamp comes from an authority that we do not trust."),
    ),
    "signature.revocation": (
        gettext_noop("The certificate was not revoked when the paper was signed."),
        gettext_noop("The certificate had been revoked before the paper was signed."),
        gettext_noop("It could not be told whether the certificate was revoked."),
    ),
    "signature.path": (
        gettext_noop("The certificate leads to a root that we trust."),
        gettext_noop("The certificate does not lead to a root that we trust."),
        gettext_noop("The path to a trusted root could not be checked."),
    ),
    "data.matches": (
        gettext_noop("The data attached to the file is the data in the register."),
        gettext_noop("The data attached to the file is not the data in the register."),
        "",
    ),
    "register.known": (
        gettext_noop("This very file was issued: the register knows it."),
        "",
        gettext_noop("The register does not know this file: it was not issued by us."),
    ),
    "register.state": (
        gettext_noop("According to the register, the paper was issued."),
        gettext_noop("According to the register, the paper is void."),
        gettext_noop("According to the register, the paper has not been issued yet."),
    ),
}


def reason(code: str, passed: bool | None, detail: str = "", *, subject: str = "") -> Reason:
    """The reason `code` with the sentence for its outcome."""
    good, bad, open_ = _MESSAGES[code]
    message = open_ if passed is None else good if passed else bad
    return Reason(code=code, passed=passed, message=message, detail=detail, subject=subject)


def conclude(reasons: list[Reason], *, test_keys: bool) -> Verdict:
    """One failed → invalid; else one undecided → indeterminate; else valid."""
    outcomes = {one.passed for one in reasons}
    verdict: Outcome = "invalid" if False in outcomes else "indeterminate" if None in outcomes else "valid"
    return Verdict(verdict=verdict, reasons=tuple(reasons), test_keys=test_keys)
