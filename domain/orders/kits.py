"""Kits of orders in the customer's terms: how far they are, and what they cost."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.engine import Row

from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder, SalesOrderKit, SalesOrderLine

_LINE = SalesOrderLine
_MONEY = ("net_minor", "discount_minor", "tax_minor")


async def kits_of(reader: Reader, order_ids: Collection[int]) -> Sequence[Row[Any]]:
    """The kits of orders in the order of their lines: the columns of sales_order_kit, with
    `shipped`, `cancelled`, `allocated` (whole kits: the component that is least far counts),
    `backordered`, the money of all components (minor units) and the order's `currency`."""
    of_kit = (
        select(
            _LINE.kit_id,
            func.min(func.floor(_LINE.shipped / _LINE.per_kit)).label("shipped"),
            func.min(func.floor(_LINE.cancelled / _LINE.per_kit)).label("cancelled"),
            func.min(func.floor((_LINE.allocated + _LINE.shipped) / _LINE.per_kit)).label("given"),
            *(func.sum(getattr(_LINE, name)).label(name) for name in _MONEY),
        )
        .where(
            _LINE.tenant_id == reader.tenant_id,
            _LINE.order_id.in_(order_ids),
            _LINE.kit_id.is_not(None),
        )
        .group_by(_LINE.kit_id)
        .subquery()
    )
    kit = SalesOrderKit
    return await reader.rows(
        select(
            *kit.__table__.c,
            of_kit.c.shipped,
            of_kit.c.cancelled,
            (of_kit.c.given - of_kit.c.shipped).label("allocated"),
            (kit.quantity - of_kit.c.given - of_kit.c.cancelled).label("backordered"),
            *(of_kit.c[name] for name in _MONEY),
            SalesOrder.currency,
        )
        .join(of_kit, of_kit.c.kit_id == kit.id)
        .join(
            SalesOrder, and_(SalesOrder.tenant_id == kit.tenant_id, SalesOrder.id == kit.order_id)
        )
        .where(kit.tenant_id == reader.tenant_id, kit.order_id.in_(order_ids))
        .order_by(kit.order_id, kit.line_number)
    )
