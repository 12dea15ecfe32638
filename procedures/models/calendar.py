"""The working calendar as data, with the decision that says so, and how an agency reads the evening hour.

Both are changed by two people: one proposes, another applies.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

__all__ = ["CalendarDay", "CalendarProposal", "CalendarYear", "TermReading"]


class CalendarYear(models.Model):
    """One year of the calendar, and how sure we are of it."""

    class Status(models.TextChoices):
        OFFICIAL = "official", _("official")
        UNCHECKED = "unchecked", _("not checked against the decision")
        PROVISIONAL = "provisional", _("provisional")

    year = models.PositiveSmallIntegerField(primary_key=True)
    decision = models.CharField(max_length=200, blank=True)
    """Number and date of the decision; empty when it is not known."""
    status = models.CharField(max_length=20, choices=Status.choices)

    def __str__(self) -> str:
        return f"{self.year} {self.status}"


class CalendarDay(models.Model):
    """A day that is not what its weekday says: off, or a make-up working day."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("day off")
        MAKEUP = "makeup", _("make-up working day")

    date = models.DateField(unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name_vi = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    decision = models.CharField(max_length=200, blank=True)
    """The decision that sets this very day, where it is another than the year's."""
    year = models.ForeignKey(CalendarYear, on_delete=models.PROTECT, related_name="days")

    class Meta:
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"

    def name(self, lang: str = "vi") -> str:
        """The name of the day in `lang` ("vi" or "en")."""
        return self.name_en if lang == "en" else self.name_vi


class Proposal(FSMModelMixin, models.Model):
    """What one person proposes, and another applies or declines."""

    state = FSMField(default="proposed", protected=True, max_length=10)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @transition(field="state", source="proposed", target="applied")
    def apply(self) -> None:
        """Another person has decided so: it is in force, now or from its day."""

    @transition(field="state", source="proposed", target="declined")
    def decline(self) -> None:
        """It stays as it was."""


class CalendarProposal(Proposal):
    """What a year of the calendar shall be."""

    year = models.PositiveSmallIntegerField()
    content = models.JSONField()
    """{"status", "decision", "days": [{"on", "kind", "vi", "en", "decision"}]}."""
    based_on = models.PositiveIntegerField()
    """Ledger sequence of the year when it was proposed: what has changed since, must be proposed anew."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["year"], condition=models.Q(state="proposed"), name="one_proposal_a_year"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["proposed", "applied", "declined"]), name="proposal_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.state}"


class TermReading(Proposal):
    """From when an agency counts the term of what was taken in after the evening hour (docs/law.md, reading 2).

    One reading for all its procedures. Where none was ever applied, the term counts from the receipt.
    """

    agency = models.ForeignKey("procedures.Agency", on_delete=models.PROTECT, related_name="term_readings")
    from_handover = models.BooleanField()
    """From the handing over, at the opening of the next working day; else from the receipt."""
    since = models.DateField()
    """The first day (in Hanoi) whose receipts it governs; what was taken in before keeps its date."""
    basis = models.CharField(max_length=200)
    """Number and date of the document by which the agency reads it so."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agency"], condition=models.Q(state="proposed"), name="one_proposed_reading"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["proposed", "applied", "declined"]), name="reading_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} since {self.since} {self.state}"
