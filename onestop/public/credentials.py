"""Licences as credentials, for wallets and for verifiers: OpenID4VCI 1.0 with its pre-authorized code flow.

The holder's page in the portal makes the offer (onestop.portal.wallet). Here a wallet reads what there is, changes the
offer's code for a token, and the token for the credential; a verifier reads what stands in one. Errors have the form of
OAuth (RFC 6749 §5.2, OpenID4VCI 1.0 §8.3.1), not of our other answers. docs/credentials.md tells integrators.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from onestop.access import public
from onestop.public.limits import limited
from onestop.public.machine import as_json, open_to_all, problems_as_json
from procedures.definition.model import Text
from procedures.errors import Invalid, MotcuaError, NotFound, Reason
from workflows import selectors, service
from workflows.credentials.licence import FORMAT, GRANT
from workflows.credentials.proof import ALGORITHM

__all__ = ["authorization_server", "credential", "credential_type", "issuer", "nonce", "token"]

V = TypeVar("V", bound=Callable[..., HttpResponseBase])
FRESH = 300
"""Seconds for which what is published here may be kept."""
LONGEST = 20_000
"""Bytes of a request for a credential."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


# -- what there is ----------------------------------------------------------------------------------------------------


@cache_control(public=True, max_age=FRESH)
@public
@require_safe
@problems_as_json
@limited("credentials", most=120)
def issuer(request: HttpRequest) -> HttpResponse:
    """The metadata of the credential issuer (OpenID4VCI 1.0 §12.2)."""
    described = {
        "credential_issuer": settings.BASE_URL,
        "credential_endpoint": _address("public:credential"),
        "nonce_endpoint": _address("public:nonce"),
        "display": [{"name": _in(lang, "Ministry of Health"), "locale": lang} for lang in ("vi", "en")],
        "credential_configurations_supported": {
            one.register: {
                "format": FORMAT,
                "vct": one.uri,
                "cryptographic_binding_methods_supported": ["jwk"],
                "credential_signing_alg_values_supported": [ALGORITHM],
                "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": [ALGORITHM]}},
                "credential_metadata": {
                    "display": _display(one.title),
                    "claims": [
                        {"path": list(path), "display": _display(title)} for path, title, _kept in one.claims
                    ],
                },
            }
            for one in selectors.credential_types()
        },
    }
    return open_to_all(as_json(described))


@cache_control(public=True, max_age=FRESH)
@public
@require_safe
@problems_as_json
@limited("credentials", most=120)
def authorization_server(request: HttpRequest) -> HttpResponse:
    """The metadata of the authorization server that gives tokens (RFC 8414): nobody but who was made an offer."""
    described = {
        "issuer": settings.BASE_URL,
        "token_endpoint": _address("public:token"),
        "response_types_supported": [],
        "grant_types_supported": [GRANT],
        "token_endpoint_auth_methods_supported": ["none"],
        "pre-authorized_grant_anonymous_access_supported": True,
    }
    return open_to_all(as_json(described))


@cache_control(public=True, max_age=FRESH)
@public
@require_safe
@problems_as_json
@limited("credentials", most=120)
def credential_type(request: HttpRequest, register: str) -> HttpResponse:
    """What stands in the credentials of a register: the type metadata that their `vct` leads to."""
    found = selectors.credential_type(register)
    if found is None:
        raise NotFound(Reason("no_register", gettext_noop("There is no such register.")))
    described = {
        "vct": found.uri,
        "name": found.title.vi,
        "display": _display(found.title),
        "claims": [
            {
                "path": list(path),
                "sd": "always" if kept_back else "never",
                "display": [{"locale": one["locale"], "label": one["name"]} for one in _display(title)],
            }
            for path, title, kept_back in found.claims
        ],
    }
    return open_to_all(as_json(described))


# -- from the offer to the credential ---------------------------------------------------------------------------------


def _errors_of_oauth(view: V) -> V:
    """Answer our errors as a wallet expects them; the code of the first reason is the error's."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (Invalid, NotFound) as error:
            status, said = 400 if isinstance(error, Invalid) else 401, error.reasons[0]
        except MotcuaError as error:
            status, said = error.status, error.reasons[0]
        described = (said.message % dict(said.params)).replace('"', "'")  # RFC 6749: ASCII, so not translated
        response = as_json({"error": said.code, "error_description": described}, status=status)
        if status == 401:
            response.headers["WWW-Authenticate"] = f'Bearer error="{said.code}"'
        return response

    return answered  # type: ignore[return-value]


@csrf_exempt
@never_cache
@public
@require_POST
@_errors_of_oauth
@limited("token", most=20)
def token(request: HttpRequest) -> HttpResponse:
    """A token for the code of an offer and its digits (OpenID4VCI 1.0 §6)."""
    if request.POST.get("grant_type") != GRANT:
        message = gettext_noop("The grant type must be the one of the pre-authorized code.")
        raise Invalid(Reason("unsupported_grant_type", message))
    code, digits = request.POST.get("pre-authorized_code", ""), request.POST.get("tx_code", "")
    if not code or not digits:
        message = gettext_noop("The request needs pre-authorized_code and tx_code.")
        raise Invalid(Reason("invalid_request", message))
    made, seconds = service.redeem_offer(code=code, digits=digits)
    return as_json({"access_token": made, "token_type": "Bearer", "expires_in": seconds})


@csrf_exempt
@never_cache
@public
@require_POST
@_errors_of_oauth
@limited("nonce", most=60)
def nonce(request: HttpRequest) -> HttpResponse:
    """A challenge for the proof of the wallet's key (OpenID4VCI 1.0 §7)."""
    return as_json({"c_nonce": service.challenge()})


@csrf_exempt
@never_cache
@public
@require_POST
@_errors_of_oauth
@limited("credential", most=20)
def credential(request: HttpRequest) -> HttpResponse:
    """The credential, bound to the key of the proof (OpenID4VCI 1.0 §8)."""
    scheme, _space, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not bearer.strip():
        raise NotFound(Reason("invalid_token", gettext_noop("The request needs a token.")))
    asked = _asked(request)
    register = str(asked.get("credential_configuration_id", ""))
    made = service.issue_credential(token=bearer.strip(), proof=_proof(asked), register=register)
    return as_json({"credentials": [{"credential": made}]})


def _asked(request: HttpRequest) -> Mapping[str, Any]:
    """The body, a JSON object. Raises Invalid."""
    message = gettext_noop("The body must be a JSON object, of the type application/json.")
    refusal = Invalid(Reason("invalid_credential_request", message))
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if request.content_type != "application/json" or not length.isdecimal() or int(length) > LONGEST:
        raise refusal
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise refusal from error
    if not isinstance(found, dict):
        raise refusal
    return found


def _proof(asked: Mapping[str, Any]) -> str:
    """The one proof in the request. Raises Invalid."""
    proofs = asked.get("proofs")
    given = proofs.get("jwt") if isinstance(proofs, dict) else None
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], str):
        message = gettext_noop("The request needs proofs.jwt with exactly one proof.")
        raise Invalid(Reason("invalid_proof", message))
    return given[0]


# -- shared -----------------------------------------------------------------------------------------------------------


def _address(name: str) -> str:
    return f"{settings.BASE_URL}{reverse(name)}"


def _in(lang: str, message: str) -> str:
    with translation.override(lang):
        return translation.gettext(message)


def _display(title: Text) -> list[dict[str, str]]:
    return [{"name": title.get(lang), "locale": lang} for lang in ("vi", "en")]
