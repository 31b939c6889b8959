"""What is drawn of pools is counted with the allocations that draw it.

The balances are locked before: the counters come after them in the order of locks."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, and_, column, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.allocation.models import QUANTITY, StockPoolItem
from domain.inventory.models import StockBalance
from domain.kernel.work import Work


class Drawn(NamedTuple):
    """A quantity (base units) of a balance that came from a pool."""

    pool_id: int
    balance_id: int
    quantity: Decimal


async def count_drawn(work: Work, drawn: Sequence[Drawn]) -> None:
    """Count what is drawn now."""
    if not drawn:
        return
    sums = _sums(work, drawn)
    ordered = select(
        literal(work.tenant_id), sums.c.pool_id, sums.c.item_id, sums.c.quantity
    ).order_by(sums.c.pool_id, sums.c.item_id)
    adding = insert(StockPoolItem).from_select(
        ["tenant_id", "pool_id", "item_id", "drawn"], ordered
    )
    await work.execute(
        adding.on_conflict_do_update(
            index_elements=["tenant_id", "pool_id", "item_id"],
            set_={"drawn": StockPoolItem.drawn + adding.excluded.drawn},
        )
    )


async def count_given_up(work: Work, drawn: Sequence[Drawn], *, shipped: bool) -> None:
    """Count what has left, or what was given back: the pool has it again."""
    if not drawn:
        return
    sums = _sums(work, drawn)
    # Locked in one order, whoever counts: two that give back several items must not cross.
    locked = (
        select(StockPoolItem.id, sums.c.quantity)
        .join(
            sums,
            and_(StockPoolItem.pool_id == sums.c.pool_id, StockPoolItem.item_id == sums.c.item_id),
        )
        .where(StockPoolItem.tenant_id == work.tenant_id)
        .order_by(StockPoolItem.pool_id, StockPoolItem.item_id)
        .with_for_update(of=StockPoolItem)
        .cte("locked")
    )
    counter = StockPoolItem.shipped if shipped else StockPoolItem.drawn
    changed = counter + locked.c.quantity if shipped else counter - locked.c.quantity
    await work.execute(
        update(StockPoolItem)
        .where(StockPoolItem.tenant_id == work.tenant_id, StockPoolItem.id == locked.c.id)
        .values({counter: changed})
    )


def _sums(work: Work, drawn: Sequence[Drawn]) -> Any:
    """The sums by pool and item: a balance says of which item it is."""
    given = (
        func.unnest(
            literal([each.pool_id for each in drawn], ARRAY(BigInteger)),
            literal([each.balance_id for each in drawn], ARRAY(BigInteger)),
            literal([each.quantity for each in drawn], ARRAY(QUANTITY)),
        )
        .table_valued(
            column("pool_id", BigInteger),
            column("balance_id", BigInteger),
            column("quantity", QUANTITY),
        )
        .render_derived(name="given")
    )
    return (
        select(given.c.pool_id, StockBalance.item_id, func.sum(given.c.quantity).label("quantity"))
        .join(StockBalance, StockBalance.id == given.c.balance_id)
        .where(StockBalance.tenant_id == work.tenant_id)
        .group_by(given.c.pool_id, StockBalance.item_id)
        .subquery("sums")
    )
