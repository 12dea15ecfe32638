"""Compare checkpoints of the ledger that were kept elsewhere with those that stand here."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows.checkpoints import faults_of


class Command(BaseCommand):
    """`manage.py verify_checkpoints FILE`; exit code 1 when one is not the one that stands here."""

    help = (
        "Compare checkpoints that were kept elsewhere (a file, one signed statement a line) with those here."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE."""
        parser.add_argument(
            "file", type=Path, help="one signed statement a line, as served at /so-cai/<number>"
        )

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Name each one that differs."""
        try:
            kept = file.read_text("ascii").split()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: {error}") from error
        if not kept:
            raise CommandError(f"{file}: holds no checkpoint")
        found = [str(fault) for fault in faults_of(kept)]
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"checkpoints: {len(kept)} kept, {len(found)} differ", returncode=1)
        self.stdout.write(f"checkpoints: {len(kept)} kept, all stand here")
