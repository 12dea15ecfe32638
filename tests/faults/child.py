"""A worker of its own: the product's relay with the product's subscribers, only less patient with the dead.

`python -m tests.faults.child`; MOTCUA_FAULT names the point at which it dies. A row that a dead worker held is free
again after the subscription's patience, here a second instead of two minutes.
"""

import os

PATIENCE = 1.0


def main() -> None:
    """Deliver what is due, and end."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from workflows.outbox import registry

    known = [subscription for kind in registry.kinds() for subscription in registry.of_kind(kind)]
    with registry.isolated():
        for one in known:
            registry.subscribe(one.kind, name=one.name, patience=PATIENCE)(one.handler)
        call_command("relay", once=True)


if __name__ == "__main__":
    main()
