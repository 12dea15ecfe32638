"""A web process of its own in which the leader signs with a key at a remote service, and which dies at MOTCUA_FAULT.

`python -m tests.faults.signer <dossier> <step> <SHA-256 of what was read> <PIN> <code>`.
"""

import os
import sys


def main(dossier: str, step: str, read: str, pin: str, code: str) -> None:
    """Authorise, then sign."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from tests.scenarios import actor
    from workflows import service

    given = service.Input(paper_sha256=read)
    who = actor("cuctruong")
    steps = [service.StepToSign(int(dossier), int(step), "sign", given)]
    at = service.authorise_signatures(actor=who, steps=steps, pin=pin, code=code)
    service.perform_step(
        actor=who,
        dossier_id=int(dossier),
        task_id=int(step),
        outcome="sign",
        given=given.model_copy(update={"stepped_up_at": at}),
        idempotency_key="signed-once",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
