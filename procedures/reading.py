"""YAML from strangers: read in bounded time and memory, with no key written twice and no tricks.

A definition is a plain tree of texts, numbers and dates, so anchors and tags are refused outright, and with them
everything that grows while it is read.
"""

from typing import Any

import yaml

__all__ = ["read_yaml"]

LARGEST = 500_000  # characters
DEEPEST = 24
MOST = 40_000  # events
LONGEST = 20_000  # characters of one text

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_Loader):  # type: ignore[misc]
    """YAML that refuses a key written twice, of which the plain loader would silently keep the last."""


def _mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _value in node.value]
    twice = sorted({str(key) for key in keys if keys.count(key) > 1})
    if twice:
        raise yaml.constructor.ConstructorError(
            None, None, f"key written twice: {', '.join(twice)}", node.start_mark
        )
    return dict(loader.construct_mapping(node, deep=True))


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(text: str) -> Any:
    """The plain content of a YAML document. Raises yaml.YAMLError, also for what is too large, too deep or a trick."""
    if len(text) > LARGEST:
        raise yaml.YAMLError(f"longer than {LARGEST} characters")
    try:
        _bounded(text)
        return yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader
    except ValueError as error:  # a date that is none, a number without end, a character that is none
        raise yaml.YAMLError(str(error)[:200]) from error


def _bounded(text: str) -> None:
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=_Loader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        problem = _refused(event) or (f"nested deeper than {DEEPEST}" if depth > DEEPEST else "")
        if problem:
            raise yaml.YAMLError(f"line {event.start_mark.line + 1 if event.start_mark else '?'}: {problem}")
        if number > MOST:
            raise yaml.YAMLError(f"more than {MOST} parts")


def _refused(event: yaml.Event) -> str:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return "write it out; anchors and aliases are not read"
    if getattr(event, "tag", None):
        return "tags are not read"
    if isinstance(event, yaml.ScalarEvent) and len(event.value) > LONGEST:
        return f"a text longer than {LONGEST} characters"
    return ""
