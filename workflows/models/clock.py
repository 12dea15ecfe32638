"""Clock spans: the only stored truth about time limits. Days left are always computed."""

from typing import ClassVar

from django.db import models


class ClockSpan(models.Model):
    """A stretch in which a clock of the dossier ran or stood still."""

    dossier = models.ForeignKey("workflows.Dossier", on_delete=models.PROTECT, related_name="spans")
    clock = models.CharField(max_length=10, choices=[("intake", "intake"), ("decision", "decision")])
    running = models.BooleanField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    cause = models.CharField(max_length=40)
    """The act that opened the span."""
    late = models.BooleanField(default=False, db_default=False)
    """Opened by a receipt after the evening hour: the unit has it in hand at the next opening."""
    from_handover = models.BooleanField(default=False, db_default=False)
    """Whether the term then counts from there, as the agency read it on that day."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["dossier", "id"], name="span_of_dossier")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["dossier"], condition=models.Q(until__isnull=True), name="one_open_span"
            )
        ]

    def __str__(self) -> str:
        return f"{self.clock} {'runs' if self.running else 'stands'} since {self.since}"
