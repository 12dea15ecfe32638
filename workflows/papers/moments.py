"""When a signature was made, and whether its certificate was good then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflows.papers.trust import CertificateFacts

__all__ = ["CLOCK_SKEW", "Signed", "Stamp", "stamp_of"]

CLOCK_SKEW = timedelta(minutes=5)
"""By how much two honest clocks may differ."""


@dataclass(frozen=True)
class Stamp:
    """What a time-stamping authority says of a signature: that it was there at this moment at the latest."""

    at: datetime
    passed: bool | None
    """False: it is of something else, damaged, or of a moment that cannot be; None: the authority is not trusted."""

    @property
    def proven(self) -> datetime | None:
        """The moment, where it is to be believed."""
        return self.at if self.passed else None


def stamp_of(status: Any, *, by: datetime) -> Stamp | None:
    """The time stamp in pyHanko's status of a signature that was there `by` then; None where it has none."""
    found = status.timestamp_validity
    if found is None:
        return None
    whole = bool(found.intact and found.valid and found.timestamp <= by + CLOCK_SKEW)
    return Stamp(found.timestamp, (True if found.trusted else None) if whole else False)


@dataclass(frozen=True)
class Signed:
    """When a signature was made: what the signer says, and what proves it."""

    facts: CertificateFacts
    claimed: datetime | None
    proven: datetime
    """It was there at this moment at the latest: a time-stamping authority says so, or our register of this very file,
    or whoever holds it now."""

    def in_time(self) -> bool | None:
        """In time when signed; and where nothing but the signer's word tells when that was, still in time now."""
        facts, claimed = self.facts, self.claimed
        if claimed is None or claimed > self.proven + CLOCK_SKEW:
            return False
        if not facts.valid_from <= claimed <= facts.valid_until:
            return False
        return True if self.proven <= facts.valid_until else None

    def unrevoked(self) -> bool | None:
        """Not revoked when signed; one that says it was signed before the revocation has to prove it."""
        if self.facts.revocation != "revoked":
            return True if self.facts.revocation == "good" else None
        revoked_at = self.facts.revoked_at
        if self.claimed is None or revoked_at is None or revoked_at <= self.claimed:
            return False
        return True if self.proven < revoked_at else None
