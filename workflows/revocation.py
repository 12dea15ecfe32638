"""Fetches the revocation lists that KEYS_DIR names, every hour, and says which are about to end."""

from pathlib import Path
from time import monotonic

import structlog
from django.conf import settings

from procedures.now import now
from workflows.papers.lists import ListRefused, addresses, ending, refresh
from workflows.papers.pki import STORES
from workflows.timers import every

__all__ = ["fetch_lists"]

FRESH_FOR = 3600.0
"""Seconds until a list that was fetched is fetched again; one that could not be is tried at every turn."""

log = structlog.get_logger(__name__)
_fetched: dict[tuple[str, str], float] = {}


@every(300, name="revocation lists")
def fetch_lists() -> int:
    """Fetch every list whose turn it is; how many were new. What cannot be fetched or believed is logged."""
    folder, new = Path(settings.KEYS_DIR), 0
    for store in STORES:
        for url in addresses(folder, store):
            if monotonic() < _fetched.get((store, url), 0.0):
                continue
            try:
                new += refresh(folder, store, url, at=now())
            except (ListRefused, FileNotFoundError) as problem:
                log.warning("a revocation list was not taken", store=store, address=url, why=str(problem))
            else:
                _fetched[store, url] = monotonic() + FRESH_FOR
    for one in ending(folder, at=now()):
        log.error(
            "an authority's revocation list ends",
            store=one.store,
            authority=one.authority,
            until=one.until.isoformat() if one.until else None,
        )
    return new
