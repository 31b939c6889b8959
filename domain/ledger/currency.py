"""Amounts in a foreign currency and in the entity's own: values in, legs and amounts out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from domain.kernel.money import exponent
from domain.ledger.entries import Dimensions, Leg

REALISED = "realised_exchange"
CONVERSION = "currency_conversion"


def to_base(amount_minor: int, from_currency: str, to_currency: str, rate: Decimal) -> int:
    """Minor units of one currency in whole ones of the other, half away from zero. `rate` is for
    major units."""
    scale = exponent(to_currency) - exponent(from_currency)
    exact = (Decimal(amount_minor) * rate).scaleb(scale)
    return int(exact.to_integral_value(rounding=ROUND_HALF_UP))


def in_base(legs: Sequence[Leg], base: str, rates: Mapping[tuple[str, str], Decimal]) -> list[Leg]:
    """The legs with their base amounts, those that they have already kept.

    What rounding leaves over (at most one minor unit a leg) goes to the largest that was
    converted, so that an entry that balances does so in base too."""
    converted = [_converted(leg, base, rates) for leg in legs]
    left = sum(leg.base_amount_minor or 0 for leg in converted)
    if left == 0 or abs(left) > len(legs):
        return converted
    open_places = [
        place
        for place, leg in enumerate(legs)
        if leg.base_amount_minor is None and leg.currency != base
    ]
    if not open_places:
        return converted
    place = max(open_places, key=lambda each: abs(converted[each].base_amount_minor or 0))
    largest = converted[place]
    converted[place] = replace(largest, base_amount_minor=(largest.base_amount_minor or 0) - left)
    return converted


def settled_legs(
    name: str,
    amount_minor: int,
    *,
    booked_base_minor: int,
    paid_base_minor: int,
    dimensions: Dimensions | None = None,
) -> tuple[Leg, ...]:
    """The legs that settle a foreign item at the base amount at which it stands, and the realised
    difference to what was paid for it. All three amounts have the sign of the leg that settles
    it (a receivable that is paid: negative); the money's own leg carries `-paid_base_minor`."""
    difference = paid_base_minor - booked_base_minor
    return (
        Leg(name, amount_minor, dimensions, base_amount_minor=booked_base_minor),
        Leg(REALISED, 0, dimensions, base_amount_minor=difference),
    )


def conversion_legs(
    given_minor: int, given_currency: str, got_minor: int, got_currency: str, *, base_minor: int
) -> tuple[Leg, Leg]:
    """The two legs that join what was given in one currency (its leg: a credit of `given_minor`)
    to what was got in another (a debit of `got_minor`) at the same base amount, so that each
    currency balances by itself."""
    return (
        Leg(CONVERSION, given_minor, currency=given_currency, base_amount_minor=base_minor),
        Leg(CONVERSION, -got_minor, currency=got_currency, base_amount_minor=-base_minor),
    )


def _converted(leg: Leg, base: str, rates: Mapping[tuple[str, str], Decimal]) -> Leg:
    if leg.base_amount_minor is not None:
        return leg
    currency = leg.currency or base
    if currency == base:
        return replace(leg, base_amount_minor=leg.amount_minor)
    amount = to_base(leg.amount_minor, currency, base, rates[currency, base])
    return replace(leg, base_amount_minor=amount)
