"""`manage.py revocation_service`: lists and OCSP answers of the test keys over HTTP, on loopback, until SIGTERM."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from procedures.now import now
from workflows.management.serving import serve
from workflows.papers.revocation_service import TestRevocationAuthority

__all__ = ["Command", "server_for"]

LARGEST = 4096
"""Bytes of a request that are read; a question about one certificate has about a hundred."""


def server_for(authority: TestRevocationAuthority, *, port: int = 0) -> ThreadingHTTPServer:
    """A server on 127.0.0.1, not yet running: GET /<world>/ca.crl, and POST /<world>/ocsp as RFC 6960 A.1 says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            store, _slash, rest = self.path.strip("/").partition("/")
            found = authority.list_of(store) if rest == "ca.crl" else None
            if found is None:
                self.send_error(404)
            else:
                self._say("application/pkix-crl", found)

        def do_POST(self) -> None:
            asked = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST))
            store, _slash, rest = self.path.strip("/").partition("/")
            if rest == "ocsp":
                self._say("application/ocsp-response", authority.answer(store, asked))
            else:
                self.send_error(404)

        def _say(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: who asks is in the caller's log."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class Command(BaseCommand):
    help = "Serve revocation lists and OCSP answers of the generated test keys on loopback."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8112, help="0 takes a free one")

    def handle(self, *args: Any, **options: Any) -> None:
        server = server_for(TestRevocationAuthority(Path(settings.KEYS_DIR), clock=now), port=options["port"])
        self.stdout.write(f"revocation: http://127.0.0.1:{server.server_port}/<world>/ca.crl and …/ocsp")
        self.stdout.flush()
        serve(server)
