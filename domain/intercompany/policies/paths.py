"""From whose stock an entity may sell: owners that agreements lead to, and by which way. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The selling entity, the owner, and at most one between them.
MOST_ENTITIES = 3


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement that is in effect: `supplier` sells to `buyer`.

    `items` are those it has a price for; None: any. Of ways of the same length the lower sum of
    ranks is used, then the fewer days."""

    id: int
    supplier_id: int
    buyer_id: int
    lead_days: int = 0
    rank: int = 0
    items: frozenset[int] | None = None

    def covers(self, item_id: int) -> bool:
        """Whether the item is traded under it."""
        return self.items is None or item_id in self.items


@dataclass(frozen=True, slots=True)
class Source:
    """Stock of another owner that an entity may sell, and the agreements by which it gets there:
    the owner's own first. `lead_days` are those of all of them together."""

    owner_id: int
    agreement_ids: tuple[int, ...]
    lead_days: int = 0
    items: frozenset[int] | None = None

    def covers(self, item_id: int) -> bool:
        """Whether the item may come this way."""
        return self.items is None or item_id in self.items


@dataclass(frozen=True, slots=True)
class _Way:
    """Agreements in a row; `agreements` from the owner to the seller."""

    agreements: tuple[Agreed, ...]

    @property
    def key(self) -> tuple[int, int, int, tuple[int, ...]]:
        """Of two ways the smaller is used: the shorter, then the one that ranks first."""
        return (
            len(self.agreements),
            sum(each.rank for each in self.agreements),
            sum(each.lead_days for each in self.agreements),
            tuple(each.id for each in self.agreements),
        )

    @property
    def source(self) -> Source:
        """What the way leads to."""
        named = [each.items for each in self.agreements if each.items is not None]
        return Source(
            self.agreements[0].supplier_id,
            tuple(each.id for each in self.agreements),
            sum(each.lead_days for each in self.agreements),
            frozenset.intersection(*named) if named else None,
        )


def sources_of(entity_id: int, agreed: Sequence[Agreed]) -> tuple[Source, ...]:
    """The other owners whose stock the entity may sell, each by its best way, the best first.

    No way comes twice through an entity, and none is longer than MOST_ENTITIES."""
    by_buyer: Mapping[int, list[Agreed]] = defaultdict(list)
    for each in agreed:
        by_buyer[each.buyer_id].append(each)
    best: dict[int, _Way] = {}
    ends: list[tuple[tuple[Agreed, ...], frozenset[int], int]]
    ends = [((), frozenset([entity_id]), entity_id)]
    for _ in range(MOST_ENTITIES - 1):
        ends = [
            ((each, *way), seen | {each.supplier_id}, each.supplier_id)
            for way, seen, end in ends
            for each in by_buyer[end]
            if each.supplier_id not in seen
        ]
        for agreements, _seen, owner in ends:
            way = _Way(agreements)
            if owner not in best or way.key < best[owner].key:
                best[owner] = way
    return tuple(way.source for way in sorted(best.values(), key=lambda way: way.key))
