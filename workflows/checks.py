"""What `manage.py check --database default` says of running dossiers: every stored name still means something.

viewflow loads a flow that is gone as None and an unknown node as Obsolete, silently, and a dossier would stand still
for ever. So the stored references are read as text and resolved one by one, each distinct one once.

E001 a flow does not resolve, E002 it is not the flow of the dossier's version, E003 an open step's node is not in that
version, E004 a step says otherwise than its reference, W001 the rows could not be read. W002: published papers wait too
long for their next archive time stamp. In production: W003 the register has no key, so that decisions bear no signed
statement, E005 a file among its keys holds another kind of key. W004: an authority's revocation list ends within a day,
or has ended, so that nobody whom it certified can sign.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections

from procedures import catalog
from procedures.errors import MotcuaError
from procedures.now import now
from workflows.credentials.keys import signing_key
from workflows.flow import references
from workflows.models import ArchiveStamp, Dossier, Extract, Paper
from workflows.models.archive import late
from workflows.papers.lists import ADDRESSES, ending

__all__ = ["check_references", "register"]

FLOWS = """
SELECT d.flow_class, d.definition_sha256, count(*), min(d.id)
FROM workflows_dossier d WHERE d.flow_class IS NOT NULL
GROUP BY d.flow_class, d.definition_sha256 ORDER BY 1, 2
"""
OPEN_STEPS = """
SELECT t.flow_task, t.node, t.kind, d.definition_sha256, count(*), min(d.id)
FROM workflows_task t JOIN workflows_dossier d ON d.id = t.dossier_id
WHERE t.finished IS NULL
GROUP BY t.flow_task, t.node, t.kind, d.definition_sha256 ORDER BY 1, 2, 3, 4
"""
HINT = "Bring back the version that the dossiers are pinned to; a definition is never deleted or renamed."


def register() -> None:
    """Tell Django. Called once, when the app is ready."""
    checks.register(check_references, checks.Tags.database)


def check_references(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **options: Any
) -> list[checks.CheckMessage]:
    """With `--database default`: every flow that a dossier names, and every open step's node, is there."""
    if "default" not in (databases or ()):
        return []
    connection = connections["default"]
    try:
        tables = connection.introspection.table_names()
        if Dossier._meta.db_table not in tables:
            return []
        with connection.cursor() as cursor:
            cursor.execute(FLOWS)
            flows = cursor.fetchall()
            cursor.execute(OPEN_STEPS)
            steps = cursor.fetchall()
        waiting = 0
        if ArchiveStamp._meta.db_table in tables:  # asked before the migration too, by the migration itself
            waiting = sum(model.objects.filter(late(now())).count() for model in (Paper, Extract))
    except DatabaseError as error:
        return [checks.Warning(f"The running dossiers could not be read: {error}", id="workflows.W001")]
    return [*_flows(flows), *_steps(steps), *_late(waiting), *_mute(), *_ending()]


def _mute() -> Iterator[checks.CheckMessage]:
    if not settings.PRODUCTION:  # elsewhere the first one who asks for the key makes a test key
        return
    try:
        key = signing_key()
    except ValueError as error:
        yield checks.Error(f"The register's key cannot be read: {error}", id="workflows.E005")
        return
    if key is None:
        yield checks.Warning(
            "The register has no key: the QR codes of decisions bear no signed statement.",
            hint="Put a P-256 key into KEYS_DIR/register (docs/operations.md).",
            id="workflows.W003",
        )


def _ending() -> Iterator[checks.CheckMessage]:
    for one in ending(Path(settings.KEYS_DIR), at=now()):
        until = f"ends at {one.until.isoformat()}" if one.until else "is missing"
        yield checks.Warning(
            f"The revocation list of {one.authority} ({one.store}) {until}.",
            hint=f"Fetch a new one, or name its address in KEYS_DIR/{one.store}/{ADDRESSES} (docs/operations.md).",
            id="workflows.W004",
        )


def _late(count: int) -> Iterator[checks.CheckMessage]:
    if count:
        yield checks.Warning(
            f"{count} published papers wait too long for their next archive time stamp.",
            hint="The office's page “Long-term keeping” names them. Is the time authority there, and new enough?",
            id="workflows.W002",
        )


def _flows(rows: list[tuple[Any, ...]]) -> Iterator[checks.CheckMessage]:
    for reference, sha256, count, example in rows:
        flow = references.resolve(reference)
        where = f"{reference}, {count} dossiers, for example {example}"
        if flow is None:
            yield checks.Error("A stored flow does not resolve.", hint=HINT, obj=where, id="workflows.E001")
        elif references.reference_of(sha256) != reference:
            message = "A stored flow is not that of the version to which its dossiers are pinned."
            yield checks.Error(message, hint=HINT, obj=where, id="workflows.E002")


def _steps(rows: list[tuple[Any, ...]]) -> Iterator[checks.CheckMessage]:
    for reference, node_id, kind, sha256, count, example in rows:
        where = f"{reference}, {count} open steps, for example of dossier {example}"
        try:
            node = catalog.definition_of(sha256).route.node(node_id)
        except (KeyError, MotcuaError):
            message = f"An open step's node “{node_id}” is not in the version of its dossier."
            yield checks.Error(message, hint=HINT, obj=where, id="workflows.E003")
            continue
        flow, _, name = reference.rpartition(".")
        if flow != references.reference_of(sha256) or name != node_id or kind != node.kind:
            message = (
                f"An open step says that it is the {kind} “{node_id}”, and its reference says otherwise."
            )
            yield checks.Error(message, hint=HINT, obj=where, id="workflows.E004")
