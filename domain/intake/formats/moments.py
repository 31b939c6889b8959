"""Moments of a document: ISO 8601 dates and times, kept as exact as they were given."""

import re
from datetime import UTC, date, datetime

from domain.intake.document import Moment

_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


def iso_moment(text: str) -> Moment | None:
    """A date or date and time of ISO 8601; naive if it names no zone; None if it is no such text.

    "-00:00" (offset unknown, RFC 3339) is read as UTC; digits beyond microseconds are dropped.
    """
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        return day if match[4] is None else _with_time(day, match)
    except ValueError:
        return None


def in_utc(moment: Moment | None) -> Moment | None:
    """The moment with UTC as its zone, if it is a time without one."""
    if isinstance(moment, datetime) and moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment


def version_of(moment: Moment | None) -> str | None:
    """The moment as text that sorts in time order (UTC, microseconds); None for none."""
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        return moment.isoformat()
    try:
        aware = moment if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
    return aware.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def day_of(moment: Moment | None) -> date | None:
    """The calendar day of a moment, in the zone it was given."""
    return moment.date() if isinstance(moment, datetime) else moment


def _with_time(day: date, match: re.Match[str]) -> datetime:
    fraction = (match[7] or "").ljust(6, "0")[:6]
    zone = (match[8] or "").upper()
    offset = "+00:00" if zone == "Z" else zone
    clock = f"{match[4]}:{match[5]}:{match[6] or '00'}.{fraction}"
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}{offset}")
