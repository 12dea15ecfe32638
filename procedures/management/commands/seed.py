"""Load the calendar and the catalogue, and outside production the ministry of the demonstration."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from procedures import seed
from procedures.errors import MotcuaError
from procedures.models import User


class Command(BaseCommand):
    """`manage.py seed`: idempotent."""

    help = "Load the calendar, the catalogue and, outside production, the people of the demonstration."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--if-empty."""
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing where there is a user already"
        )

    def handle(self, *args: Any, if_empty: bool = False, **options: Any) -> None:
        """Seed, and say what there is."""
        if if_empty and User.objects.exists():
            self.stdout.write("seed: there are users already, nothing done")
            return
        try:
            if settings.MODE not in seed.DEMO_MODES:
                years, versions = seed.seed_rules()
                self.stdout.write(f"seed: calendar {years or 'unchanged'}, drafts {versions or 'unchanged'}")
                return
            seed.seed()
        except MotcuaError as error:
            raise CommandError(
                "seed: " + "; ".join(r.message % dict(r.params) for r in error.reasons)
            ) from error
        if settings.MODE == "demo":
            folder = Path(settings.DATA_DIR)
            for path in (folder / "demo-accounts.json", folder / "demo" / "accounts.json"):
                seed.write_accounts(path)
        self.stdout.write(f"seed: {User.objects.count()} accounts, password {seed.demo_password()}")
