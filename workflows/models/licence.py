"""The right that a decision gives, with a life of its own."""

import uuid
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models.functions import ExtractYear
from django_fsm import FSMField, transition

from procedures.definition.model import Field_, Section
from procedures.now import now

if TYPE_CHECKING:
    from workflows.models.condition import LicenceCondition

__all__ = ["LIVING", "STATES", "Licence", "LicenceChange"]

LIVING = ("in_force", "suspended")
"""States of a right that is not over: its conditions bind, and it is inspected."""
STATES = ("in_force", "suspended", "expired", "replaced", "revoked", "surrendered", "annulled")


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
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="successors"
    )
    """The licence in whose place this one stands: amended, renewed or issued again."""
    inspection = models.ForeignKey(
        "workflows.Dossier", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    """Of its last inspection that was concluded."""
    inspect_by = models.DateField(null=True, blank=True)
    """Until when the next inspection is planned; null: its kind is not inspected."""
    renewal_notices = models.PositiveSmallIntegerField(default=0, db_default=0)
    """1: its holder was told that the renewal can be asked for; 2: and reminded of it."""
    changed_at = models.DateTimeField(default=now)
    """Since when it is in its state. With the state a trigger writes a LicenceChange, whoever changes it."""
    facts = models.JSONField(default=dict)
    """What the register shows, by field id of the definition."""
    search = models.TextField(blank=True)
    """Folded text for search without diacritics."""

    class Meta:
        constraints: ClassVar = [
            # Numbers begin anew each year, so the year belongs to the name of a licence.
            models.UniqueConstraint(
                "register", "number", ExtractYear("issued_on"), name="one_licence_a_number"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=STATES),
                name="licence_state_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["inspect_by"],
                name="licence_to_inspect",
                condition=models.Q(inspect_by__isnull=False, state__in=LIVING),
            ),
            models.Index(
                fields=["register", "valid_until"],
                name="licence_ending",
                condition=models.Q(valid_until__isnull=False, state__in=LIVING),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def standing(self, on: date) -> str:
        """Its state on a day: one whose last day has passed is expired, whether or not a sweep has said so yet."""
        over = self.valid_until is not None and self.valid_until < on
        return "expired" if over and self.state in LIVING else str(self.state)

    @property
    def content(self) -> dict[str, Any]:
        """What the register shows besides the holder: the facts that do not say name or tax code once more."""
        above = {self.subject.name, self.subject.tax_code}
        return {name: value for name, value in self.facts.items() if str(value) not in above}

    def entries(self) -> Iterator[tuple[Field_ | Section, Any]]:
        """The facts of `content`, each with the question that asked for it; of a repeated section all its rows."""
        asked: dict[str, Field_ | Section] = {}
        for section in self.sections():
            for one in (section,) if section.repeat else section.fields:
                asked.setdefault(one.id, one)
        for name, value in self.content.items():
            if name in asked:
                yield asked[name], value

    def binding_conditions(self, on: date) -> "models.QuerySet[LicenceCondition]":
        """What it still asks of its holder while it lives, by days; none where the right is over on that day."""
        rows = self.conditions.exclude(state="met").select_related("given__dossier").order_by("due_on", "pk")
        return rows if self.standing(on) in LIVING else rows.none()

    def sections(self) -> Iterator[Section]:
        """The sections that its facts were asked for in: those of its own form, then of its forerunners' forms.

        An amended licence keeps what its forerunners showed. One query for each of them.
        """
        standing: Licence | None = self
        missing = set(self.facts)
        while standing is not None and missing:
            for section in standing.dossier.definition.form:
                missing -= {section.id} if section.repeat else {one.id for one in section.fields}
                yield section
            standing = standing.replaces

    @transition(field="state", source="in_force", target="suspended")
    def suspend(self) -> None:
        """The right rests."""
        self.changed_at = now()

    @transition(field="state", source="suspended", target="in_force")
    def reinstate(self) -> None:
        """The right lives again."""
        self.changed_at = now()

    @transition(field="state", source=["in_force", "suspended"], target="expired")
    def expire(self) -> None:
        """Its time is over."""
        self.changed_at = now()

    @transition(field="state", source=["in_force", "suspended", "expired"], target="replaced")
    def replace(self) -> None:
        """Another licence stands in its place."""
        self.changed_at = now()

    @transition(field="state", source=["in_force", "suspended"], target="revoked")
    def revoke(self) -> None:
        """Taken back by the authority."""
        self.changed_at = now()

    @transition(field="state", source=["in_force", "suspended"], target="surrendered")
    def surrender(self) -> None:
        """Given back by the holder."""
        self.changed_at = now()

    @transition(field="state", source=["in_force", "suspended", "expired"], target="annulled")
    def annul(self) -> None:
        """Annulled by a court; the authority enters what the judgment says."""
        self.changed_at = now()


class LicenceChange(models.Model):
    """What became of a licence, in the order in which it happened: the history in the register, and the change feed.

    Written by a trigger of the database alone, one transaction after the other, and never changed: who has read up to
    an id misses nothing that comes later.
    """

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    before = models.CharField(max_length=20, blank=True)
    """State before; empty: it was given."""
    state = models.CharField(max_length=20)

    def __str__(self) -> str:
        return f"{self.licence_id}: {self.before} → {self.state}"
