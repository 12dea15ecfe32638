"""How mail leaves: by SMTP where an address is given, else as files that a person can read."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

__all__ = ["mail_settings"]


def mail_settings(*, smtp_url: str, folder: Path) -> dict[str, Any]:
    """Django's EMAIL_* settings for `smtp://user:password@host:587` (STARTTLS), `smtps://…` (TLS), or a folder."""
    if not smtp_url:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": folder,
        }
    parts = urlsplit(smtp_url)
    at_once = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if at_once else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": at_once,
        "EMAIL_USE_TLS": not at_once,
        "EMAIL_TIMEOUT": 10,
    }
