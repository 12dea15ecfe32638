"""A simulator's HTTP server, on this machine only."""

import contextlib
import socket
import struct
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

from integrations.simulation.host import Broken, Host, Simulator, Web, as_json

__all__ = ["serve"]

LARGEST = 40 * 1024 * 1024


class _Handler(BaseHTTPRequestHandler):
    """Hands requests to the host; says nothing on the terminal."""

    timeout = 30

    def do_GET(self) -> None:
        self._answer("GET", b"")

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > LARGEST:
            self._send(as_json(413, {"error": "too large"}))
            return
        self._answer("POST", self.rfile.read(size))

    def _answer(self, method: str, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            answer = cast(_Server, self.server).host.answer(
                method=method, path=self.path, headers=headers, body=body
            )
        except Broken:
            # Linger 0: the kernel sends RST, as a crashed peer's would.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        self._send(answer)

    def _send(self, answer: Web) -> None:
        try:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:
            pass  # the client did not wait

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # reset on purpose
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Silence: whoever started the simulator reads `/_processed`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    host: Host


def serve(build: Callable[[str], Simulator], *, port: int, folder: Path) -> ThreadingHTTPServer:
    """A bound server, to be run with `serve_forever`; port 0 takes a free one. Raises OSError for a busy port.

    `build` makes the partner's part for an address such as http://127.0.0.1:8101.
    """
    server = _Server(("127.0.0.1", port), _Handler)
    server.host = Host(build(f"http://127.0.0.1:{server.server_port}"), folder=folder)
    return server
