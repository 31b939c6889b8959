"""An order is let go: by the buyer alone while nothing is promised, else with the supplier's word.
And the buyer closes what more will not come of."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.inventory.policies.purchases import Parts, open_of, unsent
from domain.inventory.purchase_supply import lock_parts, write_parts
from domain.kernel import text
from domain.kernel.errors import InvalidState
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.procurement.events import PurchaseCancellationAnswered, PurchaseCancellationAsked
from domain.procurement.policies.counting import counted_from, given_up
from domain.procurement.policies.states import (
    BEGUN,
    CANCELLED,
    CLOSED,
    DRAFT,
    UNDER_WAY,
    cancels_at_once,
)
from domain.procurement.rows import (
    bought,
    change_order,
    lines_of,
    lock_order,
    note,
    settle,
    states_of,
)


@operation("procurement.manage")
async def cancel_purchase_order(work: Work, *, order_id: int, reason: str) -> int:
    """Let an order go. While the supplier has promised nothing it is cancelled at once; after
    that the supplier is asked, and the order stands until it has answered.

    Gives the order's id. Raises NotFound, InvalidInput, InvalidState."""
    reason = text.name(reason, path=("reason",))
    order = await lock_order(work, order_id, allowed=(DRAFT, *UNDER_WAY))
    lines = await lines_of(work, order_id)
    if order.status != DRAFT and not cancels_at_once(states_of(lines)):
        await _ask(work, order, reason)
        return order_id
    changes: dict[int, dict[str, Any]] = {}
    if order.status != DRAFT:
        changes = await _let_go(work, order, lines, sent_too=True)
    await settle(work, order, lines, changes, status=CANCELLED, end_reason=reason)
    note(work, "cancel_purchase_order", order, status=CANCELLED, reason=reason)
    return order_id


async def _ask(work: Work, order: Row[Any], reason: str) -> None:
    if order.cancellation_asked_at is not None:
        message = "The supplier is asked already."
        raise InvalidState(message, state=order.status, allowed=[])
    await change_order(work, order.id, cancellation_asked_at=work.now, cancellation_reason=reason)
    work.record(
        PurchaseCancellationAsked(
            aggregate_id=order.id,
            number=order.number,
            supplier_id=order.supplier_id,
            reason=reason,
        )
    )
    told = {"cancellation_asked_at": work.now}
    note(work, "cancel_purchase_order", order, status=order.status, told=told, reason=reason)


@operation("procurement.confirm")
async def answer_purchase_cancellation(
    work: Work, *, order_id: int, accept: bool, reason: str | None = None
) -> int:
    """The supplier lets the order go, as far as it was not sent; or holds to it.

    Gives the order's id. Raises NotFound, InvalidInput, InvalidState when it was not asked."""
    reason = text.optional(reason, path=("reason",))
    order = await lock_order(work, order_id, allowed=UNDER_WAY)
    if order.cancellation_asked_at is None:
        message = "Nobody asked to cancel this order."
        raise InvalidState(message, state=order.status, allowed=[])
    await work.see_as_house()
    lines = await lines_of(work, order_id)
    changes = await _let_go(work, order, lines, sent_too=False) if accept else {}
    status = await settle(
        work,
        order,
        lines,
        changes,
        cancellation_asked_at=None,
        **({"end_reason": order.cancellation_reason} if accept else {}),
    )
    work.record(
        PurchaseCancellationAnswered(
            aggregate_id=order_id,
            number=order.number,
            supplier_id=order.supplier_id,
            status=status,
            accepted=accept,
        )
    )
    told = {"accepted": accept}
    note(work, "answer_purchase_cancellation", order, status=status, told=told, reason=reason)
    return order_id


@operation("procurement.manage")
async def close_purchase_order(work: Work, *, order_id: int, reason: str) -> int:
    """Nothing more will come of an order of which something was sent or received.

    Gives the order's id. Raises NotFound, InvalidInput, InvalidState."""
    reason = text.name(reason, path=("reason",))
    order = await lock_order(work, order_id, allowed=BEGUN)
    lines = await lines_of(work, order_id)
    changes = await _let_go(work, order, lines, sent_too=True)
    await settle(work, order, lines, changes, status=CLOSED, end_reason=reason)
    note(work, "close_purchase_order", order, status=CLOSED, reason=reason)
    return order_id


async def _let_go(
    work: Work, order: Row[Any], lines: Sequence[Row[Any]], *, sent_too: bool
) -> dict[int, dict[str, Any]]:
    """What was not sent will not come, nor (`sent_too`) what was; gives what changes of the lines,
    by line id."""
    coming = await lock_parts(work, [line.id for line in lines])
    after: dict[int, Parts] = {}
    changes: dict[int, dict[str, Any]] = {}
    for line in lines:
        parts = coming[line.id]
        less = open_of(parts if sent_too else unsent(parts))
        if less:
            after[line.id], changes[line.id] = _less(line, parts, less)
    touched = [line for line in lines if line.id in after]
    await write_parts(work, bought(order, touched), after)
    return changes


def _less(line: Row[Any], parts: Parts, less: Decimal) -> tuple[Parts, dict[str, Any]]:
    ordered = line.quantity - line.cancelled
    left, lost = given_up(parts, less, ordered=ordered, received=line.received)
    counted = counted_from(left, received=line.received)
    return left, {**counted, "cancelled": line.cancelled + lost}
