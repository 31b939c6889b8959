"""A location answers what it is asked: to take work on, and to let go of it again."""

from collections.abc import Sequence
from decimal import Decimal

from domain.fulfilment.calling_off import call_off, cancellation_told, require_nothing_left
from domain.fulfilment.events import FulfilmentAccepted
from domain.fulfilment.operations.reject_fulfilment import reject_fulfilment
from domain.fulfilment.progress import (
    LineQuantity,
    LocationWork,
    lock_work,
    note,
    require_enough,
    sound_quantities,
    write_status,
)
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.work import Work

ZERO = Decimal(0)


@operation("fulfilment.pick")
async def accept_fulfilment(
    work: Work,
    *,
    fulfilment_order_id: int,
    lines: Sequence[LineQuantity] | None = None,
    reason: str | None = None,
    expected_version: int | None = None,
) -> str:
    """Take the work on: all of it, or these quantities (base units) of its lines; what is left is
    rejected for `reason`, as reject_fulfilment does. Returns the fulfilment order's status.

    Raises NotFound, StaleVersion, InvalidInput, InvalidState (nothing was asked), NotThatMuch."""
    current = await lock_work(work, fulfilment_order_id, expected_version=expected_version)
    if current.handshake.may_work or current.fulfilment.status == "cancelled":
        raise current.refuse("The location is not asked, or has answered.")
    rest = [] if lines is None else _rest(current, lines)
    if rest and reason is None:
        raise InvalidInput("Say why the rest is rejected.", path=("reason",))
    await write_status(
        work, current, current.fulfilment.status, acceptance="accepted", answered_at=work.now
    )
    note(work, "accept_fulfilment", current, current.fulfilment.status, acceptance="accepted")
    work.record(
        FulfilmentAccepted(
            aggregate_id=current.order.id,
            number=current.order.number,
            status=current.order.status,
            fulfilment_order_id=fulfilment_order_id,
            location_id=current.fulfilment.location_id,
        )
    )
    if not rest or reason is None:
        return str(current.fulfilment.status)
    return await reject_fulfilment(
        work, fulfilment_order_id=fulfilment_order_id, reason=reason, lines=rest
    )


def _rest(current: LocationWork, lines: Sequence[LineQuantity]) -> list[LineQuantity]:
    taken = sound_quantities(current, lines)
    if not taken:
        raise InvalidInput("Name what is taken on, or reject all.", path=("lines",))
    rest = []
    for line_id, line in current.progress.items():
        after = require_enough(
            line.after_pick(ZERO, taken.get(line_id, ZERO)),
            requested=taken.get(line_id, ZERO),
            available=line.to_pick,
            path=("lines",),
        )
        if after.to_pick > 0:
            rest.append(LineQuantity(line_id, after.to_pick))
    return rest


@operation("fulfilment.pick")
async def answer_cancellation(
    work: Work,
    *,
    fulfilment_order_id: int,
    accepted: bool,
    reason: str | None = None,
    expected_version: int | None = None,
) -> str:
    """Let go of work that the house wants back, or refuse because it is too late; the house is told
    the reason. Returns the order's status. Raises NotFound, StaleVersion, InvalidInput,
    InvalidState (nothing was asked, or goods have left)."""
    reason = text.optional(reason, path=("reason",))
    current = await lock_work(work, fulfilment_order_id, expected_version=expected_version)
    if current.handshake.cancellation != "requested":
        raise current.refuse("The location is not asked to let go of the work.")
    if accepted:
        require_nothing_left(current)
        return await call_off(work, current, cancellation="accepted")
    status = current.fulfilment.status
    await write_status(work, current, status, cancellation="refused", cancellation_reason=reason)
    note(work, "answer_cancellation", current, status, cancellation="refused", reason=reason)
    work.record(cancellation_told(current, "refused", reason=reason))
    return str(current.order.status)
