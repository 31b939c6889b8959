"""Placing: accept, decide, reserve and write many orders, each with its own outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from typing import Any

from domain.allocation.credit_limits import hold_over_limit, with_credit_holds
from domain.allocation.doubles import one_of_each, written_meanwhile
from domain.allocation.exploding import orders_of_components
from domain.allocation.keeping import Decided, keep
from domain.allocation.policy import Decision, Demand, DemandLine, decide
from domain.allocation.price_asking import ask_for_placed
from domain.allocation.price_overrides import with_price_holds
from domain.allocation.promising.placed import keep_promises, promises_of
from domain.allocation.shortage import told_short
from domain.allocation.substituting import with_substitutes
from domain.allocation.supply import Supply, Want, lock_stock, pools_for, supply_of
from domain.inventory.holds import expire_due
from domain.inventory.outcomes import StockShort
from domain.kernel.errors import NotFound
from domain.kernel.numbers import draw_numbers
from domain.kernel.quantity import plain
from domain.kernel.value_objects import value_object
from domain.kernel.verdicts import Refused
from domain.kernel.work import Work
from domain.orders.capture import Captured, Existing, NewOrder, capture, existing_orders
from domain.orders.events import OrderPlaced


@value_object()
class PlacedOrder:
    """What became of a new order.

    `is_new` is false when the channel's order existed already: then it is that order, unchanged,
    and `content_hash` and `source_version` are those it was written with. `short` is set, and
    the id absent, when the order wanted all or nothing."""

    order_id: int
    number: str
    status: str
    is_new: bool = True
    line_ids: tuple[int, ...] = ()
    content_hash: str | None = None
    source_version: str | None = None
    # Of a new one: the order and its lines as a read would give them.
    order: Any = field(default=None, repr=False, compare=False)
    lines: tuple[Any, ...] = field(default=(), repr=False, compare=False)


async def place(work: Work, orders: Sequence[NewOrder]) -> list[PlacedOrder | Refused]:
    """Place orders, first come first served; the outcome of each, in their order.

    What cannot be served is backordered, unless the order wants all or nothing: then StockShort
    (item_id, requested, available) stands for it and nothing of it was written. An order whose
    external id exists already in its channel is that order, also when two come at once; NotFound
    stands for it when that order is out of the caller's sight."""
    outcomes: dict[int, PlacedOrder | Refused] = {}
    orders = await with_price_holds(work, orders)
    known = await existing_orders(work, [o.external_key for o in orders if o.external_key])
    exploded = await orders_of_components(work, orders)
    for n, each in enumerate(exploded):
        if isinstance(each, Refused) and orders[n].external_key not in known:
            outcomes[n] = each
    orders = [o if isinstance(e, Refused) else e for o, e in zip(orders, exploded, strict=True)]
    waiting = [n for n, o in enumerate(orders) if o.external_key not in known and n not in outcomes]
    while waiting:
        turn = one_of_each(orders, waiting)
        # A customer finds its own orders; the stock they are served from it does not see.
        async with work.house():
            outcomes |= await _place_fresh(work, orders, turn)
        waiting = [n for n in waiting if n not in turn]
        asked = waiting + [n for n in turn if n not in outcomes]
        known |= await existing_orders(
            work, [key for n in asked if (key := orders[n].external_key)]
        )
        waiting = [n for n in waiting if orders[n].external_key not in known]
    outcomes |= await _ask_for_prices(work, orders, outcomes)
    return [outcomes.get(n) or _existing(known, order) for n, order in enumerate(orders)]


async def _ask_for_prices(
    work: Work, orders: Sequence[NewOrder], outcomes: Mapping[int, PlacedOrder | Refused]
) -> dict[int, PlacedOrder | Refused]:
    """The outcomes of those whose prices wait for approval; what was read off their writing is
    past."""
    held = {
        n: placed
        for n, placed in outcomes.items()
        if orders[n].deviation is not None and isinstance(placed, PlacedOrder) and placed.is_new
    }
    status = await ask_for_placed(
        work, [(orders[n], placed.order_id, placed.number) for n, placed in held.items()]
    )
    return {
        n: replace(placed, status=status[placed.order_id], order=None, lines=())
        for n, placed in held.items()
    }


