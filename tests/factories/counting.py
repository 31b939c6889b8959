"""Counts, snapshots and approvals around the stock of a shop."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.approvals.models import ApprovalRequest
from domain.approvals.operations import approve, reject
from domain.catalog.models import Item
from domain.inventory.models import StockBalance, StockCount, StockCountLine, StockMovement
from domain.inventory.operations.counting import (
    CountEntry,
    close_stock_count,
    create_stock_count,
    record_stock_count,
)
from domain.inventory.operations.snapshots import reconcile_snapshot
from domain.inventory.operations.tolerances import set_stock_tolerance
from domain.inventory.snapshots import SnapshotRow
from tests.factories.orders import Shop
from tests.factories.tenants import TenantUnderTest

APPROVER = ("approvals.read", "approvals.decide", "inventory.approve")


async def allow(tenant: TenantUnderTest, **limits: Any) -> None:
    """Settle the tenant's standard tolerance."""
    async with tenant.work() as work:
        await set_stock_tolerance(work, **limits)


async def open_count(shop: Shop, *, items: Sequence[int] | None = None, location: int = 0) -> int:
    """The id of a new count of items (all that is there, if None)."""
    async with shop.tenant.work() as work:
        return await create_stock_count(
            work,
            location_id=shop.setting.location_ids[location],
            reason="cycle count",
            item_ids=None if items is None else [shop.setting.item_ids[n] for n in items],
        )


async def counted(shop: Shop, count_id: int, *quantities: int, **fields: Any) -> None:
    """Write down what was counted of the first items."""
    entries = [
        CountEntry(item_id=shop.setting.item_ids[n], quantity=Decimal(quantity), **fields)
        for n, quantity in enumerate(quantities)
    ]
    async with shop.tenant.work() as work:
        await record_stock_count(work, count_id=count_id, entries=entries)


async def close(shop: Shop, count_id: int) -> str:
    """Close a count; its status."""
    async with shop.tenant.work() as work:
        await close_stock_count(work, count_id=count_id)
    return str((await count_of(shop, count_id)).status)


async def skus(shop: Shop) -> list[str]:
    """The SKUs of the shop's items."""
    async with shop.tenant.read() as reader:
        rows = await reader.rows(select(Item.id, Item.sku).where(Item.tenant_id == shop.tenant.id))
    by_id = {row.id: row.sku for row in rows}
    return [by_id[item_id] for item_id in shop.setting.item_ids]


async def told(
    shop: Shop,
    *quantities: int,
    as_of: Any = None,
    extra: Sequence[SnapshotRow] = (),
    **fields: Any,
) -> int:
    """Reconcile a snapshot of the first items; the snapshot's id."""
    rows = [
        SnapshotRow(codes=(("sku", sku),), on_hand=Decimal(quantity), path=f"row {n}")
        for n, (sku, quantity) in enumerate(zip(await skus(shop), quantities, strict=False), 1)
    ]
    async with shop.tenant.work() as work:
        return await reconcile_snapshot(
            work,
            location_id=shop.setting.location_ids[0],
            as_of=as_of or shop.tenant.now,
            rows=[*rows, *extra],
            **fields,
        )


async def count_of(shop: Shop, count_id: int) -> Any:
    """The count's row."""
    async with shop.tenant.read() as reader:
        return await reader.row(
            select(*StockCount.__table__.c).where(
                StockCount.tenant_id == shop.tenant.id, StockCount.id == count_id
            )
        )


async def verdicts(shop: Shop, count_id: int) -> list[tuple[str, int, bool]]:
    """(verdict, difference, booked) of each line."""
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(StockCountLine.verdict, StockCountLine.difference, StockCountLine.booked)
            .where(StockCountLine.tenant_id == shop.tenant.id, StockCountLine.count_id == count_id)
            .order_by(StockCountLine.line_number)
        )
    return [(row.verdict, int(row.difference), row.booked) for row in rows]


async def on_hand(shop: Shop) -> list[tuple[int, int]]:
    """(on hand, reserved) of every balance, by item and location."""
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(StockBalance.on_hand, StockBalance.reserved)
            .where(StockBalance.tenant_id == shop.tenant.id)
            .order_by(StockBalance.item_id, StockBalance.location_id)
        )
    return [(int(row.on_hand), int(row.reserved)) for row in rows]


async def movement_kinds(shop: Shop) -> list[tuple[str, int]]:
    """(kind, on hand) of every movement, oldest first."""
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(StockMovement.kind, StockMovement.on_hand)
            .where(StockMovement.tenant_id == shop.tenant.id)
            .order_by(StockMovement.id)
        )
    return [(row.kind, int(row.on_hand)) for row in rows]


async def waiting(tenant: TenantUnderTest) -> list[Any]:
    """The requests that wait, oldest first."""
    async with tenant.read() as reader:
        return list(
            await reader.rows(
                select(*ApprovalRequest.__table__.c)
                .where(ApprovalRequest.tenant_id == tenant.id, ApprovalRequest.status == "waiting")
                .order_by(ApprovalRequest.id)
            )
        )


async def say_yes(tenant: TenantUnderTest, request_id: int, *, who: int = 77) -> None:
    """Somebody who did not ask approves."""
    async with tenant.work(as_=tenant.user(*APPROVER, id=who, name="boss")) as work:
        await approve(work, request_id=request_id)


async def say_no(tenant: TenantUnderTest, request_id: int) -> None:
    """Somebody who did not ask rejects."""
    async with tenant.work(as_=tenant.user(*APPROVER, id=77, name="boss")) as work:
        await reject(work, request_id=request_id)
