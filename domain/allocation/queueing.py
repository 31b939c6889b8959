"""The queue of waiting lines, put in order by the database.

Each key becomes a column of which the smaller comes first and which is never null, so that the
queue can be read in parts from any line on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    tuple_,
)

from domain.allocation.models import BackorderPriority
from domain.allocation.priority import OLDEST_FIRST, PriorityKey, Rule, read
from domain.entities.models import LegalEntity, Party
from domain.inventory.models import ItemCost
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder, SalesOrderLine

NO_DAY = date(9999, 12, 31)
UNKNOWN_MARGIN = Decimal(1_000_000)
MARGIN = Numeric(24, 6)


@dataclass(frozen=True, slots=True)
class Queue:
    """A select of lines with their orders, and the columns that put them in order."""

    statement: Select[Any]
    keys: tuple[ColumnElement[Any], ...]


async def rule_in_effect(reader: Reader) -> Rule:
    """The tenant's rule for its backorders."""
    kept = await reader.value(
        select(BackorderPriority.keys).where(BackorderPriority.tenant_id == reader.tenant_id)
    )
    return OLDEST_FIRST if kept is None else read(kept)


def queue(tenant_id: int, rule: Rule, *columns: Any) -> Queue:
    """Lines (with `columns`) of the tenant, with all that the rule's keys look at.

    The caller says which lines, orders them by `keys`, and limits them."""
    statement = (
        select(*columns)
        .select_from(SalesOrderLine)
        .join(SalesOrder, _same(SalesOrder, SalesOrderLine.order_id))
        .where(SalesOrderLine.tenant_id == tenant_id, SalesOrder.tenant_id == tenant_id)
    )
    kinds = {key.kind for key in rule}
    if "customer_group" in kinds:
        statement = statement.outerjoin(Party, _same(Party, SalesOrder.party_id))
    if "margin" in kinds:
        statement = statement.outerjoin(
            LegalEntity, _same(LegalEntity, SalesOrder.entity_id)
        ).outerjoin(
            ItemCost,
            and_(
                ItemCost.tenant_id == SalesOrderLine.tenant_id,
                ItemCost.owner_id == SalesOrder.entity_id,
                ItemCost.item_id == SalesOrderLine.item_id,
            ),
        )
    return Queue(statement, (*(_column(key) for key in rule), SalesOrderLine.id.expression))


def beyond(line: Queue, values: Sequence[Any]) -> ColumnElement[bool]:
    """That a line of the queue comes after one with these values of the keys."""
    bound = (literal(v, type_=key.type) for key, v in zip(line.keys, values, strict=True))
    return tuple_(*line.keys) > tuple_(*bound)


def _same(table: Any, column: Any) -> ColumnElement[bool]:
    return and_(table.tenant_id == SalesOrderLine.tenant_id, table.id == column)


def _column(key: PriorityKey) -> ColumnElement[Any]:
    if key.kind == "customer_group":
        return _rank(Party.customer_group, key.groups)
    if key.kind == "channel":
        return _rank(SalesOrder.channel_id, key.channel_ids)
    if key.kind == "promised_date":
        promised = (SalesOrderLine.promised_ship_on, SalesOrderLine.promised_on)
        return func.coalesce(*promised, literal(NO_DAY, Date), type_=Date())
    if key.kind == "order_age":
        return SalesOrder.ordered_at.expression
    if key.kind == "order_value":
        worth = case((SalesOrder.currency == key.currency, -SalesOrder.subtotal_minor), else_=1)
        return cast(worth, BigInteger)
    return _margin()


def _rank(column: Any, ranks: Sequence[Any]) -> ColumnElement[Any]:
    places = ((column == each, place) for place, each in enumerate(ranks))
    return cast(case(*places, else_=len(ranks)), Integer)


def _margin() -> ColumnElement[Any]:
    """Less the share of the line's price that is left when its cost is taken off."""
    cost = ItemCost.value_minor / ItemCost.quantity * SalesOrderLine.quantity
    share = func.round(cost / SalesOrderLine.net_minor - 1, 6)
    is_known = and_(
        LegalEntity.currency == SalesOrder.currency,
        SalesOrderLine.net_minor > 0,
        ItemCost.quantity > 0,
    )
    return cast(case((is_known, share), else_=UNKNOWN_MARGIN), MARGIN)
