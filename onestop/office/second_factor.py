"""The fields that prove a person before a signature: of the own authenticator, or what a signing service asks for."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.selectors import Asks

__all__ = ["PROOF", "proof_fields"]

PROOF = ("pin", "code")
"""Names of these fields, in their order."""
CODES = {
    "authenticator": (
        gettext_lazy("One-time code"),
        gettext_lazy("Six digits from your authenticator, asked for at every signature."),
    ),
    "own": (
        gettext_lazy("Code of your signing service"),
        gettext_lazy("From the device or app that it gave you."),
    ),
    "sent": (
        gettext_lazy("Code of your signing service"),
        gettext_lazy("It is sent to you when you ask for it."),
    ),
}
"""Where a one-time code comes from → label and hint."""


def proof_fields(asks: Asks | None) -> dict[str, forms.Field]:
    """The fields by name; `asks`: what the person's signing service asks for, None without one."""
    found: dict[str, forms.Field] = {}
    if asks is not None and asks.pin:
        found["pin"] = forms.CharField(
            label=_("PIN of your signing key"),
            help_text=_("It goes to your signing service and is kept nowhere."),
            max_length=64,
            widget=forms.PasswordInput(attrs={"class": "width-10", "autocomplete": "off"}),
        )
    said = CODES.get(asks.code if asks is not None else "authenticator")
    if said is not None:
        found["code"] = forms.CharField(
            label=said[0],
            help_text=said[1],
            max_length=20,
            widget=forms.TextInput(
                attrs={"class": "width-10", "inputmode": "numeric", "autocomplete": "one-time-code"}
            ),
        )
    return found
