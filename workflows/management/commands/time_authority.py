"""`manage.py time_authority`: the time-stamping authority of the test keys over HTTP, on loopback, until SIGTERM."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from procedures.now import now
from workflows.management.serving import serve
from workflows.papers.timestamps import TestTimeAuthority

__all__ = ["Command", "server_for"]

LARGEST = 4096
"""Bytes of a request that are read; one of SHA-256 has about sixty."""


def server_for(authority: TestTimeAuthority, *, port: int = 0) -> ThreadingHTTPServer:
    """A server on 127.0.0.1 that answers POST as RFC 3161 §3.4 says, not yet running; port 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            asked = self.rfile.read(min(size, 16 * LARGEST))  # who is refused is told so, not cut off
            if self.headers.get("Content-Type") != "application/timestamp-query" or size > LARGEST:
                self.send_error(415 if size <= LARGEST else 413)
                return
            body = authority.answer(asked)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: who asks is in the caller's log."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class Command(BaseCommand):
    help = "Serve the time-stamping authority of the generated test keys on loopback; set TSA_URL to its address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8110, help="0 takes a free one")

    def handle(self, *args: Any, **options: Any) -> None:
        server = server_for(TestTimeAuthority(Path(settings.KEYS_DIR), clock=now), port=options["port"])
        self.stdout.write(f"time authority: http://127.0.0.1:{server.server_port}/")
        self.stdout.flush()
        serve(server)
