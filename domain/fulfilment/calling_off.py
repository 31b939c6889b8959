"""A location's work ends before anything left; what was packed is unpacked."""

from sqlalchemy import delete, select

from domain.allocation.holdings import OPEN, mark_holdings
from domain.allocation.settling import settle
from domain.fulfilment.events import FulfilmentCancellationChanged, FulfilmentCancelled
from domain.fulfilment.models import Carton, CartonLine
from domain.fulfilment.pieces import put_pieces_back
from domain.fulfilment.progress import LocationWork, note, write_status
from domain.kernel.work import Work


def require_nothing_left(current: LocationWork) -> None:
    """Raise InvalidState when goods have left, or the work is cancelled."""
    if current.fulfilment.status == "cancelled" or any(
        line.shipped for line in current.lines.values()
    ):
        raise current.refuse("It is shipped, in part at least, or cancelled already.")


async def call_off(work: Work, current: LocationWork, *, cancellation: str | None = None) -> str:
    """End the locked work, with the location's answer if it was asked; the order's status."""
    held = [line.allocation_id for line in current.lines.values() if line.quantity > 0]
    await mark_holdings(work, held, status=OPEN)
    await put_pieces_back(work, current)
    await _unpack(work, current.fulfilment.id)
    await write_status(work, current, "cancelled", cancellation=cancellation)
    standing = (await settle(work, [current.order.id]))[current.order.id]
    note(work, "cancel_fulfilment_order", current, "cancelled")
    work.record(
        FulfilmentCancelled(
            aggregate_id=current.order.id,
            number=current.order.number,
            fulfilment_order_id=current.fulfilment.id,
            status=standing.status,
        )
    )
    return standing.status


def cancellation_told(
    current: LocationWork, answer: str, *, reason: str | None = None
) -> FulfilmentCancellationChanged:
    """The event of a request to call the work off, or of its refusal."""
    return FulfilmentCancellationChanged(
        aggregate_id=current.order.id,
        number=current.order.number,
        status=current.order.status,
        fulfilment_order_id=current.fulfilment.id,
        location_id=current.fulfilment.location_id,
        answer=answer,
        reason=reason,
    )


async def _unpack(work: Work, fulfilment_order_id: int) -> None:
    mine = (
        Carton.tenant_id == work.tenant_id,
        Carton.fulfilment_order_id == fulfilment_order_id,
    )
    packed = select(Carton.id).where(*mine)
    await work.execute(
        delete(CartonLine).where(
            CartonLine.tenant_id == work.tenant_id, CartonLine.carton_id.in_(packed)
        )
    )
    await work.execute(delete(Carton).where(*mine))
