"""The right that a decision gives, with a life of its own."""

import uuid
from typing import ClassVar

from django.db import models
from django_fsm import FSMField, transition


class Licence(models.Model):
    """A licence in a public register."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    register = models.CharField(max_length=40)
    number = models.CharField(max_length=60)
    dossier = models.OneToOneField("workflows.Dossier", on_delete=models.PROTECT, related_name="licence")
    paper = models.OneToOneField("workflows.Paper", on_delete=models.PROTECT, related_name="licence")
    subject = models.ForeignKey("procedures.Subject", on_delete=models.PROTECT, related_name="licences")
    state = FSMField(default="in_force", protected=True, max_length=20)
    issued_on = models.DateField()
    valid_until = models.DateField(null=True)
    """Last day in force; null: no expiry."""
    facts = models.JSONField(default=dict)
    """What the register shows, by field id of the definition."""
    search = models.TextField(blank=True)
    """Folded text for search without diacritics."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["register", "number"], name="one_licence_a_number"),
            models.CheckConstraint(
                condition=models.Q(state__in=["in_force", "suspended", "expired", "revoked", "surrendered"]),
                name="licence_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(field="state", source="in_force", target="suspended")
    def suspend(self) -> None:
        """The right rests."""

    @transition(field="state", source="suspended", target="in_force")
    def reinstate(self) -> None:
        """The right lives again."""

    @transition(field="state", source=["in_force", "suspended"], target="expired")
    def expire(self) -> None:
        """Its time is over."""

    @transition(field="state", source=["in_force", "suspended"], target="revoked")
    def revoke(self) -> None:
        """Taken back by the authority."""

    @transition(field="state", source=["in_force", "suspended"], target="surrendered")
    def surrender(self) -> None:
        """Given back by the holder."""
