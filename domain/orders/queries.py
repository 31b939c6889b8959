"""Reads of orders, for whoever may see them; a partner sees its own."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    any_,
    bindparam,
    literal,
    or_,
    select,
)
from sqlalchemy.engine import Row

from domain.kernel.paging import (
    Listing,
    Ordering,
    PageRequest,
    WholeList,
    count_rows,
    list_page,
)
from domain.kernel.permissions import query
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from domain.orders.kits import kits_of
from domain.orders.models import SalesOrder, SalesOrderKit, SalesOrderLine

ORDER_COLUMNS = tuple(SalesOrder.__table__.c)
LINE_COLUMNS = (*SalesOrderLine.__table__.c, SalesOrder.currency)
ORDERINGS = {
    "placed": Ordering((SalesOrder.id,)),
    "ordered_at": Ordering((SalesOrder.ordered_at, SalesOrder.id)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders; what is absent does not narrow.

    `text` is the beginning of our number or of the customer's; the days include their ends."""

    statuses: Collection[str] | None = None
    payment_states: Collection[str] | None = None
    channel_ids: Collection[int] | None = None
    entity_ids: Collection[int] | None = None
    party_ids: Collection[int] | None = None
    text: str | None = None
    external_id: str | None = None
    intake_message_id: int | None = None
    ordered_from: datetime | None = None
    ordered_until: datetime | None = None
    # A selection of ids that narrows as well: what custom fields hold.
    among: Select[Any] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on sales_order."""
        one_of: tuple[tuple[Any, Any], ...] = (
            (SalesOrder.status, self.statuses),
            (SalesOrder.payment_state, self.payment_states),
            (SalesOrder.channel_id, self.channel_ids),
            (SalesOrder.entity_id, self.entity_ids),
            (SalesOrder.party_id, self.party_ids),
            (SalesOrder.id, self.among),
        )
        found: list[ColumnElement[bool]] = [
            c.in_(given) for c, given in one_of if given is not None
        ]
        same = (
            (SalesOrder.external_id, self.external_id),
            (SalesOrder.intake_message_id, self.intake_message_id),
        )
        found += [column == given for column, given in same if given is not None]
        if self.ordered_from is not None:
            found.append(SalesOrder.ordered_at >= self.ordered_from)
        if self.ordered_until is not None:
            found.append(SalesOrder.ordered_at <= self.ordered_until)
        if self.text:
            starts = (SalesOrder.number, SalesOrder.external_number)
            found.append(or_(*(column.op("^@")(self.text) for column in starts)))
        return found


@query("orders.read")
async def order(
    reader: Reader,
    *,
    order_id: int | None = None,
    number: str | None = None,
    channel_id: int | None = None,
    external_id: str | None = None,
) -> Row[Any] | None:
    """One order by its id, its number, or a channel's own id for it; None when there is none."""
    given = (
        (SalesOrder.id, order_id),
        (SalesOrder.number, number),
        (SalesOrder.channel_id, channel_id),
        (SalesOrder.external_id, external_id),
    )
    wanted = [column == value for column, value in given if value is not None]
    if not wanted:
        return None
    return await reader.row(
        select(*ORDER_COLUMNS).where(SalesOrder.tenant_id == reader.tenant_id, *wanted)
    )


@query("orders.read")
async def orders_by_ids(reader: Reader, *, order_ids: Collection[int]) -> dict[int, Row[Any]]:
    """Orders by their ids; what is not there is left out."""
    rows = await reader.rows(
        select(*ORDER_COLUMNS).where(
            SalesOrder.tenant_id == reader.tenant_id, SalesOrder.id.in_(order_ids)
        )
    )
    return {row.id: row for row in rows}


@query("orders.read")
async def orders(
    reader: Reader, *, where: OrderFilter, ordering: Ordering, request: PageRequest
) -> Listing:
    """A page of orders; `ordering` is one of ORDERINGS."""
    conditions = where.conditions()

    def listed() -> Select[Any]:
        return select(*ORDER_COLUMNS).where(SalesOrder.tenant_id == reader.tenant_id, *conditions)

    if not conditions:
        first = await _ALL_ORDERS.first_page(reader, ordering=ordering, request=request)
        if first is not None:
            return Listing(first, lambda: count_rows(reader, listed()))
    return await list_page(reader, listed(), ordering=ordering, request=request)


