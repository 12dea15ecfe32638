"""The fingerprint of a form's answers, which the declaration is signed over."""

import hashlib
import json

from workflows.models import Dossier

__all__ = ["answers_sha256", "canonical"]


def canonical(value: object) -> bytes:
    """Canonical JSON: compact, keys sorted, UTF-8 unescaped."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def answers_sha256(dossier: Dossier) -> str:
    """SHA-256 over procedure, version and answers, in hexadecimal."""
    return hashlib.sha256(
        canonical({"definition": dossier.definition_sha256, "answers": dossier.answers})
    ).hexdigest()
