"""What a definition asks for, as controls: the pages of its form, and which files fit a paper.

Built from the definition, judged by the service alone.

A form here draws fields and holds what was typed; it validates nothing. What is wrong comes back from
`workflows.service.save_answers` as field errors and is put beside the fields, in the reader's language.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from onestop.answers import language
from onestop.forms import Form, ShownIf
from procedures.definition import conditions
from procedures.definition.countries import COUNTRIES, country_name
from procedures.definition.forms import FieldError, row_scope
from procedures.definition.model import Definition, Field_, FieldType, Section
from procedures.errors import Reason
from procedures.selectors import folded
from workflows import files
from workflows.files import FileRefused

__all__ = [
    "LONGEST",
    "AnswerForm",
    "Dependence",
    "asked_fields",
    "dependence",
    "error_text",
    "must_fit",
    "typed_values",
]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


LONGEST = 20_000
"""Characters of one answer that we take from a page at all; the definition's own limits are far lower."""
RADIOS_UP_TO = 7
WIDE_FROM = 150
"""A text of that many characters gets a line of its own in a row of a repeated page."""
_AUTOCOMPLETE = {
    "subject.name": "organization",
    "subject.address": "street-address",
    "subject.phone": "tel",
    "subject.email": "email",
}
_WIDTHS = {
    FieldType.TAX_CODE: "width-20",
    FieldType.HS_CODE: "width-10",
    FieldType.INTEGER: "width-10",
    FieldType.MONEY: "width-20",
    FieldType.DATE: "width-10",
    FieldType.PHONE: "width-20",
}


def error_text(error: FieldError) -> str:
    """What is wrong with one answer, in the active language."""
    return gettext(error.message) % dict(error.params)


def asked_fields(definition: Definition, section: Section, answers: Mapping[str, Any]) -> list[Field_]:
    """The fields that a page draws: all but those which answers of other pages have ruled out.

    A field that depends on an answer of the same page is drawn, and opens with that answer.
    """
    scope = row_scope(definition, section)
    own = {field.id: scope[field.id] for field in section.fields if field.id in scope}
    elsewhere = {name: empty for name, empty in scope.items() if name not in own}
    drawn = []
    for field in section.fields:
        decided = bool(field.when) and _names_only(field.when, elsewhere)
        if not decided or conditions.holds(field.when, answers, scope=elsewhere):
            drawn.append(field)
    return drawn


def _names_only(when: str, scope: Mapping[str, Any]) -> bool:
    try:
        conditions.check(when, scope=scope)
    except conditions.ConditionError:
        return False
    return True


def typed_values(fields: Iterable[Field_], data: Mapping[str, Any], *, prefix: str = "") -> dict[str, str]:
    """What was typed for these fields; a control that sent nothing counts as left empty."""
    found = {}
    for field in fields:
        value = data.get(f"{prefix}-{field.id}" if prefix else field.id, "")
        found[field.id] = str(value).replace("\x00", "")[:LONGEST]
    return found


class AnswerForm(Form):
    """One page of the form, or one row of a repeated page, as it stands: stored answers, or what was just typed."""

    def __init__(
        self,
        *,
        fields: Sequence[Field_],
        values: Mapping[str, Any],
        errors: Iterable[FieldError] = (),
        prefix: str | None = None,
    ) -> None:
        lang = language()
        shown = {field.id: _written(field, values.get(field.id)) for field in fields}
        named = {f"{prefix}-{name}" if prefix else name: text for name, text in shown.items()}
        super().__init__(named, prefix=prefix)
        for field in fields:
            self.fields[field.id] = _control(field, lang)
        for field in fields:
            if field.when:
                self._depends(field, fields)
        self.cleaned_data: dict[str, Any] = {}
        self._errors = ErrorDict(renderer=self.renderer)
        for error in errors:
            if error.field in self.fields:
                kept = self._errors.setdefault(error.field, self.error_class(renderer=self.renderer))
                kept.append(error_text(error))

    def _depends(self, field: Field_, fields: Sequence[Field_]) -> None:
        found = dependence(field.when, fields)
        control: Any = self.fields[field.id]
        if found is not None and found.values:
            control.shown_if = ShownIf(found.field.id, found.values)
        else:
            control.condition_text = _("Only needed with some answers; leave it empty otherwise.")


