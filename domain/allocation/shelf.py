"""What is still there while one decision after another is made. Pure; quantities in base units."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Stock:
    """What one balance can give."""

    balance_id: int
    item_id: int
    location_id: int
    owner_id: int
    available: Decimal


@dataclass(frozen=True, slots=True)
class Take:
    """A quantity that a balance gives."""

    balance_id: int
    location_id: int
    quantity: Decimal


@dataclass(slots=True)
class Shelf:
    """What is still there while decisions are made, one after another."""

    stock: Sequence[Stock]
    left: dict[int, Decimal] = field(init=False)
    by_place: dict[tuple[int, int], list[Stock]] = field(init=False)
    locations: dict[int, set[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.left = {each.balance_id: each.available for each in self.stock}
        self.by_place, self.locations = defaultdict(list), defaultdict(set)
        for each in self.stock:
            self.by_place[each.item_id, each.location_id].append(each)
            self.locations[each.item_id].add(each.location_id)

    def available(self, item_id: int, location_id: int, owner_id: int) -> Decimal:
        """What the owner's balances of the item still have at the location."""
        return sum(
            (self.left[s.balance_id] for s in self._of(item_id, location_id, owner_id)), ZERO
        )

    def take(self, item_id: int, location_id: int, owner_id: int, wanted: Decimal) -> list[Take]:
        """Take up to `wanted`, from the oldest balance on."""
        takes = []
        for each in self._of(item_id, location_id, owner_id):
            quantity = min(wanted, self.left[each.balance_id])
            if quantity > 0:
                self.left[each.balance_id] -= quantity
                wanted -= quantity
                takes.append(Take(each.balance_id, location_id, quantity))
        return takes

    def put_back(self, takes: Iterable[Take]) -> None:
        """Undo takes of an order that is refused."""
        for take in takes:
            self.left[take.balance_id] += take.quantity

    def why_empty(self, item_id: int, location_id: int, owner_id: int) -> str:
        """The rule for a location that has nothing left to give to this owner's order."""
        if any(each.available > 0 for each in self._of(item_id, location_id, owner_id)):
            return "taken_before"
        if any(each.available > 0 for each in self.by_place.get((item_id, location_id), ())):
            return "owned_by_other_entity"
        return "no_stock"

    def _of(self, item_id: int, location_id: int, owner_id: int) -> list[Stock]:
        found = self.by_place.get((item_id, location_id), ())
        return [each for each in found if each.owner_id == owner_id]
