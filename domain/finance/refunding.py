"""Refunds: what a customer paid is paid back, never more than it paid."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, column, func, literal, select, update
from sqlalchemy.engine import Row

from domain.finance.models import (
    CreditNoteLine,
    InvoiceLine,
    Payment,
    PaymentAllocation,
    RefundPart,
)
from domain.finance.open_items import Item, lock_rows
from domain.finance.outcomes import PaymentTooMuch, RefundTooMuch
from domain.finance.paying import RECEIPT, REFUND, NewPayment, record_payments
from domain.finance.policies.settling import spread
from domain.finance.settling import Settling, settle
from domain.kernel.inserting import insert_rows
from domain.kernel.reading import Reader
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Refunded:
    """A refund that was paid, and how much of which receipts it pays back."""

    refund_id: int
    amount_minor: int
    parts: tuple[tuple[int, int], ...]


async def receipts_behind(reader: Reader, credit_note_id: int) -> list[int]:
    """The receipts with which the invoices of a credit note were paid, or that were paid of its
    orders."""
    of_lines = (
        select(InvoiceLine.invoice_id, InvoiceLine.order_id)
        .join(
            CreditNoteLine,
            (CreditNoteLine.tenant_id == InvoiceLine.tenant_id)
            & (CreditNoteLine.invoice_line_id == InvoiceLine.id),
        )
        .where(
            InvoiceLine.tenant_id == reader.tenant_id,
            CreditNoteLine.credit_note_id == credit_note_id,
        )
    )
    credited = await reader.rows(of_lines)
    settling = select(PaymentAllocation.payment_id).where(
        PaymentAllocation.tenant_id == reader.tenant_id,
        PaymentAllocation.invoice_id.in_({row.invoice_id for row in credited}),
        PaymentAllocation.payment_id.is_not(None),
        PaymentAllocation.ended_at.is_(None),
    )
    of_orders = select(Payment.id).where(
        Payment.tenant_id == reader.tenant_id,
        Payment.kind == RECEIPT,
        Payment.order_id.in_({row.order_id for row in credited}),
    )
    return sorted({*await reader.values(settling), *await reader.values(of_orders)})


async def lock_receipts(work: Work, ids: Collection[int], like: Row[Any]) -> list[Row[Any]]:
    """Those of these receipts that stand, of the same entity and currency, locked."""
    rows = await lock_rows(work, Payment, ids)
    return [
        row
        for row in rows
        if row.kind == RECEIPT
        and row.status == "booked"
        and (row.entity_id, row.currency) == (like.entity_id, like.currency)
    ]


def refundable_minor(receipts: Sequence[Row[Any]]) -> int:
    """What of receipts may still be paid back."""
    return sum(row.amount_minor - row.refunded_minor for row in receipts)


async def refund(
    work: Work,
    source: Item,
    row: Row[Any],
    receipts: Sequence[Row[Any]],
    amount_minor: int,
    *,
    reference: str | None = None,
) -> list[Refunded]:
    """Pay back so much of what is open of a locked credit note or receipt, by the ways by which it
    came: the first receipt first; the refunds, one for each way.

    Raises PaymentTooMuch when less is open, RefundTooMuch when less was paid."""
    if amount_minor > row.open_minor:
        raise PaymentTooMuch(
            f"Less than that is open of {row.number}.",
            available_minor=row.open_minor,
            currency=row.currency,
        )
    available = refundable_minor(receipts)
    if amount_minor > available:
        message = "More would be paid back than was paid."
        raise RefundTooMuch(message, available_minor=available, currency=row.currency)
    lefts = [each.amount_minor - each.refunded_minor for each in receipts]
    ways: dict[tuple[str, int | None], list[tuple[int, int]]] = defaultdict(list)
    for receipt, part in zip(receipts, spread(amount_minor, lefts), strict=True):
        if part:
            ways[receipt.method, receipt.channel_id].append((receipt.id, part))
    payments = [_payment(work, row, way, parts, reference) for way, parts in ways.items()]
    recorded = await record_payments(work, payments)
    done = [
        Refunded(each.id, each.amount_minor, tuple(parts))
        for each, parts in zip(recorded, ways.values(), strict=True)
        if each is not None
    ]
    await _count(work, done)
    await settle(work, [_settling(source, each) for each in done])
    return done


def _payment(
    work: Work,
    row: Row[Any],
    way: tuple[str, int | None],
    parts: Sequence[tuple[int, int]],
    reference: str | None,
) -> NewPayment:
    method, channel_id = way
    return NewPayment(
        kind=REFUND,
        entity_id=row.entity_id,
        currency=row.currency,
        amount_minor=sum(amount for _, amount in parts),
        paid_on=work.now.date(),
        method=method,
        party_id=row.party_id,
        channel_id=channel_id,
        order_id=row.order_id,
        reference=reference or row.number,
    )


def _settling(source: Item, each: Refunded) -> Settling:
    target = Item("payment", each.refund_id)
    return Settling(source=source, target=target, amount_minor=each.amount_minor)


async def _count(work: Work, done: Sequence[Refunded]) -> None:
    """What was paid back of each receipt: the database holds it to what came."""
    parts = [(each.refund_id, *part) for each in done for part in each.parts]
    rows = [
        {"refund_id": refund_id, "receipt_id": receipt_id, "amount_minor": amount}
        for refund_id, receipt_id, amount in parts
    ]
    await insert_rows(work, RefundPart, rows)
    given = (
        func.unnest(
            literal([receipt for _, receipt, _ in parts], ARRAY(BigInteger)),
            literal([amount for _, _, amount in parts], ARRAY(BigInteger)),
        )
        .table_valued(column("id", BigInteger), column("amount", BigInteger))
        .render_derived(name="given")
    )
    await work.execute(
        update(Payment)
        .where(Payment.tenant_id == work.tenant_id, Payment.id == given.c.id)
        .values(refunded_minor=Payment.refunded_minor + given.c.amount)
    )
