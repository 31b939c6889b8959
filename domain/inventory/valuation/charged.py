"""What is charged for goods on their way, in whatever currency, and what that is in the books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.inventory.policies.landed_cost import BASES, CHARGES, Charge
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput
from domain.kernel.money import exponent, share
from domain.kernel.work import Work
from domain.ledger.currency import conversion_legs, to_base
from domain.ledger.entries import Leg
from domain.ledger.rates import rates_on

LARGEST_MINOR = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedChargeLine:
    """A charge in major units of the document's currency, and by what it is spread: `value`,
    `weight`, `volume` or `quantity`."""

    kind: str
    basis: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Charged:
    """Charges in the currency of the books, and what they were charged at in another one (None:
    in the books' own)."""

    charges: Sequence[Charge]
    charged_currency: str | None = None
    charged_minor: int | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """What a document keeps of it."""
        return {
            "amount_minor": sum(charge.amount_minor for charge in self.charges),
            "charged_currency": self.charged_currency,
            "charged_minor": self.charged_minor,
        }


async def in_books(
    work: Work, charges: Sequence[LandedChargeLine], currency: str, own: str
) -> Charged:
    """The charges at the day's rate: together they are worth what their sum is. Raises
    InvalidInput, ExchangeRateMissing."""
    currency = iso.currency(currency)
    sound = [_sound(n, charge, currency) for n, charge in enumerate(charges)]
    if currency == own or not sound:
        return Charged(sound)
    pair = (currency, own)
    total = sum(charge.amount_minor for charge in sound)
    rate = (await rates_on(work, [pair], on=work.now.date()))[pair]
    parts = share(to_base(total, *pair, rate), [Decimal(c.amount_minor) for c in sound])
    if min(parts) <= 0:
        raise InvalidInput(f"Is worth nothing in {own}.", path=("charges", parts.index(min(parts))))
    worth = [Charge(c.kind, c.basis, part) for c, part in zip(sound, parts, strict=True)]
    return Charged(worth, currency, total)


def owed_legs(
    name: str, worth_minor: int, own: str, charged: Mapping[str, Any], *, sign: int = 1
) -> tuple[Leg, ...]:
    """The legs of what is owed for charges that are worth so much in the books: in the currency in
    which they were charged, so that each currency balances. `sign` -1 takes it back, of which
    `worth_minor` is below zero."""
    if charged["charged_currency"] is None:
        return (Leg(name, -worth_minor),)
    currency, amount = charged["charged_currency"], sign * charged["charged_minor"]
    return (
        *conversion_legs(amount, currency, worth_minor, own, base_minor=worth_minor),
        Leg(name, -amount, currency=currency, base_amount_minor=-worth_minor),
    )


def _sound(place: int, charge: LandedChargeLine, currency: str) -> Charge:
    path = ("charges", place)
    text.choice(charge.kind, CHARGES, path=(*path, "kind"))
    text.choice(charge.basis, BASES, path=(*path, "basis"))
    amount = charge.amount.scaleb(exponent(currency)) if charge.amount.is_finite() else Decimal(0)
    if amount != amount.to_integral_value() or not 0 < amount <= LARGEST_MINOR:
        raise InvalidInput(f"Must be an amount of {currency} above zero.", path=(*path, "amount"))
    return Charge(charge.kind, charge.basis, int(amount))
