"""Whom we talk to, what we told them, and what they answered.

Promise: at least once on the wire, the effect once, nothing lost, the order kept in each (connector, dossier). Leases,
pauses and budgets are counted by the database's clock; the times people read come from `procedures.now`.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

__all__ = [
    "OPEN_STATES", "Attempt", "Connector", "Difference", "Inbound", "Message", "Reconciliation", "SkipRequest",
]  # fmt: skip


class Connector(models.Model):
    """The line to one partner, and its breaker, shared by all workers."""

    class Mode(models.TextChoices):
        OFF = "off", _("Off")
        SIMULATE = "simulate", _("Simulator")
        TEST = "test", _("Test system")
        LIVE = "live", _("Live")

    name = models.CharField(max_length=40, unique=True)
    """Name of the partner's folder."""
    mode = models.CharField(max_length=10, choices=Mode.choices)
    paused = models.BooleanField(default=False)
    """Messages are still written, but none is sent."""
    endpoint = models.URLField(max_length=300, blank=True)
    """Empty: the address in the settings."""
    patience = models.PositiveSmallIntegerField(default=20)
    """Seconds a peer may take for its answer; a lease lasts a little more than twice as long."""
    failures = models.PositiveIntegerField(default=0)
    """Failures of the line in a row."""
    open_until = models.DateTimeField(null=True, blank=True)
    """The breaker: until then nothing is sent, after that one message probes. Empty: closed. The database's clock."""
    last_error = models.CharField(max_length=500, blank=True)
    last_answer_at = models.DateTimeField(null=True, blank=True)
    skew_seconds = models.IntegerField(null=True, blank=True)
    """How far the peer's clock was ahead of ours at its last answer, by the Date of HTTP; None: it says none."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="connector_mode_is_known", condition=Q(mode__in=["off", "simulate", "test", "live"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.mode})"

    @property
    def breaker_open(self) -> bool:
        """Whether the line counts as broken, be it for a probe that is due."""
        return self.open_until is not None


class Message(FSMModelMixin, models.Model):
    """One document for one partner. The bytes, their hash and the wire id never change (a trigger sees to it)."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be sent")
        LEASED = "leased", _("Taken by a worker")
        SENT = "sent", _("Sent, no answer yet")
        RECEIVED = "received", _("Received by the partner")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        RETRY_WAIT = "retry_wait", _("Not sent, will be tried again")
        UNKNOWN = "unknown", _("Outcome unknown, will be sent again")
        DEAD = "dead", _("Given up, an officer must act")
        SKIPPED = "skipped", _("Skipped by two officers")
        SUPERSEDED = "superseded", _("Replaced by a corrected message")

    uuid = models.UUIDField(unique=True)
    connector = models.ForeignKey(Connector, on_delete=models.PROTECT, related_name="messages")
    dossier_id = models.BigIntegerField()
    dossier_code = models.CharField(max_length=60)
    subject = models.CharField(max_length=100)
    """What it is about, for officers: the number of the licence."""
    document = models.CharField(max_length=60)
    """Our name of the kind of document, as a procedure's definition says it."""
    type = models.CharField(max_length=20)
    """The partner's code of the type, and of the function (new, amend, cancel)."""
    function = models.CharField(max_length=20)
    revision = models.PositiveIntegerField(default=1)
    sequence = models.PositiveIntegerField()
    """Number in its (connector, dossier)."""
    position = models.PositiveIntegerField(default=0)
    """Whose turn it is in its (connector, dossier): its number; of a corrected message that of the one it replaces."""
    cites = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    """The message that was given up and that this one says anew."""
    wire_id = models.CharField(max_length=80)
    """The identifier by which the peer recognises a repetition; fixed before the first attempt."""
    content = models.BinaryField()
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    state = FSMField(default=State.QUEUED, choices=State.choices, protected=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    """Not before then; the database's clock."""
    dead_after = models.DateTimeField()
    """End of the budget; the database's clock."""
    attempts = models.PositiveIntegerField(default=0)
    """Attempts that count against the pause; those spoilt by credentials do not."""
    lease_token = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.JSONField(default=dict, blank=True)
    """Of the business answer: `peer_id`, `reference`, `faults` as [{code, text}]."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="message_business_key",
                fields=["connector", "dossier_id", "type", "function", "revision"],
            ),
            models.UniqueConstraint(name="message_order", fields=["connector", "dossier_id", "sequence"]),
            models.UniqueConstraint(name="message_wire_id", fields=["connector", "wire_id"]),
        ]
        indexes = [
            models.Index(
                name="message_due",
                fields=["connector", "due_at"],
                condition=Q(state__in=["queued", "leased", "sent", "retry_wait", "unknown"]),
            ),
            models.Index(
                name="message_blocking",
                fields=["connector", "dossier_id", "position"],
                condition=Q(state__in=["queued", "leased", "sent", "retry_wait", "unknown", "dead"]),
            ),
            models.Index(name="message_awaiting", fields=["connector"], condition=Q(state="received")),
            models.Index(name="message_of_dossier", fields=["dossier_id", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.subject} → {self.connector_id} ({self.state})"

    _TRIED = [State.QUEUED, State.LEASED, State.SENT, State.RETRY_WAIT, State.UNKNOWN]
    _LEFT = [State.DEAD, State.SKIPPED]
    """Open states, and those in which nothing is sent: an answer can come late, for a message that was meanwhile put
    back or given up."""

    @transition(field=state, source=[*_TRIED, *_LEFT], target=State.RECEIVED)
    def receive(self) -> None:
        """A verified transport receipt came."""

    @transition(field=state, source=[*_TRIED, *_LEFT, State.RECEIVED], target=State.ACCEPTED)
    def accept(self, *, answer: dict[str, Any]) -> None:
        """A verified business answer accepts it."""
        self.answer = answer

    @transition(field=state, source=[*_TRIED, *_LEFT, State.RECEIVED], target=State.REJECTED)
    def reject(self, *, answer: dict[str, Any]) -> None:
        """A verified business answer rejects it."""
        self.answer = answer

    @transition(field=state, source=State.SENT, target=State.RETRY_WAIT)
    def wait(self) -> None:
        """Certainly not taken by the peer."""

    @transition(field=state, source=State.SENT, target=State.UNKNOWN)
    def doubt(self) -> None:
        """Perhaps taken by the peer."""

    @transition(field=state, source=_TRIED, target=State.DEAD)
    def give_up(self) -> None:
        """The budget is spent, or it can never be sent. The bytes are kept."""

    @transition(field=state, source=State.DEAD, target=State.QUEUED)
    def requeue(self) -> None:
        """An officer has it tried again, unchanged."""

    @transition(field=state, source=State.DEAD, target=State.SKIPPED)
    def skip(self) -> None:
        """Two officers have those behind it go on without it. The bytes are kept."""

    @transition(field=state, source=[State.DEAD, State.REJECTED], target=State.SUPERSEDED)
    def supersede(self) -> None:
        """A corrected message is sent in its place. The bytes are kept."""


OPEN_STATES = ("queued", "leased", "sent", "retry_wait", "unknown")
"""States in which the message is still to be delivered; later ones of its dossier wait for it."""


class SkipRequest(models.Model):
    """An officer asks that a message which was given up be skipped; another one decides."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="skip_requests")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_skip_a_message", fields=["message"], condition=Q(decided_at__isnull=True)
            ),
            models.CheckConstraint(
                name="skips_take_two_people", condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.granted}"


