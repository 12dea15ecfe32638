"""What the whole ledger was at a moment, signed: a head for all chains that can be kept elsewhere."""

from hashlib import sha256

from django.db import models

__all__ = ["Checkpoint"]


class Checkpoint(models.Model):
    """The entries since the checkpoint before, in one hash. Never changed; published, so that others keep it too."""

    number = models.PositiveIntegerField(unique=True)
    """1, 2, 3… without gaps."""
    at = models.DateTimeField()
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    """Ids of the first and the last entry in it."""
    count = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    """Of the tree over the hashes of its entries, by id (procedures.ledger.tree)."""
    token = models.TextField()
    """The signed statement: a JWS of the type `ledger-checkpoint+jwt`."""

    def __str__(self) -> str:
        return f"{self.number} {self.at.isoformat()}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the signed statement: what the next one names, and what an authority stamps the time of."""
        return sha256(self.token.encode()).hexdigest()
