"""Entities, locations, items and order lines around which stock moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import insert

from domain.catalog.models import Item, ItemUnit
from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Location
from domain.inventory.balances import Place, ensure_balances
from domain.inventory.movements import Change, move
from domain.inventory.valuation.costs import CostAdded, Source, add_cost
from domain.kernel.work import Work
from domain.orders.models import SalesOrder, SalesOrderLine
from tests.factories.tenants import TenantUnderTest

_serial = count(1)


@dataclass(frozen=True, slots=True)
class StockSetting:
    """One entity with locations and items; each item is an EA, ten of which make a CASE."""

    tenant: TenantUnderTest
    entity_id: int
    location_ids: list[int]
    item_ids: list[int]

    def place(self, item: int = 0, location: int = 0, *, lot: str = "") -> Place:
        """The place of the n-th item at the n-th location."""
        return Place(self.item_ids[item], self.location_ids[location], self.entity_id, "new", lot)


async def new_stock_setting(
    tenant: TenantUnderTest,
    *,
    locations: int = 1,
    items: int = 1,
    currency: str = "EUR",
    tracking: str = "none",
) -> StockSetting:
    """An entity that keeps its books in `currency`, its locations and its items."""
    async with tenant.work() as work:
        entity_id = await new_entity(work, currency=currency)
        location_ids = [await new_location(work, entity_id) for _ in range(locations)]
        item_ids = [await new_item(work, tracking=tracking) for _ in range(items)]
    return StockSetting(tenant, entity_id, location_ids, item_ids)


async def new_entity(work: Work, *, currency: str = "EUR") -> int:
    """The id of a new entity."""
    code = f"E{next(_serial)}"
    return await _add(work, LegalEntity, code=code, name=code, country="DE", currency=currency)


async def new_location(work: Work, entity_id: int, **fields: Any) -> int:
    """The id of a new owned location."""
    code = f"L{next(_serial)}"
    row = {"code": code, "name": code, "kind": "owned", "entity_id": entity_id} | fields
    return await _add(work, Location, **row)


async def new_item(work: Work, *, tracking: str = "none") -> int:
    """The id of a new item, with the units EA (base) and CASE (10 EA)."""
    sku = f"SKU-{next(_serial)}"
    item_id = await _add(work, Item, sku=sku, name=sku, base_unit="EA", tracking=tracking)
    for unit, numerator in (("EA", 1), ("CASE", 10)):
        row = {"tenant_id": work.tenant_id, "item_id": item_id, "unit": unit}
        await work.execute(insert(ItemUnit).values(**row, numerator=Decimal(numerator)))
    return item_id


async def put_stock(
    setting: StockSetting, place: Place, quantity: Decimal | int, *, value_minor: int = 0
) -> int:
    """Stock at a place, with its movement and cost; the balance's id."""
    async with setting.tenant.work() as work:
        balance_id = (await ensure_balances(work, [place]))[place]
        amount = Decimal(quantity)
        change = Change(balance_id=balance_id, kind="receipt", on_hand=amount, reason="received")
        await move(work, [change], reference_kind="test", reference_id=1)
        added = CostAdded(place.owner_id, place.item_id, amount, value_minor)
        await add_cost(work, [added], source=Source("test", 1))
    return balance_id


async def new_order_lines(
    setting: StockSetting, quantities: Sequence[Decimal | int], *, item: int = 0
) -> list[int]:
    """The ids of the lines of a new order for one item, one line for each quantity."""
    tenant = setting.tenant
    async with tenant.work() as work:
        code = f"C{next(_serial)}"
        channel_id = await _add(
            work,
            Channel,
            code=code,
            name=code,
            kind="portal",
            source="generic",
            currency="EUR",
            entity_id=setting.entity_id,
        )
        order_id = await _add_order(work, channel_id, setting.entity_id)
        return list(
            await work.values(
                insert(SalesOrderLine).returning(SalesOrderLine.id, sort_by_parameter_order=True),
                [
                    {
                        "tenant_id": tenant.id,
                        "order_id": order_id,
                        "line_number": number,
                        "item_id": setting.item_ids[item],
                        "quantity_ordered": Decimal(quantity),
                        "unit": "EA",
                        "quantity": Decimal(quantity),
                        "unit_price": Decimal(1),
                        "net_minor": 0,
                    }
                    for number, quantity in enumerate(quantities, start=1)
                ],
            )
        )


async def _add_order(work: Work, channel_id: int, entity_id: int) -> int:
    amounts = ("subtotal", "discount", "tax", "shipping", "total")
    row = {
        "tenant_id": work.tenant_id,
        "number": f"T-{next(_serial)}",
        "channel_id": channel_id,
        "entity_id": entity_id,
        "currency": "EUR",
        "ordered_at": work.now,
        "received_at": work.now,
        "status": "backordered",
        **{f"{name}_minor": 0 for name in amounts},
    }
    return int(await work.value(insert(SalesOrder).values(**row).returning(SalesOrder.id)))


async def _add(work: Work, table: Any, **fields: Any) -> int:
    row = {"tenant_id": work.tenant_id, "created_at": work.now} | fields
    return int(await work.value(insert(table).values(**row).returning(table.id)))
