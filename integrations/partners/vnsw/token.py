"""Access to the window: client credentials with a signed assertion (RFC 6749 §4.4, RFC 7523).

A token is kept in this process only, until shortly before it ends; it is never stored and never logged.
"""

import json
import threading
import time
from datetime import UTC, datetime
from urllib.parse import urlencode

from integrations.envelope import CredentialRefused, Unknown
from integrations.jws import client_assertion
from integrations.partners import keys
from integrations.transport import Wire

__all__ = ["ASSERTION_TYPE", "CLIENT", "forget", "technical_now", "token"]

CLIENT = "BYT"
"""Under this name the window knows us."""
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EARLY = 30.0
"""Seconds before its end at which a token is renewed."""

_kept: dict[str, tuple[str, float]] = {}
_lock = threading.Lock()


def technical_now() -> datetime:
    """The machine's clock, for the life of tokens only: a peer's clock does not stop when ours is held for the law."""
    return datetime.fromtimestamp(time.time(), tz=UTC)


def token(line: Wire) -> str:
    """A token that is good now. Raises a DeliveryError when the window gives none."""
    with _lock:
        kept, until = _kept.get(line.endpoint, ("", 0.0))
    if time.monotonic() < until:
        return kept
    address = f"{line.endpoint}/token"
    assertion = client_assertion(
        issuer=CLIENT, audience=address, key=keys.assertion_key(), now=technical_now()
    )
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    answer = line.post("/token", content=urlencode(form).encode(), headers=headers)
    if answer.status == 400:
        raise CredentialRefused("the window refuses our client assertion", status=answer.status)
    try:
        data = json.loads(answer.body)
        fresh, life = str(data["access_token"]), float(data["expires_in"])
    except (ValueError, KeyError, TypeError):
        raise Unknown("no token in the window's answer", status=answer.status) from None
    with _lock:
        _kept[line.endpoint] = fresh, time.monotonic() + max(life - EARLY, 0.0)
    return fresh


def forget(line: Wire) -> None:
    """Drop a token that the window no longer knows."""
    with _lock:
        _kept.pop(line.endpoint, None)
