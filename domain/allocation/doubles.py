"""Orders that their channel sends twice, to be placed at the same time: one is placed, and the
others are that one. None of them takes stock from those beside them."""

from collections.abc import Mapping, Sequence

from domain.allocation.policy import Decision
from domain.kernel.work import Work
from domain.orders.capture import NewOrder, existing_orders


def one_of_each(orders: Sequence[NewOrder], waiting: Sequence[int]) -> list[int]:
    """The first of those that are one order to their channel: what is left of the others is
    decided once it is known what became of that one."""
    first: dict[object, int] = {}
    for n in waiting:
        first.setdefault(orders[n].external_key or n, n)
    return list(first.values())


async def written_meanwhile(
    work: Work, orders: Sequence[NewOrder], decisions: Mapping[int, Decision]
) -> set[int]:
    """The orders that another transaction wrote while this one waited for the stock. They ask for
    nothing, so that nobody beside them goes short for their sake, and none is refused that is
    there already. Alone and served, capture finds out."""
    if len(decisions) == 1 and all(each.short is None for each in decisions.values()):
        return set()
    keys = {n: key for n in decisions if (key := orders[n].external_key)}
    known = await existing_orders(work, list(keys.values()))
    return {n for n, key in keys.items() if key in known}
