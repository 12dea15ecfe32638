"""A real PKCS#11 device for tests: SoftHSM, with a token in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate

from config.doctor import SOFTHSM
from workflows.papers.tokens import TokenKeyStore
from workflows.papers.trust import TrustStore

LABEL, PIN = "motcua", "2468-test"
MODULE = next((path for path in SOFTHSM if path.exists()), None)
needs_softhsm = pytest.mark.skipif(
    MODULE is None and not os.environ.get("CI"), reason="softhsm2 is not installed"
)


@dataclass
class Hsm:
    """The device. Its settings come from the environment, so there is one at a time in a process."""

    folder: Path

    @classmethod
    def begin(cls, folder: Path) -> Hsm:
        """A device without a token."""
        (folder / "tokens").mkdir(parents=True)
        (folder / "softhsm2.conf").write_text(
            f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )
        os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
        found = cls(folder)
        found.pin_file.write_text(PIN + "\n")
        return found

    @property
    def pin_file(self) -> Path:
        return self.folder / "pin"

    def insert(self) -> None:
        """Initialise the token."""
        command = [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            LABEL,
            "--pin",
            PIN,
            "--so-pin",
            "1357-test",
        ]
        subprocess.run(command, check=True, capture_output=True)

    def take_away(self) -> None:
        """As when somebody pulls the plug."""
        (self.folder / "tokens").rename(self.folder / "gone")
        (self.folder / "tokens").mkdir()

    def bring_back(self) -> None:
        (self.folder / "tokens").rmdir()
        (self.folder / "gone").rename(self.folder / "tokens")

    def put(self, home: Path, *, ref: str, key_id: bytes = b"\1", key: bool = True) -> None:
        """Move a key of the test PKI onto the token, from a process of its own; afterwards its file is gone."""
        command = [
            sys.executable,
            "-m",
            "tests.papers.hsm",
            str(home),
            ref,
            key_id.hex(),
            "key" if key else "",
        ]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
        shutil.rmtree(home)

    def store(self, keys: Path) -> TokenKeyStore:
        """The product's view of it; trust comes from the test PKI in `keys`."""
        assert MODULE is not None
        return TokenKeyStore(
            module=MODULE,
            label=LABEL,
            pin_file=self.pin_file,
            refused_file=self.folder / "refused",
            trusted=lambda _ref: TrustStore.load(keys, "public"),
        )


def _put(home: Path, ref: str, key_id: bytes, *, key: bool) -> None:
    private = serialization.load_pem_private_key((home / "key.pem").read_bytes(), password=None)
    der = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    certificate = x509.load_pem_x509_certificate((home / "cert.pem").read_bytes())
    common = {pkcs11.Attribute.LABEL: ref, pkcs11.Attribute.ID: key_id, pkcs11.Attribute.TOKEN: True}
    token = pkcs11.lib(str(MODULE)).get_token(token_label=LABEL)
    with token.open(user_pin=PIN, rw=True) as session:
        if key:
            hidden = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
            session.create_object(decode_rsa_private_key(der) | common | hidden)
        public = decode_x509_certificate(certificate.public_bytes(serialization.Encoding.DER))
        session.create_object(public | common)


if __name__ == "__main__":
    _put(Path(sys.argv[1]), sys.argv[2], bytes.fromhex(sys.argv[3]), key=bool(sys.argv[4]))
