"""Messages with partners, for integration officers: looked up, read, sent again, corrected, skipped."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from integrations import books
from integrations import console as acts
from integrations import selectors as partners
from integrations.models import Inbound, Message
from integrations.registry import registry
from onestop.access import actor, officials
from onestop.asking import asked, asked_number
from onestop.components.states import INBOUND_STATES, MESSAGE_STATES, WAITS_ITS_TURN
from onestop.errors import sentences
from onestop.office.lines import ReasonForm, of_line
from onestop.office.views import with_rail
from onestop.office.work import see_other
from procedures import policy
from procedures.errors import Conflict, Invalid, NotFound, Reason, Refused
from procedures.now import HANOI, now
from procedures.policy import Actor
from workflows import selectors
from workflows.models import Dossier

__all__ = ["act", "console", "content", "inbound", "message"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


OUTCOMES = {
    "open": gettext_lazy("under way, or its worker died"),
    "received": gettext_lazy("received"),
    "accepted": gettext_lazy("accepted"),
    "rejected": gettext_lazy("rejected"),
    "not_sent": gettext_lazy("no connection"),
    "throttled": gettext_lazy("asked to wait"),
    "unknown": gettext_lazy("outcome unknown"),
    "credential": gettext_lazy("keys or certificates do not fit"),
    "peer_error": gettext_lazy("the partner could not process it"),
    "local": gettext_lazy("a fault of our own"),
}
"""What became of an attempt, inside a sentence."""
GROUPS: dict[str, dict[str, tuple[Any, tuple[str, ...]]]] = {
    "di": {
        "can-xem": (gettext_lazy("Need a person"), ("dead",)),
        "dang-cho": (
            gettext_lazy("Under way"),
            ("queued", "leased", "sent", "retry_wait", "unknown", "received"),
        ),
        "chap-nhan": (gettext_lazy("Accepted"), ("accepted",)),
        "tu-choi": (gettext_lazy("Rejected"), ("rejected",)),
        "bo-qua": (gettext_lazy("Skipped or corrected"), ("skipped", "superseded")),
    },
    "ve": {
        "ap-dung": (gettext_lazy("Applied"), ("applied",)),
        "tu-choi": (gettext_lazy("Refused"), ("refused",)),
        "mau-thuan": (gettext_lazy("Contradictory or foreign"), ("conflict", "orphan")),
        "cho": (gettext_lazy("Not applied yet"), ("stored",)),
    },
}
PERIODS: dict[str, tuple[Any, Callable[[datetime], datetime]]] = {
    "hom-nay": (
        gettext_lazy("Today"),
        lambda at: at.astimezone(HANOI).replace(hour=0, minute=0, second=0, microsecond=0),
    ),
    "7-ngay": (gettext_lazy("The last 7 days"), lambda at: at - timedelta(days=7)),
    "30-ngay": (gettext_lazy("The last 30 days"), lambda at: at - timedelta(days=30)),
}


@require_safe
@officials
def console(request: HttpRequest) -> HttpResponse:
    """The lines with their health, and the book of what was sent, or received (`chieu=ve`), newest first."""
    policy.must(actor(request), "messages.read", None)
    way = "ve" if asked(request, "chieu", most=2) == "ve" else "di"
    text, partner = asked(request, "tim", most=80), asked(request, "doi-tac", most=40)
    group, period = asked(request, "trang-thai", most=20), asked(request, "ky", most=10)
    wanted = books.Wanted(
        text=text,
        partner=partner if partner in registry.names() else "",
        states=GROUPS[way][group][1] if group in GROUPS[way] else (),
        since=PERIODS[period][1](now()) if period in PERIODS else None,
    )
    after = asked_number(request, "sau")
    rows: list[dict[str, Any]]
    if way == "ve":
        received, following = books.incoming_book(wanted, before=after)
        rows = [_came(one) for one in received]
    else:
        sent, following = books.outgoing_book(wanted, before=after)
        rows = [_went(one) for one in sent]
    given = {
        "chieu": way if way == "ve" else "",
        "tim": text,
        "doi-tac": partner,
        "trang-thai": group,
        "ky": period,
    }
    query = urlencode({name: value for name, value in given.items() if value})
    with_rail(request)
    lines = [of_line(one) for one in partners.lines()]
    context = {
        "lines": lines,
        "alerts": [(row["line"], said) for row in lines for said in row["alerts"]],
        "way": way,
        "text": text,
        "choices": [
            (
                "doi-tac",
                _("Partner"),
                [(name, registry.get(name).title) for name in registry.names()],
                partner,
            ),
            ("trang-thai", _("State"), [(key, one[0]) for key, one in GROUPS[way].items()], group),
            ("ky", _("Period"), [(key, one[0]) for key, one in PERIODS.items()], period),
        ],
        "rows": rows,
        "first": f"?{query}" if after else "",
        "following": f"?{query}&sau={following}" if following else "",
    }
    return render(request, "office/messages.html", context)


def _went(one: Message) -> dict[str, Any]:
    adapter = registry.get(one.connector.name)
    waits = one.state in {"queued", "retry_wait"} and getattr(one, "behind", False)
    return {
        "message": one,
        "partner": adapter.title,
        "title": adapter.document_title,
        "badge": WAITS_ITS_TURN if waits else MESSAGE_STATES[one.state],
        "note": _note(one),
        "tries": one.attempts,
    }


def _note(one: Message) -> str:
    answer: dict[str, Any] = one.answer
    if answer.get("faults"):
        return "; ".join(f"{fault['code']} {fault['text']}" for fault in answer["faults"])
    return str(answer.get("reference") or one.last_error)


def _came(one: Inbound) -> dict[str, Any]:
    return {
        "inbound": one,
        "partner": registry.get(one.connector.name).title,
        "badge": INBOUND_STATES[one.state],
    }


@require_safe
@officials
def message(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One message: its timeline, its words, what it changed from the one it cites, and what can be done with it."""
    policy.must(actor(request), "messages.read", None)
    return _page(request, uuid)


