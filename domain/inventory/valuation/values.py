"""What stock is worth, and what of that is profit of another entity of the house, as of a day: for
reports and closings. Money is in minor units of the owner's books."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    Subquery,
    and_,
    func,
    literal,
    select,
    union_all,
)

from domain.inventory.models import QUANTITY, CostChange, CostIssue, CostLayer, CostTaking, ItemCost
from domain.inventory.policy import ZERO
from domain.inventory.valuation.profits import portion
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class ProfitInStock:
    """What is left of a layer that another entity of the house sold, and that one's profit on it,
    in minor units of the owner's books."""

    owner_id: int
    item_id: int
    layer_id: int
    source_kind: str
    source_id: int
    quantity_left: Decimal
    profit_minor: int


async def stock_value(
    reader: Reader, entity_ids: Collection[int], as_of: date | None = None
) -> dict[int, int]:
    """What each entity's stock is worth at the end of a day (now if absent), by the days of its
    books: what its inventory account holds then."""
    found = owned(reader.tenant_id, as_of)
    rows = await reader.rows(
        select(found.c.owner_id, func.sum(found.c.value_minor).cast(BigInteger).label("value"))
        .where(found.c.owner_id.in_(entity_ids))
        .group_by(found.c.owner_id)
    )
    values = dict.fromkeys(entity_ids, 0)
    return values | {row.owner_id: row.value for row in rows}


def owned(tenant_id: int, as_of: date | None) -> Subquery:
    """owner_id, item_id, quantity and value_minor of all that was owned at the end of a day."""
    if as_of is None:
        return (
            select(ItemCost.owner_id, ItemCost.item_id, ItemCost.quantity, ItemCost.value_minor)
            .where(ItemCost.tenant_id == tenant_id)
            .subquery("owned")
        )
    came = _until(CostLayer, tenant_id, as_of, CostLayer.quantity, CostLayer.value_minor)
    went = _until(CostIssue, tenant_id, as_of, -CostIssue.quantity, -CostIssue.value_minor)
    nothing = literal(ZERO, QUANTITY)
    changed = _until(CostChange, tenant_id, as_of, nothing, CostChange.stock_minor)
    every = union_all(came.where(CostLayer.standing == "valued"), went, changed).subquery("every")
    return (
        select(
            every.c.owner_id,
            every.c.item_id,
            func.sum(every.c.quantity).label("quantity"),
            func.sum(every.c.value_minor).cast(BigInteger).label("value_minor"),
        )
        .group_by(every.c.owner_id, every.c.item_id)
        .subquery("owned")
    )


def _until(table: Any, tenant_id: int, as_of: date, quantity: Any, value: Any) -> Select[Any]:
    return select(
        table.owner_id,
        table.item_id,
        quantity.label("quantity"),
        value.label("value_minor"),
    ).where(table.tenant_id == tenant_id, table.booked_on <= as_of)


async def unrealised_profit(
    reader: Reader, entity_ids: Collection[int], as_of: date | None = None
) -> list[ProfitInStock]:
    """Layers that other entities of the house sold to these and that were not gone at the end of a
    day (now if absent), with the share of the profit that is still in the stock."""
    rows = await reader.rows(_with_profit(reader.tenant_id, entity_ids, as_of))
    return [
        ProfitInStock(
            row.owner_id,
            row.item_id,
            row.id,
            row.source_kind,
            row.source_id,
            row.left,
            portion(row.profit_minor, row.left, row.quantity),
        )
        for row in rows
    ]


def _with_profit(tenant_id: int, entity_ids: Collection[int], as_of: date | None) -> Select[Any]:
    gone = (
        select(CostTaking.layer_id, func.sum(CostTaking.quantity).label("quantity"))
        .join(
            CostIssue,
            and_(CostIssue.tenant_id == CostTaking.tenant_id, CostIssue.id == CostTaking.issue_id),
        )
        .where(CostTaking.tenant_id == tenant_id)
        .group_by(CostTaking.layer_id)
    )
    wanted = [
        CostLayer.tenant_id == tenant_id,
        CostLayer.owner_id.in_(entity_ids),
        CostLayer.profit_minor != 0,
    ]
    if as_of is not None:
        gone = gone.where(CostIssue.booked_on <= as_of)
        wanted.append(CostLayer.booked_on <= as_of)
    taken = gone.subquery("taken")
    left = CostLayer.quantity - func.coalesce(taken.c.quantity, 0)
    names = ("id", "owner_id", "item_id", "source_kind", "source_id", "quantity", "profit_minor")
    return (
        select(*(getattr(CostLayer, name) for name in names), left.label("left"))
        .outerjoin(taken, taken.c.layer_id == CostLayer.id)
        .where(*wanted, left > 0)
        .order_by(CostLayer.owner_id, CostLayer.id)
    )
