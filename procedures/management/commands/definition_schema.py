"""`manage.py definition_schema`: the JSON Schema of a definition and its reference page, anew from the models."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from procedures.definition.reference import page, schema


class Command(BaseCommand):
    """Write docs/generated/definition.schema.json and docs/generated/definition.md; `--check` only compares."""

    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--check", action="store_true", help="fail when a file is not what the models say"
        )

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        """Write, or compare. Exit code 1 where something differs."""
        folder = Path(settings.BASE_DIR) / "docs" / "generated"
        texts = {
            "definition.schema.json": json.dumps(schema(), ensure_ascii=False, indent=1) + "\n",
            "definition.md": page(),
        }
        folder.mkdir(parents=True, exist_ok=True)
        stale = []
        for name, text in texts.items():
            file = folder / name
            if file.exists() and file.read_text("utf-8") == text:
                continue
            stale.append(name)
            if not check:
                file.write_text(text, "utf-8")
        self.stdout.write(f"{', '.join(stale) or 'nothing'} {'differs' if check else 'written'}")
        if check and stale:
            raise SystemExit(1)
