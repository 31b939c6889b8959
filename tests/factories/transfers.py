"""Transfers between the locations of a shop."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.entities.models import Location
from domain.inventory.models import StockBalance, TransferLine, TransferOrder
from domain.inventory.operations.receiving_transfers import receive_transfer
from domain.inventory.operations.shipping_transfers import ship_transfer
from domain.inventory.operations.transferring import (
    WantedTransferLine,
    create_transfer,
    release_transfer,
)
from domain.inventory.transfer_goods import MovedLine
from tests.factories.orders import Shop


async def planned(shop: Shop, *quantities: int, expected_on: date | None = None) -> int:
    """The id of a new transfer of the first items from the first location to the second."""
    here, there = shop.setting.location_ids[:2]
    lines = [
        WantedTransferLine(item_id=shop.setting.item_ids[n], quantity=Decimal(quantity))
        for n, quantity in enumerate(quantities)
    ]
    async with shop.tenant.work() as work:
        return await create_transfer(
            work, source_id=here, destination_id=there, lines=lines, expected_on=expected_on
        )


async def released(shop: Shop, *quantities: int) -> int:
    """The id of a transfer that keeps its stock."""
    transfer_id = await planned(shop, *quantities)
    async with shop.tenant.work() as work:
        return await release_transfer(work, transfer_id=transfer_id)


async def shipped(shop: Shop, *quantities: int) -> int:
    """The id of a transfer that is on its way."""
    transfer_id = await released(shop, *quantities)
    async with shop.tenant.work() as work:
        return await ship_transfer(work, transfer_id=transfer_id)


async def arrive(shop: Shop, transfer_id: int, *quantities: Any, reason: str | None = None) -> None:
    """So many of each line arrive; a pair says how many of them are damaged."""
    pairs = [each if isinstance(each, tuple) else (each, 0) for each in quantities]
    lines = [
        MovedLine(line_number=n, quantity=Decimal(quantity), damaged=Decimal(damaged))
        for n, (quantity, damaged) in enumerate(pairs, start=1)
    ]
    async with shop.tenant.work() as work:
        await receive_transfer(work, transfer_id=transfer_id, lines=lines, reason=reason)


async def status(shop: Shop, transfer_id: int) -> str:
    """The transfer's status."""
    async with shop.tenant.read() as reader:
        return str(
            await reader.value(
                select(TransferOrder.status).where(
                    TransferOrder.tenant_id == shop.tenant.id, TransferOrder.id == transfer_id
                )
            )
        )


async def quantities(shop: Shop, transfer_id: int) -> list[tuple[int, ...]]:
    """(shipped, received, damaged, over, missing, in transit) of each line."""
    names = ("shipped", "received", "damaged", "over_received", "missing", "in_transit")
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(*(getattr(TransferLine, name) for name in names))
            .where(
                TransferLine.tenant_id == shop.tenant.id, TransferLine.transfer_id == transfer_id
            )
            .order_by(TransferLine.line_number)
        )
    return [tuple(int(each) for each in row) for row in rows]


async def stock_at(shop: Shop) -> dict[str, tuple[int, ...]]:
    """(on hand, reserved, damaged, available) of all items, by source, transit, destination."""
    names = ("on_hand", "reserved", "damaged", "available")
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(
                Location.kind,
                StockBalance.location_id,
                *(getattr(StockBalance, name) for name in names),
            )
            .join(
                Location,
                (Location.tenant_id == StockBalance.tenant_id)
                & (Location.id == StockBalance.location_id),
            )
            .where(StockBalance.tenant_id == shop.tenant.id)
        )
    here, there = shop.setting.location_ids[:2]
    titles = {here: "source", there: "destination"}
    found: dict[str, tuple[int, ...]] = {}
    for row in rows:
        title = titles.get(row.location_id, "transit")
        figures = tuple(int(getattr(row, name)) for name in names)
        before = found.get(title, (0,) * len(names))
        found[title] = tuple(a + b for a, b in zip(before, figures, strict=True))
    return found
