"""Faults of the right that a definition gives: what it shows, what comes with it, who watches over it. Pure."""

from collections.abc import Collection, Iterator

from procedures.definition.findings import Finding
from procedures.definition.forms import answer_scope
from procedures.definition.model import Definition, FieldType
from procedures.definition.openings import staffed

__all__ = ["licence", "quantities", "supervision", "window"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def licence(definition: Definition) -> Iterator[Finding]:
    """What a licence shows are fields; what it is about is a field that names one, unless the right is new."""
    fields = {field.id: field for section in definition.form for field in section.fields}
    known = set(answer_scope(definition))
    kind = definition.licence
    shown = kind.fields if kind else ()
    same = definition.history.same if definition.history else ()
    named = (definition.named_by,) if definition.named_by else ()
    for where, names in (("licence", shown), ("history", same), ("named_by", named)):
        for name in names:
            if name not in known:
                message = gettext_noop("%(where)s: “%(name)s” is not a field of the form")
                yield Finding("unknown_field", where, message, {"name": name})
    if kind is None:
        return
    about = fields.get(kind.about)
    new = kind.effect == "new"
    if new is bool(kind.about) or not (new or (about is not None and about.type is FieldType.LICENCE)):
        message = gettext_noop(
            "%(where)s: a new right names no licence held; any other names a required field of that kind"
        )
        yield Finding("licence_of_nothing", "licence", message)
    taker = fields.get(kind.to)
    if (kind.effect == "transfer") is not bool(kind.to) or (
        kind.to and (taker is None or taker.type is not FieldType.TAX_CODE or not taker.required)
    ):
        message = gettext_noop(
            "%(where)s: a transfer names its new holder in a required field for a tax code; nothing else does"
        )
        yield Finding("transfer_to_nobody", "licence", message)


def window(definition: Definition) -> Iterator[Finding]:
    """Only a renewal has days on which it may be asked for, and the first comes before the last."""
    kind = definition.licence
    if kind is None or kind.window is None:
        return
    asked = kind.window
    if kind.effect != "renew" or (asked.closes is not None and asked.closes >= asked.opens):
        message = gettext_noop("%(where)s: a window belongs to a renewal, and opens before it closes")
        yield Finding("window_without_days", "licence.window", message)


def quantities(definition: Definition) -> Iterator[Finding]:
    """What is used up are whole numbers in a repeated section that the register shows, of a right that is given."""
    kind = definition.licence
    if kind is None or kind.drawdown is None:
        return
    drawn = kind.drawdown
    section = next((one for one in definition.form if one.repeat and one.id == drawn.section), None)
    columns = {field.id: field for field in section.fields} if section else {}
    amount = columns.get(drawn.quantity)
    named = {*drawn.same, *filter(None, [drawn.unit])}
    if (
        kind.alters
        or drawn.section not in kind.fields
        or amount is None
        or amount.type is not FieldType.INTEGER
        or not amount.required
        or not named <= set(columns)
    ):
        message = gettext_noop(
            "%(where)s: what is used up is a required whole number in a repeated page that the register shows"
        )
        yield Finding("drawdown_of_nothing", "licence.drawdown", message)


def supervision(definition: Definition, roles: Collection[tuple[str, str]] | None) -> Iterator[Finding]:
    """Conditions are printed and read by somebody; inspections have a table of months and, like them, a right."""
    kind = definition.licence
    if kind is None:
        return
    if kind.alters and (kind.conditions or kind.inspection):
        message = gettext_noop("%(where)s: conditions and inspections belong to a right that is given")
        yield Finding("conditions_of_nothing", "licence", message)
    if kind.conditions:
        ids = [one.id for one in kind.conditions]
        for twice in sorted({name for name in ids if ids.count(name) > 1}):
            message = gettext_noop("%(where)s: this id is used twice")
            yield Finding("condition_twice", f"licence.conditions.{twice}", message)
        if kind.supervised_by is None:
            message = gettext_noop("%(where)s: nobody would read what holders report on their conditions")
            yield Finding("conditions_unread", "licence.conditions", message)
    if kind.conditions or definition.takes_own_conditions:
        decision = definition.papers.get("decision")
        if decision is None or not any("{conditions}" in article for article in decision.articles):
            message = gettext_noop(
                "%(where)s: conditions bind who can read them, so an article of the decision says {conditions}"
            )
            yield Finding("conditions_not_printed", "licence.conditions", message)
    if kind.supervised_by is not None:
        yield from staffed(definition, "licence.supervised_by", kind.supervised_by, roles)
    if kind.inspection:
        table = definition.tables.get(kind.inspection)
        if table is None or any(not isinstance(row.then, int) or row.then < 1 for row in table.rows):
            message = gettext_noop(
                "%(where)s: the months until an inspection come from “%(name)s”, which is no table of them"
            )
            yield Finding(
                "inspection_without_months", "licence.inspection", message, {"name": kind.inspection}
            )
