"""Suppliers' invoices taken in and decided, and suppliers paid, on the API."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated

import strawberry

from api.context import Info
from api.finance.approving import RequestFinanceApprovalPayload, asked_for
from api.finance.payments import PaymentMethod
from api.finance.receipts import PaymentPayload, payment_payload
from api.finance.supplier_invoices import SupplierInvoice, load_supplier_invoices
from api.finance.words import word
from api.ids import optional_row_id, row_id_of
from api.user_errors import UserError
from api.writing import perform_one
from domain.finance.amounts import exact_minor, minor_of, order_currency
from domain.finance.operations import paying_suppliers, supplier_invoices
from domain.finance.taking_in import BilledLine
from domain.kernel.work import Work


@strawberry.enum(description="What a supplier bills.")
class BilledKind(Enum):
    GOODS = strawberry.enum_value("goods", description="Goods of an order.")
    LANDED_COST = strawberry.enum_value(
        "landed_cost", description="Freight, duty and the like, to be spread over goods."
    )
    OTHER = strawberry.enum_value("other", description="Something else, on an account.")


@strawberry.input(description="A line of a supplier's invoice.")
class BilledLineInput:
    net: Decimal = strawberry.field(description="What is billed, without tax, in major units.")
    quantity: Decimal = strawberry.field(
        default=Decimal(1), description="How much, in the unit of the order's line."
    )
    order_line_number: int | None = strawberry.field(
        default=None, description="The order's line, where it is of one."
    )
    kind: BilledKind = strawberry.field(default=BilledKind.GOODS, description="What it is.")
    description: str | None = strawberry.field(default=None, description="In their words.")
    account_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of kind OTHER: the account of the entity that it goes to."
    )


@strawberry.input(description="An invoice of a supplier.")
class RecordSupplierInvoiceInput:
    external_number: str = strawberry.field(description="The supplier's number.")
    invoiced_on: date = strawberry.field(description="The day of the invoice.")
    lines: list[BilledLineInput] = strawberry.field(description="What is billed, 1 to 1,000.")
    purchase_order_id: strawberry.ID | None = strawberry.field(
        default=None, description="Its order. Without: supplier, entity and currency are needed."
    )
    supplier_id: strawberry.ID | None = strawberry.field(default=None, description="Of whom.")
    entity_id: strawberry.ID | None = strawberry.field(default=None, description="To whom.")
    currency: str | None = strawberry.field(
        default=None, description="Its currency; the order's if absent."
    )
    tax: Decimal = strawberry.field(default=Decimal(0), description="Its taxes, in major units.")
    total: Decimal | None = strawberry.field(
        default=None, description="What it says it comes to; an exception where that differs."
    )
    tax_code_id: strawberry.ID | None = strawberry.field(
        default=None, description="A code of reverse charge: the tax is owed and had back."
    )


@strawberry.input(description="Which supplier's invoice, and why.")
class DecideSupplierInvoiceInput:
    id: strawberry.ID = strawberry.field(description="The invoice.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="Which supplier's invoice.")
class MatchSupplierInvoiceInput:
    id: strawberry.ID = strawberry.field(description="The invoice.")


@strawberry.type(description="What a mutation did to a supplier's invoice.")
class SupplierInvoicePayload:
    supplier_invoice: SupplierInvoice | None = strawberry.field(description="As it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.input(description="What was paid of a supplier's invoice.")
class PaySupplierInput:
    supplier_invoice_id: strawberry.ID = strawberry.field(description="The invoice.")
    amount: Decimal | None = strawberry.field(
        default=None, description="So much of it; all that is open, if absent."
    )
    method: PaymentMethod = strawberry.field(
        default=PaymentMethod.BANK, description="By what; CREDIT for what it gives back."
    )
    reference: str | None = strawberry.field(default=None, description="What the bank is told.")
    paid_on: date | None = strawberry.field(default=None, description="The day; today if absent.")


Run = Callable[[Work], Awaitable[int]]
Decided = Annotated[DecideSupplierInvoiceInput, strawberry.argument(description="Which, and why.")]


async def _invoice_payload(info: Info, run: Run, input: object) -> SupplierInvoicePayload:
    invoice, refused = await perform_one(
        info, run, input=input, load=load_supplier_invoices, key_required=True
    )
    return SupplierInvoicePayload(supplier_invoice=invoice, user_errors=refused)


async def _recorded(work: Work, input: RecordSupplierInvoiceInput) -> int:
    order_id = optional_row_id(input.purchase_order_id, "PurchaseOrder", path=("purchaseOrderId",))
    currency = input.currency or await order_currency(work, order_id)
    total = input.total
    return await supplier_invoices.record_supplier_invoice(
        work,
        external_number=input.external_number,
        invoiced_on=input.invoiced_on,
        lines=[_line(each, currency, place) for place, each in enumerate(input.lines)],
        purchase_order_id=order_id,
        supplier_id=optional_row_id(input.supplier_id, "Party", path=("supplierId",)),
        entity_id=optional_row_id(input.entity_id, "LegalEntity", path=("entityId",)),
        currency=input.currency,
        tax_minor=exact_minor(input.tax, currency, path=("tax",)),
        total_minor=None if total is None else exact_minor(total, currency, path=("total",)),
        tax_code_id=optional_row_id(input.tax_code_id, "TaxCode", path=("taxCodeId",)),
    )


def _line(input: BilledLineInput, currency: str, place: int) -> BilledLine:
    path = ("lines", place)
    return BilledLine(
        net_minor=exact_minor(input.net, currency, path=(*path, "net")),
        quantity=input.quantity,
        order_line_number=input.order_line_number,
        kind=word(input.kind),
        description=input.description,
        account_id=optional_row_id(input.account_id, "Account", path=(*path, "accountId")),
    )


@strawberry.type
class SupplierInvoiceMutation:
    @strawberry.mutation(
        description="Take in a supplier's invoice: borne out by order and receipts it is booked, "
        "else it is an exception. Needs finance.invoice."
    )
    async def record_supplier_invoice(
        self,
        info: Info,
        input: Annotated[
            RecordSupplierInvoiceInput, strawberry.argument(description="The invoice.")
        ],
    ) -> SupplierInvoicePayload:
        info.context.require("finance.invoice")
        return await _invoice_payload(info, lambda work: _recorded(work, input), input)

    @strawberry.mutation(
        description="Ask that an invoice that is not borne out be booked as it is. Needs "
        "finance.invoice."
    )
    async def request_supplier_invoice_acceptance(
        self, info: Info, input: Decided
    ) -> RequestFinanceApprovalPayload:
        row_id = row_id_of(input.id, "SupplierInvoice")

        async def run(work: Work) -> int:
            return await supplier_invoices.request_supplier_invoice_acceptance(
                work, supplier_invoice_id=row_id, reason=input.reason
            )

        return await asked_for(info, run, input)

    @strawberry.mutation(
        description="Send an invoice back; its number may come again. Needs finance.invoice."
    )
    async def reject_supplier_invoice(self, info: Info, input: Decided) -> SupplierInvoicePayload:
        return await _decide(info, supplier_invoices.reject_supplier_invoice, input)

    @strawberry.mutation(
        description="Let an invoice wait for goods of its order: it is matched again with each "
        "receipt. Needs finance.invoice."
    )
    async def await_supplier_receipt(self, info: Info, input: Decided) -> SupplierInvoicePayload:
        info.context.require("finance.invoice")
        return await _decide(info, supplier_invoices.await_supplier_receipt, input)

    @strawberry.mutation(
        description="Book an invoice that bills too much, and expect the supplier to give the rest "
        "back. Needs finance.invoice."
    )
    async def expect_supplier_credit(self, info: Info, input: Decided) -> SupplierInvoicePayload:
        info.context.require("finance.invoice")
        return await _decide(info, supplier_invoices.expect_supplier_credit, input)

    @strawberry.mutation(
        description="Hold an invoice against order and receipts as they are now. Needs "
        "finance.invoice."
    )
    async def match_supplier_invoice(
        self,
        info: Info,
        input: Annotated[MatchSupplierInvoiceInput, strawberry.argument(description="Which.")],
    ) -> SupplierInvoicePayload:
        row_id = row_id_of(input.id, "SupplierInvoice")

        async def run(work: Work) -> int:
            await supplier_invoices.match_again(work, supplier_invoice_id=row_id)
            return row_id

        return await _invoice_payload(info, run, input)

    @strawberry.mutation(
        description="Record that a supplier's invoice was paid. Needs finance.pay."
    )
    async def pay_supplier(
        self,
        info: Info,
        input: Annotated[PaySupplierInput, strawberry.argument(description="What was paid.")],
    ) -> PaymentPayload:
        kind = "supplier_invoice"
        row_id = row_id_of(input.supplier_invoice_id, "SupplierInvoice", path=(kind,))

        async def run(work: Work) -> int:
            return await paying_suppliers.pay_supplier(
                work,
                supplier_invoice_id=row_id,
                amount_minor=await minor_of(work, kind, row_id, input.amount, path=("amount",)),
                method=word(input.method),
                reference=input.reference,
                paid_on=input.paid_on,
            )

        return await payment_payload(info, run, input)


async def _decide(
    info: Info, operation: Callable[..., Awaitable[int]], input: DecideSupplierInvoiceInput
) -> SupplierInvoicePayload:
    row_id = row_id_of(input.id, "SupplierInvoice")

    async def run(work: Work) -> int:
        return await operation(work, supplier_invoice_id=row_id, reason=input.reason)

    return await _invoice_payload(info, run, input)
