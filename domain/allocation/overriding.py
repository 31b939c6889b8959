"""An override: a line gets stock against the rules, from another order or from a location of
choice, once somebody else has said yes. Both orders are right afterwards."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.demand import LineDecision, Reasons, Verdict
from domain.allocation.events import AllocationTaken
from domain.allocation.holdings import OPEN, holdings_of, reduce_holdings
from domain.allocation.keeping import Decided, keep
from domain.allocation.kit_proportions import room_in_kit
from domain.allocation.locking_ahead import lock_ahead
from domain.allocation.outcomes import OverrideNotPossible
from domain.allocation.serving import serve_waiting
from domain.allocation.settling import Standing, settle
from domain.allocation.shelf import Shelf, Take
from domain.allocation.stocking import lock_stock
from domain.allocation.verdicts import bought_of
from domain.approvals.subjects import Request, approvable
from domain.intercompany.agreements import sources_for
from domain.intercompany.policies.paths import Source
from domain.inventory.reservations import Taken, release
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.orders.events import OrderAllocated
from domain.orders.locking import lines_of, lock_orders
from domain.orders.models import SalesOrderLine
from domain.orders.policy import FINAL

SUBJECT = "allocation_override"
TRIGGER = "override"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What is asked for: a quantity (base units) for a line, taken from another order's line or
    from a location."""

    order_line_id: int
    quantity: Decimal
    from_order_line_id: int | None = None
    from_location_id: int | None = None

    def details(self) -> dict[str, Any]:
        """As it is kept with the request."""
        return {
            "order_line_id": self.order_line_id,
            "quantity": str(self.quantity),
            "from_order_line_id": self.from_order_line_id,
            "from_location_id": self.from_location_id,
        }

    @classmethod
    def of(cls, request: Request) -> Self:
        """From the kept request."""
        return cls(**request.details | {"quantity": Decimal(request.details["quantity"])})


@dataclass(frozen=True, slots=True)
class Sides:
    """The lines that an override concerns, with their orders, as they were locked."""

    gaining: Row[Any]
    order: Row[Any]
    losing: Row[Any] | None
    losing_order: Row[Any] | None


async def lock_sides(work: Work, override: Override) -> Sides | None:
    """Both lines with their orders locked; None when one of them is not there."""
    ids = [n for n in (override.order_line_id, override.from_order_line_id) if n is not None]
    line_columns = SalesOrderLine.__table__.c
    wanted = select(*line_columns).where(
        SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.id.in_(ids)
    )
    found = await work.rows(wanted)
    orders = {row.id: row for row in await lock_orders(work, {line.order_id for line in found})}
    # Read again: what they stood at before the lock is past.
    lines = {row.id: row for row in await work.rows(wanted) if row.order_id in orders}
    if len(lines) < len(set(ids)):
        return None
    gaining, losing = lines[override.order_line_id], lines.get(override.from_order_line_id or 0)
    lost = None if losing is None else orders[losing.order_id]
    return Sides(gaining, orders[gaining.order_id], losing, lost)


async def find_takes(work: Work, override: Override, sides: Sides) -> Sequence[Take]:
    """The balances that would give it, with the stock locked: own stock first, then that of owners
    it may be bought from; of the other order the newest allocation first. Raises
    OverrideNotPossible when the line needs less, less is to be had, or a kit would be kept in
    parts."""
    if sides.order.status in FINAL or sides.gaining.backordered < override.quantity:
        raise _refusal("line_needs_less", override, sides.gaining.backordered)
    if sides.gaining.kit_id is not None:
        room = await room_in_kit(work, sides.gaining)
        if room < override.quantity:
            raise _refusal("kit_not_whole", override, room)
    item, entity = sides.gaining.item_id, sides.order.entity_id
    sources = await sources_for(work, entity_id=entity, item_ids=[item], on=work.now.date())
    by_owner = {None: entity} | {s: s.owner_id for s in sources if s.covers(item)}
    stock = await lock_stock(work, [item])
    if override.from_order_line_id is None:
        place, why = override.from_location_id or 0, "location_has_less"
        takes = _from_shelf(Shelf(stock), (item, place), by_owner, override.quantity)
    else:
        why = "order_has_less"
        ways = {owner: source for source, owner in by_owner.items()}
        takes = [
            Take(row.balance_id, row.location_id, part, source=ways[row.owner_id])
            for row, part in await _losing_allocations(work, override, sides, ways)
        ]
    found = sum((take.quantity for take in takes), Decimal(0))
    if found < override.quantity:
        raise _refusal(why, override, found)
    return takes


