"""The template tags of `{% load components %}`. README.md shows each with its parameters and an example.

Small pieces that a page repeats by the hundred (icon, badge, button) are built here without a template; the rest
are templates under `templates/components/`. Tags whose body is a page's own content are block tags.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms, template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from onestop.components import formats, states
from onestop.components.calendar import WEEKDAYS, weeks
from onestop.components.demo import demo_accounts as read_demo_accounts
from onestop.forms import error_links
from procedures.definition import diagram
from procedures.definition.model import Route
from procedures.law.life import State

register = template.Library()

for _filter in (
    formats.day,
    formats.day_in_words,
    formats.deadline,
    formats.stamp,
    formats.hour,
    formats.machine,
    formats.money,
    formats.number,
    formats.figure,
    formats.percent,
    formats.file_size,
):
    register.filter(_filter.__name__, _filter)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A symbol of icons.svg, hidden from screen readers: the word beside it speaks."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" {css}" if css else "",
        static("onestop/icons.svg"),
        name,
    )


@register.simple_tag
def badge(text: Any, icon: str = "dot", tone: str = "grey") -> SafeString:
    """Icon and word on one line; tone: blue, grey, green, amber, red, violet."""
    return format_html('<span class="badge tone-{}">{}{}</span>', tone, _icon(icon), text)


_icon = icon


@register.simple_tag
def state_badge(state: str, audience: str = "office") -> SafeString:
    """The badge of a dossier state, in the words of the applicant or of the office."""
    shown = states.state_badge(str(state), audience="applicant" if audience == "applicant" else "office")
    return badge(shown.text, shown.icon, shown.tone)


@register.simple_tag
def time_left(days: int | None = None, status: str = "running", hours: bool = False) -> SafeString:
    """The badge of the time left; see onestop.components.states.time_left."""
    shown = states.time_left(days, status=status, hours=hours)  # type: ignore[arg-type]
    return badge(shown.text, shown.icon, shown.tone)


@register.simple_tag
def illustrative() -> SafeString:
    """Beside any figure that nobody has checked against the text of the law."""
    return badge(_("Illustrative"), "info", "grey")


_KINDS = ("primary", "outline", "danger", "link", "gold")


def _css(kind: str, css: str) -> str:
    if kind not in _KINDS:
        raise template.TemplateSyntaxError(f"a button is one of {', '.join(_KINDS)}, not {kind!r}")
    return " ".join(filter(None, ["btn", "" if kind == "primary" else f"btn--{kind}", css]))


@register.simple_tag
def button(
    text: Any,
    kind: str = "primary",
    icon: str = "",
    name: str = "",
    value: Any = "",
    type: str = "submit",
    css: str = "",
    **attributes: Any,
) -> SafeString:
    """A button of a form. kind: primary, outline, danger, link, gold. Further attributes: `aria_label`, `form`…"""
    given = [("type", type), ("class", _css(kind, css))]
    if name:
        given += [("name", name), ("value", value)]
    given += [(key.replace("_", "-"), val) for key, val in attributes.items() if val not in ("", None)]
    return format_html(
        "<button {}>{}{}</button>",
        format_html_join(" ", '{}="{}"', given),
        _icon(icon) if icon else "",
        text,
    )


@register.simple_tag
def link_button(text: Any, href: str, kind: str = "primary", icon: str = "", css: str = "") -> SafeString:
    """A link that looks like a button, for an act that starts on another page."""
    return format_html(
        '<a class="{}" href="{}">{}{}</a>', _css(kind, css), href, _icon(icon) if icon else "", text
    )


@register.inclusion_tag("components/error_summary.html")
def error_summary(*given: Any, title: str = "") -> dict[str, Any]:
    """First on the page when something must be corrected. Takes forms, formsets, texts and (text, id) pairs."""
    bound: list[forms.BaseForm] = []
    extra: list[Any] = []
    for item in given:
        if isinstance(item, forms.BaseForm):
            bound.append(item)
        elif isinstance(item, forms.BaseFormSet):
            extra += list(item.non_form_errors()) if item.is_bound else []
            bound += list(item)
        elif isinstance(item, str):
            extra += [item] if item else []
        elif isinstance(item, tuple) and len(item) == 2 and all(isinstance(part, str) for part in item):
            extra.append(item)
        elif isinstance(item, Iterable):
            extra += list(item)
    return {"links": error_links(bound, extra), "title": title}


@register.simple_tag
def field(bound: Any, label: str = "", hint: str = "") -> SafeString:
    """One field of a form, its label or hint replaced for this page."""
    if label:
        bound.label = label
    if hint:
        bound.help_text = hint
    return bound.as_field_group()


@register.inclusion_tag("components/drop_zone.html")
def drop_zone(
    name: str,
    label: str,
    id: str = "",
    hint: str = "",
    error: str = "",
    accept: str = "",
    multiple: bool = False,
) -> dict[str, Any]:
    """A file control outside a Django form. With several on a page each needs its own id."""
    return {
        "name": name,
        "label": label,
        "id": id or f"id_{name}",
        "hint": hint,
        "error": error,
        "accept": accept,
        "multiple": multiple,
    }


@register.inclusion_tag("components/files.html")
def files(rows: Iterable[Any], label: str = "") -> dict[str, Any]:
    """File rows: what was handed in, being checked, ready, failed with its remedy, or reused."""
    return {"rows": rows, "label": label}


@register.inclusion_tag("components/tracker.html")
def tracker(stages: Sequence[Any], holder: Any = "") -> dict[str, Any]:
    """The five public stages and who holds the dossier now."""
    return {"stages": stages, "holder": holder}


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Iterable[Any], level: int = 3) -> dict[str, Any]:
    """History, newest first: time left, title, actor on its own line."""
    return {"entries": entries, "level": level}


@register.inclusion_tag("components/due_date.html")
def due_date(explanation: Mapping[str, Any], caption: str = "") -> dict[str, Any]:
    """The calendar and the sum behind a promised date."""
    used, total = explanation.get("used") or 0, explanation.get("total") or 0
    if explanation.get("then") == "restarts":
        used = 0  # what was counted before the stop will not count
    return {
        "explanation": explanation,
        "caption": caption,
        "weekdays": WEEKDAYS,
        "weeks": weeks(list(explanation.get("days") or ())),
        "left": total - used,
        "late": max(0, used - total),
    }


@register.inclusion_tag("components/deadline_card.html")
def deadline_card(explanation: Mapping[str, Any] | None, href: str = "") -> dict[str, Any]:
    """The promised date in an aside: date, how much of the term is used, a link to the calendar."""
    return {"explanation": explanation, "href": href}


@register.inclusion_tag("components/route_diagram.html")
def route_diagram(
    route: Route,
    names: Mapping[str, str] | None = None,
    position: Mapping[str, Sequence[str]] | None = None,
    ident: str = "route",
    legal: Mapping[str, Sequence[State]] | None = None,
    took: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The lanes of a route and, closed below it, the same as a table. See procedures.definition.diagram.

    `legal`: node → legal states (`procedures.definition.walk.states`); `took`: node → how long, in words.
    """
    lang = "en" if (get_language() or "vi").startswith("en") else "vi"
    picture = diagram.svg(
        route, lang=lang, names=names, position=position, states=legal, took=took, ident=ident
    )
    rows = diagram.rows(route, lang=lang, names=names, states=legal, took=took)
    # Built by our own code, which escapes every word that it takes from the definition.
    return {
        "picture": SafeString(picture),
        "rows": rows,
        "with_states": bool(legal),
        "with_took": bool(took),
    }


