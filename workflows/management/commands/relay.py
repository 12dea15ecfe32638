"""`manage.py relay`: takes rows out of the outbox, until SIGTERM."""

import signal
import threading
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from workflows.outbox import drain
from workflows.outbox.running import Deliverer, hand_over, run
from workflows.timers import Timers


class Command(BaseCommand):
    help = "Deliver what the outbox holds: through Celery where a broker is configured, else in this process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drain", action="store_true", help="deliver in this process even with a broker")
        parser.add_argument("--once", action="store_true", help="deliver what is due now, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            drain()
            return
        in_process = options["drain"] or not getattr(settings, "REDIS_URL", "")
        stop = threading.Event()

        def ask_to_stop(number: int, frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, ask_to_stop)
        where = "in this process" if in_process else "through Celery"
        self.stdout.write(f"relay: delivering {where}")
        self.stdout.flush()
        timers = Timers()
        timers.start()
        if in_process:
            deliverer = Deliverer()
            deliverer.start()
            run(stop=stop, on_work=deliverer.wake)
            deliverer.stop()
        else:
            run(stop=stop, on_work=hand_over)
        timers.stop()
