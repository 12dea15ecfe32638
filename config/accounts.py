"""Which of allauth's pages are open: signing in and out, one's own password, one's own authenticator.

Accounts are opened by an agency or come with the national identity, never by whoever asks; nobody's mail address is a
key to an account. So nothing but the names below is served. The others answer 404, also those that another release of
allauth may bring, and stay known by name because allauth's own pages look them up.
"""

from collections.abc import Iterable

from allauth.urls import urlpatterns as allauth_patterns
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

__all__ = ["OPEN", "closed", "urlpatterns"]

OPEN = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "account_reauthenticate",
        "account_change_password",
        "mfa_index",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
    }
)


def closed(_request: HttpRequest, **_arguments: object) -> HttpResponse:
    """There is no such page here."""
    raise Http404


def _open_only(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    return [
        URLResolver(one.pattern, _open_only(one.url_patterns))
        if isinstance(one, URLResolver)
        else URLPattern(one.pattern, one.callback if one.name in OPEN else closed, one.default_args, one.name)
        for one in patterns
    ]


urlpatterns = _open_only(allauth_patterns)
