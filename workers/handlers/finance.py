"""What left is billed, what was paid before is noted, what was granted for returns is credited.

Billing locks the books: so it is not done among an order's other events, whose handlers move
stock, but on events of its own."""

from sqlalchemy import select

from domain.finance.events import OrderPaid, ShipmentToBill
from domain.finance.operations.invoicing import bill_on_occasion, note_paid_order
from domain.finance.operations.supplier_invoices import match_waiting
from domain.finance.policies.terms import DELIVERY, SHIPMENT
from domain.finance.prepaying import PAID
from domain.finance.returning import credit_return
from domain.kernel.work import Work
from domain.orders.models import SalesOrder
from workers.registry import Delivered, on


@on("order.shipped")
async def bill_what_left(work: Work, event: Delivered) -> None:
    """Have the shipment billed, if its customer is billed then."""
    shipment_id = int(event.payload["shipment_id"])
    work.record(ShipmentToBill(aggregate_id=shipment_id, occasion=SHIPMENT))


@on("order.delivered")
async def bill_what_was_delivered(work: Work, event: Delivered) -> None:
    """Have the shipment billed, if its customer is billed then."""
    shipment_id = int(event.payload["shipment_id"])
    work.record(ShipmentToBill(aggregate_id=shipment_id, occasion=DELIVERY))


@on("finance.shipment_to_bill")
async def bill_shipment(work: Work, event: Delivered) -> None:
    """Bill it, once."""
    await bill_on_occasion(
        work, shipment_id=event.aggregate_id, occasion=str(event.payload["occasion"])
    )


@on("order.placed", "order.payment_changed")
async def tell_of_paid_order(work: Work, event: Delivered) -> None:
    """Have what the channel says was paid recorded."""
    state = select(SalesOrder.payment_state).where(
        SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == event.aggregate_id
    )
    if await work.value(state) == PAID:
        work.record(OrderPaid(aggregate_id=event.aggregate_id, order_id=event.aggregate_id))


@on("finance.order_paid")
async def note_payment_of_order(work: Work, event: Delivered) -> None:
    """Record it, once."""
    await note_paid_order(work, order_id=int(event.payload["order_id"]))


@on("returns.credit_granted")
async def credit_returned_goods(work: Work, event: Delivered) -> None:
    """Write the credit note, and pay back what is to be paid back."""
    await credit_return(work, credit_id=event.aggregate_id)


@on("procurement.order_received")
async def match_what_waits(work: Work, event: Delivered) -> None:
    """Hold suppliers' invoices that wait for goods of the order against what came."""
    await match_waiting(work, purchase_order_id=event.aggregate_id)
