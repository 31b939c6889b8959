"""Values of Adobe Commerce (Magento 2) orders: money in one of two currencies, addresses."""

from dataclasses import dataclass
from decimal import Decimal

from domain.intake.document import Address
from domain.intake.formats.json_fields import Field, objects_of
from domain.intake.formats.numbers import exact_difference, exact_sum

_STREET_LINES = 4
_PREPAID = ("gift_cards_amount", "customer_balance_amount", "reward_currency_amount")


def held(field: Field, key: str) -> Field:
    """The member that should be an object; PHP writes an empty one as an empty list."""
    member = field.within(key)
    return Field(None, member.path, field.problems) if member.value == [] else field.member(key)


def rows_of(field: Field, key: str) -> list[Field]:
    """The objects of a list; PHP writes one with gaps as an object with numbers for names."""
    member = field.within(key)
    if isinstance(member.value, dict) and all(name.isdecimal() for name in member.value):
        return objects_of(member.within(name) for name in member.value)
    return field.objects(key)


@dataclass(frozen=True, slots=True)
class Money:
    """Which of its two sets of amounts a document is read by: the order's currency, with no prefix,
    or the shop's own ("base_"), where the document has that one only."""

    prefix: str

    def of(self, field: Field, key: str) -> Decimal | None:
        """The amount of that name, in the currency that is read."""
        return field.number(self.prefix + key)

    def discount(self, field: Field, *compensations: str) -> Decimal | None:
        """The discount without the tax in it, above zero: where prices include tax, the source
        states the discount with tax, and gives that tax back as a compensation."""
        stated = self.of(field, "discount_amount")
        if stated is None:
            return None
        given_back = exact_sum(self.of(field, key) for key in compensations)
        return exact_difference(abs(stated), abs(given_back or Decimal(0)))

    def prepaid(self, order: Field) -> Decimal | None:
        """What of the order was paid by gift card, store credit or points: the source takes it off
        the grand total, although it is payment."""
        further = held(order, "extension_attributes")
        holders = [order if order.has(self.prefix + key) else further for key in _PREPAID]
        amounts = [self.of(holder, key) for holder, key in zip(holders, _PREPAID, strict=True)]
        return exact_sum(abs(amount) for amount in amounts if amount is not None)


def money_of(order: Field) -> Money:
    """By which amounts an order is read."""
    has_own = order.has_any("grand_total", "subtotal", "order_currency_code")
    return Money("" if has_own or not order.has("base_currency_code") else "base_")


def currency_of(order: Field, money: Money) -> str | None:
    """The currency of the amounts; the shop's own where they are told to be the same."""
    if money.prefix:
        return order.currency("base_currency_code")
    stated = order.currency("order_currency_code")
    is_same = order.has("grand_total") and order.number("grand_total") == order.number(
        "base_grand_total"
    )
    return order.currency("base_currency_code") if stated is None and is_same else stated


def address(field: Field, *, email: str | None = None) -> Address | None:
    """An address of an order; None where null, missing or blank."""
    names = (field.text("prefix"), field.text("firstname"), field.text("lastname"))
    lines = _street(field)
    region = field.within("region")
    found = Address(
        name=" ".join(name for name in names if name) or None,
        company=field.text("company"),
        line1=lines[0] if lines else None,
        line2=", ".join(lines[1:]) or None,
        city=field.text("city"),
        region=(region if region.is_object else field).text("region_code", "region"),
        postal_code=field.text("postcode"),
        country=field.text("country_id"),
        phone=field.text("telephone"),
        email=field.text("email") or email,
    )
    is_empty = found == Address(email=found.email)
    return None if is_empty else found


def _street(field: Field) -> list[str]:
    street = field.within("street")
    if not isinstance(street.value, list):
        told = street.own_text()
        return [line.strip() for line in (told or "").splitlines() if line.strip()]
    lines = [row.own_text() for row in street.each()]
    return [line for line in lines if line][:_STREET_LINES]


def shipping_of(order: Field) -> Field:
    """The order's shipping: address and method, of its first shipping assignment."""
    assignments = rows_of(held(order, "extension_attributes"), "shipping_assignments")
    return held(assignments[0], "shipping") if assignments else Field(None, "", order.problems)
