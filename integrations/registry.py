"""The partners that this product can talk to: one folder each, entered here, found by name."""

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from typing import Protocol

from django.conf import settings

from integrations.envelope import Answer, Document, Facts, Held, PeerFault, UseReport
from integrations.models import Connector
from integrations.partners import keys
from integrations.transport import Wire, address_problems

__all__ = ["NAMES", "Partner", "Registry", "connector", "load", "problems", "registry", "wire"]

NAMES = ("vnsw", "asw")
"""Folders below `integrations.partners`."""


class Partner(Protocol):
    """What a partner's `adapter.py` offers. Adapters hold no state that a restart would miss."""

    name: str
    title: str
    """Shown to people; lazily translated."""
    document: str
    """The document it takes, as a procedure's definition names it."""
    document_title: str
    """The same for people; lazily translated."""
    polls: bool
    """Whether business answers are fetched."""
    content_type: str
    """Of what we answer a call with."""

    def check_config(self) -> list[str]:
        """What is missing on our side (keys, codes, schemas), in plain words; empty when ready."""

    def compose(self, *, facts: Facts, paper: bytes, wire_id: str, at: datetime) -> Document:
        """The final document: mapped, validated, signed. `at` is aware. Raises Unmappable or Unreadable."""

    def exchange(self, *, line: Wire, content: bytes, wire_id: str) -> bytes:
        """Send these very bytes and return the signed document of the reply. Raises DeliveryError, Unreadable."""

    def read(self, raw: bytes, *, at: datetime) -> Answer | UseReport:
        """Verify, validate, understand, in this order. Raises Unverified or Unreadable."""

    def fetch(self, *, line: Wire) -> list[bytes]:
        """Business answers that the partner still holds for us. Raises DeliveryError, Unreadable."""

    def confirm(self, *, line: Wire, answer: Answer) -> None:
        """Tell the partner that an answer which it held is stored here. Raises DeliveryError."""

    def held(self, *, line: Wire, since: datetime, until: datetime) -> list[Held]:
        """The messages of ours that reached the partner from `since` to before `until` (aware), by its signed book.

        Raises DeliveryError, Unreadable, Unverified.
        """

    def unwrap(self, body: bytes) -> bytes:
        """The signed document in a call that the partner made to us. Raises Unreadable."""

    def acknowledge(
        self, heard: Answer | UseReport, *, at: datetime, faults: Sequence[PeerFault] = ()
    ) -> bytes:
        """The body with which we answer such a call; `faults`: why it has no effect, in our words."""

    def refuse(self, *, code: str, text: str) -> bytes:
        """The body with which we refuse one. `code` is `unreadable`, `unverified`, `conflict` or `closed`."""


class Registry:
    """Partners by name; refuses two of one name, and an adapter that lacks something."""

    def __init__(self) -> None:
        self._partners: dict[str, Partner] = {}

    def add(self, partner: Partner) -> None:
        """Raises ValueError for a name used twice, TypeError for an incomplete adapter."""
        parts = {*Partner.__annotations__, *(part for part in vars(Partner) if not part.startswith("_"))}
        missing = sorted(part for part in parts if not hasattr(partner, part))
        if missing:
            raise TypeError(f"{type(partner).__name__} lacks {', '.join(missing)}")
        if partner.name in self._partners:
            raise ValueError(f"two partners are called {partner.name}")
        self._partners[partner.name] = partner

    def get(self, name: str) -> Partner:
        """Raises LookupError for an unknown name: an unknown partner is a mistake, never silence."""
        try:
            return self._partners[name]
        except KeyError:
            raise LookupError(f"there is no partner {name!r}") from None

    def names(self) -> list[str]:
        """All names, in the order of entry."""
        return list(self._partners)


registry = Registry()


def load() -> None:
    """Enter every partner of NAMES. Called once, when the app starts."""
    for name in NAMES:
        if name not in registry.names():
            registry.add(import_module(f"integrations.partners.{name}.adapter").adapter)


def connector(name: str) -> Connector:
    """The row of a partner's line, made at first use: to a simulator, in production off until somebody connects it."""
    registry.get(name)
    mode = Connector.Mode.OFF if settings.PRODUCTION else Connector.Mode.SIMULATE
    row, _ = Connector.objects.get_or_create(name=name, defaults={"mode": mode})
    return row


def wire(row: Connector) -> Wire:
    """The line as configured."""
    return Wire(
        endpoint=_endpoint(row),
        simulated=row.mode == Connector.Mode.SIMULATE,
        patience=float(row.patience),
        authority=keys.authority(row.name),
    )


def problems(row: Connector) -> list[str]:
    """What keeps a connector from working: its address, its keys, its codes. Empty when ready, or off."""
    if row.mode == Connector.Mode.OFF:
        return []
    simulated = row.mode == Connector.Mode.SIMULATE
    found = address_problems(_endpoint(row), simulated=simulated) + registry.get(row.name).check_config()
    if not simulated and not keys.authority(row.name).is_file():
        found.append("no pinned certificate authority of the partner's server")
    return found


def _endpoint(row: Connector) -> str:
    return (row.endpoint or getattr(settings, f"{row.name.upper()}_URL", "")).rstrip("/")
