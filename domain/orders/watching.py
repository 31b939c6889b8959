"""Which events concern an order, for those who watch it."""

from sqlalchemy import select

from domain.kernel.event_log import Interest
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder


def order_events(reader: Reader, *, order_id: int | None = None) -> Interest:
    """The events of one order, or of all orders that the reader may see."""
    visible = select(SalesOrder.id).where(SalesOrder.tenant_id == reader.tenant_id)
    return Interest(aggregate="order", aggregate_id=order_id, among=visible)
