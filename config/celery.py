"""Celery carries ids, never truth: a lost broker loses nothing, since the relay finds the rows again.

A task is acknowledged after it is done and fetched one at a time, so a killed worker's task comes back; tasks are
idempotent and keep their results in our own rows, so no result backend is configured.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.env import env

__all__ = ["app"]

LONGEST_TASK = 300  # seconds; beyond it the worker process is replaced

app = Celery("motcua")
app.conf.update(
    broker_url=env.redis_url or "memory://",
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 2 * LONGEST_TASK},
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    result_backend=None,
    task_soft_time_limit=LONGEST_TASK - 30,
    task_time_limit=LONGEST_TASK,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    task_serializer="json",
    accept_content=["json"],
    enable_utc=True,
    timezone="UTC",
)
app.autodiscover_tasks(["workflows", "workflows.outbox", "integrations"])
