"""The accounts of the demonstration as JSON."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from procedures import seed


class Command(BaseCommand):
    """`manage.py accounts [--output FILE]`; an empty list in production."""

    help = "Print (or write) the accounts of the demonstration as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--output."""
        parser.add_argument("--output", type=Path, help="write to this file, readable to its owner only")

    def handle(self, *args: Any, output: Path | None = None, **options: Any) -> None:
        """Print or write."""
        if output is None:
            self.stdout.write(json.dumps(seed.accounts(), ensure_ascii=False, indent=1))
        else:
            seed.write_accounts(output)