class Reconciliation(models.Model):
    """Our book of one day held against a partner's, in both directions."""

    connector = models.ForeignKey(Connector, on_delete=models.PROTECT, related_name="reconciliations")
    day = models.DateField()
    """In Hanoi."""
    at = models.DateTimeField()
    ours = models.PositiveIntegerField()
    """Messages of ours that the partner must have."""
    theirs = models.PositiveIntegerField()
    """Messages in its book, an hour around the day included."""

    class Meta:
        constraints = [models.UniqueConstraint(name="one_reconciliation_a_day", fields=["connector", "day"])]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.day}"


class Difference(models.Model):
    """What two books do not agree about: a task for an officer."""

    class Kind(models.TextChoices):
        UNKNOWN_HERE = "unknown_here", _("The partner has a message that we never wrote")
        MISSING_THERE = "missing_there", _("The partner does not have a message that it took")
        OTHER_BYTES = "other_bytes", _("The partner has other bytes")
        OTHER_VERDICT = "other_verdict", _("The partner decided otherwise than it told us")
        ANSWER_MISSING = "answer_missing", _("The partner decided, and its answer is not here")

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.PROTECT, related_name="differences")
    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="differences")
    wire_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_difference_a_message", fields=["reconciliation", "wire_id", "kind"]
            )
        ]
        indexes = [models.Index(name="difference_open", fields=["id"], condition=Q(settled_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.wire_id}: {self.kind}"


class Attempt(models.Model):
    """One try on the wire. Written before the bytes leave, so that a killed worker leaves a trace."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="tries")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12)
    """An `integrations.envelope.OutcomeClass`."""
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    excerpt = models.CharField(max_length=500, blank=True)
    """Of the error or the answer; without personal data and secrets."""

    class Meta:
        constraints = [models.UniqueConstraint(name="attempt_number", fields=["message", "number"])]

    def __str__(self) -> str:
        return f"{self.message_id}#{self.number} {self.outcome}"


class Inbound(models.Model):
    """What a peer sent, byte for byte, stored before it is applied. Its signature was verified before that."""

    class State(models.TextChoices):
        STORED = "stored", _("Stored, not applied yet")
        APPLIED = "applied", _("Applied")
        CONFLICT = "conflict", _("Contradicts what was known")
        ORPHAN = "orphan", _("About no message of ours")
        REFUSED = "refused", _("Refused, with the reasons")

    connector = models.ForeignKey(Connector, on_delete=models.PROTECT, related_name="inbound")
    peer_id = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    raw = models.BinaryField()
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="answers"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.STORED)
    acknowledgement = models.BinaryField(default=b"", blank=True)
    """What we answered a peer that called us; a repeated call gets these very bytes again."""
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="inbound_peer_id", fields=["connector", "peer_id"], condition=~Q(state="conflict")
            )
        ]
        indexes = [models.Index(name="inbound_stored", fields=["id"], condition=Q(state="stored"))]

    def __str__(self) -> str:
        return f"{self.peer_id} {self.state}"
