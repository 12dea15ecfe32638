"""The wire: HTTP with limits on time and size, and a clear word for each way in which it can fail.

A simulator is spoken to over plain HTTP on this machine only; every other mode needs TLS to a pinned certificate
authority. Proxies and credentials of the surroundings are not trusted, redirects are not followed.
"""

import ssl
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from integrations.envelope import CredentialRefused, NotSent, Throttled, Unknown, excerpt

__all__ = ["Response", "Wire", "address_problems"]

CONNECT_SECONDS = 5.0
LARGEST_ANSWER = 10 * 1024 * 1024
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PROXY_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Response:
    """A complete HTTP answer."""

    status: int
    content_type: str
    body: bytes


@dataclass(slots=True)
class Clock:
    """How far a peer's clock is from ours."""

    skew: int | None = None
    """Seconds by which it was ahead of this machine's at the last answer; None: it said nothing that can be read."""

    def heard(self, date: str) -> None:
        """The Date of an HTTP answer (RFC 9110), to the second."""
        try:
            said = parsedate_to_datetime(date).timestamp()
        except (TypeError, ValueError):
            return
        self.skew = round(said - time.time())


@dataclass(frozen=True, slots=True)
class Wire:
    """A line to one partner."""

    endpoint: str
    simulated: bool
    patience: float
    """Seconds for the whole answer."""
    authority: Path | None = None
    """Pinned certificate authorities, in PEM; needed unless simulated."""
    clock: Clock = field(default_factory=Clock, compare=False)
    """What the peer's clock said, last of all."""

    def post(self, path: str, *, content: bytes, headers: dict[str, str]) -> Response:
        """Send bytes. Raises a DeliveryError for everything but a complete answer from the partner itself."""
        return self._call("POST", path, content=content, headers=headers)

    def get(self, path: str, *, headers: dict[str, str]) -> Response:
        """Fetch. Raises as `post` does."""
        return self._call("GET", path, content=b"", headers=headers)

    def _call(self, method: str, path: str, *, content: bytes, headers: dict[str, str]) -> Response:
        problems = address_problems(self.endpoint, simulated=self.simulated)
        if problems:
            raise CredentialRefused("; ".join(problems))
        deadline = time.monotonic() + self.patience
        timeout = httpx.Timeout(self.patience, connect=min(CONNECT_SECONDS, self.patience))
        try:
            with httpx.Client(verify=self._trust(), timeout=timeout, trust_env=False) as client:
                with client.stream(method, self.endpoint + path, content=content, headers=headers) as answer:
                    body = _read(answer, deadline=deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            if "certificate" in str(error).lower() or "ssl" in str(error).lower():
                raise CredentialRefused(f"TLS: {error}"[:200]) from None
            raise NotSent(f"no connection: {error}"[:200]) from None
        except httpx.TimeoutException:
            raise Unknown(f"no answer within {self.patience:g} s", line=True) from None
        except httpx.HTTPError as error:
            raise Unknown(f"connection lost: {error}"[:200], line=True) from None
        self.clock.heard(answer.headers.get("date", ""))
        return _judge(answer, body)

    def _trust(self) -> ssl.SSLContext | bool:
        if self.simulated:
            return False  # plain HTTP on loopback: nothing to verify
        if self.authority is None or not self.authority.is_file():
            raise CredentialRefused("no pinned certificate authority")
        context = ssl.create_default_context(cafile=str(self.authority))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def _read(answer: httpx.Response, *, deadline: float) -> bytes:
    """The body, unless it is too large or drips in too slowly."""
    parts, size = [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise Unknown("the answer is too large", status=answer.status_code)
        if time.monotonic() > deadline:
            raise Unknown("the answer came too slowly", status=answer.status_code, line=True)
        parts.append(part)
    return b"".join(parts)


def _judge(answer: httpx.Response, body: bytes) -> Response:
    status = answer.status_code
    if status == 429 or (status == 503 and "retry-after" in answer.headers):
        raise Throttled(
            "asked to wait", status=status, retry_after=_seconds(answer.headers.get("retry-after", ""))
        )
    if status in {401, 403}:
        raise CredentialRefused(excerpt(body) or "refused", status=status)
    if status in PROXY_STATUSES:
        raise Unknown(excerpt(body) or "gateway error", status=status, line=True)
    return Response(status=status, content_type=answer.headers.get("content-type", ""), body=body)


def _seconds(text: str) -> float:
    return min(float(text), 3600.0) if text.isdigit() else 60.0


def address_problems(endpoint: str, *, simulated: bool) -> list[str]:
    """What is wrong with an address, in plain words; empty when nothing is."""
    parts = urlsplit(endpoint)
    if simulated:
        fits = parts.scheme == "http" and parts.hostname in LOOPBACK
        return [] if fits else ["a simulator is reached over http on this machine only"]
    return [] if parts.scheme == "https" and parts.hostname else ["an address with https:// is needed"]
