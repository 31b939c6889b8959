"""An order, or a part of it, is cancelled; what has shipped stays."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.allocation.giving_back import Reduction, give_back
from domain.allocation.holdings import OPEN, holdings_of
from domain.allocation.kit_changes import components_for, require_no_component
from domain.allocation.ordering import require_quantity
from domain.allocation.settling import settle
from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.permissions import operation
from domain.kernel.quantity import Conversion, to_base
from domain.kernel.work import Work
from domain.orders.events import OrderCancelled
from domain.orders.kits import kits_of
from domain.orders.locking import lines_of, lock_order
from domain.orders.policy import FINAL


@dataclass(frozen=True, slots=True)
class LineCancellation:
    """A quantity of a line (in its own unit) to be cancelled; without it all that is open."""

    line_id: int
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class KitCancellation:
    """A quantity of a kit (in its own unit) to be cancelled; without it all that is open."""

    kit_id: int
    quantity: Decimal | None = None


@operation("orders.cancel")
async def cancel_order(
    work: Work,
    *,
    order_id: int,
    lines: Sequence[LineCancellation] | None = None,
    kits: Sequence[KitCancellation] | None = None,
    reason: str | None = None,
    expected_version: int | None = None,
) -> str:
    """Cancel the whole order, or some lines and kits; returns the status it has then.

    Its stock becomes free. What a warehouse works on must be taken back there first.
    Raises NotFound, StaleVersion, InvalidInput, InvalidState, CancellationTooMuch,
    and ComponentOfKit for a line that belongs to a kit."""
    reason = text.optional(reason, path=("reason",))
    order = await lock_order(work, order_id, expected_version=expected_version)
    if order.status in FINAL:
        message = f"The order is {order.status} already."
        raise InvalidState(message, state=order.status, allowed=[])
    found = await lines_of(work, [order_id])
    held = await holdings_of(work, [order_id])
    if lines is None and kits is None:
        _refuse_at_work(order, held)
        reductions = [Reduction(line, _open(line)) for line in found if _open(line) > 0]
    else:
        reductions = _wanted(found, lines or ())
        reductions += await _of_kits(work, order_id, found, kits or ())
    freed = await give_back(work, order_id, reductions, held, cancelled=True)
    standing = (await settle(work, [order_id]))[order_id]
    work.audit(
        "cancel_order",
        subject="order",
        subject_id=order_id,
        before={"status": order.status},
        after={
            "status": standing.status,
            "cancelled": {str(r.line.line_number): r.quantity for r in reductions},
        },
        reason=reason,
    )
    work.record(
        OrderCancelled(
            aggregate_id=order_id,
            number=order.number,
            status=standing.status,
            reason=reason,
            item_ids=freed,
        )
    )
    return standing.status


def _open(line: Row[Any]) -> Decimal:
    return Decimal(line.quantity - line.shipped - line.cancelled)


def _refuse_at_work(order: Row[Any], held: Sequence[Row[Any]]) -> None:
    if any(each.status != OPEN for each in held):
        raise InvalidState(
            "A warehouse works on this order; cancel the fulfilment order first.",
            state=order.status,
            allowed=["cancel_fulfilment_order"],
        )


def _wanted(found: Sequence[Row[Any]], lines: Sequence[LineCancellation]) -> list[Reduction]:
    by_id = {line.id: line for line in found}
    quantities: dict[int, Decimal] = defaultdict(Decimal)
    for place, wanted in enumerate(lines):
        line = by_id.get(wanted.line_id)
        if line is None:
            raise NotFound("order line")
        require_no_component(line, ("lines", place))
        if wanted.line_id in quantities:
            raise InvalidInput("This line is given twice.", path=("lines", place))
        if wanted.quantity is not None:
            require_quantity(wanted.quantity, ("lines", place, "quantity"))
        quantities[line.id] = (
            _open(line)
            if wanted.quantity is None
            else to_base(wanted.quantity, Conversion(line.quantity, line.quantity_ordered))
        )
    return [Reduction(by_id[line_id], quantity) for line_id, quantity in quantities.items()]


async def _of_kits(
    work: Work, order_id: int, found: Sequence[Row[Any]], kits: Sequence[KitCancellation]
) -> list[Reduction]:
    """What each component needs less: so much for each kit."""
    if not kits:
        return []
    known = {kit.id: kit for kit in await kits_of(work, [order_id])}
    reductions: list[Reduction] = []
    seen = set()
    for place, wanted in enumerate(kits):
        if wanted.kit_id not in known:
            raise NotFound("order kit")
        if wanted.kit_id in seen:
            raise InvalidInput("This kit is given twice.", path=("kits", place))
        seen.add(wanted.kit_id)
        own = [line for line in found if line.kit_id == wanted.kit_id]
        if wanted.quantity is None:
            reductions += [Reduction(line, _open(line)) for line in own if _open(line) > 0]
            continue
        path = ("kits", place, "quantity")
        require_quantity(wanted.quantity, path)
        parts = components_for(known[wanted.kit_id], own, wanted.quantity, path=path)
        reductions += [Reduction(line, quantity) for line, quantity in parts]
    return reductions
