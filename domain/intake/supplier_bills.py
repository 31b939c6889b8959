"""A supplier's invoice or credit note that came in becomes one of ours, matched with what was
ordered and came, or waits with its reason."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Row

from domain.finance.bills import Bill, take_bill
from domain.finance.models import SupplierInvoice
from domain.finance.outcomes import DuplicateSupplierInvoice
from domain.intake.bill_lines import billed_lines, total_minor
from domain.intake.bill_parties import Concerned, concerned
from domain.intake.bill_problems import number_used, prepaid, refused
from domain.intake.booking import problems_json
from domain.intake.document import Problem, Reading, has_errors
from domain.intake.formats.invoiced.invoice import ParsedInvoice, as_json
from domain.intake.formats.invoiced.reading import read_invoices
from domain.intake.models import IntakeDocument
from domain.intake.policy import Outcome, outcome_of_all
from domain.kernel.errors import Expected, Refusal
from domain.kernel.json import dump_canonical
from domain.kernel.money import to_minor
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class TakenBill:
    """What became of one invoice of a document; its problems beside those that it was read with."""

    outcome: Outcome
    supplier_invoice_id: int | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenBills:
    """What became of the invoices of a message. `first_id` is the message that brought the first
    of them before, where nothing in it is new."""

    format: str
    invoices: tuple[ParsedInvoice, ...]
    taken: tuple[TakenBill, ...]
    problems: tuple[Problem, ...]
    acknowledgement: str | None
    first_id: int | None

    @property
    def outcome(self) -> str:
        """The outcome of the message."""
        if not self.taken:
            return "exception"
        return outcome_of_all([each.outcome for each in self.taken])

    @property
    def own_problems(self) -> tuple[Problem, ...]:
        """What is wrong with the invoices themselves."""
        pairs = zip(self.invoices, self.taken, strict=True)
        return tuple(
            each for invoice, taken in pairs for each in (*invoice.problems, *taken.problems)
        )

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """What is wrong, with the envelope and with them."""
        return (*self.problems, *self.own_problems)


async def take_bills(
    work: Work, channel: Row[Any], message: Row[Any], reading: Reading
) -> TakenBills | None:
    """Take in what a document bills, invoice by invoice; None for a document that bills nothing.

    What is wrong with one, or not known here, waits with its reason, and the others are taken in;
    what is wrong with the envelope keeps all of them. The same number of the same supplier is one
    invoice, whatever it came by and was written in."""
    told = read_invoices(message.raw, format=reading.format)
    if told is None:
        return None
    envelope = told.problems
    taken = []
    for invoice in told.invoices:
        if has_errors(envelope) or has_errors(invoice.problems):
            taken.append(TakenBill(Outcome.EXCEPTION))
        else:
            taken.append(await _take(work, channel, message.id, invoice))
    taken, first_id = await _told_before(work, message.id, taken)
    return TakenBills(
        format=told.format,
        invoices=told.invoices,
        taken=tuple(taken),
        problems=envelope,
        acknowledgement=told.acknowledgement or reading.acknowledgement,
        first_id=first_id,
    )


async def _take(
    work: Work, channel: Row[Any], message_id: int, invoice: ParsedInvoice
) -> TakenBill:
    whose = await concerned(work, channel, invoice)
    if not isinstance(whose, Concerned):
        return TakenBill(Outcome.EXCEPTION, None, tuple(whose))
    known = await _known(work, whose, invoice)
    currency = _currency(channel, invoice, whose)
    if known is not None:
        return _once_more(invoice, known, currency)
    lines, problems = await billed_lines(work, channel, invoice, whose, currency)
    if problems:
        return TakenBill(Outcome.EXCEPTION, None, tuple(problems))
    # Both were checked.
    assert invoice.number is not None
    assert invoice.issued_on is not None
    only = next(iter(whose.orders.values())) if len(whose.orders) == 1 else None
    bill = Bill(
        external_number=invoice.number,
        invoiced_on=invoice.issued_on,
        lines=lines,
        purchase_order_id=None if only is None else only.id,
        supplier_id=whose.supplier_id,
        entity_id=whose.entity_id,
        currency=currency,
        tax_minor=to_minor(invoice.totals.tax or Decimal(0), currency),
        total_minor=total_minor(invoice, currency),
        intake_message_id=message_id,
        is_credit=invoice.is_credit,
        corrects_id=None if whose.corrects is None else whose.corrects.id,
    )
    return await _write(work, invoice, whose, bill)


async def _write(work: Work, invoice: ParsedInvoice, whose: Concerned, bill: Bill) -> TakenBill:
    try:
        async with work.attempt():
            taken_id = await take_bill(work, bill)
    except DuplicateSupplierInvoice:
        # It came at the same time by another way.
        known = await _known(work, whose, invoice)
        assert known is not None
        return _once_more(invoice, known, bill.currency or "")
    except (Expected, Refusal) as refusal:
        return TakenBill(Outcome.EXCEPTION, None, (refused(invoice, refusal),))
    told = (prepaid(invoice),) if invoice.totals.prepaid else ()
    return TakenBill(Outcome.ACCEPTED, taken_id, told)


def _currency(channel: Row[Any], invoice: ParsedInvoice, whose: Concerned) -> str:
    """The document's; else its orders', the corrected invoice's, the channel's."""
    of_orders = [order.currency for order in whose.orders.values()]
    corrected = [] if whose.corrects is None else [whose.corrects.currency]
    told = [] if invoice.currency is None else [invoice.currency]
    return str([*told, *of_orders, *corrected, channel.currency][0])


async def _known(work: Work, whose: Concerned, invoice: ParsedInvoice) -> Row[Any] | None:
    bill = SupplierInvoice
    return await work.row(
        select(bill.id, bill.kind, bill.currency, bill.total_minor).where(
            bill.tenant_id == work.tenant_id,
            bill.entity_id == whose.entity_id,
            bill.supplier_id == whose.supplier_id,
            bill.external_number == (invoice.number or "").strip(),
            bill.status != "rejected",
        )
    )


def _once_more(invoice: ParsedInvoice, known: Row[Any], currency: str) -> TakenBill:
    """The same invoice is known; another one under its number waits."""
    same = (
        (known.kind == "credit_note") == invoice.is_credit
        and known.currency == currency
        and known.total_minor == total_minor(invoice, currency)
    )
    if same:
        return TakenBill(Outcome.DUPLICATE, known.id)
    return TakenBill(Outcome.EXCEPTION, known.id, (number_used(invoice),))


async def _told_before(
    work: Work, message_id: int, taken: Sequence[TakenBill]
) -> tuple[list[TakenBill], int | None]:
    """What this very message made, when it was read before, was accepted and is no duplicate; and
    the message that the first duplicate came by."""
    ids = [each.supplier_invoice_id for each in taken if each.outcome is Outcome.DUPLICATE]
    rows = await work.rows(
        select(SupplierInvoice.id, SupplierInvoice.intake_message_id).where(
            SupplierInvoice.tenant_id == work.tenant_id, SupplierInvoice.id.in_(ids)
        )
    )
    came_by = {row.id: row.intake_message_id for row in rows}
    settled = [
        replace(each, outcome=Outcome.ACCEPTED)
        if each.outcome is Outcome.DUPLICATE and came_by.get(each.supplier_invoice_id) == message_id
        else each
        for each in taken
    ]
    earlier = (each for each in came_by.values() if each not in (None, message_id))
    return settled, next(earlier, None)


async def keep_bills(work: Work, message_id: int, bills: TakenBills, *, position: int) -> None:
    """What was read of the message, invoice by invoice, in place of what an earlier reading kept;
    `position` is that of the first."""
    document = IntakeDocument
    await work.execute(
        delete(document).where(
            document.tenant_id == work.tenant_id,
            document.message_id == message_id,
            document.position >= position,
        )
    )
    pairs = zip(bills.invoices, bills.taken, strict=True)
    rows = [
        _document(work, message_id, place, invoice, taken)
        for place, (invoice, taken) in enumerate(pairs, start=position)
    ]
    if rows:
        await work.execute(insert(document), rows)


def _document(
    work: Work, message_id: int, place: int, invoice: ParsedInvoice, taken: TakenBill
) -> dict[str, Any]:
    content = as_json(invoice)
    return {
        "tenant_id": work.tenant_id,
        "message_id": message_id,
        "position": place,
        "external_id": None,
        "external_number": invoice.number,
        "content_hash": hashlib.sha256(dump_canonical(content)).hexdigest(),
        "order_id": None,
        "supplier_invoice_id": taken.supplier_invoice_id,
        "outcome": taken.outcome.value,
        "problems": problems_json((*invoice.problems, *taken.problems)),
        "content": content,
    }
