"""Protected pools: made, changed, extended and closed; what ends frees what it kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.allocation.events import PoolChanged, PoolCreated, PoolEnded
from domain.allocation.models import StockPool
from domain.allocation.pool_places import require_place, require_records, waiting_items
from domain.allocation.pools import ACTIVE
from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.permissions import operation
from domain.kernel.quantity import LARGEST, SCALE
from domain.kernel.records import change_record, lock_record, make_record
from domain.kernel.work import Work

KIND = "stock pool"
EXPIRY_BATCH = 100
SHARE_STEP = Decimal("0.000001")
MEASURES = ("quantity", "share")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPool:
    """A pool to be. Of an item or of each item of a group; for a channel, a customer group or a
    customer with its children; a quantity (base units) or a share (0 to 1) of what is there.

    Without a location it is over all of them; without a start it is in effect at once, without
    an end for good."""

    code: str
    name: str
    owner_id: int
    item_id: int | None = None
    item_group: str | None = None
    location_id: int | None = None
    parent_id: int | None = None
    channel_id: int | None = None
    customer_group: str | None = None
    party_id: int | None = None
    quantity: Decimal | None = None
    share: Decimal | None = None
    effective_from: datetime | None = None
    expires_at: datetime | None = None


@operation("allocation.manage")
async def create_pool(work: Work, *, pool: NewPool) -> int:
    """Protect stock from now, or from its start, on; the pool's id. What orders hold stays theirs.

    Raises InvalidInput, NotFound, CodeTaken; InvalidState for a parent that has ended."""
    values = _sound(work, pool)
    await require_records(work, values)
    await require_place(work, values)
    pool_id = await make_record(work, StockPool, values, kind=KIND)
    work.audit("create_pool", subject="stock_pool", subject_id=pool_id, after=_told(values))
    work.record(PoolCreated(aggregate_id=pool_id, code=values["code"]))
    return pool_id


@operation("allocation.manage")
async def change_pool(
    work: Work, *, pool_id: int, changes: Mapping[str, Any], expected_version: int
) -> None:
    """Change the `name`, the `quantity` or the `share` of a pool that has not ended, as it was
    read. Below what is drawn is fine: then nothing is left of it.

    Raises NotFound, StaleVersion, InvalidInput, InvalidState."""
    pool = await _lock_active(work, pool_id, expected_version)
    values = dict(changes)
    text.refuse_nulls(values)
    if "name" in values:
        values["name"] = text.name(values["name"])
    for measure in sorted({*MEASURES} & values.keys()):
        if getattr(pool, measure) is None:
            message = "A pool stays a quantity, or a share; close it and make another one."
            raise InvalidInput(message, path=(measure,))
        _require_measure(measure, values[measure])
    await _change(work, pool, values, "change_pool")


@operation("allocation.manage")
async def extend_pool(
    work: Work, *, pool_id: int, expires_at: datetime | None, expected_version: int
) -> None:
    """Let a pool end at another moment (later or sooner, but not before now), or never.

    Raises NotFound, StaleVersion, InvalidInput, InvalidState."""
    pool = await _lock_active(work, pool_id, expected_version)
    if expires_at is not None and expires_at <= max(work.now, pool.effective_from):
        raise InvalidInput("Must be later than now, and than its start.", path=("expires_at",))
    await _change(work, pool, {"expires_at": expires_at}, "extend_pool")


@operation("allocation.manage")
async def close_pool(work: Work, *, pool_id: int, reason: str | None = None) -> None:
    """End a pool now: what it kept is its parent's, or anybody's. One that has ended stays so.

    What was drawn of it stays with its orders. Raises NotFound."""
    reason = text.optional(reason, path=("reason",))
    pool = await lock_record(work, StockPool, pool_id, kind=KIND)
    if pool.status != ACTIVE:
        return
    await _end(work, [pool], "closed")
    work.audit(
        "close_pool",
        subject="stock_pool",
        subject_id=pool_id,
        before={"status": ACTIVE},
        after={"status": "closed"},
        reason=reason,
    )


@operation("allocation.run")
async def expire_pools(work: Work) -> int:
    """Tell of pools whose time is over, so that who waits is served; how many they were.

    By the clock they have ended before: nothing was kept for them since. Twice has one effect."""
    due = await work.rows(
        select(*StockPool.__table__.c)
        .where(
            StockPool.tenant_id == work.tenant_id,
            StockPool.status == ACTIVE,
            StockPool.expires_at <= work.now,
        )
        .order_by(StockPool.id)
        .limit(EXPIRY_BATCH)
        .with_for_update(skip_locked=True)
    )
    if due:
        await _end(work, due, "expired")
    for pool in due:
        work.audit(
            "expire_pool",
            subject="stock_pool",
            subject_id=pool.id,
            before={"status": ACTIVE},
            after={"status": "expired"},
        )
    return len(due)


def _sound(work: Work, pool: NewPool) -> dict[str, Any]:
    values = asdict(pool)
    values["code"], values["name"] = text.code(pool.code), text.name(pool.name)
    for name in ("item_group", "customer_group"):
        values[name] = text.optional(values[name], path=(name,))
    _require_one(values, ("item_id", "item_group"), "It is of an item, or of a group of items.")
    beneficiaries = ("channel_id", "customer_group", "party_id")
    _require_one(values, beneficiaries, "It is for a channel, a customer group or a customer.")
    _require_one(values, MEASURES, "It is a quantity, or a share.")
    if values["item_group"] is not None and pool.share is None:
        message = "Of a group of items a share is protected: of each item by itself."
        raise InvalidInput(message, path=("quantity",))
    for measure in MEASURES:
        if values[measure] is not None:
            _require_measure(measure, values[measure])
    values["effective_from"] = pool.effective_from or work.now
    ends = pool.expires_at
    if ends is not None and ends <= max(work.now, values["effective_from"]):
        raise InvalidInput("Must be later than now, and than its start.", path=("expires_at",))
    return values


def _require_one(values: Mapping[str, Any], names: tuple[str, ...], message: str) -> None:
    given = [name for name in names if values[name] is not None]
    if len(given) != 1:
        raise InvalidInput(message, path=(given[-1] if given else names[0],))


def _require_measure(name: str, value: Decimal) -> None:
    largest = LARGEST if name == "quantity" else Decimal(1)
    if not value.is_finite() or not 0 < value <= largest:
        raise InvalidInput(f"Must be above 0 and at most {largest}.", path=(name,))
    if value != value.quantize(SCALE if name == "quantity" else SHARE_STEP):
        raise InvalidInput("Must have at most six decimals.", path=(name,))


async def _lock_active(work: Work, pool_id: int, expected_version: int) -> Row[Any]:
    pool = await lock_record(work, StockPool, pool_id, kind=KIND, expected_version=expected_version)
    if pool.status != ACTIVE or (pool.expires_at is not None and pool.expires_at <= work.now):
        status = "expired" if pool.status == ACTIVE else pool.status
        raise InvalidState(f"The pool is {status} already.", state=status, allowed=[])
    return pool


async def _change(work: Work, pool: Row[Any], values: Mapping[str, Any], action: str) -> None:
    before = await change_record(work, StockPool, pool, values, kind=KIND)
    if not before:
        return
    after = {name: values[name] for name in before}
    work.audit(
        action,
        subject="stock_pool",
        subject_id=pool.id,
        before=_told(before),
        after=_told(after),
    )
    # Who waits is served from what it no longer keeps.
    frees = any(after.get(name, old) < old for name, old in before.items() if name in MEASURES)
    item_ids = await waiting_items(work, [pool]) if frees else ()
    work.record(PoolChanged(aggregate_id=pool.id, code=pool.code, item_ids=item_ids))


async def _end(work: Work, pools: Sequence[Row[Any]], status: str) -> None:
    await work.execute(
        update(StockPool)
        .where(StockPool.tenant_id == work.tenant_id, StockPool.id.in_([pool.id for pool in pools]))
        .values(status=status, version=StockPool.version + 1)
    )
    item_ids = await waiting_items(work, pools)
    for pool in pools:
        work.record(
            PoolEnded(aggregate_id=pool.id, code=pool.code, status=status, item_ids=item_ids)
        )


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is absent; moments as texts."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }
