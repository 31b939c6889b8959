"""What promises are made from: stock, expected supply and lead times of many items."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, literal, select

from domain.catalog.models import SupplierItem
from domain.entities.models import WorkingCalendar
from domain.inventory.models import ExpectedSupply
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.promise.places import closed_days, supplier_calendar
from domain.promise.policies.calendars import FURTHEST
from domain.promise.policies.supply_book import EXPECTED, LeadTime, Supply


async def lock_expected(
    work: Work, item_ids: Collection[int], *, pegged_counts: bool = True
) -> list[Supply]:
    """Lock the open expected supply of the items, in id order; what is free of each.

    Without `pegged_counts` all that has not come yet is free: the pegs are made anew."""
    free = ExpectedSupply.open - ExpectedSupply.pegged if pegged_counts else ExpectedSupply.open
    rows = await work.rows(
        select(
            ExpectedSupply.id,
            ExpectedSupply.item_id,
            ExpectedSupply.location_id,
            ExpectedSupply.owner_id,
            ExpectedSupply.expected_on,
            free.label("free"),
        )
        .where(
            ExpectedSupply.tenant_id == work.tenant_id,
            ExpectedSupply.item_id.in_(sorted(item_ids)),
            ExpectedSupply.status == "open",
        )
        .order_by(ExpectedSupply.id)
        .with_for_update()
    )
    return [
        Supply(EXPECTED, r.item_id, r.location_id, r.owner_id, r.free, r.id, r.expected_on)
        for r in rows
        if r.free > 0
    ]


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
        .outerjoin(
            WorkingCalendar,
            and_(
                WorkingCalendar.tenant_id == SupplierItem.tenant_id,
                WorkingCalendar.id == SupplierItem.calendar_id,
            ),
        )
        .where(
            SupplierItem.tenant_id == reader.tenant_id,
            SupplierItem.item_id.in_(item_ids),
            SupplierItem.status == "active",
        )
        .order_by(SupplierItem.item_id, SupplierItem.lead_days, SupplierItem.id)
    )
