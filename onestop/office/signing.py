"""The page of the exact bytes: what is signed or sealed is what is read, and who did what before."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onestop.access import actor, officials
from onestop.components import formats
from onestop.moment import of_one_moment
from onestop.office import acting, reading, words
from onestop.office.dated_lines import as_lines
from onestop.office.forms import ActForm
from procedures.definition.model import Human, PaperStep
from procedures.policy import Actor
from workflows import selectors
from workflows.models import Dossier, Paper
from workflows.selectors import Event

__all__ = ["sign", "sign_page"]

PREPARING = frozenset({PaperStep.MAKE})


@require_safe
@officials
@of_one_moment
def sign(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Read the bytes that will be signed or sealed, then do it or send them back."""
    found = selectors.dossier_of(actor=selectors.as_official(actor(request)), ref=ref)
    return sign_page(request, found)


def sign_page(
    request: HttpRequest, found: Dossier, *, bound: ActForm | None = None, status: int = 200
) -> HttpResponse:
    """The page, with a form that was refused in its place when there is one."""
    lang = reading.language()
    who = actor(request)
    paper = selectors.result_paper(found)
    draft = selectors.draft_of(found)
    desk = acting.desk(
        actor=who, dossier=found, lang=lang, paper=paper, draft=draft, bound=bound, signing_page=True
    )
    if paper is None and not any(wait["system"] for wait in desk.waits):
        return HttpResponseRedirect(reverse("office:dossier", args=[found.ref]))
    events = selectors.history(found, internal=True, lang=lang)
    context = {
        "dossier": found,
        "reference": reading.reference(found),
        "clock": reading.clock(found, lang=lang),
        "paper": paper,
        "paper_name": words.paper_name(paper) if paper else "",
        "href": reading.paper_href(found, paper) if paper else "",
        "annexes": reading.annexes(found, paper) if paper else [],
        "hash": words.short_hash(paper.file_sha256) if paper else "",
        "desk": desk,
        "bound": bound,
        "sealing": paper is not None and paper.state in ("signed", "checked"),
        "countersigning": paper is not None and paper.to_countersign > 0,
        "checks": _checks(found, paper, events, who, lang) if paper else [],
        "people": _people(found, events, lang),
        "draft": draft,
        "own_conditions": as_lines(draft),
    }
    return render(request, "office/sign.html", context, status=status)


def _performers(found: Dossier, events: list[Event], lang: str) -> list[tuple[Human, Event]]:
    """Who finished each internal step last, in the order of the route."""
    last: dict[str, Event] = {}
    for event in events:  # newest first
        node_id = event.act.partition(".")[0]
        if "." in event.act and node_id not in last:
            last[node_id] = event
    nodes = [node for node in found.definition.route.nodes if isinstance(node, Human)]
    return [(node, last[node.id]) for node in nodes if node.id in last]


def _people(found: Dossier, events: list[Event], lang: str) -> list[dict[str, Any]]:
    return [
        {
            "at": event.at,
            "step": node.title.get(lang),
            "who": event.actor,
            "title": event.actor_title.lower(),
            "reason": event.reason,
        }
        for node, event in sorted(_performers(found, events, lang), key=lambda pair: pair[1].at)
    ]


def _checks(
    found: Dossier, paper: Paper, events: list[Event], reader: Actor, lang: str
) -> list[dict[str, str]]:
    """What is sure about the paper before it is signed: number, frozen content, bytes, bases, different people."""
    checks = []
    if paper.number is not None:
        checks.append(
            {
                "title": _("%(number)s of %(day)s is reserved")
                % {"number": paper.number.text, "day": formats.day(paper.number.date)},
                "note": _("If the paper is sent back, the number is recorded as void, with the reason."),
                "outcome": "passed",
            }
        )
    checks.append(
        {
            "title": _("Content frozen at %(at)s") % {"at": formats.stamp(paper.created_at)},
            "note": _("Fingerprint of the data: %(hash)s, attached to the PDF and kept in the ledger.")
            % {"hash": words.short_hash(paper.snapshot_sha256)},
            "outcome": "passed",
        }
    )
    checks += [
        {
            "title": _("Countersigned by %(name)s") % {"name": row.signer.full_name},
            "note": formats.stamp(row.at),
            "outcome": "passed",
        }
        for row in selectors.countersignatures(paper)
    ]
    if paper.approved_at and paper.signed_sha256:
        checks.append(
            {
                "title": _("Signed by %(name)s") % {"name": paper.signer.full_name if paper.signer else ""},
                "note": formats.stamp(paper.approved_at),
                "outcome": "passed",
            }
        )
    certificate = selectors.certificate_of(paper, agency=found.definition.agency, reader=reader)
    if certificate is not None and certificate.facts is not None:
        checks.append(
            {
                "title": _("Certificate of %(name)s") % {"name": certificate.facts.holder},
                "note": _("In force until %(day)s, not revoked, and it leads to a root that we trust.")
                % {"day": formats.day(certificate.facts.valid_until)}
                if certificate.unfit is None
                else "",
                "outcome": "passed" if certificate.unfit is None else "failed",
            }
        )
    illustrative = [basis for basis in found.definition.legal_bases if basis.illustrative]
    checks.append(
        {
            "title": _("Legal bases of the version in force on %(day)s")
            % {"day": formats.day(found.definition.version)},
            "note": _("%(count)s of %(total)s have not been checked against the text of the law.")
            % {"count": len(illustrative), "total": len(found.definition.legal_bases)}
            if illustrative
            else "",
            "outcome": "indeterminate" if illustrative else "passed",
        }
    )
    checks.append(_different_people(found, paper, events, reader))
    return checks


def _different_people(found: Dossier, paper: Paper, events: list[Event], reader: Actor) -> dict[str, str]:
    """Separation of duties, as the route asks it of the step that is open."""
    sealing = paper.state in ("signed", "checked")
    route = found.definition.route
    signer = paper.signer.full_name if paper.signer else ""
    if paper.to_countersign:
        node: Human | None = route.countersigning[paper.next_place]
        signer = reader.name
    else:
        wanted = PaperStep.CHECK if sealing else PaperStep.APPROVE
        node = next((one for one in route.people if any(o.step is wanted for o in one.outcomes)), None)
    apart = node.different_from if node else ()
    names = sorted({e.actor for e in events if e.act.partition(".")[0] in apart and e.actor})
    if sealing:
        return {
            "title": _("Whoever signed does not seal"),
            "note": _("Signed by %(name)s.") % {"name": signer},
            "outcome": "passed",
        }
    clash = signer in names
    return {
        "title": _("Drafted, reviewed and signed by different people"),
        "note": _("Before: %(names)s. Signs: %(signer)s.") % {"names": ", ".join(names), "signer": signer},
        "outcome": "failed" if clash else "passed",
    }
