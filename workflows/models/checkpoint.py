"""What the whole ledger was at a moment, signed: a head for all chains that can be kept elsewhere."""

import json
from hashlib import sha256
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from joserfc.jws import extract_compact

__all__ = ["Checkpoint"]


class Checkpoint(models.Model):
    """The entries since the checkpoint before, in one hash. Never changed; published, so that others keep it too."""

    number = models.PositiveIntegerField(unique=True)
    """1, 2, 3… without gaps."""
    at = models.DateTimeField()
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    """Ids of the first and the last entry in it."""
    token = models.TextField()
    """The signed statement: a JWS of the type `ledger-checkpoint+jwt`."""

    def __str__(self) -> str:
        return f"{self.number} {self.at.isoformat()}"

    @cached_property
    def claims(self) -> dict[str, Any]:
        """What the statement says, whoever signed it: `count` entries, and the `root` of the tree over their hashes."""
        return dict(json.loads(extract_compact(self.token.encode()).payload))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the signed statement: what the next one names, and what an authority stamps the time of."""
        return sha256(self.token.encode()).hexdigest()
