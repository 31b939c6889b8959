"""Suppliers' invoices: taken in, matched, and what is done about those that are not borne out."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.finance.approved_supplier_invoices import SUBJECT
from domain.finance.bills import Bill, take_bill
from domain.finance.events import SupplierInvoiceRejected
from domain.finance.matched import Matched, matched
from domain.finance.models import SupplierInvoice, SupplierInvoiceLine
from domain.finance.payables import BOOKED, EXCEPTION, REJECTED, WAITING, book, set_invoice
from domain.finance.policies.matching import OTHER_CURRENCY
from domain.finance.taking_in import BilledLine, settle_match
from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.procurement.models import PurchaseOrderLine


@operation("finance.invoice")
async def record_supplier_invoice(
    work: Work,
    *,
    external_number: str,
    invoiced_on: date,
    lines: Sequence[BilledLine],
    purchase_order_id: int | None = None,
    supplier_id: int | None = None,
    entity_id: int | None = None,
    currency: str | None = None,
    tax_minor: int = 0,
    total_minor: int | None = None,
    tax_code_id: int | None = None,
    intake_message_id: int | None = None,
) -> int:
    """Take in a supplier's invoice, of an order or of none; its id.

    It is held against order and receipts, within the supplier's tolerances: borne out, it is
    booked at once; else it is an exception, with its reasons. Without an order it names supplier,
    entity and currency. Raises NotFound, InvalidInput, DuplicateSupplierInvoice."""
    if any(line.quantity <= 0 for line in lines):
        place = next(n for n, line in enumerate(lines) if line.quantity <= 0)
        raise InvalidInput("Must be more than zero.", path=("lines", place, "quantity"))
    return await take_bill(
        work,
        Bill(
            external_number=external_number,
            invoiced_on=invoiced_on,
            lines=lines,
            purchase_order_id=purchase_order_id,
            supplier_id=supplier_id,
            entity_id=entity_id,
            currency=currency,
            tax_minor=tax_minor,
            total_minor=total_minor,
            tax_code_id=tax_code_id,
            intake_message_id=intake_message_id,
        ),
    )


@operation("finance.invoice")
async def request_supplier_invoice_acceptance(
    work: Work, *, supplier_invoice_id: int, reason: str, expires_at: datetime | None = None
) -> int:
    """Ask that an invoice that is not borne out be booked as it is; the approval request's id.
    Raises NotFound, InvalidInput, InvalidState, AwaitingApproval."""
    reason = text.name(reason, path=("reason",))
    found = await _undecided(work, supplier_invoice_id)
    invoice = found.invoice
    if OTHER_CURRENCY in found.reasons:
        message = "It is in another currency than its order; reject it."
        raise InvalidState(message, state=invoice.status, allowed=["reject"])
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=invoice.id,
        summary=f"Book {invoice.number}: {', '.join(found.reasons)}",
        details={
            "number": invoice.number,
            "external_number": invoice.external_number,
            "reasons": found.reasons,
            "total_minor": invoice.total_minor,
            "agreed_minor": found.agreed_minor,
            "currency": invoice.currency,
        },
        reason=reason,
        facts=Facts(
            amount_minor=max(invoice.net_minor - found.agreed_minor, 0),
            currency=invoice.currency,
            entity_id=invoice.entity_id,
        ),
        expires_at=expires_at,
    )


@operation("finance.invoice")
async def reject_supplier_invoice(work: Work, *, supplier_invoice_id: int, reason: str) -> int:
    """Send an invoice back that is not borne out; its id. Its number may come again. Raises
    NotFound, InvalidInput, InvalidState."""
    reason = text.name(reason, path=("reason",))
    invoice = (await _undecided(work, supplier_invoice_id)).invoice
    await set_invoice(
        work, invoice.id, status=REJECTED, decision="rejected", decision_reason=reason
    )
    work.record(
        SupplierInvoiceRejected(
            aggregate_id=invoice.id,
            number=invoice.number,
            supplier_id=invoice.supplier_id,
            reason=reason,
        )
    )
    _note(work, "reject_supplier_invoice", invoice, REJECTED, reason)
    return supplier_invoice_id


@operation("finance.invoice")
async def await_supplier_receipt(work: Work, *, supplier_invoice_id: int, reason: str) -> int:
    """Let an invoice wait for goods that are to come: it is matched again with each receipt of its
    order, and booked at once where all of them came meanwhile; its id. Raises NotFound,
    InvalidInput, InvalidState."""
    reason = text.name(reason, path=("reason",))
    found = await _undecided(work, supplier_invoice_id)
    invoice = found.invoice
    if found.is_credit or not found.orders:
        message = "Nothing is to come of it: it is of no order, or gives back."
        raise InvalidState(message, state=invoice.status, allowed=["reject"])
    if not found.reasons:
        await settle_match(work, found, status=WAITING)
        return supplier_invoice_id
    await set_invoice(work, invoice.id, status=WAITING, decision_reason=reason)
    _note(work, "await_supplier_receipt", invoice, WAITING, reason)
    return supplier_invoice_id


@operation("finance.invoice")
async def expect_supplier_credit(work: Work, *, supplier_invoice_id: int, reason: str) -> int:
    """Book an invoice that bills too much, and expect the supplier to give the rest back: what
    order and receipts bear out goes to the goods, the rest is the supplier's to credit; its id.
    Raises NotFound, InvalidInput, InvalidState."""
    reason = text.name(reason, path=("reason",))
    found = await _undecided(work, supplier_invoice_id)
    invoice = found.invoice
    disputed = invoice.net_minor - found.agreed_minor
    is_of_order = all(line.purchase_line_id is not None for line in found.lines)
    if OTHER_CURRENCY in found.reasons or not is_of_order or disputed <= 0 or found.is_credit:
        message = "There is nothing in it that the supplier could credit."
        raise InvalidState(message, state=invoice.status, allowed=["reject"])
    await book(work, found, decision="credit_expected", credit_expected_minor=disputed)
    _note(work, "expect_supplier_credit", invoice, BOOKED, reason)
    return supplier_invoice_id


@operation("finance.invoice")
async def match_again(work: Work, *, supplier_invoice_id: int) -> str:
    """Hold an invoice that is not booked against order and receipts as they are now; its status.
    Raises NotFound, InvalidState."""
    found = await _undecided(work, supplier_invoice_id)
    return await settle_match(work, found, status=found.invoice.status)


@operation("finance.invoice")
async def match_waiting(work: Work, *, purchase_order_id: int) -> int:
    """Hold what waits for goods of an order against what came; how many invoices were booked."""
    line, bought = SupplierInvoiceLine, PurchaseOrderLine
    of_lines = (
        select(line.supplier_invoice_id)
        .join(bought, (bought.tenant_id == line.tenant_id) & (bought.id == line.purchase_line_id))
        .where(line.tenant_id == work.tenant_id, bought.order_id == purchase_order_id)
    )
    waiting = await work.values(
        select(SupplierInvoice.id)
        .where(
            SupplierInvoice.tenant_id == work.tenant_id,
            (SupplierInvoice.purchase_order_id == purchase_order_id)
            | SupplierInvoice.id.in_(of_lines),
            SupplierInvoice.status == WAITING,
        )
        .order_by(SupplierInvoice.id)
    )
    became = []
    for each in waiting:
        found = await matched(work, each)
        # Locked only now: somebody may have decided on it meanwhile.
        if found.invoice.status == WAITING:
            became.append(await settle_match(work, found, status=WAITING))
    return became.count(BOOKED)


async def _undecided(work: Work, invoice_id: int) -> Matched:
    found = await matched(work, invoice_id)
    invoice = found.invoice
    if invoice.status not in (EXCEPTION, WAITING):
        raise InvalidState(
            f"{invoice.number} is {invoice.status}.", state=invoice.status, allowed=[]
        )
    return found


def _note(work: Work, action: str, invoice: Row[Any], status: str, reason: str) -> None:
    work.audit(
        action,
        subject="supplier_invoice",
        subject_id=invoice.id,
        before={"status": invoice.status},
        after={"status": status},
        reason=reason,
    )
