"""A purchase order of Amazon to a vendor (Retail Procurement Orders v1) as a ParsedOrder.

Also direct fulfilment orders (Direct Fulfillment Orders v1 and 2021-12-28), which differ in names.
"""

from decimal import Decimal

from domain.intake.document import (
    Address,
    ItemCode,
    Notes,
    ParsedLine,
    ParsedOrder,
    PartyCode,
    Totals,
)
from domain.intake.formats.amazon.values import (
    address_camel,
    first_day,
    last_day,
    money,
    money_currency,
)
from domain.intake.formats.json_fields import Field
from domain.intake.formats.moments import version_of

FORMAT = "amazon.vendor_order"

_PARTIES = ("buyingParty", "sellingParty", "shipToParty", "billToParty", "shipFromParty")
_CODES = (
    ("vendor", "vendorProductIdentifier"),
    ("asin", "amazonProductIdentifier"),
    ("asin", "buyerProductIdentifier"),
)
_NOTES = ("purchaseOrderType", "dealCode", "paymentMethod", "customerOrderNumber")


def is_order(field: Field) -> bool:
    """Whether a JSON object is a vendor's purchase order."""
    return field.has("purchaseOrderNumber") and field.within("orderDetails").is_object


def parse_order(field: Field) -> ParsedOrder:
    """The order in this JSON object. Prices are net costs per unit; no totals are stated."""
    details = field.member("orderDetails")
    number = field.text("purchaseOrderNumber")
    field.within("purchaseOrderNumber").require(number, "the purchase order's number")
    rows = details.rows("items") or field.rows("items")
    lines = tuple(_line(row, place) for place, row in enumerate(rows, 1))
    if not lines:
        what = "is missing: the order came without its items"
        details.within("items").complain("items_missing", what, "Send the order with its items.")
    window = details.text("shipWindow") or field.text("shipWindow")
    delivery = details.text("deliveryWindow") or field.text("deliveryWindow")
    status = field.text("purchaseOrderState") or details.text("orderStatus")
    changed_at = details.moment("purchaseOrderStateChangedDate", "purchaseOrderChangedDate")
    return ParsedOrder(
        format=FORMAT,
        path=field.path,
        external_number=number,
        external_id=number,
        currency=_currency(rows),
        ordered_at=details.moment("purchaseOrderDate", "orderDate"),
        lines=lines,
        totals=Totals(),
        ship_to=_address(details.member("shipToParty")),
        bill_to=_address(details.member("billToParty")),
        parties=_parties(details),
        sender=details.member("buyingParty").text("partyId"),
        cancelled=status in ("Cancelled", "CANCELLED"),
        source_status=status,
        source_version=version_of(changed_at),
        requested_ship_on=first_day(window),
        requested_delivery_on=last_day(delivery),
        cancel_after_on=last_day(window),
        notes=_notes(details),
        problems=tuple(field.problems),
    )


def _address(party: Field) -> Address | None:
    nested = address_camel(party.member("address"))
    return nested if nested is not None else address_camel(party)


def _parties(details: Field) -> tuple[PartyCode, ...]:
    parties = ((role, details.member(role)) for role in _PARTIES)
    return tuple(
        PartyCode(role, party.text("partyId"), name=_name(party))
        for role, party in parties
        if party.has("partyId")
    )


def _name(party: Field) -> str | None:
    return party.member("address").text("name") or party.text("name")


def _line(row: Field, place: int) -> ParsedLine:
    ordered = row.member("orderedQuantity")
    found = ((kind, row.text(key), key) for kind, key in _CODES)
    codes = tuple(ItemCode(kind, value, key) for kind, value, key in found if value is not None)
    cost = row.member("netCost" if row.has("netCost") else "netPrice")
    return ParsedLine(
        line=place,
        path=row.path,
        quantity=ordered.quantity("amount"),
        external_code=codes[0].value if codes else None,
        codes=codes,
        description=row.text("title"),
        unit=ordered.text("unitOfMeasure"),
        unit_size=ordered.number("unitSize"),
        unit_price=cost.number("amount"),
        price_basis=cost.text("unitOfMeasure"),
        amount=_total_price(row),
        line_reference=row.text("itemSequenceNumber"),
        notes=_line_notes(row),
    )


def _total_price(row: Field) -> Decimal | None:
    return money(row, "totalPrice")


def _currency(rows: list[Field]) -> str | None:
    codes = (money_currency(row, "netCost", "netPrice", "listPrice") for row in rows)
    return next((code for code in codes if code is not None), None)


def _notes(details: Field) -> Notes:
    found = [(name, details.note(name)) for name in _NOTES]
    return tuple((name, text) for name, text in found if text is not None)


def _line_notes(row: Field) -> Notes:
    back_order = row.flag("isBackOrderAllowed")
    return () if back_order is None else (("isBackOrderAllowed", str(back_order).lower()),)
