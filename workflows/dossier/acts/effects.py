"""Which effects an act has, besides its place in the table of life: one verb a legal act, one a need, one a step."""

from collections.abc import Callable

from procedures.definition.model import Human, Need, PaperStep
from procedures.law.life import BEGINNINGS, Act
from workflows.dossier.acts import decision, extension, intake, licence, money, opinion, supplement
from workflows.dossier.acts.paper import make_slip
from workflows.dossier.acts.tacit import NOTICE, TACIT, pass_over
from workflows.dossier.context import Context

__all__ = ["OWE_THEIR_SLIP", "apply", "enters"]

Effect = Callable[[Context], None]

BY_ACT: dict[Act, Effect] = {
    Act.SUBMIT: intake.submit,
    Act.OPEN: intake.open_,
    Act.ACCEPT: intake.accept,
    Act.BEGIN: intake.begin,
    Act.REQUEST_INTAKE_SUPPLEMENT: supplement.request,
    Act.REQUEST_SUPPLEMENT: supplement.request,
    Act.SUPPLY_INTAKE_SUPPLEMENT: supplement.supply,
    Act.SUPPLY_SUPPLEMENT: supplement.supply,
    Act.DEMAND_FEE: money.demand_fee,
    Act.PAY: money.pay,
    Act.REQUEST_WITHDRAWAL: lambda ctx: ctx.note(ctx.input.reason, kind="reason"),
    Act.LAPSE: intake.close,
    Act.STOP: intake.close,
    Act.EXTEND: extension.extend,
    Act.TACIT_GRANT: licence.grant,
    Act.TACIT_REFUSAL: licence.refuse,
    Act.GRANT: licence.grant,
    Act.REFUSE: licence.refuse,
}
OWE_THEIR_SLIP = frozenset({Act.LAPSE, Act.TACIT_REFUSAL})
BY_NEED: dict[Need, Effect] = {
    Need.REASON: lambda ctx: ctx.note(ctx.input.reason, kind="reason"),
    Need.CHECKLIST: decision.draft,
    Need.OPINION: opinion.give,
    Need.MINUTES: opinion.put_on_record,
}
BY_STEP: dict[PaperStep, Effect] = {
    PaperStep.MAKE: decision.make,
    PaperStep.RENDERED: decision.rendered,
    PaperStep.COUNTERSIGN: decision.countersign,
    PaperStep.COUNTERSIGNED: decision.countersigned,
    PaperStep.APPROVE: decision.approve,
    PaperStep.SIGNED: decision.signed,
    PaperStep.CHECK: decision.check,
    PaperStep.PUBLISH: decision.publish,
    PaperStep.VOID: decision.void,
}


def apply(ctx: Context) -> None:
    """Run every effect of the act, in a fixed order: needs, paper step, act, slip.

    A slip that is itself the result comes before the act that it grants by. What the system does to many at once owes
    its slip, which is made after the commit from facts that change no more.
    """
    outcome = ctx.outcome
    if outcome is not None:
        ctx.data["outcome"] = outcome.id
        for need in outcome.needs:
            if need in BY_NEED:
                BY_NEED[need](ctx)
        if outcome.step is not None:
            BY_STEP[outcome.step](ctx)
    if ctx.task is not None:
        ctx.data["task"] = ctx.task.id
    slip = outcome.paper if outcome is not None and outcome.step is None else ctx.command.slip
    if ctx.act in TACIT:
        pass_over(ctx)
        slip = NOTICE
    result = bool(slip) and (ctx.facts.definition.papers[slip].is_result or ctx.act is Act.TACIT_GRANT)
    if result:
        ctx.paper = make_slip(ctx, slip)
    if ctx.act in BY_ACT:
        BY_ACT[ctx.act](ctx)
    if ctx.act in OWE_THEIR_SLIP:
        ctx.events.append(("slip.owed", {"paper_kind": slip}))
    elif slip and not result:
        make_slip(ctx, slip)


def enters(ctx: Context) -> str | None:
    """Where an act from outside enters the route: "" for the start, a node's id for an interruption."""
    if ctx.act in BEGINNINGS:
        return ""
    if ctx.act is Act.REQUEST_WITHDRAWAL:
        return next(
            node.id for node in ctx.facts.definition.route.nodes if isinstance(node, Human) and node.interrupt
        )
    return None
