"""A location's work is called off before anything left."""

from sqlalchemy import delete, select

from domain.allocation.holdings import OPEN, mark_holdings
from domain.allocation.settling import settle
from domain.fulfilment.events import FulfilmentCancelled
from domain.fulfilment.models import Carton, CartonLine
from domain.fulfilment.pieces import put_pieces_back
from domain.fulfilment.progress import lock_work, note, write_status
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("fulfilment.release")
async def cancel_fulfilment_order(
    work: Work, *, fulfilment_order_id: int, expected_version: int | None = None
) -> str:
    """Call the work off; its stock stays reserved for the order, which can be released again or
    cancelled. Returns the order's status. Raises NotFound, StaleVersion, InvalidState."""
    current = await lock_work(work, fulfilment_order_id, expected_version=expected_version)
    if current.fulfilment.status == "cancelled" or any(
        line.shipped for line in current.lines.values()
    ):
        raise current.refuse("It is shipped, in part at least, or cancelled already.")
    held = [line.allocation_id for line in current.lines.values() if line.quantity > 0]
    await mark_holdings(work, held, status=OPEN)
    await put_pieces_back(work, current)
    await _unpack(work, fulfilment_order_id)
    await write_status(work, current, "cancelled")
    standing = (await settle(work, [current.order.id]))[current.order.id]
    note(work, "cancel_fulfilment_order", current, "cancelled")
    work.record(
        FulfilmentCancelled(
            aggregate_id=current.order.id,
            number=current.order.number,
            fulfilment_order_id=fulfilment_order_id,
            status=standing.status,
        )
    )
    return standing.status


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
