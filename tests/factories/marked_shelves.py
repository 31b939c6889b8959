"""Lots, pieces, kits and holds of a company, under names that carry its mark."""

from datetime import date
from decimal import Decimal

from domain.allocation.hold_requests import HoldLine
from domain.allocation.operations.place_order import place_order
from domain.allocation.operations.soft_holds import hold_stock
from domain.allocation.ordering import OrderedLine
from domain.catalog.operations.items import create_item
from domain.catalog.operations.kits import ComponentLine, set_kit_components
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.kernel.work import Work


async def fill_shelves(
    work: Work, mark: str, *, sites: tuple[int, int], channel: int, parties: tuple[int, int]
) -> list[int]:
    """A lot, a piece, a kit and a cart at each site, for each party; gives the pieces' items."""
    machines = []
    for serial, site, party in zip("12", sites, parties, strict=True):
        medicine = await _item(work, f"{mark}-M{serial}", "lot")
        machine = await _item(work, f"{mark}-N{serial}", "serial")
        machines.append(machine)
        kit = await _item(work, f"{mark}-K{serial}", "none")
        part = ComponentLine(item_id=medicine, quantity=Decimal(2))
        await set_kit_components(work, item_id=kit, components=[part])
        lines = [
            ReceiptLine(
                item_id=medicine,
                quantity=Decimal(20),
                lot=f"{mark}-LOT{serial}",
                expires_on=date(2099, 12, 31),
            ),
            ReceiptLine(item_id=machine, quantity=Decimal(1), serials=[f"{mark}-SN{serial}"]),
        ]
        await receive_stock(work, location_id=site, reason=f"{mark} opening", lines=lines)
        await _order_of_kit(work, mark, serial, component=medicine, channel=channel, party=party)
        await hold_stock(
            work,
            channel_id=channel,
            party_id=party,
            holder=f"{mark}-CART{serial}",
            lines=[HoldLine(item_id=medicine, quantity=Decimal(1))],
        )
    return machines


async def _order_of_kit(
    work: Work, mark: str, serial: str, *, component: int, channel: int, party: int
) -> None:
    sku = f"{mark}-V{serial}"
    kit = await create_item(work, sku=sku, name=sku, base_unit="EA", kind="kit")
    part = ComponentLine(item_id=component, quantity=Decimal(2))
    await set_kit_components(work, item_id=kit, components=[part])
    line = OrderedLine(item_id=kit, quantity=Decimal(1), unit_price=Decimal("9.90"))
    await place_order(work, channel_id=channel, party_id=party, lines=[line])


async def _item(work: Work, sku: str, tracking: str) -> int:
    return await create_item(work, sku=sku, name=sku, base_unit="EA", tracking=tracking)
