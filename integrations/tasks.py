"""Celery's part: a round of delivery for whoever schedules one. The rows are the truth; losing a task loses nothing."""

from celery import shared_task

from integrations import delivery

__all__ = ["deliver"]


@shared_task(name="integrations.tasks.deliver", ignore_result=True)  # type: ignore[untyped-decorator]
def deliver() -> int:
    """One sweep; how many messages were tried."""
    return delivery.sweep().tried
