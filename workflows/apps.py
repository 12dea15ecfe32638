from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """Registers what upper rooms and the ledger need to know of dossiers."""

    name = "workflows"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from procedures import ledger
        from workflows import mass, selectors, subscribers  # noqa: F401 - importing registers jobs and subscriptions

        ledger.register_heads(selectors.ledger_heads)
        selectors.register_scopes()
