"""Which price applies: the narrowest list first, exact or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, TypedDict

from domain.catalog.units import fold_unit
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import LARGEST, SCALE, Conversion, plain

HIGHEST_RANK = 1_000_000
# As a kind of configuration that may be governed.
PRICE_LIST = "price_list"


class PriceListFields(TypedDict, total=False):
    """What can be said of a price list; what is missing is left as it was."""

    code: str
    name: str
    currency: str
    channel_id: int | None
    party_id: int | None
    rank: int
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedPrice:
    """One price of a list that applies, with what decides between lists.

    `conversion` says how many base units one `unit` is; `minimum_quantity` counts in `unit`."""

    unit: str
    conversion: Conversion
    minimum_quantity: Decimal
    unit_price: Decimal
    price_list_id: int
    for_party: bool
    for_channel: bool
    rank: int
    valid_from: date


def choose_price(
    offers: Iterable[OfferedPrice], *, unit: str, conversion: Conversion, quantity: Decimal
) -> Decimal | None:
    """The price of one `unit` when `quantity` of it is bought, or None.

    A customer's list comes before a channel's, that before everyone's; then the higher rank, the
    later start. Within a list a price in the very unit comes before one in another, then the
    highest quantity break that is reached. A price in another unit counts only when it
    converts exactly to six decimals."""
    reached = [o for o in offers if _reaches(o, conversion, quantity)]
    folded = fold_unit(unit)
    for offer in sorted(reached, key=lambda offer: _precedence(offer, folded)):
        price = _converted(offer, folded, conversion)
        if price is not None:
            return price
    return None


def _precedence(offer: OfferedPrice, folded: str) -> tuple[object, ...]:
    return (
        not offer.for_party,
        not offer.for_channel,
        -offer.rank,
        -offer.valid_from.toordinal(),
        offer.price_list_id,
        fold_unit(offer.unit) != folded,
        -_break_in_base_units(offer),
    )


def _break_in_base_units(offer: OfferedPrice) -> Fraction:
    ratio = Fraction(offer.conversion.numerator) / Fraction(offer.conversion.denominator)
    return Fraction(offer.minimum_quantity) * ratio


def _reaches(offer: OfferedPrice, conversion: Conversion, quantity: Decimal) -> bool:
    with localcontext() as context:
        context.prec = 120
        bought = quantity * conversion.numerator * offer.conversion.denominator
        needed = offer.minimum_quantity * offer.conversion.numerator * conversion.denominator
    return bought >= needed


def _converted(offer: OfferedPrice, folded: str, conversion: Conversion) -> Decimal | None:
    if fold_unit(offer.unit) == folded:
        return plain(offer.unit_price)
    with localcontext() as context:
        context.prec = 120
        amount = offer.unit_price * conversion.numerator * offer.conversion.denominator
        divisor = conversion.denominator * offer.conversion.numerator
        price = (amount / divisor).quantize(SCALE)
        return plain(price) if price * divisor == amount else None


def sound_price_list(fields: PriceListFields) -> dict[str, Any]:
    """The fields as they are stored. Raises InvalidInput."""
    text.refuse_nulls(fields, nullable=("channel_id", "party_id", "valid_until"))
    sound: dict[str, Any] = dict(fields)
    if "code" in fields:
        sound["code"] = text.code(fields["code"])
    if "name" in fields:
        sound["name"] = text.name(fields["name"])
    if "currency" in fields:
        iso.currency(fields["currency"])
    if not -HIGHEST_RANK <= fields.get("rank", 0) <= HIGHEST_RANK:
        message = f"Must be between -{HIGHEST_RANK} and {HIGHEST_RANK}."
        raise InvalidInput(message, path=("rank",))
    return sound


def require_validity(valid_from: date, valid_until: date | None) -> None:
    """Raise InvalidInput for a list that ends before it begins."""
    if valid_until is not None and valid_until < valid_from:
        raise InvalidInput("Must not be before valid_from.", path=("valid_until",))


def price_fault(minimum_quantity: Decimal, unit_price: Decimal | None) -> tuple[str, str] | None:
    """What is wrong with a price, as (field, message), or None.

    A price has at most six decimals and is not negative; a quantity break is above zero."""
    if not _is_stored_exactly(minimum_quantity) or minimum_quantity <= 0:
        return "minimum_quantity", "Must be above zero, with at most 6 decimals."
    if unit_price is not None and (not _is_stored_exactly(unit_price) or unit_price < 0):
        return "unit_price", "Must be zero or more, with at most 6 decimals."
    return None


def _is_stored_exactly(value: Decimal) -> bool:
    return value.is_finite() and abs(value) <= LARGEST and value.quantize(SCALE) == value
