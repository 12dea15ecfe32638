"""Submission, opening by the authority, acceptance, assignment, and the closing of a dossier that goes no further."""

from datetime import date

from django.db import connection

from procedures.errors import Invalid, Reason
from procedures.models import Agency, Membership
from workflows.dossier.acts import decision
from workflows.dossier.answers import answers_sha256
from workflows.dossier.context import Context
from workflows.models import DossierCounter, Payment

__all__ = ["accept", "begin", "close", "open_", "submit"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def submit(ctx: Context) -> None:
    """The version is pinned here, and the answers' fingerprint goes into the ledger."""
    ctx.data["answers_sha256"] = answers_sha256(ctx.dossier)
    ctx.data["version"] = f"{ctx.facts.definition.code} {ctx.facts.definition.version:%Y-%m-%d}"


def open_(ctx: Context) -> None:
    """The authority's own dossier has its code from the first moment."""
    submit(ctx)
    accept(ctx)


def accept(ctx: Context) -> None:
    """Give the dossier its code: agency, date of receipt, daily serial (Circular 01/2018 Art. 19)."""
    agency = ctx.facts.definition.agency
    own, above = Agency.objects.values_list("national_code", "parent__national_code").get(code=agency)
    number = own or above or ""
    serial = _next_serial(number or agency, ctx.today)
    code = f"{number}-{ctx.today:%y%m%d}-{serial:04d}"
    ctx.set(code=code)
    ctx.data["code"] = code


def _next_serial(agency: str, day: date) -> int:
    """The next serial of the day for an agency's national code, which departments of a ministry may share.

    The counter row is locked until the act commits, so no code is given twice.
    """
    table = DossierCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (agency, day, last) VALUES (%s, %s, 1) "  # noqa: S608 - our own table name
            f"ON CONFLICT (agency, day) DO UPDATE SET last = {table}.last + 1 RETURNING last",
            [agency, day],
        )
        return int(cursor.fetchone()[0])


def begin(ctx: Context) -> None:
    """Give the dossier to the specialist whom the head of division chose."""
    route = ctx.facts.definition.route
    appraisal = next((node for node in route.people if node.assigned), None)
    if appraisal is None:
        return  # this procedure appraises nothing, or leaves it to whoever of the role comes first
    unit = route.units[appraisal.unit]
    holders = Membership.objects.on(ctx.today).filter(
        role=appraisal.role, unit__code=unit, user__is_active=True
    )
    if not holders.filter(user=ctx.input.assignee_id or 0).exists():
        raise Invalid(
            Reason(
                "not_in_unit",
                gettext_noop("Choose a specialist of this division."),
                {"field": "assignee_id"},
            )
        )
    ctx.set(handler_id=ctx.input.assignee_id)
    ctx.data["assignee"] = f"user:{ctx.input.assignee_id}"


def close(ctx: Context) -> None:
    """Nothing is owed any more, and a decision under way is given up."""
    for payment in Payment.objects.filter(dossier=ctx.dossier, state="due"):
        payment.cancel()
        payment.save(update_fields=["state"])
    decision.void(ctx)
