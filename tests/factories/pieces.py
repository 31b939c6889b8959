"""Pieces with serial numbers in the stock of a shop."""

from decimal import Decimal

from sqlalchemy import select

from domain.inventory.lines import ReceiptLine
from domain.inventory.models import SerialMovement, SerialNumber, StockBalance
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.operations.receiving_transfers import receive_transfer
from domain.inventory.operations.shipping_transfers import ship_transfer
from domain.inventory.transfer_goods import MovedLine
from tests.factories.orders import Shop


async def receive_pieces(shop: Shop, *serials: str, location: int = 0) -> None:
    """Pieces of the first item come, worth 5.00 each."""
    line = ReceiptLine(
        item_id=shop.setting.item_ids[0],
        quantity=Decimal(len(serials)),
        serials=serials,
        unit_cost=Decimal(5),
    )
    async with shop.tenant.work() as work:
        await receive_stock(work, location_id=shop.setting.location_ids[location], lines=[line])


async def send(shop: Shop, transfer_id: int, *serials: str) -> None:
    """The named pieces leave with the transfer's first line."""
    line = MovedLine(line_number=1, quantity=Decimal(len(serials)), serials=serials)
    async with shop.tenant.work() as work:
        await ship_transfer(work, transfer_id=transfer_id, lines=[line])


async def land(
    shop: Shop, transfer_id: int, *serials: str, damaged: str = "", reason: str | None = None
) -> None:
    """The named pieces arrive; those of `damaged` are so."""
    broken = damaged.split()
    line = MovedLine(
        line_number=1,
        quantity=Decimal(len(serials)),
        damaged=Decimal(len(broken)),
        serials=serials,
        damaged_serials=broken,
    )
    async with shop.tenant.work() as work:
        await receive_transfer(work, transfer_id=transfer_id, lines=[line], reason=reason)


async def pieces(shop: Shop) -> dict[str, tuple[str, str]]:
    """(where, in which state) of every piece by its number; where is source, destination or
    transit."""
    here, there = shop.setting.location_ids[:2]
    titles = {here: "source", there: "destination"}
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(SerialNumber.code, SerialNumber.state, StockBalance.location_id)
            .join(
                StockBalance,
                (StockBalance.tenant_id == SerialNumber.tenant_id)
                & (StockBalance.id == SerialNumber.balance_id),
            )
            .where(SerialNumber.tenant_id == shop.tenant.id)
            .order_by(SerialNumber.code)
        )
    return {row.code: (titles.get(row.location_id, "transit"), row.state) for row in rows}


async def history(shop: Shop, serial: str) -> list[tuple[str, str, str]]:
    """(kind, state, document's kind) of all that happened to a piece."""
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(SerialMovement.kind, SerialMovement.state, SerialMovement.reference_kind)
            .join(
                SerialNumber,
                (SerialNumber.tenant_id == SerialMovement.tenant_id)
                & (SerialNumber.id == SerialMovement.serial_id),
            )
            .where(SerialMovement.tenant_id == shop.tenant.id, SerialNumber.code == serial)
            .order_by(SerialMovement.id)
        )
    return [tuple(row) for row in rows]  # type: ignore[misc]
