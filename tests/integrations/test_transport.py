"""The wire against servers that misbehave: real sockets on loopback."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from integrations.envelope import CredentialRefused, NotSent, Throttled, Unknown, excerpt
from integrations.pace import pause, rest
from integrations.transport import LARGEST_ANSWER, Wire, address_problems


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server for one connection."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(5)

    def run() -> None:
        try:
            peer, _ = listening.accept()
        except OSError:
            return
        with peer:
            peer.settimeout(10)
            try:
                peer.recv(65536)
                talk(peer)
            except OSError:
                pass

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()
        thread.join(timeout=15)


def answering(head: str, body: bytes = b"") -> Callable[[socket.socket], None]:
    return lambda peer: peer.sendall(
        f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )


def post(address: str, patience: float = 3.0) -> object:
    return Wire(endpoint=address, simulated=True, patience=patience).post("/", content=b"x", headers={})


def drip(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        peer.sendall(b".")
        time.sleep(0.1)


def flood(peer: socket.socket) -> None:
    peer.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {LARGEST_ANSWER * 2}\r\n\r\n".encode())
    for _ in range(2 * LARGEST_ANSWER // 65536):
        peer.sendall(b"x" * 65536)


@pytest.mark.parametrize(
    ("talk", "error"),
    [
        (drip, Unknown),
        (flood, Unknown),
        (lambda peer: peer.close(), Unknown),
        (lambda peer: peer.sendall(b"\x00\x01garbage\r\n\r\n"), Unknown),
        (answering("502 Bad Gateway"), Unknown),
        (answering("503 Busy\r\nRetry-After: 7"), Throttled),
        (answering("429 Slow"), Throttled),
        (answering("401 No"), CredentialRefused),
        (answering("403 No"), CredentialRefused),
    ],
    ids=["drip", "flood", "close", "garbage", "502", "503", "429", "401", "403"],
)
def test_each_failure_has_its_class(talk: Callable[[socket.socket], None], error: type[Exception]) -> None:
    with server(talk) as address:
        started = time.monotonic()
        with pytest.raises(error):
            post(address, patience=1.0)
        assert time.monotonic() - started < 5


def test_redirects_are_not_followed_and_retry_after_is_heard() -> None:
    with server(answering("302 Found\r\nLocation: http://127.0.0.1:1/")) as address:
        assert post(address).status == 302  # type: ignore[attr-defined]
    with server(answering("503 Busy\r\nRetry-After: 7")) as address, pytest.raises(Throttled) as found:
        post(address)
    assert found.value.retry_after == 7


def test_no_connection_is_certainly_not_sent() -> None:
    free = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{free.getsockname()[1]}"
    free.close()
    with pytest.raises(NotSent):
        post(address)


def test_surroundings_cannot_redirect_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with server(answering("200 OK", b"ok")) as address:
        assert post(address).body == b"ok"  # type: ignore[attr-defined]


def test_addresses() -> None:
    assert not address_problems("http://127.0.0.1:8101", simulated=True)
    assert not address_problems("https://window.example/ws", simulated=False)
    for wrong, simulated in (
        ("http://10.0.0.1", True), ("http://window.example", True), ("https://127.0.0.1", True), ("", True),
        ("http://window.example", False), ("", False), ("ftp://x", False),
    ):  # fmt: skip
        assert address_problems(wrong, simulated=simulated)
    with pytest.raises(CredentialRefused, match="this machine"):
        Wire(endpoint="http://192.0.2.1", simulated=True, patience=1).post("/", content=b"", headers={})
    with pytest.raises(CredentialRefused, match="pinned"):
        Wire(endpoint="https://127.0.0.1:1", simulated=False, patience=1).post("/", content=b"", headers={})


def test_pauses_double_to_an_hour_and_spread() -> None:
    def longest(attempts: int) -> float:
        return max(pause(attempts=attempts, simulated=False) for _ in range(400))

    assert 20 < longest(1) <= 30
    assert 45 < longest(2) <= 60
    assert 2500 < longest(30) <= 3600
    assert min(pause(attempts=9, simulated=False) for _ in range(400)) < 400
    assert max(pause(attempts=1, simulated=True) for _ in range(100)) <= 0.5
    assert pause(attempts=1, simulated=True, at_least=7) == 7
    assert rest(failures=5, simulated=False) == 30
    assert rest(failures=50, simulated=False) == 900


@pytest.mark.promise("messages.no-secrets-in-logs")
def test_excerpts_hold_nothing_personal() -> None:
    raw = (
        "<A>Bearer abc.def-ghi lienhe@anhduong.example 0912345678 001099012345 0101234567-001 "
        + "QUJD" * 20
        + "\x1b[31m</A>"
    )
    shown = excerpt(raw.encode())
    for hidden in ("abc.def", "lienhe", "0912345678", "001099012345", "0101234567", "QUJDQUJD", "\x1b"):
        assert hidden not in shown
    assert len(excerpt(b"x y " * 5000)) <= 300
