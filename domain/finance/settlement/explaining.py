"""Orders and payments that come after the payout that has them: what waits is explained then."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Row

from domain.finance.models import Payment, SettlementDifference
from domain.finance.money_of_orders import lock_money_of
from domain.finance.open_items import lock_rows
from domain.finance.paying import RECEIPT, NewPayment
from domain.finance.prepaying import note_receipts, open_invoices
from domain.finance.settlement.events import OrderInPayout
from domain.finance.settlement.expected import PAID_ORDER, told_receipt
from domain.finance.settlement.resolving import WAIT_FOR_PAYMENT, lock_differences, match_late
from domain.finance.settlement.taking import is_undisturbed, lock_terms
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.orders.models import SalesOrder


async def tell_of_order(work: Work, order_id: int) -> None:
    """Have an order explained, if a payout had it before, or one that is posted right now may have
    had it. Explaining locks the books, so it is done by an event of its own."""
    order = await _order(work, order_id)
    if order is None:
        return
    if not await is_undisturbed(work, order.channel_id) or await _waiting(work, order):
        work.record(OrderInPayout(aggregate_id=order_id, order_id=order_id))


async def explain_order(work: Work, order_id: int) -> None:
    """Set what payouts had of an order that was not known, or not known to be paid, against its
    payments; done twice, it does nothing."""
    order = await _order(work, order_id)
    if order is None:
        return
    await lock_terms(work, order.channel_id)
    waiting = await _waiting(work, order)
    if not waiting:
        return
    differences = await lock_differences(work, waiting)
    await _note_order(work, differences, order_id)
    await lock_money_of(work, [order_id])
    await lock_rows(work, Payment, [row.id for row in await _payments(work, order)])
    invoices = await open_invoices(work, [order_id])
    payments = await _payments(work, order)
    told = _receipt(order, differences, payments)
    if told is not None:
        await note_receipts(work, [told], invoices)
        payments = await _payments(work, order)
    await match_late(work, order_id, [row.id for row in payments])


async def explain_payment(work: Work, order_id: int) -> None:
    """The same once more is known to be paid of the order, or paid back. A payout locks what was
    paid of its orders: whoever recorded this came before it, or sees what it left."""
    order = await _order(work, order_id)
    if order is not None and await _waiting(work, order):
        await explain_order(work, order_id)


async def _order(reader: Reader, order_id: int) -> Row[Any] | None:
    o = SalesOrder
    return await reader.row(
        select(*PAID_ORDER, o.external_id).where(o.tenant_id == reader.tenant_id, o.id == order_id)
    )


async def _waiting(reader: Reader, order: Row[Any]) -> list[int]:
    d = SettlementDifference
    named = [name for name in (order.external_id, order.external_number, order.number) if name]
    return list(
        await reader.values(
            select(d.id)
            .where(
                d.tenant_id == reader.tenant_id,
                d.channel_id == order.channel_id,
                d.status.in_(("open", "waiting")),
                d.held_minor != 0,
                d.kind.in_(WAIT_FOR_PAYMENT),
                or_(
                    d.order_id == order.id,
                    d.order_id.is_(None) & d.order_reference.in_(named),
                ),
            )
            .order_by(d.id)
        )
    )


async def _note_order(work: Work, differences: Sequence[Row[Any]], order_id: int) -> None:
    d = SettlementDifference
    ids = [row.id for row in differences if row.order_id is None]
    if ids:
        await work.execute(
            update(d).where(d.tenant_id == work.tenant_id, d.id.in_(ids)).values(order_id=order_id)
        )


async def _payments(reader: Reader, order: Row[Any]) -> Sequence[Row[Any]]:
    p = Payment
    return await reader.rows(
        select(p.id, p.kind, p.entity_id, p.currency, p.amount_minor, p.uncleared_minor)
        .where(
            p.tenant_id == reader.tenant_id,
            p.order_id == order.id,
            p.channel_id == order.channel_id,
            p.status == "booked",
            p.method == "channel",
        )
        .order_by(p.id)
    )


def _receipt(
    order: Row[Any], differences: Sequence[Row[Any]], payments: Sequence[Row[Any]]
) -> NewPayment | None:
    """What the channel was paid and nobody told of, up to the order's total."""
    own = (order.currency, order.entity_id)
    held = [
        row for row in differences if row.held_minor < 0 and (row.currency, row.entity_id) == own
    ]
    if not held:
        return None
    return told_receipt(
        order,
        -sum(row.held_minor for row in held),
        [row for row in payments if row.kind == RECEIPT and (row.currency, row.entity_id) == own],
        on=max(row.raised_on for row in held),
        told_by=f"difference {held[0].id}",
    )
