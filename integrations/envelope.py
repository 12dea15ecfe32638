"""The words that the backbone and every partner share: what goes out, what comes back, what went wrong.

Pure: knows neither Django nor a wire. A transport receipt and a business answer are two things, and only a document
whose signature was verified becomes an `Answer`.
"""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

__all__ = [
    "Answer",
    "AnswerKind",
    "CredentialRefused",
    "DeliveryError",
    "Document",
    "Facts",
    "Held",
    "NotSent",
    "OutcomeClass",
    "PeerError",
    "PeerFault",
    "Throttled",
    "Unknown",
    "Unmappable",
    "Unreadable",
    "Unverified",
    "UseReport",
    "excerpt",
]

Facts = Mapping[str, Any]
"""What `workflows.selectors.licence_document` returns."""


@dataclass(frozen=True, slots=True)
class Document:
    """A message in its final form: validated, signed, never changed again."""

    type: str
    """The partner's code of the message type."""
    function: str
    content: bytes
    content_type: str


class AnswerKind(enum.StrEnum):
    """What a verified answer says."""

    RECEIPT = "receipt"
    """The peer holds the message; its decision follows."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TECHNICAL = "technical"
    """The peer could not process it now, and says so under its signature: to be sent again, unchanged."""


@dataclass(frozen=True, slots=True)
class PeerFault:
    """One error named by a peer."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified and validated document from a peer about one of our messages."""

    peer_id: str
    """The peer's own identifier of this answer; repeated when the peer repeats the answer."""
    about: str
    """Wire id of our message."""
    kind: AnswerKind
    faults: tuple[PeerFault, ...] = ()
    reference: str = ""
    """The peer's registration number, when it gives one."""


@dataclass(frozen=True, slots=True)
class Held:
    """A message of ours as it stands in a peer's book."""

    wire_id: str
    sha256: str
    """Of the bytes that the peer has, in hexadecimal."""
    verdict: AnswerKind
    """RECEIPT: it has not decided."""


@dataclass(frozen=True, slots=True)
class UseReport:
    """A verified and validated document in which a peer says what of a licence was used."""

    peer_id: str
    """The peer's own identifier of this report; repeated when the peer repeats it."""
    register: str
    number: str
    year: int
    """Of the licence."""
    declaration: str
    used_on: date
    lines: Mapping[int, int]
    """Place on the licence → how much; empty where the declaration is cancelled."""
    cancelled: bool = False


class OutcomeClass(enum.StrEnum):
    """What became of one attempt. Decides whether, when and how the message is tried again."""

    OPEN = "open"
    """Under way; or its worker died, and nobody knows."""
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    """Certainly not taken: no connection."""
    THROTTLED = "throttled"
    UNKNOWN = "unknown"
    """Perhaps taken: the same bytes under the same id must be sent again."""
    CREDENTIAL = "credential"
    """Keys, certificates or tokens do not fit: the connector is closed for a while, the message is not blamed."""
    PEER_ERROR = "peer_error"
    LOCAL = "local"
    """Our own fault; never reported as one of the line or of the peer."""


class DeliveryError(Exception):
    """An attempt that brought no answer which may be believed."""

    outcome = OutcomeClass.UNKNOWN
    trips_breaker = False
    """Whether it speaks against the line as a whole, and not only against this message."""

    def __init__(
        self, text: str, *, status: int | None = None, retry_after: float = 0.0, line: bool = False
    ) -> None:
        super().__init__(text)
        self.status = status
        self.retry_after = retry_after
        """Seconds that the peer asked us to wait."""
        self.trips_breaker = line or self.trips_breaker


class NotSent(DeliveryError):
    outcome = OutcomeClass.NOT_SENT
    trips_breaker = True


class Throttled(DeliveryError):
    outcome = OutcomeClass.THROTTLED


class Unknown(DeliveryError):
    outcome = OutcomeClass.UNKNOWN


class CredentialRefused(DeliveryError):
    outcome = OutcomeClass.CREDENTIAL
    trips_breaker = True


class PeerError(DeliveryError):
    outcome = OutcomeClass.PEER_ERROR


class Unverified(Exception):
    """The signature is missing, wrong, by a key that is not pinned, or does not cover the whole document."""


class Unreadable(Exception):
    """Not the document it should be: no XML, a DOCTYPE, too large, or against its schema."""


class Unmappable(Exception):
    """The facts cannot be said in the partner's words; each reason names the field."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


_HIDE = (
    re.compile(r"(?i)\bbearer\s+[\w.~+/=-]+"),
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    re.compile(r"[A-Za-z0-9+/_=-]{40,}"),
    re.compile(r"\d{9,}(?:-\d{3})?"),
)


def excerpt(raw: bytes | str, *, limit: int = 300) -> str:
    """The beginning of what a peer sent, without tokens, long numbers and addresses; for officers and logs."""
    text = raw[: 4 * limit].decode("utf-8", "replace") if isinstance(raw, bytes) else raw[: 4 * limit]
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    for pattern in _HIDE:
        text = pattern.sub("[…]", text)
    return text[:limit]
