"""What must be told to whom: one row for each event and each subscriber, written in the event's own transaction.

The row is the truth; a broker only carries its id. Leases and due times are set by the database's clock alone, so
that relays on several machines agree; `created_at` is the legal moment of the event, by our own clock.
"""

from uuid import uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

__all__ = ["OutboxRow"]


class OutboxRow(models.Model):
    """One event on its way to one subscriber."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting for delivery")
        DONE = "done", _("delivered")
        DEAD = "dead", _("delivery given up")

    uuid = models.UUIDField(unique=True, default=uuid4, editable=False)
    """The same at every attempt: the subscriber's idempotency key."""
    kind = models.CharField(max_length=80)
    """What happened, for example `dossier.granted`."""
    subscriber = models.CharField(max_length=80)
    """The name under which the handler subscribed; permanent, for rows outlive deployments."""
    dossier = models.ForeignKey(
        "workflows.Dossier", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    """With the subscriber it makes the partition in which order is kept. Empty: no order, each row by itself."""
    sequence = models.BigIntegerField()
    """The order inside the partition, assigned under the dossier's lock; equal numbers go by id."""
    payload = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    """References only, no personal data: the subscriber reads the rest where it lives."""
    created_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    """Attempts begun, those of workers that died included."""
    due_at = models.DateTimeField(null=True, blank=True)
    """Not before this moment, by the database's clock; empty: at once."""
    lease_token = models.UUIDField(null=True, blank=True)
    """Who holds the row; an answer under any other token is ignored."""
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")
    """Of the latest failed attempt: class, place and the beginning of the message."""
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["subscriber", "dossier", "sequence", "id"],
                name="outbox_partition_head",
                condition=Q(state="queued"),
            ),
            models.Index(fields=["id"], name="outbox_queued", condition=Q(state="queued")),
            models.Index(fields=["id"], name="outbox_dead", condition=Q(state="dead")),
            models.Index(fields=["dossier", "id"], name="outbox_of_dossier"),
        ]
        constraints = [
            models.CheckConstraint(
                name="outbox_done_has_time",
                condition=Q(state="done", done_at__isnull=False) | ~Q(state="done"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.subscriber} ({self.state})"