def _written(field: Field_, value: Any) -> str:
    """A stored answer as one types it; what was typed wrong comes back as it was."""
    if field.type is FieldType.TABLE and isinstance(value, list):
        rows = [
            [str(row.get(column.id, "")) for column in field.columns]
            for row in value
            if isinstance(row, Mapping)
        ]
        mark = "\t" if any(";" in cell for row in rows for cell in row) else "; "
        return "\n".join(mark.join(row) for row in rows)
    if value is None or isinstance(value, bool | list | dict):
        return ""
    if field.type is FieldType.DATE:
        try:
            return f"{date.fromisoformat(str(value)):%d/%m/%Y}"
        except ValueError:
            return str(value)
    if field.type is FieldType.MONEY and isinstance(value, int):
        return f"{value:,}".replace(",", ".")
    return str(value)


def _control(field: Field_, lang: str) -> forms.Field:
    common: dict[str, Any] = {
        "label": field.title.get(lang),
        "help_text": field.hint.get(lang) if field.hint else "",
        "required": field.required,
    }
    if field.choices:
        choices = [(choice.value, choice.title.get(lang)) for choice in field.choices]
        if len(choices) <= RADIOS_UP_TO:
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
        return forms.ChoiceField(choices=[("", _("Choose")), *choices], **common)
    if field.type is FieldType.COUNTRY:
        return forms.ChoiceField(choices=[("", _("Choose a country")), *_countries(lang)], **common)
    attrs: dict[str, Any] = {"autocomplete": _AUTOCOMPLETE.get(field.prefill, "off")}
    if field.type in _WIDTHS:
        attrs["class"] = _WIDTHS[field.type]
    elif field.max_length <= 60:
        attrs["class"] = "width-20"
    if field.type is FieldType.TABLE:
        row = "; ".join(column.title.get(lang) for column in field.columns)
        how = _("One row a line, cells parted by semicolons, or pasted from a spreadsheet: %(row)s") % {
            "row": row
        }
        common["help_text"] = " ".join(filter(None, [common["help_text"], how]))
        return forms.CharField(widget=forms.Textarea(attrs={**attrs, "rows": 5}), **common)
    if field.type is FieldType.TEXTAREA:
        return forms.CharField(widget=forms.Textarea(attrs={**attrs, "rows": 4}), **common)
    if field.type in {FieldType.INTEGER, FieldType.MONEY, FieldType.HS_CODE}:
        attrs["inputmode"] = "numeric"
    if field.type is FieldType.DATE and not common["help_text"]:
        common["help_text"] = _("Day/month/year, for example 15/09/2026")
    kind = {FieldType.PHONE: "tel", FieldType.EMAIL: "email"}.get(field.type, "text")
    control = forms.CharField(widget=forms.TextInput(attrs={**attrs, "type": kind}), **common)
    control.wide = field.type is FieldType.TEXT and field.max_length >= WIDE_FROM  # type: ignore[attr-defined]
    if field.type is FieldType.MONEY:
        control.suffix = "₫"  # type: ignore[attr-defined]
    return control


def _countries(lang: str) -> list[tuple[str, str]]:
    named = [(code, country_name(code, lang=lang)) for code in COUNTRIES]
    return sorted(named, key=lambda pair: folded(pair[1]))


@dataclass(frozen=True, slots=True)
class Dependence:
    """A condition that one question decides."""

    field: Field_
    values: tuple[str, ...]
    """The answers under which it holds."""


def dependence(when: str, fields: Iterable[Field_]) -> Dependence | None:
    """The one question among `fields` that decides a condition; None when it is not that simple."""
    for field in fields:
        if field.type is not FieldType.CHOICE:
            continue
        scope = {field.id: ""}
        try:
            conditions.check(when, scope=scope)
        except conditions.ConditionError:
            continue
        values = [choice.value for choice in field.choices]
        holding = tuple(value for value in values if conditions.holds(when, {field.id: value}, scope=scope))
        return Dependence(field, holding)
    return None


def must_fit(name: str, formats_: tuple[str, ...]) -> None:
    """The procedure takes such a file for this piece. Raises FileRefused; what nobody takes is refused further in."""
    extension = files.declared_extension(name=name)
    if extension is not None and extension not in {*formats_, *(("jpeg",) if "jpg" in formats_ else ())}:
        reason = Reason(
            "file.format",
            gettext_noop("This paper is handed in as %(kinds)s."),
            {"kinds": _(" or ").join(kind.upper() for kind in formats_)},
            remedy=gettext_noop("Save or export it in that format, and upload that file."),
        )
        raise FileRefused(reason, status=415)
