"""Recompute every chain of the ledger and name each faulty row."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from procedures import ledger
from procedures.models import LedgerEntry


class Command(BaseCommand):
    """`manage.py verify_ledger [--subject kind[:id]]`; exit code 1 when anything is wrong."""

    help = "Recompute the ledger's hash chains, compare heads kept elsewhere, check its guards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--subject."""
        parser.add_argument(
            "--subject", default="", help="only one kind (dossier) or one subject (dossier:12)"
        )

    def handle(self, *args: Any, subject: str = "", **options: Any) -> None:
        """Verify in one consistent view of the data, also while acts are going on."""
        kind, _, number = subject.partition(":")
        if number and not number.isdigit():
            raise CommandError(f"{subject}: write kind or kind:number, for example dossier:12")
        wanted: dict[str, Any] = {"subject_kind": kind or None, "subject_id": int(number) if number else None}
        outermost = not connection.in_atomic_block
        with transaction.atomic():
            if outermost:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            rows = LedgerEntry.objects.filter(
                **{name: value for name, value in wanted.items() if value is not None}
            ).count()
            found = 0
            for finding in ledger.verify(**wanted):
                found += 1
                self.stdout.write(str(finding))
        if found:
            raise CommandError(f"ledger: {rows} entries, {found} findings", returncode=1)
        self.stdout.write(f"ledger: {rows} entries, every chain holds")
