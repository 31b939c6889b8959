"""Refunds: what a customer paid is paid back, never more than it paid."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, column, func, literal, select, text, update
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

# What was paid of the invoices that a credit note credits, or of its orders and settles nothing
# yet, less what was paid back for them.
_PAID_AND_KEPT = text("""
    WITH of_note AS (
        SELECT DISTINCT l.invoice_id, l.order_id FROM credit_note_line c
        JOIN invoice_line l ON l.tenant_id = c.tenant_id AND l.id = c.invoice_line_id
        WHERE c.tenant_id = :tenant AND c.credit_note_id = :note
    ), notes AS (
        SELECT DISTINCT c.credit_note_id FROM invoice_line l
        JOIN credit_note_line c ON c.tenant_id = l.tenant_id AND c.invoice_line_id = l.id
        WHERE l.tenant_id = :tenant AND l.invoice_id IN (SELECT invoice_id FROM of_note)
    )
    SELECT (SELECT coalesce(sum(i.paid_minor), 0) FROM invoice i
            WHERE i.tenant_id = :tenant AND i.id IN (SELECT invoice_id FROM of_note))
         + (SELECT coalesce(sum(p.open_minor), 0) FROM payment p
            WHERE p.tenant_id = :tenant AND p.kind = 'receipt'
              AND p.order_id IN (SELECT order_id FROM of_note))
         - (SELECT coalesce(sum(a.amount_minor), 0) FROM payment_allocation a
            WHERE a.tenant_id = :tenant AND a.refund_id IS NOT NULL AND a.ended_at IS NULL
              AND a.credit_note_id IN (SELECT credit_note_id FROM notes))
""")


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


async def most_refundable(reader: Reader, credit_note_id: int, receipts: Sequence[Row[Any]]) -> int:
    """What may still be paid back for a credit note whose receipts are locked: never more than is
    left of these, nor than was paid of its invoices and orders and was not paid back for them."""
    if not receipts:
        return 0
    given = {"tenant": reader.tenant_id, "note": credit_note_id}
    paid = int(await reader.value(_PAID_AND_KEPT, given) or 0)
    left = sum(int(row.amount_minor - row.refunded_minor) for row in receipts)
    return max(min(left, paid), 0)


async def refund(
    work: Work,
    source: Item,
    row: Row[Any],
    receipts: Sequence[Row[Any]],
    amount_minor: int,
    *,
    most: int,
    reference: str | None = None,
) -> list[Refunded]:
    """Pay back so much of what is open of a locked credit note or receipt, by the ways by which it
    came: the first receipt first; the refunds, one for each way.

    Raises PaymentTooMuch when less is open, RefundTooMuch when that is more than `most`."""
    if amount_minor > row.open_minor:
        raise PaymentTooMuch(
            f"Less than that is open of {row.number}.",
            available_minor=row.open_minor,
            currency=row.currency,
        )
    if amount_minor > most:
        message = "More would be paid back than was paid."
        raise RefundTooMuch(message, available_minor=most, currency=row.currency)
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


async def paid_back_by(reader: Reader, refund_id: int) -> list[Item]:
    """What a refund paid back, and the receipts that it paid back; nothing of other payments."""
    receipts = await reader.values(
        select(RefundPart.receipt_id).where(
            RefundPart.tenant_id == reader.tenant_id, RefundPart.refund_id == refund_id
        )
    )
    if not receipts:
        return []
    notes = await reader.values(
        select(PaymentAllocation.credit_note_id).where(
            PaymentAllocation.tenant_id == reader.tenant_id,
            PaymentAllocation.refund_id == refund_id,
            PaymentAllocation.credit_note_id.is_not(None),
        )
    )
    return [
        *(Item("credit_note", note) for note in notes),
        *(Item("payment", receipt) for receipt in receipts),
    ]


async def take_back(work: Work, refund_id: int) -> None:
    """A refund came back: its receipts, which are locked, may be paid back again."""
    parts = await work.rows(
        select(RefundPart.receipt_id, RefundPart.amount_minor).where(
            RefundPart.tenant_id == work.tenant_id, RefundPart.refund_id == refund_id
        )
    )
    await _add_refunded(work, [(part.receipt_id, -part.amount_minor) for part in parts])


async def _count(work: Work, done: Sequence[Refunded]) -> None:
    """What was paid back of each receipt: the database holds it to what came."""
    parts = [(each.refund_id, *part) for each in done for part in each.parts]
    rows = [
        {"refund_id": refund_id, "receipt_id": receipt_id, "amount_minor": amount}
        for refund_id, receipt_id, amount in parts
    ]
    await insert_rows(work, RefundPart, rows)
    await _add_refunded(work, [(receipt, amount) for _, receipt, amount in parts])


async def _add_refunded(work: Work, parts: Sequence[tuple[int, int]]) -> None:
    given = (
        func.unnest(
            literal([receipt for receipt, _ in parts], ARRAY(BigInteger)),
            literal([amount for _, amount in parts], ARRAY(BigInteger)),
        )
        .table_valued(column("id", BigInteger), column("amount", BigInteger))
        .render_derived(name="given")
    )
    await work.execute(
        update(Payment)
        .where(Payment.tenant_id == work.tenant_id, Payment.id == given.c.id)
        .values(refunded_minor=Payment.refunded_minor + given.c.amount)
    )
