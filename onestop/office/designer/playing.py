"""Playing a dossier on a version: every step by hand, with a clock that one moves. The address holds the whole game."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from onestop.access import officials
from onestop.answering import AnswerForm, typed_values
from onestop.components import formats
from onestop.components.states import state_badge
from onestop.forms import Form
from onestop.office.designer.drafts import Draft
from onestop.office.procedures import STATES, found_version
from onestop.office.reading import language
from procedures.definition.diagram import lane_title
from procedures.definition.forms import validate as clean_answers
from procedures.definition.lanes import lane_of
from procedures.definition.model import Definition, Human
from procedures.definition.route import BACK
from procedures.definition.shape import FATAL
from procedures.definition.walk import Position
from procedures.definition.ways import Way, deciding_fields
from procedures.law.life import Act, edge
from procedures.now import HANOI, now
from workflows import selectors

__all__ = ["try_out"]

LONGEST = 6000
"""Characters of the moves that an address may hold."""
ANSWERED = "tl"
"""Before the name of an answer in the address."""
KINDS = {
    "filed": _("The applicant files the dossier"),
    "opened": _("The authority opens the dossier"),
    "asked": _("The applicant asks to withdraw"),
    "limit": _("The limit has passed"),
    "silence": _("The promised date has passed in silence"),
    "ended": _("The route ends here"),
}


class ClockForm(Form):
    """When the game's clock shall stand."""

    luc = forms.DateTimeField(
        label=_("Set the clock to"),
        input_formats=["%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M"],
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "width-20"}
        ),
    )


@require_safe
@officials
def try_out(request: HttpRequest, code: str, day: str) -> HttpResponse:
    """Play: `tu` when it was filed, `di` the moves so far, `luc` where the clock shall stand, `tl-…` the answers."""
    row = found_version(code, day)
    draft = Draft.of(row, row.files)
    findings = draft.findings()
    lang = language()
    context: dict[str, Any] = {
        "row": row,
        "title": draft.definition.title.get(lang),
        "state": STATES[row.state],
        "faults": len(findings),
        "unplayable": any(finding.code in FATAL for finding in findings),
        "may_edit": row.state in {"draft", "checked"},
    }
    if not context["unplayable"]:
        context |= _game(request, draft, lang)
    return render(request, "office/try_out.html", context)


def _filed(request: HttpRequest) -> datetime:
    try:
        given = datetime.fromisoformat(request.GET.get("tu", ""))
    except ValueError:
        given = now().astimezone(HANOI)
    given = given.replace(tzinfo=HANOI) if given.tzinfo is None else given.astimezone(HANOI)
    return given.replace(second=0, microsecond=0) if 2000 <= given.year <= 2100 else now().astimezone(HANOI)


