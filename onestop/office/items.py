"""The lines of a request for what is missing: where, what, why, and on which ground."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from onestop.forms import Form
from procedures.definition.pieces import required_pieces
from workflows.models import Dossier

__all__ = ["ItemForm", "item_forms"]

ROWS = 5
"""Lines that a fresh form offers; each press of “more lines” adds as many."""
MOST_ROWS = 40


class ItemForm(Form):
    """One thing that is missing; a line left empty is no line."""

    target = forms.ChoiceField(label=pgettext_lazy("office", "Where"))
    what = forms.CharField(
        label=gettext_lazy("What is missing"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    why = forms.CharField(
        label=pgettext_lazy("office", "Why"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    basis = forms.CharField(label=gettext_lazy("Legal basis"), max_length=200, required=False)

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, empty_permitted=True, use_required_attribute=False, **kwargs)
        self.fields["target"].choices = choices  # type: ignore[attr-defined]


def item_forms(data: Mapping[str, Any] | None, *, dossier: Dossier, prefix: str, lang: str) -> list[ItemForm]:
    """The lines of a form: fresh ones, or as many as were sent, and more when these were asked for."""
    definition = dossier.definition
    choices: list[tuple[str, Any]] = [
        ("", _("Choose where")),
        (
            _("Papers"),
            [
                (f"piece:{piece.id}", piece.title.get(lang))
                for piece in required_pieces(definition, dossier.answers)
            ],
        ),
        (
            _("Parts of the form"),
            [(f"section:{section.id}", section.title.get(lang)) for section in definition.form],
        ),
    ]
    count = ROWS
    if data is not None:
        typed = str(data.get(f"{prefix}-rows", ""))
        count = min(int(typed), MOST_ROWS) if typed.isdecimal() and len(typed) < 4 else ROWS
        if f"{prefix}-more" in data:
            count = min(count + ROWS, MOST_ROWS)
    return [ItemForm(data, prefix=f"{prefix}-item{number}", choices=choices) for number in range(count)]
