"""`manage.py keys`: which keys the token and the remote signing service hold, and which of them may sign now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from procedures.now import now
from workflows.papers import custody
from workflows.papers.keys import KeyMissing, KeysAway

__all__ = ["Command"]


class Command(BaseCommand):
    help = "List the keys on the token (PKCS11_MODULE) and at the signing service (CSC_URL), and which may sign now."

    def handle(self, *args: Any, **options: Any) -> None:
        device, service = custody.token(), custody.remote_service()
        if device is None and service is None:
            raise CommandError("There is no token and no signing service: set PKCS11_MODULE or CSC_URL.")
        try:
            if device is not None:
                self._list(device.references(), where="on the token", by_hand=False)
            if service is not None:
                for ref in service.references():
                    try:
                        service.credential(ref)
                    except KeyMissing:
                        continue  # told below
                self._list(sorted(service.references()), where="at the signing service", by_hand=True)
        except KeysAway as away:
            raise CommandError(f"It does not answer: {away}.") from away

    def _list(self, references: list[str], *, where: str, by_hand: bool) -> None:
        for ref in references:
            found = custody.certificate_to_sign(ref, at=now(), by_hand=by_hand)
            if found is None or found.facts is None:
                self.stdout.write(f"{ref}\t{where}\tno key with this certificate")
                continue
            until = found.facts.valid_until.date().isoformat()
            self.stdout.write(
                f"{ref}\t{where}\t{found.facts.holder}\tuntil {until}\t{found.unfit or 'may sign'}"
            )
        if not references:
            self.stdout.write(f"There is no key reference {where}.")
