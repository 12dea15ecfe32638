"""`manage.py simulate vnsw --port 8101`: a partner's system, played on this machine."""

import signal
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.registry import NAMES
from integrations.simulation import serve


class Command(BaseCommand):
    """Runs until SIGTERM; needs no database."""

    help = "Play a partner's system on this machine."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("partner", choices=NAMES)
        parser.add_argument("--port", type=int, default=0, help="0: a free one, printed")
        parser.add_argument(
            "--data", type=Path, default=None, help="memory; default: DATA_DIR/simulators/PARTNER"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("a simulator is not started in production")
        name, port = options["partner"], options["port"]
        folder = options["data"] or Path(settings.DATA_DIR) / "simulators" / name
        module = import_module(f"integrations.partners.{name}.simulator")
        try:
            server = serve(module.simulator, port=port, folder=folder)
        except OSError as error:
            raise CommandError(
                f"port {port} cannot be used ({error.strerror}): choose another with --port"
            ) from None
        # shutdown() waits for serve_forever(), which this thread runs: so it is called from another one.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        self.stdout.write(f"{name} plays at http://127.0.0.1:{server.server_port}")
        self.stdout.flush()
        with server:
            server.serve_forever(poll_interval=0.2)
