"""The app that wires the others; it has no models."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Wiring only."""

    name = "config"

    def ready(self) -> None:
        """Make our Celery application the one that shared tasks belong to, in every process."""
        from config import celery  # noqa: F401
