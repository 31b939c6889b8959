"""The journal of a payout: what came to the bank, what each kind of fee was, and what of the
clearing account is settled by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.finance.numbering import entities_of
from domain.finance.settlement.matching import Matched
from domain.finance.settlement.told import FAILED, FEES, REIMBURSEMENT, TAX_WITHHELD, WITHHELD
from domain.kernel.work import Work
from domain.ledger.currency import to_base
from domain.ledger.entries import Dimensions, Entry, Leg
from domain.ledger.posting import post
from domain.ledger.rates import rates_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A payout that is to be posted: what its lines come to by kind, and what was matched.

    `excess`: what of the reserve is given back that was not kept; `beyond`: what of the fees is
    questioned."""

    settlement: Row[Any]
    sums: Mapping[str, int]
    matched: Matched
    excess: int
    beyond: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """From a currency into that of the books, at a day's rate."""

    currency: str
    own: str
    rate: Decimal

    def base(self, amount_minor: int) -> int:
        """So much of it in the books' currency."""
        if self.currency == self.own:
            return amount_minor
        return to_base(amount_minor, self.currency, self.own, self.rate)


async def conversion_of(work: Work, entity_id: int, currency: str, *, on: date) -> Conversion:
    """What a currency is worth in an entity's books on a day. Raises ExchangeRateMissing."""
    own = (await entities_of(work, [entity_id]))[entity_id].currency
    pair = (currency, own)
    return Conversion(currency, own, (await rates_on(work, [pair], on=on))[pair])


async def book_settlement(work: Work, booking: Booking, *, on: date) -> Sequence[int]:
    """Post a payout; the base amounts of what each of its differences holds on the clearing
    account. What was matched leaves at what it stood at; the rest is an exchange difference."""
    row = booking.settlement
    at = await conversion_of(work, row.entity_id, row.currency, on=on)
    held = [at.base(each.held_minor) for each in booking.matched.unexplained]
    legs = [
        *(Leg(name, amount, base_amount_minor=at.base(amount)) for name, amount in _plain(booking)),
        _matched_leg(booking.matched),
        Leg(
            "clearing",
            sum(each.held_minor for each in booking.matched.unexplained),
            base_amount_minor=sum(held),
        ),
    ]
    realised = -sum(leg.base_amount_minor or 0 for leg in legs)
    legs.append(Leg("realised_exchange", 0, base_amount_minor=realised))
    await post(work, [_entry(row, legs, on)])
    return held


async def book_failure(work: Work, row: Row[Any]) -> None:
    """A payout that is posted did not arrive: the channel has it again."""
    await post(
        work,
        [
            replace(
                _entry(row, (), work.now.date()),
                milestone="payout_failed",
                legs=(("withheld", row.total_minor), ("bank", -row.total_minor)),
                description=f"Payout {row.external_id} failed",
            )
        ],
    )


def _plain(booking: Booking) -> list[tuple[str, int]]:
    """Legs at the day's rate: a debit is positive."""
    row, sums = booking.settlement, booking.sums
    kept = -sum(sums.get(kind, 0) for kind in WITHHELD) + booking.excess
    charges = {kind: -sums[kind] for kind in (*FEES, TAX_WITHHELD, REIMBURSEMENT) if kind in sums}
    if booking.beyond:
        largest = max(FEES, key=lambda kind: charges.get(kind, 0))
        charges[largest] -= booking.beyond
    where = "withheld" if row.payout_state == FAILED else "bank"
    return [
        (where, row.total_minor),
        ("withheld", kept),
        *charges.items(),
        ("rounding", booking.matched.rounding_minor),
    ]


def _matched_leg(matched: Matched) -> Leg:
    return Leg(
        "clearing",
        -sum(sign * part.amount_minor for part, sign in matched.cleared),
        base_amount_minor=-sum(sign * part.base_minor for part, sign in matched.cleared),
    )


def _entry(row: Row[Any], legs: Sequence[Leg], on: date) -> Entry:
    return Entry(
        entity_id=row.entity_id,
        milestone="settlement",
        source_kind="settlement",
        source_id=row.id,
        currency=row.currency,
        legs=tuple(legs),
        posted_on=on,
        description=f"Payout {row.external_id}",
        trace={"settlement_id": row.id},
        dimensions=Dimensions(channel_id=row.channel_id),
    )
