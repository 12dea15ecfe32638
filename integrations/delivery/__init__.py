"""Taking messages to the wire: lease the head of a partition, send outside any transaction, believe the verified.

- Only the oldest open message of a (connector, dossier) is leased, so order is kept; a message that was given up blocks
  its own dossier, nothing else.
- Leases are fenced by a token and counted by the database's clock. An `Attempt` is written before the bytes leave. A
  worker killed later leaves its lease to run out; then the same bytes go out again under the same wire id, and the
  peer, who knows the id, answers as before.
- Each way to fail has its class (`OutcomeClass`); a fault of our own is never reported as one of the line or the peer.
"""

from integrations.delivery.leases import Lease, hasten, lease, replay, requeue
from integrations.delivery.sending import attempt_now, deliver
from integrations.delivery.sweeping import Swept, sweep

__all__ = ["Lease", "Swept", "attempt_now", "deliver", "hasten", "lease", "replay", "requeue", "sweep"]
