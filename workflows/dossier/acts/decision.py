"""The decision: drafted, prepared, countersigned, signed as read, sealed as signed, and published."""

from datetime import datetime

from procedures import selectors
from procedures.definition.model import PaperStep, Role
from procedures.errors import Busy, Invalid, Reason
from procedures.models import User
from workflows.dossier.acts.paper import make as make_paper
from workflows.dossier.context import Context
from workflows.dossier.listing import hold
from workflows.dossier.rules.papers import NOT_AUTHORISED, SIGNING_AWAY, UNFIT
from workflows.models import Countersignature, Draft, Paper, RemoteSignature
from workflows.papers import custody, numbering
from workflows.papers.keys import KeysAway

__all__ = [
    "approve",
    "check",
    "countersign",
    "countersigned",
    "draft",
    "make",
    "publish",
    "rendered",
    "signed",
    "under_way",
    "void",
]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def draft(ctx: Context) -> None:
    """Keep the appraisal's checklist and the drafted decision; a new draft supersedes the last."""
    outcome = ctx.outcome
    assert outcome is not None
    kind = "refusal" if "draft_refusal" in outcome.needs else "grant"
    row = Draft.objects.create(
        dossier=ctx.dossier,
        kind=kind,
        body={
            "conditions": ctx.input.conditions,
            "own_conditions": [one.model_dump(mode="json") for one in ctx.input.own_conditions],
            "grounds": list(ctx.input.grounds),
            "reasons": ctx.input.reason,
        },
        checklist={item: entry.model_dump() for item, entry in ctx.input.checklist.items()},
        author_id=ctx.person_id,
        at=ctx.now,
    )
    ctx.data |= {
        "draft": row.pk,
        "draft_kind": kind,
        "checklist": {item: entry.conclusion for item, entry in ctx.input.checklist.items()},
        "grounds": list(ctx.input.grounds),
    }


def make(ctx: Context) -> None:
    """Reserve number and date and freeze the content of the decision or the refusal, as the draft says."""
    kind = "decision" if ctx.facts.draft_kind == "grant" else "refusal"
    unit = _signing_unit(ctx)
    leaders = selectors.holders(role=Role.LEADER, unit_code=unit, on=ctx.today)
    signer = next(iter(leaders), None)
    if signer is None:
        raise Invalid(Reason("no_signer", gettext_noop("Nobody holds the role that signs this paper.")))
    ctx.paper = make_paper(ctx, kind, signer=signer)
    ctx.data["signer"] = f"user:{signer.pk}"


def _signing_unit(ctx: Context) -> str:
    route = ctx.facts.definition.route
    for node in route.people:
        if any(o.step is PaperStep.APPROVE for o in node.outcomes):
            return route.units[node.unit]
    raise LookupError("the route signs nothing")


def under_way(ctx: Context) -> Paper:
    """The decision under way; the rule has seen that it is there and in the right state."""
    if ctx.paper is None:
        assert ctx.facts.paper is not None
        ctx.paper = Paper.objects.select_related("number").get(pk=ctx.facts.paper.id)
        ctx.paper.dossier = ctx.dossier
    ctx.data["paper"] = str(ctx.paper.ref)
    return ctx.paper


def rendered(ctx: Context) -> None:
    """The system has rendered the frozen content: these exact bytes will be read and signed."""
    paper = under_way(ctx)
    paper.rendered(sha256=ctx.input.files["rendered"])
    paper.save(update_fields=["state", "rendered_sha256"])
    ctx.data["rendered_sha256"] = paper.rendered_sha256
    for annex in _annexes(ctx, paper):
        annex.rendered(sha256=_file_of(ctx, annex))
        annex.save(update_fields=["state", "rendered_sha256"])


def _annexes(ctx: Context, paper: Paper) -> list[Paper]:
    """The annexes that go the way of the paper. One query where its kind has any."""
    return list(paper.annexes.all()) if ctx.facts.definition.annexes_of(paper.kind) else []


def _file_of(ctx: Context, annex: Paper) -> str:
    try:
        return ctx.input.files[f"annex-{annex.pk}"]
    except KeyError:
        raise Invalid(Reason("no_file", gettext_noop("The paper's file is missing."))) from None


