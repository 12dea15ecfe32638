"""Fill a paper's HTML template with a snapshot, and say beforehand what a template asks for.

Templates come from the catalogue: they are data of a procedure version, not our code. So they get an engine of
their own: autoescaping on, no tag or filter but those registered here, no loader but the folder of layouts.
A place that is missing is an error, never an empty gap in a signed decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.template import (
    Context,
    Library,
    Template,
    TemplateDoesNotExist,
    TemplateSyntaxError,
    defaultfilters,
    defaulttags,
)
from django.template import loader_tags as inheritance
from django.template.base import FilterExpression, Node, Origin, Variable, VariableNode
from django.template.defaulttags import ForNode, IfNode, TemplateLiteral
from django.template.engine import Engine
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from workflows.papers.snapshot import Snapshot, unknown_fields

__all__ = ["LAYOUTS", "TemplateProblem", "fill", "placeholders"]

LAYOUTS = Path(__file__).parent / "layouts"
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


class TemplateProblem(ValueError):
    """A template cannot be used: it does not parse, asks for an unknown place, or for one the snapshot lacks."""


class _Missing(str):
    """Django asks an invalid-variable text whether it contains "%s", then formats it: both become an error."""

    def __contains__(self, item: object) -> bool:
        return True

    def __mod__(self, name: object) -> str:
        raise TemplateProblem(f"the snapshot has no value for: {name}")


def _day(value: str) -> date:
    if not value:
        raise TemplateProblem("a date is printed that the snapshot does not have")
    return (
        datetime.fromisoformat(value).astimezone(HANOI).date() if "T" in value else date.fromisoformat(value)
    )


def place_date(value: str) -> str:
    """`2026-02-05` → `ngày 05 tháng 02 năm 2026`: days below 10 and months below 3 are padded (Decree 30/2020)."""
    day = _day(value)
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def day(value: str) -> str:
    """An ISO date or moment → `05/02/2026`, in Hanoi's day."""
    return _day(value).strftime("%d/%m/%Y")


def hour_day(value: str) -> str:
    """An ISO moment with offset → `09 giờ 05 phút, ngày 05/02/2026`, Hanoi time."""
    if not value:
        raise TemplateProblem("a moment is printed that the snapshot does not have")
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise TemplateProblem(f"a moment without its offset: {value}")
    return moment.astimezone(HANOI).strftime("%H giờ %M phút, ngày %d/%m/%Y")


def clock_day(value: str) -> str:
    """An ISO moment with offset → `09:05 05/02/2026`, Hanoi time: for the cells of a table."""
    if not value:
        raise TemplateProblem("a moment is printed that the snapshot does not have")
    return datetime.fromisoformat(value).astimezone(HANOI).strftime("%H:%M %d/%m/%Y")


def page_address(value: str) -> str:
    """The address of the checking page as a person would type it: without a code at its end, not in capitals."""
    address, _, last = value.rstrip("/").rpartition("/")
    shown = address if len(last) >= 20 and last.isalnum() else value
    return shown.lower() if shown.isupper() else shown


def grouped(value: str) -> str:
    """A code in groups of eight, as it is easier to read and to type; whoever looks it up drops the spaces."""
    return " ".join(value[at : at + 8] for at in range(0, len(value), 8))


def money(value: int) -> str:
    """2000000 → `2.000.000`."""
    return f"{int(value):,}".replace(",", ".")


def quantity(value: object) -> str:
    """A whole number with dots between thousands; any other text as it is."""
    return money(int(str(value))) if str(value).isdigit() else str(value)


