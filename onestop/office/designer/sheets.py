"""The form of one thing of a definition, made from its model: what it says, and what was typed as plain values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from pydantic import ValidationError

from onestop.forms import BoundField, DateField, Form, MoneyField, WholeNumberField
from onestop.office.designer.choices import choices_of, said
from procedures.definition import things
from procedures.definition.base import Frozen
from procedures.definition.forms import answer_scope
from procedures.definition.labels import HELP, label
from procedures.definition.model import Definition
from procedures.definition.things import Leaf
from procedures.editing import MISSING, Path

__all__ = ["Sheet"]

LONG = {"text", "proposal", "authority", "subtitle", "basis", "when", "document"}
"""Texts that get a line of their own, as wide as the page."""
SHORT = 28
"""Characters that a field among others shows."""
PARAGRAPHS = {"abstract", "intro", "appeal"}
SEPARATOR = "__"
_ERRORS: Mapping[str, str] = {
    "greater_than": "gt",
    "greater_than_equal": "ge",
    "less_than_equal": "le",
}


class Sheet(Form):
    """One thing. Beside Django's own: `groups` for the page, `changes()` for `procedures.editing.put`."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        kind: type[Frozen],
        path: Path,
        content: Mapping[str, Any],
        definition: Definition,
        templates: Sequence[str],
        lang: str,
    ) -> None:
        """`content`: the thing as it stands, plain; `templates`: the file names of the draft's papers."""
        self.kind, self.path, self.content = kind, path, content
        self._definition, self._templates, self._lang = definition, templates, lang
        self._groups: list[tuple[str, list[str]]] = []
        self.base_fields = {}  # type: ignore[misc]
        initial: dict[str, Any] = {}
        for leaf in things.leaves(kind):
            names = self._make(leaf, kind, leaf.key, content.get(leaf.key), initial, optional=leaf.optional)
            title = label(kind.__name__.rstrip("_"), leaf.key).get(lang) if leaf.shape == "inner" else ""
            self._groups.append((title, names))
        super().__init__(data, initial=initial, prefix="s")

    # -- the fields ---------------------------------------------------------------------------------------------------

    def _make(
        self,
        leaf: Leaf,
        kind: type[Frozen],
        name: str,
        value: Any,
        initial: dict[str, Any],
        *,
        optional: bool,
    ) -> list[str]:
        """Make the fields of a key, under `name`, and of a thing inside those of its keys; their names."""
        value = leaf.default if value is None else value
        if leaf.inner is not None:
            inside = value if isinstance(value, Mapping) else {}
            return [
                made
                for part in things.leaves(leaf.inner)
                for made in self._make(
                    part, leaf.inner, f"{name}{SEPARATOR}{part.key}", inside.get(part.key), initial,
                    optional=optional or part.optional,
                )
            ]  # fmt: skip
        made_fields = dict(self._fields(leaf, kind, name, value, optional))
        for made, (field, first) in made_fields.items():
            self.base_fields[made], initial[made] = field, first
        return list(made_fields)

    def _fields(
        self, leaf: Leaf, kind: type[Frozen], name: str, value: Any, optional: bool
    ) -> Iterator[tuple[str, tuple[forms.Field, Any]]]:
        model = kind.__name__.rstrip("_")
        title = label(model, leaf.key).get(self._lang)
        inside = SEPARATOR in name
        found = None if inside else HELP.get(f"{model}.{leaf.key}") or HELP.get(leaf.key)
        common: dict[str, Any] = {
            "label": title, "help_text": found.get(self._lang) if found else "", "required": not optional,
        }  # fmt: skip
        choices = choices_of(self._definition, kind, leaf, self.content, self._templates, self._lang)
        match leaf.shape:
            case "both":
                both = value if isinstance(value, Mapping) else {}
                for tongue in ("vi", "en"):
                    words = f"{title}, {label('', tongue).get(self._lang)}"
                    yield (
                        f"{name}{SEPARATOR}{tongue}",
                        (_text(leaf.key, common | {"label": words}, both.get(tongue)), both.get(tongue)),
                    )
            case "yes_no":
                yield name, (forms.BooleanField(**common | {"required": False}), bool(value))
            case "number" if leaf.key == "amount":
                yield name, (MoneyField(**common), value)
            case "number":
                yield name, (WholeNumberField(**common), value)
            case "day":
                yield name, (DateField(**common | {"required": False}), value)
            case "many" | "lines" if choices:
                many = forms.MultipleChoiceField(
                    choices=choices, widget=forms.CheckboxSelectMultiple, **common
                )
                yield name, (many, value or [])
            case "lines" | "many":
                rows = {"rows": max(3, len(value or ()) + 2), "spellcheck": "false"}
                area = forms.CharField(widget=forms.Textarea(attrs=rows), max_length=20_000, **common)
                yield name, (area, "\n".join(value or ()))
            case "one" | "text" if choices:
                empty = [("", "–")] if optional or not value else []
                yield name, (forms.ChoiceField(choices=[*empty, *choices], **common), value)
            case "units":
                for key, unit in (value or {}).items():
                    field = forms.ChoiceField(
                        label=key, choices=[("", _("takes no part")), *choices], required=False
                    )
                    yield f"{name}{SEPARATOR}{key}", (field, unit)
                key_field = forms.CharField(
                    label=_("A further unit: its short name"), required=False, max_length=30
                )
                yield f"{name}{SEPARATOR}.key", (key_field, "")
                unit_field = forms.ChoiceField(
                    label=_("Which unit"), choices=[("", "–"), *choices], required=False
                )
                yield f"{name}{SEPARATOR}.unit", (unit_field, "")
            case "cells":
                yield from self._cells(name, value or {})
            case _:
                yield name, (_text(leaf.key, common, value), value)

    def _cells(self, name: str, value: Mapping[str, Any]) -> Iterator[tuple[str, tuple[forms.Field, Any]]]:
        """For each input of the table: which values, or from which number to which."""
        table = self._definition.tables[self.path[1]]
        scope = answer_scope(self._definition)
        for asked in table.inputs:
            cell = value.get(asked, {})
            title = said(self._definition, asked, self._lang)
            if isinstance(scope.get(asked, 0), int):
                for bound, words in (("least", _("%(what)s, at least")), ("most", _("%(what)s, at most"))):
                    field = WholeNumberField(label=words % {"what": title}, required=False)
                    yield f"{name}{SEPARATOR}{asked}{SEPARATOR}{bound}", (field, cell.get(bound))
            else:
                area = forms.CharField(
                    label=title, help_text=HELP["cells"].get(self._lang), required=False, max_length=5000,
                    widget=forms.Textarea(attrs={"rows": 3}),
                )  # fmt: skip
                yield f"{name}{SEPARATOR}{asked}{SEPARATOR}values", (area, "\n".join(cell.get("values", ())))

    @property
    def groups(self) -> list[tuple[str, list[BoundField]]]:
        """The fields as the page shows them: those of a thing inside under its name."""
        bound: list[tuple[str, list[Any]]] = [
            (title, [self[name] for name in names]) for title, names in self._groups if names
        ]
        return bound

    # -- what was typed -----------------------------------------------------------------------------------------------

    def typed(self) -> dict[str, Any]:
        """Key → plain value; MISSING where it says no more than the model's default. Only of a valid form."""
        return {leaf.key: self._value(leaf, leaf.key) for leaf in things.leaves(self.kind)}

    def _value(self, leaf: Leaf, name: str) -> Any:
        cleaned = self.cleaned_data
        if leaf.inner is not None:
            parts = things.leaves(leaf.inner)
            inside = {part.key: self._value(part, f"{name}{SEPARATOR}{part.key}") for part in parts}
            kept = {key: value for key, value in inside.items() if value is not MISSING}
            return kept if kept and (set(kept) - {"illustrative"} or not leaf.optional) else MISSING
        value: Any
        if leaf.shape == "both":
            value = {tongue: cleaned.get(f"{name}{SEPARATOR}{tongue}") or "" for tongue in ("vi", "en")}
            return value if any(value.values()) else MISSING
        if leaf.shape == "units":
            return self._units(name)
        if leaf.shape == "cells":
            return self._typed_cells(name)
        value = cleaned.get(name)
        if isinstance(value, str):
            value = value.replace("\r\n", "\n")
        if leaf.shape == "lines" and isinstance(value, str):
            value = [line.strip() for line in value.splitlines() if line.strip()]
        elif isinstance(value, list):
            value = _in_order(value, self.content.get(leaf.key), leaf)
        if leaf.shape == "result":
            others = self._definition.tables[self.path[1]].rows
            whole = all(isinstance(row.then, int) for row in others) or len(others) == 1
            value = int(value) if whole and re.fullmatch(r"\d+", value or "") else value
        if value in (None, "", leaf.default) or (value == [] and not leaf.default):
            return MISSING
        return value

    def _units(self, name: str) -> dict[str, str]:
        prefix = f"{name}{SEPARATOR}"
        found = {
            field.removeprefix(prefix): unit
            for field, unit in self.cleaned_data.items()
            if field.startswith(prefix) and not field.startswith(f"{prefix}.") and unit
        }
        key, unit = self.cleaned_data.get(f"{prefix}.key"), self.cleaned_data.get(f"{prefix}.unit")
        return found | ({key: unit} if key and unit else {})

    def _typed_cells(self, name: str) -> Any:
        found: dict[str, dict[str, Any]] = {}
        for asked in self._definition.tables[self.path[1]].inputs:
            prefix = f"{name}{SEPARATOR}{asked}{SEPARATOR}"
            cell = {
                bound: self.cleaned_data[f"{prefix}{bound}"]
                for bound in ("least", "most")
                if self.cleaned_data.get(f"{prefix}{bound}") is not None
            }
            lines = (self.cleaned_data.get(f"{prefix}values") or "").splitlines()
            values = [line.strip() for line in lines if line.strip()]
            if cell or values:
                found[asked] = cell or {"values": values}
        return found or MISSING

    def changes(self) -> dict[str, Any]:
        """What differs from what stands there, for `procedures.editing.put`."""
        found = {}
        for leaf in things.leaves(self.kind):
            value = self._value(leaf, leaf.key)
            if value != _needed(leaf, self.content.get(leaf.key)):
                found[leaf.key] = value
        return found

    def clean(self) -> dict[str, Any]:
        """Judge the thing by its model; each fault beside its field."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            whole = dict(self.content)
            for key, value in self.typed().items():
                whole.pop(key, None)
                if value is not MISSING:
                    whole[key] = value
            try:
                self.kind.model_validate(whole)
            except ValidationError as error:
                for fault in error.errors():
                    self._blame(fault)
        return cleaned

    def _blame(self, fault: Any) -> None:
        place = [str(part) for part in fault["loc"]]
        name = next(
            (
                one
                for count in range(len(place), 0, -1)
                for one in self.fields
                if one == SEPARATOR.join(place[:count])
                or one.startswith(SEPARATOR.join(place[:count]) + SEPARATOR)
            ),
            None,
        )
        bound = _ERRORS.get(fault["type"])
        if bound:
            limit = {"limit": fault["ctx"][bound]}
            text = {
                "gt": _("Enter a number greater than %(limit)s"),
                "ge": _("Enter a number of at least %(limit)s"),
                "le": _("Enter a number of at most %(limit)s"),
            }[bound] % limit
        elif fault["type"] == "missing":
            text = _("Fill in this field")
        elif fault["type"] == "too_short":
            text = _("At least one is needed")
        else:
            text = _("This cannot be read: %(problem)s") % {"problem": fault["msg"]}
        self.add_error(name, text)


def _in_order(chosen: list[str], before: Any, leaf: Leaf) -> list[str]:
    """What was ticked, in the order that stood there; what the draft names itself keeps it, with the new at the end."""
    held = before if isinstance(before, list) else []
    if set(held) == set(chosen):
        return list(held)
    if leaf.words:
        return chosen
    return [one for one in held if one in chosen] + [one for one in chosen if one not in held]


def _needed(leaf: Leaf, value: Any) -> Any:
    """What stands there, without what the defaults say anyway; MISSING where nothing is left."""
    if value is None or value == leaf.default:
        return MISSING
    if leaf.inner is not None and isinstance(value, Mapping):
        parts = {part.key: part for part in things.leaves(leaf.inner)}
        left = {key: _needed(parts[key], held) if key in parts else held for key, held in value.items()}
        return {key: held for key, held in left.items() if held is not MISSING}
    return value


def _text(key: str, common: Mapping[str, Any], value: Any = "") -> forms.CharField:
    if key in PARAGRAPHS:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), max_length=5000, **common)
    wide = {"class": "sheet-wide"} if key in LONG or len(str(value or "")) > SHORT else {}
    return forms.CharField(widget=forms.TextInput(attrs=wide), max_length=2000, **common)