def _game(request: HttpRequest, draft: Draft, lang: str) -> dict[str, Any]:
    definition, filed = draft.definition, _filed(request)
    moves = [move for move in request.GET.get("di", "")[:LONGEST].split(",") if move]
    clock = ClockForm(request.GET if request.GET.get("luc") else None)
    if clock.is_bound and clock.is_valid():
        moves.append(f"@{clock.cleaned_data['luc'].astimezone(HANOI):%Y-%m-%dT%H:%M}")
    asked = deciding_fields(definition)
    typed = {name: text for name, text in typed_values(asked, request.GET, prefix=ANSWERED).items() if text}
    answers, errors = clean_answers(definition, typed)
    errors = [error for error in errors if error.field in typed]
    trial, count = selectors.try_out(definition, filed=filed, moves=moves, answers=answers)
    done, stopped_at = moves[:count], "".join(moves[count : count + 1])
    kept = {f"{ANSWERED}-{name}": text for name, text in typed.items()}

    def address(*played: str) -> str:
        game = {"tu": f"{filed:%Y-%m-%dT%H:%M}", "di": ",".join(played)}
        return "?" + urlencode(game | kept, safe=":,@~")

    def href(*more: str) -> str:
        return address(*done, *more)

    def to(moment: datetime) -> str:
        return href(f"@{moment.astimezone(HANOI):%Y-%m-%dT%H:%M}")

    opened = [
        {
            "title": one.node.title.get(lang),
            "who": lane_title(lane_of(one.node), lang=lang),
            "unit": definition.route.units.get(one.node.unit, "") if isinstance(one.node, Human) else "",
            "due": one.due,
            "late": one.late,
            "ways": [way for option in one.ways for way in _ways(definition, option, href, lang)],
        }
        for one in trial.open()
    ]
    coming = trial.next_limit()
    steps = [
        (gettext("one hour on"), to(trial.at + timedelta(hours=1))),
        (gettext("to the next morning"), to((trial.at + timedelta(days=1)).replace(hour=8, minute=0))),
        (gettext("a week on"), to(trial.at + timedelta(days=7))),
    ]
    if coming is not None:
        # A minute later, so that what is due has passed.
        steps.append(
            (
                gettext("past the next limit: %(at)s") % {"at": formats.stamp(coming)},
                to(coming + timedelta(minutes=1)),
            )
        )
    promised = trial.promised
    return {
        "at": trial.at,
        "filed": filed,
        "moves": ",".join(done),
        "kept": kept,
        "answers": AnswerForm(fields=asked, values=typed, errors=errors, prefix=ANSWERED) if asked else None,
        "stopped_at": stopped_at,
        "legal_state": state_badge(str(trial.position.state)),
        "ended": trial.ended,
        "open": opened,
        "withdrawals": [href(f"{way.node}.withdraw") for way in trial.withdrawals()],
        "clock": clock if clock.is_bound else ClockForm(initial={"luc": trial.at.astimezone(HANOI)}),
        "steps": [] if trial.ended else steps,
        "undo": address(*done[:-1]) if done else "",
        "promised": promised.as_dict(lang=get_language() or "vi", translate=gettext) if promised else None,
        "lines": [_line(definition, line, lang) for line in reversed(trial.lines)],
        "route": definition.route,
        "position": {"open": trial.standing, "done": sorted({line.node for line in trial.lines if line.node})},
    }  # fmt: skip


def _ways(definition: Definition, way: Way, href: Any, lang: str) -> list[dict[str, Any]]:
    """One link for each place that the way may lead to; what the law forbids there is shown and cannot be followed."""
    assert way.outcome is not None
    title, step = way.outcome.title.get(lang), f"{way.node}.{way.outcome.id}"
    act = gettext(edge(way.outcome.act).title) if way.outcome.act else ""
    if not way.following:
        return [{"title": title, "act": act, "href": "", "to": ""}]
    several = len(way.following) > 1
    return [
        {
            "title": title,
            "act": act,
            "href": href(f"{step}~{number}" if number else step),
            "to": _places(definition, following, lang) if several else "",
        }
        for number, following in enumerate(way.following)
    ]


def _places(definition: Definition, position: Position, lang: str) -> str:
    names = dict.fromkeys(name for name, _branch in position.tokens)
    return ", ".join(definition.route.node(name).title.get(lang) for name in names if name != BACK)


def _line(definition: Definition, line: Any, lang: str) -> dict[str, Any]:
    node = definition.route.node(line.node) if line.node else None
    outcome = next((one for one in node.outcomes if one.id == line.outcome), None) if node else None
    kind = "opened" if line.outcome == Act.OPEN and not line.node else line.kind
    said = str(KINDS[kind]) if kind in KINDS else ""
    parts = [node.title.get(lang) if node else "", outcome.title.get(lang) if outcome else ""]
    titles = {name: paper.title.get(lang) for name, paper in definition.papers.items()}
    papers = [titles.get(name, gettext("the decision or the refusal, as drafted")) for name in line.papers]
    return {
        "at": line.at,
        "text": ": ".join(part for part in parts if part),
        "said": said,
        "state": state_badge(str(line.state)),
        "papers": papers,
    }
