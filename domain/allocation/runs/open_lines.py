"""Open lines as they are read: in the order of the queue, or again when they are applied."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, func, literal, select
from sqlalchemy.engine import Row

from domain.allocation.models import Allocation
from domain.allocation.queueing import Queue, queue
from domain.allocation.runs.asking import Scope
from domain.allocation.runs.demand import Rules
from domain.catalog.models import Item
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder, SalesOrderLine

# A run over more is refused: it would not be over in seconds.
MOST_LINES = 50_000
NOTHING_OPEN = ("shipped", "cancelled")
OF_LINE = ("id", "order_id", "item_id", "backordered", "quantity", "quantity_ordered")
ALSO_OF_LINE = ("net_minor", "kit_id", "per_kit", "rejections", "promised_ship_on")
OF_ORDER = ("channel_id", "entity_id", "party_id", "ship_to", "subtotal_minor", "currency")
# Said in the statement itself: a partial index holds these lines.
STILL_PLANNED = literal("planned", literal_execute=True)
Held = Mapping[int, Mapping[int, Decimal]]


async def open_lines(
    reader: Reader, scope: Scope, rules: Rules, *, take_from_open: bool
) -> list[Row[Any]]:
    """The lines of the scope that wait (or hold stock that may be planned anew), in the order of
    the queue; one more than MOST_LINES when there are too many."""
    found = _lines(reader.tenant_id, rules)
    waiting = SalesOrderLine.backordered > 0
    if take_from_open:
        waiting = waiting | (SalesOrderLine.allocated > 0)
    statement = found.statement.where(waiting, SalesOrder.status.not_in(NOTHING_OPEN))
    statement = statement.where(*_within(reader.tenant_id, scope))
    return list(await reader.rows(statement.order_by(*found.keys).limit(MOST_LINES + 1)))


async def lines_again(reader: Reader, line_ids: Collection[int]) -> list[Row[Any]]:
    """The same of some lines, as they are now, by their ids."""
    found = _lines(reader.tenant_id, Rules())
    statement = found.statement.where(among(SalesOrderLine.id, line_ids))
    return list(await reader.rows(statement.order_by(SalesOrderLine.id)))


def _lines(tenant_id: int, rules: Rules) -> Queue:
    columns = [getattr(SalesOrderLine, name) for name in (*OF_LINE, *ALSO_OF_LINE)]
    columns += [getattr(SalesOrder, name) for name in (*OF_ORDER, "service_level", "status")]
    columns += [_others(waiting_only=True), _others(waiting_only=False)]
    found = queue(tenant_id, rules.priority, *columns)
    keyed = found.statement.add_columns(
        *(key.label(f"key_{n}") for n, key in enumerate(found.keys))
    )
    return Queue(keyed, found.keys)


def _others(*, waiting_only: bool) -> ColumnElement[int]:
    """How many lines of the order wait, or how many its kit has."""
    other = SalesOrderLine.__table__.alias("other")
    which = other.c.backordered > 0 if waiting_only else other.c.kit_id == SalesOrderLine.kit_id
    counted = select(func.count()).select_from(other)
    counted = counted.where(
        other.c.tenant_id == SalesOrderLine.tenant_id,
        other.c.order_id == SalesOrderLine.order_id,
        which,
    )
    name = "order_waiting" if waiting_only else "kit_lines"
    return counted.correlate(SalesOrderLine).scalar_subquery().label(name)


def _within(tenant_id: int, scope: Scope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if scope.item_ids:
        conditions.append(among(SalesOrderLine.item_id, scope.item_ids))
    if scope.item_group is not None:
        of_group = select(Item.id).where(
            Item.tenant_id == tenant_id, Item.item_group == scope.item_group
        )
        conditions.append(SalesOrderLine.item_id.in_(of_group))
    if scope.channel_ids:
        conditions.append(SalesOrder.channel_id.in_(scope.channel_ids))
    return conditions


async def held_by(reader: Reader, line_ids: Collection[int]) -> Held:
    """What lines hold that is not at work in a warehouse: quantity by balance, by line id."""
    held: dict[int, dict[int, Decimal]] = defaultdict(dict)
    statement = (
        select(
            Allocation.order_line_id,
            Allocation.balance_id,
            func.sum(Allocation.quantity).label("quantity"),
        )
        .where(
            Allocation.tenant_id == reader.tenant_id,
            among(Allocation.order_line_id, line_ids),
            Allocation.status == "open",
            # What is bought from another entity stays: its agreement may have ended since.
            ~Allocation.is_traded,
        )
        .group_by(Allocation.order_line_id, Allocation.balance_id)
    )
    for row in await reader.rows(statement):
        held[row.order_line_id][row.balance_id] = row.quantity
    return held


def among(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """That a column holds one of many ids: one parameter, however many there are."""
    condition: ColumnElement[bool] = column == any_(literal(list(ids), ARRAY(BigInteger)))
    return condition
