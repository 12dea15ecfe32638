"""One-time codes count once, although a code is still taken in the half minute after it was shown.

Whoever reads six digits from a telephone and types them is often later than the digits, and a clock may be wrong by
some seconds; RFC 6238 §5.2 therefore takes the neighbouring steps too. allauth remembers a used code for one step
only, so with its neighbours it would take the same code twice: what was used is remembered here for all of them.
"""

from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.core.cache import cache

__all__ = ["OnceAuthenticateForm", "OnceReauthenticateForm", "holds"]


def holds(authenticator: Authenticator, code: str) -> bool:
    """Whether the code is this authenticator's, of now or of a neighbouring step, and was not used before."""
    return authenticator.wrap().validate_code(code) and _first_use(authenticator, code)


def _first_use(authenticator: Authenticator, code: str) -> bool:
    key = f"motcua.totp.used?user={authenticator.user_id}&code={normalize_user_code(code)}"
    taken_for = (2 * app_settings.TOTP_TOLERANCE + 1) * app_settings.TOTP_PERIOD
    return bool(cache.add(key, "y", timeout=taken_for))


class _Once:
    """The form of allauth that asks for a code, which refuses one that was used."""

    def clean_code(self) -> str:
        form: Any = super()
        code: str = form.clean_code()
        found: Authenticator = self.authenticator  # type: ignore[attr-defined]
        if found.type == Authenticator.Type.TOTP and not _first_use(found, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class OnceAuthenticateForm(_Once, AuthenticateForm):  # type: ignore[misc]
    """At the door."""


class OnceReauthenticateForm(_Once, ReauthenticateForm):  # type: ignore[misc]
    """Before one's own settings are changed."""
