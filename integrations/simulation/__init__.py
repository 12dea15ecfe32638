"""What every simulator of a partner shares: an HTTP server on this machine, a memory that survives a kill, mischief.

A simulator keeps what it processed in an append-only journal, written to disk before it answers, and recognises a
repeated message by its wire id: it answers as before and does nothing twice. `POST /_control` makes it misbehave as
real windows do; `GET /_processed` tells what took effect; `/` shows it to people. Never started in production.
"""

from integrations.simulation.host import Host, Mischief, Mode, Simulator, Web
from integrations.simulation.journal import Entry, Journal, timestamp
from integrations.simulation.server import serve

__all__ = ["Entry", "Host", "Journal", "Mischief", "Mode", "Simulator", "Web", "serve", "timestamp"]
