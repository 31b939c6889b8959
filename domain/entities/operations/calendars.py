"""Working calendars are kept: weekdays, and the days on which nobody works."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete, insert, select

from domain.entities.events import CalendarChanged
from domain.entities.models import CalendarClosedDay, WorkingCalendar
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.records import change_record, lock_record, make_record
from domain.kernel.work import Work

MOST_CLOSED_DAYS = 1000


@operation("entities.manage")
async def create_calendar(
    work: Work,
    *,
    code: str,
    name: str,
    working_days: str = "12345",
    closed_days: Mapping[date, str | None] | None = None,
) -> int:
    """A new calendar; its id. `working_days` are ISO weekdays in order, Monday as 1; closed days
    come with what they are for. Raises InvalidInput, CodeTaken."""
    values = {
        "code": text.code(code),
        "name": text.name(name),
        "working_days": sound_days(working_days),
    }
    closed = _sound_closed(closed_days or {})
    calendar_id = await make_record(work, WorkingCalendar, values, kind="calendar")
    await _write_closed(work, calendar_id, closed)
    work.record(CalendarChanged(aggregate_id=calendar_id, code=values["code"]))
    work.audit(
        "create_calendar",
        subject="working_calendar",
        subject_id=calendar_id,
        after=values | {"closed_days": sorted(closed)},
    )
    return calendar_id


@operation("entities.manage")
async def update_calendar(
    work: Work,
    *,
    calendar_id: int,
    expected_version: int | None = None,
    name: str | None = None,
    working_days: str | None = None,
    closed_days: Mapping[date, str | None] | None = None,
) -> None:
    """Change what is given; closed days that are given take the place of all that stood.

    Raises InvalidInput, NotFound, StaleVersion."""
    row = await lock_record(
        work, WorkingCalendar, calendar_id, kind="calendar", expected_version=expected_version
    )
    values = {
        "name": row.name if name is None else text.name(name),
        "working_days": row.working_days if working_days is None else sound_days(working_days),
    }
    before: dict[str, object] = dict(
        await change_record(work, WorkingCalendar, row, values, kind="calendar")
    )
    after: dict[str, object] = {field: values[field] for field in before}
    if closed_days is not None:
        closed = _sound_closed(closed_days)
        before["closed_days"] = sorted(await _closed_days(work, calendar_id))
        after["closed_days"] = sorted(closed)
        await work.execute(
            delete(CalendarClosedDay).where(
                CalendarClosedDay.tenant_id == work.tenant_id,
                CalendarClosedDay.calendar_id == calendar_id,
            )
        )
        await _write_closed(work, calendar_id, closed)
    if before != after:
        work.record(CalendarChanged(aggregate_id=calendar_id, code=row.code))
        work.audit(
            "update_calendar",
            subject="working_calendar",
            subject_id=calendar_id,
            before=before,
            after=after,
        )


def sound_days(days: str) -> str:
    """ISO weekdays in order, at least one. Raises InvalidInput."""
    if not days or list(days) != sorted(set(days)) or not set(days) <= set("1234567"):
        message = "Must be ISO weekdays in order, Monday as 1, such as 12345."
        raise InvalidInput(message, path=("working_days",))
    return days


def _sound_closed(days: Mapping[date, str | None]) -> dict[date, str | None]:
    if len(days) > MOST_CLOSED_DAYS:
        message = f"A calendar has at most {MOST_CLOSED_DAYS} closed days."
        raise InvalidInput(message, path=("closed_days",))
    return {day: text.optional(name, path=("closed_days",)) for day, name in days.items()}


async def _closed_days(work: Work, calendar_id: int) -> list[date]:
    return list(
        await work.values(
            select(CalendarClosedDay.closed_on).where(
                CalendarClosedDay.tenant_id == work.tenant_id,
                CalendarClosedDay.calendar_id == calendar_id,
            )
        )
    )


async def _write_closed(work: Work, calendar_id: int, days: Mapping[date, str | None]) -> None:
    if days:
        await work.execute(
            insert(CalendarClosedDay),
            [
                {
                    "tenant_id": work.tenant_id,
                    "calendar_id": calendar_id,
                    "closed_on": day,
                    "name": name,
                }
                for day, name in days.items()
            ],
        )
