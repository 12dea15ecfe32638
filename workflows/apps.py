from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """Registers what upper rooms and the ledger need to know of dossiers."""

    name = "workflows"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from procedures import catalog, ledger
        from workflows import (  # noqa: F401 - importing registers jobs and subscriptions
            archiving,
            checkpoints,
            checks,
            mass,
            revocation,
            selectors,
            subscribers,
        )
        from workflows.papers.snapshot import FIELDS
        from workflows.papers.templates import placeholders

        ledger.register_heads(selectors.ledger_heads)
        ledger.register_check(checkpoints.faults)
        selectors.register_scopes()
        checks.register()
        catalog.register_templates(places_of=placeholders, sources=FIELDS)
