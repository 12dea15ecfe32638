"""Time stamps that an authority gave for signatures of ours: asked for once, kept as evidence."""

from django.db import models

__all__ = ["Timestamp"]


class Timestamp(models.Model):
    """One time stamp (RFC 3161). It is kept before the signed file is, so that the file can be made again, the same."""

    imprint = models.CharField(max_length=64, unique=True)
    """SHA-256 of the signature value, hexadecimal."""
    token = models.BinaryField()
    """DER TimeStampToken."""
    at = models.DateTimeField()
    """The moment in the token."""

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.imprint[:12]}"
