"""YAML written so that people go on reading it: what was not changed keeps quotes, layout, comments and blank lines.

Only for texts that `procedures.reading` has read, within its bounds. See ADR 31.
"""

import io
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString, SingleQuotedScalarString

from procedures.reading import read_yaml

__all__ = ["dumped", "loaded", "styled"]

_STR = "tag:yaml.org,2002:str"
_RESOLVE: Any = yaml.SafeLoader("").resolve
"""What the reader of definitions, which follows YAML 1.1, takes a plain scalar for; the writer follows 1.2."""


def loaded(text: str) -> Any:
    """The content with everything that is needed to write the same text again."""
    return _writer().load(text)


def styled(value: Any, like: Any) -> Any:
    """A plain value in the manner of what it replaces or stands beside."""
    if isinstance(value, Mapping):
        made = CommentedMap()
        for key, held in value.items():
            made[key] = styled(held, like.get(key) if isinstance(like, Mapping) else None)
        flow = like.fa.flow_style() if isinstance(like, CommentedMap) else None
        simple = not any(isinstance(held, CommentedMap | CommentedSeq) for held in made.values())
        if flow or (flow is None and simple and len(made) <= 6):
            made.fa.set_flow_style()
            for key, held in made.items():
                if key in {"vi", "en"}:
                    made[key] = DoubleQuotedScalarString(held)
        return made
    if isinstance(value, list | tuple):
        items = CommentedSeq(styled(held, None) for held in value)
        flow = like.fa.flow_style() if isinstance(like, CommentedSeq) else None
        short = all(isinstance(held, str | int) and len(str(held)) <= 30 for held in value)
        if flow or (flow is None and short):
            items.fa.set_flow_style()
        return items
    if isinstance(value, str) and ("\n" in value or _RESOLVE(yaml.ScalarNode, value, (True, False)) != _STR):
        # In one line, as everything; and what the reader would take for something else (no, 1:30) is quoted.
        return DoubleQuotedScalarString(value)
    if (
        isinstance(value, str)
        and isinstance(like, ScalarString)
        and not isinstance(like, SingleQuotedScalarString)
    ):
        return type(like)(value)  # single quotes the writer gives by itself, where a text needs them
    return value


def _writer() -> YAML:
    made = YAML()
    made.preserve_quotes = True
    made.width = 1_000_000
    made.indent(mapping=2, sequence=4, offset=2)
    made.representer.add_representer(
        type(None), lambda self, _value: self.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    return made


def dumped(own: CommentedMap, before: str = "") -> str:
    """The text, with the blank lines and comment lines of the text before in front of what they stood in front of."""
    out = io.StringIO()
    _writer().dump(own, out)
    made = out.getvalue()
    old, new = _lines(before), _lines(made)
    bare_old, bare_new = [line for line, _gap in old], [line for line, _gap in new]
    gaps: dict[int, list[str]] = {}
    for _kind, start, end, to, _to_end in SequenceMatcher(
        None, bare_old, bare_new, autojunk=False
    ).get_opcodes():
        for index in range(start, end):
            following = to + index - start if _kind == "equal" else to
            gaps.setdefault(following, []).extend(old[index][1])
    text = "".join(line for index, one in enumerate(bare_new) for line in (*gaps.get(index, ()), one))
    # A text of many lines may hold what looks like such a line: then nothing is put back.
    return text if read_yaml(text) == read_yaml(made) else made


def _lines(text: str) -> list[tuple[str, list[str]]]:
    """Each line that says something, with the blank lines and comments in front of it."""
    found: list[tuple[str, list[str]]] = []
    gap: list[str] = []
    for line in text.splitlines(keepends=True):
        if not line.strip() or line.lstrip().startswith("#"):
            gap.append(line)
        else:
            found.append((line, gap))
            gap = []
    found.append(("", gap))
    return found
