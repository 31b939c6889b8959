"""Structured logs: one JSON object a line, or readable lines for a person at a terminal.

Every line says for whom and for what it was written: tenant, request, operation, event."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from app.observability.redaction import MASK, clean, shown_error, told_error
from domain.kernel.activity import Activity, running

# Below warning these write parameters, addresses of subscribers, or every message.
_TALKATIVE = ("sqlalchemy", "httpx", "httpcore", "asyncio", "redis", "dramatiq", "uvicorn",
              "websockets", "asyncpg", "multipart", "python_multipart", "urllib3", "requests",
              "opentelemetry", "_granian", "concurrent", "alembic")  # fmt: skip
# What `extra={"fields": …}` may hold; anything else is a mistake and is not written.
FIELDS = frozenset("outcome duration_ms statements slowest plan kind untold limit_ms".split())


def configure_logging(level: str, *, form: str = "auto", to: TextIO | None = None) -> None:
    """Send all logging to `to` (standard error), from `level` on.

    `form`: "json", "text" for a person, or "auto": text when `to` is a terminal."""
    stream = to or sys.stderr
    readable = form == "text" or (form == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ReadableLines() if readable else JsonLines())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    # A fault in logging must never print the record that it could not write.
    logging.raiseExceptions = False


def told(record: logging.LogRecord) -> dict[str, Any]:
    """The record as it may be seen."""
    line: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _message(record),
    }
    activity = running() or getattr(record, "activity", None)
    if activity is not None:
        line |= _circumstances(activity)
    for name, value in getattr(record, "fields", {}).items():
        line[name] = _shown(value) if name in FIELDS else MASK
    if record.exc_info and record.exc_info[1] is not None:
        line["error"] = told_error(record.exc_info[1])
    return line


def _message(record: logging.LogRecord) -> str:
    arguments = record.args
    if isinstance(arguments, tuple):
        arguments = tuple(shown_error(a) if isinstance(a, BaseException) else a for a in arguments)
    try:
        text = str(record.msg) % arguments if arguments else str(record.msg)
    except (TypeError, ValueError, KeyError):
        text = str(record.msg)
    if isinstance(record.msg, BaseException):
        text = shown_error(record.msg)
    if record.name == "asyncio" or record.name == "py.warnings":
        # What follows are the reprs of tasks and exceptions, and source lines.
        text = text.partition("\n")[0]
    return clean(text)


def _circumstances(activity: Activity) -> dict[str, Any]:
    known = {
        "tenant_id": activity.tenant_id,
        "request_id": activity.request_id,
        "operation": activity.name,
        "event_id": activity.event_id,
        "trace_id": (activity.trace_context or "--").split("-")[1] or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return [_shown(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _shown(one) for name, one in value.items()}
    return value if isinstance(value, int | float | bool | None) else MASK


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return orjson.dumps(told(record), default=str).decode()


class ReadableLines(logging.Formatter):
    """The same for a person: time, level, message, then what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and one more for each frame of an error."""
        line = told(record)
        head = f"{line.pop('at')[11:23]} {line.pop('level').upper():<7} {line.pop('message')}"
        error, logger = line.pop("error", None), line.pop("logger")
        rest = " ".join(f"{name}={value}" for name, value in line.items())
        lines = [f"{head}  [{logger}]{' ' if rest else ''}{rest}"]
        if error is not None:
            lines.append(f"  {error['type']} {error.get('message', '')}".rstrip())
            lines += [f"    {place}" for place in error["at"]]
            lines += [f"  because {cause}" for cause in error.get("because", [])]
        return "\n".join(lines)