def _existing(known: dict[tuple[int, str], Existing], order: NewOrder) -> PlacedOrder | Refused:
    key = order.external_key
    if key is None or key not in known:
        # The other transaction's order is there and out of the caller's sight: a partner's.
        return NotFound("order")
    found = known[key]
    return PlacedOrder(
        found.order_id,
        found.number,
        found.status,
        is_new=False,
        content_hash=found.content_hash,
        source_version=found.source_version,
    )


async def _place_fresh(
    work: Work, orders: Sequence[NewOrder], fresh: Sequence[int]
) -> dict[int, PlacedOrder | Refused]:
    """The outcome of each fresh order that no other transaction wrote first, by position."""
    orders = await with_credit_holds(work, orders, fresh)
    wants = {n: _want(orders[n]) for n in fresh}
    item_ids = {line.item_id for n in fresh for line in orders[n].lines}
    asked_for = list(wants.values())
    supply = await supply_of(work, asked_for, item_ids=item_ids, at=work.now, is_kept=True)
    demands = [_demand(orders[n], wants[n], supply) for n in fresh]
    decisions = dict(zip(fresh, await _decisions(work, demands, supply), strict=True))
    late = await written_meanwhile(work, orders, decisions)
    if late:
        rest = [n for n in fresh if n not in late]
        return await _place_fresh(work, orders, rest) if rest else {}
    orders, decisions = _substituted(orders, decisions, supply)
    outcomes = await _refused_short(work, orders, decisions)
    accepted = [n for n in fresh if n not in outcomes]
    asked = dict(zip(fresh, demands, strict=True))
    promises = await promises_of(work, [(orders[n], asked[n], decisions[n]) for n in accepted])
    promised = dict(zip(accepted, promises, strict=True))
    numbers = await draw_numbers(work, order=len(accepted))
    captured = await capture(
        work,
        [orders[n] for n in accepted],
        numbers.get("order", []),
        [[line.given for line in decisions[n].lines] for n in accepted],
        {place for place, n in enumerate(accepted) if decisions[n].cancels_rest},
        [[(line.ships_on, line.delivers_on) for line in promised[n]] for n in accepted],
    )
    written = {n: c for n, c in zip(accepted, captured, strict=True) if c is not None}
    await keep(work, _decided(orders, decisions, written, supply), trigger="order_placed")
    await keep_promises(work, [(orders[n], order, promised[n]) for n, order in written.items()])
    for n, order in written.items():
        with work.on_behalf_of(orders[n].by):
            _tell(work, orders[n], order)
        outcomes[n] = _placed(order, stale=orders[n].over_limit)
    await hold_over_limit(work, orders, written)
    return outcomes


def _placed(order: Captured, *, stale: bool) -> PlacedOrder:
    row, lines = (None, ()) if stale else (order.row, order.line_rows)
    return PlacedOrder(
        order.order_id, order.number, order.status, True, order.line_ids, order=row, lines=lines
    )


async def _decisions(work: Work, demands: Sequence[Demand], supply: Supply) -> list[Decision]:
    """What each gets. Where something is short, carts whose time is over give up what they hold
    first, if the schedule has not come to it yet."""
    decisions = await _decided_now(work, demands, supply)
    scarce = {
        line.item_id
        for demand, decision in zip(demands, decisions, strict=True)
        for line, given in zip(demand.lines, decision.lines, strict=False)
        if decision.short is not None or given.given < given.requested
    }
    if not scarce or not (await expire_due(work, item_ids=scarce)).item_ids:
        return decisions
    return await _decided_now(work, demands, supply)


