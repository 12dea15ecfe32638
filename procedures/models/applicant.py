"""The subjects of dossiers (enterprises and persons), and who may file for whom."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from procedures.models.organisation import Dated, User

__all__ = ["Representation", "Subject"]


class Subject(models.Model):  # type: ignore[django-manager-missing]  # the base of Dossier is untyped
    """Chủ hồ sơ: in whose name a dossier is filed. Of a dossier that is about no single holder: the agency itself."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", _("enterprise")
        PERSON = "person", _("person")
        AGENCY = "agency", _("agency")

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=250)
    tax_code = models.CharField(max_length=14, unique=True, null=True, blank=True)
    """10 digits, or 10 digits, a hyphen and 3 digits; empty for a person without one."""
    address = models.CharField(max_length=250)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return self.name


class Representation(Dated):
    """A user may file for a subject and see its dossiers, for a time."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="representations")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="representations")
    basis = models.CharField(max_length=200)
    """The mandate: legal representative, or number and date of the authorisation."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "subject", "since"], name="representation_once"),
            models.CheckConstraint(
                name="representation_period", condition=Q(until__isnull=True) | Q(until__gte=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.subject_id}"
