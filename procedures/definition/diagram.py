"""A route as a picture (SVG with one lane a role), as Mermaid text, and as the rows of a table. Pure.

The SVG carries presentation attributes and classes but no style, so that it may stand inside a page under a content
security policy that allows nothing inline, and also alone as a file. It is one image to a screen reader, named by its
title and description; the same facts are given by `rows`, which every page shows beside it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from procedures.definition.lanes import (
    APPLICANT,
    BOX_HEIGHT,
    BOX_WIDTH,
    COLUMN,
    LANE,
    LANE_TITLE,
    START,
    SYSTEM,
    Arrow,
    Canvas,
    Place,
    Plan,
    arrange,
    lane_of,
    start_lane,
)
from procedures.definition.model import End, Human, Role, Route, Term, Text, Unit, Wait
from procedures.definition.route import BACK, Gateway
from procedures.law.life import State

__all__ = ["Row", "begun_title", "lane_title", "mermaid", "rows", "svg", "term_text", "unit_title"]

EDGE = 10
INK, INK_2, LINE, LINE_2 = "#101b2b", "#465366", "#d4dce5", "#66758a"

ROLES: Mapping[str, Text] = {
    APPLICANT: Text(vi="Người nộp", en="Applicant"),
    SYSTEM: Text(vi="Hệ thống", en="System"),
    "partner": Text(vi="Đối tác", en="Partner"),
    Role.RECEPTION: Text(vi="Bộ phận Một cửa", en="One-stop desk"),
    Role.CASHIER: Text(vi="Thu ngân", en="Cashier"),
    Role.HEAD: Text(vi="Trưởng phòng", en="Head of division"),
    Role.SPECIALIST: Text(vi="Chuyên viên", en="Specialist"),
    Role.EXPERT: Text(vi="Chuyên gia", en="Expert"),
    Role.COUNCIL: Text(vi="Hội đồng, đoàn", en="Council, team"),
    Role.DIRECTOR: Text(vi="Lãnh đạo đơn vị", en="Director"),
    Role.LEADER: Text(vi="Lãnh đạo Cục", en="Department leader"),
    Role.CLERK: Text(vi="Văn thư", en="Clerk"),
    Role.RESULT_DESK: Text(vi="Bộ phận trả kết quả", en="Result desk"),
    Role.CONTROLLER: Text(vi="Kiểm soát thủ tục", en="Controller"),
    Role.ADMINISTRATOR: Text(vi="Quản trị", en="Administrator"),
    Role.AUDITOR: Text(vi="Kiểm toán", en="Auditor"),
    Role.INTEGRATION: Text(vi="Tích hợp", en="Integration"),
}
_UNITS: Mapping[Unit, Text] = {
    Unit.WORKING_HOURS: Text(vi="giờ làm việc", en="working hours"),
    Unit.WORKING_DAYS: Text(vi="ngày làm việc", en="working days"),
    Unit.CALENDAR_DAYS: Text(vi="ngày", en="days"),
    Unit.MONTHS: Text(vi="tháng", en="months"),
}
_STATES: Mapping[State, Text] = {
    State.DRAFT: Text(vi="bản nháp", en="draft"),
    State.SUBMITTED: Text(vi="chờ nhận", en="filed"),
    State.INTAKE_SUPPLEMENT: Text(vi="chờ bổ sung", en="supplement"),
    State.NOT_ACCEPTED: Text(vi="không nhận", en="not taken in"),
    State.RECEIVED: Text(vi="đã nhận", en="taken in"),
    State.IN_PROCESS: Text(vi="đang xử lý", en="in process"),
    State.SUPPLEMENT_REQUESTED: Text(vi="chờ bổ sung", en="supplement"),
    State.FEE_DUE: Text(vi="chờ nộp phí", en="fee due"),
    State.WITHDRAWAL_REQUESTED: Text(vi="xin rút", en="withdrawal"),
    State.STOPPED: Text(vi="đã dừng", en="stopped"),
    State.CONCLUDED: Text(vi="có kết quả", en="concluded"),
    State.RETURNED: Text(vi="đã trả", en="handed over"),
}
"""The legal states in one or two words, for a box."""
_FILE = Text(vi="Nộp hồ sơ", en="File the dossier")
_OPEN = Text(vi="Cơ quan mở hồ sơ", en="Open")
_TITLE = Text(vi="Sơ đồ các bước giải quyết hồ sơ", en="Diagram of the steps of a dossier")
_AT_MOST = Text(vi="tối đa", en="at most")


class Row(NamedTuple):
    """One way out of one step, as the table beside the diagram shows it."""

    step: str
    who: str
    limit: str
    outcome: str
    then: str
    illustrative: bool
    """Nobody has checked the limit against the text of the law."""
    state: str = ""
    """The legal state there, in words."""
    took: str = ""
    """How long a dossier was there, in words."""


def begun_title(route: Route) -> Text:
    """What begins a dossier: an application, or the authority's own act."""
    return _OPEN if route.opened_by else _FILE


