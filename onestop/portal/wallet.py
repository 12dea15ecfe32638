"""A licence for the holder's wallet: the offer, as a QR code and a link, and the digits that go with it."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onestop.access import applicants
from onestop.errors import sentence
from onestop.portal.reading import applicant
from procedures.errors import WrongState
from workflows import selectors, service
from workflows.credentials.licence import GRANT

__all__ = ["wallet"]


@never_cache
@applicants
@require_http_methods(["GET", "HEAD", "POST"])
def wallet(request: HttpRequest, ref: UUID) -> HttpResponse:
    """What a wallet is for; after the button, the offer, which is shown this once."""
    who = applicant(request)
    licence = selectors.my_licence(actor=who, ref=ref)
    reason, offered = None, None
    if request.method == "POST":
        try:
            offered = service.offer_credential(actor=who, licence=licence.ref)
        except WrongState as error:
            reason = error.reasons[0]
    else:
        reason = selectors.no_credential(licence)
    status = 200 if reason is None else 409
    context: dict[str, Any] = {
        "section": "licences",
        "licence": licence,
        "refusal": sentence(reason) if reason else None,
        "test_key": any(key.is_test for key in selectors.register_keys()[:1]),
    }
    if offered is not None:
        link = _link(licence.register, offered.code)
        context |= {
            "link": link,
            "qr": segno.make_qr(link, error="l", boost_error=False).svg_inline(
                border=4, svgclass=None, lineclass=None, omitsize=True
            ),
            "digits": offered.digits,
            "minutes": offered.minutes,
        }
    return render(request, "portal/wallet.html", context, status=status)


def _link(register: str, code: str) -> str:
    """The credential offer by value (OpenID4VCI 1.0 §4.1)."""
    offer = {
        "credential_issuer": settings.BASE_URL,
        "credential_configuration_ids": [register],
        "grants": {GRANT: {"pre-authorized_code": code, "tx_code": {"input_mode": "numeric", "length": 6}}},
    }
    return f"openid-credential-offer://?{urlencode({'credential_offer': json.dumps(offer, separators=(',', ':'))})}"
