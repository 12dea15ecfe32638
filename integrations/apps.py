"""Integrations: whom we talk to."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Enter the partners, hear of what happens, check the connectors."""
        from integrations import checks, console, reconcile, registry, subscribers  # noqa: F401

        registry.load()
        console.register()
