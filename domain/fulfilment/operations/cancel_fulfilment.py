"""A location's work is called off before anything left, or it is asked to let go of it."""

from domain.fulfilment.calling_off import call_off, cancellation_told, require_nothing_left
from domain.fulfilment.progress import lock_work, note, write_status
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("fulfilment.release")
async def cancel_fulfilment_order(
    work: Work, *, fulfilment_order_id: int, expected_version: int | None = None
) -> str:
    """Call the work off; its stock stays reserved for the order, which can be released again or
    cancelled. A location that has accepted the work is asked first. Returns the order's status.
    Raises NotFound, StaleVersion, InvalidState."""
    current = await lock_work(work, fulfilment_order_id, expected_version=expected_version)
    require_nothing_left(current)
    if not current.handshake.must_ask:
        return await call_off(work, current)
    if current.handshake.cancellation == "requested":
        raise current.refuse("The location was asked already, and has not answered.")
    status = current.fulfilment.status
    await write_status(work, current, status, cancellation="requested", cancellation_reason=None)
    note(work, "cancel_fulfilment_order", current, status, cancellation="requested")
    work.record(cancellation_told(current, "requested"))
    return str(current.order.status)
