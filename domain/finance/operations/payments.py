"""Payments of customers: they come, settle what is open, come to nothing, or are paid back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Party
from domain.finance.events import PaymentReversed
from domain.finance.models import Invoice, Payment
from domain.finance.open_items import Item, lock_items, lock_rows
from domain.finance.outcomes import PaymentInUse
from domain.finance.paying import RECEIPT, REFUND, NewPayment, record_payments
from domain.finance.policies.settling import spread
from domain.finance.refunding import (
    lock_receipts,
    most_refundable,
    paid_back_by,
    receipts_behind,
    refund,
    take_back,
)
from domain.finance.settlement.resolving import end_differences_of
from domain.finance.settlement.taking import lock_terms
from domain.finance.settling import Settling, settle, unsettle
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.ledger.entries import Day
from domain.ledger.models import Journal
from domain.ledger.reversing import reverse_journals


@dataclass(frozen=True, slots=True)
class AppliedTo:
    """An invoice that a payment settles, with so much (minor units), or as far as it goes."""

    invoice_id: int
    amount_minor: int | None = None


@operation("finance.pay")
async def record_receipt(
    work: Work,
    *,
    entity_id: int,
    party_id: int,
    currency: str,
    amount_minor: int,
    method: str = "bank",
    channel_id: int | None = None,
    reference: str | None = None,
    paid_on: date | None = None,
    invoices: Sequence[AppliedTo] | None = None,
) -> int:
    """Record money that came from a customer; the payment's id.

    It settles the named invoices in their order, or (None) the customer's open ones, the oldest
    due first; what is left stays the customer's credit. Raises NotFound, InvalidInput,
    CurrencyDiffers, PaymentTooMuch, ExchangeRateMissing, PeriodClosed."""
    for table, number, kind in (
        (LegalEntity, entity_id, "legal entity"),
        (Party, party_id, "party"),
        (Channel, channel_id, "channel"),
    ):
        await require_record(work, table.__table__, number, kind=kind)
    payment = NewPayment(
        kind=RECEIPT,
        entity_id=entity_id,
        party_id=party_id,
        currency=iso.currency(currency),
        amount_minor=amount_minor,
        paid_on=paid_on or work.now.date(),
        method=method,
        channel_id=channel_id,
        reference=text.optional(reference, path=("reference",)),
    )
    wanted = await _wanted(work, payment, invoices)
    [row] = await record_payments(work, [payment], day=Day.FALLS if paid_on is None else Day.GIVEN)
    assert row is not None  # It has no key by which it could have been there.
    await settle(work, [_settling(row.id, *each) for each in wanted])
    return int(row.id)


async def _wanted(
    work: Work, payment: NewPayment, invoices: Sequence[AppliedTo] | None
) -> list[tuple[int, int]]:
    """Which invoices are settled with how much; they are locked."""
    rows = await _invoices(work, payment, invoices)
    if invoices is None:
        amounts = spread(payment.amount_minor, [row.open_minor for row in rows])
        return [(row.id, part) for row, part in zip(rows, amounts, strict=True) if part]
    left, wanted = payment.amount_minor, []
    opens = {row.id: row.open_minor for row in rows}
    for each in invoices:
        part = each.amount_minor
        if part is None:
            part = min(left, opens[each.invoice_id])
        left -= part
        if part:
            wanted.append((each.invoice_id, part))
    return wanted


async def _invoices(
    work: Work, payment: NewPayment, invoices: Sequence[AppliedTo] | None
) -> Sequence[Row[Any]]:
    if invoices is not None:
        ids = [each.invoice_id for each in invoices]
        if len(set(ids)) < len(ids):
            raise InvalidInput("An invoice is named twice.", path=("invoices",))
        rows = list((await lock_items(work, [Item("invoice", n) for n in ids])).values())
        if any(row.party_id != payment.party_id for row in rows):
            raise InvalidInput("An invoice is another customer's.", path=("invoices",))
        return rows
    found = await work.values(
        select(Invoice.id).where(
            Invoice.tenant_id == work.tenant_id,
            Invoice.party_id == payment.party_id,
            Invoice.entity_id == payment.entity_id,
            Invoice.currency == payment.currency,
            Invoice.open_minor > 0,
        )
    )
    rows = [row for row in await lock_rows(work, Invoice, found) if row.open_minor > 0]
    return sorted(rows, key=lambda row: (row.due_on, row.id))


def _settling(payment_id: int, invoice_id: int, amount: int) -> Settling:
    source, target = Item("payment", payment_id), Item("invoice", invoice_id)
    return Settling(source=source, target=target, amount_minor=amount)


@operation("finance.pay")
async def apply_payment(work: Work, *, payment_id: int, invoices: Sequence[AppliedTo]) -> int:
    """Settle invoices of the customer with what is left of its payment, in their order; the
    payment's id. Raises NotFound, InvalidState, InvalidInput, CurrencyDiffers, PaymentTooMuch."""
    items = [Item("payment", payment_id), *(Item("invoice", each.invoice_id) for each in invoices)]
    rows = await lock_items(work, items)
    payment = rows[items[0]]
    _require_booked(payment)
    if payment.kind != RECEIPT:
        raise InvalidState("It is no receipt.", state=payment.kind, allowed=[])
    if any(rows[item].party_id != payment.party_id for item in items[1:]):
        raise InvalidInput("An invoice is another customer's.", path=("invoices",))
    left, parts = payment.open_minor, []
    for each, item in zip(invoices, items[1:], strict=True):
        part = each.amount_minor
        if part is None:
            part = min(left, rows[item].open_minor)
        left -= part
        parts.append(_settling(payment_id, each.invoice_id, part))
    await settle(work, [each for each in parts if each.amount_minor])
    work.audit(
        "apply_payment",
        subject="payment",
        subject_id=payment_id,
        after={"invoices": {str(each.target.id): each.amount_minor for each in parts}},
    )
    return payment_id


