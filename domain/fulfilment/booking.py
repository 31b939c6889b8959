"""Booking: what a shipment earns and costs, and the journals that say so."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity
from domain.fulfilment.models import ShipmentLine
from domain.fulfilment.policy import Earned, Sale, cost_legs, earn, revenue_legs
from domain.fulfilment.progress import LocationWork
from domain.kernel.work import Work
from domain.ledger.posting import Entry, post
from domain.orders.models import SalesOrderLine


@dataclass(frozen=True, slots=True)
class Shipped:
    """What left of one fulfilment line (base units), what it earns and what it cost."""

    fulfilment_line_id: int
    order_line_id: int
    item_id: int
    quantity: Decimal
    earned: Earned
    cost_minor: int


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
    sales = await _sales(work, by_order_line)
    shipped = []
    for order_line_id, line_ids in by_order_line.items():
        sale = sales[order_line_id]
        for line_id in line_ids:
            earned = earn(sale, quantities[line_id])
            sale = sale.after(quantities[line_id], earned)
            item_id = current.lines[line_id].item_id
            shipped.append(
                Shipped(
                    line_id, order_line_id, item_id, quantities[line_id], earned, costs[line_id]
                )
            )
    return shipped


async def _sales(work: Work, order_line_ids: Mapping[int, object]) -> dict[int, Sale]:
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
        )
        .outerjoin(booked, booked.c.order_line_id == SalesOrderLine.id)
        .where(SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.id.in_(order_line_ids))
    )
    return {
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


async def _is_first(work: Work, order_id: int, shipment_id: int) -> bool:
    """Whether nothing of the order left before. Asked of the lines: a third-party warehouse
    does not see the other locations' shipments."""
    first = await work.value(
        select(func.min(ShipmentLine.shipment_id))
        .join(
            SalesOrderLine,
            and_(
                SalesOrderLine.tenant_id == ShipmentLine.tenant_id,
                SalesOrderLine.id == ShipmentLine.order_line_id,
            ),
        )
        .where(ShipmentLine.tenant_id == work.tenant_id, SalesOrderLine.order_id == order_id)
    )
    return bool(first == shipment_id)


async def book_shipment(
    work: Work, current: LocationWork, shipment: Row[Any], sold: Sequence[Shipped]
) -> None:
    """Post cost of goods and revenue to the selling entity's books. The order's shipping charge
    goes with its first shipment. Journal numbers are drawn here, last of all."""
    order = current.order
    shipping = order.shipping_minor if await _is_first(work, order.id, shipment.id) else 0
    own_currency = await work.value(
        select(LegalEntity.currency).where(
            LegalEntity.tenant_id == work.tenant_id, LegalEntity.id == order.entity_id
        )
    )
    cost = cost_legs(sum(each.cost_minor for each in sold))
    revenue = revenue_legs([each.earned for each in sold], shipping_minor=shipping)
    trace = {
        "shipment_id": shipment.id,
        "order_id": order.id,
        "intake_message_id": order.intake_message_id,
    }
    milestones = (
        ("shipment_cost", own_currency, cost),
        ("shipment_revenue", order.currency, revenue),
    )
    await post(
        work,
        [
            Entry(
                entity_id=order.entity_id,
                milestone=milestone,
                source_kind="shipment",
                source_id=shipment.id,
                currency=currency,
                legs=legs,
                posted_on=work.now.date(),
                description=f"{shipment.number} of {order.number}",
                trace={name: value for name, value in trace.items() if value is not None},
            )
            for milestone, currency, legs in milestones
        ],
    )
