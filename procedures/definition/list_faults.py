"""Faults of a decision over several dossiers: who lists them, what stands in its rows, and what it performs. Pure."""

from collections.abc import Iterator

from procedures.definition.findings import Finding
from procedures.definition.model import Definition, Human
from procedures.definition.paper_faults import outcomes
from procedures.law.life import Act

__all__ = ["LISTED", "list_faults"]

LISTED = "listed"
"""Before the dot of a prefill: what is known of a dossier in a list."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def list_faults(definition: Definition) -> Iterator[Finding]:
    """Every such fault, on both sides: of the procedure that lists, and of the one whose dossiers are listed."""
    for where, node, outcome in outcomes(definition):
        made = definition.papers.get(outcome.paper)
        gives = isinstance(node, Human) and outcome.act is Act.GRANT and made is not None and made.is_result
        if outcome.by_list and not gives:
            message = gettext_noop(
                "%(where)s: a decision over a list grants at a person's step, by a slip that is the result"
            )
            yield Finding("list_without_result", where, message)
    rows = definition.lists.section if definition.lists else ""
    for section in definition.form:
        for field in section.fields:
            if (field.prefill.partition(".")[0] == LISTED) is not (section.id == rows):
                message = gettext_noop(
                    "%(where)s: the rows of a list are filled in from its dossiers, and nothing else is"
                )
                yield Finding("list_rows", f"form.{section.id}.{field.id}", message)
    if definition.lists is None:
        return
    if not any(section.repeat and section.id == rows for section in definition.form):
        message = gettext_noop("%(where)s: “%(name)s” is no repeated page of the form")
        yield Finding("list_rows", "lists", message, {"name": rows})
    if definition.opened_by is None or definition.licence is not None:
        message = gettext_noop("%(where)s: officials open a list, and its decision gives no right of its own")
        yield Finding("list_of_nobody", "lists", message)
