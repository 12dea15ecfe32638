"""A second factor at the moment of signing: a fresh one-time code of the signer's own authenticator, or, for a key at a
remote signing service, what that service asks its holder for.

allauth keeps the secret and limits the tries, `onestop.one_time` refuses a code that was used before; the proof is
also recorded in the session as a reauthentication. Recovery codes do not sign.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from allauth.mfa.base.internal.flows import check_rate_limit, post_authentication
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from onestop.access import actor
from onestop.office.forms import ActForm
from onestop.one_time import holds
from procedures.errors import Busy, Invalid, Reason
from procedures.now import now
from workflows import service

__all__ = ["by_authenticator", "prove", "send_code"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def _refuse(code: str, message: str, remedy: str = "") -> Invalid:
    return Invalid(Reason(code, message, {"field": "code"}, remedy=remedy))


def prove(request: HttpRequest, *, form: ActForm, steps: Sequence[service.StepToSign]) -> datetime:
    """Check what was given against the person's authenticator, or have these steps' papers signed by the person's
    signing service; when it was proven. Raises Invalid naming the field `code` or `pin`, Busy."""
    code = form.cleaned_data.get("code", "")
    if form.asks is None:
        return by_authenticator(request, code=code)
    forget_tries = _counted(request)
    pin = form.cleaned_data.get("pin", "")
    at = service.authorise_signatures(actor=actor(request), steps=steps, pin=pin, code="".join(code.split()))
    forget_tries()
    return at


def send_code(request: HttpRequest, *, form: ActForm) -> int:
    """Let the person's signing service send a code, and tell so; what went wrong is placed in the form. The status to
    answer with."""
    try:
        _counted(request)
        service.send_signing_code(actor=actor(request))
    except (Invalid, Busy) as error:
        form.place(error.reasons)
        return error.status
    messages.success(request, _("Your signing service sends you a code."))
    return 200


def by_authenticator(request: HttpRequest, *, code: str) -> datetime:
    """Check a one-time code of the person's own authenticator; when it was proven. Raises Invalid naming `code`."""
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
    forget_tries = _counted(request)
    if not holds(authenticator, plain):
        raise _refuse(
            "step_up",
            gettext_noop("This code is wrong, has expired, or was used before."),
            gettext_noop("Wait for the next code of your authenticator and enter it."),
        )
    forget_tries()
    post_authentication(request, authenticator, reauthenticated=True)
    return now()


def _counted(request: HttpRequest) -> Callable[[], None]:
    """Count a try; what is returned forgets the tries. Raises Invalid after too many."""
    try:
        return check_rate_limit(request.user)  # type: ignore[arg-type, no-any-return]
    except ValidationError:
        raise _refuse(
            "step_up",
            gettext_noop("Too many wrong codes."),
            gettext_noop("Wait five minutes, then try again with a fresh code."),
        ) from None
