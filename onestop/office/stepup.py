"""A second factor at the moment of signing: a fresh one-time code of the signer's own authenticator.

allauth keeps the secret and limits the tries, `onestop.one_time` refuses a code that was used before; the proof is
also recorded in the session as a reauthentication. Recovery codes do not sign.
"""

from datetime import datetime

from allauth.mfa.base.internal.flows import check_rate_limit, post_authentication
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from onestop.one_time import holds
from procedures.errors import Invalid, Reason
from procedures.now import now

__all__ = ["prove"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def _refuse(code: str, message: str, remedy: str = "") -> Invalid:
    return Invalid(Reason(code, message, {"field": "code"}, remedy=remedy))


def prove(request: HttpRequest, *, code: str) -> datetime:
    """Check the code against the person's authenticator; when it was proven. Raises Invalid naming the field `code`."""
    plain = "".join(code.split())
    if not plain:
        raise _refuse(
            "step_up",
            gettext_noop("Enter the one-time code."),
            gettext_noop("Open your authenticator and enter its six digits."),
        )
    authenticator = Authenticator.objects.filter(user=request.user.pk, type=Authenticator.Type.TOTP).first()
    if authenticator is None:
        raise _refuse(
            "step_up",
            gettext_noop("You have no authenticator yet, so you cannot sign."),
            gettext_noop("Set one up in your account, then come back to this page."),
        )
    try:
        forget_tries = check_rate_limit(request.user)  # type: ignore[arg-type]
    except ValidationError:
        raise _refuse(
            "step_up",
            gettext_noop("Too many wrong codes."),
            gettext_noop("Wait five minutes, then try again with a fresh code."),
        ) from None
    if not holds(authenticator, plain):
        raise _refuse(
            "step_up",
            gettext_noop("This code is wrong, has expired, or was used before."),
            gettext_noop("Wait for the next code of your authenticator and enter it."),
        )
    forget_tries()
    post_authentication(request, authenticator, reauthenticated=True)
    return now()
