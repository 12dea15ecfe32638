"""What a grant does to a right: a new one in the register, another in the place of one held, or a change of one."""

from typing import Any

from procedures.definition.model import LicenceKind
from procedures.errors import Conflict, Reason
from procedures.models import Subject
from procedures.selectors import folded
from workflows.dossier import quantities, supervision
from workflows.dossier.acts.decision import under_way
from workflows.dossier.context import Context
from workflows.dossier.loading import licence_named
from workflows.dossier.telling import TAKEN_OVER
from workflows.models import Licence, Paper

__all__ = ["grant", "refuse"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def grant(ctx: Context) -> None:
    """Enter the right in the public register, or alter the one that the dossier is about."""
    kind = ctx.facts.definition.licence
    if kind is None:
        return
    paper = under_way(ctx)
    held = _held(ctx) if kind.effect != "new" else None
    if held is not None and kind.alters:
        if kind.effect == "inspect":
            supervision.inspected(held, ctx.dossier, on=ctx.today)
        else:
            getattr(held, kind.effect)()
            held.save(update_fields=["state", "changed_at"])
            supervision.replan(held)
        ctx.data |= {"licence": str(held.ref), "licence_effect": kind.effect}
        return
    licence = _entered(ctx, kind, paper, held)
    ctx.data["licence"] = str(licence.ref)
    if held is not None:
        held.replace()
        held.save(update_fields=["state", "changed_at"])
        ctx.data |= {"licence_effect": kind.effect, "licence_before": str(held.ref)}
    own = ctx.own_conditions if ctx.facts.definition.takes_own_conditions else ()
    supervision.attach(licence, kind, ctx.facts.definition.route.units, ctx.answered, own)
    supervision.replan(licence)
    quantities.enter(licence, kind, held)
    ctx.events.append(("licence.granted", {"licence_id": licence.pk}))
    if licence.subject_id != ctx.dossier.subject_id:
        ctx.events.append((f"notice.{TAKEN_OVER}", {"act": TAKEN_OVER}))


def refuse(ctx: Context) -> None:
    """A refusal creates no right; the published paper with its reasons is all. An inspection that ends with findings
    was one all the same."""
    if ctx.facts.definition.effect != "inspect":
        return
    held = licence_named(ctx.facts.definition, ctx.facts.answers, ctx.dossier.subject_id)
    if held is not None:
        supervision.inspected(held, ctx.dossier, on=ctx.today)
        ctx.data |= {"licence": str(held.ref), "licence_effect": "inspect"}


def _held(ctx: Context) -> Licence:
    """The licence that the dossier is about, locked: two dossiers may be about one. Raises Conflict."""
    assert ctx.facts.licence is not None  # the rule has seen to it
    held = Licence.objects.select_for_update(no_key=True).get(pk=ctx.facts.licence.id)
    if held.standing(ctx.today) != ctx.facts.licence.state:
        message = gettext_noop("The licence has changed meanwhile. Read it again, then act.")
        raise Conflict(Reason("licence_changed", message))
    return held


def _entered(ctx: Context, kind: LicenceKind, paper: Paper, held: Licence | None) -> Licence:
    assert paper.number is not None
    issued = paper.number.date
    ends = kind.last_day(issued, held.valid_until if held else None)
    holder = Subject.objects.get(pk=ctx.facts.taker.id) if ctx.facts.taker else ctx.dossier.subject
    given: dict[str, Any] = {name: ctx.facts.answers.get(name) for name in kind.fields}
    facts = (held.facts if held else {}) | {
        name: value for name, value in given.items() if value not in (None, "")
    }
    words = [paper.number.text, holder.name, *_texts(facts), *([held.number] if held else [])]
    return Licence.objects.create(
        register=kind.register_id,
        number=kind.number.format(paper=paper.number.text),
        dossier=ctx.dossier,
        paper=paper,
        subject=holder,
        issued_on=issued,
        valid_until=ends,
        replaces=held,
        inspection=held.inspection if held else None,
        renewal_notices=held.renewal_notices if held and held.valid_until == ends else 0,
        facts=facts,
        search=folded(" ".join(words)),
    )


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [str(value)] if value not in (None, "") else []
