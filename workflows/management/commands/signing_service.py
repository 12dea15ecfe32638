"""`manage.py signing_service`: the remote signing service of the test keys over HTTP, on loopback, until SIGTERM."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from procedures.now import now
from workflows.management.serving import serve
from workflows.papers.signing_service import TEST_PIN, Refusal, TestSigningService

__all__ = ["Command", "server_for"]

LARGEST = 64 * 1024
"""Bytes of a request that are read."""


def server_for(service: TestSigningService, *, port: int = 0) -> ThreadingHTTPServer:
    """A server on 127.0.0.1 that answers POST as the CSC API says, not yet running; port 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST))
            try:
                found = service.answer(
                    self.path,
                    self._asked(body),
                    bearer=self.headers.get("Authorization", "").removeprefix("Bearer "),
                    here=f"http://{self.headers['Host']}",
                )
            except Refusal as refusal:
                self._say(refusal.status, {"error": refusal.error, "error_description": refusal.description})
            else:
                self._say(200, found)

        def _asked(self, body: bytes) -> dict[str, Any]:
            if self.headers.get("Content-Type") == "application/x-www-form-urlencoded":
                return dict(parse_qsl(body.decode("utf-8", "replace")))
            try:
                found = json.loads(body)
            except ValueError:
                found = None
            if not isinstance(found, dict):
                raise Refusal(400, "invalid_request", "The body is no JSON object")
            return found

        def _say(self, status: int, found: dict[str, Any]) -> None:
            body = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: who asks is in the caller's log."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class Command(BaseCommand):
    help = (
        "Serve a remote signing service of the generated test keys on loopback; set CSC_URL to its address."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8111, help="0 takes a free one")

    def handle(self, *args: Any, **options: Any) -> None:
        def send(credential: str, code: str) -> None:
            self.stdout.write(f"code for {credential}: {code}")
            self.stdout.flush()

        service = TestSigningService(Path(settings.KEYS_DIR), clock=now, send=send)
        server = server_for(service, port=options["port"])
        self.stdout.write(f"signing service: http://127.0.0.1:{server.server_port} (PIN {TEST_PIN})")
        self.stdout.write(f"client {service.client[0]}, secret {service.client[1]}")
        self.stdout.flush()
        serve(server)
