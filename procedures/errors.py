"""The one tree of errors that people may read.

Each error has a stable code, an HTTP status and a sentence (an English message id with its parameters, translated
where it is shown). What is expected to be refused travels as a `Verdict`, not as an exception; an exception carries
a verdict out of a transaction so that everything rolls back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a verdict: what, on which ground, and what to do about it."""

    code: str
    message: str
    """English message id, with named %(placeholders)s."""
    params: Mapping[str, object] = field(default_factory=dict)
    article: str = ""
    remedy: str = ""
    """English message id of the next step; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed (True), refused (False) or undetermined (None), with every reason."""

    allowed: bool | None
    reasons: tuple[Reason, ...] = ()

    def __bool__(self) -> bool:
        return self.allowed is True


ALLOWED = Verdict(True)


def refused(*reasons: Reason) -> Verdict:
    """A refusal with all its reasons."""
    return Verdict(False, reasons)


class MotcuaError(Exception):
    """Root of every error that carries a sentence for a person."""

    status = 400
    code = "error"

    def __init__(self, *reasons: Reason) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reason.message % dict(reason.params) for reason in reasons) or self.code)


class Refused(MotcuaError):
    """The act is not allowed: wrong person, wrong state, or a rule of the procedure."""

    status = 403
    code = "refused"


class WrongState(Refused):
    """The dossier is no longer where the act supposes it to be; somebody was faster, or the page is stale."""

    status = 409
    code = "wrong_state"


class Conflict(MotcuaError):
    """The same idempotency key came with another body, or the page was stale."""

    status = 409
    code = "conflict"


class Invalid(MotcuaError):
    """What was sent is incomplete or wrong; each reason names its field in `params["field"]`."""

    status = 422
    code = "invalid"


class NotFound(MotcuaError):
    """There is no such thing, or the actor may not know of it."""

    status = 404
    code = "not_found"


class Busy(MotcuaError):
    """The dossier is held by another act; try again in a moment."""

    status = 503
    code = "busy"
