"""Scalars of time: what calendar and database can hold, and nothing that means two things."""

import re
from datetime import UTC, date, datetime, time

import strawberry
from strawberry.types.scalar import ScalarDefinition

# No moment takes more characters.
_LONGEST = 40
_TIME = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?")


def _read_moment(value: object) -> datetime:
    wrong = 'A DateTime is in ISO 8601, with its offset: "2026-03-02T09:30:00Z".'
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError(wrong)
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(wrong)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(wrong) from None


def _read_date(value: object) -> date:
    wrong = 'A Date is in ISO 8601: "2026-03-02".'
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError(wrong)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(wrong) from None


def _read_time(value: object) -> time:
    wrong = 'A Time is in ISO 8601, without an offset: "09:30" or "09:30:00".'
    if not isinstance(value, str) or not value.isascii() or not _TIME.fullmatch(value):
        raise ValueError(wrong)
    try:
        return time.fromisoformat(value)
    except ValueError:
        raise ValueError(wrong) from None


DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description='A moment in ISO 8601 with its offset: "2026-03-02T09:30:00Z".',
    serialize=datetime.isoformat,
    parse_value=_read_moment,
)
DATE: ScalarDefinition = strawberry.scalar(
    name="Date",
    description='A day in ISO 8601: "2026-03-02".',
    serialize=date.isoformat,
    parse_value=_read_date,
)
TIME: ScalarDefinition = strawberry.scalar(
    name="Time",
    description='A time of day in ISO 8601, without an offset: "09:30:00".',
    serialize=time.isoformat,
    parse_value=_read_time,
)
MOMENTS: dict[object, ScalarDefinition] = {datetime: DATE_TIME, date: DATE, time: TIME}
