"""A remote signing service on loopback for tests: the test service over real HTTP, which counts, and can be away."""

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from procedures.now import now
from workflows.management.commands.signing_service import server_for
from workflows.papers import pki
from workflows.papers.remote import RemoteSigning
from workflows.papers.signing_service import TestSigningService, credential_id
from workflows.papers.trust import TrustStore

__all__ = ["Csc"]


class _Counting(TestSigningService):
    """Counts what it is asked, and may be told to answer wrongly."""

    calls: Counter[str]
    wrong: dict[str, Any]
    """Method → what it answers instead."""

    def answer(self, path: str, asked: Any, *, bearer: str, here: str) -> dict[str, Any]:
        method = path.removeprefix("/csc/v1/")
        self.calls[method] += 1
        found = super().answer(path, asked, bearer=bearer, here=here)
        if method in self.wrong:
            said: dict[str, Any] = self.wrong[method](found)
            return said
        return found


@dataclass
class Csc:
    """The service with its files: our secret there, and whose keys it holds."""

    home: Path
    keys: Path
    usernames: tuple[str, ...]
    service: _Counting = field(init=False)
    codes: dict[str, str] = field(default_factory=dict)
    """Credential → the last code that was sent."""
    port: int = 0
    _server: ThreadingHTTPServer | None = None

    def __post_init__(self) -> None:
        self.service = _Counting(self.keys, clock=now, send=self.codes.__setitem__)
        self.service.calls, self.service.wrong = Counter(), {}
        self.home.mkdir(parents=True, exist_ok=True)
        self.secret_file.write_text("test-secret\n", "utf-8")
        self.credentials_file.write_text(
            json.dumps({f"official:{name}": credential_id(name) for name in self.usernames}), "utf-8"
        )
        self.open()

    @property
    def secret_file(self) -> Path:
        return self.home / "secret"

    @property
    def credentials_file(self) -> Path:
        return self.home / "credentials.json"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def calls(self) -> Counter[str]:
        return self.service.calls

    def open(self) -> None:
        """Begin, or begin again on the same port."""
        self._server = server_for(self.service, port=self.port)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Away; it may come back."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    def client(self) -> RemoteSigning:
        """Ours, which knows nothing yet."""
        return RemoteSigning(
            url=self.url,
            client_id="motcua",
            secret_file=self.secret_file,
            credentials_file=self.credentials_file,
            trusted=lambda ref: TrustStore.load(self.keys, pki.store_of(ref)),
        )

    def configure(self, settings: Any) -> None:
        """Let the product sign with it."""
        settings.CSC_URL, settings.CSC_CLIENT_ID = self.url, "motcua"
        settings.CSC_SECRET_FILE, settings.CSC_CREDENTIALS_FILE = self.secret_file, self.credentials_file
