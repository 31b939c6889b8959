"""How freight, duty and the like are spread over what came: values in, decision out.

Amounts are minor units; every charge is spread whole, to the last of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.kernel.money import share

BASES = ("value", "weight", "volume", "quantity")
CHARGES = ("freight", "duty", "insurance", "handling", "other")


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount (minor units) and by what it is spread."""

    kind: str
    basis: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Bearer:
    """What came, by everything that a charge may be spread by; None: not told."""

    value: Decimal
    quantity: Decimal
    weight: Decimal | None = None
    volume: Decimal | None = None


class NothingToSpreadBy(Exception):
    """A charge is to be spread by what is not told, or is nothing: (place of the charge,)."""


def spread(charges: Sequence[Charge], bearers: Sequence[Bearer]) -> list[int]:
    """What each bears of all charges. Raises NothingToSpreadBy."""
    borne = [0] * len(bearers)
    for place, charge in enumerate(charges):
        weights = [getattr(each, charge.basis) for each in bearers]
        if any(weight is None or weight < 0 for weight in weights) or not sum(weights):
            raise NothingToSpreadBy(place)
        for n, part in enumerate(share(charge.amount_minor, weights)):
            borne[n] += part
    return borne