def term_text(term: Term, *, lang: str) -> str:
    """A length of time in words: "15 ngày làm việc", "1 working day"."""
    unit = unit_title(term.unit, lang=lang)
    return f"{term.length} {unit.removesuffix('s') if lang == 'en' and term.length == 1 else unit}"


def unit_title(unit: Unit, *, lang: str) -> str:
    """What a unit of time is called, in the plural."""
    return _UNITS[unit].get(lang)


def lane_title(key: str, *, lang: str, names: Mapping[str, str] | None = None) -> str:
    """The name of a lane: `names[key]` when given (the unit of this agency) and no other's, else the role's own."""
    role = ROLES[key.partition(":")[0]].get(lang)
    if not names or key not in names:
        return role
    # Two roles of one unit are two lanes: then the role tells them apart.
    return role if list(names.values()).count(names[key]) > 1 else names[key]


def rows(
    route: Route,
    *,
    lang: str,
    names: Mapping[str, str] | None = None,
    states: Mapping[str, Sequence[State]] | None = None,
    took: Mapping[str, str] | None = None,
) -> list[Row]:
    """Every step and outcome, in the order of the definition; `names` as for `lane_title`, the rest as for `svg`."""
    told = _told(states, took, lang)
    back = Text(vi="Làm tiếp việc đang dở", en="Go on with what was open").get(lang)
    begins = lane_title(start_lane(route), lang=lang, names=names)
    first = Row(begun_title(route).get(lang), begins, "", "", route.first.title.get(lang), False)
    table = [first]
    for node in route.nodes:
        who = lane_title(lane_of(node), lang=lang, names=names)
        term = node.share if isinstance(node, Human) else node.limit if isinstance(node, Wait) else None
        for outcome in node.outcomes:
            then = back if outcome.to == BACK else route.node(outcome.to).title.get(lang)
            limit = term_text(term, lang=lang) if term else ""
            illustrative = term is not None and term.illustrative
            at = (told.states.get(node.id, ""), told.took.get(node.id, ""))
            table.append(
                Row(node.title.get(lang), who, limit, outcome.title.get(lang), then, illustrative, *at)
            )
    return table


def mermaid(route: Route, *, lang: str) -> str:
    """The whole route, with what the system does, as a Mermaid flowchart."""

    def quoted(text: str) -> str:
        return '"' + text.replace('"', "#quot;") + '"'

    lines = ["flowchart LR", f"  {START}([{quoted(begun_title(route).get(lang))}]) --> n_{route.first.id}"]
    for key in arrange(route, system=True).lanes:
        members = [node for node in route.nodes if lane_of(node) == key]
        lines.append(f"  subgraph l_{key.replace(':', '_')}[{quoted(lane_title(key, lang=lang))}]")
        for node in members:
            shape = "([{}])" if isinstance(node, End) else "{{{}}}" if isinstance(node, Gateway) else "[{}]"
            lines.append(f"    n_{node.id}{shape.format(quoted(node.title.get(lang)))}")
        lines.append("  end")
    for node in route.nodes:
        lines += [
            f"  n_{node.id} -->|{quoted(outcome.title.get(lang))}| n_{outcome.to}"
            for outcome in node.outcomes
            if outcome.to != BACK
        ]
    return "\n".join(lines) + "\n"


