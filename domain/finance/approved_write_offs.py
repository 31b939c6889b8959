"""What is open of an invoice is given up once somebody says yes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import Row

from domain.approvals.subjects import Request, approvable
from domain.finance.events import InvoiceWrittenOff
from domain.finance.models import WriteOff
from domain.finance.open_items import Item, lock_items, standing_of
from domain.finance.settling import Settling, settle_locked
from domain.kernel.errors import InvalidState
from domain.kernel.work import Work
from domain.ledger.entries import Dimensions, Entry, Leg
from domain.ledger.posting import post

SUBJECT = "write_off"


async def _forget(work: Work, requests: Sequence[Request], status: str) -> None:
    """What was not approved stays owed."""
    ids = [request.subject_id for request in requests]
    await _set(work, ids, "dropped")


@approvable(
    SUBJECT,
    title="Write-off of what a customer owes",
    permission="finance.approve",
    dropped=_forget,
)
async def write_off(work: Work, request: Request) -> None:
    """Give it up. Raises InvalidState when less is open by now."""
    own, invoice_item = Item("write_off", request.subject_id), _invoice_of(request)
    rows = await lock_items(work, [own, invoice_item])
    row, invoice = rows[own], rows[invoice_item]
    if row.status != "waiting" or row.amount_minor > invoice.open_minor:
        message = f"Less than that is open of {invoice.number} by now."
        raise InvalidState(message, state=row.status, allowed=[])
    base = standing_of(invoice).base_of(row.amount_minor)
    part = Settling(source=own, target=invoice_item, amount_minor=row.amount_minor)
    await _set(work, [row.id], "booked")
    await settle_locked(work, [part], rows)
    await post(work, [_entry(work, row, invoice, base)])
    work.record(
        InvoiceWrittenOff(
            aggregate_id=invoice.id,
            number=invoice.number,
            party_id=invoice.party_id,
            currency=invoice.currency,
            amount_minor=row.amount_minor,
        )
    )
    work.audit(
        "write_off",
        subject="invoice",
        subject_id=invoice.id,
        after={"amount_minor": row.amount_minor, "requested_by": request.requested_by},
        reason=row.reason,
    )


def _invoice_of(request: Request) -> Item:
    return Item("invoice", request.details["invoice_id"])


def _entry(work: Work, row: Row[Any], invoice: Row[Any], base: int) -> Entry:
    return Entry(
        entity_id=invoice.entity_id,
        milestone="write_off",
        source_kind="write_off",
        source_id=row.id,
        currency=invoice.currency,
        legs=(
            Leg("bad_debt", row.amount_minor, base_amount_minor=base),
            Leg("receivable", -row.amount_minor, base_amount_minor=-base),
        ),
        posted_on=work.now.date(),
        description=f"Write-off of {invoice.number}",
        trace={"invoice_id": invoice.id},
        dimensions=Dimensions(party_id=invoice.party_id),
    )


async def _set(work: Work, ids: Sequence[int], status: str) -> None:
    await work.execute(
        update(WriteOff)
        .where(WriteOff.tenant_id == work.tenant_id, WriteOff.id.in_(ids))
        .values(status=status)
    )
