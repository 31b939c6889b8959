"""What settling a debt does to both books. Pure; amounts are minor units.

A debt stands in each one's books at what it was worth there when it came about. What is settled of
it leaves them at that worth, and the difference to what it is worth today is realised."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from domain.intercompany.policies.pricing import portion_left

# Creditor and debtor.
Pair = tuple[int, int]
# What an amount of the debt's currency is worth today in an entity's own.
Worth = Callable[[int, int], int]


@dataclass(frozen=True, slots=True)
class Standing:
    """A debt, and at what it stands in the creditor's and in the debtor's books."""

    amount_minor: int
    creditor_base_minor: int
    debtor_base_minor: int


@dataclass(frozen=True, slots=True)
class Change:
    """By how much a debt changes, at what that stands in each one's books, and what it is worth
    there today; the differences are realised."""

    amount_minor: int
    creditor_base_minor: int
    debtor_base_minor: int
    creditor_worth_minor: int
    debtor_worth_minor: int


def base_change(before: int, after: int, standing: int, worth: Callable[[int], int]) -> int:
    """What leaves or enters a book, in its own currency, when a debt goes from `before`, where it
    stands at `standing`, to `after`: what is settled at its part of what it stands at, what is new
    at what it is worth today."""
    if before == 0 or ((after > 0) != (before > 0) and after != 0):
        return worth(after) - standing
    if abs(after) > abs(before):
        return worth(after - before)
    kept = portion_left(standing, Decimal(abs(after)), Decimal(abs(before)))
    return kept - standing


def worths(amounts: Sequence[int], worth: Callable[[int], int]) -> list[int]:
    """What each amount is worth, so that amounts that add up to nothing are worth nothing."""
    found, so_far = [], 0
    for amount in amounts:
        found.append(worth(so_far + amount) - worth(so_far))
        so_far += amount
    return found


def settled(
    wanted: Mapping[Pair, int], standings: Mapping[Pair, Standing], worth: Worth
) -> dict[Pair, Change]:
    """What it does to both books that debts change by so much. What an entity sets off against
    each other is worth nothing in all."""
    of_entity: dict[int, list[Pair]] = defaultdict(list)
    for pair in wanted:
        of_entity[pair[0]].append(pair)
        of_entity[pair[1]].append(pair)
    values: dict[tuple[int, Pair], int] = {}
    for entity_id, pairs in of_entity.items():
        signs = [1 if pair[0] == entity_id else -1 for pair in pairs]
        amounts = [sign * wanted[pair] for sign, pair in zip(signs, pairs, strict=True)]
        found = worths(amounts, partial(worth, entity_id))
        for sign, pair, value in zip(signs, pairs, found, strict=True):
            values[entity_id, pair] = sign * value
    return {
        pair: _changed(change, standings.get(pair, _NOTHING), pair, worth, values)
        for pair, change in wanted.items()
    }


def _changed(
    change: int,
    standing: Standing,
    pair: Pair,
    worth: Worth,
    values: Mapping[tuple[int, Pair], int],
) -> Change:
    before, after = standing.amount_minor, standing.amount_minor + change
    creditor, debtor = pair
    return Change(
        change,
        base_change(before, after, standing.creditor_base_minor, partial(worth, creditor)),
        base_change(before, after, standing.debtor_base_minor, partial(worth, debtor)),
        values[creditor, pair],
        values[debtor, pair],
    )


_NOTHING = Standing(0, 0, 0)
