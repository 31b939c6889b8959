"""Booking: what a shipment earns and costs, and the journals that say so."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.entities.models import LegalEntity
from domain.fulfilment.models import ShipmentLine
from domain.fulfilment.policy import Earned, Sale, cost_legs, earn, revenue_legs
from domain.fulfilment.progress import LocationWork
from domain.intercompany.shipping import (
    NOTHING_TRADED,
    Mirrored,
    prepare_mirrored,
    record_mirrored,
)
from domain.inventory.valuation.kinds import Legs, merged
from domain.kernel.work import Work
from domain.ledger.entries import Dimensions, Leg
from domain.ledger.posting import Entry, post
from domain.orders.models import SalesOrderLine

BY_GROUP = frozenset({"revenue", "discount", "cost_of_goods"})


@dataclass(frozen=True, slots=True)
class Shipped:
    """What left of one fulfilment line (base units), what it earns and what it cost."""

    fulfilment_line_id: int
    order_line_id: int
    item_id: int
    quantity: Decimal
    earned: Earned
    cost_minor: int
    # Of what was ordered: in a kit, or in place of it, may leave something else.
    item_group: str | None = None


async def price_shipment(
    work: Work,
    current: LocationWork,
    quantities: Mapping[int, Decimal],
    costs: Mapping[int, int],
) -> list[Shipped]:
    """What the quantities (base units, by fulfilment line) earn, beside what they cost."""
    by_order_line: dict[int, list[int]] = defaultdict(list)
    for line_id in quantities:
        by_order_line[current.lines[line_id].order_line_id].append(line_id)
    sales, groups = await _sales(work, by_order_line)
    shipped = []
    for order_line_id, line_ids in by_order_line.items():
        sale = sales[order_line_id]
        for line_id in line_ids:
            earned = earn(sale, quantities[line_id])
            sale = sale.after(quantities[line_id], earned)
            item_id = current.lines[line_id].item_id
            shipped.append(
                Shipped(
                    line_id,
                    order_line_id,
                    item_id,
                    quantities[line_id],
                    earned,
                    costs[line_id],
                    groups[order_line_id],
                )
            )
    return shipped


async def _sales(
    work: Work, order_line_ids: Mapping[int, object]
) -> tuple[dict[int, Sale], dict[int, str | None]]:
    booked = (
        select(
            ShipmentLine.order_line_id,
            func.sum(ShipmentLine.revenue_minor).label("net"),
            func.sum(ShipmentLine.tax_minor).label("tax"),
        )
        .where(
            ShipmentLine.tenant_id == work.tenant_id,
            ShipmentLine.order_line_id.in_(order_line_ids),
        )
        .group_by(ShipmentLine.order_line_id)
        .subquery()
    )
    rows = await work.rows(
        select(
            SalesOrderLine.id,
            SalesOrderLine.quantity,
            SalesOrderLine.net_minor,
            SalesOrderLine.tax_minor,
            SalesOrderLine.discount_minor,
            SalesOrderLine.shipped,
            booked.c.net,
            booked.c.tax,
            Item.item_group,
        )
        .join(
            Item,
            and_(Item.tenant_id == SalesOrderLine.tenant_id, Item.id == SalesOrderLine.item_id),
        )
        .outerjoin(booked, booked.c.order_line_id == SalesOrderLine.id)
        .where(SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.id.in_(order_line_ids))
    )
    sales = {
        row.id: Sale(
            quantity=row.quantity,
            net_minor=row.net_minor,
            tax_minor=row.tax_minor,
            discount_minor=row.discount_minor,
            shipped_before=row.shipped,
            booked_net_minor=int(row.net or 0),
            booked_tax_minor=int(row.tax or 0),
        )
        for row in rows
    }
    return sales, {row.id: row.item_group for row in rows}


async def carriage(work: Work, order: Row[Any]) -> int:
    """What a locked order's next shipment bears of its shipping charge, in minor units: the first
    one bears it all. Asked of the lines: a third-party warehouse does not see the other
    locations' shipments."""
    if not order.shipping_minor:
        return 0
    left = await work.value(
        select(ShipmentLine.id)
        .join(
            SalesOrderLine,
            and_(
                SalesOrderLine.tenant_id == ShipmentLine.tenant_id,
                SalesOrderLine.id == ShipmentLine.order_line_id,
            ),
        )
        .where(ShipmentLine.tenant_id == work.tenant_id, SalesOrderLine.order_id == order.id)
        .limit(1)
    )
    return 0 if left is not None else int(order.shipping_minor)


