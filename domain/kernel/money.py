"""Money: whole minor units and a currency. Exact, never floats."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

# ISO 4217 minor units that differ from two.
_WITHOUT_DECIMALS = """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
    """.split()
_EXPONENTS = {
    **dict.fromkeys(_WITHOUT_DECIMALS, 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency (ISO 4217)."""

    amount_minor: int
    currency: str

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with the currency's own number of decimals."""
        return to_major(self.amount_minor, self.currency)


def exponent(currency: str) -> int:
    """How many decimals the currency has (ISO 4217; two unless listed)."""
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """Major units to minor units, half up. Raises ValueError on NaN and infinities."""
    if not amount.is_finite():
        raise ValueError("an amount of money is finite")
    scaled = amount.scaleb(exponent(currency))
    return int(scaled.to_integral_value(rounding=ROUND_HALF_UP))


def to_major(amount_minor: int, currency: str) -> Decimal:
    """Minor units to major units, exact."""
    return Decimal(amount_minor).scaleb(-exponent(currency))


def share(total_minor: int, weights: Sequence[Decimal]) -> list[int]:
    """Split `total_minor` by `weights` so that the parts add up to it exactly.

    Largest remainder: each part is within one minor unit of its true share."""
    if len(weights) == 1:
        return [total_minor]
    if total_minor == 0:
        return [0] * len(weights)
    whole = sum(weights, Decimal(0))
    if whole == 0:
        return [total_minor] + [0] * (len(weights) - 1) if weights else []
    exact = [Decimal(total_minor) * weight / whole for weight in weights]
    parts = [int(value.to_integral_value(rounding="ROUND_FLOOR")) for value in exact]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in order[: total_minor - sum(parts)]:
        parts[index] += 1
    return parts


def round_minor(value: Decimal) -> int:
    """A computed amount in minor units to a whole one, half to even (for costs)."""
    return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))
