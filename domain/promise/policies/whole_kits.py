"""What waits of a kit is promised whole: each kit from one location. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from domain.promise.policies.supply_book import Part, SupplyBook, Terms

ZERO = Decimal(0)
# A component: its item, how much of it waits, how much makes one kit (base units).
Component = tuple[int, Decimal, Decimal]
# Up to so many kits (None: any number), and how good the last of them is (less is better).
Step = tuple[Decimal | None, Any]


def take_kits(
    components: Sequence[Component],
    book: SupplyBook,
    terms: Terms,
    *,
    only: int | None = None,
    beside: int | None = None,
) -> list[list[Part]]:
    """Take what waits of one line's kits from the book; the parts of each component.

    Each kit leaves one location with all that is in it, the best first; several kits may come
    from several. What waits of a component beyond whole kits comes from where it can."""
    parts: list[list[Part]] = [[] for _ in components]
    kits = min(waiting // per_kit for _, waiting, per_kit in components)
    for place, whole in _chosen(components, kits, book, terms, only):
        taken = [
            book.take(item_id, whole * per_kit, terms, only=place)
            for item_id, _, per_kit in components
        ]
        for found, own in zip(parts, _together(taken), strict=True):
            found += own
    for found, (item_id, waiting, per_kit) in zip(parts, components, strict=True):
        beyond = waiting - kits * per_kit
        if beyond > 0:
            found += book.take(item_id, beyond, terms, only=beside)
    return parts


def _chosen(
    components: Sequence[Component],
    kits: Decimal,
    book: SupplyBook,
    terms: Terms,
    only: int | None,
) -> list[tuple[int, Decimal]]:
    """How many kits are to come from where, those that are there on another day apart."""
    steps = [
        (good, place, upto)
        for place in book.places_for(terms, only=only)
        for upto, good in _steps(components, book, terms, place)
    ]
    reached: dict[int, Decimal] = {}
    chosen: list[tuple[int, Decimal]] = []
    for _, place, upto in sorted(steps, key=lambda step: step[0]):
        before = reached.get(place, ZERO)
        more = kits if upto is None else min(kits, upto - before)
        if more > 0:
            reached[place] = before + more
            chosen.append((place, more))
            kits -= more
    return chosen


def _together(parts: Sequence[Sequence[Part]]) -> list[list[Part]]:
    """The parts of the same kits, all leaving on the day of the last of them."""
    every = [part for own in parts for part in own]
    ships_on = max(part.ships_on for part in every)
    delivers_on = max((part.delivers_on for part in every if part.delivers_on), default=None)
    return [
        [replace(part, ships_on=ships_on, delivers_on=delivers_on) for part in own] for own in parts
    ]


def _steps(
    components: Sequence[Component], book: SupplyBook, terms: Terms, place: int
) -> list[Step]:
    """How many whole kits a location can give, by how good the worst part of the last is."""
    offers = [book.reaches(item_id, terms, only=place) for item_id, _, _ in components]
    found = {
        upto for own, each in zip(components, offers, strict=True) for upto in _sums(own, each)
    }
    limited = sorted(upto for upto in found if upto is not None and upto > 0)
    ends: list[Decimal | None] = [*limited, None] if None in found else [*limited]
    steps: list[Step] = []
    for upto in ends:
        goods = [_good(own, each, upto) for own, each in zip(components, offers, strict=True)]
        if None in goods:
            break
        steps.append((upto, max(goods)))
    return steps


def _sums(
    component: Component, offers: Sequence[tuple[Any, Decimal | None]]
) -> list[Decimal | None]:
    """Up to how many kits each of a component's offers reaches."""
    total, found = ZERO, list[Decimal | None]()
    for _, quantity in offers:
        if quantity is None:
            return [*found, None]
        total += quantity
        found.append(total // component[2])
    return found


def _good(
    component: Component, offers: Sequence[tuple[Any, Decimal | None]], kits: Decimal | None
) -> Any:
    """How good the offer is that the last of so many kits needs; None when they do not suffice."""
    total = ZERO
    for good, quantity in offers:
        if quantity is None:
            return good
        total += quantity
        if kits is not None and total >= kits * component[2]:
            return good
    return None
