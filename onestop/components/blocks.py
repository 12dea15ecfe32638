"""The block tags of `{% load components %}`: frames around what a page itself provides. README.md shows each."""

from typing import Any

from django.template.loader import render_to_string

from onestop.components.tags import register


def _block(name: str, content: str, **context: Any) -> str:
    """`content` is already rendered by the page's own context, with its csrf token and its escaping."""
    return render_to_string(f"components/{name}.html", {**context, "content": content})


@register.simple_block_tag
def your_turn(content: str, title: Any, lead: Any = "", id: str = "your-turn") -> str:
    """The gold frame: only when the applicant must act, at most one a page, first on it."""
    return _block("your_turn", content, title=title, lead=lead, id=id)


@register.simple_block_tag
def supplement_item(
    content: str, number: int, title: Any, where: Any = "", note: Any = "", done: bool = False
) -> str:
    """One defect: what, where, the official's note; its answer is the body."""
    return _block("supplement_item", content, number=number, title=title, where=where, note=note, done=done)


@register.simple_block_tag
def line(
    content: str,
    title: Any,
    summary: Any = "",
    open: bool = False,
    wrong: bool = False,
    acts: Any = "",
    id: str = "",
) -> str:
    """A row of a repeatable group: closed summary, or (open=True) the form in the body."""
    return _block("line", content, title=title, summary=summary, open=open, wrong=wrong, acts=acts, id=id)


@register.simple_block_tag
def act(
    content: str, title: Any, lead: Any = "", open: bool = False, group: str = "acts", id: str = ""
) -> str:
    """An act open to me: opens in place to its form; one of a group is open at a time."""
    return _block("act", content, title=title, lead=lead, open=open, group=group, id=id)


@register.simple_block_tag
def notice(content: str, tone: str = "blue", icon: str = "", title: Any = "", role: str = "") -> str:
    """A message on the page. tone: blue, green, amber, red."""
    default = {"green": "check", "amber": "warning", "red": "warning"}.get(tone, "info")
    return _block("notice", content, tone=tone, icon=icon or default, title=title, role=role)


@register.simple_block_tag
def empty(content: str, title: Any, icon: str = "list") -> str:
    """Nothing to show, and what to do about it."""
    return _block("empty", content, title=title, icon=icon)


@register.simple_block_tag
def scroll_box(content: str, label: Any) -> str:
    """A named, focusable box for a wide table or diagram: only these may scroll sideways."""
    return _block("scroll_box", content, label=label)


@register.simple_block_tag
def poll(content: str, url: str, seconds: int = 10, id: str = "live") -> str:
    """A polite live region that htmx refreshes; without a script it shows what it held when the page was made."""
    return _block("poll", content, url=url, seconds=seconds, id=id)
