"""Serving a test service on loopback until somebody stops it."""

import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

__all__ = ["Answering", "ServiceCommand", "on_loopback"]


class Answering(BaseHTTPRequestHandler):
    """A handler that says whole answers, and nothing in the log: who asks is in the caller's."""

    def asked(self, *, largest: int) -> bytes:
        """The body of the request, at most so many bytes of it."""
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), largest))

    def say(self, kind: str, body: bytes, *, status: int = 200) -> None:
        """One answer of a media type."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def on_loopback(handler: type[Answering], *, port: int) -> ThreadingHTTPServer:
    """A server on 127.0.0.1, not yet running; port 0 takes a free one."""
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


class ServiceCommand(BaseCommand):
    """A command that serves until SIGTERM or SIGINT."""

    port = 0
    """Where it listens unless told otherwise."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=self.port, help="0 takes a free one")

    def serve(self, server: ThreadingHTTPServer, *said: str) -> None:
        """Say where it is, in lines for the operator, then serve until told to stop."""

        def stop(number: int, frame: FrameType | None) -> None:
            threading.Thread(target=server.shutdown).start()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        self.tell(*said)
        with server:
            server.serve_forever()

    def tell(self, *lines: str) -> None:
        """Write lines at once, for whoever reads a pipe."""
        for line in lines:
            self.stdout.write(line)
        self.stdout.flush()
