"""What promises are made from: stock, expected supply and lead times of many items."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, Text, and_, cast, func, literal, select
from sqlalchemy.engine import Row

from domain.catalog.models import SupplierItem
from domain.entities.models import WorkingCalendar
from domain.inventory.models import ExpectedSupply
from domain.kernel import json
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.promise.places import closed_days, supplier_calendar
from domain.promise.policies.calendars import FURTHEST, calendar_of
from domain.promise.policies.shelving import LeadTime
from domain.promise.policies.supply_book import EXPECTED, Supply

NOTHING: Mapping[int, Decimal] = MappingProxyType({})


async def lock_expected(work: Work, item_ids: Collection[int]) -> Sequence[Row[Any]]:
    """Lock the open expected supply of the items, in id order: what is `open` of each, and what of
    it is `pegged`. No peg on them is written by anybody else before the work ends."""
    return await work.rows(
        select(
            ExpectedSupply.id,
            ExpectedSupply.item_id,
            ExpectedSupply.location_id,
            ExpectedSupply.owner_id,
            ExpectedSupply.expected_on,
            ExpectedSupply.open,
            ExpectedSupply.pegged,
        )
        .where(
            ExpectedSupply.tenant_id == work.tenant_id,
            ExpectedSupply.item_id.in_(sorted(item_ids)),
            ExpectedSupply.status == "open",
        )
        .order_by(ExpectedSupply.id)
        .with_for_update()
    )


def free_of(
    locked: Sequence[Row[Any]], given_back: Mapping[int, Decimal] = NOTHING
) -> list[Supply]:
    """What is free of locked supplies; `given_back`, by their id, is pegged and made anew."""
    found = []
    for row in locked:
        free = row.open - row.pegged + given_back.get(row.id, 0)
        if free > 0:
            spot = (row.item_id, row.location_id, row.owner_id)
            found.append(Supply(EXPECTED, *spot, free, row.id, row.expected_on))
    return found


async def expected_of(reader: Reader, item_ids: Collection[int]) -> list[Supply]:
    """What of the items is to come and promised to nobody; one statement, no lock."""
    free = ExpectedSupply.open - ExpectedSupply.pegged
    rows = await reader.rows(
        select(
            ExpectedSupply.item_id,
            ExpectedSupply.location_id,
            ExpectedSupply.owner_id,
            free.label("free"),
            ExpectedSupply.id,
            ExpectedSupply.expected_on,
        ).where(
            ExpectedSupply.tenant_id == reader.tenant_id,
            ExpectedSupply.item_id.in_(item_ids),
            ExpectedSupply.status == "open",
            free > 0,
        )
    )
    return [
        Supply(EXPECTED, r.item_id, r.location_id, r.owner_id, r.free, r.id, r.expected_on)
        for r in rows
    ]


async def lead_times(reader: Reader, item_ids: Collection[int], *, today: date) -> list[LeadTime]:
    """From whom the items can be bought, and how long that takes."""
    rows = await reader.rows(lead_times_of(reader, item_ids, today=today))
    return [
        LeadTime(
            row.item_id,
            row.supplier_id,
            row.lead_days,
            row.minimum_quantity,
            row.pack_size,
            supplier_calendar(row),
        )
        for row in rows
    ]


def leads_as_text(
    reader: Reader, item_ids: Collection[int], part: Any, span: tuple[date, date]
) -> Any:
    """A select of `part` with one `lead` row for each supplier of the items, as `lead_from_text`
    reads it. Closed days of the buying calendars are those of the span."""
    known = (
        SupplierItem.supplier_id,
        SupplierItem.lead_days,
        WorkingCalendar.working_days,
        closed_days(*map(literal, span)),
    )
    told = cast(func.jsonb_build_array(*known), Text)
    return (
        part("lead", item_id=SupplierItem.item_id, told=told)
        .outerjoin(WorkingCalendar, _BUYING_CALENDAR)
        .where(
            SupplierItem.tenant_id == reader.tenant_id,
            SupplierItem.item_id.in_(item_ids),
            SupplierItem.status == "active",
        )
    )


def lead_from_text(item_id: int, told: str) -> LeadTime:
    """The lead time of a supplier, from what `leads_as_text` selected."""
    supplier_id, days, weekdays, closed = json.load(told)
    calendar = calendar_of(weekdays, map(date.fromisoformat, closed or ()))
    return LeadTime(item_id, supplier_id, days, calendar=calendar)


_BUYING_CALENDAR = and_(
    WorkingCalendar.tenant_id == SupplierItem.tenant_id,
    WorkingCalendar.id == SupplierItem.calendar_id,
)


def lead_times_of(reader: Reader, item_ids: Collection[int], *, today: date) -> Select[Any]:
    """The statement behind `lead_times`."""
    return (
        select(
            SupplierItem.item_id,
            SupplierItem.supplier_id,
            SupplierItem.lead_days,
            SupplierItem.minimum_quantity,
            SupplierItem.pack_size,
            WorkingCalendar.working_days,
            closed_days(
                literal(today - timedelta(days=31)), literal(today + timedelta(days=FURTHEST))
            ).label("closed"),
        )
        .outerjoin(WorkingCalendar, _BUYING_CALENDAR)
        .where(
            SupplierItem.tenant_id == reader.tenant_id,
            SupplierItem.item_id.in_(item_ids),
            SupplierItem.status == "active",
        )
        .order_by(SupplierItem.item_id, SupplierItem.lead_days, SupplierItem.id)
    )