async def _decided_now(work: Work, demands: Sequence[Demand], supply: Supply) -> list[Decision]:
    stock = await lock_stock(work, supply.items_to_lock())
    pools = await pools_for(work, supply, demands)
    return decide(demands, stock, capacity=supply.capacity, today=supply.today, pools=pools)


async def _refused_short(
    work: Work, orders: Sequence[NewOrder], decisions: Mapping[int, Decision]
) -> dict[int, PlacedOrder | Refused]:
    """Those that want all or nothing and get nothing; a customer is told what its channel shows."""
    short = {
        n: _short(orders[n], *decision.short)
        for n, decision in decisions.items()
        if decision.short is not None
    }
    told = await told_short(work, [(orders[n].channel_id, each) for n, each in short.items()])
    return dict(zip(short, told, strict=True))


def _want(order: NewOrder) -> Want:
    return Want(
        channel_id=order.channel_id,
        entity_id=order.entity_id,
        party_id=order.party_id,
        ship_to=order.ship_to,
        currency=order.currency,
        service_level=order.service_level,
        substitutes_allowed=order.substitutes_allowed,
    )


def _demand(order: NewOrder, want: Want, supply: Supply) -> Demand:
    if supply.asks_value:
        want = replace(want, value_minor=order.amounts().subtotal_minor)
    lines = [
        DemandLine(line.item_id, line.quantity)
        if line.kit is None
        else DemandLine(
            line.item_id, line.quantity, kit=line.kit.position, per_kit=line.per_kit or Decimal(1)
        )
        for line in order.lines
    ]
    return supply.demand(want, lines, all_or_nothing=order.all_or_nothing)


def _substituted(
    orders: Sequence[NewOrder], decisions: dict[int, Decision], supply: Supply
) -> tuple[Sequence[NewOrder], dict[int, Decision]]:
    """Where other items stand in, they are lines of the order."""
    if not any(decision.substitutes for decision in decisions.values()):
        return orders, decisions
    changed = {
        n: with_substitutes(orders[n], decision, supply.facts.base_units)
        for n, decision in decisions.items()
    }
    told = [changed[n][0] if n in changed else order for n, order in enumerate(orders)]
    return told, {n: decision for n, (_, decision) in changed.items()}


def _short(order: NewOrder, position: int, available: Decimal) -> StockShort:
    """In the customer's terms: of a kit that is short, how many whole ones there are."""
    line = order.lines[position]
    asked = line if line.kit is None else line.kit
    return StockShort(
        "Not everything that was asked for is there.",
        path=("lines", _ordered_position(order, position), "quantity"),
        item_id=asked.item_id,
        location_id=None,
        requested=plain(asked.quantity),
        available=available // line.per_kit if line.per_kit else available,
    )


def _ordered_position(order: NewOrder, position: int) -> int:
    """The place that the line had before kits became lines of their components."""
    before = order.lines[: position + 1]
    plain_lines = sum(line.kit is None for line in before)
    return plain_lines + len({line.kit for line in before} - {None}) - 1


def _decided(
    orders: Sequence[NewOrder],
    decisions: dict[int, Decision],
    written: dict[int, Captured],
    supply: Supply,
) -> list[Decided]:
    return [
        Decided(
            captured.order_id,
            line_id,
            orders[n].entity_id,
            supply.policy_id(orders[n].channel_id, orders[n].entity_id),
            line,
            orders[n].by,
        )
        for n, captured in written.items()
        for line_id, line in zip(captured.line_ids, decisions[n].lines, strict=True)
    ]


def _tell(work: Work, order: NewOrder, written: Captured) -> None:
    work.audit(
        "place_order",
        subject="order",
        subject_id=written.order_id,
        after={"number": written.number, "status": written.status, "lines": len(order.lines)},
    )
    work.record(
        OrderPlaced(
            aggregate_id=written.order_id,
            number=written.number,
            status=written.status,
            channel_id=order.channel_id,
            external_id=order.external_id,
        )
    )
