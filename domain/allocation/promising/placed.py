"""Orders that are placed get their dates, and what waits of them its pegs."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from domain.allocation.demand import Decision, Demand, LineDecision
from domain.allocation.promising.terms import terms_of
from domain.kernel.work import Work
from domain.orders.capture import Captured, NewLine, NewOrder
from domain.promise.dating import Pegged, ToDate, date_orders, write_pegs
from domain.promise.policies.promising import Given, LinePromise, Want

ZERO, ONE = Decimal(0), Decimal(1)


async def promises_of(
    work: Work, decided: Sequence[tuple[NewOrder, Demand, Decision]]
) -> list[list[LinePromise]]:
    """What each line of orders that are about to be written is promised.

    One statement for all; two more when something waits. The stock is locked; document numbers are
    not drawn yet."""
    return await date_orders(work, [_to_date(*each) for each in decided])


def _to_date(order: NewOrder, demand: Demand, decision: Decision) -> ToDate:
    wants = tuple(
        _want(order, line, decided, cancels=decision.cancels_rest)
        for line, decided in zip(order.lines, decision.lines, strict=True)
    )
    # What is there leaves from where it is: the policy's places are not asked.
    waits = any(want.waiting for want in wants)
    sites = None if waits else ()
    terms = terms_of(demand, ship_to=order.ship_to, service=order.service_level, sites=sites)
    return ToDate(order.channel_id, terms, wants)


def _want(order: NewOrder, line: NewLine, decided: LineDecision, *, cancels: bool) -> Want:
    given: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    for take in decided.takes:
        lead_days = 0 if take.source is None else take.source.lead_days
        given[take.location_id, lead_days] += take.quantity
    early = order.early_delivery_allowed
    return Want(
        line.item_id,
        ZERO if cancels else line.quantity - decided.given,
        tuple(Given(place, quantity, lead_days) for (place, lead_days), quantity in given.items()),
        wanted_on=None if early else line.wanted_on,
        wanted_ship_on=None if early else line.wanted_ship_on,
        kit=None if line.kit is None else line.kit.position,
        per_kit=line.per_kit or ONE,
    )


async def keep_promises(
    work: Work,
    written: Sequence[tuple[NewOrder, Captured, Sequence[LinePromise]]],
) -> None:
    """Keep what the lines that wait rest on; nothing is sent when none waits."""
    await write_pegs(
        work,
        [
            Pegged(captured.order_id, line_id, order.party_id, line.item_id, promise)
            for order, captured, promises in written
            for line_id, line, promise in zip(captured.line_ids, order.lines, promises, strict=True)
        ],
    )
