"""What the applicant hands in and what officials ask, draft and record on one dossier."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django_fsm import FSMField, transition


class Piece(models.Model):
    """A paper that was handed in for a required piece. Never edited: a new one supersedes it."""

    dossier = models.ForeignKey("workflows.Dossier", on_delete=models.PROTECT, related_name="pieces")
    piece = models.CharField(max_length=40)
    """Id of the required piece in the definition."""
    file = models.ForeignKey("workflows.StoredFile", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    supplement = models.ForeignKey(
        "workflows.Supplement", null=True, on_delete=models.PROTECT, related_name="pieces"
    )
    """The request that it answers; null when it came with the application."""
    report = models.ForeignKey(
        "workflows.ConditionReport", null=True, on_delete=models.PROTECT, related_name="pieces"
    )
    """The report on a condition of the licence that it belongs to; then `piece` names no required piece."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["dossier", "id"], name="piece_of_dossier")]

    def __str__(self) -> str:
        return f"{self.piece}: {self.name}"


class Supplement(models.Model):
    """One request, in full, for what is missing; and the answer to it."""

    dossier = models.ForeignKey("workflows.Dossier", on_delete=models.PROTECT, related_name="supplements")
    stage = models.CharField(max_length=10, choices=[("intake", "intake"), ("appraisal", "appraisal")])
    round = models.PositiveSmallIntegerField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    supplied_at = models.DateTimeField(null=True)
    explanation = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dossier", "stage", "round"], name="one_request_a_round"),
            models.UniqueConstraint(
                fields=["dossier"], condition=models.Q(supplied_at__isnull=True), name="one_open_request"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.round}"


class SupplementItem(models.Model):
    """One defect: where, what is missing, why, and the applicant's answer in place."""

    supplement = models.ForeignKey(Supplement, on_delete=models.CASCADE, related_name="items")
    target = models.CharField(max_length=60)
    """"piece:<id>" or "section:<id>"."""
    what = models.CharField(max_length=500)
    why = models.CharField(max_length=1000, blank=True)
    basis = models.CharField(max_length=200, blank=True)
    answer = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.what


class Draft(models.Model):
    """A drafted decision. A new draft supersedes the last; none is edited."""

    dossier = models.ForeignKey("workflows.Dossier", on_delete=models.PROTECT, related_name="drafts")
    kind = models.CharField(max_length=10, choices=[("grant", "grant"), ("refusal", "refusal")])
    body = models.JSONField(default=dict)
    """{"conditions": str, "grounds": [ids], "reasons": str}."""
    checklist = models.JSONField(default=dict)
    """Item id → {"conclusion": "pass"|"fail"|"not_applicable", "note": str}."""
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} by {self.author_id}"


class Payment(models.Model):
    """A fee that the applicant owes or has paid, in whole đồng."""

    dossier = models.ForeignKey("workflows.Dossier", on_delete=models.PROTECT, related_name="payments")
    fee = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    amount = models.PositiveBigIntegerField()
    state = FSMField(default="due", protected=True, max_length=10)
    demanded_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    payer = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    receipt_no = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dossier", "fee"], name="one_payment_a_fee"),
            models.CheckConstraint(
                condition=models.Q(state__in=["due", "settled", "cancelled"]), name="payment_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.amount} ({self.state})"

    @transition(field="state", source="due", target="settled")
    def settle(self) -> None:
        """The money is there."""

    @transition(field="state", source="due", target="cancelled")
    def cancel(self) -> None:
        """Nothing is owed any more."""


class Note(models.Model):
    """Free text of officials: an internal note, or the words that go with an entry of the ledger.

    The ledger holds no personal data, so what people write stands here, where it can be erased.
    """

    dossier = models.ForeignKey("workflows.Dossier", on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    text = models.TextField(max_length=5000)
    kind = models.CharField(max_length=10, choices=[("internal", "internal"), ("reason", "reason")])
    """internal: the applicant does not see it; reason: belongs to the act of `sequence`."""
    sequence = models.PositiveIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["dossier", "id"], name="note_of_dossier")]

    def __str__(self) -> str:
        return self.text[:60]


class Opinion(models.Model):
    """What an expert, a council or a consulted agency says, or what a visit puts on record. Never edited."""

    dossier = models.ForeignKey("workflows.Dossier", on_delete=models.PROTECT, related_name="opinions")
    node = models.CharField(max_length=40)
    """The step in which it was given."""
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    against = models.BooleanField(null=True)
    """Null: minutes alone, which take no side."""
    held_on = models.DateField(null=True)
    """The day of the visit or meeting, for minutes."""
    place = models.CharField(max_length=300, blank=True)
    members = models.TextField(blank=True)
    text = models.TextField(max_length=4000)
    sequence = models.PositiveIntegerField()
    """Ledger sequence of the act that gave it."""
    meeting = models.UUIDField(null=True)
    """The one meeting whose minutes several dossiers share; null where it was about this one alone."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["dossier", "id"], name="opinion_of_dossier"),
            models.Index(
                fields=["meeting"], name="opinion_of_meeting", condition=models.Q(meeting__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node} of {self.dossier_id}"
