"""What one entity pays another: transfer prices, and amounts that close. Pure.

Prices are major units per base unit; amounts are minor units of the agreement's currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from domain.kernel.money import exponent, share

COST_PLUS, LIST_MINUS, FIXED, CORRECTED = "cost_plus", "list_minus", "fixed", "corrected"
METHODS = (COST_PLUS, LIST_MINUS, FIXED)
BASES = (*METHODS, CORRECTED)
HUNDRED = Decimal(100)
SCALE = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement says of prices; `fallback_percent` is what is put on the cost of an item
    that has neither a price of its own nor one in the list."""

    method: str
    percent: Decimal
    fallback_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class TransferPrice:
    """The price of one base unit; None where the goods' own cost says it, plus `percent`."""

    basis: str
    percent: Decimal
    unit_price: Decimal | None = None


def transfer_price(
    terms: Terms, *, fixed: Decimal | None = None, listed: Decimal | None = None
) -> TransferPrice:
    """The price under the terms. An item's own price goes before every method; what has no price
    that the method asks for goes at its cost plus the fallback."""
    if fixed is not None:
        return TransferPrice(FIXED, Decimal(0), fixed)
    if terms.method == LIST_MINUS and listed is not None:
        price = listed * (HUNDRED - terms.percent) / HUNDRED
        return TransferPrice(LIST_MINUS, terms.percent, price.quantize(SCALE, ROUND_HALF_UP))
    if terms.method == COST_PLUS:
        return TransferPrice(COST_PLUS, terms.percent)
    return TransferPrice(COST_PLUS, terms.fallback_percent)


def whole(amount: Decimal) -> int:
    """Minor units, half up."""
    return int(amount.to_integral_value(rounding=ROUND_HALF_UP))


def priced(unit_price: Decimal, quantity: Decimal, currency: str) -> int:
    """What a quantity (base units) costs at a price, in minor units."""
    return whole((unit_price * quantity).scaleb(exponent(currency)))


def marked_up(cost_minor: int, percent: Decimal) -> int:
    """A cost with a percentage on it, in the same currency."""
    return whole(Decimal(cost_minor) * (HUNDRED + percent) / HUNDRED)


def net_of(
    price: TransferPrice,
    *,
    before: Decimal,
    quantity: Decimal,
    booked_minor: int,
    cost_minor: int,
    currency: str,
) -> int:
    """What `quantity` more costs, after `before` (base units) was booked at `booked_minor`.

    At a price, over all parts of a line it closes to the price of the whole, however it is split;
    `cost_minor` is what the goods cost the supplier, in the agreement's currency."""
    if price.unit_price is None:
        return marked_up(cost_minor, price.percent)
    return priced(price.unit_price, before + quantity, currency) - booked_minor


def taxes(nets: Sequence[int], percent: Decimal) -> list[int]:
    """The tax of each line: the document's tax is rounded once, and the lines share it."""
    total = whole(Decimal(sum(nets)) * percent / HUNDRED)
    if not any(nets) or not total:
        return [0] * len(nets)
    return share(total, [Decimal(net) for net in nets])


def portion_left(amount_minor: int, part: Decimal, left: Decimal) -> int:
    """What of an amount goes with `part` of the `left` quantity: with the last of it, the rest."""
    if part == left:
        return amount_minor
    return whole(Decimal(amount_minor) * part / left)
