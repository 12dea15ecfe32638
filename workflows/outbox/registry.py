"""Who wants to hear of what. Filled while the apps start, by the decorator `subscribe`.

A handler gets an `Event` and must be idempotent: it may be called again with the same event after it has succeeded (a
worker can die between the effect and the mark), so it looks whether its work is done, or passes `event.uuid` on as the
idempotency key. It runs outside any transaction and re-reads what it needs; the event holds references only.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

__all__ = ["Event", "Handler", "Later", "Registry", "Subscription", "registry", "subscribe"]

Value = str | int | bool | None
Payload = Mapping[str, Value | list[Value]]


@dataclass(frozen=True, slots=True)
class Event:
    """What a handler is told."""

    uuid: UUID
    """The same at every attempt."""
    kind: str
    dossier_id: int | None
    sequence: int
    payload: Payload
    """References only; no personal data."""
    occurred_at: datetime
    """The legal moment, aware."""
    attempt: int
    """From 1."""


Handler = Callable[[Event], None]


class Later(Exception):
    """Raised by a handler that cannot go on yet: try again after so many seconds; no attempt is counted."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:g} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscriber's interest in one kind of event."""

    kind: str
    name: str
    handler: Handler
    patience: float
    """Seconds after which a silent worker counts as dead and the row is given to another one."""


class Registry:
    """The subscriptions of one process. There is one for the product; tests make their own, or use `isolated`."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, dict[str, Subscription]] = {}

    def subscribe(self, kind: str, *, name: str, patience: float = 120.0) -> Callable[[Handler], Handler]:
        """Decorator: call the function for each event of that kind. Raises ValueError on a name used twice."""
        if not 1 <= len(name) <= 80 or not 1 <= len(kind) <= 80:
            raise ValueError("kind and name need 1 to 80 characters")

        def register(handler: Handler) -> Handler:
            subscriptions = self._subscriptions.setdefault(kind, {})
            if name in subscriptions:
                raise ValueError(f"{name} already subscribes to {kind}")
            subscriptions[name] = Subscription(kind=kind, name=name, handler=handler, patience=patience)
            return handler

        return register

    def of_kind(self, kind: str) -> list[Subscription]:
        """All subscriptions to a kind, by name."""
        return [subscription for _, subscription in sorted(self._subscriptions.get(kind, {}).items())]

    def find(self, *, kind: str, name: str) -> Subscription | None:
        """The subscription of a stored row; None when this process does not know it (any more)."""
        return self._subscriptions.get(kind, {}).get(name)

    def kinds(self) -> list[str]:
        """Every kind somebody subscribes to."""
        return sorted(self._subscriptions)

    @contextmanager
    def isolated(self) -> Iterator["Registry"]:
        """For tests: empty within the block, as before after it."""
        before, self._subscriptions = self._subscriptions, {}
        try:
            yield self
        finally:
            self._subscriptions = before


registry = Registry()
subscribe = registry.subscribe
