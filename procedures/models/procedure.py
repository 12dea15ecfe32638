"""Procedures and their versions. A published version never changes: a trigger of the database refuses it.

What a version prescribes is its definition (`procedures.definition.model`), kept here as loaded and pinned by the
hash of the whole folder it came from, paper templates included. `procedures.catalog` is the only writer.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from procedures.models.organisation import Agency, User

__all__ = ["Procedure", "ProcedureVersion"]


class Procedure(models.Model):
    """Thủ tục hành chính: what all its versions have in common."""

    code = models.SlugField(max_length=40, unique=True)
    title_vi = models.CharField(max_length=250)
    """As the newest loaded version calls it; for lists of procedures, not for papers."""
    title_en = models.CharField(max_length=250)
    agency = models.ForeignKey(
        Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="procedures"
    )

    def __str__(self) -> str:
        return self.code

    def title(self, lang: str = "vi") -> str:
        """The title in `lang` ("vi" or "en")."""
        return self.title_en if lang == "en" else self.title_vi


class ProcedureVersion(FSMModelMixin, models.Model):
    """One version of a procedure: draft → checked → published → retired."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        CHECKED = "checked", _("checked")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="versions")
    version = models.DateField()
    """Names the version; as a rule also its first day in force."""
    sha256 = models.CharField(max_length=64)
    """Of the folder's canonical bytes: `procedures.catalog.folder_sha256`."""
    content = models.JSONField()
    """The definition, as `Definition.model_dump(mode="json")`."""
    files = models.JSONField(default=dict)
    """Every file of the folder, name → text, so that the hash can be recomputed from the row alone."""
    state = FSMField(default=State.DRAFT, choices=State.choices, protected=True)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    search_text = models.TextField(blank=True)
    """Title, abstract and keywords in both languages, folded (`procedures.selectors.folded`)."""
    checked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "version"], name="procedure_version_once"),
            models.CheckConstraint(
                name="procedure_version_two_people",
                condition=~models.Q(state="published")
                | (
                    models.Q(checked_by__isnull=False)
                    & models.Q(published_by__isnull=False)
                    & ~models.Q(checked_by=models.F("published_by"))
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["procedure", "state", "effective_from"], name="procedure_version_in_force")
        ]

    def __str__(self) -> str:
        return f"{self.procedure_id} {self.version:%Y-%m-%d} {self.state}"

    @transition(field=state, source=State.DRAFT, target=State.CHECKED)
    def check_passed(self) -> None:
        """The first person has read it, and the verifier found nothing."""

    @transition(field=state, source=State.CHECKED, target=State.DRAFT)
    def reopen(self) -> None:
        """The folder changed after the check: the check no longer counts."""

    @transition(field=state, source=State.CHECKED, target=State.PUBLISHED)
    def publish(self) -> None:
        """The second person puts it in force."""

    @transition(field=state, source=State.PUBLISHED, target=State.RETIRED)
    def retire(self) -> None:
        """No new dossier may use it; running dossiers stay on it."""
