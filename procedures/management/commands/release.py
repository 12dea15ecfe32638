"""Pin the hash of a version that is released: from then on `manage.py check` refuses a changed folder."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from procedures import catalog
from procedures.errors import Invalid


class Command(BaseCommand):
    """`manage.py release device-import/2025-07-01` adds a line to catalogue/released.yaml."""

    help = "Pin a version's hash in catalogue/released.yaml; a pinned hash is never replaced."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The version."""
        parser.add_argument("version", help="procedure/date, as the folder is called")

    def handle(self, *args: Any, version: str, **options: Any) -> None:
        """Verify, then pin."""
        known = catalog.released()
        try:
            loaded = catalog.load(catalog.CATALOGUE / version)
        except (Invalid, OSError) as error:
            raise CommandError(f"{version}: {error}") from error
        if known.get(version, loaded.sha256) != loaded.sha256:
            raise CommandError(f"{version} is released with another hash; make a new version")
        found = catalog.findings(loaded)
        if found:
            raise CommandError("\n".join(str(finding) for finding in found))
        lines = "".join(
            f"{name}: {digest}\n" for name, digest in sorted((known | {version: loaded.sha256}).items())
        )
        (catalog.CATALOGUE / "released.yaml").write_text(
            "# Hashes of released versions. A line is added by `manage.py release`, and never changed.\n"
            + lines,
            "utf-8",
        )
        self.stdout.write(f"{version}: {loaded.sha256}")
