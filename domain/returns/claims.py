"""What of orders may come back and be credited: counted line by line, under the order's lock.

The counters are brought up to what was shipped whenever an order is locked for a return."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, and_, column, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.fulfilment.models import ShipmentLine
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.orders.locking import lock_orders
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.returns.models import OrderLineReturn, OrderReturn
from domain.returns.models.counters import QUANTITY
from domain.returns.outcomes import ReturnedTooMuch
from domain.returns.policies.crediting import LineSale

_SOLD = ("shipped", "billed_net_minor", "billed_tax_minor")


@dataclass(frozen=True, slots=True)
class Sales:
    """Locked orders, and the counters of those of their lines of which something was shipped."""

    orders: Mapping[int, Row[Any]]
    lines: Mapping[int, Row[Any]]
    totals: Mapping[int, Row[Any]]

    def returnable(self, order_line_id: int | None) -> Decimal:
        """What of an order's line may be asked back still, in base units."""
        row = self.lines.get(order_line_id or 0)
        return Decimal(0) if row is None else plain(row.shipped - row.claimed)

    def disposed(self, order_line_id: int | None) -> Decimal:
        """What of an order's line came back and was disposed of."""
        row = self.lines.get(order_line_id or 0)
        return Decimal(0) if row is None else row.disposed

    def sale(self, order_line_id: int) -> LineSale:
        """What of an order's line was billed, and is credited."""
        row = self.lines[order_line_id]
        return LineSale(
            shipped=row.shipped,
            net_minor=row.billed_net_minor,
            tax_minor=row.billed_tax_minor,
            credited=row.credited,
            credited_net_minor=row.credited_net_minor,
            credited_tax_minor=row.credited_tax_minor,
        )

    def lines_of(self, order_id: int) -> list[Row[Any]]:
        """The counters of an order's lines."""
        return [row for row in self.lines.values() if row.order_id == order_id]


NO_SALES = Sales({}, {}, {})


async def lock_sales(work: Work, order_ids: Collection[int]) -> Sales:
    """Lock the orders, in the order of their ids, and count what of them was shipped by now."""
    ids = sorted(set(order_ids))
    if not ids:
        return NO_SALES
    orders = {row.id: row for row in await lock_orders(work, ids)}
    async with work.house():
        lines = await _count_lines(work, ids)
        totals = await _count_orders(work, ids)
    return Sales(
        orders, {row.order_line_id: row for row in lines}, {row.order_id: row for row in totals}
    )


async def claim(work: Work, sales: Sales, wanted: Sequence[tuple[int, Decimal]]) -> None:
    """Note that so much of order lines is to come back (base units; less than nothing: it is not,
    after all). Raises ReturnedTooMuch."""
    together: dict[int, Decimal] = {}
    for order_line_id, quantity in wanted:
        together[order_line_id] = together.get(order_line_id, Decimal(0)) + quantity
    for order_line_id, quantity in together.items():
        returnable = sales.returnable(order_line_id)
        if quantity > returnable:
            raise ReturnedTooMuch(
                f"{plain(quantity)} are to come back, {returnable} may.",
                path=("lines",),
                order_line_id=order_line_id,
                requested=plain(quantity),
                returnable=returnable,
            )
    await add_to_lines(work, {line_id: {"claimed": q} for line_id, q in together.items()})


async def add_to_lines(work: Work, added: Mapping[int, Mapping[str, Any]]) -> None:
    """Add to the counters of order lines: fields by order line id, the same for each line."""
    if not added:
        return
    names = list(next(iter(added.values())))
    types = {name: OrderLineReturn.__table__.c[name].type for name in names}
    given = (
        func.unnest(
            literal(list(added), ARRAY(BigInteger)),
            *(
                literal([fields[name] for fields in added.values()], ARRAY(types[name]))
                for name in names
            ),
        )
        .table_valued(column("line_id", BigInteger), *(column(name, types[name]) for name in names))
        .render_derived(name="given")
    )
    await work.execute(
        update(OrderLineReturn)
        .where(
            OrderLineReturn.tenant_id == work.tenant_id,
            OrderLineReturn.order_line_id == given.c.line_id,
        )
        .values({name: getattr(OrderLineReturn, name) + given.c[name] for name in names})
    )


async def _count_lines(work: Work, order_ids: Sequence[int]) -> Sequence[Row[Any]]:
    shipped = (
        select(
            ShipmentLine.tenant_id,
            SalesOrderLine.order_id,
            ShipmentLine.order_line_id,
            func.sum(ShipmentLine.quantity).cast(QUANTITY),
            func.sum(ShipmentLine.revenue_minor).cast(BigInteger),
            func.sum(ShipmentLine.tax_minor).cast(BigInteger),
        )
        .join(
            SalesOrderLine,
            and_(
                SalesOrderLine.tenant_id == ShipmentLine.tenant_id,
                SalesOrderLine.id == ShipmentLine.order_line_id,
            ),
        )
        .where(ShipmentLine.tenant_id == work.tenant_id, SalesOrderLine.order_id.in_(order_ids))
        .group_by(ShipmentLine.tenant_id, SalesOrderLine.order_id, ShipmentLine.order_line_id)
    )
    counted = insert(OrderLineReturn).from_select(
        ["tenant_id", "order_id", "order_line_id", *_SOLD], shipped
    )
    return await work.rows(
        counted.on_conflict_do_update(
            index_elements=["tenant_id", "order_line_id"],
            set_={name: counted.excluded[name] for name in _SOLD},
        ).returning(*OrderLineReturn.__table__.c)
    )


async def _count_orders(work: Work, order_ids: Sequence[int]) -> Sequence[Row[Any]]:
    billed = (
        select(
            SalesOrder.tenant_id,
            SalesOrder.id,
            SalesOrder.currency,
            func.greatest(
                func.sum(OrderLineReturn.billed_net_minor + OrderLineReturn.billed_tax_minor).cast(
                    BigInteger
                )
                + SalesOrder.shipping_minor,
                0,
            ),
            func.greatest(SalesOrder.shipping_minor, 0),
        )
        .join(
            OrderLineReturn,
            and_(
                OrderLineReturn.tenant_id == SalesOrder.tenant_id,
                OrderLineReturn.order_id == SalesOrder.id,
            ),
        )
        .where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id.in_(order_ids))
        .group_by(
            SalesOrder.tenant_id, SalesOrder.id, SalesOrder.currency, SalesOrder.shipping_minor
        )
    )
    names = ("billed_minor", "shipping_minor")
    counted = insert(OrderReturn).from_select(["tenant_id", "order_id", "currency", *names], billed)
    return await work.rows(
        counted.on_conflict_do_update(
            index_elements=["tenant_id", "order_id"],
            set_={name: counted.excluded[name] for name in names},
        ).returning(*OrderReturn.__table__.c)
    )
