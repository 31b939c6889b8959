"""Billing customers, giving credit, and giving up, on the API."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.finance.approving import RequestFinanceApprovalPayload, asked_for
from api.finance.credit_notes import CreditNote, load_credit_notes
from api.finance.invoices import Invoice, load_invoices
from api.ids import row_id_of
from api.user_errors import UserError
from api.writing import perform, perform_one
from domain.finance.amounts import minor_of
from domain.finance.operations.credit_notes import (
    CreditedLine,
    apply_credit_note,
    credit_invoice,
)
from domain.finance.operations.invoicing import bill_order
from domain.finance.operations.write_offs import request_write_off
from domain.kernel.work import Work


@strawberry.input(description="Which order is billed.")
class BillOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")


@strawberry.type(description="What billOrder did.")
class BillOrderPayload:
    invoices: list[Invoice] = strawberry.field(description="The new invoices.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was billed.")


@strawberry.input(description="What is given back of a line of an invoice.")
class CreditedLineInput:
    line_number: int = strawberry.field(description="The invoice's line.")
    quantity: Decimal | None = strawberry.field(
        default=None, description="So much of it, at what it was billed at."
    )
    net: Decimal | None = strawberry.field(
        default=None, description="So much money without tax, in the invoice's currency."
    )


@strawberry.input(description="What is given back of an invoice, and why.")
class CreditInvoiceInput:
    invoice_id: strawberry.ID = strawberry.field(description="The invoice.")
    reason: str = strawberry.field(description="Why; the customer reads it.")
    lines: list[CreditedLineInput] | None = strawberry.field(
        default=None, description="Only of these lines; all that is left, if absent."
    )


@strawberry.input(description="Which invoice a credit note settles.")
class ApplyCreditNoteInput:
    credit_note_id: strawberry.ID = strawberry.field(description="The credit note.")
    invoice_id: strawberry.ID = strawberry.field(description="Another invoice of the customer.")
    amount: Decimal | None = strawberry.field(
        default=None, description="So much of it; as far as it goes, if absent."
    )


@strawberry.type(description="What a mutation did to a credit note.")
class CreditNotePayload:
    credit_note: CreditNote | None = strawberry.field(description="As it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.input(description="What is to be given up of an invoice, and why.")
class RequestWriteOffInput:
    invoice_id: strawberry.ID = strawberry.field(description="The invoice.")
    amount: Decimal | None = strawberry.field(
        default=None, description="So much of what is open; all of it, if absent."
    )
    reason: str = strawberry.field(description="Why, for who decides.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="When the request comes to nothing unless somebody decides."
    )


async def _credited(work: Work, invoice_id: int, input: CreditInvoiceInput) -> Any:
    if input.lines is None:
        return None
    return [
        CreditedLine(
            line_number=each.line_number,
            quantity=each.quantity,
            net_minor=await minor_of(
                work, "invoice", invoice_id, each.net, path=("lines", place, "net")
            ),
        )
        for place, each in enumerate(input.lines)
    ]


@strawberry.type
class BillingMutation:
    @strawberry.mutation(
        description="Bill at once whatever of an order has left and was not billed. Needs "
        "finance.invoice."
    )
    async def bill_order(
        self,
        info: Info,
        input: Annotated[BillOrderInput, strawberry.argument(description="Which.")],
    ) -> BillOrderPayload:
        order_id = row_id_of(input.order_id, "Order", path=("orderId",))

        async def run(work: Work) -> dict[str, Any]:
            return {"ids": await bill_order(work, order_id=order_id)}

        done = await perform(info, run, input=input, key_required=True)
        loaded = [await info.context.load_done(load_invoices, n) for n in done["ids"] or ()]
        found = [each for each in loaded if each is not None]
        return BillOrderPayload(invoices=found, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Give back lines of an invoice, never more than was billed. It settles what is "
        "open of the invoice; the rest is the customer's credit. Needs finance.invoice."
    )
    async def credit_invoice(
        self,
        info: Info,
        input: Annotated[CreditInvoiceInput, strawberry.argument(description="What, and why.")],
    ) -> CreditNotePayload:
        invoice_id = row_id_of(input.invoice_id, "Invoice", path=("invoiceId",))

        async def run(work: Work) -> int:
            lines = await _credited(work, invoice_id, input)
            return await credit_invoice(
                work, invoice_id=invoice_id, reason=input.reason, lines=lines
            )

        note, refused = await perform_one(
            info, run, input=input, load=load_credit_notes, key_required=True
        )
        return CreditNotePayload(credit_note=note, user_errors=refused)

    @strawberry.mutation(
        description="Settle another invoice of the customer with what is left of a credit note. "
        "Needs finance.invoice."
    )
    async def apply_credit_note(
        self,
        info: Info,
        input: Annotated[ApplyCreditNoteInput, strawberry.argument(description="What of it.")],
    ) -> CreditNotePayload:
        note_id = row_id_of(input.credit_note_id, "CreditNote", path=("creditNoteId",))
        invoice_id = row_id_of(input.invoice_id, "Invoice", path=("invoiceId",))

        async def run(work: Work) -> int:
            amount = await minor_of(work, "invoice", invoice_id, input.amount, path=("amount",))
            return await apply_credit_note(
                work, credit_note_id=note_id, invoice_id=invoice_id, amount_minor=amount
            )

        note, refused = await perform_one(
            info, run, input=input, load=load_credit_notes, key_required=True
        )
        return CreditNotePayload(credit_note=note, user_errors=refused)

    @strawberry.mutation(
        description="Ask to give up what is open of an invoice; it happens once somebody else has "
        "approved it. Needs finance.invoice."
    )
    async def request_write_off(
        self,
        info: Info,
        input: Annotated[RequestWriteOffInput, strawberry.argument(description="What, and why.")],
    ) -> RequestFinanceApprovalPayload:
        invoice_id = row_id_of(input.invoice_id, "Invoice", path=("invoiceId",))

        async def run(work: Work) -> int:
            amount = await minor_of(work, "invoice", invoice_id, input.amount, path=("amount",))
            return await request_write_off(
                work,
                invoice_id=invoice_id,
                amount_minor=amount,
                reason=input.reason,
                expires_at=input.expires_at,
            )

        return await asked_for(info, run, input)
