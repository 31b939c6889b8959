"""Credit notes by hand, and what they settle."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.finance.crediting import Credit, billed_line, issue_credit_note, lock_billed
from domain.finance.models import CreditNote, Invoice, InvoiceLine
from domain.finance.open_items import Item
from domain.finance.policies.crediting import Given, tax_of
from domain.finance.settling import Settling, settle
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.policy import portion


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedLine:
    """What is given back of an invoice's line: a quantity (base units) at what it was billed, or
    an amount without tax (minor units); with neither all that is left of it."""

    line_number: int
    quantity: Decimal | None = None
    net_minor: int | None = None


@operation("finance.invoice")
async def credit_invoice(
    work: Work, *, invoice_id: int, reason: str, lines: Sequence[CreditedLine] | None = None
) -> int:
    """Give back lines of an invoice, or all that is left of it; the credit note's id.

    Taxes go back with what they are of. It settles what is open of the invoice; the rest stays
    the customer's credit. Raises NotFound, InvalidInput, CreditTooMuch."""
    reason = text.name(reason, path=("reason",))
    await _require_invoice(work, invoice_id)
    of_invoice = select(InvoiceLine.id).where(
        InvoiceLine.tenant_id == work.tenant_id, InvoiceLine.invoice_id == invoice_id
    )
    invoices, rows = await lock_billed(work, await work.values(of_invoice))
    given = _all_left(rows) if lines is None else _named(rows, lines)
    chosen = [row for row in rows if row.id in given]
    return await issue_credit_note(work, Credit(lines=given, reason=reason), invoices, chosen)


@operation("finance.invoice")
async def apply_credit_note(
    work: Work, *, credit_note_id: int, invoice_id: int, amount_minor: int | None = None
) -> int:
    """Settle another invoice of the customer with what is left of a credit note, as far as it goes
    or `amount_minor` of it; the note's id. Raises NotFound, CurrencyDiffers, PaymentTooMuch."""
    note = await _row(work, CreditNote, credit_note_id, "credit note")
    invoice = await _row(work, Invoice, invoice_id, "invoice")
    if note.party_id != invoice.party_id:
        raise InvalidInput("The invoice is another customer's.", path=("invoice_id",))
    amount = min(note.open_minor, invoice.open_minor) if amount_minor is None else amount_minor
    source, target = Item("credit_note", credit_note_id), Item("invoice", invoice_id)
    await settle(work, [Settling(source=source, target=target, amount_minor=amount)])
    work.audit(
        "apply_credit_note",
        subject="credit_note",
        subject_id=credit_note_id,
        after={"invoice_id": invoice_id, "amount_minor": amount},
    )
    return credit_note_id


async def _require_invoice(work: Work, invoice_id: int) -> None:
    await _row(work, Invoice, invoice_id, "invoice")


async def _row(work: Work, table: Any, row_id: int, kind: str) -> Row[Any]:
    row = await work.row(
        select(*table.__table__.c).where(table.tenant_id == work.tenant_id, table.id == row_id)
    )
    if row is None:
        raise NotFound(kind)
    return row


def _all_left(rows: Sequence[Row[Any]]) -> dict[int, Given]:
    left = {row.id: billed_line(row).left for row in rows}
    return {n: given for n, given in left.items() if given.net_minor or given.tax_minor}


def _named(rows: Sequence[Row[Any]], lines: Sequence[CreditedLine]) -> dict[int, Given]:
    by_number = {row.line_number: row for row in rows}
    given: dict[int, Given] = {}
    for place, wanted in enumerate(lines):
        path = ("lines", place, "line_number")
        row = by_number.get(wanted.line_number)
        if row is None:
            raise InvalidInput(f"The invoice has no line {wanted.line_number}.", path=path)
        if row.id in given:
            raise InvalidInput(f"Line {wanted.line_number} is named twice.", path=path)
        given[row.id] = _of_line(row, wanted, path=("lines", place))
    return given


def _of_line(row: Row[Any], wanted: CreditedLine, *, path: tuple[str | int, ...]) -> Given:
    line = billed_line(row)
    for name, value in (("quantity", wanted.quantity), ("net", wanted.net_minor)):
        if value is not None and value <= 0:
            raise InvalidInput("Must be more than zero.", path=(*path, name))
    quantity = wanted.quantity if wanted.quantity is not None else Decimal(0)
    if wanted.net_minor is not None:
        return Given(quantity, wanted.net_minor, tax_of(line, wanted.net_minor))
    if wanted.quantity is None or wanted.quantity == line.left.quantity:
        return line.left
    net = min(portion(line.net_minor, wanted.quantity, line.quantity), line.left.net_minor)
    return Given(quantity, net, tax_of(line, net))