def svg(
    route: Route,
    *,
    lang: str,
    names: Mapping[str, str] | None = None,
    position: Mapping[str, Collection[str]] | None = None,
    states: Mapping[str, Sequence[State]] | None = None,
    took: Mapping[str, str] | None = None,
    system: bool = False,
    ident: str = "route",
) -> str:
    """The picture. `names`: lane key → the unit's name. `position`: {"open": node ids, "done": node ids} of a dossier.

    `states`: node id → the legal states there (`procedures.definition.walk.states`); `took`: node id → how long a
    dossier was there, in words.

    `ident` must differ between two diagrams of one page, since it begins their element ids.
    """
    plan = arrange(route, system=system)
    width, height = LANE_TITLE + plan.columns * COLUMN + EDGE, len(plan.lanes) * LANE
    seen = position or {}
    parts = [
        f'<svg class="lanes" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="{ident}-title {ident}-desc" '
        'font-family="Be Vietnam Pro, sans-serif" font-size="12">',
        f'<title id="{ident}-title">{escape(_TITLE.get(lang))}</title>',
        f'<desc id="{ident}-desc">{escape(_description(route, plan, lang=lang, names=names, seen=seen))}</desc>',
        f'<defs><marker id="{ident}-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        f'orient="auto-start-reverse"><path d="M0 .8L7.5 4L0 7.2z" fill="{INK_2}"/></marker></defs>',
    ]
    for index, key in enumerate(plan.lanes):
        parts += _lane(index, lane_title(key, lang=lang, names=names), width)
    canvas = Canvas(plan)
    arrows = sorted(plan.arrows, key=lambda a: a.kind == "main")
    parts += [_arrow(arrow, canvas, ident=ident) for arrow in arrows]
    told = _told(states, took, lang)
    parts += [_box(route, place, lang=lang, seen=seen, told=told) for place in plan.places]
    parts += [text for arrow in arrows if (text := _label(arrow, canvas, lang=lang))]
    return "".join([*parts, "</svg>"])


def _description(
    route: Route,
    plan: Plan,
    *,
    lang: str,
    names: Mapping[str, str] | None,
    seen: Mapping[str, Collection[str]],
) -> str:
    steps = []
    for place in sorted(plan.places, key=lambda p: (p.column, p.lane)):
        if place.node != START:
            node = route.node(place.node)
            mark = (
                Text(vi=" (đang ở đây)", en=" (here now)").get(lang)
                if place.node in seen.get("open", ())
                else ""
            )
            who = lane_title(plan.lanes[place.lane], lang=lang, names=names)
            steps.append(f"{node.title.get(lang)}{mark}: {who}")
    return "; ".join(steps) + "."


def _lane(index: int, title: str, width: int) -> list[str]:
    top = index * LANE
    fill = "#f3f7fb" if index % 2 == 0 else "#ffffff"
    lines = _wrapped(title, 14, most=3)
    start = top + LANE / 2 + 4 - (len(lines) - 1) * 7.5
    return [
        f'<rect x="0" y="{top}" width="{width}" height="{LANE}" fill="{fill}" stroke="{LINE}"/>',
        f'<path d="M{LANE_TITLE} {top}V{top + LANE}" stroke="{LINE}"/>',
        *(
            f'<text x="10" y="{start + 15 * n:g}" font-weight="600" fill="{INK}">{escape(line)}</text>'
            for n, line in enumerate(lines)
        ),
    ]


