"""What was paid of an order before it was billed: channels tell of it, and its invoices are settled
with it as they come."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.finance.models import Invoice, Payment
from domain.finance.money_of_orders import lock_money_of
from domain.finance.open_items import Item, lock_rows
from domain.finance.paying import RECEIPT, NewPayment, receipts_of_orders, record_payments
from domain.finance.policies.settling import spread
from domain.finance.settling import Settling, settle
from domain.kernel.work import Work
from domain.orders.models import SalesOrder

PAID = "paid"


async def lock_receipts(work: Work, order_ids: Collection[int]) -> Sequence[Row[Any]]:
    """What was paid of these orders, and is open of it, locked: before any document is numbered."""
    receipts = await receipts_of_orders(work, order_ids)
    wanted = [row.id for row in receipts if row.open_minor > 0]
    rows = await lock_rows(work, Payment, wanted) if wanted else []
    return [row for row in rows if row.open_minor > 0]


async def settle_with_receipts(
    work: Work, invoices: Sequence[Mapping[str, Any]], receipts: Sequence[Row[Any]]
) -> None:
    """Settle new invoices (id, order_id, currency, open_minor) of orders that were paid before
    with those payments."""
    await settle(work, _parts(invoices, receipts))


def _parts(invoices: Sequence[Mapping[str, Any]], receipts: Sequence[Row[Any]]) -> list[Settling]:
    left = {row.id: row.open_minor for row in receipts}
    parts = []
    for invoice in invoices:
        own = [
            row
            for row in receipts
            if row.order_id == (invoice["order_id"] or 0) and row.currency == invoice["currency"]
        ]
        amounts = spread(invoice["open_minor"], [left[row.id] for row in own])
        for row, amount in zip(own, amounts, strict=True):
            if amount:
                left[row.id] -= amount
                parts.append(_settling(row.id, invoice["id"], amount))
    return parts


def _settling(payment_id: int, invoice_id: int, amount: int) -> Settling:
    source, target = Item("payment", payment_id), Item("invoice", invoice_id)
    return Settling(source=source, target=target, amount_minor=amount)


async def note_prepayments(work: Work, order_ids: Sequence[int]) -> None:
    """Record what a channel says was paid for orders: their totals, on the channel's clearing
    account, once for each order. Their open invoices are settled with it."""
    await lock_money_of(work, order_ids)
    orders = await work.rows(
        select(*SalesOrder.__table__.c).where(
            SalesOrder.tenant_id == work.tenant_id,
            SalesOrder.id.in_(order_ids),
            SalesOrder.payment_state == PAID,
            SalesOrder.total_minor > 0,
            SalesOrder.id.not_in(_received(work, order_ids)),
        )
    )
    invoices = await open_invoices(work, [order.id for order in orders])
    await note_receipts(work, [_prepayment(work, order) for order in orders], invoices)


def _received(work: Work, order_ids: Sequence[int]) -> Any:
    """Orders of which a payout of their channel has told already what was paid."""
    return select(Payment.order_id).where(
        Payment.tenant_id == work.tenant_id,
        Payment.kind == RECEIPT,
        Payment.status == "booked",
        Payment.method == "channel",
        Payment.order_id.in_(order_ids),
    )


async def note_receipts(
    work: Work, receipts: Sequence[NewPayment], invoices: Sequence[Row[Any]]
) -> None:
    """Record what was paid of orders, and settle their open invoices (locked) with it."""
    recorded = await record_payments(work, receipts)
    given = [dict(invoice._mapping) for invoice in invoices]
    await settle(work, _parts(given, [row for row in recorded if row is not None]))


def _prepayment(work: Work, order: Row[Any]) -> NewPayment:
    return NewPayment(
        kind=RECEIPT,
        entity_id=order.entity_id,
        currency=order.currency,
        amount_minor=order.total_minor,
        paid_on=work.now.date(),
        method="channel",
        party_id=order.party_id,
        channel_id=order.channel_id,
        order_id=order.id,
        reference=order.external_number or order.number,
        source=("order", order.id),
    )


async def open_invoices(work: Work, order_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """What is open of orders' invoices, locked."""
    if not order_ids:
        return []
    return await work.rows(
        select(Invoice.id, Invoice.order_id, Invoice.currency, Invoice.open_minor)
        .where(
            Invoice.tenant_id == work.tenant_id,
            Invoice.order_id.in_(order_ids),
            Invoice.open_minor > 0,
        )
        .order_by(Invoice.id)
        .with_for_update()
    )
