"""Faults of a procedure that the authority opens of its own motion: about what, and by whom. Pure."""

from collections.abc import Collection, Iterator

from procedures.definition.findings import Finding
from procedures.definition.model import Definition, Desk, Need

__all__ = ["openings", "staffed"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def openings(definition: Definition, roles: Collection[tuple[str, str]] | None) -> Iterator[Finding]:
    """Every such fault; `roles`: the (role, unit code) pairs that somebody holds, where that is asked."""
    opening, kind = definition.opened_by, definition.licence
    if opening is None:
        if kind is not None and kind.effect in {"suspend", "revoke", "annul", "inspect"}:
            message = gettext_noop(
                "%(where)s: a right is suspended, revoked, entered as annulled or inspected by the authority, "
                "so officials open the dossier"
            )
            yield Finding("revoked_by_applicant", "licence", message)
        return
    where = "route.opened_by"
    yield from staffed(definition, where, opening, roles)
    if definition.lists is None and (kind is None or not kind.about):
        message = gettext_noop(
            "%(where)s: what the authority opens is about a licence held, and none is named"
        )
        yield Finding("opened_about_nothing", where, message)
    for section in definition.form:
        if section.repeat and (definition.lists is None or section.id != definition.lists.section):
            message = gettext_noop("%(where)s: what officials fill in themselves has no repeated page")
            yield Finding("opened_with_rows", f"form.{section.id}", message)
    for node in definition.route.people:
        signs = any(Need.STEP_UP in outcome.needs for outcome in node.outcomes)
        if signs and (node.role, node.unit) == (opening.role, opening.unit):
            message = gettext_noop("%(where)s: whoever opens the dossier could also sign its decision")
            yield Finding("opener_signs", node.id, message)


def staffed(
    definition: Definition, where: str, desk: Desk, roles: Collection[tuple[str, str]] | None
) -> Iterator[Finding]:
    """Whether somebody stands at a desk that a definition names: its unit is known, its role held."""
    unit = definition.route.units.get(desk.unit)
    if unit is None:
        message = gettext_noop("%(where)s: the unit “%(unit)s” is not among the units of the route")
        yield Finding("unknown_unit", where, message, {"unit": desk.unit})
    elif roles is not None and (desk.role, unit) not in roles:
        message = gettext_noop("%(where)s: nobody holds the role “%(role)s” in %(unit)s")
        yield Finding("role_nobody_holds", where, message, {"role": str(desk.role), "unit": unit})
