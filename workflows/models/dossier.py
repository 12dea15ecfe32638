"""The dossier: the viewflow process and the legal position in one row, under one lock."""

import uuid
from functools import cached_property
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django_fsm import FSMField
from viewflow.workflow.fields import FlowReferenceField
from viewflow.workflow.models import AbstractProcess

from procedures import catalog
from procedures.definition.model import Definition
from procedures.law.life import FINAL, State
from workflows.models.life import LegalLife


class Dossier(LegalLife, AbstractProcess):  # type: ignore[misc, valid-type]
    """One application and everything that legally happens to it.

    `status`, `created` and `finished` come from viewflow and are its bookkeeping; nothing outside workflows.flow
    reads them. Only `workflows.dossier.acts` writes a dossier that has left the draft state.
    """

    flow_class = FlowReferenceField(null=True)
    """The compiled flow of the pinned version; null for a draft, which has no route yet."""
    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    """The public identity, used in addresses."""
    code = models.CharField(max_length=60, unique=True, null=True)  # noqa: DJ001 - unique, but none before acceptance
    """Dossier code, given at acceptance (Circular 01/2018 Art. 19)."""
    procedure = models.ForeignKey(
        "procedures.Procedure", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.ForeignKey(
        "procedures.ProcedureVersion", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    """The version whose rules apply: a draft follows the version in force, submit pins it for ever."""
    definition_sha256 = models.CharField(max_length=64)
    subject = models.ForeignKey(
        "procedures.Subject", on_delete=models.PROTECT, related_name="dossiers", db_index=False
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    """The person who filed it, for the subject."""
    state = FSMField(default=State.DRAFT.value, protected=True, max_length=30)
    interrupted = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    """States that the present one interrupted, innermost last."""
    answers = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    """Counts the saves of a draft, so that a stale page is noticed."""
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    """The specialist to whom the head of division assigned it."""
    head_sequence = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)
    """Head of the ledger chain, kept beside it: a cut tail is found by comparing the two."""

    objects: ClassVar[models.Manager["Dossier"]] = models.Manager()

    extended_to = models.DateTimeField(null=True)
    """The one new date, promised with an apology."""
    due_at = models.DateTimeField(null=True)
    """The promised date, as the explanation gives it; null before acceptance and while the clock stands. A dossier
    that has ended keeps the date by which it was measured."""

    class Meta:
        # No column that every act changes is indexed, so that PostgreSQL updates the row in place (HOT).
        indexes: ClassVar = [
            models.Index(fields=["subject", "-id"], name="dossier_of_subject"),
            models.Index(
                fields=["definition_sha256", "due_at"],
                name="dossier_promised",
                condition=models.Q(due_at__isnull=False, finished__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in State]), name="dossier_state_known"
            )
        ]

    def __str__(self) -> str:
        return self.code or str(self.ref)

    @cached_property
    def definition(self) -> Definition:
        """The definition that the dossier is pinned to."""
        return catalog.definition_of(self.definition_sha256)

    @property
    def is_final(self) -> bool:
        """True when no further work is open."""
        return State(self.state) in FINAL


class DossierCounter(models.Model):
    """The daily serial of dossier codes, one row an agency and day."""

    agency = models.CharField(max_length=40)
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["agency", "day"], name="one_counter_a_day")]

    def __str__(self) -> str:
        return f"{self.agency} {self.day}: {self.last}"


class ActRecord(models.Model):
    """An act that took effect under an idempotency key, with its first answer."""

    actor = models.CharField(max_length=80)
    act = models.CharField(max_length=80)
    key = models.CharField(max_length=100)
    body_sha256 = models.CharField(max_length=64)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveIntegerField()
    """Ledger sequence of the entry that the act wrote."""
    answer = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["actor", "act", "key"], name="act_once")]

    def __str__(self) -> str:
        return f"{self.actor} {self.act} {self.key}"
