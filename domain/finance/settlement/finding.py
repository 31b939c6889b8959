"""Whose amounts a payout has: the orders, and the shipments, that its lines are of."""

from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.finance.models import SettlementLine
from domain.fulfilment.models import Shipment, ShipmentLine
from domain.kernel.work import Work
from domain.orders.models import SalesOrder


async def find_orders(work: Work, settlement: Row[Any]) -> None:
    """Note on each line its order: by the channel's id of it, by its number there, or by ours."""
    o, n = SalesOrder, SettlementLine
    for matches in (
        o.external_id == n.order_reference,
        o.external_number == n.order_reference,
        or_(o.number == n.merchant_reference, o.external_number == n.merchant_reference),
    ):
        await work.execute(
            update(n)
            .where(
                n.tenant_id == work.tenant_id,
                n.settlement_id == settlement.id,
                n.order_id.is_(None),
                o.tenant_id == work.tenant_id,
                o.channel_id == settlement.channel_id,
                matches,
            )
            .values(order_id=o.id)
        )


async def find_shipments(work: Work, settlement: Row[Any]) -> None:
    """Note on each line of an order its shipment: by number or tracking number; else that which
    the order's item left with; else the only one of the order."""
    n, s = SettlementLine, Shipment
    named = or_(s.number == n.shipment_reference, s.tracking_number == n.shipment_reference)
    await work.execute(
        update(n)
        .where(
            n.tenant_id == work.tenant_id,
            n.settlement_id == settlement.id,
            s.tenant_id == work.tenant_id,
            s.order_id == n.order_id,
            named,
        )
        .values(shipment_id=s.id)
    )
    for only in (_by_item(work, settlement.id), _by_order(work, settlement.id)):
        await work.execute(
            update(n)
            .where(
                n.tenant_id == work.tenant_id,
                n.settlement_id == settlement.id,
                n.shipment_id.is_(None),
                n.order_id == only.c.order_id,
                *([n.sku == only.c.sku] if "sku" in only.c else []),
            )
            .values(shipment_id=only.c.shipment_id)
        )


def _by_item(work: Work, settlement_id: int) -> Any:
    """The items of a settlement's orders that left with one shipment alone."""
    s, line = Shipment, ShipmentLine
    return (
        select(s.order_id, Item.sku, func.min(s.id).label("shipment_id"))
        .join(line, and_(line.tenant_id == s.tenant_id, line.shipment_id == s.id))
        .join(Item, and_(Item.tenant_id == s.tenant_id, Item.id == line.item_id))
        .where(s.tenant_id == work.tenant_id, s.order_id.in_(_orders(work, settlement_id)))
        .group_by(s.order_id, Item.sku)
        .having(func.count(s.id.distinct()) == 1)
        .subquery()
    )


def _by_order(work: Work, settlement_id: int) -> Any:
    """The orders of a settlement that left with one shipment alone."""
    s = Shipment
    return (
        select(s.order_id, func.min(s.id).label("shipment_id"))
        .where(s.tenant_id == work.tenant_id, s.order_id.in_(_orders(work, settlement_id)))
        .group_by(s.order_id)
        .having(func.count() == 1)
        .subquery()
    )


def _orders(work: Work, settlement_id: int) -> Any:
    """Of which the shipments are looked for: not the tenant's whole history."""
    n = SettlementLine
    return select(n.order_id).where(
        n.tenant_id == work.tenant_id,
        n.settlement_id == settlement_id,
        n.order_id.is_not(None),
        n.shipment_id.is_(None),
    )
