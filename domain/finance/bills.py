"""A supplier's bill is taken in: an invoice, or a credit note."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.finance.matched import CREDIT_NOTE, INVOICE, matched
from domain.finance.models import SupplierInvoice, SupplierInvoiceLine, TaxCode
from domain.finance.payables import EXCEPTION, set_invoice
from domain.finance.policies.matching import TOTAL_DIFFERS
from domain.finance.taking_in import (
    MOST_LINES,
    BilledLine,
    due_day,
    line_rows,
    lock_orders_of,
    parties_of,
    require_new,
    settle_match,
)
from domain.kernel import text
from domain.kernel.errors import Conflict, InvalidInput
from domain.kernel.inserting import insert_rows
from domain.kernel.numbers import draw_numbers
from domain.kernel.records import require_record
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a supplier bills, or gives back (`is_credit`: then its lines are below zero, and
    `corrects_id` is the invoice that it is of, if it says one). Without an order it names
    supplier, entity and currency."""

    external_number: str
    invoiced_on: date
    lines: Sequence[BilledLine]
    purchase_order_id: int | None = None
    supplier_id: int | None = None
    entity_id: int | None = None
    currency: str | None = None
    tax_minor: int = 0
    total_minor: int | None = None
    tax_code_id: int | None = None
    intake_message_id: int | None = None
    is_credit: bool = False
    corrects_id: int | None = None


async def take_bill(work: Work, bill: Bill) -> int:
    """Take a bill in, and hold it against order and receipts, within the supplier's tolerances:
    borne out, it is booked at once; else it is an exception, with its reasons. Its id.

    Raises NotFound, InvalidInput, DuplicateSupplierInvoice."""
    net = _net(bill)
    number = text.code(bill.external_number, path=("external_number",))
    own = bill.purchase_order_id
    named = {line.purchase_order_id for line in bill.lines} | {own}
    orders = await lock_orders_of(work, sorted(each for each in named if each is not None))
    who = await parties_of(work, orders, bill.supplier_id, bill.entity_id, bill.currency)
    await require_record(work, TaxCode.__table__, bill.tax_code_id, kind="tax code")
    rows = await line_rows(work, own, orders, who["entity_id"], bill.lines)
    await require_new(work, who, number)
    invoice_id = await _write(work, bill, who, number, net)
    if bill.total_minor not in (None, net + bill.tax_minor):
        await set_invoice(work, invoice_id, reasons=[TOTAL_DIFFERS])
    await insert_rows(
        work, SupplierInvoiceLine, [{"supplier_invoice_id": invoice_id, **each} for each in rows]
    )
    await settle_match(work, await matched(work, invoice_id), status=EXCEPTION)
    return invoice_id


def _net(bill: Bill) -> int:
    """What it comes to without tax, above zero. Raises InvalidInput."""
    if not 1 <= len(bill.lines) <= MOST_LINES:
        raise InvalidInput(f"An invoice has 1 to {MOST_LINES} lines.", path=("lines",))
    if bill.tax_minor < 0:
        raise InvalidInput("Must not be negative.", path=("tax",))
    net = sum(line.net_minor for line in bill.lines) * (-1 if bill.is_credit else 1)
    if net < 0:
        raise InvalidInput("The lines come to less than nothing.", path=("lines",))
    return net


async def _write(
    work: Work, bill: Bill, who: Mapping[str, Any], number: str, net_minor: int
) -> int:
    row = {
        **who,
        "number": (await draw_numbers(work, supplier_invoice=1))["supplier_invoice"][0],
        "kind": CREDIT_NOTE if bill.is_credit else INVOICE,
        "purchase_order_id": bill.purchase_order_id,
        "intake_message_id": bill.intake_message_id,
        "corrects_id": bill.corrects_id,
        "external_number": number,
        "invoiced_on": bill.invoiced_on,
        "due_on": await due_day(work, who, bill.invoiced_on),
        "net_minor": net_minor,
        "tax_minor": bill.tax_minor,
        "total_minor": net_minor + bill.tax_minor,
        "tax_code_id": bill.tax_code_id,
        "status": EXCEPTION,
        "created_at": work.now,
    }
    same = ("tenant_id", "entity_id", "supplier_id", "external_number")
    for written in await insert_rows(
        work, SupplierInvoice, [row], returning=("id",), unless_there=same
    ):
        return int(written.id)
    # The same bill came at the same time, and was first.
    await require_new(work, who, number)
    raise Conflict("The supplier's invoice comes at this very moment by another way.")
