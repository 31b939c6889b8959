"""What suppliers give back: of what was expected of them, and off what they are owed."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, func, select
from sqlalchemy.engine import Row

from domain.finance.models import (
    Payment,
    PaymentAllocation,
    SupplierInvoice,
    SupplierInvoiceLine,
)
from domain.finance.open_items import Item
from domain.finance.paying import TO_SUPPLIER, NewPayment, record_payments
from domain.finance.settling import Settling, settle
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.procurement.models import PurchaseOrderLine

CREDIT = "credit"
SOURCE = "supplier_invoice"


async def expected_back(work: Work, credit: Row[Any], order_ids: Collection[int]) -> int:
    """What is still expected of the invoice that a credit note corrects, else of those of its
    orders: at most what the note gives, without tax, in minor units."""
    invoice_ids = [row.id for row in await _billed(work, credit, order_ids)]
    if not invoice_ids:
        return 0
    bill = SupplierInvoice
    expected = await work.value(
        select(func.coalesce(func.sum(bill.credit_expected_minor), 0).cast(BigInteger)).where(
            bill.tenant_id == work.tenant_id, bill.id.in_(invoice_ids)
        )
    )
    of_same: Any = bill.corrects_id.in_(invoice_ids)
    if credit.corrects_id is None:
        of_same |= bill.purchase_order_id.in_(order_ids)
    given = await work.value(
        select(func.coalesce(func.sum(bill.credit_expected_minor), 0).cast(BigInteger)).where(
            bill.tenant_id == work.tenant_id, bill.status == "credited", of_same
        )
    )
    by_hand = await _given_by_hand(work, invoice_ids)
    return int(max(min(expected - given - by_hand, credit.net_minor), 0))


async def _given_by_hand(reader: Reader, invoice_ids: Collection[int]) -> int:
    """What was recorded as given back without a credit note."""
    part = PaymentAllocation
    total = await reader.value(
        select(func.coalesce(func.sum(part.amount_minor), 0).cast(BigInteger))
        .join(Payment, (Payment.tenant_id == part.tenant_id) & (Payment.id == part.payment_id))
        .where(
            part.tenant_id == reader.tenant_id,
            part.supplier_invoice_id.in_(invoice_ids),
            part.ended_at.is_(None),
            Payment.method == CREDIT,
            Payment.source_kind.is_(None),
        )
    )
    return int(total)


async def give_back(work: Work, credit: Row[Any], order_ids: Collection[int]) -> None:
    """Take what a credit note gives, with tax, off what is owed: first of the invoice that it
    corrects, or of those of its orders, the oldest first; the rest stays with the supplier."""
    payment = NewPayment(
        kind=TO_SUPPLIER,
        entity_id=credit.entity_id,
        party_id=credit.supplier_id,
        currency=credit.currency,
        amount_minor=credit.total_minor,
        paid_on=work.now.date(),
        method=CREDIT,
        reference=credit.external_number,
        source=(SOURCE, credit.id),
    )
    billed = await _billed(work, credit, order_ids)
    [paid] = await record_payments(work, [payment])
    if paid is None:
        return
    left, parts = credit.total_minor, []
    for row in billed:
        part = min(left, row.open_minor)
        left -= part
        if part:
            target = Item("supplier_invoice", row.id)
            parts.append(
                Settling(source=Item("payment", paid.id), target=target, amount_minor=part)
            )
    await settle(work, parts)


async def _billed(work: Work, credit: Row[Any], order_ids: Collection[int]) -> list[Row[Any]]:
    """The booked invoices that a credit note may be of, locked, the oldest first."""
    invoice, line, bought = SupplierInvoice, SupplierInvoiceLine, PurchaseOrderLine
    if credit.corrects_id is not None:
        which: Any = invoice.id == credit.corrects_id
    else:
        by_line = (
            select(line.supplier_invoice_id)
            .join(
                bought,
                (bought.tenant_id == line.tenant_id) & (bought.id == line.purchase_line_id),
            )
            .where(line.tenant_id == work.tenant_id, bought.order_id.in_(order_ids))
        )
        which = invoice.purchase_order_id.in_(order_ids) | invoice.id.in_(by_line)
    return list(
        await work.rows(
            select(invoice.id, invoice.open_minor)
            .where(
                invoice.tenant_id == work.tenant_id,
                invoice.entity_id == credit.entity_id,
                invoice.supplier_id == credit.supplier_id,
                invoice.currency == credit.currency,
                invoice.kind == "invoice",
                invoice.status == "booked",
                which,
            )
            .order_by(invoice.id)
            .with_for_update()
        )
    )
