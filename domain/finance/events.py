"""What happens to what is owed and paid."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued(Event):
    """A customer was billed; amounts are minor units of `currency`."""

    type = "finance.invoice_issued"
    aggregate = "invoice"
    number: str
    party_id: int | None
    order_id: int | None
    currency: str
    total_minor: int
    due_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSettled(Event):
    """Nothing is open of an invoice any more."""

    type = "finance.invoice_settled"
    aggregate = "invoice"
    number: str
    party_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteIssued(Event):
    """A customer was given something back of what it was billed."""

    type = "finance.credit_note_issued"
    aggregate = "credit_note"
    number: str
    party_id: int | None
    order_id: int | None
    currency: str
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecorded(Event):
    """Money came or went: a receipt of a customer, a refund, or a payment to a supplier."""

    type = "finance.payment_recorded"
    aggregate = "payment"
    number: str
    kind: str
    party_id: int | None
    order_id: int | None
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReversed(Event):
    """A payment came to nothing after all: what it had settled is open again."""

    type = "finance.payment_reversed"
    aggregate = "payment"
    number: str
    party_id: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceWrittenOff(Event):
    """What was open of an invoice, or a part of it, was given up."""

    type = "finance.invoice_written_off"
    aggregate = "invoice"
    number: str
    party_id: int | None
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentToBill(Event):
    """Goods left, or were delivered: they are billed, if their customer is billed then."""

    type = "finance.shipment_to_bill"
    aggregate = "shipment"
    occasion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Event):
    """A channel says that an order was paid: the payment is recorded."""

    type = "finance.order_paid"
    aggregate = "order_payment"
    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierInvoiceReceived(Event):
    """A supplier billed something; `status` tells whether it was borne out."""

    type = "finance.supplier_invoice_received"
    aggregate = "supplier_invoice"
    number: str
    supplier_id: int
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierInvoiceBooked(Event):
    """A supplier's invoice is in the books and is to be paid."""

    type = "finance.supplier_invoice_booked"
    aggregate = "supplier_invoice"
    number: str
    supplier_id: int
    currency: str
    total_minor: int
    due_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierInvoiceRejected(Event):
    """A supplier's invoice is not accepted."""

    type = "finance.supplier_invoice_rejected"
    aggregate = "supplier_invoice"
    number: str
    supplier_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRunChanged(Event):
    """What is to be paid to suppliers was proposed, approved, paid or dropped."""

    type = "finance.payment_run_changed"
    aggregate = "payment_run"
    number: str
    entity_id: int
    status: str
