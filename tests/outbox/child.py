"""A process of its own with one subscriber, `probe`, that leaves a trace of what it was told.

`python -m tests.outbox.child relay|worker [arguments]`; TRACE names the file. A payload with `die` kills the process at
the first telling, after the trace was written and before the row is marked.
"""

import os
import signal
import sys
import time
from pathlib import Path

KIND = "thing.happened"


def main() -> None:
    """Register the probe and be what was asked for."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from workflows.outbox import Event, subscribe

    trace = Path(os.environ["TRACE"])

    @subscribe(KIND, name="probe", patience=float(os.environ.get("PATIENCE", "120")))
    def probe(event: Event) -> None:
        handle = os.open(trace, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{event.dossier_id} {event.sequence} {event.uuid} {event.attempt}\n".encode())
        os.close(handle)
        time.sleep(float(str(event.payload.get("seconds") or 0)))
        if event.payload.get("die") and event.attempt == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    role, *arguments = sys.argv[1:]
    if role == "relay":
        call_command("relay", *arguments)
    else:
        from config.celery import app

        app.worker_main(
            ["worker", "--pool=solo", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]
        )


if __name__ == "__main__":
    main()
