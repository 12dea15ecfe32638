"""Logs: one JSON object a line, and nothing in it that names a person or opens a door.

Redaction works twice. A key that is known to hold something personal or secret loses its value; then every remaining
text, tracebacks included, loses what looks like an identity number, tax code, phone number, mail address or token.
It errs on the side of too much: a ten-digit number is never needed in a log.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

__all__ = ["logging_configuration", "redact"]

HIDDEN = "[hidden]"
SECRET_KEYS = re.compile(
    r"password|passwd|secret|token|authorization|cookie|session|csrf|otp|private|"
    r"cccd|citizen|tax_code|mst|phone|email|address|full_name|birth",
    re.IGNORECASE,
)
PATTERNS = (
    re.compile(r"eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*){1,3}"),  # a JWT or JWE
    re.compile(r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{8,}"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),  # user:password in an address
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    re.compile(
        r"(?<![\w.])(?:\d{12}|\d{10}-\d{3}|\d{10})(?![\w.])"
    ),  # citizen's number, tax codes, phone numbers
    re.compile(r"(?<![\w.])(?:\+84|0)(?:[ .]?\d){9}(?!\d)"),
)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that hides personal data and secrets in an event, however deep."""
    for key in list(event):
        event[key] = _redacted(key, event[key])
    return event


def _redacted(key: str, value: Any) -> Any:
    if (
        key not in {"event", "logger", "level", "timestamp"}
        and SECRET_KEYS.search(key)
        and value not in (None, "")
    ):
        return HIDDEN
    if isinstance(value, str):
        for pattern in PATTERNS:
            value = pattern.sub(HIDDEN, value)
        return value
    if isinstance(value, Mapping):
        return {str(inner): _redacted(str(inner), held) for inner, held in value.items()}
    if isinstance(value, list | tuple | set):
        return [_redacted(key, held) for held in value]
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return HIDDEN if 10**9 <= value < 10**12 else value
    return _redacted(key, repr(value))


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]


def logging_configuration(*, level: str) -> dict[str, Any]:
    """Django's LOGGING; also tells structlog to hand its events to the standard library."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    redact,
                    structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would print unredacted text or mail it.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # These tell every glyph and every certificate step at INFO.
            "fontTools": {"level": "WARNING"},
            "pikepdf": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "weasyprint": {"level": "ERROR"},
            "pyhanko": {"level": "WARNING"},
            "pyhanko_certvalidator": {"level": "WARNING"},
        },
    }
