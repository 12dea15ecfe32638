"""The outbox's only Celery task. The message holds two ids; everything else is read from the row."""

from uuid import UUID

from celery import shared_task

from workflows.outbox import relay

__all__ = ["deliver"]


@shared_task(name="workflows.tasks.deliver", ignore_result=True)  # type: ignore[untyped-decorator]
def deliver(row_id: int, token: str) -> str:
    """Deliver one leased row. A lost or doubled message changes nothing: the lease runs out, or its token is gone."""
    return relay.deliver(row_id, UUID(token)).value
