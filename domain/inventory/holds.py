"""Holds: stock that a cart or a quote keeps for itself until a moment, in soft reservations.

A hold is locked after orders and before balances; its reservations change only while their
balances are locked, so that what is open of them is always what the balances have reserved."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    any_,
    bindparam,
    insert,
    select,
    update,
)

from domain.inventory.balances import lock_balances_by_id
from domain.inventory.events import StockHoldReleased, StockHoldsExpired
from domain.inventory.models import StockBalance, StockHold, StockReservation
from domain.inventory.movements import Change, move
from domain.kernel.errors import NotFound
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from domain.kernel.work import Work

REFERENCE_KIND = "stock_hold"
EXPIRY_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A quantity (base units) of a balance that a hold is to keep, from a protected pool where it
    says one."""

    balance_id: int
    quantity: Decimal
    pool_id: int | None = None


@dataclass(frozen=True, slots=True)
class Freed:
    """What became free: of which holds, items and locations."""

    hold_ids: tuple[int, ...] = ()
    item_ids: tuple[int, ...] = ()
    location_ids: tuple[int, ...] = ()


async def keep_for_hold(
    work: Work, hold_id: int, kept: Sequence[Kept], *, expires_at: datetime
) -> None:
    """Reserve stock softly for a hold. Raises StockShort when a balance has less free."""
    changes = [
        Change(
            balance_id=each.balance_id,
            kind="reservation",
            reserved=each.quantity,
            reason="held",
        )
        for each in kept
    ]
    await move(work, changes, reference_kind=REFERENCE_KIND, reference_id=hold_id)
    rows = [
        {
            "tenant_id": work.tenant_id,
            "balance_id": each.balance_id,
            "kind": "soft",
            "hold_id": hold_id,
            "pool_id": each.pool_id,
            "expires_at": expires_at,
            "quantity": each.quantity,
            "created_at": work.now,
        }
        for each in kept
    ]
    await work.execute(insert(StockReservation), rows)


async def give_way(work: Work, hold_ids: Collection[int]) -> Freed:
    """The holds give way to the order that is placed now: what they kept is free in this
    transaction, for its own locks to find. One that ended before has nothing to give.

    What the order does not take goes to who waits for it. Raises NotFound.

    Before: `lock_holds`, then the balances of all `items_held` and of the order's, in one go."""
    freed = await end_holds(work, hold_ids, status="placed", reason="placed")
    for hold_id in freed.hold_ids:
        work.record(
            StockHoldReleased(
                aggregate_id=hold_id, location_ids=freed.location_ids, item_ids=freed.item_ids
            )
        )
        work.audit(
            "place_hold",
            subject="stock_hold",
            subject_id=hold_id,
            before={"status": "open"},
            after={"status": "placed"},
        )
    return freed


async def lock_holds(work: Work, hold_ids: Collection[int]) -> None:
    """Lock holds, before any balance is. Raises NotFound."""
    wanted = sorted(set(hold_ids))
    mine = StockHold.tenant_id == work.tenant_id, StockHold.id.in_(wanted)
    found = await work.values(
        select(StockHold.id).where(*mine).order_by(StockHold.id).with_for_update()
    )
    if len(found) != len(wanted):
        raise NotFound("stock hold")


async def items_held(reader: Reader, hold_ids: Collection[int]) -> set[int]:
    """The items of which holds keep something."""
    found = await reader.values(
        select(StockBalance.item_id)
        .distinct()
        .join(
            StockReservation,
            (StockReservation.tenant_id == StockBalance.tenant_id)
            & (StockReservation.balance_id == StockBalance.id),
        )
        .where(
            StockBalance.tenant_id == reader.tenant_id,
            StockReservation.hold_id.in_(sorted(set(hold_ids))),
            StockReservation.status == "open",
        )
    )
    return set(found)


async def end_holds(work: Work, hold_ids: Collection[int], *, status: str, reason: str) -> Freed:
    """End holds that are open, and free what they kept. Raises NotFound."""
    wanted = sorted(set(hold_ids))
    if not wanted:
        return Freed()
    rows = await work.rows(
        select(StockHold.id, StockHold.status)
        .where(StockHold.tenant_id == work.tenant_id, StockHold.id.in_(wanted))
        .order_by(StockHold.id)
        .with_for_update()
    )
    if len(rows) != len(wanted):
        raise NotFound("stock hold")
    await work.see_as_house()
    open_ids = [row.id for row in rows if row.status == "open"]
    freed = await _free(work, StockReservation.hold_id.in_(open_ids), reason=reason)
    await _end(work, open_ids, status)
    return freed


