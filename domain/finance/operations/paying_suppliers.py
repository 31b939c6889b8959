"""Suppliers are paid: one by one, or by runs that are proposed, approved and paid."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.entities.models import LegalEntity
from domain.finance.approved_runs import SUBJECT
from domain.finance.events import PaymentRunChanged
from domain.finance.models import PaymentRun, PaymentRunLine, SupplierInvoice
from domain.finance.numbering import draw_with_books
from domain.finance.open_items import Item, lock_items, lock_rows
from domain.finance.outcomes import NothingDue, PaymentTooMuch
from domain.finance.paying import TO_SUPPLIER, NewPayment, record_payments
from domain.finance.settling import Settling, settle
from domain.kernel import iso, text
from domain.kernel.errors import InvalidState, NotFound
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.ledger.entries import Day

RUN_LIMIT = 1000


@operation("finance.pay")
async def pay_supplier(
    work: Work,
    *,
    supplier_invoice_id: int,
    amount_minor: int | None = None,
    method: str = "bank",
    reference: str | None = None,
    paid_on: date | None = None,
) -> int:
    """Record that a supplier's invoice was paid, or so much of it; the payment's id. Method
    "credit" is what the supplier gives back of it. Raises NotFound, InvalidInput, InvalidState,
    PaymentTooMuch, ExchangeRateMissing, PeriodClosed."""
    item = Item("supplier_invoice", supplier_invoice_id)
    row = (await lock_items(work, [item]))[item]
    amount = row.open_minor if amount_minor is None else amount_minor
    if row.status != "booked" or not row.open_minor:
        raise InvalidState(f"{row.number} is not to be paid.", state=row.status, allowed=[])
    if amount > row.open_minor:
        raise PaymentTooMuch(
            f"Less than that is open of {row.number}.",
            available_minor=row.open_minor,
            currency=row.currency,
        )
    payment = NewPayment(
        kind=TO_SUPPLIER,
        entity_id=row.entity_id,
        party_id=row.supplier_id,
        currency=row.currency,
        amount_minor=amount,
        paid_on=paid_on or work.now.date(),
        method=method,
        reference=text.optional(reference, path=("reference",)) or row.external_number,
    )
    [paid] = await record_payments(work, [payment], day=Day.FALLS if paid_on is None else Day.GIVEN)
    assert paid is not None  # It has no key by which it could have been there.
    await settle(
        work, [Settling(source=Item("payment", paid.id), target=item, amount_minor=amount)]
    )
    return int(paid.id)


@operation("finance.pay")
async def propose_payment_run(
    work: Work, *, entity_id: int, currency: str, due_until: date, pay_on: date | None = None
) -> int:
    """Propose to pay all that an entity's suppliers are due by a day and no other run pays; the
    run's id. Raises NotFound, InvalidInput, NothingDue."""
    currency = iso.currency(currency)
    await require_record(work, LegalEntity.__table__, entity_id, kind="legal entity")
    due = await _due(work, entity_id, currency, due_until)
    if not due:
        raise NothingDue("No supplier is to be paid anything by then.")
    row = {
        "number": (await draw_with_books(work, "payment_run", 1, [entity_id]))[0],
        "entity_id": entity_id,
        "currency": currency,
        "pay_on": pay_on or work.now.date(),
        "due_until": due_until,
        "total_minor": sum(each.open_minor for each in due),
        "created_at": work.now,
        "created_by": work.actor.principal.name,
    }
    [run_id] = await insert_ids(work, PaymentRun, [row])
    lines = [
        {"run_id": run_id, "supplier_invoice_id": each.id, "amount_minor": each.open_minor}
        for each in due
    ]
    await insert_rows(work, PaymentRunLine, lines)
    _tell(work, run_id, row["number"], entity_id, "proposed")
    return run_id


async def _due(work: Work, entity_id: int, currency: str, until: date) -> Sequence[Row[Any]]:
    """What is due, locked. Somebody may have planned some of it while the locks were waited for:
    what is planned is looked at again under them."""
    invoice = SupplierInvoice
    rows = await work.rows(
        select(invoice.id, invoice.open_minor)
        .where(
            invoice.tenant_id == work.tenant_id,
            invoice.entity_id == entity_id,
            invoice.currency == currency,
            invoice.status == "booked",
            invoice.open_minor > 0,
            invoice.due_on <= until,
            invoice.id.not_in(_planned(work)),
        )
        .order_by(invoice.id)
        .limit(RUN_LIMIT)
        .with_for_update(of=invoice)
    )
    ids = [row.id for row in rows]
    again = _planned(work).where(PaymentRunLine.supplier_invoice_id.in_(ids))
    planned = set(await work.values(again))
    return [row for row in rows if row.id not in planned]


def _planned(work: Work) -> Any:
    """The invoices that a run is to pay."""
    line, run = PaymentRunLine, PaymentRun
    return (
        select(line.supplier_invoice_id)
        .join(run, (run.tenant_id == line.tenant_id) & (run.id == line.run_id))
        .where(
            line.tenant_id == work.tenant_id,
            run.status.in_(("proposed", "waiting", "approved")),
        )
    )