def _page(
    request: HttpRequest,
    uuid: UUID,
    *,
    form: ReasonForm | None = None,
    said: Iterable[str] = (),
    status: int = 200,
) -> HttpResponse:
    who, one = actor(request), acts.message_of(uuid)
    asks = one.skip_requests.select_related("asked_by", "decided_by").order_by("-pk").first()
    open_ = asks if asks is not None and asks.decided_at is None else None
    mine = policy.can(who, "messages.act", None)
    dead, written = one.state == "dead", bool(one.content)
    with_rail(request)
    context = {
        **_went(one),
        "uuid": one.uuid,
        "dossier": _dossier(who, one),
        "attempts": [
            (tried, OUTCOMES.get(tried.outcome, tried.outcome)) for tried in one.tries.order_by("-number")
        ],
        "answers": [
            (answer, INBOUND_STATES[answer.state]) for answer in one.answers.defer("raw").order_by("-pk")
        ],
        "corrected_by": getattr(one, "corrected_by", None),
        "pretty": books.pretty(bytes(one.content)) if written else "",
        "difference": books.difference(bytes(one.cites.content), bytes(one.content)) if one.cites else [],
        "asked": open_,
        "decided": asks if open_ is None else None,
        "by_me": open_ is not None and open_.asked_by_id == who.id,
        "may": {
            "retry": mine
            and written
            and open_ is None
            and one.state in {"dead", "queued", "retry_wait", "unknown"},
            "resend": mine and open_ is None and one.state in {"dead", "rejected"},
            "ask_skip": mine and dead and open_ is None,
            "decide": mine and open_ is not None and dead,
        },
        "form": form or ReasonForm(),
        "refusal": list(said),
    }
    return render(request, "office/message.html", context, status=status)


def _dossier(who: Actor, one: Message) -> Dossier | None:
    """The dossier that it is about, where the reader may open it."""
    reach = policy.scope(selectors.as_official(who), "dossiers")
    return Dossier.objects.filter(reach, pk=one.dossier_id).only("ref").first()


@require_safe
@officials
def content(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The very bytes that are sent, to be saved."""
    policy.must(actor(request), "messages.read", None)
    one = acts.message_of(uuid)
    if not one.content:
        raise NotFound(Reason("no_content", gettext_noop("This message was never written.")))
    answer = HttpResponse(bytes(one.content), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{one.uuid}.xml"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@officials
def act(request: HttpRequest, uuid: UUID, message_act: str) -> HttpResponse:
    """What an integration officer does with a message; what is wrong comes back beside what was typed."""
    who, form = actor(request), ReasonForm(request.POST)
    policy.must(who, "messages.read", None)
    reason = request.POST.get("reason", "")
    try:
        match message_act:
            case "retry":
                acts.retry(actor=who, uuid=uuid, reason=reason)
                said = _("It is being sent again.")
            case "resend":
                uuid = acts.resend(actor=who, uuid=uuid, reason=reason).uuid
                said = _("A corrected message is written and will be sent in its turn. This is it.")
            case "ask-skip":
                acts.ask_skip(actor=who, uuid=uuid, reason=reason)
                said = _("Another integration officer decides whether it is skipped.")
            case "grant-skip":
                acts.decide_skip(actor=who, uuid=uuid, granted=True)
                said = _("It is skipped; those behind it go on.")
            case _:
                acts.decide_skip(actor=who, uuid=uuid, granted=False)
                said = _("It is not skipped.")
    except (Conflict, Invalid, Refused) as refusal:
        return _page(
            request,
            uuid,
            form=form,
            said=[str(one) for one in sentences(refusal.reasons)],
            status=refusal.status,
        )
    messages.success(request, said)
    return see_other(reverse("office:message", args=[uuid]))


@require_safe
@officials
def inbound(request: HttpRequest, number: int) -> HttpResponse:
    """What a partner sent, and what we answered."""
    policy.must(actor(request), "messages.read", None)
    one = books.inbound_of(number)
    with_rail(request)
    context = {
        **_came(one),
        "about": one.message,
        "pretty": books.pretty(bytes(one.raw)),
        "answered": books.pretty(bytes(one.acknowledgement)) if one.acknowledgement else "",
    }
    return render(request, "office/inbound.html", context)
