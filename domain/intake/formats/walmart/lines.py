"""The lines of a Walmart Marketplace order: charges, taxes, and a status for parts of a line."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from domain.intake.document import ItemCode, Notes, ParsedLine
from domain.intake.formats.json_fields import Field
from domain.intake.formats.numbers import exact_quotient, exact_sum
from domain.intake.formats.walmart.values import listed, money, money_currency, quantity, tax_rows

_CANCELLED = frozenset({"cancelled", "canceled"})
_PIECES = frozenset({"EACH", "EA"})
_CODES = (("sku", "sku"), ("upc", "upc"), ("gtin", "gtin"))


@dataclass(frozen=True, slots=True)
class Charges:
    """What a line is charged, without tax, and the taxes; None where nothing is told of it.

    `further` are charges that are neither goods nor shipping."""

    goods: Decimal | None
    discount: Decimal | None
    shipping: Decimal | None
    further: Decimal | None
    goods_tax: Decimal | None
    other_tax: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class LineStates:
    """How much of a line is in which state, as the document names the states."""

    by_state: tuple[tuple[str, Decimal | None], ...]

    def in_all(self, *states: str) -> bool:
        """Whether there are states, and all of them are among these (in small letters)."""
        return bool(self.by_state) and all(state.lower() in states for state, _ in self.by_state)

    def cancelled(self, ordered: Decimal | None) -> Decimal | None:
        """How much of the line was cancelled; all of it where it is cancelled without a number."""
        rows = [(s, n) for s, n in self.by_state if s.lower() in _CANCELLED]
        if not rows:
            return Decimal(0) if self.by_state else None
        if self.in_all(*_CANCELLED):
            return ordered
        return exact_sum(number for _, number in rows)


def charges_of(row: Field) -> Charges:
    """What is charged for a line. A goods charge below zero, or one that is named so, is a
    discount (subscriptions have them)."""
    found: dict[str, list[Decimal | None]] = defaultdict(list)
    currencies = []
    for charge in listed(row, "charges", "charge"):
        kind = _kind(charge)
        amount = money(charge, "chargeAmount")
        is_discount = kind == "goods" and _is_discount(charge, amount)
        found["discount" if is_discount else kind].append(amount)
        tax = exact_sum(money(tax, "taxAmount") for tax in tax_rows(charge))
        found["goods_tax" if kind == "goods" else "other_tax"].append(tax)
        currencies.append(money_currency(charge, "chargeAmount"))
    return Charges(
        goods=exact_sum(found["goods"]),
        discount=exact_sum(abs(a) for a in found["discount"] if a is not None),
        shipping=exact_sum(found["shipping"]),
        further=exact_sum(found["further"]),
        goods_tax=exact_sum(found["goods_tax"]),
        other_tax=exact_sum(found["other_tax"]),
        currency=next((code for code in currencies if code is not None), None),
    )


def _kind(charge: Field) -> str:
    told = (charge.note("chargeType") or "PRODUCT").upper()
    return {"PRODUCT": "goods", "SHIPPING": "shipping"}.get(told, "further")


def _is_discount(charge: Field, amount: Decimal | None) -> bool:
    is_named_so = "DISCOUNT" in (charge.note("chargeName") or "").upper()
    return is_named_so or (amount is not None and amount < 0)


def states_of(row: Field) -> LineStates:
    """The states of a line, in the document's order."""
    key = "orderLineStatuses" if row.has("orderLineStatuses") else "orderLineStatus"
    rows = listed(row, key, "orderLineStatus")
    named = ((each.text("status"), quantity(each, "statusQuantity")) for each in rows)
    return LineStates(tuple((state, number) for state, number in named if state is not None))


def parse_line(row: Field, place: int, charges: Charges, states: LineStates) -> ParsedLine:
    """One line. Its amount is that of its product charge, for all units of it."""
    item, ordered = row.member("item"), _ordered(row)
    codes = tuple(
        ItemCode(kind, value, key) for kind, key in _CODES if (value := item.text(key)) is not None
    )
    cancelled = states.cancelled(ordered)
    left = None if ordered is None or cancelled is None else max(ordered - cancelled, Decimal(0))
    return ParsedLine(
        line=place,
        path=row.path,
        quantity=ordered,
        external_code=codes[0].value if codes else None,
        codes=codes,
        description=item.text("productName"),
        unit=_unit(row),
        unit_price=_unit_price(charges.goods, ordered),
        amount=charges.goods,
        discount=charges.discount,
        tax=charges.goods_tax,
        external_id=row.text("lineNumber", "primeLineNumber"),
        quantity_current=left,
        notes=_notes(row, states),
    )


def _ordered(row: Field) -> Decimal | None:
    held = row.member("orderLineQuantity")
    return held.quantity("amount" if not held.has("measurementValue") else "measurementValue")


def _unit(row: Field) -> str | None:
    """The document's unit; none for pieces, which is what the source counts in."""
    unit = row.member("orderLineQuantity").text("unitOfMeasurement", "unitOfMeasure")
    return None if unit is None or unit.upper() in _PIECES else unit


def _unit_price(amount: Decimal | None, ordered: Decimal | None) -> Decimal | None:
    return None if amount is None or ordered is None else exact_quotient(amount, ordered)


def _notes(row: Field, states: LineStates) -> Notes:
    fulfilment, refund = row.within("fulfillment"), row.within("refund")
    found = [
        *(("status", state) for state, _ in states.by_state),
        ("fulfillment_option", fulfilment.note("fulfillmentOption")),
        ("ship_method", fulfilment.note("shipMethod")),
        ("intent_to_cancel", row.note("intentToCancel")),
        ("refund_id", refund.note("refundId")),
    ]
    return tuple((name, told) for name, told in found if told is not None)
