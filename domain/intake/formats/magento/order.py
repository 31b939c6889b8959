"""An Adobe Commerce (Magento 2) order, REST resource of /V1/orders, as a ParsedOrder."""

from domain.intake.document import Notes, ParsedOrder, PaymentState, Totals
from domain.intake.formats.json_fields import Field
from domain.intake.formats.magento.lines import order_lines
from domain.intake.formats.magento.values import (
    Money,
    address,
    currency_of,
    held,
    money_of,
    shipping_of,
)
from domain.intake.formats.moments import in_utc, version_of
from domain.intake.formats.numbers import exact_sum

FORMAT = "magento.order"
HELD = "holded"

_BY_STATE: dict[str | None, PaymentState] = {
    "new": "pending",
    "pending_payment": "pending",
    "payment_review": "pending",
    "complete": "paid",
    "closed": "refunded",
    "canceled": "voided",
}
_NOTES = (
    "customer_note",
    "store_name",
    "state",
    "coupon_code",
    "shipping_description",
    "ext_order_id",
    "original_increment_id",
    "relation_child_real_id",
)


def parse_order(field: Field) -> ParsedOrder:
    """The order in this JSON object; what is wrong with it goes to its `problems`.

    Amounts are in the order's currency, without tax: `base_…`, in the shop's own, are read only
    where there are no others. Times are UTC, as that API states."""
    money = money_of(field)
    lines = order_lines(field, money)
    external_id, status, state = _id(field), field.text("status", "state"), field.text("state")
    _check(field, external_id, status, has_lines=bool(lines))
    email = field.text("customer_email")
    shipping, payment = shipping_of(field), held(field, "payment")
    told_to = held(shipping, "address")
    return ParsedOrder(
        format=FORMAT,
        path=field.path,
        external_number=field.text("increment_id") or external_id,
        external_id=external_id,
        currency=currency_of(field, money),
        ordered_at=in_utc(field.moment("created_at")),
        lines=lines,
        totals=_totals(field, money),
        ship_to=address(
            told_to if told_to.is_object else held(field, "shipping_address"), email=email
        ),
        bill_to=address(held(field, "billing_address"), email=email),
        buyer_reference=payment.text("po_number"),
        email=email,
        prices_include_tax=False,
        payment_state=_payment_state(field, payment, state or status, money),
        cancelled="canceled" in (state, status),
        source_status=status,
        source_version=version_of(in_utc(field.moment("updated_at"))),
        notes=_notes(field, shipping, payment),
        problems=tuple(field.problems),
    )


def _id(field: Field) -> str | None:
    """The order's entity id: invoices and credit memos name it by that, not by its number."""
    rows = field.within("items").each()
    return field.text("entity_id") or next((i for r in rows if (i := r.text("order_id"))), None)


def _check(field: Field, external_id: str | None, status: str | None, *, has_lines: bool) -> None:
    field.within("entity_id").require(external_id, "the order's entity_id")
    if not has_lines and not any(p.path.endswith("items") for p in field.problems):
        field.within("items").complain(
            "lines_missing",
            "has no lines",
            "Send the order with its items (do not leave them out of `fields`).",
        )
    if HELD in (status, field.text("state")):
        field.within("state").complain(
            "held_by_source",
            "means that the shop holds the order",
            "Hold it here too, until the shop lets it go.",
            "warning",
        )


def _totals(field: Field, money: Money) -> Totals:
    total, prepaid = money.of(field, "grand_total"), money.prepaid(field)
    compensation = "shipping_discount_tax_compensation_amount"
    if money.prefix:
        compensation = "shipping_discount_tax_compensation_amnt"
    return Totals(
        subtotal=money.of(field, "subtotal"),
        discount=money.discount(field, "discount_tax_compensation_amount", compensation),
        tax=money.of(field, "tax_amount"),
        shipping=money.of(field, "shipping_amount"),
        total=total if total is None else exact_sum((total, prepaid)),
    )


def _payment_state(field: Field, payment: Field, state: str | None, money: Money) -> PaymentState:
    """What the amounts tell of the payment; the state where they tell nothing."""
    if state == "canceled":
        return "voided"
    paid, due = money.of(field, "total_paid"), money.of(field, "total_due")
    refunded, total = money.of(field, "total_refunded"), money.of(field, "grand_total")
    if paid and refunded and refunded >= paid:
        return "refunded"
    if total == 0 or (due == 0 and (paid or state == "complete")):
        return "paid"
    if paid:
        return "partially_paid" if due is None or due > 0 else "paid"
    authorized = money.of(payment, "amount_authorized")
    if authorized:
        return "authorized"
    if due is not None and due > 0:
        return "pending"
    return _BY_STATE.get(state, "unknown")


def _notes(field: Field, shipping: Field, payment: Field) -> Notes:
    further = field.within("extension_attributes")
    found = [
        *((name, field.note(name)) for name in _NOTES),
        ("shipping_method", shipping.note("method")),
        ("payment_method", payment.note("method")),
        ("pickup_location_code", further.note("pickup_location_code")),
        ("company", further.within("company_order_attributes").note("company_name")),
        ("base_currency_code", field.note("base_currency_code")),
        ("base_grand_total", field.note("base_grand_total")),
    ]
    return tuple((name, told) for name, told in found if told is not None)
