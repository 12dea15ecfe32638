"""The rows of the ledger. Written through `procedures.ledger` only; triggers refuse any change."""

from django.db import models
from django.db.models import Q

__all__ = ["LedgerEntry"]

_HEX64 = r"^[0-9a-f]{64}$"


class LedgerEntry(models.Model):
    """One act in the chain of one subject. docs/ledger.md specifies the bytes that are hashed."""

    subject_kind = models.CharField(max_length=30)
    """What the chain is about: "dossier", "procedure_version", "calendar", "rights", "key", "connector"."""
    subject_id = models.BigIntegerField()
    sequence = models.PositiveIntegerField()
    """1, 2, 3… within the subject, without gaps."""
    at = models.DateTimeField()
    """UTC, to the microsecond."""
    actor = models.CharField(max_length=80)
    """A reference, never a name: "user:12", "system", "partner:vnsw"."""
    on_behalf_of = models.CharField(max_length=80, blank=True, default="")
    act = models.CharField(max_length=60)
    from_state = models.CharField(max_length=40, blank=True, default="")
    to_state = models.CharField(max_length=40, blank=True, default="")
    node = models.CharField(max_length=60, blank=True, default="")
    data = models.TextField()
    """Canonical JSON text, not jsonb, which would reorder keys. No personal data: references and salted hashes."""
    definition_sha256 = models.CharField(max_length=64, blank=True, default="")
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id", "sequence"], name="ledger_chain"),
            models.CheckConstraint(name="ledger_sequence", condition=Q(sequence__gte=1)),
            models.CheckConstraint(
                name="ledger_hashes", condition=Q(hash__regex=_HEX64) & Q(prev_hash__regex=_HEX64)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id}#{self.sequence} {self.act}"
