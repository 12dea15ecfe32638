"""Serving a test service on loopback until somebody stops it."""

import signal
import threading
from http.server import ThreadingHTTPServer
from types import FrameType

__all__ = ["serve"]


def serve(server: ThreadingHTTPServer) -> None:
    """Serve until SIGTERM or SIGINT, then close."""

    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with server:
        server.serve_forever()
