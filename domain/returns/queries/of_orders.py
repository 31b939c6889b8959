"""What of orders came back, and was credited."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, and_, func, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.kernel.grouping import grouped
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.returns.models import ReturnCredit, ReturnLine

_WORTH = (
    ReturnCredit.net_minor
    + ReturnCredit.tax_minor
    + ReturnCredit.shipping_minor
    - ReturnCredit.fee_minor
)


@query("returns.read")
async def returned_of_orders(reader: Reader, *, order_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """What was credited of each order in all (credited_minor, refunded_minor, currency), as far as
    the caller sees the credits."""
    rows = await reader.rows(
        select(
            SalesOrder.id,
            SalesOrder.currency,
            _total(ReturnCredit.id.is_not(None)).label("credited_minor"),
            _total(ReturnCredit.refunds).label("refunded_minor"),
        )
        .outerjoin(
            ReturnCredit,
            and_(
                ReturnCredit.tenant_id == SalesOrder.tenant_id,
                ReturnCredit.order_id == SalesOrder.id,
            ),
        )
        .where(SalesOrder.tenant_id == reader.tenant_id, SalesOrder.id.in_(order_ids))
        .group_by(SalesOrder.id, SalesOrder.currency)
    )
    return {row.id: row for row in rows}


def _total(which: Any) -> Any:
    return func.coalesce(func.sum(_WORTH).filter(which), 0).cast(BigInteger)


@query("returns.read")
async def returned_lines_of_orders(
    reader: Reader, *, order_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What of each order's lines is asked back (asked), came (received) and is credited
    (credited), in base units; lines of which nothing is are left out."""
    rows = await reader.rows(
        select(
            SalesOrderLine.order_id,
            SalesOrderLine.line_number,
            Item.base_unit,
            func.sum(ReturnLine.quantity - ReturnLine.given_up).label("asked"),
            func.sum(ReturnLine.received).label("received"),
            func.sum(ReturnLine.credited).label("credited"),
        )
        .join(
            ReturnLine,
            and_(
                ReturnLine.tenant_id == SalesOrderLine.tenant_id,
                ReturnLine.order_line_id == SalesOrderLine.id,
            ),
        )
        .outerjoin(
            Item,
            and_(Item.tenant_id == SalesOrderLine.tenant_id, Item.id == SalesOrderLine.item_id),
        )
        .where(
            SalesOrderLine.tenant_id == reader.tenant_id,
            SalesOrderLine.order_id.in_(order_ids),
            ReturnLine.status != "refused",
        )
        .group_by(SalesOrderLine.order_id, SalesOrderLine.line_number, Item.base_unit)
        .order_by(SalesOrderLine.order_id, SalesOrderLine.line_number)
    )
    return grouped(order_ids, rows, key="order_id")
