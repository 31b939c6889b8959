"""Giving up what a customer owes: asked for here, done once somebody has approved it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.finance.approved_write_offs import SUBJECT
from domain.finance.models import Invoice, WriteOff
from domain.finance.outcomes import PaymentTooMuch
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.inserting import insert_ids
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("finance.invoice")
async def request_write_off(
    work: Work,
    *,
    invoice_id: int,
    reason: str,
    amount_minor: int | None = None,
    expires_at: datetime | None = None,
) -> int:
    """Ask to give up what is open of an invoice, or so much of it; the approval request's id.

    Raises NotFound, InvalidInput, PaymentTooMuch when less is open, AwaitingApproval."""
    reason = text.name(reason, path=("reason",))
    invoice = await _invoice(work, invoice_id)
    amount = invoice.open_minor if amount_minor is None else amount_minor
    if amount <= 0 or amount > invoice.open_minor:
        if amount_minor is not None and amount_minor <= 0:
            raise InvalidInput("Must be more than zero.", path=("amount",))
        raise PaymentTooMuch(
            f"Less than that is open of {invoice.number}.",
            available_minor=invoice.open_minor,
            currency=invoice.currency,
        )
    row = {
        "invoice_id": invoice_id,
        "amount_minor": amount,
        "reason": reason,
        "requested_at": work.now,
    }
    [write_off_id] = await insert_ids(work, WriteOff, [row])
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=write_off_id,
        summary=f"Write off {invoice.number}",
        details={
            "invoice": invoice.number,
            "invoice_id": invoice_id,
            "amount_minor": amount,
            "currency": invoice.currency,
        },
        reason=reason,
        facts=Facts(amount_minor=amount, currency=invoice.currency, entity_id=invoice.entity_id),
        expires_at=expires_at,
    )


async def _invoice(work: Work, invoice_id: int) -> Row[Any]:
    row = await work.row(
        select(*Invoice.__table__.c).where(
            Invoice.tenant_id == work.tenant_id, Invoice.id == invoice_id
        )
    )
    if row is None:
        raise NotFound("invoice")
    return row
