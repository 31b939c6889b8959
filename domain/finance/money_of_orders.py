"""What is billed of an order and what is paid of it meet.

Whoever writes one of the two reads the other, to settle it. Were both written at once, neither
would see the other, and both stayed open: so they are written one after the other."""

from collections.abc import Iterable

from sqlalchemy import Integer, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.kernel.work import Work

# An advisory lock for each order would fill PostgreSQL's table of locks at a large payout; orders
# that share one only take turns without need. Not the orders' rows: whoever is at an order may
# wait for the books, and is not to be waited for by who bills it.
SHARES = 64


async def lock_money_of(work: Work, order_ids: Iterable[int]) -> None:
    """Wait for whoever bills these orders, or notes what was paid of them, until it is done."""
    await _lock(work, sorted({order_id % SHARES for order_id in order_ids}))


async def lock_money_of_all(work: Work) -> None:
    """The same for all orders of the tenant."""
    await _lock(work, range(SHARES))


async def _lock(work: Work, shares: Iterable[int]) -> None:
    wanted = (
        func.unnest(literal(list(shares), ARRAY(Integer)))
        .table_valued(column("share", Integer))
        .render_derived(name="wanted")
    )
    name = func.concat("money of orders ", wanted.c.share)
    await work.execute(
        select(func.pg_advisory_xact_lock(work.tenant_id, func.hashtext(name))).select_from(wanted)
    )
