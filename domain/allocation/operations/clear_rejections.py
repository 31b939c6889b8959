"""A person has every location asked again for lines that were rejected."""

from collections.abc import Collection

from domain.allocation.events import RejectionsCleared
from domain.allocation.rejections import clear_lines
from domain.allocation.serving import serve_waiting
from domain.kernel import text
from domain.kernel.errors import InvalidState, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.locking import lines_of, lock_order


@operation("allocation.run")
async def clear_rejections(
    work: Work,
    *,
    order_id: int,
    line_ids: Collection[int] | None = None,
    reason: str | None = None,
) -> str:
    """Forget what locations rejected of an order's lines (or only these) and try to serve them
    again; returns the order's status. Raises NotFound, InvalidState when nothing was rejected."""
    reason = text.optional(reason, path=("reason",))
    order = await lock_order(work, order_id)
    lines = await lines_of(work, [order_id])
    if line_ids is not None and set(line_ids) - {line.id for line in lines}:
        raise NotFound("order line")
    rejected = [
        line.id for line in lines if line.rejections and (line_ids is None or line.id in line_ids)
    ]
    if not rejected:
        message = "No location rejected any of it."
        raise InvalidState(message, state=order.status, allowed=[])
    await clear_lines(work, rejected)
    standings = await serve_waiting(work, [order], trigger="by_hand", explain_all=True)
    status = standings[order_id].status if order_id in standings else str(order.status)
    work.audit(
        "clear_rejections",
        subject="order",
        subject_id=order_id,
        before={"line_ids": sorted(rejected)},
        after={"status": status},
        reason=reason,
    )
    work.record(
        RejectionsCleared(
            aggregate_id=order_id, number=order.number, line_ids=tuple(sorted(rejected))
        )
    )
    return status
