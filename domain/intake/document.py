"""What a document says, in neutral words: the values that every reader of a format hands on."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from domain.intake.changes import Change, Changed, LineAction

Severity = Literal["error", "warning"]
Kind = Literal["order", "not_an_order", "faulty"]
Purpose = Literal["original", "change", "cancel"]
PaymentState = Literal[
    "unknown", "pending", "authorized", "partially_paid", "paid", "refunded", "voided", "failed"
]
Moment = datetime | date
"""An aware datetime; naive where the document tells no zone; a date where it tells no time."""

Notes = tuple[tuple[str, str], ...]
"""Further facts, as (name, text) in the order of the document; a name may come twice."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where in the document, and how to mend it.

    `code` is stable and machine-readable. `path` names the place ("line_items[0].price",
    "ISA[1]/GS[1]/ST[1]/PO1[3]-02 (segment 17)"), "" for the document as a whole. An "error" keeps
    the order from being booked; a "warning" does not.
    """

    code: str
    path: str
    message: str
    remedy: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `region` and `country` as codes where the document has codes."""

    name: str | None = None
    company: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all is known."""
        return not any(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class PartyCode:
    """A party by code. `role` as the source names it (X12: BY, ST, BT, SF …; or "ship_to" …)."""

    role: str
    code: str | None
    qualifier: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ItemCode:
    """One code of an item.

    `kind`: sku, gtin, upc, ean, vendor, buyer, manufacturer, asin, variant, product, style,
    attribute or other; `qualifier` is the source's own word for it (X12: VN, BP, UP …).
    """

    kind: str
    value: str
    qualifier: str | None = None


@dataclass(frozen=True, slots=True)
class ScheduledQuantity:
    """A share of a line's quantity for a place (X12 SDQ) or a date (X12 SCH)."""

    quantity: Decimal
    unit: str | None = None
    place: str | None = None
    place_qualifier: str | None = None
    date_qualifier: str | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One line of an order.

    `line` counts from 1; `line_reference` is the document's own number of the line. `external_code`
    is what a mapper should look for first, `codes` are all. `quantity` is None only beside an error
    problem; `unit` is the document's word. `unit_price` is per one `unit`. `amount` is the line's
    exact value before discount and tax where the document gives one: it wins over unit price ×
    quantity. `unit_price` is None where the document gives an amount that does not divide exactly.
    `quantity_current` is what is left after the source's own edits and refunds.
    """

    line: int
    path: str
    quantity: Decimal | None
    external_code: str | None = None
    codes: tuple[ItemCode, ...] = ()
    description: str | None = None
    unit: str | None = None
    unit_size: Decimal | None = None
    unit_price: Decimal | None = None
    price_basis: str | None = None
    amount: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    line_reference: str | None = None
    external_id: str | None = None
    quantity_current: Decimal | None = None
    requires_shipping: bool | None = None
    ship_to: Address | None = None
    requested_ship_on: date | None = None
    requested_delivery_on: date | None = None
    schedule: tuple[ScheduledQuantity, ...] = ()
    parts: tuple["ParsedLine", ...] = ()
    action: LineAction | None = None
    notes: Notes = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """Money of the whole order, in its currency.

    Each is what the document states; where it states it only per line, the exact sum of those; None
    where it says nothing. Never price × quantity.
    """

    subtotal: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    shipping: Decimal | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ParsedOrder:
    """One order of a document.

    `external_id` is stable over everything the source sends about this order: de-duplicate by it.
    `source_version` sorts as text, later states last; None where the source tells none. `change` is
    that of a document which changes an order, and `changed` what of the order it concerns, once it
    is joined with it; `sent_at` sorts as text, too.
    `total_is_net`: the stated total leaves out the tax, or freight too, which are owed beside it.
    `problems` are this order's own; the reading's problems concern it too (see `is_sound`).
    """

    format: str
    path: str
    external_number: str | None
    external_id: str | None
    currency: str | None = None
    ordered_at: Moment | None = None
    purpose: Purpose = "original"
    lines: tuple[ParsedLine, ...] = ()
    totals: Totals = Totals()
    ship_to: Address | None = None
    bill_to: Address | None = None
    parties: tuple[PartyCode, ...] = ()
    sender: str | None = None
    receiver: str | None = None
    buyer_reference: str | None = None
    email: str | None = None
    prices_include_tax: bool | None = None
    payment_state: PaymentState = "unknown"
    cancelled: bool = False
    cancelled_at: Moment | None = None
    source_status: str | None = None
    source_version: str | None = None
    requested_ship_on: date | None = None
    requested_delivery_on: date | None = None
    cancel_after_on: date | None = None
    is_test: bool = False
    total_is_net: bool = False
    change: Change | None = None
    changed: Changed | None = None
    sent_at: str | None = None
    notes: Notes = ()
    problems: tuple[Problem, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether no error was found in this order itself."""
        return not has_errors(self.problems)


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one document.

    `format` names what it is ("shopify.order", "x12.856", "ubl.invoice", "csv", "unknown" …).
    `kind` "order": orders were read and nothing keeps them from being booked. "faulty": it is, or
    may be, an order, and something is wrong with it; what could be read is in `orders`; keep it,
    never book it silently. "not_an_order": recognised and refused; `problems` says as what.
    An order of a faulty reading may go on only if `may_book` says so. `acknowledgement` is the text
    that the sender is owed (X12 997 or TA1).
    """

    format: str
    kind: Kind
    orders: tuple[ParsedOrder, ...] = ()
    problems: tuple[Problem, ...] = ()
    acknowledgement: str | None = None

    def may_book(self, order: ParsedOrder) -> bool:
        """Whether neither the document nor this order of it has an error."""
        return order.is_sound and not has_errors(self.problems)

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """The document's problems, then those of each order."""
        return self.problems + tuple(p for order in self.orders for p in order.problems)


def has_errors(problems: tuple[Problem, ...] | list[Problem]) -> bool:
    """Whether any of the problems is an error, not a warning."""
    return any(problem.severity == "error" for problem in problems)


def decimal_text(value: Decimal | None) -> str | None:
    """The number in plain digits, with the decimals it was given and never an exponent."""
    return None if value is None else format(value, "f")


def moment_text(value: Moment | None) -> str | None:
    """The moment as ISO 8601, no more exact than the document: with offset, without, or a date."""
    return None if value is None else value.isoformat()


def as_json(
    order: ParsedOrder, *, number: str | None = None, status: str | None = None
) -> dict[str, object]:
    """The order as the command line prints it: decimals as plain strings, absent values None.

    `number` and `status` are ours (given once an order exists).
    """
    return {
        "number": number,
        "external_number": order.external_number,
        "currency": order.currency,
        "ordered_at": moment_text(order.ordered_at),
        "ship_to": _address_json(order.ship_to),
        "lines": [_line_json(line) for line in order.lines],
        "totals": _totals_json(order.totals),
        "status": status,
    }


def _address_json(address: Address | None) -> dict[str, str | None] | None:
    names = ("name", "line1", "city", "region", "postal_code", "country")
    return None if address is None else {name: getattr(address, name) for name in names}


def _line_json(line: ParsedLine) -> dict[str, str | None]:
    return {
        "line": line.line_reference or str(line.line),
        "external_code": line.external_code,
        "description": line.description,
        "quantity": decimal_text(line.quantity),
        "unit": line.unit,
        "unit_price": decimal_text(line.unit_price),
    }


def _totals_json(totals: Totals) -> dict[str, str | None]:
    names = ("subtotal", "discount", "tax", "shipping", "total")
    return {name: decimal_text(getattr(totals, name)) for name in names}
