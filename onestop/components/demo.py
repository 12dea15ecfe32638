"""The accounts that a demonstration shows on its sign-in page. Outside a demonstration there are none.

The seed writes them to `<data folder>/demo-accounts.json`: a list of objects with `username`, `password`, `name`,
`role` and, where a step-up is asked, `note`. They are read from a file and not from the database, because a
password that can be shown has no place in the database.
"""

import json
from pathlib import Path
from typing import Any

from django.conf import settings

__all__ = ["demo_accounts"]


def demo_accounts() -> list[dict[str, Any]]:
    """The accounts to show; empty outside a demonstration, or before it is seeded."""
    if not getattr(settings, "DEMO", False):
        return []
    path = Path(settings.DATA_DIR) / "demo-accounts.json"
    try:
        accounts = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return []
    return accounts if isinstance(accounts, list) else []
