"""Who signed: the certificates that were used, and the signatures of keys that sign once."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

__all__ = ["RemoteSignature", "SignerCertificate"]


class RemoteSignature(models.Model):
    """What a remote signing service made of one digest, under an authorisation by its holder.

    Kept before the act, so that the file can be made at any time; where the act is refused after all, it stays unused
    and is in no file.
    """

    paper = models.ForeignKey("workflows.Paper", on_delete=models.PROTECT, related_name="remote_signatures")
    place = models.PositiveSmallIntegerField(default=0, db_default=0)
    """Whose signature it is: the place in the order of signing, from 0."""
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
            models.UniqueConstraint(fields=["paper", "place", "at"], name="one_authorisation_a_moment")
        ]

    def __str__(self) -> str:
        return f"{self.paper} {self.at.isoformat()}"


class SignerCertificate(models.Model):
    """A certificate with which somebody signed here, written before its first signature.

    Certificates of real authorities name a person or an agency in words of their own, and never by our reference: that
    this one was the key of that official is what this installation knows.
    """

    reference = models.CharField(max_length=200)
    """Key reference, such as `official:<username>`."""
    sha256 = models.CharField(max_length=64)
    """Of the DER certificate, hexadecimal."""
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reference", "sha256"], name="one_use_a_certificate")
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.sha256[:12]}"
