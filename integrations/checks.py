"""`manage.py check`: every partner's keys, codes and schemas are there, before the first message needs them; with
`--database default` also what of the lines a person must look at."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError, connections

from integrations import selectors
from integrations.models import Connector, SkipRequest
from integrations.registry import registry

__all__ = ["check_lines", "check_partners"]


@register("integrations")
def check_partners(**_options: Any) -> list[CheckMessage]:
    """One warning for each thing that is missing; a line may still be off on purpose."""
    return [
        Warning(f"{name}: {problem}", id="integrations.W001")
        for name in registry.names()
        for problem in registry.get(name).check_config()
    ]


@register(Tags.database)
def check_lines(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """One warning for each alert of a line."""
    if "default" not in (databases or ()):
        return []
    try:
        if SkipRequest._meta.db_table not in connections["default"].introspection.table_names():
            return []  # asked before the migration too, by the migration itself
        return list(_alerts())
    except DatabaseError as error:
        return [Warning(f"The lines to partners could not be read: {error}", id="integrations.W002")]


def _alerts() -> Iterator[CheckMessage]:
    if not Connector.objects.exists():
        return  # nobody has been told anything yet
    for line in selectors.lines():
        for alert in selectors.alerts(line):
            yield Warning(
                f"{line.name}: {alert.message % dict(alert.params)}",
                hint="See /van-phong/lien-thong/ (docs/messages.md).",
                id="integrations.W002",
            )