def owed(sold: Sequence[Shipped], shipping_minor: int) -> int:
    """What the customer owes for a shipment in all, with taxes and carriage, in minor units."""
    return shipping_minor + sum(each.earned.revenue_minor + each.earned.tax_minor for each in sold)


async def book_shipment(
    work: Work,
    current: LocationWork,
    shipment: Row[Any],
    sold: Sequence[Shipped],
    *,
    bought: Legs = (),
    mirrored: Mirrored = NOTHING_TRADED,
) -> None:
    """Post cost of goods and revenue to the selling entity's books, and what was `bought` of
    consigned goods by shipping them, or from other entities (`mirrored`). The order's shipping
    charge goes with its first shipment. Journal numbers are drawn here, last of all."""
    order = current.order
    own_currency = await work.value(
        select(LegalEntity.currency).where(
            LegalEntity.tenant_id == work.tenant_id, LegalEntity.id == order.entity_id
        )
    )
    cost = merged(cost_legs(sum(each.cost_minor for each in sold)), bought)
    revenue = revenue_legs([each.earned for each in sold], shipping_minor=shipment.shipping_minor)
    trace = {
        "shipment_id": shipment.id,
        "order_id": order.id,
        "intake_message_id": order.intake_message_id,
    }
    told = {name: value for name, value in trace.items() if value is not None}
    traded = await prepare_mirrored(work, mirrored, shipment_id=shipment.id, trace=told)
    milestones = (
        ("shipment_cost", own_currency, by_item_group(cost, sold)),
        ("shipment_revenue", order.currency, by_item_group(revenue, sold)),
    )
    own = [_entry(work, current, shipment, told, *each) for each in milestones]
    await post(work, [*traded.entries, *own])
    await record_mirrored(work, traded)


def by_item_group(legs: Legs, sold: Sequence[Shipped]) -> list[Leg]:
    """The legs, those of profit and loss apart by the item group of what was sold; the first group
    bears what no line says."""
    parts: dict[str | None, Counter[str]] = defaultdict(Counter)
    for each in sold:
        parts[each.item_group].update(
            discount=each.earned.discount_minor,
            revenue=-(each.earned.revenue_minor + each.earned.discount_minor),
            cost_of_goods=each.cost_minor,
        )
    split = []
    for name, amount in legs:
        if name not in BY_GROUP:
            split.append(Leg(name, amount))
            continue
        left = amount - sum(part[name] for part in parts.values())
        for group, part in parts.items():
            said = None if group is None else Dimensions(item_group=group)
            split.append(Leg(name, part[name] + left, said))
            left = 0
    return split


def _entry(
    work: Work,
    current: LocationWork,
    shipment: Row[Any],
    trace: Mapping[str, Any],
    milestone: str,
    currency: str,
    legs: Sequence[Leg],
) -> Entry:
    order = current.order
    return Entry(
        entity_id=order.entity_id,
        milestone=milestone,
        source_kind="shipment",
        source_id=shipment.id,
        currency=currency,
        legs=tuple(legs),
        posted_on=work.now.date(),
        description=f"{shipment.number} of {order.number}",
        trace=trace,
        dimensions=Dimensions(
            channel_id=order.channel_id,
            location_id=current.fulfilment.location_id,
            party_id=order.party_id,
        ),
        country=(order.ship_to or {}).get("country"),
    )
