"""Goods reach their customer."""

from datetime import datetime

from sqlalchemy import select, update

from domain.fulfilment.events import OrderDelivered
from domain.fulfilment.models import Shipment
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.models import SalesOrder


@operation("fulfilment.ship")
async def record_delivery(
    work: Work, *, shipment_id: int, delivered_at: datetime | None = None
) -> int:
    """Note when a shipment was delivered (now if absent); its id. Told again, the first counts.

    Raises NotFound, and InvalidInput for a moment before it left, or to come."""
    row = await work.row(
        select(Shipment.id, Shipment.number, Shipment.order_id, Shipment.shipped_at)
        .add_columns(Shipment.delivered_at)
        .where(Shipment.tenant_id == work.tenant_id, Shipment.id == shipment_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound("shipment")
    moment = delivered_at or work.now
    if not row.shipped_at <= moment <= work.now:
        raise InvalidInput("Must be after it left, and not to come.", path=("delivered_at",))
    if row.delivered_at is not None:
        return shipment_id
    await work.execute(
        update(Shipment)
        .where(Shipment.tenant_id == work.tenant_id, Shipment.id == shipment_id)
        .values(delivered_at=moment)
    )
    number = await work.value(
        select(SalesOrder.number).where(
            SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == row.order_id
        )
    )
    work.record(
        OrderDelivered(
            aggregate_id=row.order_id,
            number=number,
            shipment_id=shipment_id,
            shipment_number=row.number,
            delivered_at=moment.isoformat(),
        )
    )
    work.audit(
        "record_delivery",
        subject="shipment",
        subject_id=shipment_id,
        after={"delivered_at": moment.isoformat()},
    )
    return shipment_id
