"""The proof that a definition is sound: everything a version could get wrong, each fault named with a way there. Pure.

Run by `manage.py check`, by the catalogue before a version is checked and published, and by the designer. First the
shape (names, rights, papers, conditions), then a walk of the product (open node × legal state × what is interrupted).
docs/definitions.md lists the faults.
"""

from collections.abc import Collection, Mapping

from procedures.definition.findings import Finding
from procedures.definition.model import Definition
from procedures.definition.shape import FATAL, Holders, shape
from procedures.definition.walk import walk

__all__ = ["Finding", "Holders", "verify"]


def verify(
    definition: Definition,
    *,
    templates: Collection[str] | None = None,
    roles: Collection[tuple[str, str]] | Holders | None = None,
    placeholders: Mapping[str, Collection[str]] | None = None,
    sources: Collection[str] | None = None,
) -> list[Finding]:
    """Every fault of a definition; an empty list is the proof.

    What is not given is not asked: `templates` are the file names of the folder, `roles` the (role, unit code) pairs
    that somebody holds, `placeholders` what each template asks for and `sources` what papers can be given. With the
    ids of who holds each role, it is also asked whether two people are left where duties are separate.
    """
    found = list(
        shape(definition, templates=templates, roles=roles, placeholders=placeholders, sources=sources)
    )
    if not any(finding.code in FATAL for finding in found):
        found += walk(definition)
    return found
