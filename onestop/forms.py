"""How Django's forms look and speak here: one renderer, one bound field, the fields that Vietnamese answers need.

Every form of the product is an ordinary Django form. `Renderer` (the `FORM_RENDERER` setting) gives it GOV.UK's
markup with our templates under `templates/forms/`: label, hint, error above the control, `aria-describedby`, and
fields that depend on an answer. Browsers do not validate: their messages are not in the page's language, so no
`required` attribute is written, and the error summary says what to correct.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms import renderers
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

__all__ = [
    "BoundField",
    "DateField",
    "DropInput",
    "ErrorLink",
    "Form",
    "MoneyField",
    "Renderer",
    "ShownIf",
    "UploadField",
    "UploadsField",
    "WholeNumberField",
    "error_links",
]


class ShownIf(NamedTuple):
    """Put on a field as `field.shown_if`: ask it only when another field of the form has one of these answers."""

    name: str
    values: tuple[str, ...]


class Renderer(renderers.DjangoTemplates):
    """Our templates first, then Django's own widget templates."""

    form_template_name = "forms/form.html"
    formset_template_name = "forms/formset.html"
    field_template_name = "forms/field.html"

    @cached_property
    def engine(self) -> Any:
        ours = Path(__file__).parent / "templates"
        djangos = Path(renderers.__file__).parent / "templates"
        return self.backend(
            {"NAME": "motcua-forms", "APP_DIRS": True, "DIRS": [ours, djangos], "OPTIONS": {}}
        )

    @property
    def bound_field_class(self) -> type["BoundField"]:  # type: ignore[override]
        return BoundField


_CLASSES: tuple[tuple[type[forms.Widget], str, str], ...] = (
    (
        forms.CheckboxSelectMultiple,
        "govuk-checkboxes__input",
        "checkboxes",
    ),  # before radios, which it extends
    (forms.RadioSelect, "govuk-radios__input", "radios"),
    (forms.CheckboxInput, "govuk-checkboxes__input", "checkbox"),
    (forms.Select, "govuk-select", "select"),
    (forms.Textarea, "govuk-textarea", "textarea"),
    (forms.FileInput, "govuk-file-upload", "file"),
    (forms.Widget, "govuk-input", "text"),
)


