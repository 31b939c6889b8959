"""What becomes of an order with prices beyond the limit: approved, it goes on; else its lines go
back to what was agreed before, and those that are new are cancelled."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.allocation.amending import Amendment, amend
from domain.allocation.locking_ahead import lock_ahead
from domain.allocation.price_asking import SUBJECT
from domain.allocation.settling import settle
from domain.approvals.subjects import Request, approvable
from domain.kernel.errors import InvalidState
from domain.kernel.work import Work
from domain.orders.events import OrderUnheld
from domain.orders.holds import PRICE, unguard
from domain.orders.kits import kits_of
from domain.orders.locking import lines_of, lock_order, lock_orders
from domain.orders.policy import FINAL


async def _take_back(work: Work, requests: Sequence[Request], status: str) -> None:
    """Nobody approved: the customer never pays another price than was said, nor gets it for that.

    Orders are locked before any of their stock, and all of that in one go."""
    by_order = {request.subject_id: request for request in requests}
    orders = [row for row in await lock_orders(work, list(by_order)) if PRICE in row.guarded_holds]
    lines = await lines_of(work, [order.id for order in orders])
    await lock_ahead(work, {line.item_id for line in lines})
    for order in orders:
        if order.status not in FINAL:
            mine = [line for line in lines if line.order_id == order.id]
            amendment = await _amendment(work, order, mine, by_order[order.id])
            await amend(work, order, amendment, reason=f"Prices {status}.")
        await _let_go(work, order, reason=f"Prices {status}.")


async def _amendment(
    work: Work, order: Row[Any], lines: Sequence[Row[Any]], request: Request
) -> Amendment:
    """What is still more than was agreed before goes back to that."""
    back = {each["line_id"]: Decimal(each["back_to"]) for each in request.details["lines"]}
    kits_back = {each["kit_id"]: Decimal(each["back_to"]) for each in request.details["kits"]}
    kits = await kits_of(work, [order.id]) if kits_back else []
    alive = {line.kit_id for line in lines if line.cancelled < line.quantity}
    return Amendment(
        quantities={
            line.id: back[line.id]
            for line in lines
            if line.id in back
            and line.quantity_ordered > back[line.id]
            and line.cancelled < line.quantity
        },
        kits={
            kit.id: kits_back[kit.id]
            for kit in kits
            if kit.id in kits_back and kit.quantity_ordered > kits_back[kit.id] and kit.id in alive
        },
    )


@approvable(
    SUBJECT,
    title="Prices other than the list's",
    permission="pricing.approve",
    dropped=_take_back,
)
async def accept_prices(work: Work, request: Request) -> None:
    """Let the order go on at its prices. Raises InvalidState when it does not wait for them, or
    is cancelled."""
    order = await lock_order(work, request.subject_id)
    if PRICE not in order.guarded_holds or order.status in FINAL:
        message = "The order waits for no prices any more."
        raise InvalidState(message, state=order.status, allowed=[])
    await _let_go(work, order, reason=request.reason)


async def _let_go(work: Work, order: Row[Any], *, reason: str) -> None:
    await unguard(work, [order.id], PRICE)
    standing = (await settle(work, [order.id]))[order.id]
    work.record(OrderUnheld(aggregate_id=order.id, number=order.number, status=standing.status))
    work.audit(
        "settle_order_prices",
        subject="order",
        subject_id=order.id,
        before={"status": order.status},
        after={"status": standing.status},
        reason=reason,
    )