@register.inclusion_tag("components/facts.html")
def facts(items: Iterable[Any]) -> dict[str, Any]:
    """Four answers above a procedure: time, fee, where, result."""
    return {"items": items}


@register.inclusion_tag("components/summary_list.html")
def summary_list(rows: Iterable[Any]) -> dict[str, Any]:
    """Answers to check: key, value, a link to change each."""
    return {"rows": rows}


@register.inclusion_tag("components/pager.html")
def pager(previous: str = "", following: str = "", text: Any = "") -> dict[str, Any]:
    """Keyset pager: two links, no page numbers over a moving list."""
    return {"previous": previous, "following": following, "text": text}


@register.inclusion_tag("components/crumbs.html")
def crumbs(*pairs: str) -> dict[str, Any]:
    """Where this page lies: text, href, text, href…"""
    return {"links": list(zip(pairs[::2], pairs[1::2], strict=True))}


@register.inclusion_tag("components/steps.html")
def steps(items: Iterable[Any], label: str = "") -> dict[str, Any]:
    """The parts of a form beside it."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/reasons.html")
def reasons(items: Iterable[Any]) -> dict[str, Any]:
    """Why a verdict is what it is: one check a row."""
    return {"items": items}


@register.inclusion_tag("components/verdict.html")
def verdict(outcome: str, title: Any, text: Any = "", level: int = 1) -> dict[str, Any]:
    """The panel of a verification. outcome: valid, indeterminate, invalid; each has its own shape."""
    shape = {"valid": "check", "indeterminate": "warning", "invalid": "cross"}[str(outcome)]
    return {"outcome": outcome, "title": title, "text": text, "shape": shape, "level": level}


@register.inclusion_tag("components/locked_act.html")
def locked_act(title: Any, reasons: Sequence[Any]) -> dict[str, Any]:
    """An act closed to me: every reason with its article and the link to the remedy."""
    return {"title": title, "reasons": [reasons] if isinstance(reasons, str) else reasons}


@register.inclusion_tag("components/watermark_note.html")
def watermark_note(text: Any = "") -> dict[str, Any]:
    """Says that papers bear the mark BẢN THỬ because they are signed with test keys."""
    return {"text": text}


@register.simple_tag
def presence(text: Any, mine: bool = False) -> SafeString:
    """Who reads (eye) or works on (pen) a dossier now."""
    return format_html(
        '<span class="presence{}">{}{}</span>',
        " presence--mine" if mine else "",
        icon("pen" if mine else "eye"),
        text,
    )


@register.simple_tag
def meter(value: float, maximum: float, label: str) -> SafeString:
    """A bar with its words for screen readers; the figure must stand beside it as text."""
    return format_html(
        '<progress class="meter" value="{}" max="{}" aria-label="{}"></progress>', value, maximum or 1, label
    )


@register.simple_tag
def moment(value: datetime | date | str) -> SafeString:
    """A <time> element: day and, for an instant, hour."""
    if not value:
        return SafeString("")
    shown = formats.stamp(value) if formats.hour(value) else formats.day(value)
    return format_html('<time datetime="{}">{}</time>', formats.machine(value), shown)


@register.simple_tag
def demo() -> bool:
    """Whether this is a demonstration."""
    return bool(getattr(settings, "DEMO", False))


@register.simple_tag
def demo_accounts() -> list[dict[str, Any]]:
    """The accounts that a demonstration shows on its sign-in page."""
    return read_demo_accounts()
