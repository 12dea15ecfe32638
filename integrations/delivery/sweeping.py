"""One round over all lines."""

import logging
from dataclasses import dataclass

from integrations import inbox
from integrations.delivery.leases import expire, lease
from integrations.delivery.sending import deliver
from integrations.envelope import DeliveryError, Unreadable, Unverified, UseReport, excerpt
from integrations.models import Connector, Message
from integrations.registry import Partner, registry, wire
from procedures.now import now

__all__ = ["Swept", "sweep"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    tried: int = 0
    fetched: int = 0
    resumed: int = 0


def sweep(*, limit: int = 200) -> Swept:
    """One round over all lines: apply what was left, give up what is too old, send what is due, fetch what waits."""
    resumed, tried, fetched = inbox.resume(), 0, 0
    for row in Connector.objects.exclude(mode=Connector.Mode.OFF).filter(paused=False).order_by("name"):
        expire(row)
        while tried < limit and (taken := lease(row=row)):
            for one in taken:
                deliver(one)
            tried += len(taken)
        adapter = registry.get(row.name)
        if adapter.polls and Message.objects.filter(connector=row, state=Message.State.RECEIVED).exists():
            fetched += _fetch(adapter, row)
    return Swept(tried=tried, fetched=fetched, resumed=resumed)


def _fetch(adapter: Partner, row: Connector) -> int:
    """Fetch business answers. Confirmed only when stored here; one that cannot be believed stops no other."""
    line, stored = wire(row), 0
    try:
        for raw in adapter.fetch(line=line):
            try:
                answer = adapter.read(raw, at=now())
                if isinstance(answer, UseReport):
                    raise Unreadable("a report where an answer is due")
            except (Unreadable, Unverified) as error:
                log.error(
                    "a fetched answer is not believed",
                    extra={"partner": row.name, "reason": excerpt(str(error))},
                )
                continue
            inbound = inbox.store(row=row, answer=answer, raw=raw)
            if inbound.state == inbound.State.STORED:
                inbox.apply(inbound, answer)
            adapter.confirm(line=line, answer=answer)
            stored += 1
    except (DeliveryError, Unreadable) as error:
        log.warning(
            "answers could not be fetched", extra={"partner": row.name, "reason": excerpt(str(error))}
        )
    except Exception:
        log.exception("a fetched answer could not be applied yet", extra={"partner": row.name})
    return stored
