"""What was paid, or paid back, through a channel and is to come in its payouts."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Row

from domain.finance.models import Invoice, Payment, SettlementLine, SettlementMatch
from domain.finance.money_of_orders import lock_money_of_all
from domain.finance.paying import RECEIPT, REFUND, NewPayment
from domain.finance.prepaying import note_receipts, open_invoices
from domain.finance.settlement.policy import Expected
from domain.finance.settlement.told import REFUND as GIVEN_BACK
from domain.finance.settlement.told import SALE
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.orders.models import SalesOrder

BATCH = 2_000
# Which payments an amount of a kind is of.
SIDES = {SALE: RECEIPT, GIVEN_BACK: REFUND}
# What a payment adds to the clearing account: a receipt is a debit.
SIGNS = {RECEIPT: 1, REFUND: -1}
# What `told_receipt` has to know of an order.
PAID_ORDER = tuple(
    getattr(SalesOrder, name)
    for name in (
        *("id", "channel_id", "entity_id", "party_id", "number", "external_number"),
        *("currency", "total_minor"),
    )
)


async def lock_expected(work: Work, settlement: Row[Any], earlier_id: int | None = None) -> None:
    """Lock whatever was paid of the orders of a settlement, and what is open of their invoices,
    each in the order of the ids; and what an earlier revision of it had found. Nothing is billed
    meanwhile, nor noted to be paid."""
    await lock_money_of_all(work)
    orders = (
        select(SettlementLine.order_id)
        .where(
            SettlementLine.tenant_id == work.tenant_id,
            SettlementLine.settlement_id == settlement.id,
            SettlementLine.order_id.is_not(None),
        )
        .distinct()
    )
    found = select(SettlementMatch.payment_id).where(
        SettlementMatch.tenant_id == work.tenant_id,
        SettlementMatch.settlement_id == (earlier_id or 0),
        SettlementMatch.ended_at.is_(None),
    )
    await work.values(
        select(Payment.id)
        .where(
            Payment.tenant_id == work.tenant_id,
            Payment.channel_id == settlement.channel_id,
            or_(Payment.order_id.in_(orders), Payment.id.in_(found)),
        )
        .order_by(Payment.id)
        .with_for_update()
    )
    await work.values(
        select(Invoice.id)
        .where(
            Invoice.tenant_id == work.tenant_id,
            Invoice.order_id.in_(orders),
            Invoice.open_minor > 0,
        )
        .order_by(Invoice.id)
        .with_for_update()
    )


async def sums_of_orders(
    reader: Reader, settlement_id: int, *, after: int
) -> dict[int, dict[str, int]]:
    """What a payout says was sold and given back of the next orders, by order and kind."""
    n = SettlementLine
    mine = (
        n.tenant_id == reader.tenant_id,
        n.settlement_id == settlement_id,
        n.kind.in_(SIDES),
    )
    batch = (
        select(n.order_id)
        .where(*mine, n.order_id > after)
        .group_by(n.order_id)
        .order_by(n.order_id)
        .limit(BATCH)
    )
    rows = await reader.rows(
        select(n.order_id, n.kind, func.sum(n.amount_minor).label("amount"))
        .where(*mine, n.order_id.in_(batch))
        .group_by(n.order_id, n.kind)
        .order_by(n.order_id)
    )
    sums: dict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        sums[row.order_id][row.kind] = int(row.amount)
    return sums


async def payments_of(
    reader: Reader, settlement: Row[Any], order_ids: Collection[int]
) -> dict[tuple[int, str], list[Row[Any]]]:
    """The channel's payments of orders in the settlement's currency, by (order, kind)."""
    p = Payment
    rows = await reader.rows(
        select(
            p.id,
            p.order_id,
            p.kind,
            p.cleared_minor,
            p.uncleared_minor,
            p.amount_minor,
            (p.base_minor - p.cleared_base_minor).label("base_minor"),
        )
        .where(
            p.tenant_id == reader.tenant_id,
            p.order_id.in_(order_ids),
            p.channel_id == settlement.channel_id,
            p.entity_id == settlement.entity_id,
            p.currency == settlement.currency,
            p.status == "booked",
            p.method == "channel",
        )
        .order_by(p.id)
    )
    found: dict[tuple[int, str], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.order_id, row.kind].append(row)
    return found


def expected_of(row: Row[Any]) -> Expected:
    """A payment as the policy takes it."""
    return Expected(row.id, row.uncleared_minor, row.base_minor)


async def note_what_was_paid(work: Work, settlement: Row[Any], *, on: date) -> None:
    """Record receipts of orders of which nobody had told that they are paid: the payout proves it.
    Never more than the order's total; their open invoices are settled with it."""
    after = 0
    while sums := await sums_of_orders(work, settlement.id, after=after):
        after = max(sums)
        sold = {order_id: own[SALE] for order_id, own in sums.items() if own.get(SALE, 0) > 0}
        orders = await _orders(work, settlement, sold)
        known = await payments_of(work, settlement, [order.id for order in orders])
        told_by = f"payout {settlement.id}"
        told = [
            payment
            for order in orders
            if (
                payment := told_receipt(
                    order,
                    sold[order.id],
                    known.get((order.id, RECEIPT), []),
                    on=on,
                    told_by=told_by,
                )
            )
        ]
        if told:
            invoices = await open_invoices(work, [each.order_id for each in told if each.order_id])
            await note_receipts(work, told, invoices)


async def _orders(
    reader: Reader, settlement: Row[Any], sold: Mapping[int, int]
) -> Sequence[Row[Any]]:
    o = SalesOrder
    return await reader.rows(
        select(*PAID_ORDER).where(
            o.tenant_id == reader.tenant_id,
            o.id.in_(sold),
            o.currency == settlement.currency,
            o.entity_id == settlement.entity_id,
            o.channel_id == settlement.channel_id,
        )
    )


def told_receipt(
    order: Row[Any], sold_minor: int, receipts: Sequence[Row[Any]], *, on: date, told_by: str
) -> NewPayment | None:
    """What a channel has paid out of an order (by PAID_ORDER) and nobody had told it was paid,
    besides the `receipts` of it in its currency; up to the order's total. `told_by` names what
    told it, once."""
    unexpected = sold_minor - sum(each.uncleared_minor for each in receipts)
    unpaid = order.total_minor - sum(each.amount_minor for each in receipts)
    amount = min(unexpected, unpaid)
    if amount <= 0:
        return None
    return NewPayment(
        kind=RECEIPT,
        entity_id=order.entity_id,
        currency=order.currency,
        amount_minor=amount,
        paid_on=on,
        method="channel",
        party_id=order.party_id,
        channel_id=order.channel_id,
        order_id=order.id,
        reference=order.external_number or order.number,
        external_id=f"{told_by} of order {order.id}",
    )
