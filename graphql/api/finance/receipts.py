"""What customers pay, and what is paid back to them, on the API."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

import api.finance.outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.finance.payments import Payment, PaymentMethod, load_payments
from api.finance.words import word
from api.ids import optional_row_id, row_id_of
from api.user_errors import UserError
from api.writing import perform, perform_one
from domain.finance.amounts import exact_minor, minor_of
from domain.finance.operations.payments import (
    AppliedTo,
    apply_payment,
    record_receipt,
    refund_credit_note,
    refund_payment,
    reverse_payment,
)
from domain.kernel.work import Work


@strawberry.input(description="An invoice that a payment settles.")
class AppliedToInput:
    invoice_id: strawberry.ID = strawberry.field(description="The invoice.")
    amount: Decimal | None = strawberry.field(
        default=None, description="So much of it; as far as the payment goes, if absent."
    )


@strawberry.input(description="Money that came from a customer.")
class RecordReceiptInput:
    entity_id: strawberry.ID = strawberry.field(description="To which legal entity it came.")
    customer_id: strawberry.ID = strawberry.field(description="From whom.")
    amount: Decimal = strawberry.field(description="How much, in major units.")
    currency: str = strawberry.field(description="Its currency (ISO 4217).")
    method: PaymentMethod = strawberry.field(
        default=PaymentMethod.BANK, description="By what it came."
    )
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of method CHANNEL: with whom it lies."
    )
    reference: str | None = strawberry.field(default=None, description="What the bank says of it.")
    paid_on: date | None = strawberry.field(default=None, description="The day; today if absent.")
    invoices: list[AppliedToInput] | None = strawberry.field(
        default=None,
        description="What it settles, in this order; the oldest due first, if absent. What is left "
        "stays the customer's credit.",
    )


@strawberry.input(description="What is left of a payment settles invoices.")
class ApplyPaymentInput:
    payment_id: strawberry.ID = strawberry.field(description="A receipt.")
    invoices: list[AppliedToInput] = strawberry.field(description="Invoices of its customer.")


@strawberry.input(description="A payment that came to nothing, and why.")
class ReversePaymentInput:
    payment_id: strawberry.ID = strawberry.field(description="The payment.")
    reason: str = strawberry.field(description="Why, such as bounced.")


@strawberry.type(description="What a mutation did to a payment.")
class PaymentPayload:
    payment: Payment | None = strawberry.field(description="As it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.input(description="What is paid back: of a receipt or of a credit note.")
class RefundInput:
    payment_id: strawberry.ID | None = strawberry.field(
        default=None, description="What is left of this receipt."
    )
    credit_note_id: strawberry.ID | None = strawberry.field(
        default=None, description="What is left of this credit note, as far as it was paid."
    )
    amount: Decimal | None = strawberry.field(
        default=None, description="So much of it; as much as can be, if absent."
    )
    reference: str | None = strawberry.field(default=None, description="What the bank is told.")


@strawberry.type(description="What refundCustomer did.")
class RefundPayload:
    refunds: list[Payment] = strawberry.field(
        description="The refunds: one for each way by which the money had come."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was paid back.")


async def _applied(work: Work, inputs: list[AppliedToInput]) -> list[AppliedTo]:
    applied = []
    for place, each in enumerate(inputs):
        path = ("invoices", place)
        invoice_id = row_id_of(each.invoice_id, "Invoice", path=(*path, "invoiceId"))
        amount = await minor_of(work, "invoice", invoice_id, each.amount, path=(*path, "amount"))
        applied.append(AppliedTo(invoice_id, amount))
    return applied


async def _refund(work: Work, input: RefundInput) -> list[int]:
    path = ("amount",)
    if input.payment_id is not None:
        payment_id = row_id_of(input.payment_id, "Payment", path=("paymentId",))
        amount = await minor_of(work, "payment", payment_id, input.amount, path=path)
        return await refund_payment(
            work, payment_id=payment_id, amount_minor=amount, reference=input.reference
        )
    note_id = row_id_of(input.credit_note_id or "", "CreditNote", path=("creditNoteId",))
    amount = await minor_of(work, "credit_note", note_id, input.amount, path=path)
    return await refund_credit_note(
        work, credit_note_id=note_id, amount_minor=amount, reference=input.reference
    )


@strawberry.type
class ReceiptMutation:
    @strawberry.mutation(
        description="Record money that came from a customer, and what it settles. Needs "
        "finance.pay."
    )
    async def record_receipt(
        self,
        info: Info,
        input: Annotated[RecordReceiptInput, strawberry.argument(description="The money.")],
    ) -> PaymentPayload:
        fields = {
            "entity_id": row_id_of(input.entity_id, "LegalEntity", path=("entityId",)),
            "party_id": row_id_of(input.customer_id, "Party", path=("customerId",)),
            "channel_id": optional_row_id(input.channel_id, "Channel", path=("channelId",)),
            "amount_minor": exact_minor(input.amount, input.currency, path=("amount",)),
            "currency": input.currency,
            "method": word(input.method),
            "reference": input.reference,
            "paid_on": input.paid_on,
        }

        async def run(work: Work) -> int:
            named = None if input.invoices is None else await _applied(work, input.invoices)
            return await record_receipt(work, invoices=named, **fields)

        return await payment_payload(info, run, input)

    @strawberry.mutation(
        description="Settle invoices with what is left of a receipt. Needs finance.pay."
    )
    async def apply_payment(
        self,
        info: Info,
        input: Annotated[ApplyPaymentInput, strawberry.argument(description="To what.")],
    ) -> PaymentPayload:
        payment_id = row_id_of(input.payment_id, "Payment", path=("paymentId",))

        async def run(work: Work) -> int:
            named = await _applied(work, input.invoices)
            return await apply_payment(work, payment_id=payment_id, invoices=named)

        return await payment_payload(info, run, input)

    @strawberry.mutation(
        description="A payment came to nothing: what it had settled is open again, and its journal "
        "is reversed. Needs finance.pay."
    )
    async def reverse_payment(
        self,
        info: Info,
        input: Annotated[ReversePaymentInput, strawberry.argument(description="Which, and why.")],
    ) -> PaymentPayload:
        payment_id = row_id_of(input.payment_id, "Payment", path=("paymentId",))

        async def run(work: Work) -> int:
            return await reverse_payment(work, payment_id=payment_id, reason=input.reason)

        return await payment_payload(info, run, input)

    @strawberry.mutation(
        description="Pay back what is left of a receipt or a credit note, never more than was "
        "paid, by the ways by which it came. Needs finance.pay."
    )
    async def refund_customer(
        self,
        info: Info,
        input: Annotated[RefundInput, strawberry.argument(description="What of what.")],
    ) -> RefundPayload:
        info.context.require("finance.pay")

        async def run(work: Work) -> dict[str, Any]:
            return {"ids": await _refund(work, input)}

        done = await perform(info, run, input=input, key_required=True)
        loaded = [await info.context.load_done(load_payments, n) for n in done["ids"] or ()]
        refunds = [each for each in loaded if each is not None]
        return RefundPayload(refunds=refunds, user_errors=done.user_errors)


async def payment_payload(
    info: Info, run: Callable[[Work], Awaitable[int]], input: object
) -> PaymentPayload:
    """Run an operation that gives a payment's id, and answer with the payment."""
    payment, refused = await perform_one(
        info, run, input=input, load=load_payments, key_required=True
    )
    return PaymentPayload(payment=payment, user_errors=refused)
