"""Asking ClamAV's daemon about one file, over INSTREAM: lengths and chunks out, one line back.

Fail closed: silence, an unknown answer or a broken connection is `ScannerUnavailable`; the file stays in quarantine.
"""

import socket
from pathlib import Path

__all__ = ["ScannerUnavailable", "scan"]

CHUNK = 64 * 1024
TIMEOUT = 60.0
"""Seconds for each step of the conversation."""


class ScannerUnavailable(Exception):
    """There is no answer that could be trusted; try again later."""


def scan(*, path: Path, address: str) -> str | None:
    """The name of what clamd found in the file, or None when it found nothing.

    `address` is `host:port` or the path of a unix socket. Raises ScannerUnavailable.
    """
    try:
        with _connect(address) as connection, path.open("rb") as file:
            connection.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                connection.sendall(len(chunk).to_bytes(4, "big") + chunk)
            connection.sendall(bytes(4))
            answer = _answer(connection)
    except (OSError, ValueError) as error:
        raise ScannerUnavailable(str(error)) from error
    if answer == "stream: OK":
        return None
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerUnavailable(answer[:200] or "clamd closed the connection without an answer")


def _connect(address: str) -> socket.socket:
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT)
        connection.connect(address)
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT)


def _answer(connection: socket.socket) -> str:
    received = b""
    while not received.endswith(b"\0") and len(received) < 4096 and (part := connection.recv(4096)):
        received += part
    return received.rstrip(b"\0\n").decode("utf-8", "replace")
