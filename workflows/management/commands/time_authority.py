"""`manage.py time_authority`: the time-stamping authority of the test keys over HTTP, on loopback, until SIGTERM."""

from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.conf import settings

from procedures.now import now
from workflows.management.serving import Answering, ServiceCommand, on_loopback
from workflows.papers.timestamps import TestTimeAuthority

__all__ = ["Command", "server_for"]

LARGEST = 4096
"""Bytes of a request that are read; one of SHA-256 has about sixty."""


def server_for(authority: TestTimeAuthority, *, port: int = 0) -> ThreadingHTTPServer:
    """A server on 127.0.0.1 that answers POST as RFC 3161 §3.4 says, not yet running; port 0 takes a free one."""

    class Handler(Answering):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            asked = self.asked(largest=16 * LARGEST)  # who is refused is told so, not cut off
            if self.headers.get("Content-Type") != "application/timestamp-query" or size > LARGEST:
                self.send_error(415 if size <= LARGEST else 413)
                return
            self.say("application/timestamp-reply", authority.answer(asked))

    return on_loopback(Handler, port=port)


class Command(ServiceCommand):
    help = "Serve the time-stamping authority of the generated test keys on loopback; set TSA_URL to its address."
    port = 8110

    def handle(self, *args: Any, **options: Any) -> None:
        server = server_for(TestTimeAuthority(Path(settings.KEYS_DIR), clock=now), port=options["port"])
        self.serve(server, f"time authority: http://127.0.0.1:{server.server_port}/")
