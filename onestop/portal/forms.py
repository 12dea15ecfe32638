"""What the portal asks beside the pages of a procedure's form: which licence held, and why one withdraws."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy

from onestop.forms import Form
from procedures.definition.model import Choice, Field_, FieldType, Text
from workflows import selectors
from workflows.models import Dossier

__all__ = ["ReportForm", "WithdrawForm", "with_held"]


def with_held(fields: Sequence[Field_], dossier: Dossier) -> list[Field_]:
    """The fields, with the licences held as the answers to choose from where one of them is asked for."""
    if not any(field.type is FieldType.LICENCE for field in fields):
        return list(fields)
    choices = tuple(
        Choice(value=number, title=Text(vi=label, en=label))
        for number, label in selectors.licences_held(dossier)
    )
    return [
        field.model_copy(update={"choices": choices}) if field.type is FieldType.LICENCE else field
        for field in fields
    ]


class WithdrawForm(Form):
    """Why the applicant withdraws."""

    reason = forms.CharField(
        label=gettext_lazy("Why do you withdraw?"),
        help_text=gettext_lazy("A sentence is enough. The head of division reads it."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)


class ReportForm(Form):
    """How a condition of a licence is met."""

    text = forms.CharField(
        label=gettext_lazy("What did you do, and when?"),
        help_text=gettext_lazy(
            "Say it so that an official can check it. Papers that show it are added below."
        ),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
