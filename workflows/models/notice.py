"""What the applicant is told, in the portal and by mail."""

from typing import ClassVar

from django.db import models


class Notice(models.Model):
    """One message to the people of a subject about one entry of the dossier's ledger."""

    dossier = models.ForeignKey("workflows.Dossier", on_delete=models.PROTECT, related_name="notices")
    subject = models.ForeignKey("procedures.Subject", on_delete=models.PROTECT, related_name="notices")
    sequence = models.PositiveIntegerField()
    """The ledger entry that it tells of."""
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dossier", "sequence", "kind"], name="one_notice_an_entry")
        ]
        indexes: ClassVar = [models.Index(fields=["subject", "-id"], name="notice_of_subject")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.dossier_id}"
