"""Signatures of keys that sign once: kept before the act that uses them, so that the file can be made at any time."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

__all__ = ["RemoteSignature"]


class RemoteSignature(models.Model):
    """What a remote signing service made of one digest, under an authorisation by its holder.

    Kept before the act; where the act is refused after all, it stays unused and is in no file.
    """

    paper = models.ForeignKey("workflows.Paper", on_delete=models.PROTECT, related_name="remote_signatures")
    digest = models.CharField(max_length=64, unique=True)
    """SHA-256 of the attributes that were signed, hexadecimal."""
    value = models.BinaryField()
    """RSA PKCS#1 v1.5."""
    chain = ArrayField(models.BinaryField())
    """DER certificates as they were then: the signer's first, then the authorities up to the root."""
    at = models.DateTimeField()
    """When its holder authorised it: the moment that the signature says, and the act's second factor."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "at"], name="one_authorisation_a_moment")
        ]

    def __str__(self) -> str:
        return f"{self.paper} {self.at.isoformat()}"
