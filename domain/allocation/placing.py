"""Placing: accept, decide, reserve and write many orders, each with its own outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.allocation.keeping import Decided, keep
from domain.allocation.policy import Decision, Demand, DemandLine, decide
from domain.allocation.supply import Sourcing, lock_stock, sourcing_of
from domain.inventory.outcomes import StockShort
from domain.kernel.errors import NotFound
from domain.kernel.numbers import draw_numbers
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.orders.capture import Captured, Existing, NewOrder, capture, existing_orders
from domain.orders.events import OrderPlaced


@dataclass(frozen=True, slots=True)
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


async def place(work: Work, orders: Sequence[NewOrder]) -> list[PlacedOrder | StockShort]:
    """Place orders, first come first served; the outcome of each, in their order.

    What cannot be served is backordered, unless the order wants all or nothing: then StockShort
    (item_id, requested, available) stands for it and nothing of it was written. An order whose
    external id exists already in its channel is that order, also when two come at once."""
    outcomes: dict[int, PlacedOrder | StockShort] = {}
    known = await existing_orders(work, [o.external_key for o in orders if o.external_key])
    fresh = [n for n, order in enumerate(orders) if order.external_key not in known]
    if fresh:
        outcomes |= await _place_fresh(work, orders, fresh)
    lost = [orders[n].external_key for n in fresh if n not in outcomes]
    known |= await existing_orders(work, [key for key in lost if key])
    return [outcomes.get(n) or _existing(known, order) for n, order in enumerate(orders)]


def _existing(known: dict[tuple[int, str], Existing], order: NewOrder) -> PlacedOrder:
    key = order.external_key
    if key is None or key not in known:
        # The other transaction's order is there and out of the caller's sight: a partner's.
        raise NotFound("order")
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
) -> dict[int, PlacedOrder | StockShort]:
    """The outcome of each fresh order that no other transaction wrote first, by position."""
    sourcing = await sourcing_of(work, {orders[n].channel_id for n in fresh})
    stock = await lock_stock(work, {line.item_id for n in fresh for line in orders[n].lines})
    demands = [_demand(orders[n], sourcing[orders[n].channel_id]) for n in fresh]
    decisions = dict(zip(fresh, decide(demands, stock), strict=True))
    outcomes: dict[int, PlacedOrder | StockShort] = {
        n: _short(orders[n], *decision.short)
        for n, decision in decisions.items()
        if decision.short is not None
    }
    accepted = [n for n in fresh if n not in outcomes]
    numbers = await draw_numbers(work, order=len(accepted))
    captured = await capture(
        work,
        [orders[n] for n in accepted],
        numbers.get("order", []),
        [[line.given for line in decisions[n].lines] for n in accepted],
    )
    written = {n: c for n, c in zip(accepted, captured, strict=True) if c is not None}
    await keep(work, _decided(orders, decisions, written, sourcing), trigger="order_placed")
    for n, order in written.items():
        _tell(work, orders[n], order)
        outcomes[n] = PlacedOrder(order.order_id, order.number, order.status, True, order.line_ids)
    return outcomes


def _demand(order: NewOrder, sourcing: Sourcing) -> Demand:
    return Demand(
        entity_id=order.entity_id,
        lines=tuple(DemandLine(line.item_id, line.quantity) for line in order.lines),
        sites=sourcing.sites,
        split_allowed=sourcing.split_allowed,
        all_or_nothing=order.all_or_nothing,
    )


def _short(order: NewOrder, position: int, available: object) -> StockShort:
    line = order.lines[position]
    return StockShort(
        "Not everything that was asked for is there.",
        path=("lines", position, "quantity"),
        item_id=line.item_id,
        location_id=None,
        requested=plain(line.quantity),
        available=available,
    )


def _decided(
    orders: Sequence[NewOrder],
    decisions: dict[int, Decision],
    written: dict[int, Captured],
    sourcing: dict[int, Sourcing],
) -> list[Decided]:
    return [
        Decided(
            captured.order_id,
            line_id,
            orders[n].entity_id,
            sourcing[orders[n].channel_id].policy_id,
            line,
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
