"""Making a paper inside an act: its number reserved, its content frozen. The bytes come after the commit."""

from collections.abc import Mapping, Sequence

from procedures import catalog, selectors
from procedures.models import User
from workflows.credentials import keys
from workflows.credentials.statement import Statement, encode
from workflows.dossier.context import Context
from workflows.dossier.snapshot import snapshot
from workflows.models import NumberReservation, Paper
from workflows.models.paper import new_code
from workflows.papers import numbering
from workflows.papers.snapshot import canonical, sha256

__all__ = ["make", "make_slip"]


def make_slip(ctx: Context, kind: str) -> Paper:
    """A slip: the officer's, with the agency's automatic seal; the system does all its steps after the commit."""
    return make(ctx, kind, signer=User.objects.get(pk=ctx.user_id) if ctx.user_id else _officer(ctx))


def _officer(ctx: Context) -> User | None:
    """Who answers for a slip that the system makes: the handler, else the first who holds the first step's role."""
    if ctx.dossier.handler_id:
        return User.objects.get(pk=ctx.dossier.handler_id)
    route = ctx.facts.definition.route
    first = route.first
    if first.kind != "human":
        return None
    return selectors.holders(role=first.role, unit_code=route.units[first.unit], on=ctx.today).first()


def make(ctx: Context, kind: str, *, signer: User | None) -> Paper:
    """Reserve number and date, freeze the content, and ask for the bytes by the outbox; so with its annexes."""
    definition = ctx.facts.definition
    paper_kind = definition.papers[kind]
    number = None
    if paper_kind.series:
        number = numbering.reserve(
            agency_code=definition.agency, series=paper_kind.series, pattern=paper_kind.pattern, on=ctx.today
        )
    written = number.text if number else ""
    annexes = [_frozen(ctx, name, number=written, signer=signer) for name in definition.annexes_of(kind)]
    paper = _frozen(
        ctx,
        kind,
        number=written,
        signer=signer,
        annexes=[{"title": one.title, "code": one.code, "sha256": one.snapshot_sha256} for one in annexes],
    )
    paper.number, paper.signer = number, signer
    if kind == "decision" and number is not None:
        paper.statement = _statement(
            ctx, number, code=paper.code, title=paper.title, facts=paper.snapshot_sha256
        )
    paper.save()
    for annex in annexes:
        annex.annex_of = paper
        annex.save()
    ctx.events.append(("paper.produce", {"paper_id": paper.pk}))
    ctx.data |= {
        "paper": str(paper.ref),
        "paper_kind": kind,
        "number": number.text if number else "",
        "content_sha256": paper.snapshot_sha256,
    }
    return paper


def _frozen(
    ctx: Context,
    kind: str,
    *,
    number: str,
    signer: User | None,
    annexes: Sequence[Mapping[str, str]] = (),
) -> Paper:
    """A paper of that kind with its content, not saved yet."""
    paper_kind = ctx.facts.definition.papers[kind]
    code = new_code()
    text = canonical(
        snapshot(ctx, kind, number=number, on=ctx.today, signer=signer, code=code, annexes=annexes)
    )
    return Paper(
        dossier=ctx.dossier,
        kind=kind,
        title=paper_kind.title.vi,
        code=code,
        snapshot=text,
        snapshot_sha256=sha256(text),
        template_sha256=sha256(catalog.template(ctx.dossier.definition_sha256, paper_kind.template)),
        created_at=ctx.now,
    )


def _statement(ctx: Context, number: NumberReservation, *, code: str, title: str, facts: str) -> str:
    """What the decision's QR code says, signed; empty where the register has no key."""
    key = keys.signing_key()
    if key is None:
        return ""
    kind = ctx.facts.definition.licence
    held = ctx.facts.licence.valid_until if ctx.facts.licence else None
    said = Statement(
        code=code,
        number=number.text,
        on=number.date,
        title=title,
        holder=ctx.facts.taker.name if ctx.facts.taker else ctx.dossier.subject.name,
        valid_until=kind.last_day(number.date, held) if kind and not kind.alters else None,
        agency=number.series.agency_code,
        series=number.series.kind,
        index=number.number,
        facts=bytes.fromhex(facts)[:16],
    )
    return encode(said, key=key)
