"""An order of Walmart Marketplace (GET /v3/orders) as a ParsedOrder."""

from collections.abc import Sequence
from decimal import Decimal

from domain.intake.document import Moment, Notes, ParsedLine, ParsedOrder, PaymentState, Totals
from domain.intake.formats.json_fields import Field
from domain.intake.formats.moments import day_of, version_of
from domain.intake.formats.numbers import exact_difference, exact_sum
from domain.intake.formats.walmart.lines import (
    Charges,
    LineStates,
    charges_of,
    parse_line,
    states_of,
)
from domain.intake.formats.walmart.values import address, listed, moment, money, money_currency

FORMAT = "walmart.order"
_REFUNDED = ("refund", "refunded")
_NOTES = ("orderType", "originalCustomerOrderID", "sellerOrderId", "customerOrderId")


def is_order(field: Field) -> bool:
    """Whether a JSON object is an order: not a request to ship, to cancel or to refund one."""
    return field.has("purchaseOrderId", "orderLines") and field.has_any(
        "customerOrderId", "orderDate", "shippingInfo"
    )


def parse_order(field: Field) -> ParsedOrder:
    """The order in this JSON object; what is wrong with it goes to its `problems`.

    The source states no totals: they are the exact sums of the lines' charges. It has no version
    of its own either: the latest status of a line is taken as one."""
    number = field.text("purchaseOrderId")
    field.within("purchaseOrderId").require(number, "the order's purchaseOrderId")
    rows = listed(field, "orderLines", "orderLine")
    if not rows and not any("orderLines" in p.path for p in field.problems):
        remedy = "Send the order with its orderLines."
        field.within("orderLines").complain("lines_missing", "has no lines", remedy)
    charges, states = [charges_of(row) for row in rows], [states_of(row) for row in rows]
    lines = tuple(
        parse_line(row, place, charges[place - 1], states[place - 1])
        for place, row in enumerate(rows, 1)
    )
    shipping, email = field.member("shippingInfo"), field.text("customerEmailId")
    cancelled = bool(lines) and all(_is_cancelled(line) for line in lines)
    return ParsedOrder(
        format=FORMAT,
        path=field.path,
        external_number=number,
        external_id=number,
        currency=_currency(field, charges),
        ordered_at=moment(field, "orderDate"),
        lines=lines,
        totals=_totals(field, charges),
        ship_to=address(shipping, email=email),
        buyer_reference=field.text("customerOrderId"),
        email=email,
        payment_state=_payment_state(states, cancelled=cancelled),
        cancelled=cancelled,
        source_status=_status(states),
        source_version=version_of(_latest(rows)),
        requested_ship_on=day_of(moment(shipping, "estimatedShipDate")),
        requested_delivery_on=day_of(moment(shipping, "estimatedDeliveryDate")),
        notes=_notes(field, shipping),
        problems=tuple(field.problems),
    )


def _is_cancelled(line: ParsedLine) -> bool:
    return bool(line.quantity) and line.quantity_current == 0


def _payment_state(states: Sequence[LineStates], *, cancelled: bool) -> PaymentState:
    """The marketplace takes the money before it hands an order on."""
    if cancelled:
        return "voided"
    if states and all(each.in_all(*_REFUNDED) for each in states):
        return "refunded"
    return "paid"


def _status(states: Sequence[LineStates]) -> str | None:
    """The states of all lines, each named once."""
    named = dict.fromkeys(state for each in states for state, _ in each.by_state)
    return ", ".join(named)[:200] or None


def _latest(rows: Sequence[Field]) -> Moment | None:
    told = [(version_of(found), found) for row in rows if (found := moment(row, "statusDate"))]
    return max(told, key=lambda each: each[0] or "")[1] if told else None


def _currency(field: Field, charges: Sequence[Charges]) -> str | None:
    found = (each.currency for each in charges if each.currency is not None)
    return next(found, None) or money_currency(field.member("orderSummary"), "totalAmount")


def _totals(field: Field, charges: Sequence[Charges]) -> Totals:
    subtotal = exact_sum(each.goods for each in charges)
    discount = exact_sum(each.discount for each in charges)
    shipping = exact_sum(each.shipping for each in charges)
    further = exact_sum(each.further for each in charges)
    tax = exact_sum(amount for each in charges for amount in (each.goods_tax, each.other_tax))
    stated = money(field.member("orderSummary"), "totalAmount")
    summed = exact_difference(exact_sum((subtotal, shipping, further, tax)), discount or Decimal(0))
    return Totals(
        subtotal=subtotal,
        discount=discount,
        tax=tax,
        shipping=shipping,
        total=summed if stated is None else stated,
    )


def _notes(field: Field, shipping: Field) -> Notes:
    node = field.within("shipNode")
    found = [
        *((name, field.note(name)) for name in _NOTES),
        ("methodCode", shipping.note("methodCode")),
        ("carrierMethodCode", shipping.note("carrierMethodCode")),
        ("addressType", shipping.within("postalAddress").note("addressType")),
        ("shipNode", node.note("type")),
        ("shipNodeId", node.note("id")),
    ]
    return tuple((name, told) for name, told in found if told is not None)