@query("orders.read")
async def lines_of_orders(
    reader: Reader, *, order_ids: Collection[int]
) -> dict[int, Sequence[Row[Any]]]:
    """The lines of many orders at once, by order id, in the order of their numbers."""
    given = {"of_tenant": reader.tenant_id, "orders": list(order_ids)}
    rows = await reader.rows(_LINES_OF_ORDERS, given)
    lines: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        lines[row.order_id].append(row)
    return dict(lines)


@query("orders.read")
async def lines_by_ids(reader: Reader, *, line_ids: Collection[int]) -> dict[int, Row[Any]]:
    """Order lines by their ids; what is not there is left out."""
    rows = await reader.rows(_lines(reader).where(SalesOrderLine.id.in_(line_ids)))
    return {row.id: row for row in rows}


@query("orders.read")
async def kits_of_orders(reader: Reader, *, order_ids: Collection[int]) -> Sequence[Row[Any]]:
    """The kits of orders as they were ordered; see `domain.orders.kits.kits_of`."""
    return await kits_of(reader, order_ids)


@query("orders.read")
async def kits_of_ids(reader: Reader, *, ids: Collection[int]) -> Sequence[Row[Any]]:
    """The same for kits by their ids; what is not there is left out."""
    order_ids = await reader.values(
        select(SalesOrderKit.order_id).where(
            SalesOrderKit.tenant_id == reader.tenant_id, SalesOrderKit.id.in_(ids)
        )
    )
    return [row for row in await kits_of(reader, set(order_ids)) if row.id in ids]


@query("orders.read")
async def backorders(
    reader: Reader, *, request: PageRequest, item_ids: Collection[int] | None = None
) -> Listing:
    """The lines that wait for stock, in the order in which they will get it."""
    statement = _lines(reader).where(SalesOrderLine.backordered > 0)
    if item_ids is not None:
        statement = statement.where(SalesOrderLine.item_id.in_(item_ids))
    ordering = Ordering((SalesOrderLine.id,))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("orders.read")
async def lines_at_risk(
    reader: Reader, *, request: PageRequest, item_ids: Collection[int] | None = None
) -> Listing:
    """The lines that will leave later than promised, the earliest promise first."""
    statement = _lines(reader).where(SalesOrderLine.promise_at_risk)
    if item_ids is not None:
        statement = statement.where(SalesOrderLine.item_id.in_(item_ids))
    ordering = Ordering((SalesOrderLine.promised_ship_on, SalesOrderLine.id))
    return await list_page(reader, statement, ordering=ordering, request=request)


def _lines(reader: Reader) -> Select[Any]:
    return _lines_of(literal(reader.tenant_id))


def _lines_of(tenant_id: ColumnElement[int]) -> Select[Any]:
    """Lines with their order's currency."""
    return (
        select(*LINE_COLUMNS)
        .join(
            SalesOrder,
            and_(
                SalesOrder.tenant_id == SalesOrderLine.tenant_id,
                SalesOrder.id == SalesOrderLine.order_id,
            ),
        )
        .where(SalesOrderLine.tenant_id == tenant_id, SalesOrder.tenant_id == tenant_id)
    )


_ALL_ORDERS = WholeList(
    select(*ORDER_COLUMNS).where(SalesOrder.tenant_id == bindparam("of_tenant", type_=Integer))
)
# Its text is made once: every list of orders with lines reads it.
_LINES_OF_ORDERS = Prepared(
    _lines_of(bindparam("of_tenant", type_=Integer))
    .where(SalesOrderLine.order_id == any_(bindparam("orders", type_=ARRAY(BigInteger))))
    .order_by(SalesOrderLine.order_id, SalesOrderLine.line_number)
)
