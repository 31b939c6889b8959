"""Orders and payments that come after the payout that has them: what waits is explained then."""

from collections import defaultdict
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Row

from domain.finance.models import Payment, SettlementDifference
from domain.finance.money_of_orders import lock_money_of
from domain.finance.open_items import lock_rows
from domain.finance.paying import RECEIPT, NewPayment
from domain.finance.prepaying import note_receipts, open_invoices
from domain.finance.settlement.events import OrderInPayout
from domain.finance.settlement.resolving import lock_differences, match_late
from domain.finance.settlement.taking import lock_terms
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.orders.models import SalesOrder

_WAITS = ("unknown_order", "unpaid_order", "unknown_refund", "amount_differs")


async def tell_of_order(work: Work, order_id: int) -> None:
    """Have an order explained, if a payout had it before. Explaining locks the books, so it is
    done by an event of its own."""
    order = await _order(work, order_id)
    if order is not None and await _waiting(work, order):
        work.record(OrderInPayout(aggregate_id=order_id, order_id=order_id))


async def explain_order(work: Work, order_id: int) -> None:
    """Set what payouts had of an order that was not known, or not known to be paid, against its
    payments; done twice, it does nothing."""
    order = await _order(work, order_id)
    if order is None or not await _waiting(work, order):
        return
    await lock_terms(work, order.channel_id)
    differences = await lock_differences(work, await _waiting(work, order))
    await _note_order(work, differences, order_id)
    await lock_money_of(work, [order_id])
    payments = await _payments(work, order)
    await lock_rows(work, Payment, [row.id for row in payments])
    invoices = await open_invoices(work, [order_id])
    told = _receipt(order, differences, await _payments(work, order))
    if told is not None:
        await note_receipts(work, [told], invoices)
    found: dict[int, list[int]] = defaultdict(list)
    for row in await _payments(work, order):
        found[order_id].append(row.id)
    await match_late(work, found)


async def _order(reader: Reader, order_id: int) -> Row[Any] | None:
    o = SalesOrder
    return await reader.row(
        select(
            *(o.id, o.channel_id, o.entity_id, o.party_id, o.number, o.external_id),
            *(o.external_number, o.currency, o.total_minor),
        ).where(o.tenant_id == reader.tenant_id, o.id == order_id)
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
                d.kind.in_(_WAITS),
                or_(
                    d.order_id == order.id,
                    d.order_id.is_(None) & d.order_reference.in_(named),
                ),
            )
            .order_by(d.id)
        )
    )


async def _note_order(work: Work, differences: Any, order_id: int) -> None:
    d = SettlementDifference
    ids = [row.id for row in differences if row.order_id is None]
    if ids:
        await work.execute(
            update(d).where(d.tenant_id == work.tenant_id, d.id.in_(ids)).values(order_id=order_id)
        )


async def _payments(reader: Reader, order: Row[Any]) -> Any:
    p = Payment
    return await reader.rows(
        select(p.id, p.kind, p.amount_minor, p.uncleared_minor)
        .where(
            p.tenant_id == reader.tenant_id,
            p.order_id == order.id,
            p.channel_id == order.channel_id,
            p.status == "booked",
            p.method == "channel",
        )
        .order_by(p.id)
    )


def _receipt(order: Row[Any], differences: Any, payments: Any) -> NewPayment | None:
    """What the channel was paid and nobody told of, up to the order's total."""
    held = [
        row
        for row in differences
        if row.held_minor < 0 and (row.currency, row.entity_id) == (order.currency, order.entity_id)
    ]
    receipts = [row for row in payments if row.kind == RECEIPT]
    unexpected = -sum(row.held_minor for row in held) - sum(r.uncleared_minor for r in receipts)
    amount = min(unexpected, order.total_minor - sum(r.amount_minor for r in receipts))
    if amount <= 0:
        return None
    return NewPayment(
        kind=RECEIPT,
        entity_id=order.entity_id,
        currency=order.currency,
        amount_minor=amount,
        paid_on=max(row.raised_on for row in held),
        method="channel",
        party_id=order.party_id,
        channel_id=order.channel_id,
        order_id=order.id,
        reference=order.external_number or order.number,
        external_id=f"difference {held[0].id} of order {order.id}",
    )
