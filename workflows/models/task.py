"""Who must do what now: our own viewflow task, lean, with unit, role and due time."""

from typing import ClassVar

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from viewflow.workflow.models import AbstractTask
from viewflow.workflow.status import STATUS

from procedures.now import now
from workflows.models.dossier import Dossier


class Task(AbstractTask):
    """One step of one dossier, open until `finished`.

    The inherited many-to-many `previous` and the permission columns are dropped: a predecessor is one column, and
    rights come from the policy. `due_at` is never null, so that the inbox can page by (due_at, id).
    """

    process = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="tasks", db_column="dossier_id", db_index=False
    )
    status = models.CharField(choices=STATUS.choices, default=STATUS.NEW, max_length=20)
    created = models.DateTimeField(default=now)
    previous = None
    scheduled = None
    external_task_id = None
    owner_permission = None
    owner_permission_content_type = models.ForeignKey(
        ContentType, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    """viewflow's generic key needs this column and the next; nothing of ours fills them."""
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    """The only person who may act, when the step is assigned; else anyone of the role in the unit."""
    node = models.CharField(max_length=40)
    kind = models.CharField(max_length=10)
    """human or wait."""
    unit = models.CharField(max_length=40, blank=True)
    """Whose step it is; for a wait, the unit that handed the dossier over and waits."""
    role = models.CharField(max_length=20, blank=True)
    due_at = models.DateTimeField()
    """When this step should be done (human), or when its limit fires (wait)."""
    late = models.BooleanField(default=False, db_default=False)
    """Opened by a receipt after the evening hour: its time counts from the next opening."""
    prev = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    outcome = models.CharField(max_length=40, blank=True)
    performer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects: ClassVar[models.Manager["Task"]] = models.Manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["unit", "role", "due_at", "id"],
                include=["owner"],
                name="task_inbox",
                condition=models.Q(finished__isnull=True, kind="human"),
            ),
            models.Index(
                fields=["unit", "kind", "due_at", "id"],
                name="task_unit",
                condition=models.Q(finished__isnull=True),
            ),
            models.Index(
                fields=["owner", "due_at", "id"],
                name="task_mine",
                condition=models.Q(finished__isnull=True, kind="human"),
            ),
            models.Index(
                fields=["due_at", "id"],
                name="task_limits",
                condition=models.Q(finished__isnull=True),
            ),
            models.Index(fields=["process", "id"], name="task_of_dossier"),
        ]

    def __str__(self) -> str:
        return f"{self.node} of {self.process_id}"
