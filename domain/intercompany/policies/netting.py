"""Netting: what a set of entities owe each other becomes the fewest payments. Pure.

Amounts are minor units of one currency."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owed:
    """What `debtor` owes `creditor`."""

    creditor_id: int
    debtor_id: int
    amount_minor: int


def positions(owed: Sequence[Owed]) -> dict[int, int]:
    """What each entity is to get from the others (below zero: to pay), by entity."""
    net: dict[int, int] = defaultdict(int)
    for each in owed:
        net[each.creditor_id] += each.amount_minor
        net[each.debtor_id] -= each.amount_minor
    return dict(net)


def netted(owed: Sequence[Owed]) -> list[Owed]:
    """Who owes whom what once everything is set off: at most one debt less than entities.

    Every entity has the same to get, or to pay, as before; the largest are matched first."""
    found = positions(owed)
    getting = sorted(((amount, entity) for entity, amount in found.items() if amount > 0))
    paying = sorted(((-amount, entity) for entity, amount in found.items() if amount < 0))
    made = []
    while getting and paying:
        (due, creditor), (debt, debtor) = getting.pop(), paying.pop()
        amount = min(due, debt)
        made.append(Owed(creditor, debtor, amount))
        if due > amount:
            getting.append((due - amount, creditor))
            getting.sort()
        if debt > amount:
            paying.append((debt - amount, debtor))
            paying.sort()
    return made


def changes(owed: Sequence[Owed]) -> list[Owed]:
    """By how much each debt changes when everything is set off; what stays is not named."""
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for each in owed:
        sums[each.creditor_id, each.debtor_id] -= each.amount_minor
    for each in netted(owed):
        sums[each.creditor_id, each.debtor_id] += each.amount_minor
    return [Owed(*pair, amount) for pair, amount in sorted(sums.items()) if amount]
