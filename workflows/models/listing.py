"""Which dossiers a decision over a list is about."""

from typing import ClassVar

from django.db import models

__all__ = ["ListedDossier"]


class ListedDossier(models.Model):
    """A dossier that was put on a list. Written when the list is opened, and never changed: whether the list still
    holds it, its own life tells."""

    list = models.ForeignKey("workflows.Dossier", on_delete=models.PROTECT, related_name="listed")
    """The dossier whose decision is over the list."""
    dossier = models.ForeignKey("workflows.Dossier", on_delete=models.PROTECT, related_name="lists")
    place = models.PositiveSmallIntegerField()
    """Its row in the list, from 1."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["list", "place"], name="one_dossier_a_place"),
            models.UniqueConstraint(fields=["list", "dossier"], name="listed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.list_id}: {self.place}. {self.dossier_id}"
