"""Fair shares of what is there for too many. Pure, exact; quantities in base units."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one line asks for, and how much its claim weighs beside others.

    It is given in steps: `step` base units are one of the unit it was ordered in. What is left of
    the claim after whole steps may be given as its last."""

    quantity: Decimal
    step: Decimal = Decimal(1)
    weight: int = 1


def fair_shares(claims: Sequence[Claim], supply: Decimal) -> list[Decimal]:
    """What each claim gets of `supply`, in proportion to its quantity times its weight.

    Nobody gets more than asked; what is cut off to make whole steps goes to those that lost most
    by it, the first in the list where they lost the same. What is left over at the end is less
    than the next step of anybody who still waits."""
    entitled = _entitled(claims, Fraction(supply))
    shares = [
        claim.quantity if due >= claim.quantity else claim.step * (due // Fraction(claim.step))
        for claim, due in zip(claims, entitled, strict=True)
    ]
    left = supply - sum(shares, ZERO)
    lost = [due - Fraction(share) for due, share in zip(entitled, shares, strict=True)]
    in_turn = sorted(range(len(claims)), key=lambda n: (-lost[n], n))
    given = True
    while left > 0 and given:
        given = False
        for n in in_turn:
            step = min(claims[n].step, claims[n].quantity - shares[n])
            if 0 < step <= left:
                shares[n] += step
                left -= step
                given = True
    return shares


def _entitled(claims: Sequence[Claim], supply: Fraction) -> list[Fraction]:
    """Exact shares: the same part of each weighted claim, and of none more than all of it."""
    asked = [Fraction(claim.quantity) for claim in claims]
    entitled = [Fraction(0)] * len(claims)
    by_weight: dict[int, list[int]] = {}
    for n, claim in enumerate(claims):
        by_weight.setdefault(claim.weight, []).append(n)
    weights = sorted(by_weight, reverse=True)
    sums = {weight: sum((asked[n] for n in by_weight[weight]), Fraction(0)) for weight in weights}
    for place, weight in enumerate(weights):
        weighted = sum((each * sums[each] for each in weights[place:]), Fraction(0))
        if not weighted:
            continue
        part = min(weight * supply / weighted, Fraction(1))
        for n in by_weight[weight]:
            entitled[n] = part * asked[n]
        if part < 1:
            # From here on the part of a unit of weight is the same for all.
            for lighter in weights[place + 1 :]:
                for n in by_weight[lighter]:
                    entitled[n] = lighter * supply / weighted * asked[n]
            break
        supply -= sums[weight]
    return entitled
