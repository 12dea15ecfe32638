"""A licence offered to its holder as a machine-readable credential, until a wallet has fetched it."""

from typing import ClassVar

from django.conf import settings
from django.db import models

__all__ = ["CredentialOffer"]


class CredentialOffer(models.Model):
    """One offer: a code for a wallet, digits for the person, then a token. Of each secret only a SHA-256 is kept."""

    licence = models.ForeignKey(
        "workflows.Licence", on_delete=models.PROTECT, related_name="credential_offers"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    """Until when the code, and later the token, is taken."""
    code_sha256 = models.CharField(max_length=64, unique=True)
    pin_sha256 = models.CharField(max_length=64)
    """Over code and digits together."""
    tries = models.PositiveSmallIntegerField(default=0)
    """How often digits came for the code, right or wrong."""
    token_sha256 = models.CharField(max_length=64, blank=True)
    """Empty: no wallet has come with code and digits."""
    key_thumbprint = models.CharField(max_length=43, blank=True)
    """RFC 7638, of the wallet's key that the credential was bound to; empty before."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "token_sha256", condition=~models.Q(token_sha256=""), name="one_offer_a_token"
            ),
            models.CheckConstraint(
                condition=models.Q(key_thumbprint="") | ~models.Q(token_sha256=""),
                name="credential_after_token",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.licence_id} {self.made_at.isoformat()}"
