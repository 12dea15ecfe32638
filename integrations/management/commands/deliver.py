"""`manage.py deliver`: sends what is due to partners and fetches their answers, until SIGTERM."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections, connection

from integrations import delivery

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """The loop. Several may run; leases keep them apart."""

    help = "Send messages to partners and fetch their answers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then end")
        parser.add_argument("--every", type=float, default=5.0, help="seconds between rounds")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            delivery.sweep()
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write(f"delivering every {options['every']:g} s")
        self.stdout.flush()
        while not stop.is_set():
            try:
                close_old_connections()
                delivery.sweep()
            except DatabaseError:
                log.exception("the database is not there; trying again")
                connection.close()
            stop.wait(options["every"])
