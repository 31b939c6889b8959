"""Goods that a supplier bills in another currency than that of the buyer's books.

They came at the rate of their day and stand in the books at that; what they are billed at is worth
what the day of the invoice makes of it. The price's part of the difference goes to the goods, the
rates' part is a realised difference. Each currency balances by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from domain.finance.bought import BoughtLine
from domain.finance.numbering import entities_of
from domain.inventory.valuation.revising import ReceiptChange
from domain.kernel.money import exponent
from domain.kernel.quantity import SCALE
from domain.kernel.reading import Reader
from domain.ledger.currency import REALISED, conversion_legs, to_base
from domain.ledger.entries import Leg
from domain.ledger.rates import Pair, rates_on_days


@dataclass(frozen=True, slots=True)
class ForeignBooks:
    """The invoice's currency and that of the books, and what one is worth in the other: on the
    day of the invoice, and on the days on which its goods came."""

    pair: Pair
    rate: Decimal
    rates: Mapping[date, Decimal]

    def in_books(self, amount_minor: int) -> int:
        """What the invoice's day makes of an amount."""
        return to_base(amount_minor, *self.pair, self.rate)

    def changes(self, changes: Sequence[ReceiptChange]) -> list[ReceiptChange]:
        """What goods cost more, in the currency of the books."""
        told = [
            replace(each, difference_minor=self.in_books(each.difference_minor)) for each in changes
        ]
        return [each for each in told if each.difference_minor]

    def goods_legs(
        self,
        stood: Sequence[tuple[BoughtLine, int]],
        changes: Sequence[ReceiptChange],
        booked: Sequence[ReceiptChange],
    ) -> list[Leg]:
        """The legs of what is billed of received goods and of what they cost more, but for those
        of the stock itself: `stood` is each line and what of it stood as received and not
        invoiced, `changes` are in the invoice's currency, `booked` in that of the books."""
        received = sum(self._stood_at(line, amount) for line, amount in stood)
        more = sum(each.difference_minor for each in booked)
        billed = sum(amount for _, amount in stood) + sum(e.difference_minor for e in changes)
        worth = self.in_books(billed)
        own = self.pair[1]
        return [
            *conversion_legs(billed, self.pair[0], worth, own, base_minor=worth),
            Leg("goods_received", received, currency=own),
            Leg(REALISED, worth - received - more, currency=own),
        ]

    def _stood_at(self, line: BoughtLine, amount_minor: int) -> int:
        """What of the books such an amount of the invoice's currency is: what was billed before
        is of what came first. What is yet to come is worth what the day makes of it."""
        before = line.bought.billed_received_minor
        return self._until(line, before + amount_minor) - self._until(line, before)

    def _until(self, line: BoughtLine, amount_minor: int) -> int:
        left, total = amount_minor, 0
        for came in line.came:
            part = min(left, came.value_minor)
            if part <= 0:
                break
            whole = _received_at(line.row, came.quantity, self.rates[came.on], self.pair[1])
            total += _half_up(Decimal(whole * part) / came.value_minor)
            left -= part
        return total + self.in_books(left)


async def foreign_books(
    reader: Reader, invoice: Any, bought: Sequence[BoughtLine], *, on: date
) -> ForeignBooks | None:
    """None where the invoice is in the currency of its entity's books. Raises
    ExchangeRateMissing."""
    own = (await entities_of(reader, [invoice.entity_id]))[invoice.entity_id].currency
    if own == invoice.currency:
        return None
    pair = (invoice.currency, own)
    days = {on} | {came.on for line in bought for came in line.came}
    known = await rates_on_days(reader, [pair], days=days)
    rates = {day: rates[pair] for day, rates in known.items()}
    return ForeignBooks(pair, rates[on], rates)


def _received_at(row: Any, quantity: Decimal, rate: Decimal, own: str) -> int:
    """As the receipt was booked."""
    unit_cost = (row.unit_price * rate).quantize(SCALE, rounding=ROUND_HALF_UP)
    value = quantity * unit_cost * row.quantity_ordered / row.quantity
    return _half_up(value.scaleb(exponent(own)))


def _half_up(amount: Decimal) -> int:
    return int(amount.to_integral_value(rounding=ROUND_HALF_UP))