@operation("finance.pay")
async def reverse_payment(work: Work, *, payment_id: int, reason: str) -> int:
    """A payment came to nothing (bounced, was charged back): what it had settled is open again, and
    its journal is reversed; the payment's id. What a refund that comes back had paid back is the
    customer's credit again, and may be paid back another way.

    Raises NotFound, InvalidInput, InvalidState when it is reversed already, and PaymentInUse when
    something of it was paid back."""
    reason = text.name(reason, path=("reason",))
    await _lock_payouts(work, payment_id)
    item = Item("payment", payment_id)
    row = (await lock_items(work, [item, *await paid_back_by(work, payment_id)]))[item]
    _require_booked(row)
    if row.refunded_minor:
        message = f"Something of {row.number} was paid back."
        raise PaymentInUse(message, number=row.number)
    if row.cleared_minor:
        message = f"{row.number} was in a payout of its channel."
        raise PaymentInUse(message, number=row.number)
    await unsettle(work, payment_id)
    if row.kind == REFUND:
        await take_back(work, payment_id)
    journal = select(Journal.id).where(
        Journal.tenant_id == work.tenant_id,
        Journal.source_kind == "payment",
        Journal.source_id == payment_id,
    )
    await reverse_journals(
        work, await work.values(journal), description=f"{row.number} came to nothing: {reason}"
    )
    await work.execute(
        update(Payment)
        .where(Payment.tenant_id == work.tenant_id, Payment.id == payment_id)
        .values(status="reversed", reversed_at=work.now, reversal_reason=reason, base_open_minor=0)
    )
    await end_differences_of(work, [payment_id], "reversed")
    work.record(
        PaymentReversed(
            aggregate_id=payment_id, number=row.number, party_id=row.party_id, reason=reason
        )
    )
    work.audit(
        "reverse_payment",
        subject="payment",
        subject_id=payment_id,
        before={"status": row.status},
        after={"status": "reversed"},
        reason=reason,
    )
    return payment_id


async def _lock_payouts(work: Work, payment_id: int) -> None:
    """What lies with a channel is looked for in its payouts: none is posted meanwhile."""
    channel_id = await work.value(
        select(Payment.channel_id).where(
            Payment.tenant_id == work.tenant_id, Payment.id == payment_id
        )
    )
    if channel_id is not None:
        await lock_terms(work, channel_id)


@operation("finance.pay")
async def refund_payment(
    work: Work, *, payment_id: int, amount_minor: int | None = None, reference: str | None = None
) -> list[int]:
    """Pay back what is left of a receipt, or so much of it; the refunds' ids. Raises NotFound,
    InvalidState, InvalidInput, PaymentTooMuch, RefundTooMuch."""
    item = Item("payment", payment_id)
    row = (await lock_items(work, [item]))[item]
    _require_booked(row)
    if row.kind != RECEIPT:
        raise InvalidState("It is no receipt.", state=row.kind, allowed=[])
    most = row.amount_minor - row.refunded_minor
    amount = _amount(row, amount_minor, most=most)
    done = await refund(work, item, row, [row], amount, most=most, reference=reference)
    return [each.refund_id for each in done]


@operation("finance.pay")
async def refund_credit_note(
    work: Work,
    *,
    credit_note_id: int,
    amount_minor: int | None = None,
    reference: str | None = None,
) -> list[int]:
    """Pay back what is left of a credit note, or so much of it, as far as what it credits was
    paid; the refunds' ids. Raises NotFound, InvalidInput, PaymentTooMuch, RefundTooMuch."""
    item = Item("credit_note", credit_note_id)
    row = (await lock_items(work, [item]))[item]
    ids = await receipts_behind(work, credit_note_id)
    receipts = await lock_receipts(work, ids, row) if ids else []
    most = await most_refundable(work, credit_note_id, receipts)
    amount = _amount(row, amount_minor, most=most)
    done = await refund(work, item, row, receipts, amount, most=most, reference=reference)
    return [each.refund_id for each in done]


def _amount(row: Row[Any], asked: int | None, *, most: int) -> int:
    if asked is not None and asked <= 0:
        raise InvalidInput("Must be more than zero.", path=("amount",))
    amount = min(row.open_minor, most) if asked is None else asked
    if amount <= 0:
        raise InvalidState("Nothing is left to pay back.", state="settled", allowed=[])
    return amount


def _require_booked(row: Row[Any]) -> None:
    if row.status != "booked":
        raise InvalidState(f"{row.number} is {row.status}.", state=row.status, allowed=[])