def _wrapped(text: str, width: int, *, most: int = 2) -> list[str]:
    """At most `most` lines of about `width` characters; what is longer stays whole in the last."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width and len(lines) < most:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


class _Told(NamedTuple):
    """What is written at a node besides its name: by node id."""

    states: Mapping[str, str]
    took: Mapping[str, str]


def _told(states: Mapping[str, Sequence[State]] | None, took: Mapping[str, str] | None, lang: str) -> _Told:
    words = {
        node: " / ".join(_STATES[state].get(lang) for state in at) for node, at in (states or {}).items()
    }
    return _Told(words, took or {})


def _box(route: Route, place: Place, *, lang: str, seen: Mapping[str, Collection[str]], told: _Told) -> str:
    x = LANE_TITLE + place.column * COLUMN + (COLUMN - BOX_WIDTH) / 2
    y = place.lane * LANE + (LANE - BOX_HEIGHT) / 2
    node = None if place.node == START else route.node(place.node)
    title = begun_title(route).get(lang) if node is None else node.title.get(lang)
    below = ""
    if isinstance(node, Human):
        below = term_text(node.share, lang=lang)
    elif isinstance(node, Wait):
        below = f"{_AT_MOST.get(lang)} {term_text(node.limit, lang=lang)}"
    below = told.took.get(place.node) or below.replace(" làm việc", "").replace("working ", "")
    size = 11.0
    if standing := told.states.get(place.node):
        below, size = " · ".join(filter(None, (below.removeprefix(f"{_AT_MOST.get(lang)} "), standing))), 9.5
    kind, fill, edge, dash = "step", "#ffffff", LINE_2, ""
    if (node is None and not route.opened_by) or (isinstance(node, Wait) and node.party == APPLICANT):
        kind, fill, edge = "turn", "#fff7df", "#e0a800"
    elif isinstance(node, End):
        kind, fill, edge = "end", "#ffffff", "#0a2744"
    elif isinstance(node, Wait) or (isinstance(node, Human) and node.interrupt):
        kind, dash = "outside", ' stroke-dasharray="4 3"'
    state = (
        "open" if place.node in seen.get("open", ()) else "done" if place.node in seen.get("done", ()) else ""
    )
    if state == "open":
        fill, edge = "#e3edf7", "#0b4f8a"
    lines = _wrapped(title, 14)
    start = y + BOX_HEIGHT / 2 + 4 - (len(lines) - 1 + bool(below)) * 7
    texts = [
        f'<text x="{x + BOX_WIDTH / 2:g}" y="{start + 14 * n:g}" text-anchor="middle" font-weight="600" '
        f'font-size="11.5" fill="{INK}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    ]
    if below:
        texts.append(
            f'<text x="{x + BOX_WIDTH / 2:g}" y="{start + 14 * len(lines):g}" text-anchor="middle" '
            f'font-size="{size:g}" fill="{INK_2}">{escape(below)}</text>'
        )
    if state == "done":
        texts.append(
            f'<path d="M{x + BOX_WIDTH - 15:g} {y + 9:g}l3.5 3.5 6-7" fill="none" stroke="#0c6443" stroke-width="2"/>'
        )
    classes = f"lanes__box lanes__box--{kind}" + (f" is-{state}" if state else "")
    return (
        f'<g class="{classes}" data-node={quoteattr(place.node)}><rect x="{x:g}" y="{y:g}" width="{BOX_WIDTH}" '
        f'height="{BOX_HEIGHT}" rx="{BOX_HEIGHT / 2 if kind == "end" else 4:g}" fill="{fill}" stroke="{edge}" '
        f'stroke-width="{2 if state == "open" or kind == "turn" else 1.2:g}"{dash}/>{"".join(texts)}</g>'
    )


def _arrow(arrow: Arrow, canvas: Canvas, *, ident: str) -> str:
    points = canvas.points(arrow)
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    dash = "" if arrow.kind in {"main", "aside"} else ' stroke-dasharray="4 3"'
    return (
        f'<path class="lanes__arrow lanes__arrow--{arrow.kind}" d="{path}" fill="none" stroke="{INK_2}" '
        f'stroke-width="1.3"{dash} marker-end="url(#{ident}-arrow)"/>'
    )


def _label(arrow: Arrow, canvas: Canvas, *, lang: str) -> str:
    """Beside the beginning of every arrow that is not simply the way forward; past its bend when that place is free."""
    if arrow.kind in {"main", "aside"}:
        return ""
    source = canvas.plan.place(arrow.source)
    (x, y), (_, y2), *_ = canvas.points(arrow)
    text, anchor = arrow.outcomes[0].title.get(lang), "start"
    if y == y2 and (source.lane, source.column + 1) not in canvas.taken:
        lines, x = _wrapped(text, 15), x + COLUMN - BOX_WIDTH
        first = y - 5 - 11 * (len(lines) - 1)
    elif y == y2 or arrow.kind == "exit":
        lines, anchor = [text], "end"
        x, first = (x, y - BOX_HEIGHT / 2 - 5) if y == y2 else (x - 4, y - 4)
    else:
        lines, x = _wrapped(text, 13), x + 4
        first = y + 12 if y2 > y else y - 5 - 11 * (len(lines) - 1)
    return "".join(
        f'<text class="lanes__label" x="{x:g}" y="{first + 11 * n:g}" text-anchor="{anchor}" font-size="10.5" '
        f'fill="{INK_2}" stroke="#ffffff" stroke-width="3" paint-order="stroke">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
