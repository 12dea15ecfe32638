"""`manage.py check`: every partner's keys, codes and schemas are there, before the first message needs them."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register

from integrations.registry import registry

__all__ = ["check_partners"]


@register("integrations")
def check_partners(**_options: Any) -> list[CheckMessage]:
    """One warning for each thing that is missing; a line may still be off on purpose."""
    return [
        Warning(f"{name}: {problem}", id="integrations.W001")
        for name in registry.names()
        for problem in registry.get(name).check_config()
    ]
