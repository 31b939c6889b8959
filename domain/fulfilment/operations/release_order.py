"""An order is released: each location that holds stock for it is told to work."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from domain.allocation.holdings import OPEN, RELEASED, holdings_of, mark_holdings
from domain.allocation.policy_for import policy_for
from domain.allocation.settling import settle
from domain.entities.models import Location
from domain.fulfilment.events import OrderReleased
from domain.fulfilment.models import FulfilmentLine, FulfilmentOrder
from domain.fulfilment.outcomes import KitWaits, OrderIsHeld, OrderWaits
from domain.fulfilment.rush import require_rush_approved
from domain.fulfilment.whole_kits import Choice, whole_only
from domain.kernel.errors import InvalidState
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.holds import is_held, why_held
from domain.orders.locking import lines_of, lock_order


@operation("fulfilment.release")
async def release_order(
    work: Work,
    *,
    order_id: int,
    location_ids: Collection[int] | None = None,
    expected_version: int | None = None,
) -> list[int]:
    """Make a fulfilment order for each location (or only these) from what is allocated and not
    yet at work; returns their ids. What waits for stock is released later, once it is allocated.

    Kits go whole: what of one waits for a component stays behind, and OrderReleased names its
    lines. Raises NotFound, StaleVersion, OrderIsHeld, RushNotApproved, AwaitingApproval;
    OrderWaits when the order ships complete and waits for a part; KitWaits when nothing but such
    kits could go; InvalidState when there is nothing to release."""
    order = await lock_order(work, order_id, expected_version=expected_version)
    if is_held(order):
        reason = why_held(order)
        raise OrderIsHeld(f"{order.number} is held: {reason}.", number=order.number, reason=reason)
    await require_rush_approved(work, order)
    lines = await lines_of(work, [order_id])
    await _require_complete(work, order, lines)
    chosen = await _chosen(work, order, lines, location_ids)
    ready = chosen.ready
    ids = await _make(work, order, lines, ready)
    await mark_holdings(work, [each.id for each in ready], status=RELEASED)
    standing = (await settle(work, [order_id]))[order_id]
    work.audit(
        "release_order",
        subject="order",
        subject_id=order_id,
        before={"status": order.status},
        after={"status": standing.status, "fulfilment_orders": ids},
    )
    work.record(
        OrderReleased(
            aggregate_id=order_id,
            number=order.number,
            status=standing.status,
            fulfilment_order_ids=tuple(ids),
            waiting_line_ids=tuple(n for kit in chosen.waiting for n in kit.line_ids),
        )
    )
    return ids


async def _require_complete(work: Work, order: Row[Any], lines: Sequence[Row[Any]]) -> None:
    """Raise OrderWaits where the policy sends the order complete, and a part of it waits."""
    waiting = [line.line_number for line in lines if line.backordered > 0]
    if not waiting:
        return
    policy = await policy_for(
        work, channel_id=order.channel_id, entity_id=order.entity_id, at=work.now
    )
    if policy is not None and policy.on_shortage == "ship_complete":
        message = f"{order.number} ships complete, and waits for a part."
        raise OrderWaits(message, number=order.number, line_numbers=waiting)


async def _chosen(
    work: Work, order: Row[Any], lines: Sequence[Row[Any]], location_ids: Collection[int] | None
) -> Choice:
    held = await holdings_of(work, [order.id])
    ready = [
        each
        for each in held
        if each.status == OPEN and (location_ids is None or each.location_id in location_ids)
    ]
    chosen = whole_only(lines, ready, [each for each in held if each.status == RELEASED])
    if not chosen.ready and chosen.waiting:
        kit = chosen.waiting[0]
        raise KitWaits(
            "Of a kit not every component is there yet.",
            kit_id=kit.id,
            line_numbers=list(kit.line_numbers),
            kits=kit.kits,
        )
    if not chosen.ready:
        message = "Nothing of the order is allocated and not yet released."
        raise InvalidState(message, state=order.status, allowed=[])
    return chosen


async def _make(
    work: Work, order: Row[Any], lines: Sequence[Row[Any]], ready: Sequence[Row[Any]]
) -> list[int]:
    by_location: dict[int, list[Row[Any]]] = defaultdict(list)
    for each in ready:
        by_location[each.location_id].append(each)
    items = {line.id: line.item_id for line in lines}
    asked = await _asked(work, by_location)
    numbers = await draw_numbers(work, fulfilment=len(by_location))
    ids = await work.values(
        insert(FulfilmentOrder).returning(FulfilmentOrder.id, sort_by_parameter_order=True),
        [
            {
                "tenant_id": work.tenant_id,
                "number": number,
                "order_id": order.id,
                "location_id": location_id,
                "party_id": order.party_id,
                "released_at": work.now,
                "acceptance": "requested" if location_id in asked else None,
            }
            for number, location_id in zip(numbers["fulfilment"], by_location, strict=True)
        ],
    )
    await work.execute(
        insert(FulfilmentLine),
        [
            _line(work, fulfilment_id, each, items)
            for fulfilment_id, held in zip(ids, by_location.values(), strict=True)
            for each in held
        ],
    )
    return list(ids)


async def _asked(work: Work, location_ids: Collection[int]) -> set[int]:
    """Which of the locations are asked whether they take the work on."""
    found = await work.values(
        select(Location.id).where(
            Location.tenant_id == work.tenant_id,
            Location.id.in_(location_ids),
            Location.asks_acceptance,
        )
    )
    return set(found)


def _line(
    work: Work, fulfilment_id: int, held: Row[Any], items: Mapping[int, int]
) -> dict[str, Any]:
    return {
        "tenant_id": work.tenant_id,
        "fulfilment_order_id": fulfilment_id,
        "order_line_id": held.order_line_id,
        "allocation_id": held.id,
        "item_id": items[held.order_line_id],
        "quantity": held.quantity,
    }
