"""Working calendars and transit times, by id, of locations, and as lists."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import CalendarClosedDay, TransitTime, WorkingCalendar
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

BY_CODE = Ordering((WorkingCalendar.code, WorkingCalendar.id))


@query("entities.read")
async def calendars(reader: Reader, *, request: PageRequest) -> Listing:
    """A page of calendars, by code."""
    statement = select(*WorkingCalendar.__table__.c).where(
        WorkingCalendar.tenant_id == reader.tenant_id
    )
    return await list_page(reader, statement, ordering=BY_CODE, request=request)


@query("entities.read")
async def calendars_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The calendars with these ids; what is not there is left out."""
    rows = await reader.rows(
        select(*WorkingCalendar.__table__.c).where(
            WorkingCalendar.tenant_id == reader.tenant_id, WorkingCalendar.id.in_(ids)
        )
    )
    return {row.id: row for row in rows}


@query("entities.read")
async def closed_days_of(reader: Reader, *, calendar_ids: Sequence[int]) -> dict[int, Any]:
    """The closed days of each calendar, the earliest first."""
    rows = await reader.rows(
        select(*CalendarClosedDay.__table__.c)
        .where(
            CalendarClosedDay.tenant_id == reader.tenant_id,
            CalendarClosedDay.calendar_id.in_(calendar_ids),
        )
        .order_by(CalendarClosedDay.closed_on)
    )
    return dict(grouped(calendar_ids, rows, key="calendar_id"))


@query("entities.read")
async def transit_times_of(reader: Reader, *, location_ids: Sequence[int]) -> dict[int, Any]:
    """The lanes of each location, by country, region, prefix and service."""
    rows = await reader.rows(
        select(*TransitTime.__table__.c)
        .where(TransitTime.tenant_id == reader.tenant_id, TransitTime.location_id.in_(location_ids))
        .order_by(
            TransitTime.country,
            TransitTime.region,
            TransitTime.postal_prefix,
            TransitTime.service,
        )
    )
    return dict(grouped(location_ids, rows, key="location_id"))
