"""The reference of the definition language, from the models themselves: a JSON Schema for editors, and a page. Pure.

A model's docstring and the docstring under a field say what it is; nothing is written twice.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from enum import StrEnum
from types import ModuleType
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from procedures.definition import base, model, route, tables
from procedures.definition.model import Definition

__all__ = ["page", "schema"]

MODULES: tuple[ModuleType, ...] = (model, route, tables, base)


def schema() -> dict[str, Any]:
    """The JSON Schema of a procedure.yaml, with what each key means, for editors to complete and to check."""
    made = Definition.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    for name, held in (*made["$defs"].items(), ("Definition", made)):
        said = _field_docs(name)
        for key, value in held.get("properties", {}).items():
            if said.get(key):
                value["description"] = said[key]
    made["properties"] = {"base": {"type": "string", "description": BASE}, **made["properties"]}
    # What a base gives need not be written again, and whether it does, the reader alone knows.
    made.pop("required", None)
    return made


BASE = (
    "The base under catalogue/bases that the definition begins from; what it holds need not be written again."
)


def page() -> str:
    """The page docs/generated/definition.md."""
    lines = [
        "# Every key of a definition",
        "",
        "Made from the models by `manage.py definition_schema`; change the models, not this page. How the parts play",
        "together is told in [definitions.md](../definitions.md). Editors check and complete a procedure.yaml with",
        "[definition.schema.json](definition.schema.json): put `# yaml-language-server: $schema=…` on its first line.",
        "",
        "A key without a default must be there. `base: <name>` begins from a base.",
        "",
    ]
    for name, kind in _models().items():
        lines += [f"## {name.rstrip('_')}", "", _doc(kind), ""]
        lines += ["| Key | Kind | Default | What it is |", "|---|---|---|---|"]
        said = _field_docs(name)
        for key, field in kind.model_fields.items():
            default = "" if field.is_required() else _default(field)
            lines.append(f"| `{key}` | {_kind(field.annotation)} | {default} | {_flat(said.get(key, ''))} |")
        lines.append("")
    for name, values in _enums().items():
        lines += [f"## {name}", "", _doc(values), "", ", ".join(f"`{value}`" for value in values), ""]
    return "\n".join(lines)


def _models() -> dict[str, type[BaseModel]]:
    """The models that a definition is made of, Definition first, in the order in which they are met."""
    found: dict[str, type[BaseModel]] = {}
    queue: list[type[BaseModel]] = [Definition]
    while queue:
        kind = queue.pop(0)
        if kind.__name__ in found:
            continue
        found[kind.__name__] = kind
        for field in kind.model_fields.values():
            queue += [one for one in _inside(field.annotation) if issubclass(one, BaseModel)]
    return found


def _enums() -> dict[str, type[StrEnum]]:
    found: dict[str, type[StrEnum]] = {}
    for kind in _models().values():
        for field in kind.model_fields.values():
            found |= {one.__name__: one for one in _inside(field.annotation) if issubclass(one, StrEnum)}
    return dict(sorted(found.items()))


def _inside(annotation: Any) -> Iterator[type]:
    """Every class that an annotation speaks of."""
    if isinstance(annotation, type) and not getattr(annotation, "__args__", ()):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _inside(part)
    if hasattr(annotation, "__origin__") and hasattr(annotation, "__metadata__"):
        yield from _inside(annotation.__origin__)


_NOISE = (
    "typing.",
    "collections.abc.",
    "datetime.",
    "procedures.law.life.",
    "procedures.law.vocabulary.",
    *(f"{module.__name__}." for module in MODULES),
)
"""What stands before the names of kinds when they are printed."""


def _kind(annotation: Any) -> str:
    name = getattr(annotation, "__name__", str(annotation))
    text = str(annotation) if getattr(annotation, "__args__", ()) else str(name)
    for noise in _NOISE:
        text = text.replace(noise, "")
    start = text.find("Annotated[")
    while start >= 0:  # of an annotated kind the kind itself is what one writes
        depth, at, comma = 0, start + len("Annotated["), 0
        while depth >= 0:
            depth += text[at] in "[("
            depth -= text[at] in "])"
            comma = comma or (at if depth == 0 and text[at] == "," else 0)
            at += 1
        text = text[:start] + text[start + len("Annotated[") : comma or at - 1] + text[at:]
        start = text.find("Annotated[")
    return f"`{text}`".replace("|", "or")


def _default(field: Any) -> str:
    value = (
        field.get_default(call_default_factory=True) if field.default is PydanticUndefined else field.default
    )
    return f"`{value!r}`" if not isinstance(value, StrEnum) else f"`{value.value}`"


def _doc(kind: type) -> str:
    return inspect.cleandoc(kind.__doc__ or "")


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _field_docs(name: str) -> dict[str, str]:
    """The docstrings under the fields of a model; a base model's own are told where it is told."""
    for module in MODULES:
        kind = getattr(module, name, None)
        if not isinstance(kind, type) or kind.__module__ not in {m.__name__ for m in MODULES}:
            continue
        found: dict[str, str] = {}
        for one in reversed(kind.__mro__):
            if one.__module__ in {m.__name__ for m in MODULES}:
                found |= _docs_of(one)
        return found
    return {}


def _docs_of(kind: type) -> dict[str, str]:
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for before, after in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            found[before.target.id] = inspect.cleandoc(after.value.value)
    return found
