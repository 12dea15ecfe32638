from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "procedures"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register our own rules and checks."""
        from procedures import checks, rules

        rules.register()
        checks.register()