def _from_shelf(
    shelf: Shelf,
    there: tuple[int, int],
    by_owner: Mapping[Source | None, int],
    wanted: Decimal,
) -> list[Take]:
    """What an item's stock at a location gives, by whose it is."""
    takes: list[Take] = []
    for source, owner in by_owner.items():
        found = shelf.take((*there, owner), wanted)
        wanted -= sum((take.quantity for take in found), Decimal(0))
        takes += [replace(take, source=source) for take in found]
    return takes


def _refusal(why: str, override: Override, available: Decimal) -> OverrideNotPossible:
    said = {
        "line_needs_less": "The line waits for {} only.",
        "order_has_less": "The other order has {} that no location works on yet.",
        "kit_not_whole": "Of its kit the other components are kept for {} of it only.",
        "location_has_less": "The location has {} that no order holds.",
    }
    return OverrideNotPossible(
        said[why].format(plain(available)),
        path=("quantity",),
        why=why,
        requested=plain(override.quantity),
        available=plain(available),
    )


async def _losing_allocations(
    work: Work, override: Override, sides: Sides, owners: Collection[int]
) -> list[tuple[Row[Any], Decimal]]:
    """What the other line gives up of these owners' stock: (allocation, quantity), the newest
    first. What a location works on already stays where it is."""
    assert sides.losing is not None
    parts, missing = [], override.quantity
    for row in reversed(await holdings_of(work, [sides.losing.order_id])):
        free = row.status == OPEN and row.order_line_id == sides.losing.id
        if free and missing and row.owner_id in owners:
            part = min(row.quantity, missing)
            parts.append((row, part))
            missing -= part
    return parts


@approvable(SUBJECT, title="Stock against the rules", permission="allocation.approve")
async def carry_out(work: Work, request: Request) -> None:
    """Move the stock to the line, as it was approved; the order that gave it is served from
    elsewhere, if anything is there. Raises OverrideNotPossible when things have changed."""
    override = Override.of(request)
    sides = await lock_sides(work, override)
    if sides is None:
        raise _refusal("line_needs_less", override, Decimal(0))
    if sides.losing_order is not None:
        # Locked in one go: that order is served again below, of whatever it waits for.
        given_up = await lines_of(work, [sides.losing_order.id])
        await lock_ahead(work, {line.item_id for line in given_up})
    takes = await find_takes(work, override, sides)
    if sides.losing is not None:
        await _take_away(work, override, sides, takes)
    await _give(work, override, sides, takes)
    standings = await settle(work, {sides.order.id, *_ids(sides.losing_order)})
    _tell(work, override, sides, standings, request.reason)
    if sides.losing_order is not None:
        again = await lock_orders(work, [sides.losing_order.id])
        await serve_waiting(work, again, trigger=TRIGGER, explain_all=True)


def _ids(order: Row[Any] | None) -> list[int]:
    return [] if order is None else [order.id]


async def _take_away(work: Work, override: Override, sides: Sides, takes: Sequence[Take]) -> None:
    assert sides.losing is not None
    owners = {take.owner(sides.order.entity_id) for take in takes}
    parts = await _losing_allocations(work, override, sides, owners)
    await release(
        work,
        [Taken(reservation_id=row.reservation_id, quantity=part) for row, part in parts],
        reference_kind="order",
        reference_id=sides.losing.order_id,
    )
    await reduce_holdings(work, {row.id: part for row, part in parts})


async def _give(work: Work, override: Override, sides: Sides, takes: Sequence[Take]) -> None:
    rule = "override_from_order" if sides.losing is not None else "override_from_location"
    given: dict[int, Decimal] = {}
    for take in takes:
        given[take.location_id] = given.get(take.location_id, Decimal(0)) + take.quantity
    verdicts = tuple(Verdict(place, None, part, part, rule) for place, part in given.items())
    decision = LineDecision(
        override.quantity, tuple(takes), verdicts, Reasons(bought=bought_of(takes))
    )
    decided = Decided(sides.order.id, sides.gaining.id, sides.order.entity_id, None, decision)
    await keep(work, [decided], trigger=TRIGGER)


def _tell(
    work: Work, override: Override, sides: Sides, standings: dict[int, Standing], reason: str
) -> None:
    gained = standings[sides.order.id]
    work.record(
        OrderAllocated(
            aggregate_id=sides.order.id,
            number=gained.number,
            status=gained.status,
            trigger=TRIGGER,
        )
    )
    for order in (sides.order, sides.losing_order):
        if order is not None:
            work.audit(
                "override_allocation",
                subject="order",
                subject_id=order.id,
                after=override.details() | {"status": standings[order.id].status},
                reason=reason,
            )
    if sides.losing_order is not None and sides.losing_order.id != sides.order.id:
        lost = standings[sides.losing_order.id]
        work.record(
            AllocationTaken(
                aggregate_id=sides.losing_order.id,
                number=lost.number,
                status=lost.status,
                quantity=str(plain(override.quantity)),
                given_to=gained.number,
            )
        )
