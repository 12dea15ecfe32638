"""The acts of a dossier as cards: open to me with their forms, closed with every reason; and who is awaited."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from onestop.office import reading, words
from onestop.office.forms import ActForm, draw_act
from procedures.definition.model import Human, Need, PaperStep, Wait
from procedures.law.life import Act
from procedures.policy import Actor
from procedures.selectors import unit_names
from workflows import selectors
from workflows.models import Dossier, Draft, Paper
from workflows.selectors import Asks, OpenAct

__all__ = ["Card", "Desk", "desk", "signs"]

READ_FIRST = frozenset({PaperStep.COUNTERSIGN, PaperStep.APPROVE, PaperStep.CHECK})
"""Steps whose person must have the bytes before the eyes: they have a page of their own."""
ICONS = {PaperStep.COUNTERSIGN: "pen", PaperStep.APPROVE: "pen", PaperStep.CHECK: "stamp"}
FINAL_FOR_APPLICANT = frozenset({Act.REFUSE_ACCEPTANCE, Act.STOP})
DRAFTING = frozenset({Need.CHECKLIST, Need.DRAFT_GRANT, Need.DRAFT_REFUSAL})


@dataclass(frozen=True, slots=True)
class Card:
    """An act open to me."""

    title: str
    button: str
    then: tuple[str, ...]
    """What follows, told before the click."""
    form: ActForm
    action: str
    kind: str
    """primary for the first, danger for what ends the dossier, else outline."""
    open: bool
    id: str
    lead: str = ""
    """What a closed card says below its title."""
    signs: bool = False
    icon: str = ""


@dataclass(slots=True)
class Desk:
    """Everything beside the dossier that concerns acting on it."""

    cards: list[Card] = field(default_factory=list)
    closed: list[dict[str, Any]] = field(default_factory=list)
    """{"title", "reasons"} as the component takes it."""
    waits: list[dict[str, Any]] = field(default_factory=list)
    """{"title", "text", "system", "task_id", "late"} of what the dossier waits for."""
    holders: list[str] = field(default_factory=list)
    """Who holds the open steps, in words."""
    leads_to_signing: bool = False
    """One of my open steps is done on the page of the exact bytes."""


def signs(node: Human) -> bool:
    """Whether the step is done with the paper's bytes before the eyes."""
    return any(outcome.step in READ_FIRST for outcome in node.outcomes)


def desk(
    *,
    actor: Actor,
    dossier: Dossier,
    lang: str,
    paper: Paper | None,
    draft: Draft | None,
    bound: ActForm | None = None,
    signing_page: bool = False,
) -> Desk:
    """Open acts with their forms (`bound` takes the place of its fresh twin), closed ones, and open waits.

    On the page of the exact bytes only the steps that need them have cards; elsewhere these only lead there.
    """
    found = Desk()
    route = dossier.definition.route
    units = unit_names(codes=route.units.values(), lang=lang)
    acts = selectors.open_acts(actor=actor, dossier=dossier, lang=lang)
    several = len({act.task.id for act in acts if act.open}) > 1
    for act in acts:
        if signs(act.node):
            if not signing_page:
                found.leads_to_signing = found.leads_to_signing or act.open
                continue
        elif signing_page:
            continue
        if act.open:
            first = not found.cards
            found.cards.append(
                _card(
                    act,
                    dossier,
                    lang,
                    units,
                    paper,
                    draft,
                    bound,
                    first=first,
                    several=several,
                    asks=selectors.remote_signing(actor=actor, outcome=act.outcome),
                )
            )
    shown = [act for act in acts if not act.open and (not signing_page or signs(act.node))]
    found.closed = _closed(dossier, shown, units)
    _add_holders(found, dossier, lang)
    return found


def _card(
    act: OpenAct,
    dossier: Dossier,
    lang: str,
    units: dict[str, str],
    paper: Paper | None,
    draft: Draft | None,
    bound: ActForm | None,
    *,
    first: bool,
    several: bool,
    asks: Asks | None,
) -> Card:
    outcome = act.outcome
    this = bound is not None and (bound.node.id, bound.outcome.id) == (act.node.id, outcome.id)
    form = (
        bound
        if bound is not None and this
        else draw_act(
            dossier=dossier,
            node=act.node,
            outcome=outcome,
            lang=lang,
            paper_sha256=paper.file_sha256 if paper and Need.HASH in outcome.needs else "",
            draft=draft if DRAFTING & act.needs else None,
            asks=asks,
        )
    )
    kind = "primary" if first else "danger" if outcome.act in FINAL_FOR_APPLICANT else "outline"
    return Card(
        title=act.title,
        button=_button(act, paper),
        then=tuple(words.consequences(dossier, outcome, units=units, lang=lang, paper=paper)),
        form=form,
        action=reverse("office:act", args=[dossier.ref, act.task.id, outcome.id]),
        kind=kind,
        open=this if bound is not None else first,
        id=f"viec-{act.node.id}-{outcome.id}".replace("_", "-"),
        lead=_lead(act, dossier, several=several),
        signs=Need.STEP_UP in outcome.needs,
        icon=ICONS.get(outcome.step, "") if outcome.step else "",
    )


def _lead(act: OpenAct, dossier: Dossier, *, several: bool) -> str:
    """How many rounds of supplement there have been, where that is what matters; else the step, if I have several."""
    if act.outcome.act is not Act.REQUEST_SUPPLEMENT:
        return act.node.title.get(reading.language()) if several else ""
    rounds = sum(1 for row in selectors.supplements_of(dossier) if row.stage == "appraisal")
    most = dossier.definition.terms.supplement_rounds
    return _("Round %(round)s of at most %(most)s.") % {"round": rounds + 1, "most": most}


def _button(act: OpenAct, paper: Paper | None) -> str:
    if paper is not None and act.outcome.step is PaperStep.COUNTERSIGN:
        return _("Countersign %(paper)s") % {"paper": words.paper_name(paper)}
    if paper is not None and act.outcome.step is PaperStep.APPROVE:
        return _("Sign %(paper)s") % {"paper": words.paper_name(paper)}
    if paper is not None and act.outcome.step is PaperStep.CHECK:
        return _("Seal %(paper)s") % {"paper": words.paper_name(paper)}
    return act.title


def _closed(dossier: Dossier, acts: Sequence[OpenAct], units: dict[str, str]) -> list[dict[str, Any]]:
    """Closed acts; those of one step that are closed for the same reasons stand together."""
    grouped: dict[tuple[int, tuple[str, ...]], list[OpenAct]] = {}
    for act in acts:
        grouped.setdefault((act.task.id, tuple(r.code for r in act.reasons)), []).append(act)
    return [
        {
            "title": words.listed(act.title for act in group),
            "reasons": [
                words.plain_reason(
                    reason,
                    unit=units.get(group[0].task.unit, group[0].task.unit),
                    role=words.role_name(group[0].task.role),
                    dossier=dossier,
                )
                for reason in group[0].reasons
            ],
        }
        for group in grouped.values()
    ]


def _add_holders(found: Desk, dossier: Dossier, lang: str) -> None:
    for task, step, owner, unit in selectors.holder(dossier, lang=lang):
        node = dossier.definition.route.node(task.node)
        if isinstance(node, Wait):
            system = node.party == "system"
            found.waits.append(
                {
                    "title": step,
                    "system": system,
                    "task_id": task.pk,
                    "due_at": task.due_at,
                    "applicant": node.party == "applicant",
                }
            )
        else:
            who = f"{owner}, {unit}" if owner else f"{words.role_name(task.role)}, {unit}"
            found.holders.append(f"{step}: {who}")