class BoundField(forms.BoundField):
    """A field in its form, able to say what the templates need."""

    def __init__(self, form: forms.BaseForm, field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        # Other packages' forms repeat the label as a placeholder, which vanishes while one types.
        field.widget.attrs.pop("placeholder", None)

    @property
    def kind(self) -> str:
        """Which template draws it: text, textarea, select, radios, checkboxes, checkbox or file."""
        return self._look[1]

    @property
    def _look(self) -> tuple[str, str]:
        for widget, css, kind in _CLASSES:
            if isinstance(self.field.widget, widget):
                return css, kind
        return "govuk-input", "text"

    @property
    def shown_if(self) -> ShownIf | None:
        return getattr(self.field, "shown_if", None)

    @property
    def controlling_name(self) -> str:
        """The HTML name of the control whose answer opens this field."""
        return self.form.add_prefix(self.shown_if.name) if self.shown_if else ""

    @property
    def condition(self) -> str:
        """In words, for readers whose browser runs no script: when this field is asked."""
        text = getattr(self.field, "condition_text", "")
        if text or self.shown_if is None:
            return str(text)
        asked = _ours(self.form[self.shown_if.name])
        titles = {str(value): str(title) for value, title in getattr(asked.field, "choices", ())}
        answers = ", ".join(titles.get(value, value) for value in self.shown_if.values)
        return str(_("Only if you answered “%(answers)s” to “%(question)s”.")) % {
            "answers": answers,
            "question": str(asked.label).rstrip("?:"),
        }

    @property
    def is_nested(self) -> bool:
        """Drawn under the one radio or checkbox that opens it, instead of in its own place."""
        rule = self.shown_if
        return bool(
            rule
            and len(rule.values) == 1
            and rule.name in self.form.fields
            and _ours(self.form[rule.name]).kind in {"radios", "checkboxes"}
        )

    @cached_property
    def options(self) -> list[dict[str, Any]]:
        """Each choice of radios or checkboxes, with the fields that it opens."""
        opened: dict[str, list[BoundField]] = {}
        for other in map(_ours, self.form.visible_fields()):
            if other.is_nested and other.shown_if and other.shown_if.name == self.name:
                opened.setdefault(other.shown_if.values[0], []).append(other)
        hints = getattr(self.field, "choice_hints", {})
        return [
            {
                "widget": choice,
                "hint": hints.get(str(choice.data["value"]), ""),
                "opens": opened.get(str(choice.data["value"]), []),
            }
            for choice in self.subwidgets
        ]

    @property
    def suffix(self) -> str:
        return str(getattr(self.field, "suffix", ""))

    @property
    def error_target(self) -> str:
        """The id that a link of the error summary leads to: the control, or the first of a group."""
        return (
            f"{self.auto_id}_0"
            if self.kind in {"radios", "checkboxes"}
            else (self.id_for_label or self.auto_id)
        )

    def build_widget_attrs(self, attrs: Any, widget: forms.Widget | None = None) -> dict[str, Any]:
        built = super().build_widget_attrs(attrs, widget)
        built.pop("required", None)
        css, kind = self._look
        own = (widget or self.field.widget).attrs.get("class", "")
        wrong = f" {css}--error" if self.errors and kind in {"text", "select", "textarea"} else ""
        built["class"] = f"{css}{wrong} {own}".strip()
        return built


def _ours(field: forms.BoundField) -> BoundField:
    """Every field that our renderer binds is one of ours; Django's types cannot know it."""
    return cast(BoundField, field)


def _asked_for(field: forms.Field) -> Any:
    """What to say when a required field was left out; the label is filled in by Form."""
    if isinstance(field, forms.FileField):
        return _("Choose a file for “%(label)s”")
    if isinstance(field, forms.ChoiceField):
        return _("Choose an answer to “%(label)s”")
    if isinstance(field, forms.BooleanField):
        return _("Tick “%(label)s” before going on")
    return _("Fill in “%(label)s”")


class Form(forms.Form):
    """The base of our forms: no colon after labels, and a missing answer is asked for by its name."""

    default_renderer = Renderer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if (
                field.label
                and field.error_messages.get("required") == forms.Field.default_error_messages["required"]
            ):
                field.error_messages["required"] = str(_asked_for(field)) % {
                    "label": str(field.label).rstrip("?:")
                }


class WholeNumberField(forms.IntegerField):
    """A whole number typed as people write it: 1200, 1.200, 1 200. Shown plain."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "width-10", "autocomplete": "off"})
    default_error_messages = {"invalid": _("Enter a whole number, for example 12")}

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            for mark in (".", ",", " ", "\u00a0", "₫", "đ"):
                value = value.replace(mark, "")
        return super().to_python(value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


class MoneyField(WholeNumberField):
    """Whole đồng, typed with or without marks; the value is an int."""

    default_error_messages = {"invalid": _("Enter an amount in đồng, for example 2.000.000")}
    suffix = "₫"

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,}".replace(",", ".") if isinstance(value, int) else value


class DateField(forms.DateField):
    """A day typed as day/month/year in one control; the value is a date."""

    default_error_messages = {"invalid": _("Enter a date as day/month/year, for example 15/09/2026")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"])
        kwargs.setdefault("help_text", _("Day/month/year, for example 15/09/2026"))
        attrs = {"inputmode": "text", "class": "width-10", "autocomplete": "off"}
        kwargs.setdefault("widget", forms.DateInput(format="%d/%m/%Y", attrs=attrs))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


class DropInput(forms.FileInput):
    """A native file control inside a zone that also takes dropped files; the button speaks our language."""

    template_name = "forms/drop.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, multiple: bool = False) -> None:
        self.allow_multiple_selected = multiple
        super().__init__(attrs)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["multiple"] = bool(self.attrs.get("multiple"))
        return context


class UploadField(forms.FileField):
    """One file. What it may weigh and hold is judged where files are kept, not here."""

    widget: Any = DropInput
    default_error_messages = {
        "required": _("Choose a file"),
        "empty": _("The file is empty. Choose another one"),
    }


class UploadsField(UploadField):
    """Several files at once; the value is a list."""

    widget = DropInput(multiple=True)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:  # type: ignore[override]
        given = data if isinstance(data, (list, tuple)) else [data]
        given = [one for one in given if one not in (None, "", False)]
        if not given:
            if self.required and not initial:
                raise ValidationError(self.error_messages["required"], code="required")
            return []
        return [super(UploadsField, self).clean(one, initial) for one in given]


class ErrorLink(NamedTuple):
    """One line of the error summary; `target` is the id of the control, empty when the whole form is meant."""

    text: str
    target: str


def error_links(forms_: Iterable[forms.BaseForm], extra: Sequence[Any] = ()) -> list[ErrorLink]:
    """Every error of these forms in the order of their fields, then `extra` (texts or (text, id) pairs)."""
    links = []
    for form in forms_:
        links += [ErrorLink(str(text), "") for text in form.non_field_errors()]
        for field in form:
            target = getattr(field, "error_target", field.id_for_label or field.auto_id)
            label = str(field.label).rstrip("?:")
            links += [
                ErrorLink(text if label.lower() in text.lower() else f"{label}: {text}", target)
                for text in map(str, field.errors)
            ]
    for item in extra:
        links.append(
            ErrorLink(str(item), "") if not isinstance(item, tuple) else ErrorLink(str(item[0]), item[1])
        )
    return links
