"""What callers say of goods that come and go, and what they are told."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

Key = tuple[int, int]
Legs = tuple[tuple[str, int], ...]
INVENTORY, VARIANCE, COST_OF_GOODS = "inventory", "price_variance", "cost_of_goods"
RECEIVED = "goods_received"


class Source(NamedTuple):
    """The document behind a layer, an issue or a change: its kind and id."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class CostAdded:
    """A quantity (base units) that comes into an owner's stock, and what it cost (minor units).

    `profit_minor` of that is what another entity of the house earned on it. `received_on`: the day
    it came, if that is not today. `issue_id`: the issue by which it had left."""

    owner_id: int
    item_id: int
    quantity: Decimal
    value_minor: int
    profit_minor: int = 0
    received_on: date | None = None
    issue_id: int | None = None

    @property
    def key(self) -> Key:
        """The cost row it belongs to."""
        return self.owner_id, self.item_id


@dataclass(frozen=True, slots=True)
class CostOf:
    """A quantity (base units) that leaves an owner's stock; `of`: the goods of this document
    first."""

    owner_id: int
    item_id: int
    quantity: Decimal
    of: Source | None = None

    @property
    def key(self) -> Key:
        """The cost row it belongs to."""
        return self.owner_id, self.item_id


@dataclass(frozen=True, slots=True)
class Entered:
    """What goods that came did to the books (minor units): to the value of the stock, to the
    variance from the standard, and to what had left at the last cost, by leg."""

    stock_minor: int
    variance_minor: int = 0
    corrected: Mapping[str, int] = field(default_factory=dict)

    @property
    def corrected_minor(self) -> int:
        """What went to what had left before."""
        return sum(self.corrected.values())

    @property
    def value_minor(self) -> int:
        """What the goods cost."""
        return self.stock_minor + self.variance_minor + self.corrected_minor


class Corrected(NamedTuple):
    """That goods of an owner's, which had left by a document, cost so much more (minor units), and
    to which leg of the books that goes."""

    leg: str
    owner_id: int
    source: Source
    item_id: int
    amount_minor: int


def entered_legs(entered: Iterable[Entered]) -> Legs:
    """The legs of the books for goods that came, without what they are owed to."""
    legs: Counter[str] = Counter()
    for each in entered:
        legs[INVENTORY] += each.stock_minor
        legs[VARIANCE] += each.variance_minor
        legs.update(each.corrected)
    return tuple((leg, amount) for leg, amount in legs.items() if amount or leg == INVENTORY)


def merged(*legs: Legs) -> Legs:
    """Legs of several, those of one name together."""
    whole: Counter[str] = Counter()
    for some in legs:
        for name, amount in some:
            whole[name] += amount
    return tuple((name, amount) for name, amount in whole.items() if amount)
