"""A cart or a quote keeps stock for itself until a moment, where an order would be served from."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from domain.allocation.demand import Decision, DemandLine
from domain.allocation.hold_requests import HoldLine, channel_to_hold_for, lines_to_hold
from domain.allocation.outcomes import HoldEnded
from domain.allocation.policy import decide
from domain.allocation.shortage import told_short
from domain.allocation.supply import Want, lock_stock, pools_for, supply_of
from domain.entities.models import Party
from domain.inventory.events import StockHeld, StockHoldReleased
from domain.inventory.holds import EXPIRY_BATCH, Kept, end_holds, expire_due, keep_for_hold
from domain.inventory.models import StockHold, StockReservation
from domain.inventory.outcomes import StockShort
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.records import lock_record, require_record
from domain.kernel.work import Work

# How long each kind may last in all, and how long it does when nobody says.
LONGEST = {"cart": timedelta(days=1), "quote": timedelta(days=90)}
USUAL = {"cart": timedelta(minutes=30), "quote": timedelta(days=14)}


@operation("orders.place")
async def hold_stock(
    work: Work,
    *,
    channel_id: int,
    lines: Sequence[HoldLine],
    holder: str,
    kind: str = "cart",
    party_id: int | None = None,
    expires_at: datetime | None = None,
) -> int:
    """Hold stock for a cart or a quote, all of it or nothing; the hold's id.

    It comes from where an order of the channel would be served. `holder` is the cart's or quote's
    own number. Without a moment a cart lasts 30 minutes, a quote 14 days. Raises InvalidInput,
    NotFound, QuantityNotExact, ChannelClosed, ItemNotSellable, StockShort, or StockLacking for a
    customer whom the channel tells no quantities."""
    text.choice(kind, tuple(LONGEST), path=("kind",))
    holder = text.name(holder, path=("holder",))
    until = _until(work, kind, expires_at)
    channel = await channel_to_hold_for(work, channel_id)
    await require_record(work, Party.__table__, party_id, kind="party")
    buyer = party_id or work.principal.party_id or channel.default_party_id
    asked = await lines_to_hold(work, lines, channel=channel, party_id=buyer)
    await work.see_as_house()
    kept, item_ids = await _found(work, channel, buyer, asked)
    hold_id = await work.value(
        insert(StockHold)
        .values(
            tenant_id=work.tenant_id,
            kind=kind,
            holder=holder,
            channel_id=channel.id,
            party_id=buyer,
            expires_at=until,
            created_at=work.now,
        )
        .returning(StockHold.id)
    )
    await keep_for_hold(work, hold_id, kept, expires_at=until)
    after = {"kind": kind, "holder": holder, "expires_at": until.isoformat()}
    work.record(StockHeld(aggregate_id=hold_id, item_ids=item_ids, **after))
    work.audit("hold_stock", subject="stock_hold", subject_id=hold_id, after=after)
    return int(hold_id)


@operation("orders.place")
async def extend_hold(
    work: Work, *, hold_id: int, expires_at: datetime, expected_version: int | None = None
) -> None:
    """Keep a hold until another moment, as long as it has not ended.

    Raises NotFound, InvalidInput, StaleVersion, HoldEnded."""
    hold = await lock_record(
        work, StockHold, hold_id, kind="stock hold", expected_version=expected_version
    )
    await work.see_as_house()
    if hold.status != "open" or hold.expires_at <= work.now:
        raise _ended(hold)
    until = _until(work, hold.kind, expires_at)
    if until == hold.expires_at:
        return
    open_rows = (
        StockReservation.tenant_id == work.tenant_id,
        StockReservation.hold_id == hold_id,
        StockReservation.status == "open",
    )
    if not await work.execute(update(StockReservation).where(*open_rows).values(expires_at=until)):
        raise _ended(hold)
    await work.execute(
        update(StockHold)
        .where(StockHold.tenant_id == work.tenant_id, StockHold.id == hold_id)
        .values(expires_at=until, version=StockHold.version + 1)
    )
    work.audit(
        "extend_hold",
        subject="stock_hold",
        subject_id=hold_id,
        before={"expires_at": hold.expires_at.isoformat()},
        after={"expires_at": until.isoformat()},
    )


@operation("orders.place")
async def release_hold(work: Work, *, hold_id: int) -> None:
    """End a hold before its time; one that has ended already stays as it is. Raises NotFound."""
    freed = await end_holds(work, [hold_id], status="released", reason="released")
    if not freed.item_ids:
        return
    work.record(
        StockHoldReleased(
            aggregate_id=hold_id, location_ids=freed.location_ids, item_ids=freed.item_ids
        )
    )
    work.audit(
        "release_hold",
        subject="stock_hold",
        subject_id=hold_id,
        before={"status": "open"},
        after={"status": "released"},
    )


@operation("allocation.run")
async def expire_holds(work: Work) -> int:
    """End a batch of holds whose time is over; how many ended. Fewer than a batch: none is left.

    Running it twice has one effect. What became free goes to who waits for it."""
    freed = await expire_due(work)
    late = await _close(work)
    for hold_id in (*freed.hold_ids, *late):
        work.audit(
            "expire_hold",
            subject="stock_hold",
            subject_id=hold_id,
            before={"status": "open"},
            after={"status": "expired"},
        )
    return max(len(freed.hold_ids), len(late))


async def _close(work: Work) -> Sequence[int]:
    """Mark holds expired whose stock was freed by somebody who could not see them; which."""
    kept = select(StockReservation.id).where(
        StockReservation.tenant_id == work.tenant_id,
        StockReservation.hold_id == StockHold.id,
        StockReservation.status == "open",
    )
    due = (
        select(StockHold.id)
        .where(
            StockHold.tenant_id == work.tenant_id,
            StockHold.status == "open",
            StockHold.expires_at <= work.now,
            ~kept.exists(),
        )
        .order_by(StockHold.id)
        .limit(EXPIRY_BATCH)
        .with_for_update(skip_locked=True)
    )
    ids = await work.values(due)
    if ids:
        await work.execute(
            update(StockHold)
            .where(StockHold.tenant_id == work.tenant_id, StockHold.id.in_(ids))
            .values(status="expired", ended_at=work.now, version=StockHold.version + 1)
        )
    return ids


def _until(work: Work, kind: str, expires_at: datetime | None) -> datetime:
    until = expires_at or work.now + USUAL[kind]
    if not work.now < until <= work.now + LONGEST[kind]:
        message = f"A {kind} holds stock for at most {LONGEST[kind].days} days from now."
        raise InvalidInput(message, path=("expires_at",))
    return until


async def _found(
    work: Work, channel: Row[Any], party_id: int | None, asked: Sequence[DemandLine]
) -> tuple[list[Kept], tuple[int, ...]]:
    """Which balances keep what is asked. Holds whose time is over do not stand in the way."""
    decision = await _decided(work, channel, party_id, asked)
    if decision.short is not None:
        freed = await expire_due(work, item_ids={line.item_id for line in asked})
        if freed.item_ids:
            decision = await _decided(work, channel, party_id, asked)
    if decision.short is not None:
        short = _short(asked, *decision.short)
        [told] = await told_short(work, [(channel.id, short)])
        raise told
    taken: dict[tuple[int, int], Decimal] = {}
    for line in decision.lines:
        for take in line.takes:
            key = (take.balance_id, take.pool_id or 0)
            taken[key] = taken.get(key, Decimal(0)) + take.quantity
    kept = [
        Kept(balance_id=balance_id, quantity=amount, pool_id=pool_id or None)
        for (balance_id, pool_id), amount in sorted(taken.items())
    ]
    return kept, tuple(sorted({line.item_id for line in asked}))


async def _decided(
    work: Work, channel: Row[Any], party_id: int | None, asked: Sequence[DemandLine]
) -> Decision:
    want = Want(
        channel_id=channel.id,
        entity_id=channel.entity_id,
        party_id=party_id,
        currency=channel.currency,
        substitutes_allowed=False,
    )
    item_ids = {line.item_id for line in asked}
    supply = await supply_of(work, [want], item_ids=item_ids, at=work.now, is_kept=True)
    stock = await lock_stock(work, supply.items_to_lock())
    demand = supply.demand(want, list(asked), all_or_nothing=True)
    pools = await pools_for(work, supply, [demand])
    (decision,) = decide([demand], stock, capacity=supply.capacity, today=supply.today, pools=pools)
    return decision


def _short(asked: Sequence[DemandLine], position: int, available: Decimal) -> StockShort:
    line = asked[position]
    return StockShort(
        "Not everything that is to be held is there.",
        path=("lines", position, "quantity"),
        item_id=line.item_id,
        location_id=None,
        requested=plain(line.quantity),
        available=plain(available),
    )


def _ended(hold: Row[Any]) -> HoldEnded:
    status = hold.status if hold.status != "open" else "expired"
    return HoldEnded(f"The hold is {status} already.", hold_id=hold.id, status=status)
