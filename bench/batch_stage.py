"""The stage of the batch benchmark: 10,000 open lines of scarce items over five locations."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.allocation.operations.lane_costs import NewLane, set_lane_costs
from domain.allocation.placing import place
from domain.catalog.models import Item, ItemUnit
from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Location, Party
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.kernel.work import Work, unit_of_work
from domain.orders.capture import NewLine, NewOrder
from tenancy.principals import Principal

ORDERS, LINES, ITEMS, LOCATIONS = 3_334, 3, 200, 5
# How much of the demand there is, and how much a customer's group counts.
SCARCITY = Decimal("0.6")
TIERS = {"gold": 9, "silver": 3, "": 1}
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stage:
    """A tenant with its orders waiting and its stock received."""

    engine: AsyncEngine
    principal: Principal
    channel_id: int
    entity_id: int
    item_ids: list[int]
    location_ids: list[int]
    tiers: dict[int, str]

    def work(self) -> Any:
        """A unit of work."""
        return unit_of_work(self.engine, self.principal, now=NOW)


async def _add(work: Work, table: Any, rows: list[dict[str, Any]]) -> list[int]:
    own = [{"tenant_id": work.tenant_id, "created_at": NOW} | row for row in rows]
    made = insert(table).returning(table.id, sort_by_parameter_order=True)
    return list(await work.values(made, own))


async def set_stage(engine: AsyncEngine, principal: Principal) -> Stage:
    """Master data, then orders that find nothing, then stock that is not enough."""
    random.seed(7)
    async with unit_of_work(engine, principal, now=NOW) as work:
        [entity] = await _add(
            work, LegalEntity, [{"code": "E", "name": "E", "country": "DE", "currency": "EUR"}]
        )
        places = [
            {"code": f"L{n}", "name": f"L{n}", "kind": "owned", "entity_id": entity}
            for n in range(LOCATIONS)
        ]
        locations = await _add(work, Location, places)
        named = [{"sku": f"S{n}", "name": f"S{n}", "base_unit": "EA"} for n in range(ITEMS)]
        items = await _add(work, Item, named)
        units = [
            {"tenant_id": work.tenant_id, "item_id": item, "unit": "EA", "numerator": Decimal(1)}
            for item in items
        ]
        await work.execute(insert(ItemUnit), units)
        sells = {"kind": "portal", "source": "generic", "currency": "EUR", "entity_id": entity}
        [channel] = await _add(work, Channel, [{"code": "C", "name": "C", **sells}])
        groups = [random.choices(list(TIERS), [1, 3, 6])[0] for _ in range(300)]
        customers = [
            {"code": f"P{n}", "name": f"P{n}", "is_customer": True, "customer_group": group or None}
            for n, group in enumerate(groups)
        ]
        parties = await _add(work, Party, customers)
    stage = Stage(
        engine,
        principal,
        channel,
        entity,
        items,
        locations,
        dict(zip(parties, groups, strict=True)),
    )
    await _place_orders(stage)
    await _receive(stage)
    return stage


async def _place_orders(stage: Stage) -> None:
    """All at once, a batch in each transaction: nothing is there for them yet."""
    parties = list(stage.tiers)
    for start in range(0, ORDERS, 200):
        orders = [
            _order(stage, random.choice(parties)) for _ in range(start, min(start + 200, ORDERS))
        ]
        async with stage.work() as work:
            await place(work, orders)


def _order(stage: Stage, party_id: int) -> NewOrder:
    return NewOrder(
        channel_id=stage.channel_id,
        entity_id=stage.entity_id,
        party_id=party_id,
        currency="EUR",
        ordered_at=NOW,
        lines=tuple(_line(item) for item in random.sample(stage.item_ids, LINES)),
    )


def _line(item_id: int) -> NewLine:
    quantity, price = Decimal(random.randint(1, 10)), random.randint(5, 50)
    return NewLine(
        item_id=item_id,
        quantity_ordered=quantity,
        unit="EA",
        quantity=quantity,
        unit_price=Decimal(price),
        amount_minor=int(quantity) * price * 100,
    )


async def _receive(stage: Stage) -> None:
    """About so much of the demand as is scarce, unevenly over the locations."""
    average = Decimal(ORDERS * LINES) / ITEMS * Decimal("5.5") * SCARCITY
    for rank, location in enumerate(stage.location_ids):
        share = Decimal((8, 5, 4, 2, 1)[rank]) / 20
        lines = [
            ReceiptLine(
                item_id=item,
                quantity=(average * share * Decimal(random.uniform(0.5, 1.5))).quantize(Decimal(1)),
                unit_cost=Decimal(1),
            )
            for item in stage.item_ids
        ]
        async with stage.work() as work:
            await receive_stock(work, location_id=location, lines=lines)
            lanes = [NewLane(per_order_minor=300 + 100 * rank, per_unit_minor=Decimal(10))]
            await set_lane_costs(work, location_id=location, lanes=lanes)
