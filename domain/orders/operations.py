"""What is done to an order itself. What moves its stock is in the areas above."""

from sqlalchemy import update

from domain.kernel import text
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.events import OrderPaymentChanged
from domain.orders.locking import lock_order
from domain.orders.models import SalesOrder
from domain.orders.policy import PAYMENT_ORDER, later_payment_state


@operation("orders.manage")
async def set_payment_state(work: Work, *, order_id: int, payment_state: str) -> str:
    """Tell of the order's payment; returns the state it is in then.

    Facts may come in any order: an earlier one never takes a later one back. Raises NotFound."""
    text.choice(payment_state, PAYMENT_ORDER, path=("payment_state",))
    order = await lock_order(work, order_id)
    state = later_payment_state(order.payment_state, payment_state)
    if state == order.payment_state:
        return state
    await work.execute(
        update(SalesOrder)
        .where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == order_id)
        .values(payment_state=state, version=SalesOrder.version + 1)
    )
    work.audit(
        "set_payment_state",
        subject="order",
        subject_id=order_id,
        before={"payment_state": order.payment_state},
        after={"payment_state": state},
    )
    work.record(
        OrderPaymentChanged(aggregate_id=order_id, number=order.number, payment_state=state)
    )
    return state
