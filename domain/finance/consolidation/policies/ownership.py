"""Who belongs to a group on a day, and how much of it is the parent's. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO, WHOLE = Decimal(0), Decimal(1)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Holding:
    """An owner holds so much of an entity (percent) from a day on."""

    owner_id: int
    entity_id: int
    percent: Decimal
    effective_from: date


def holdings_on(holdings: Iterable[Holding], day: date) -> dict[tuple[int, int], Decimal]:
    """The percent of each (owner, entity) that holds on a day, without those that are none."""
    latest: dict[tuple[int, int], Holding] = {}
    for each in sorted(holdings, key=lambda one: one.effective_from):
        if each.effective_from <= day:
            latest[each.owner_id, each.entity_id] = each
    return {pair: each.percent for pair, each in latest.items() if each.percent > 0}


def shares_on(parent_id: int, holdings: Collection[Holding], day: date) -> dict[int, Decimal]:
    """The parent's part (0 to 1) of each entity that belongs to the group on a day: what it holds
    itself and by way of others. Its own is the whole."""
    held = holdings_on(holdings, day)
    shares = {parent_id: WHOLE}
    for entity_id in _downwards(parent_id, held):
        shares[entity_id] = sum(
            (
                percent / HUNDRED * shares[owner]
                for (owner, entity), percent in held.items()
                if entity == entity_id and owner in shares
            ),
            ZERO,
        )
    return shares


def circle_in(parent_id: int, holdings: Collection[Holding]) -> bool:
    """Whether on some day an entity would hold itself by way of others, or somebody the parent."""
    for day in {each.effective_from for each in holdings}:
        held = holdings_on(holdings, day)
        if any(entity == parent_id for _, entity in held):
            return True
        if len(_downwards(None, held)) < len({entity for _, entity in held}):
            return True
    return False


def held_too_much(holdings: Collection[Holding]) -> bool:
    """Whether on some day more than the whole of an entity is held."""
    for day in {each.effective_from for each in holdings}:
        sums: dict[int, Decimal] = {}
        for (_, entity), percent in holdings_on(holdings, day).items():
            sums[entity] = sums.get(entity, ZERO) + percent
        if any(each > HUNDRED for each in sums.values()):
            return True
    return False


def joined_on(
    parent_id: int, holdings: Collection[Holding], entity_id: int, as_of: date
) -> date | None:
    """The first day of an entity's present time in the group, as of a day; None: from the
    beginning, as for the parent."""
    if entity_id == parent_id:
        return None
    joined: date | None = None
    for day in sorted({each.effective_from for each in holdings if each.effective_from <= as_of}):
        if entity_id not in shares_on(parent_id, holdings, day):
            joined = None
        elif joined is None:
            joined = day
    return joined


def _downwards(parent_id: int | None, held: Collection[tuple[int, int]]) -> Sequence[int]:
    """Entities in an order in which owners stand before what they hold: those below the parent,
    or all (None). Those in a circle are left out."""
    below = set() if parent_id is None else _below(parent_id, held)
    pairs = {(o, e) for o, e in held if parent_id is None or e in below}
    pairs = {(o, e) for o, e in pairs if parent_id is None or o in below or o == parent_id}
    waiting = sorted({entity for _, entity in pairs})
    placed: list[int] = []
    while waiting:
        ready = [e for e in waiting if not any(o in waiting for o, entity in pairs if entity == e)]
        if not ready:
            break
        placed += ready
        waiting = [each for each in waiting if each not in ready]
    return placed


def _below(parent_id: int, held: Collection[tuple[int, int]]) -> set[int]:
    found: set[int] = set()
    edge = {parent_id}
    while edge:
        edge = {entity for owner, entity in held if owner in edge} - found - {parent_id}
        found |= edge
    return found
