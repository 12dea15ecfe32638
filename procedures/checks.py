"""What `manage.py check` says of the catalogue. E001 unreadable, E002 unsound, E003 and E004 changed after release."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import DatabaseError, connections

from procedures import catalog
from procedures.errors import Invalid
from procedures.models import ProcedureVersion

__all__ = ["register"]


def register() -> None:
    """Tell Django. Called once, when the app is ready."""
    checks.register(check_catalogue, "procedures")
    checks.register(check_published, checks.Tags.database)


def check_catalogue(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[checks.CheckMessage]:
    """Every folder can be read, is proven sound, and bears the hash under which it was released."""
    messages: list[checks.CheckMessage] = []
    released = catalog.released()
    for folder in catalog.folders():
        name = f"{folder.parent.name}/{folder.name}"
        try:
            loaded = catalog.load(folder)
        except Invalid as error:
            messages.append(checks.Error(str(error), obj=name, id="procedures.E001"))
            continue
        for finding in catalog.findings(loaded):
            messages.append(checks.Error(str(finding), obj=name, id="procedures.E002"))
        pinned = released.pop(name, None)
        if pinned is not None and pinned != loaded.sha256:
            sentence = "A released version was changed."
            hint = "Undo the change and make a new version: a folder with a later date."
            messages.append(checks.Error(sentence, hint=hint, obj=name, id="procedures.E003"))
    for name in released:
        messages.append(checks.Error("A released version is gone.", obj=name, id="procedures.E003"))
    return messages


def check_published(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **options: Any
) -> list[checks.CheckMessage]:
    """With `--database default`: no folder differs from what was published from it."""
    if "default" not in (databases or ()):
        return []
    table = ProcedureVersion._meta.db_table
    try:
        if table not in connections["default"].introspection.table_names():
            return []
        frozen = ProcedureVersion.objects.filter(state__in=["published", "retired"]).values_list(
            "procedure__code", "version", "sha256"
        )
        published = {f"{code}/{version.isoformat()}": sha256 for code, version, sha256 in frozen}
    except DatabaseError as error:
        return [checks.Warning(f"The catalogue could not be compared: {error}", id="procedures.W001")]
    messages: list[checks.CheckMessage] = []
    for folder in catalog.folders():
        name = f"{folder.parent.name}/{folder.name}"
        try:
            differs = published.get(name, "") not in {"", catalog.load(folder).sha256}
        except Invalid:
            continue  # E001 says so
        if differs:
            sentence = "The folder differs from the version published from it."
            hint = "Undo the change and make a new version, or, in a demonstration, forget its data."
            messages.append(checks.Error(sentence, hint=hint, obj=name, id="procedures.E004"))
    return messages
