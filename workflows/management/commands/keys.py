"""`manage.py keys`: which keys the token holds, and which of them may sign now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from procedures.now import now
from workflows.papers import custody
from workflows.papers.keys import KeysAway

__all__ = ["Command"]


class Command(BaseCommand):
    help = "List the keys on the token that PKCS11_MODULE serves, and say which may sign now."

    def handle(self, *args: Any, **options: Any) -> None:
        device = custody.token()
        if device is None:
            raise CommandError("There is no token: set PKCS11_MODULE and PKCS11_PIN_FILE.")
        try:
            references = device.references()
        except KeysAway as away:
            raise CommandError(f"The token does not answer: {away}.") from away
        for ref in references:
            found = custody.certificate_to_sign(ref, at=now())
            if found is None or found.facts is None:
                self.stdout.write(f"{ref}\tno key with this certificate")
                continue
            until = found.facts.valid_until.date().isoformat()
            self.stdout.write(f"{ref}\t{found.facts.holder}\tuntil {until}\t{found.unfit or 'may sign'}")
        if not references:
            self.stdout.write("The token holds no certificate with a key reference as its label.")
