"""`manage.py signing_service`: the remote signing service of the test keys over HTTP, on loopback, until SIGTERM."""

import json
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings

from procedures.now import now
from workflows.management.serving import Answering, ServiceCommand, on_loopback
from workflows.papers.signing_service import TEST_PIN, Refusal, TestSigningService

__all__ = ["Command", "server_for"]

LARGEST = 64 * 1024
"""Bytes of a request that are read."""


def server_for(service: TestSigningService, *, port: int = 0) -> ThreadingHTTPServer:
    """A server on 127.0.0.1 that answers POST as the CSC API says, not yet running; port 0 takes a free one."""

    class Handler(Answering):
        def do_POST(self) -> None:
            try:
                found = service.answer(
                    self.path,
                    self._read(),
                    bearer=self.headers.get("Authorization", "").removeprefix("Bearer "),
                    here=f"http://{self.headers['Host']}",
                )
            except Refusal as refusal:
                self._say(refusal.status, {"error": refusal.error, "error_description": refusal.description})
            else:
                self._say(200, found)

        def _read(self) -> dict[str, Any]:
            body = self.asked(largest=LARGEST)
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
            self.say("application/json", json.dumps(found).encode(), status=status)

    return on_loopback(Handler, port=port)


class Command(ServiceCommand):
    help = (
        "Serve a remote signing service of the generated test keys on loopback; set CSC_URL to its address."
    )
    port = 8111

    def handle(self, *args: Any, **options: Any) -> None:
        service = TestSigningService(
            Path(settings.KEYS_DIR),
            clock=now,
            send=lambda credential, code: self.tell(f"code for {credential}: {code}"),
        )
        server = server_for(service, port=options["port"])
        name, secret = service.client
        self.serve(
            server,
            f"client {name}, secret {secret}, PIN {TEST_PIN}",
            f"signing service: http://127.0.0.1:{server.server_port}",
        )
