"""What the holder of a licence must do while it lives, and what was reported on it."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django_fsm import FSMField, transition

from procedures.definition.model import ConditionKind, Text

__all__ = ["ConditionReport", "LicenceCondition"]


class LicenceCondition(models.Model):
    """A condition of one licence: its day and its state. What must be done stands in the definition."""

    given = models.ForeignKey("workflows.Licence", on_delete=models.PROTECT, related_name="+")
    """The licence whose decision prints it."""
    licence = models.ForeignKey("workflows.Licence", on_delete=models.PROTECT, related_name="conditions")
    """The licence that it binds now: it passes on to an amended, renewed or transferred one."""
    condition = models.CharField(max_length=40)
    """Id in the definition of the licence that it was given with; of one of its own a name that no definition has."""
    text = models.CharField(max_length=500, blank=True, default="", db_default="")
    """What must be done, where this licence alone has the condition; its decision prints it."""
    due_on = models.DateField()
    """Last day to report."""
    state = FSMField(default="due", protected=True, max_length=10)
    reminded_for = models.DateField(null=True)
    """The due day that the holder was reminded of."""
    unit = models.CharField(max_length=40)
    """Code of the unit that reads reports; with `role`, as of a task."""
    role = models.CharField(max_length=20)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["licence", "condition"], name="one_condition_a_licence"),
            models.CheckConstraint(
                condition=models.Q(state__in=["due", "overdue", "reported", "met"]),
                name="condition_state_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "due_on"], name="condition_by_day"),
            models.Index(fields=["unit", "role", "state"], name="condition_of_desk"),
        ]

    def __str__(self) -> str:
        return f"{self.condition} of {self.licence_id}"

    @property
    def kind(self) -> ConditionKind:
        """What must be done, and how often. No query if the dossier of `given` is loaded."""
        if self.text:
            return ConditionKind(id="own", title=Text(vi=self.text, en=self.text), months=1)
        definition = self.given.dossier.definition
        assert definition.licence is not None  # it gave one
        return next(one for one in definition.licence.conditions if one.id == self.condition)

    def standing(self, on: date) -> str:
        """Its state on a day: one whose day has passed is overdue, whether or not a sweep has said so yet."""
        return "overdue" if self.state == "due" and self.due_on < on else str(self.state)

    @transition(field="state", source="due", target="overdue")
    def fall_overdue(self) -> None:
        """Its day has passed, and nothing was reported."""

    @transition(field="state", source=["due", "overdue"], target="reported")
    def report(self) -> None:
        """The holder says how it is met."""

    @transition(field="state", source="reported", target="due")
    def send_back(self) -> None:
        """The report does not show it."""

    @transition(field="state", source="reported", target="met")
    def meet(self) -> None:
        """An official found it met."""

    @transition(field="state", source="met", target="due")
    def fall_due(self) -> None:
        """It must be met once more."""


class ConditionReport(models.Model):
    """What the holder reported on a condition, and what an official made of it. Papers: `Piece.report`."""

    condition = models.ForeignKey(LicenceCondition, on_delete=models.PROTECT, related_name="reports")
    due_on = models.DateField()
    """The day of the condition that it answers."""
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=5000)
    concluded_at = models.DateTimeField(null=True)
    concluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    met = models.BooleanField(null=True)
    remark = models.TextField(max_length=2000, blank=True)
    """Why it was sent back, or what else the holder should know."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["condition"],
                condition=models.Q(concluded_at__isnull=True),
                name="one_open_report",
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.pk} on {self.condition_id}"
