"""In which parts a plan is applied: whole orders, few enough lines that nobody waits long. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from domain.allocation.runs.demand import Planned

# Lines in one transaction: their orders and the balances of their items are locked meanwhile.
PART_LINES = 25
Held = Mapping[int, Mapping[int, Decimal]]


def parts_of(planned: Sequence[Planned], held: Held) -> dict[int, int]:
    """The part (from 1) of every line that changes, by line id; the others have none.

    An order that gives something up comes before those that get it."""
    changing = [each for each in planned if moves(each, held.get(each.line.id, {}))]
    by_order: dict[int, list[Planned]] = defaultdict(list)
    for each in changing:
        by_order[each.line.order_id].append(each)
    parts: dict[int, int] = {}
    part, size = 1, 0
    for order_id in _givers_first(by_order, held):
        lines = by_order[order_id]
        if size and size + len(lines) > PART_LINES:
            part, size = part + 1, 0
        size += len(lines)
        parts |= {each.line.id: part for each in lines}
    return parts


def moves(planned: Planned, held: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """How much more (or less, below zero) of each balance the line is to have."""
    wanted: dict[int, Decimal] = defaultdict(Decimal)
    for take in planned.takes:
        wanted[take.balance_id] += take.quantity
    for balance_id, quantity in held.items():
        wanted[balance_id] -= quantity
    return {balance_id: quantity for balance_id, quantity in wanted.items() if quantity}


def _givers_first(by_order: Mapping[int, Sequence[Planned]], held: Held) -> list[int]:
    """The orders in the order of the queue, each right after those whose stock it waits for."""
    givers: dict[int, list[int]] = defaultdict(list)
    getting: dict[int, list[int]] = defaultdict(list)
    for order_id, lines in by_order.items():
        for each in lines:
            for balance_id, quantity in moves(each, held.get(each.line.id, {})).items():
                if quantity < 0:
                    givers[balance_id].append(order_id)
                else:
                    getting[order_id].append(balance_id)
    done: dict[int, None] = {}
    for order_id in by_order:
        for balance_id in getting[order_id]:
            # One giver for each that gets is enough to keep the two close together.
            while givers[balance_id]:
                giver = givers[balance_id].pop(0)
                if giver not in done:
                    done[giver] = None
                    break
        done.setdefault(order_id)
    return list(done)