async def expire_due(work: Work, *, item_ids: Collection[int] | None = None) -> Freed:
    """Free what holds kept whose time is over (of items, of all if absent), a batch at most, and
    tell it, so that it goes to who waits for it.

    Running it twice, or twice at once, has one effect; it never waits for a hold that somebody
    else is ending, so it may be called with the items' balances locked. Holds are marked expired as
    far as the caller may see them; a partner's placement frees stock of carts it cannot see."""
    items = {} if item_ids is None else {"items": sorted(set(item_ids))}
    asked = {"tenant": work.tenant_id, "now": work.now, **items}
    batch = await work.rows(_DUE if item_ids is None else _DUE_OF_ITEMS, asked)
    if not batch:
        return Freed()
    being_ended = await _locked_by_others(work, {row.hold_id for row in batch})
    mine = [row.id for row in batch if row.hold_id not in being_ended]
    still_due = (StockReservation.kind == "soft", StockReservation.expires_at <= work.now)
    freed = await _free(work, StockReservation.id.in_(mine), *still_due, reason="expired")
    await _end(work, freed.hold_ids, "expired")
    if freed.item_ids:
        work.record(
            StockHoldsExpired(
                aggregate_id=freed.hold_ids[0], hold_ids=freed.hold_ids, item_ids=freed.item_ids
            )
        )
    return freed


def _due(*, of_items: bool) -> Prepared:
    """What holds keep whose time is over, the longest over first."""
    reservation = StockReservation
    ids = select(reservation.id, reservation.hold_id).where(
        reservation.tenant_id == bindparam("tenant", type_=Integer),
        reservation.status == "open",
        reservation.kind == "soft",
        reservation.expires_at <= bindparam("now", type_=DateTime(timezone=True)),
    )
    if of_items:
        ids = ids.join(
            StockBalance,
            (StockBalance.tenant_id == reservation.tenant_id)
            & (StockBalance.id == reservation.balance_id),
        ).where(StockBalance.item_id == any_(bindparam("items", type_=ARRAY(BigInteger))))
    return Prepared(ids.order_by(reservation.expires_at).limit(EXPIRY_BATCH))


_DUE, _DUE_OF_ITEMS = _due(of_items=False), _due(of_items=True)


async def _locked_by_others(work: Work, hold_ids: Collection[int]) -> set[int]:
    """Those holds that somebody else is changing now; the others that are seen are locked."""
    seen = select(StockHold.id).where(
        StockHold.tenant_id == work.tenant_id, StockHold.id.in_(sorted(hold_ids))
    )
    visible = await work.values(seen)
    locked = await work.values(seen.order_by(StockHold.id).with_for_update(skip_locked=True))
    return set(visible) - set(locked)


async def _end(work: Work, hold_ids: Collection[int], status: str) -> None:
    if not hold_ids:
        return
    await work.execute(
        update(StockHold)
        .where(
            StockHold.tenant_id == work.tenant_id,
            StockHold.id.in_(hold_ids),
            StockHold.status == "open",
        )
        .values(status=status, ended_at=work.now, version=StockHold.version + 1)
    )


async def _free(work: Work, *which: ColumnElement[bool], reason: str) -> Freed:
    """Free open soft reservations. They are read anew once their balances are locked: whoever
    else frees them held those locks."""
    mine = (
        StockReservation.tenant_id == work.tenant_id,
        StockReservation.status == "open",
        *which,
    )
    balance_ids = await work.values(select(StockReservation.balance_id).distinct().where(*mine))
    if not balance_ids:
        return Freed()
    balances = await lock_balances_by_id(work, balance_ids)
    rows = await work.rows(
        update(StockReservation)
        .where(*mine, StockReservation.balance_id.in_(balance_ids))
        .values(status="released", ended_at=work.now)
        .returning(
            StockReservation.id,
            StockReservation.hold_id,
            StockReservation.balance_id,
            StockReservation.quantity,
        )
    )
    changes = [
        Change(
            balance_id=row.balance_id,
            kind="release",
            reserved=-row.quantity,
            reason=reason,
            reference_id=row.hold_id,
        )
        for row in sorted(rows, key=lambda row: row.id)
    ]
    if not changes:
        return Freed()
    await move(work, changes, reference_kind=REFERENCE_KIND, reference_id=rows[0].hold_id)
    touched = [balances[row.balance_id] for row in rows]
    return Freed(
        tuple(sorted({row.hold_id for row in rows})),
        tuple(sorted({balance.item_id for balance in touched})),
        tuple(sorted({balance.location_id for balance in touched})),
    )