@operation("finance.pay")
async def request_payment_run(
    work: Work, *, run_id: int, reason: str, expires_at: datetime | None = None
) -> int:
    """Ask that a run be paid; the approval request's id. Raises NotFound, InvalidInput,
    InvalidState, AwaitingApproval."""
    reason = text.name(reason, path=("reason",))
    run = await _run(work, run_id, ("proposed",))
    await _set(work, run_id, status="waiting")
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=run_id,
        summary=f"Pay {run.number}",
        details={
            "number": run.number,
            "total_minor": run.total_minor,
            "currency": run.currency,
            "pay_on": run.pay_on.isoformat(),
        },
        reason=reason,
        facts=Facts(amount_minor=run.total_minor, currency=run.currency, entity_id=run.entity_id),
        expires_at=expires_at,
    )


@operation("finance.pay")
async def mark_run_paid(work: Work, *, run_id: int, reference: str | None = None) -> int:
    """Record that an approved run was paid: one payment for each supplier, which settles its
    invoices; the run's id. What was paid meanwhile otherwise is left out. Raises NotFound,
    InvalidState."""
    reference = text.optional(reference, path=("reference",))
    run = await _run(work, run_id, ("approved",))
    lines = await work.rows(
        select(*PaymentRunLine.__table__.c).where(
            PaymentRunLine.tenant_id == work.tenant_id, PaymentRunLine.run_id == run_id
        )
    )
    items = [Item("supplier_invoice", line.supplier_invoice_id) for line in lines]
    rows = await lock_items(work, items)
    owed: dict[int, list[tuple[Item, int]]] = defaultdict(list)
    for line, item in zip(lines, items, strict=True):
        part = min(line.amount_minor, rows[item].open_minor)
        if part:
            owed[rows[item].supplier_id].append((item, part))
    payments = [_payment(run, supplier, parts, reference) for supplier, parts in owed.items()]
    recorded = await record_payments(work, payments)
    parts = [
        Settling(source=Item("payment", paid.id), target=item, amount_minor=amount)
        for paid, own in zip(recorded, owed.values(), strict=True)
        if paid is not None
        for item, amount in own
    ]
    await settle(work, parts)
    await _note_payments(work, run_id, parts)
    await _set(work, run_id, status="paid", paid_at=work.now)
    _tell(work, run_id, run.number, run.entity_id, "paid")
    return run_id


def _payment(
    run: Row[Any], supplier: int, parts: Sequence[tuple[Item, int]], reference: str | None
) -> NewPayment:
    return NewPayment(
        kind=TO_SUPPLIER,
        entity_id=run.entity_id,
        party_id=supplier,
        currency=run.currency,
        amount_minor=sum(amount for _, amount in parts),
        paid_on=run.pay_on,
        reference=reference or run.number,
    )


async def _note_payments(work: Work, run_id: int, parts: Sequence[Settling]) -> None:
    by_payment: dict[int, list[int]] = defaultdict(list)
    for part in parts:
        by_payment[part.source.id].append(part.target.id)
    for payment_id, invoices in by_payment.items():
        await work.execute(
            update(PaymentRunLine)
            .where(
                PaymentRunLine.tenant_id == work.tenant_id,
                PaymentRunLine.run_id == run_id,
                PaymentRunLine.supplier_invoice_id.in_(invoices),
            )
            .values(payment_id=payment_id)
        )


@operation("finance.pay")
async def drop_payment_run(work: Work, *, run_id: int, reason: str) -> int:
    """Give a run up that is not paid; its id. Raises NotFound, InvalidInput, InvalidState."""
    reason = text.name(reason, path=("reason",))
    run = await _run(work, run_id, ("proposed", "approved"))
    await _set(work, run_id, status="dropped")
    _tell(work, run_id, run.number, run.entity_id, "dropped", reason)
    return run_id


async def _run(work: Work, run_id: int, allowed: Sequence[str]) -> Row[Any]:
    rows = await lock_rows(work, PaymentRun, [run_id])
    if not rows:
        raise NotFound("payment run")
    if rows[0].status not in allowed:
        message = f"{rows[0].number} is {rows[0].status}."
        raise InvalidState(message, state=rows[0].status, allowed=list(allowed))
    return rows[0]


async def _set(work: Work, run_id: int, **fields: Any) -> None:
    await work.execute(
        update(PaymentRun)
        .where(PaymentRun.tenant_id == work.tenant_id, PaymentRun.id == run_id)
        .values(**fields)
    )


def _tell(
    work: Work, run_id: int, number: str, entity_id: int, status: str, reason: str | None = None
) -> None:
    work.record(
        PaymentRunChanged(aggregate_id=run_id, number=number, entity_id=entity_id, status=status)
    )
    work.audit(
        "change_payment_run",
        subject="payment_run",
        subject_id=run_id,
        after={"status": status},
        reason=reason,
    )
