"""Why an order is held: by hand, and by what only an approval lifts."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Text, cast, func, not_, update

from domain.kernel.work import Work
from domain.orders.models import SalesOrder

CREDIT, PRICE = "credit", "price"
SAID = {
    CREDIT: "held for credit until somebody approves its release",
    PRICE: "prices other than the list's wait for approval",
}


def is_held(order: Any) -> bool:
    """Whether the order (a row of it) is kept from being released."""
    return order.hold_reason is not None or bool(order.guarded_holds)


def why_held(order: Any) -> str:
    """All reasons for which it is held, for people."""
    reasons = [] if order.hold_reason is None else [order.hold_reason]
    return "; ".join([*reasons, *(SAID[each] for each in order.guarded_holds)])


async def guard(work: Work, order_ids: Collection[int], kind: str) -> None:
    """Hold locked orders until an approval lifts it; what is held so already stays so."""
    await _write(work, order_ids, kind, func.array_append, there=False)


async def unguard(work: Work, order_ids: Collection[int], kind: str) -> None:
    """Lift that hold of locked orders; others stay."""
    await _write(work, order_ids, kind, func.array_remove, there=True)


async def _write(
    work: Work, order_ids: Collection[int], kind: str, change: Any, *, there: bool
) -> None:
    word = cast(kind, Text)
    has_it = word == func.any(SalesOrder.guarded_holds)
    await work.execute(
        update(SalesOrder)
        .where(
            SalesOrder.tenant_id == work.tenant_id,
            SalesOrder.id.in_(order_ids),
            has_it if there else not_(has_it),
        )
        .values(guarded_holds=change(SalesOrder.guarded_holds, word))
    )
