"""`manage.py revocation_service`: lists and OCSP answers of the test keys over HTTP, on loopback, until SIGTERM."""

from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.conf import settings

from procedures.now import now
from workflows.management.serving import Answering, ServiceCommand, on_loopback
from workflows.papers.revocation_service import TestRevocationAuthority

__all__ = ["Command", "server_for"]

LARGEST = 4096
"""Bytes of a request that are read; a question about one certificate has about a hundred."""


def server_for(authority: TestRevocationAuthority, *, port: int = 0) -> ThreadingHTTPServer:
    """A server on 127.0.0.1, not yet running: GET /<world>/ca.crl, and POST /<world>/ocsp as RFC 6960 A.1 says."""

    class Handler(Answering):
        def do_GET(self) -> None:
            store, _slash, rest = self.path.strip("/").partition("/")
            found = authority.list_of(store) if rest == "ca.crl" else None
            if found is None:
                self.send_error(404)
            else:
                self.say("application/pkix-crl", found)

        def do_POST(self) -> None:
            asked = self.asked(largest=LARGEST)
            store, _slash, rest = self.path.strip("/").partition("/")
            if rest == "ocsp":
                self.say("application/ocsp-response", authority.answer(store, asked))
            else:
                self.send_error(404)

    return on_loopback(Handler, port=port)


class Command(ServiceCommand):
    help = "Serve revocation lists and OCSP answers of the generated test keys on loopback."
    port = 8112

    def handle(self, *args: Any, **options: Any) -> None:
        server = server_for(TestRevocationAuthority(Path(settings.KEYS_DIR), clock=now), port=options["port"])
        here = f"http://127.0.0.1:{server.server_port}"
        self.serve(
            server, f"revocation of the worlds: {here}/public/ca.crl and {here}/public/ocsp, and so on"
        )
