"""What a supplier bills, in neutral words. Amounts are major units of the invoice's currency."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from domain.intake.document import Problem, decimal_text
from domain.intake.formats.supplying.words import Codes

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """An allowance (a discount) or a charge (freight, packing), without tax. `code` is the
    document's own word for it."""

    path: str
    amount: Decimal
    is_charge: bool
    code: str | None = None
    reason: str | None = None

    @property
    def signed(self) -> Decimal:
        """What it adds to what is billed."""
        return self.amount if self.is_charge else -self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxPart:
    """A tax at one rate: of how much, and what it comes to; what the document does not say is
    None."""

    path: str
    amount: Decimal
    taxable: Decimal | None = None
    rate: Decimal | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicedLine:
    """One line. `amount` is what is billed for it without tax, its own allowances and charges
    within; `price` is for `price_basis` of `unit`. `line` is the invoice's own number of it,
    `order_line` the order's."""

    path: str
    amount: Decimal | None
    line: str | None = None
    order: str | None = None
    order_line: str | None = None
    codes: Codes = ()
    description: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    price: Decimal | None = None
    price_basis: Decimal = Decimal(1)
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the document states of itself as a whole; None where it does not. `net` is without tax,
    `gross` with it; `payable` is gross less what was prepaid, rounded by `rounding`, and what is
    collected for others (`third_party`)."""

    lines: Decimal | None = None
    allowances: Decimal | None = None
    charges: Decimal | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
    gross: Decimal | None = None
    prepaid: Decimal | None = None
    rounding: Decimal | None = None
    third_party: Decimal | None = None
    payable: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceParty:
    """A party by its codes (GLN, number, tax number), the most telling first, and its names."""

    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedInvoice:
    """One invoice, or one credit note: then its amounts are what is given back, above zero.

    `totals` states all that can be worked out once it is checked. `corrects` are the numbers of
    the invoices that it refers to."""

    format: str
    path: str
    number: str | None
    is_credit: bool = False
    issued_on: date | None = None
    due_on: date | None = None
    currency: str | None = None
    order: str | None = None
    corrects: tuple[str, ...] = ()
    seller: InvoiceParty = InvoiceParty()
    buyer: InvoiceParty = InvoiceParty()
    lines: tuple[InvoicedLine, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    taxes: tuple[TaxPart, ...] = ()
    totals: Totals = Totals()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceReading:
    """The invoices of a document, what is wrong with its envelope (then none of them is booked),
    and the text that its sender is owed (997, CONTRL)."""

    format: str
    invoices: tuple[ParsedInvoice, ...] = ()
    problems: tuple[Problem, ...] = ()
    acknowledgement: str | None = field(default=None)


def party(codes: Iterable[str], names: Iterable[str]) -> InvoiceParty:
    """A party by its codes and names, each once."""
    return InvoiceParty(codes=tuple(dict.fromkeys(codes)), names=tuple(dict.fromkeys(names)))


def turned(invoice: ParsedInvoice) -> ParsedInvoice:
    """The same with every amount and quantity negated: an invoice of less than nothing as the
    credit note that it is."""
    return replace(
        invoice,
        is_credit=not invoice.is_credit,
        lines=tuple(
            replace(
                line,
                amount=_negated(line.amount),
                quantity=_negated(line.quantity),
                adjustments=tuple(_turned(each) for each in line.adjustments),
            )
            for line in invoice.lines
        ),
        adjustments=tuple(_turned(each) for each in invoice.adjustments),
        taxes=tuple(
            replace(each, amount=-each.amount, taxable=_negated(each.taxable))
            for each in invoice.taxes
        ),
        totals=Totals(
            **{each.name: _negated(getattr(invoice.totals, each.name)) for each in fields(Totals)}
        ),
    )


def _turned(adjustment: Adjustment) -> Adjustment:
    return replace(adjustment, amount=-adjustment.amount)


def _negated(value: Decimal | None) -> Decimal | None:
    return None if value is None else -value


def as_json(invoice: ParsedInvoice) -> dict[str, Any]:
    """The invoice as it is kept beside its message: decimals as plain strings."""
    return {
        "kind": "credit_note" if invoice.is_credit else "invoice",
        "number": invoice.number,
        "issued_on": None if invoice.issued_on is None else invoice.issued_on.isoformat(),
        "due_on": None if invoice.due_on is None else invoice.due_on.isoformat(),
        "currency": invoice.currency,
        "order": invoice.order,
        "corrects": list(invoice.corrects),
        "seller": [*invoice.seller.codes, *invoice.seller.names],
        "buyer": [*invoice.buyer.codes, *invoice.buyer.names],
        "lines": [_line_json(line) for line in invoice.lines],
        "adjustments": [decimal_text(each.signed) for each in invoice.adjustments],
        "totals": {
            each.name: decimal_text(getattr(invoice.totals, each.name)) for each in fields(Totals)
        },
    }


def _line_json(line: InvoicedLine) -> dict[str, Any]:
    return {
        "line": line.line,
        "order": line.order,
        "order_line": line.order_line,
        "codes": [list(each) for each in line.codes],
        "description": line.description,
        "quantity": decimal_text(line.quantity),
        "unit": line.unit,
        "price": decimal_text(line.price),
        "amount": decimal_text(line.amount),
    }