def balanced(value: str) -> str:
    """A heading of more than 22 letters as lines of about one length, so that no word stands alone below."""
    words = value.split()
    lines = min(len(words), 1 + len(value) // 23, 4)

    def rows(cuts: tuple[int, ...]) -> list[str]:
        return [" ".join(words[first:last]) for first, last in pairwise((0, *cuts, len(words)))]

    options = (
        (rows(cuts) for cuts in combinations(range(1, len(words)), lines - 1)) if words else iter([[value]])
    )
    return format_html_join(
        mark_safe("<br>"), "{}", ((row,) for row in min(options, key=lambda o: max(map(len, o))))
    )


register = Library()
for _name in ("if", "for", "with", "comment", "firstof"):
    register.tag(
        _name, getattr(defaulttags, {"if": "do_if", "for": "do_for", "with": "do_with"}.get(_name, _name))
    )
for _name, _tag in (
    ("extends", inheritance.do_extends),
    ("block", inheritance.do_block),
    ("include", inheritance.do_include),
):
    register.tag(_name, _tag)
for _filter in ("upper", "lower", "length", "default", "linebreaksbr", "first", "last"):
    register.filter(_filter, getattr(defaultfilters, _filter))
for _own in (balanced, clock_day, grouped, page_address, place_date, day, hour_day, money, quantity):
    register.filter(_own.__name__, _own)


@lru_cache(maxsize=1)
def _engine() -> Engine:
    engine = Engine(
        dirs=[str(LAYOUTS)],
        libraries={},
        loaders=["django.template.loaders.filesystem.Loader"],
        string_if_invalid=_Missing("missing"),
        autoescape=True,
    )
    engine.template_builtins = [register]  # instead of Django's own, which hold `debug`, `load` and others
    return engine


@lru_cache(maxsize=256)
def _compiled(source: str) -> tuple[Template, frozenset[str]]:
    try:
        template = Template(source, engine=_engine(), origin=Origin("paper", template_name="paper"))
        asked = frozenset(_places(template.nodelist, {}))
    except (TemplateSyntaxError, TemplateDoesNotExist) as error:
        raise TemplateProblem(f"the template cannot be read: {error}") from error
    if unknown := unknown_fields(asked):
        raise TemplateProblem(f"a template asks for what no snapshot has: {', '.join(sorted(unknown))}")
    return template, asked


def fill(*, template: str, snapshot: Snapshot) -> str:
    """The HTML of one paper.

    Raises TemplateProblem where the template does not parse, asks for a place outside the contract
    (`snapshot.FIELDS`) or prints one this snapshot lacks.
    """
    return str(_compiled(template)[0].render(Context(dict(snapshot), use_l10n=False)))


def placeholders(template: str) -> frozenset[str]:
    """Every dotted place the template and its layouts read; `{% for d in devices %}{{ d.name }}` is `devices.name`.

    Raises TemplateProblem for a template that does not parse or reads outside the contract.
    """
    return _compiled(template)[1]


def _places(nodes: Any, names: dict[str, str]) -> Iterator[str]:
    for node in nodes:
        yield from _node_places(node, names)


def _node_places(node: Node, names: dict[str, str]) -> Iterator[str]:
    if isinstance(node, VariableNode):
        yield from _expression(node.filter_expression, names)
    elif isinstance(node, ForNode):
        yield from _expression(node.sequence, names)
        source = next(_expression(node.sequence, names), "")
        inner = {**names, **dict.fromkeys(node.loopvars, source), "forloop": ""}
        yield from _places(node.nodelist_loop, inner)
        yield from _places(node.nodelist_empty, names)
    elif isinstance(node, IfNode):
        for condition, branch in node.conditions_nodelists:
            yield from _condition(condition, names)
            yield from _places(branch, names)
    elif isinstance(node, defaulttags.WithNode):
        inner = dict(names)
        for name, expression in node.extra_context.items():
            yield from _expression(expression, names)
            inner[name] = next(_expression(expression, names), "")
        yield from _places(node.nodelist, inner)
    elif isinstance(node, inheritance.ExtendsNode):
        yield from _places(node.nodelist, names)
        yield from _places(_named(node.parent_name), names)
    elif isinstance(node, inheritance.IncludeNode):
        inner = dict(names)
        for name, expression in node.extra_context.items():
            yield from _expression(expression, names)
            inner[name] = next(_expression(expression, names), "")
        yield from _places(_named(node.template), inner)
    elif isinstance(node, defaulttags.FirstOfNode):
        for expression in node.vars:
            yield from _expression(expression, names)
    else:
        yield from _places(getattr(node, "nodelist", ()), names)


def _named(name: FilterExpression | Node) -> Any:
    if not isinstance(name, FilterExpression) or not isinstance(name.var, str):
        raise TemplateProblem("extends and include take a fixed name")
    return _engine().get_template(name.var).nodelist


def _condition(condition: Any, names: dict[str, str]) -> Iterator[str]:
    if condition is None:
        return
    if isinstance(condition, TemplateLiteral):
        yield from _expression(condition.value, names)
    for side in (getattr(condition, "first", None), getattr(condition, "second", None)):
        yield from _condition(side, names)


def _expression(expression: Any, names: dict[str, str]) -> Iterator[str]:
    if not isinstance(expression, FilterExpression):
        return
    yield from _variable(expression.var, names)
    for _function, arguments in expression.filters:
        for looked_up, argument in arguments:
            if looked_up:
                yield from _variable(argument, names)


def _variable(variable: Any, names: dict[str, str]) -> Iterator[str]:
    if not isinstance(variable, Variable) or variable.lookups is None:
        return
    first, *rest = variable.lookups
    if first in names:
        if not names[first]:
            return  # forloop, or a name bound to a constant
        first = names[first]
    steps = [*first.split("."), *(step for step in rest if not step.isdigit())]
    if steps != ["block", "super"]:
        yield ".".join(steps[:2])