def countersign(ctx: Context) -> None:
    """An official who answers for the content has read the bytes of this fingerprint and countersigns them."""
    paper = under_way(ctx)
    signer = User.objects.get(pk=ctx.person_id)
    certificate = custody.certificate_to_sign(f"official:{signer.username}", at=ctx.now, by_hand=True)
    if certificate is not None and certificate.unfit is not None:
        raise Invalid(UNFIT[certificate.unfit])
    row = Countersignature.objects.create(
        paper=paper,
        place=paper.next_place,
        signer=signer,
        at=_authorised(ctx, paper, signer) or ctx.now,
    )
    paper.countersign()
    paper.save(update_fields=["state"])
    ctx.data |= {"read_sha256": paper.file_sha256, "countersignature": row.place}
    ctx.events.append(("paper.produce", {"paper_id": paper.pk}))


def countersigned(ctx: Context) -> None:
    """A countersignature stands in the file."""
    paper = under_way(ctx)
    paper.countersigned(sha256=ctx.input.files["countersigned"])
    paper.save(update_fields=["state", "countersigned_sha256"])
    ctx.data["countersigned_sha256"] = paper.countersigned_sha256


def approve(ctx: Context) -> None:
    """The leader has read the bytes of this fingerprint and signs them."""
    paper = under_way(ctx)
    if ctx.facts.definition.lists and paper.kind == "decision":
        hold(ctx.dossier)
    paper.approve()
    paper.approved_at = _authorised(ctx, paper, paper.signer) or ctx.now
    paper.save(update_fields=["state", "approved_at"])
    ctx.data["rendered_sha256"] = paper.rendered_sha256
    if paper.countersigned_sha256:
        ctx.data["countersigned_sha256"] = paper.countersigned_sha256
    ctx.events.append(("paper.produce", {"paper_id": paper.pk}))


def _authorised(ctx: Context, paper: Paper, signer: User | None) -> datetime | None:
    """When a signer whose key is at a remote service authorised this signature, which is there by now; None for a key
    that signs afterwards. Raises Invalid where such a signer has not: the paper would wait for ever."""
    if custody.remote_service() is None or signer is None:
        return None
    try:
        if custody.remote_keys(f"official:{signer.username}") is None:
            return None
    except KeysAway as problem:
        raise Busy(SIGNING_AWAY) from problem
    at = ctx.input.stepped_up_at
    kept = RemoteSignature.objects.filter(paper=paper, place=paper.next_place, at=at).first() if at else None
    if kept is None:
        raise Invalid(NOT_AUTHORISED)
    ctx.data["remote_signature"] = kept.digest
    return kept.at


def signed(ctx: Context) -> None:
    """The leader's signature stands in the file."""
    paper = under_way(ctx)
    paper.signed(sha256=ctx.input.files["signed"])
    paper.save(update_fields=["state", "signed_sha256"])
    ctx.data["signed_sha256"] = paper.signed_sha256


def check(ctx: Context) -> None:
    """The clerk has checked the signed bytes and seals them."""
    paper = under_way(ctx)
    paper.check_form()
    paper.checked_at = ctx.now
    paper.save(update_fields=["state", "checked_at"])
    for annex in _annexes(ctx, paper):
        annex.check_annex()
        annex.checked_at = ctx.now
        annex.save(update_fields=["state", "checked_at"])
    ctx.data["signed_sha256"] = paper.signed_sha256
    ctx.events.append(("paper.produce", {"paper_id": paper.pk}))


def publish(ctx: Context) -> None:
    """The sealed paper takes effect, and its number is used."""
    paper = under_way(ctx)
    paper.sealed(sha256=ctx.input.files["sealed"])
    paper.publish()
    paper.published_at = ctx.now
    paper.save(update_fields=["state", "sealed_sha256", "published_at"])
    for annex in _annexes(ctx, paper):
        annex.sealed(sha256=_file_of(ctx, annex))
        annex.publish()
        annex.published_at = ctx.now
        annex.save(update_fields=["state", "sealed_sha256", "published_at"])
    if paper.number is not None:
        numbering.use(paper.number)
    if ctx.facts.definition.lists:
        ctx.events.append(("list.decided", {"issued": paper.kind == "decision"}))
    ctx.data["sealed_sha256"] = paper.sealed_sha256


def void(ctx: Context) -> None:
    """Give up a decision under way: its number is void, with the reason in the visible register."""
    if ctx.facts.paper is None or ctx.facts.paper.state in ("published", "void"):
        return
    paper = under_way(ctx)
    for one in (paper, *_annexes(ctx, paper)):
        one.void()
        one.save(update_fields=["state"])
    if paper.number is not None:
        numbering.void(paper.number, reason=(ctx.input.reason or ctx.command.name)[:500])
    ctx.data["number_void"] = paper.number.text if paper.number else ""
    ctx.paper = None
