"""A file, known by what is in it: one row a content, however often and under whatever name it was handed in.

The bytes lie in the data folder under their own SHA-256 (`workflows.files`). The names that people gave belong to the
pieces that refer to the file. Nothing is downloaded or opened by an official before the state is `clean`.
"""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from procedures.errors import Reason


class StoredFile(FSMModelMixin, models.Model):
    """One content. The small life is the table of `transition`s below; `clean` is final, `refused` nearly so."""

    class State(models.TextChoices):
        QUARANTINED = "quarantined", _("file is being checked")
        CLEAN = "clean", _("file passed the checks")
        REFUSED = "refused", _("file not accepted")

    sha256 = models.CharField(max_length=64, unique=True, validators=[RegexValidator(r"^[0-9a-f]{64}$")])
    """Of the bytes as they were received, lower-case hexadecimal."""
    size = models.PositiveBigIntegerField()
    """In bytes."""
    media_type = models.CharField(max_length=100)
    """What the bytes are, found by looking at them; never what the sender claimed."""
    state = FSMField(default=State.QUARANTINED, choices=State.choices, protected=True)
    findings = models.JSONField(default=list, blank=True)
    """Why the file is not accepted, or why it could not be checked yet: objects with the fields of `Reason`."""
    checked_at = models.DateTimeField(null=True, blank=True)
    """When a check last ended, in UTC; empty before the first."""
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="storedfile_quarantined", condition=Q(state="quarantined"))
        ]
        constraints = [
            models.CheckConstraint(
                name="storedfile_sha256_is_hexadecimal", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")
            )
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.media_type} {self.state}"

    @transition(field=state, source=State.QUARANTINED, target=State.CLEAN)
    def pass_checks(self) -> None:
        """Every verifier found nothing."""
        self.findings = []

    @transition(field=state, source=State.QUARANTINED, target=State.REFUSED)
    def refuse(self, *, findings: list[dict[str, Any]]) -> None:
        """A verifier found something; the findings are kept for the sender."""
        self.findings = findings

    @transition(field=state, source=[State.QUARANTINED, State.REFUSED], target=State.CLEAN)
    def vouch(self) -> None:
        """We made these very bytes ourselves; somebody else had handed them in before."""
        self.findings = []

    @property
    def is_clean(self) -> bool:
        """Whether the bytes may be shown to anybody."""
        return bool(self.state == self.State.CLEAN)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The findings as reasons, each with its remedy; to be translated where they are shown."""
        return tuple(Reason(**finding) for finding in self.findings)
