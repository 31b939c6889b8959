"""Which price applies: the narrowest list first, exact or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from domain.catalog.units import fold_unit
from domain.kernel.quantity import SCALE, Conversion, plain


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
