"""What a milestone of a trade is worth on both sides. Pure.

Amounts are minor units: of the trade's currency, of the supplier's own and of the buyer's own. An
entry's totals are the sums of its lines, so whatever happens in whatever order, both sides say the
same, and the last piece of a line takes the rest of every amount."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.intercompany.policies.pricing import (
    TransferPrice,
    net_of,
    portion_left,
    taxes,
)
from domain.kernel.money import share
from domain.ledger.currency import to_base

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The currencies of a trade and of both sides' books, and the day's rates between them."""

    trade: str
    supplier: str
    buyer: str
    rates: Mapping[tuple[str, str], Decimal]

    def convert(self, amount_minor: int, source: str, target: str) -> int:
        """The amount in another currency."""
        if source == target:
            return amount_minor
        return to_base(amount_minor, source, target, self.rates[source, target])

    def passed_on(self, amount_minor: int) -> int:
        """An amount in the supplier's own currency as the buyer keeps it."""
        return self.convert(
            self.convert(amount_minor, self.supplier, self.trade), self.trade, self.buyer
        )

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """The rates that are needed."""
        asked = {
            (self.supplier, self.trade),
            (self.trade, self.supplier),
            (self.trade, self.buyer),
        }
        return {(source, target) for source, target in asked if source != target}


@dataclass(frozen=True, slots=True)
class Goods:
    """A quantity (base units) of a trade line that moves on, after `before` was booked at
    `booked_minor` (what came back is in neither), and what it cost the supplier in its own
    currency."""

    quantity: Decimal
    cost_minor: int
    price: TransferPrice
    before: Decimal = ZERO
    booked_minor: int = 0


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """What a line is worth: net and tax in the trade's currency, in the supplier's own and in the
    buyer's own; and what it cost the supplier."""

    net_minor: int = 0
    tax_minor: int = 0
    cost_minor: int = 0
    supplier_net_minor: int = 0
    supplier_tax_minor: int = 0
    buyer_net_minor: int = 0
    buyer_tax_minor: int = 0

    def part(self, quantity: Decimal, left: Decimal) -> "LineAmounts":
        """What goes with `quantity` of the `left` that these amounts are of."""
        return LineAmounts(*(portion_left(each, quantity, left) for each in self.values))

    def __neg__(self) -> "LineAmounts":
        return LineAmounts(*(-each for each in self.values))

    def __add__(self, other: "LineAmounts") -> "LineAmounts":
        return LineAmounts(*(a + b for a, b in zip(self.values, other.values, strict=True)))

    @property
    def values(self) -> tuple[int, ...]:
        """The amounts, in the order of the fields."""
        return tuple(getattr(self, name) for name in self.__slots__)

    @property
    def owed_minor(self) -> int:
        """What the buyer owes for it, in the trade's currency."""
        return self.net_minor + self.tax_minor

    @property
    def supplier_owed_minor(self) -> int:
        """What that is in the supplier's books."""
        return self.supplier_net_minor + self.supplier_tax_minor

    @property
    def buyer_owed_minor(self) -> int:
        """What that is in the buyer's books."""
        return self.buyer_net_minor + self.buyer_tax_minor


def total(lines: Sequence[LineAmounts]) -> LineAmounts:
    """The sum of lines."""
    return sum(lines, LineAmounts())


def sold(goods: Sequence[Goods], *, tax_percent: Decimal, exchange: Exchange) -> list[LineAmounts]:
    """What goods that leave are worth, line by line; the document's tax and its value in each
    one's currency are rounded once, and the lines share them."""
    nets = [
        net_of(
            each.price,
            before=each.before,
            quantity=each.quantity,
            booked_minor=each.booked_minor,
            cost_minor=exchange.convert(each.cost_minor, exchange.supplier, exchange.trade),
            currency=exchange.trade,
        )
        for each in goods
    ]
    return _valued(nets, [each.cost_minor for each in goods], tax_percent, exchange)


def corrected(
    *, differences: Sequence[int], tax_percent: Decimal, exchange: Exchange
) -> list[LineAmounts]:
    """What it is worth that lines cost so much more (below zero: less) than was booked."""
    return _valued(differences, [0] * len(differences), tax_percent, exchange)


def _valued(
    nets: Sequence[int], costs: Sequence[int], tax_percent: Decimal, exchange: Exchange
) -> list[LineAmounts]:
    tax = taxes(nets, tax_percent)
    columns = [
        shares
        for currency in (exchange.supplier, exchange.buyer)
        for shares in _in_currency(nets, tax, exchange, currency)
    ]
    return [LineAmounts(*row) for row in zip(nets, tax, costs, *columns, strict=True)]


def _in_currency(
    nets: Sequence[int], tax: Sequence[int], exchange: Exchange, currency: str
) -> tuple[list[int], list[int]]:
    """Net and tax of each line in one side's currency."""
    if currency == exchange.trade:
        return list(nets), list(tax)
    whole_tax = exchange.convert(sum(tax), exchange.trade, currency)
    whole_net = exchange.convert(sum(nets) + sum(tax), exchange.trade, currency) - whole_tax
    return _shared(whole_net, nets), _shared(whole_tax, tax)


def _shared(amount_minor: int, weights: Sequence[int]) -> list[int]:
    if not sum(weights):
        return [amount_minor] + [0] * (len(weights) - 1)
    return share(amount_minor, [Decimal(weight) for weight in weights])
